// How the figures of one ledger change as it grows: for each number of streams and each kind of
// ids, one ledger that is looked at whenever it has reached a point.
#ifndef LEDGER_BENCH_SCALE_H
#define LEDGER_BENCH_SCALE_H

#include <stdint.h>

#include "report.h"

struct scale_options {
    const char *ledgerd;    // NULL: beside this program
    const char *work;       // folder on the disk that is measured; NULL: the temporary one
    const char *points;     // lengths of the log, with commas; those from `events` on do not matter
    const char *streams;    // numbers of them, with commas
    const char *ids;        // random, ordered or both
    int64_t events;         // the last point
    int64_t window;         // events before a point that are timed
    double seconds;         // of the reads at a point
    char *const *arguments; // for ledgerd
};

LEDGER_MUST_CHECK enum ledger_err scale_run(const struct scale_options *options,
                                            struct report *report, struct ledger_error *error);

#endif
