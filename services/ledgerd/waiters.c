// Reads that wait. A waiting read is its request and what it asks for; it holds no transaction.
//
// A waiter is woken only by events that it may be looking for: it stands under the hashes of the
// terms of its most telling condition (ledger_read_watches), and each commit names the terms of its
// events. One thread serves those that were woken, whose time is up, or whose peer has gone;
// it alone ends waiters. Before it answers one, it takes it out of every list, since the waiter
// lives in its request's memory.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/wait.h"
#include "ledgerd.h"

struct waiter;

// A place in a ring: a hash that is watched, or the ring's head.
struct watch {
    uint64_t hash;
    struct waiter *waiter; // NULL: the head
    struct watch *next, *previous;
};

struct waiter {
    struct ledger_request *request;
    struct ledger_read read;
    int64_t deadline;    // of ledger_wait_now
    size_t heap_place;   // in waiters->heap
    bool gone;           // the peer
    bool due;            // in the list of those to be served
    bool served, again;  // looked at just now, and to be looked at once more
    struct waiter *next; // in that list
    bool any;            // any event wakes it: it has one place, in the ring of those
    size_t watch_count;
    struct watch watches[];
};

enum { RINGS = 4096, IDLE_MICROS = 60 * 1000000, BUSY_RETRY_MS = 1000 };

struct waiters {
    struct ledgerd *ledgerd;
    uint32_t most;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct waiter *first_due, *last_due;
    struct waiter **heap; // by deadline, the nearest first
    uint32_t count;
    bool stopping;
    struct watch anything; // ring of those that any event wakes
    struct watch rings[RINGS];
};

// ---- rings

static void ring_init(struct watch *head) {
    *head = (struct watch){.next = head, .previous = head};
}

static void ring_add(struct watch *head, struct watch *watch) {
    watch->next = head->next;
    watch->previous = head;
    head->next->previous = watch;
    head->next = watch;
}

static void ring_remove(struct watch *watch) {
    watch->previous->next = watch->next;
    watch->next->previous = watch->previous;
}

// ---- deadlines: a binary heap

static bool sooner(const struct waiters *waiters, size_t a, size_t b) {
    return waiters->heap[a]->deadline < waiters->heap[b]->deadline;
}

static void heap_put(struct waiters *waiters, size_t place, struct waiter *waiter) {
    waiters->heap[place] = waiter;
    waiter->heap_place = place;
}

static void heap_swap(struct waiters *waiters, size_t a, size_t b) {
    struct waiter *waiter = waiters->heap[a];
    heap_put(waiters, a, waiters->heap[b]);
    heap_put(waiters, b, waiter);
}

static void heap_rise(struct waiters *waiters, size_t place) {
    for (; place > 0 && sooner(waiters, place, (place - 1) / 2); place = (place - 1) / 2)
        heap_swap(waiters, place, (place - 1) / 2);
}

static void heap_sink(struct waiters *waiters, size_t place) {
    for (;;) {
        size_t least = place;
        for (size_t child = 2 * place + 1; child <= 2 * place + 2 && child < waiters->count;
             child++)
            if (sooner(waiters, child, least))
                least = child;
        if (least == place)
            return;
        heap_swap(waiters, place, least);
        place = least;
    }
}

static void heap_add(struct waiters *waiters, struct waiter *waiter) {
    heap_put(waiters, waiters->count++, waiter);
    heap_rise(waiters, waiter->heap_place);
}

static void heap_remove(struct waiters *waiters, struct waiter *waiter) {
    size_t place = waiter->heap_place;
    struct waiter *last = waiters->heap[--waiters->count];
    if (last == waiter)
        return;
    heap_put(waiters, place, last);
    heap_rise(waiters, place);
    heap_sink(waiters, last->heap_place);
}

// ---- who is to be served. All with the lock held.

static void make_due(struct waiters *waiters, struct waiter *waiter) {
    if (waiter->served) {
        waiter->again = true;
        return;
    }
    if (waiter->due)
        return;
    waiter->due = true;
    waiter->next = NULL;
    if (waiters->last_due != NULL)
        waiters->last_due->next = waiter;
    else
        waiters->first_due = waiter;
    waiters->last_due = waiter;
}

