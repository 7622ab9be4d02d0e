// The most memory of its own that a process has had in a while: a thread looks now and then.
#ifndef LEDGER_BENCH_MEMORY_WATCH_H
#define LEDGER_BENCH_MEMORY_WATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"

struct memory_watch {
    uint64_t pid;
    long most_kb;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ended_changed;
    bool ended;
};

LEDGER_MUST_CHECK enum ledger_err memory_watch_begin(struct memory_watch *watch, uint64_t pid,
                                                     struct ledger_error *error);
// Returns the most, in kB; 0: not known.
long memory_watch_end(struct memory_watch *watch);

#endif
