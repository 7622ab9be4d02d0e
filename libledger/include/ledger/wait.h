// Waiting for a condition until a point in time, on a clock that nobody sets: CLOCK_MONOTONIC,
// which is the one that condition variables offer (it stands still while the machine sleeps, unlike
// ledger_clock's). Any thread.
#ifndef LEDGER_WAIT_H
#define LEDGER_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"

// Microseconds; zero is arbitrary.
int64_t ledger_wait_now(void);

// A condition for ledger_wait_until, and one with its lock. The latter are both or neither there.
LEDGER_MUST_CHECK enum ledger_err ledger_condition_init(pthread_cond_t *condition,
                                                        struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err ledger_wait_init(pthread_mutex_t *lock, pthread_cond_t *condition,
                                                   struct ledger_error *error);
void ledger_wait_fini(pthread_mutex_t *lock, pthread_cond_t *condition);

// With the lock held. False when `deadline_micros` has come; true may also be said for nothing.
bool ledger_wait_until(pthread_mutex_t *lock, pthread_cond_t *condition, int64_t deadline_micros);

#endif
