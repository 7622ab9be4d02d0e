// `ledgerctl query` shared between its files.
#ifndef LEDGERCTL_QUERY_H
#define LEDGERCTL_QUERY_H

#include "common.h"
#include "ledger/arena.h"

// The queries and parameters of a projection, as it describes them itself; `query` NULL = all.
LEDGER_MUST_CHECK enum ledger_err query_help(const struct common *common, const char *projection,
                                             const char *query, struct ledger_arena *arena,
                                             struct ledger_error *error);
// The projections that run, and what each is for.
LEDGER_MUST_CHECK enum ledger_err
query_list(const struct common *common, struct ledger_arena *arena, struct ledger_error *error);

#endif
