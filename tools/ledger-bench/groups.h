// The rows of a report gathered by peer and phase, with the medians of several runs.
#ifndef LEDGER_BENCH_GROUPS_H
#define LEDGER_BENCH_GROUPS_H

#include <stdbool.h>

#include "report.h"

// All runs of one peer's phase.
struct group {
    struct row median;
    double spread; // largest rate over smallest
    unsigned runs;
};

struct groups { // in the order in which they were first met
    struct group *list;
    size_t count;
};

// Of the rows that `chosen` holds for.
LEDGER_MUST_CHECK enum ledger_err groups_make(const struct rows *rows,
                                              bool (*chosen)(const struct row *row),
                                              struct groups *groups, struct ledger_error *error);
void groups_fini(struct groups *groups);

#endif
