#include "ledger/clock.h"

#include <time.h>

static int64_t micros_of(clockid_t clock) {
    struct timespec now = {0};
    clock_gettime(clock, &now); // cannot fail for the two clocks below on Linux
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t wall_micros(void *context) {
    (void)context;
    return micros_of(CLOCK_REALTIME);
}

static int64_t steady_micros(void *context) {
    (void)context;
    return micros_of(CLOCK_BOOTTIME);
}

const struct ledger_clock ledger_clock_system = {
    .wall_micros = wall_micros,
    .steady_micros = steady_micros,
};
