// A whole measurement: runs × transports × kinds of ids, each on a ledger of its own, the floors
// before them.
#ifndef LEDGER_BENCH_RUN_H
#define LEDGER_BENCH_RUN_H

#include <stdint.h>

#include "report.h"
#include "service.h"

struct run_options {
    const char *ledgerd;   // NULL: beside this program
    const char *work;      // folder on the disk that is measured; NULL: the temporary one
    const char *transport; // ipc, tcp or both
    const char *ids;       // random, ordered or both
    const char *type, *only;
    const char *append_url, *read_url; // of a ledger that runs already
    double seconds;
    int64_t events, runs;
    bool keep;
    char *const *arguments; // for ledgerd
};

LEDGER_MUST_CHECK enum ledger_err run_all(const struct run_options *options, struct report *report,
                                          struct ledger_error *error);

#endif
