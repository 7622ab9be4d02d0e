// Reads that wait. A waiting read is its request and what it asks for; it holds no transaction.
//
// One thread serves them: when the head has moved it takes the whole list, tries each read again,
// answers those that found something or have waited long enough, and puts the others back. A
// waiter whose peer has gone is only marked by others; this thread alone ends waiters.
#include <pthread.h>
#include <stdlib.h>

#include "ledger/wait.h"
#include "ledgerd.h"

struct waiter {
    struct ledger_request *request;
    struct ledger_read read;
    int64_t deadline; // of ledger_wait_now
    bool gone;        // with the lock
    struct waiter *next;
};

struct waiters {
    struct ledgerd *ledgerd;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct waiter *list; // not those being served
    uint32_t count;      // all
    bool woken, stopping;
};

enum { IDLE_MICROS = 60 * 1000000 };

// ---- serving

static void answer_now(struct waiters *waiters, struct waiter *waiter) {
    struct ledger_request *request = waiter->request; // the waiter lives in the request's arena
    struct ledger_page *page;
    struct ledger_error error = {0};
    if (ledger_log_read(waiters->ledgerd->log, &waiter->read, &page, &error) != LEDGER_E_OK)
        ledger_request_answer_error(request, &error);
    else
        ledgerd_answer_page(waiters->ledgerd, request, page);
}

// Did the read find something? If so it is answered.
static bool try_again(struct waiters *waiters, struct waiter *waiter) {
    struct ledger_page *page;
    struct ledger_error error = {0};
    struct ledger_request *request = waiter->request;
    if (ledger_log_read(waiters->ledgerd->log, &waiter->read, &page, &error) != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
        return true;
    }
    if (page->events != 0 || page->more) {
        ledgerd_answer_page(waiters->ledgerd, request, page);
        return true;
    }
    waiter->read.from = page->examined + 1;
    ledger_page_free(page);
    return false;
}

// True when the waiter has ended.
static bool serve(struct waiters *waiters, struct waiter *waiter, bool gone, bool woken,
                  bool stopping) {
    if (gone) {
        ledger_request_drop(waiter->request);
        return true;
    }
    if (stopping || waiter->deadline <= ledger_wait_now()) {
        answer_now(waiters, waiter);
        return true;
    }
    return woken && try_again(waiters, waiter);
}

// With the lock held; lets it go while it serves.
static void serve_all(struct waiters *waiters) {
    struct waiter *list = waiters->list;
    bool woken = waiters->woken, stopping = waiters->stopping;
    waiters->list = NULL;
    waiters->woken = false;
    while (list != NULL) {
        struct waiter *waiter = list;
        list = waiter->next;
        bool gone = waiter->gone;
        pthread_mutex_unlock(&waiters->lock);
        bool ended = serve(waiters, waiter, gone, woken, stopping);
        pthread_mutex_lock(&waiters->lock);
        if (ended) {
            waiters->count--;
        } else {
            waiter->next = waiters->list;
            waiters->list = waiter;
        }
    }
}

static int64_t next_deadline(const struct waiters *waiters) {
    int64_t next = ledger_wait_now() + IDLE_MICROS;
    for (const struct waiter *waiter = waiters->list; waiter != NULL; waiter = waiter->next) {
        if (waiter->gone)
            return 0;
        if (waiter->deadline < next)
            next = waiter->deadline;
    }
    return next;
}

static void *run(void *context) {
    struct waiters *waiters = context;
    pthread_mutex_lock(&waiters->lock);
    while (!waiters->stopping || waiters->list != NULL) {
        int64_t deadline = next_deadline(waiters);
        if (!waiters->woken && !waiters->stopping && deadline > ledger_wait_now())
            (void)ledger_wait_until(&waiters->lock, &waiters->changed, deadline);
        serve_all(waiters);
    }
    pthread_mutex_unlock(&waiters->lock);
    return NULL;
}

// ---- for other threads

void waiters_park(struct waiters *waiters, struct ledger_request *request,
                  const struct ledger_read *read, uint32_t wait_ms) {
    struct waiter *waiter = ledger_arena_alloc(ledger_request_arena(request), sizeof *waiter);
    if (waiter == NULL) {
        struct ledger_error error = {0};
        ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "waiting for events");
        ledger_request_answer_error(request, &error);
        return;
    }
    *waiter = (struct waiter){
        .request = request, .read = *read, .deadline = ledger_wait_now() + (int64_t)wait_ms * 1000};
    pthread_mutex_lock(&waiters->lock);
    if (waiters->stopping) { // nobody would look at it any more
        pthread_mutex_unlock(&waiters->lock);
        answer_now(waiters, waiter);
        return;
    }
    ledger_request_set_user(request, waiter);
    waiter->next = waiters->list;
    waiters->list = waiter;
    waiters->count++;
    // The head may have moved since the read that found nothing.
    if (ledger_log_head(waiters->ledgerd->log) >= read->from)
        waiters->woken = true;
    pthread_cond_signal(&waiters->changed);
    pthread_mutex_unlock(&waiters->lock);
}

void waiters_wake(struct waiters *waiters) {
    pthread_mutex_lock(&waiters->lock);
    waiters->woken = true;
    pthread_cond_signal(&waiters->changed);
    pthread_mutex_unlock(&waiters->lock);
}

void waiters_gone(struct waiters *waiters, struct ledger_request *request) {
    pthread_mutex_lock(&waiters->lock);
    struct waiter *waiter = ledger_request_user(request);
    if (waiter != NULL) {
        waiter->gone = true;
        pthread_cond_signal(&waiters->changed);
    }
    pthread_mutex_unlock(&waiters->lock);
}

uint32_t waiters_count(struct waiters *waiters) {
    pthread_mutex_lock(&waiters->lock);
    uint32_t count = waiters->count;
    pthread_mutex_unlock(&waiters->lock);
    return count;
}

enum ledger_err waiters_new(struct ledgerd *ledgerd, struct waiters **out,
                            struct ledger_error *error) {
    *out = NULL;
    struct waiters *waiters = calloc(1, sizeof *waiters);
    if (waiters == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting");
    waiters->ledgerd = ledgerd;
    enum ledger_err err = ledger_wait_init(&waiters->lock, &waiters->changed, error);
    if (err != LEDGER_E_OK) {
        free(waiters);
        return err;
    }
    if (pthread_create(&waiters->thread, NULL, run, waiters) != 0) {
        ledger_wait_fini(&waiters->lock, &waiters->changed);
        free(waiters);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for waiting readers");
    }
    *out = waiters;
    return LEDGER_E_OK;
}

void waiters_stop(struct waiters *waiters) {
    pthread_mutex_lock(&waiters->lock);
    bool first = !waiters->stopping;
    waiters->stopping = true;
    pthread_cond_signal(&waiters->changed);
    pthread_mutex_unlock(&waiters->lock);
    if (first)
        pthread_join(waiters->thread, NULL);
}

void waiters_free(struct waiters *waiters) {
    if (waiters == NULL)
        return;
    waiters_stop(waiters);
    ledger_wait_fini(&waiters->lock, &waiters->changed);
    free(waiters);
}
