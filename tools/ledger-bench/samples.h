// Latencies of a phase. {0} is empty.
#ifndef LEDGER_BENCH_SAMPLES_H
#define LEDGER_BENCH_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct samples {
    uint64_t *nanos;
    size_t count, capacity;
    bool failed; // out of memory: what came later is not in it
};

void samples_fini(struct samples *samples);
void samples_add(struct samples *samples, uint64_t nanos);
void samples_add_all(struct samples *into, const struct samples *from);
// The value below which `share` of them lie, in microseconds; NAN if there are none. Sorts.
double samples_quantile_us(struct samples *samples, double share);

#endif