static struct waiter *take_due(struct waiters *waiters) {
    struct waiter *waiter = waiters->first_due;
    if (waiter == NULL)
        return NULL;
    waiters->first_due = waiter->next;
    if (waiters->first_due == NULL)
        waiters->last_due = NULL;
    waiter->due = false;
    return waiter;
}

static void enlist(struct waiters *waiters, struct waiter *waiter) {
    for (size_t i = 0; i < waiter->watch_count; i++) {
        struct watch *watch = &waiter->watches[i];
        ring_add(waiter->any ? &waiters->anything : &waiters->rings[watch->hash % RINGS], watch);
    }
    heap_add(waiters, waiter);
    ledger_request_set_user(waiter->request, waiter);
}

// The one place where a waiter ends. It must not be in the list of those due.
static void strike(struct waiters *waiters, struct waiter *waiter) {
    for (size_t i = 0; i < waiter->watch_count; i++)
        ring_remove(&waiter->watches[i]);
    heap_remove(waiters, waiter);
    ledger_request_set_user(waiter->request, NULL);
}

static void wake_overdue(struct waiters *waiters) {
    int64_t now = ledger_wait_now();
    // One more for each that is served.
    if (waiters->count != 0 && waiters->heap[0]->deadline <= now)
        make_due(waiters, waiters->heap[0]);
}

// ---- serving

static void answer(struct waiters *waiters, struct ledger_request *request,
                   struct ledger_page *page, const struct ledger_error *error) {
    if (page != NULL)
        ledgerd_answer_page(waiters->ledgerd, request, page);
    else
        ledger_request_answer_error(request, error);
}

// With the lock held, which is let go meanwhile.
static void serve(struct waiters *waiters, struct waiter *waiter) {
    struct ledger_request *request = waiter->request;
    struct ledger_page *page = NULL;
    struct ledger_error error = {0};
    bool gone = waiter->gone;
    bool last = waiters->stopping || waiter->deadline <= ledger_wait_now();
    struct ledger_read read = waiter->read;
    waiter->served = true;
    waiter->again = false;
    pthread_mutex_unlock(&waiters->lock);
    bool failed =
        !gone && ledger_log_read(waiters->ledgerd->log, &read, &page, &error) != LEDGER_E_OK;
    pthread_mutex_lock(&waiters->lock);
    bool found = page != NULL && (page->events != 0 || page->more);
    waiter->served = false;
    if (!gone && !failed && !found && !last) {
        waiter->read.from = page->examined + 1;
        if (waiter->again)
            make_due(waiters, waiter);
        pthread_mutex_unlock(&waiters->lock);
        ledger_page_free(page);
        pthread_mutex_lock(&waiters->lock);
        return;
    }
    strike(waiters, waiter);
    pthread_mutex_unlock(&waiters->lock);
    if (gone)
        ledger_request_drop(request);
    else
        answer(waiters, request, page, &error);
    pthread_mutex_lock(&waiters->lock);
}

static bool all_done(const struct waiters *waiters) {
    return waiters->stopping && waiters->count == 0;
}

static void *run(void *context) {
    struct waiters *waiters = context;
    pthread_mutex_lock(&waiters->lock);
    while (!all_done(waiters)) {
        struct waiter *waiter;
        if (waiters->stopping && waiters->count != 0)
            make_due(waiters, waiters->heap[0]);
        wake_overdue(waiters);
        if ((waiter = take_due(waiters)) != NULL) {
            serve(waiters, waiter);
            continue;
        }
        int64_t until =
            waiters->count != 0 ? waiters->heap[0]->deadline : ledger_wait_now() + IDLE_MICROS;
        (void)ledger_wait_until(&waiters->lock, &waiters->changed, until);
    }
    pthread_mutex_unlock(&waiters->lock);
    return NULL;
}

// ---- for other threads

static struct waiter *waiter_new(struct ledger_request *request, const struct ledger_read *read,
                                 uint32_t wait_ms) {
    uint64_t hashes[LEDGER_WATCHES_MAX];
    size_t count = ledger_read_watches(read, hashes);
    size_t places = count != 0 ? count : 1;
    struct waiter *waiter = ledger_arena_calloc(
        ledger_request_arena(request), sizeof *waiter + places * sizeof waiter->watches[0]);
    if (waiter == NULL)
        return NULL;
    waiter->request = request;
    waiter->read = *read;
    waiter->deadline = ledger_wait_now() + (int64_t)wait_ms * 1000;
    waiter->watch_count = places;
    waiter->any = count == 0;
    for (size_t i = 0; i < places; i++)
        waiter->watches[i] = (struct watch){.hash = i < count ? hashes[i] : 0, .waiter = waiter};
    return waiter;
}

