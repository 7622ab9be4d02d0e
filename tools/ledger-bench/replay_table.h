// What `replay` measured, and the same of other systems.
#ifndef LEDGER_BENCH_REPLAY_TABLE_H
#define LEDGER_BENCH_REPLAY_TABLE_H

#include "report.h"

// Phases are "replay.MODEL" (events of the log), "replay.MODEL.facts" (of those, the ones that the
// model is made of) and "replay.MODEL.QUESTION".
#define REPLAY_PREFIX "replay."
#define REPLAY_FACTS "facts"

// Prints nothing if there are no such rows.
LEDGER_MUST_CHECK enum ledger_err replay_table_print(const struct rows *rows,
                                                     struct ledger_error *error);

#endif
