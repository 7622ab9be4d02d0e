// The table of `ledger-bench scale`: a line a point, how the last point stands to the first, and
// many streams to few.
#ifndef LEDGER_BENCH_SCALE_TABLE_H
#define LEDGER_BENCH_SCALE_TABLE_H

#include "report.h"

// The phases of scale are named SCALE_PREFIX, a part, "@" and the point.
#define SCALE_PREFIX "scale."
#define SCALE_APPEND "append"
#define SCALE_STREAMS "R2.c4"
// The same of a fresh ledger, no longer than the first point, right after that point: what the
// machine makes of the same work then.
#define SCALE_FRESH_APPEND "fresh.append"
#define SCALE_FRESH_STREAMS "fresh.R2.c4"
#define SCALE_DISK "D"
#define SCALE_START "start"
#define SCALE_KILLED "killed"

// Prints nothing if no row is of scale.
LEDGER_MUST_CHECK enum ledger_err scale_table_print(const struct rows *rows,
                                                    struct ledger_error *error);

#endif
