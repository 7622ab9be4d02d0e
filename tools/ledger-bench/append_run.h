// Appends of one shape, so many in flight.
#ifndef LEDGER_BENCH_APPEND_RUN_H
#define LEDGER_BENCH_APPEND_RUN_H

#include "appended.h"

// Goes on until both are reached.
struct append_length {
    double seconds;
    uint64_t events;
    bool unindexed; // does not wait until the indexes have caught up
};

// Afterwards, whatever it returned, appended->samples are the caller's to free.
LEDGER_MUST_CHECK enum ledger_err append_run(const struct bench *bench,
                                             const struct append_shape *shape,
                                             const struct append_length *length,
                                             struct appended *appended, struct ledger_error *error);

#endif
