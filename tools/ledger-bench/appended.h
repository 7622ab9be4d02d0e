// What an append phase came to.
#ifndef LEDGER_BENCH_APPENDED_H
#define LEDGER_BENCH_APPENDED_H

#include "phases.h"

struct appended {
    uint64_t events, busy;
    double acknowledged_s, seconds; // until all was acknowledged; until all was indexed as well
    struct samples samples;
};

LEDGER_MUST_CHECK enum ledger_err appended_report(const struct bench *bench,
                                                  const struct phase *phase,
                                                  struct appended *appended,
                                                  struct ledger_error *error);

#endif
