// Clocks are passed in, so that tests can set them. Any thread.
#ifndef LEDGER_CLOCK_H
#define LEDGER_CLOCK_H

#include <stdint.h>

struct ledger_clock {
    int64_t (*wall_micros)(void *context);   // since 1970-01-01T00:00:00Z; may jump
    int64_t (*steady_micros)(void *context); // never jumps; counts sleep; zero is arbitrary
    void *context;
};

// CLOCK_REALTIME and CLOCK_BOOTTIME.
extern const struct ledger_clock ledger_clock_system;

#endif
