// A record as a line of JSON, and back to the very same bytes.
#ifndef LEDGERCTL_EXPORT_JSON_H
#define LEDGERCTL_EXPORT_JSON_H

#include <jansson.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"

// The text of the line, from malloc; NULL when out of memory or (*err) the record cannot be
// decoded.
char *export_json_of_record(struct ledger_span record, struct ledger_arena *arena,
                            enum ledger_err *err);
// Into the arena. LEDGER_E_MALFORMED: the line does not give a record.
LEDGER_MUST_CHECK enum ledger_err export_json_to_record(const json_t *json,
                                                        struct ledger_arena *arena,
                                                        struct ledger_span *record,
                                                        struct ledger_error *error);

#endif
