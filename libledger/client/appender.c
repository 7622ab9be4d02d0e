// Gathers appends and sees each of them through.
//
//   handed in -> queue -> flight (one request) -> outcome
//                  ^------- sent once more -------'
//
// Whoever hands in an append while a flight is free sends what is queued itself; a reply is judged
// on the NNG thread that brings it, which then sends what has queued meanwhile. So an append costs
// no thread of ours a turn. One thread of the appender's own, the keeper, does what must wait:
// deadlines, the time before another attempt, and a new connection in place of one that gave no
// answer (NNG 1.5 can lose the thread that reconnects).
//
// What can go wrong with a request: the service is busy, away, or too slow (all its appends are
// queued again, at the front, and nothing is sent for a while); it refuses the request as a whole
// (each append is sent alone, so that only the one at fault fails).
//
// Lock: appender->lock guards everything here and is held over no callback. The client's own lock
// is taken inside it.
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "appender_internal.h"
#include "ledger/wait.h"

enum {
    TIMEOUT_MS_DEFAULT = 30000,
    REQUEST_TIMEOUT_MS_DEFAULT = 5000,
    FLIGHTS_DEFAULT = 2,
    PENDING_APPENDS_DEFAULT = 10000,
    PENDING_BYTES_DEFAULT = 32 << 20,
    YIELDS_MAX = 16,
};

// ---- handing in

static enum ledger_err fail_full(const struct ledger_appender *appender, enum ledger_err code,
                                 struct ledger_error *error) {
    return ledger_fail(error, code, NULL, "%zu appends of %zu bytes wait for their outcome",
                       appender->pending, appender->pending_bytes);
}

static bool has_room(const struct ledger_appender *appender, const struct append_job *job) {
    const struct ledger_appender_options *options = &appender->options;
    return appender->pending == 0 ||
           (appender->pending < options->pending_appends_max &&
            appender->pending_bytes + job->size <= options->pending_bytes_max);
}

static enum ledger_err wait_for_room(struct ledger_appender *appender, const struct append_job *job,
                                     struct ledger_error *error) {
    bool in_time = true;
    while (appender->ended == LEDGER_E_OK && !has_room(appender, job)) {
        if (appender->options.refuse_when_full || appender_calls_back(appender))
            return fail_full(appender, LEDGER_E_BUSY, error);
        if (!in_time)
            return fail_full(appender, LEDGER_E_TIMEOUT, error);
        in_time = ledger_wait_until(&appender->lock, &appender->settled, job->deadline);
    }
    return appender->ended == LEDGER_E_OK ? LEDGER_E_OK : appender_fail_ended(appender, error);
}

// The threads that are about to hand in as well get a turn first; if there are none, this costs
// next to nothing.
static void send_gathered(struct ledger_appender *appender) {
    if (appender->about_to_send || !appender_may_send(appender))
        return;
    appender->about_to_send = true;
    uint64_t seen;
    unsigned yields = 0;
    do {
        seen = appender->handed_in;
        pthread_mutex_unlock(&appender->lock);
        sched_yield();
        pthread_mutex_lock(&appender->lock);
    } while (appender->handed_in != seen && ++yields < YIELDS_MAX);
    appender->about_to_send = false;
    appender_send_queued(appender);
}

static void hand_in(struct ledger_appender *appender, struct append_job *job) {
    job_list_add(&appender->queue, job);
    appender->pending++;
    appender->pending_bytes += job->size;
    appender->handed_in++;
    if (job->deadline < appender->keeper_wakes_at)
        appender_wake_keeper(appender);
    if (!appender_calls_back(appender))
        send_gathered(appender);
}

enum ledger_err ledger_appender_begin(struct ledger_appender *appender,
                                      const struct ledger_new_append *append,
                                      ledger_append_done *done, void *user,
                                      struct ledger_error *error) {
    struct append_job *job;
    enum ledger_err err = append_job_new(append, &job, error);
    if (err != LEDGER_E_OK)
        return err;
    job->timeout_ms = append->timeout_ms != 0 ? append->timeout_ms : appender->options.timeout_ms;
    job->deadline = ledger_wait_now() + (int64_t)job->timeout_ms * 1000;
    job->done = done;
    job->user = user;
    pthread_mutex_lock(&appender->lock);
    err = wait_for_room(appender, job, error);
    if (err == LEDGER_E_OK)
        hand_in(appender, job);
    pthread_mutex_unlock(&appender->lock);
    if (err != LEDGER_E_OK)
        free(job);
    return err;
}

// Where a caller waits for its own append.
struct waiting {
    sem_t done;
    uint64_t *positions;
    struct ledger_append_outcome *outcome;
    struct ledger_error *error;
    enum ledger_err err;
};

static void waiting_done(void *user, const struct ledger_append_outcome *outcome,
                         const struct ledger_error *error) {
    struct waiting *waiting = user;
    waiting->err = error->code;
    if (error->code != LEDGER_E_OK && waiting->error != NULL)
        *waiting->error = *error;
    if (waiting->positions != NULL && outcome->position_count != 0)
        memcpy(waiting->positions, outcome->positions,
               outcome->position_count * sizeof *outcome->positions);
    if (waiting->outcome != NULL) {
        *waiting->outcome = *outcome;
        waiting->outcome->positions = waiting->positions;
    }
    sem_post(&waiting->done);
}

