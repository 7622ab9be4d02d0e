// Callers that each have one request in flight. What comes back begins the caller's next at once,
// on the thread that brought it: nobody waits in between. A request is never ahead of its own
// streams' versions, since the streams of two callers are disjoint.
#include "append_run.h"

#include <pthread.h>

#include "clock.h"
#include "ledger/wait.h"

enum { ARENA_BYTES = 1 << 20, BUSY_PAUSE_MS = 5 };

struct caller {
    struct crowd *crowd;
    struct append_request request;
    struct ledger_arena *arena;
    struct samples samples;
    struct caller *next_busy;
};

// All of them, and what they share.
struct crowd {
    struct ledger_client *client;
    struct caller *callers;
    unsigned count;
    uint64_t stop_at, least_events; // of each caller: goes on until both are reached
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned under_way;
    struct caller *busy; // told to come back later
    uint64_t busy_count;
    enum ledger_err err; // the first
    struct ledger_error error;
};

// ---- one caller

static void end(struct caller *caller, enum ledger_err err, const struct ledger_error *error) {
    struct crowd *crowd = caller->crowd;
    pthread_mutex_lock(&crowd->lock);
    if (err == LEDGER_E_BUSY) {
        crowd->busy_count++;
        caller->next_busy = crowd->busy;
        crowd->busy = caller;
    } else {
        crowd->under_way--;
        if (err != LEDGER_E_OK && crowd->err == LEDGER_E_OK) {
            crowd->err = err;
            crowd->error = *error;
        }
    }
    pthread_cond_signal(&crowd->changed);
    pthread_mutex_unlock(&crowd->lock);
}

// Once it is begun, the caller is done()'s.
static void send(struct caller *caller) {
    struct ledger_error error = {0};
    enum ledger_err err = append_request_begin(&caller->request, caller->crowd->client, &error);
    if (err != LEDGER_E_OK)
        end(caller, err, &error);
}

static void done(void *user) {
    struct caller *caller = user;
    struct crowd *crowd = caller->crowd;
    struct ledger_error error = {0};
    enum ledger_err err = append_request_end(&caller->request, caller->arena, &error);
    uint64_t now = clock_now();
    if (err == LEDGER_E_OK)
        samples_add(&caller->samples, now - caller->request.begun);
    if (err != LEDGER_E_OK ||
        (now >= crowd->stop_at && caller->request.sent >= crowd->least_events)) {
        end(caller, err, &error);
        return;
    }
    append_request_fill(&caller->request);
    send(caller);
}

// ---- all of them

static enum ledger_err crowd_open(struct crowd *crowd, const struct bench *bench,
                                  const struct append_shape *shape, struct ledger_arena *arena,
                                  struct ledger_error *error) {
    for (; crowd->count < shape->requests; crowd->count++) {
        struct caller *caller = &crowd->callers[crowd->count];
        struct append_request *request = &caller->request;
        enum ledger_err err =
            append_request_init(request, bench->workload, shape, crowd->count, arena, error);
        if (err != LEDGER_E_OK)
            return err;
        request->done = done;
        request->user = caller;
        caller->crowd = crowd;
        caller->arena = ledger_arena_new(0);
        if (caller->arena == NULL)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making append requests");
    }
    return LEDGER_E_OK;
}

static void crowd_close(struct crowd *crowd) {
    for (unsigned i = 0; i < crowd->count; i++) {
        append_request_fini(&crowd->callers[i].request);
        ledger_arena_free(crowd->callers[i].arena);
        samples_fini(&crowd->callers[i].samples);
    }
}

// With the lock held, which is let go meanwhile.
static void send_busy(struct crowd *crowd) {
    struct caller *busy = crowd->busy;
    crowd->busy = NULL;
    pthread_mutex_unlock(&crowd->lock);
    clock_sleep_ms(BUSY_PAUSE_MS);
    while (busy != NULL) {
        struct caller *caller = busy;
        busy = caller->next_busy;
        send(caller);
    }
    pthread_mutex_lock(&crowd->lock);
}

static void run(struct crowd *crowd) {
    crowd->under_way = crowd->count;
    for (unsigned i = 0; i < crowd->count; i++) {
        append_request_fill(&crowd->callers[i].request);
        send(&crowd->callers[i]);
    }
    pthread_mutex_lock(&crowd->lock);
    while (crowd->under_way != 0) {
        if (crowd->busy != NULL)
            send_busy(crowd);
        else
            pthread_cond_wait(&crowd->changed, &crowd->lock);
    }
    pthread_mutex_unlock(&crowd->lock);
}

static enum ledger_err collect(const struct crowd *crowd, struct appended *appended,
                               struct ledger_error *error) {
    for (unsigned i = 0; i < crowd->count; i++) {
        appended->events += crowd->callers[i].request.sent;
        samples_add_all(&appended->samples, &crowd->callers[i].samples);
    }
    appended->busy = crowd->busy_count;
    if (crowd->err != LEDGER_E_OK)
        *error = crowd->error;
    else if (appended->samples.failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "keeping latencies");
    return crowd->err;
}

static enum ledger_err run_in(struct ledger_arena *arena, const struct bench *bench,
                              const struct append_shape *shape, const struct append_length *length,
                              struct appended *appended, struct ledger_error *error) {
    struct crowd crowd = {
        .client = service_appends(bench->service),
        .callers = ledger_arena_calloc(arena, shape->requests * sizeof *crowd.callers),
        .least_events = (length->events + shape->requests - 1) / shape->requests,
    };
    if (crowd.callers == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making append requests");
    enum ledger_err err = ledger_wait_init(&crowd.lock, &crowd.changed, error);
    if (err != LEDGER_E_OK)
        return err;
    err = crowd_open(&crowd, bench, shape, arena, error);
    if (err == LEDGER_E_OK) {
        uint64_t begun = clock_now();
        crowd.stop_at = begun + clock_nanos(length->seconds);
        run(&crowd);
        err = collect(&crowd, appended, error);
        appended->acknowledged_s = clock_seconds(clock_now() - begun);
        if (err == LEDGER_E_OK && !length->unindexed)
            err = service_wait_folded(bench->service, error);
        appended->seconds = clock_seconds(clock_now() - begun);
    }
    crowd_close(&crowd);
    ledger_wait_fini(&crowd.lock, &crowd.changed);
    return err;
}

enum ledger_err append_run(const struct bench *bench, const struct append_shape *shape,
                           const struct append_length *length, struct appended *appended,
                           struct ledger_error *error) {
    *appended = (struct appended){0};
    struct ledger_arena *arena = ledger_arena_new(ARENA_BYTES);
    if (arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making append requests");
    enum ledger_err err = run_in(arena, bench, shape, length, appended, error);
    ledger_arena_free(arena);
    return err;
}