static void answer_now(struct waiters *waiters, struct ledger_request *request,
                       const struct ledger_read *read) {
    struct ledger_page *page = NULL;
    struct ledger_error error = {0};
    (void)!ledger_log_read(waiters->ledgerd->log, read, &page, &error);
    answer(waiters, request, page, &error);
}

void waiters_park(struct waiters *waiters, struct ledger_request *request,
                  const struct ledger_read *read, uint32_t wait_ms) {
    struct ledger_error error = {0};
    struct waiter *waiter = waiter_new(request, read, wait_ms);
    if (waiter == NULL) {
        ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "waiting for events");
        ledger_request_answer_error(request, &error);
        return;
    }
    pthread_mutex_lock(&waiters->lock);
    if (waiters->stopping) { // nobody would look at it any more
        pthread_mutex_unlock(&waiters->lock);
        answer_now(waiters, request, read);
        return;
    }
    if (waiters->count >= waiters->most) {
        pthread_mutex_unlock(&waiters->lock);
        ledger_fail(&error, LEDGER_E_BUSY, NULL, "%u reads wait for events; more cannot",
                    waiters->most);
        error.retry_after_ms = BUSY_RETRY_MS;
        ledger_request_answer_error(request, &error);
        return;
    }
    enlist(waiters, waiter);
    // The head may have moved since the read that found nothing.
    if (ledger_log_head(waiters->ledgerd->log) >= read->from)
        make_due(waiters, waiter);
    pthread_cond_signal(&waiters->changed);
    pthread_mutex_unlock(&waiters->lock);
}

// With the lock held.
static void wake_ring(struct waiters *waiters, const struct watch *head, uint64_t hash) {
    for (struct watch *watch = head->next; watch != head; watch = watch->next)
        if (watch->hash == hash)
            make_due(waiters, watch->waiter);
}

void waiters_wake(struct waiters *waiters, const struct ledger_buffer *touched) {
    pthread_mutex_lock(&waiters->lock);
    wake_ring(waiters, &waiters->anything, 0);
    for (size_t at = 0; waiters->count != 0 && at < touched->size; at += sizeof(uint64_t)) {
        uint64_t hash;
        memcpy(&hash, touched->data + at, sizeof hash);
        wake_ring(waiters, &waiters->rings[hash % RINGS], hash);
    }
    for (size_t i = 0; touched->failed && i < waiters->count; i++) // nobody knows for whom it was
        make_due(waiters, waiters->heap[i]);
    if (waiters->first_due != NULL)
        pthread_cond_signal(&waiters->changed);
    pthread_mutex_unlock(&waiters->lock);
}

void waiters_gone(struct waiters *waiters, struct ledger_request *request) {
    pthread_mutex_lock(&waiters->lock);
    struct waiter *waiter = ledger_request_user(request);
    if (waiter != NULL) {
        waiter->gone = true;
        make_due(waiters, waiter);
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

enum ledger_err waiters_new(struct ledgerd *ledgerd, uint32_t most, struct waiters **out,
                            struct ledger_error *error) {
    *out = NULL;
    struct waiters *waiters = calloc(1, sizeof *waiters);
    struct waiter **heap = calloc(most + 1, sizeof(struct waiter *));
    if (waiters == NULL || heap == NULL) {
        free(waiters);
        free(heap);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting");
    }
    waiters->ledgerd = ledgerd;
    waiters->most = most;
    waiters->heap = heap;
    ring_init(&waiters->anything);
    for (size_t i = 0; i < RINGS; i++)
        ring_init(&waiters->rings[i]);
    enum ledger_err err = ledger_wait_init(&waiters->lock, &waiters->changed, error);
    if (err != LEDGER_E_OK)
        goto fail;
    if (pthread_create(&waiters->thread, NULL, run, waiters) != 0) {
        ledger_wait_fini(&waiters->lock, &waiters->changed);
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for waiting readers");
        goto fail;
    }
    *out = waiters;
    return LEDGER_E_OK;

fail:
    free(heap);
    free(waiters);
    return err;
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
    free(waiters->heap);
    free(waiters);
}
