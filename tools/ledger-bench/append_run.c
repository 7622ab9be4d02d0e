// Every thread has some of the requests in flight and goes round them: it waits for the oldest,
// fills it anew and sends it. A request is never ahead of its own streams' versions, since the
// streams of two requests are disjoint.
#include "append_run.h"

#include <pthread.h>

#include "clock.h"

enum { ARENA_BYTES = 1 << 20 };

struct driver {
    pthread_t thread;
    struct ledger_client *client;
    struct append_request *requests;
    unsigned request_count;
    uint64_t stop_at, least_events; // of each request: goes on until both are reached
    struct samples samples;
    uint64_t busy;
    enum ledger_err err;
    struct ledger_error error;
};

// ---- one thread

static enum ledger_err send_next(struct driver *driver, struct append_request *request) {
    append_request_fill(request);
    return append_request_begin(request, driver->client, &driver->error);
}

static enum ledger_err take_turn(struct driver *driver, struct append_request *request,
                                 struct ledger_arena *arena) {
    enum ledger_err err =
        append_request_finish(request, driver->client, arena, &driver->busy, &driver->error);
    uint64_t now = clock_now();
    if (err != LEDGER_E_OK)
        return err;
    samples_add(&driver->samples, now - request->begun);
    if (now >= driver->stop_at && request->sent >= driver->least_events)
        return LEDGER_E_OK;
    return send_next(driver, request);
}

static void drop_calls(struct driver *driver, struct ledger_arena *arena) {
    struct ledger_error ignored;
    for (unsigned i = 0; i < driver->request_count; i++)
        if (driver->requests[i].call != NULL)
            (void)!append_request_end(&driver->requests[i], arena, &ignored);
}

static void *drive(void *arg) {
    struct driver *driver = arg;
    struct ledger_arena *arena = ledger_arena_new(0);
    unsigned under_way = 0;
    if (arena == NULL)
        driver->err = ledger_fail(&driver->error, LEDGER_E_NO_MEMORY, NULL, "appending");
    for (unsigned i = 0; driver->err == LEDGER_E_OK && i < driver->request_count; i++, under_way++)
        driver->err = send_next(driver, &driver->requests[i]);
    for (unsigned i = 0; driver->err == LEDGER_E_OK && under_way != 0;
         i = (i + 1) % driver->request_count) {
        struct append_request *request = &driver->requests[i];
        if (request->call == NULL)
            continue;
        driver->err = take_turn(driver, request, arena);
        if (request->call == NULL)
            under_way--;
    }
    if (arena != NULL)
        drop_calls(driver, arena);
    ledger_arena_free(arena);
    return NULL;
}

// ---- all threads

static enum ledger_err start_drivers(struct driver *drivers, unsigned count, unsigned *started,
                                     struct ledger_error *error) {
    for (*started = 0; *started < count; ++*started) {
        struct driver *driver = &drivers[*started];
        if (pthread_create(&driver->thread, NULL, drive, driver) != 0)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for writers");
    }
    return LEDGER_E_OK;
}

static enum ledger_err run_drivers(struct driver *drivers, unsigned count,
                                   struct appended *appended, struct ledger_error *error) {
    unsigned started;
    enum ledger_err err = start_drivers(drivers, count, &started, error);
    for (unsigned i = 0; i < started; i++) {
        struct driver *driver = &drivers[i];
        pthread_join(driver->thread, NULL);
        if (driver->err != LEDGER_E_OK && err == LEDGER_E_OK) {
            *error = driver->error;
            err = driver->err;
        }
        for (unsigned j = 0; j < driver->request_count; j++)
            appended->events += driver->requests[j].sent;
        appended->busy += driver->busy;
        samples_add_all(&appended->samples, &driver->samples);
        samples_fini(&driver->samples);
    }
    if (err == LEDGER_E_OK && appended->samples.failed)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "keeping latencies");
    return err;
}

static enum ledger_err make_requests(const struct bench *bench, const struct append_shape *shape,
                                     struct ledger_arena *arena, struct append_request *requests,
                                     struct ledger_error *error) {
    for (unsigned i = 0; i < shape->requests; i++) {
        enum ledger_err err =
            append_request_init(&requests[i], bench->workload, shape, i, arena, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err run_in(struct ledger_arena *arena, const struct bench *bench,
                              const struct append_shape *shape, const struct append_length *length,
                              struct appended *appended, struct ledger_error *error) {
    struct append_request *requests =
        ledger_arena_calloc(arena, shape->requests * sizeof *requests);
    unsigned threads = bench->threads < shape->requests ? bench->threads : shape->requests;
    struct driver *drivers = ledger_arena_calloc(arena, threads * sizeof *drivers);
    if (requests == NULL || drivers == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making append requests");
    enum ledger_err err = make_requests(bench, shape, arena, requests, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t begun = clock_now();
    for (unsigned i = 0; i < threads; i++) {
        unsigned first = i * shape->requests / threads;
        drivers[i] = (struct driver){
            .client = service_appends(bench->service),
            .requests = &requests[first],
            .request_count = (i + 1) * shape->requests / threads - first,
            .stop_at = begun + clock_nanos(length->seconds),
            .least_events = (length->events + shape->requests - 1) / shape->requests,
        };
    }
    err = run_drivers(drivers, threads, appended, error);
    appended->acknowledged_s = clock_seconds(clock_now() - begun);
    if (err == LEDGER_E_OK && !length->unindexed)
        err = service_wait_folded(bench->service, error);
    appended->seconds = clock_seconds(clock_now() - begun);
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
