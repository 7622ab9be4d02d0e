// How facts become rows: the parts of the map.
#ifndef MAP_H
#define MAP_H

#include "sales_funnel.h"

// Of a fact of a deal: DealOpened to DealReopened.
enum ledger_err map_deal(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error);
// LEDGER_E_MISSING_FIELD, with the text.
enum ledger_err map_missing(struct ledger_error *error, const char *field, const char *text);

#endif
