#include "samples.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 4096 };

void samples_fini(struct samples *samples) {
    free(samples->nanos);
    *samples = (struct samples){0};
}

static bool grow(struct samples *samples) {
    if (samples->count < samples->capacity)
        return true;
    size_t capacity = samples->capacity == 0 ? FIRST_CAPACITY : 2 * samples->capacity;
    uint64_t *grown = reallocarray(samples->nanos, capacity, sizeof *grown);
    if (grown == NULL) {
        samples->failed = true;
        return false;
    }
    samples->nanos = grown;
    samples->capacity = capacity;
    return true;
}

void samples_add(struct samples *samples, uint64_t nanos) {
    if (grow(samples))
        samples->nanos[samples->count++] = nanos;
}

void samples_add_all(struct samples *into, const struct samples *from) {
    for (size_t i = 0; i < from->count; i++)
        samples_add(into, from->nanos[i]);
    into->failed = into->failed || from->failed;
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

double samples_quantile_us(struct samples *samples, double share) {
    if (samples->count == 0)
        return NAN;
    qsort(samples->nanos, samples->count, sizeof *samples->nanos, compare);
    size_t at = (size_t)(share * (double)samples->count);
    return (double)samples->nanos[at < samples->count ? at : samples->count - 1] / 1000.0;
}
