// Time as the phases measure it.
#ifndef LEDGER_BENCH_CLOCK_H
#define LEDGER_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NANOS_PER_SECOND UINT64_C(1000000000)

static inline uint64_t clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_nanos(double seconds) {
    return (uint64_t)(seconds * (double)NANOS_PER_SECOND);
}

static inline double clock_seconds(uint64_t nanos) {
    return (double)nanos / (double)NANOS_PER_SECOND;
}

static inline void clock_sleep_until(uint64_t nanos) {
    struct timespec until = {.tv_sec = (time_t)(nanos / NANOS_PER_SECOND),
                             .tv_nsec = (long)(nanos % NANOS_PER_SECOND)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        continue;
}

static inline void clock_sleep_ms(uint32_t ms) {
    clock_sleep_until(clock_now() + ms * UINT64_C(1000000));
}

#endif
