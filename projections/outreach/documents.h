// Documents made from the ledger's data: what of them becomes rows.
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "outreach.h"

enum ledger_err document_map(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error);

#endif
