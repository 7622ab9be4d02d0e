// What the rows of the machine's floors share.
#ifndef LEDGER_BENCH_FLOORS_H
#define LEDGER_BENCH_FLOORS_H

#include "phases.h"

// What a record has beside its event, in bytes.
enum { FLOOR_RECORD_HEADER = 31 };
// Of a phase's time, for each of its rows.
#define FLOOR_SHARE (1.0 / 3)

struct row floor_row(const struct bench *bench, const char *phase, const char *part, double events,
                     double seconds, double bytes);

#endif