enum ledger_err ledger_appender_append(struct ledger_appender *appender,
                                       const struct ledger_new_append *append, uint64_t *positions,
                                       struct ledger_append_outcome *outcome,
                                       struct ledger_error *error) {
    struct waiting waiting = {.positions = positions, .outcome = outcome, .error = error};
    sem_init(&waiting.done, 0, 0); // cannot fail with these
    enum ledger_err err = ledger_appender_begin(appender, append, waiting_done, &waiting, error);
    if (err == LEDGER_E_OK) {
        while (sem_wait(&waiting.done) != 0)
            continue; // a signal came
        err = waiting.err;
    }
    sem_destroy(&waiting.done);
    return err;
}

// ---- all of them

enum ledger_err ledger_appender_drain(struct ledger_appender *appender, uint32_t timeout_ms,
                                      struct ledger_error *error) {
    int64_t deadline = ledger_wait_now() + (int64_t)timeout_ms * 1000;
    bool in_time = true;
    pthread_mutex_lock(&appender->lock);
    while (appender->pending != 0 && in_time)
        in_time = ledger_wait_until(&appender->lock, &appender->settled, deadline);
    enum ledger_err err =
        appender->pending == 0 ? LEDGER_E_OK : fail_full(appender, LEDGER_E_TIMEOUT, error);
    pthread_mutex_unlock(&appender->lock);
    return err;
}

static void end(struct ledger_appender *appender, enum ledger_err why, bool closing) {
    pthread_mutex_lock(&appender->lock);
    if (appender->ended == LEDGER_E_OK)
        appender->ended = why;
    appender->closing = closing;
    appender_wake_keeper(appender);
    pthread_cond_broadcast(&appender->settled);
    pthread_mutex_unlock(&appender->lock);
}

void ledger_appender_interrupt(struct ledger_appender *appender) {
    end(appender, LEDGER_E_INTERRUPTED, false);
}

struct ledger_appender_counts ledger_appender_count(struct ledger_appender *appender) {
    pthread_mutex_lock(&appender->lock);
    struct ledger_appender_counts counts = appender->counts;
    pthread_mutex_unlock(&appender->lock);
    return counts;
}

// ---- open and close

static void put_in_defaults(struct ledger_appender_options *options) {
    if (options->timeout_ms == 0)
        options->timeout_ms = TIMEOUT_MS_DEFAULT;
    if (options->request_timeout_ms == 0)
        options->request_timeout_ms = REQUEST_TIMEOUT_MS_DEFAULT;
    if (options->requests_in_flight == 0)
        options->requests_in_flight = FLIGHTS_DEFAULT;
    if (options->requests_in_flight > FLIGHTS_MAX)
        options->requests_in_flight = FLIGHTS_MAX;
    if (options->pending_appends_max == 0)
        options->pending_appends_max = PENDING_APPENDS_DEFAULT;
    if (options->pending_bytes_max == 0)
        options->pending_bytes_max = PENDING_BYTES_DEFAULT;
}

// What needs no other thread; appender_free undoes it.
static enum ledger_err appender_new(const struct ledger_appender_options *options,
                                    struct ledger_appender **made, struct ledger_error *error) {
    struct ledger_appender *appender = calloc(1, sizeof *appender);
    if (appender == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening an appender");
    enum ledger_err err = ledger_wait_init(&appender->lock, &appender->keeper_wakes, error);
    if (err != LEDGER_E_OK) {
        free(appender);
        return err;
    }
    err = ledger_condition_init(&appender->settled, error);
    if (err != LEDGER_E_OK) {
        ledger_wait_fini(&appender->lock, &appender->keeper_wakes);
        free(appender);
        return err;
    }
    appender->options = *options;
    put_in_defaults(&appender->options);
    backoff_init(&appender->backoff);
    *made = appender;
    return LEDGER_E_OK;
}

static void appender_free(struct ledger_appender *appender) {
    ledger_client_close(appender->client);
    for (unsigned i = 0; i < FLIGHTS_MAX; i++)
        ledger_arena_free(appender->flights[i].arena);
    pthread_cond_destroy(&appender->settled);
    ledger_wait_fini(&appender->lock, &appender->keeper_wakes);
    free(appender->url);
    free(appender);
}

static enum ledger_err prepare(struct ledger_appender *appender, struct ledger_error *error) {
    bool complete = (appender->url = strdup(appender->options.url)) != NULL;
    for (unsigned i = 0; i < appender->options.requests_in_flight; i++) {
        struct flight *flight = &appender->flights[i];
        *flight = (struct flight){.appender = appender, .arena = ledger_arena_new(0)};
        complete = complete && flight->arena != NULL;
    }
    if (!complete)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening an appender");
    const struct ledger_client_options options =
        appender_client_options(appender, appender->options.wait_for_service);
    return ledger_client_open(&options, &appender->client, error);
}

enum ledger_err ledger_appender_open(const struct ledger_appender_options *options,
                                     struct ledger_appender **opened, struct ledger_error *error) {
    struct ledger_appender *appender = NULL;
    *opened = NULL;
    enum ledger_err err = appender_new(options, &appender, error);
    if (err != LEDGER_E_OK)
        return err;
    err = prepare(appender, error);
    if (err == LEDGER_E_OK && pthread_create(&appender->keeper, NULL, appender_keep, appender) != 0)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for an appender");
    if (err != LEDGER_E_OK) {
        appender_free(appender);
        return err;
    }
    *opened = appender;
    return LEDGER_E_OK;
}

void ledger_appender_close(struct ledger_appender *appender) {
    if (appender == NULL)
        return;
    end(appender, LEDGER_E_STOPPING, true);
    pthread_join(appender->keeper, NULL);
    appender_free(appender);
}
