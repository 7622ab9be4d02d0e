// Settling: what the journal has goes into the log's environment.
#include <stdlib.h>

#include "log_internal.h"

void log_settle(struct ledger_log *log) {
    struct ledger_error error = {0};
    if (store_settle(&log->store, &error) == LEDGER_E_OK)
        return;
    log->options.fatal(&error);
    abort();
}

void log_settle_if_asked(struct ledger_log *log) {
    if (!atomic_load_explicit(&log->settle_asked, memory_order_relaxed))
        return;
    log_settle(log);
    pthread_mutex_lock(&log->queue_lock);
    atomic_store_explicit(&log->settle_asked, false, memory_order_relaxed);
    log->settles++;
    pthread_cond_broadcast(&log->settled);
    pthread_mutex_unlock(&log->queue_lock);
}

// A writer that is at work does it after its block, or leaves it to this thread.
void log_settle_and_wait(struct ledger_log *log) {
    pthread_mutex_lock(&log->queue_lock);
    uint64_t before = log->settles;
    while (log->writing && log->settles == before) {
        atomic_store_explicit(&log->settle_asked, true, memory_order_relaxed);
        pthread_cond_wait(&log->settled, &log->queue_lock);
    }
    if (log->settles == before)
        log_settle(log);
    pthread_mutex_unlock(&log->queue_lock);
}
