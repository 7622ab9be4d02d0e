#include "memory_watch.h"

#include <time.h>

#include "clock.h"
#include "process.h"

#define LOOK_EVERY (NANOS_PER_SECOND / 50)

static void look(struct memory_watch *watch) {
    long kb = process_anonymous_kb(watch->pid);
    if (kb > watch->most_kb)
        watch->most_kb = kb;
}

static void *run(void *arg) {
    struct memory_watch *watch = arg;
    pthread_mutex_lock(&watch->mutex);
    while (!watch->ended) {
        look(watch);
        uint64_t next = clock_now() + LOOK_EVERY;
        struct timespec until = {.tv_sec = (time_t)(next / NANOS_PER_SECOND),
                                 .tv_nsec = (long)(next % NANOS_PER_SECOND)};
        pthread_cond_clockwait(&watch->ended_changed, &watch->mutex, CLOCK_MONOTONIC, &until);
    }
    pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

enum ledger_err memory_watch_begin(struct memory_watch *watch, uint64_t pid,
                                   struct ledger_error *error) {
    *watch = (struct memory_watch){
        .pid = pid, .mutex = PTHREAD_MUTEX_INITIALIZER, .ended_changed = PTHREAD_COND_INITIALIZER};
    if (pthread_create(&watch->thread, NULL, run, watch) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread to watch the memory");
    return LEDGER_E_OK;
}

long memory_watch_end(struct memory_watch *watch) {
    pthread_mutex_lock(&watch->mutex);
    watch->ended = true;
    pthread_cond_signal(&watch->ended_changed);
    pthread_mutex_unlock(&watch->mutex);
    pthread_join(watch->thread, NULL);
    look(watch);
    return watch->most_kb;
}
