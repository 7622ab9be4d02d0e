// How fast read models are made from the log, and how soon they answer: one ledger of made-up
// facts, and each projection's program on an empty model.
#ifndef LEDGER_BENCH_REPLAY_H
#define LEDGER_BENCH_REPLAY_H

#include <stdint.h>

#include "report.h"

struct replay_options {
    const char *ledgerd; // NULL: beside this program
    const char *work;    // folder on the disk that is measured; NULL: the temporary one
    const char *data;    // a ledger's data directory: taken, or made and left there; NULL: none
    const char *models;  // names of projections, with commas
    int64_t events, seed, queries, runs;
    char *const *arguments; // for ledgerd
};

LEDGER_MUST_CHECK enum ledger_err replay_run(const struct replay_options *options,
                                             struct report *report, struct ledger_error *error);

#endif
