// What must wait: deadlines, the time before another attempt, another connection.
#include "appender_internal.h"

#include <stdlib.h>

#include "ledger/wait.h"

enum { IDLE_MICROS = 60 * 1000000 };

// Everything here: with the lock held.

static int64_t earliest(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t first_deadline(const struct job_list *list) {
    int64_t first = INT64_MAX;
    for (const struct append_job *job = list->first; job != NULL; job = job->next)
        if (!job->answered)
            first = earliest(first, job->deadline);
    return first;
}

static void fail_late(const struct ledger_appender *appender, const struct append_job *job,
                      struct ledger_error *error) {
    bool known = appender->trouble.code != LEDGER_E_OK;
    ledger_fail(error, LEDGER_E_TIMEOUT, NULL, "no outcome within %u ms%s%s", job->timeout_ms,
                known ? "; last: " : "", known ? appender->trouble.message : "");
}

// Queued jobs that nobody will send any more, or not in time.
static void end_queued(struct ledger_appender *appender, int64_t now) {
    struct job_list queue = {0}, over = {0};
    struct append_job *job;
    while ((job = job_list_take(&appender->queue)) != NULL)
        job_list_add(appender->ended != LEDGER_E_OK || job->deadline <= now ? &over : &queue, job);
    job_list_prepend(&appender->queue, &queue);
    while ((job = job_list_take(&over)) != NULL) {
        struct ledger_error error;
        if (appender->ended != LEDGER_E_OK)
            appender_fail_ended(appender, &error);
        else
            fail_late(appender, job, &error);
        appender_tell_error(appender, job, &error);
        free(job);
    }
}

static struct append_job *late_in_flight(struct ledger_appender *appender, int64_t now) {
    for (unsigned i = 0; i < appender->options.requests_in_flight; i++)
        for (struct append_job *job = appender->flights[i].jobs.first; job != NULL; job = job->next)
            if (!job->answered && job->deadline <= now)
                return job;
    return NULL;
}

static void end_late(struct ledger_appender *appender) {
    int64_t now = ledger_wait_now();
    struct append_job *job;
    end_queued(appender, now);
    while ((job = late_in_flight(appender, now)) != NULL) {
        struct ledger_error error;
        job->answered = true;
        fail_late(appender, job, &error);
        // The flight may land meanwhile, and free the job.
        const struct append_job copy = {.done = job->done, .user = job->user, .size = job->size};
        appender_tell_error(appender, &copy, &error);
    }
    pthread_cond_broadcast(&appender->settled);
}

struct ledger_client_options appender_client_options(const struct ledger_appender *appender,
                                                     bool wait_for_service) {
    return (struct ledger_client_options){.url = appender->url,
                                          .timeout_ms = appender->options.request_timeout_ms,
                                          .wait_for_service = wait_for_service};
}

// A stuck client is given up once its calls have ended, and another opened; lets the lock go.
static void renew_client(struct ledger_appender *appender) {
    struct ledger_client *old = appender->client;
    if (appender->flights_taken != 0) {
        ledger_client_interrupt(old);
        return;
    }
    struct ledger_client_options options = appender_client_options(appender, true);
    struct ledger_client *client = NULL;
    struct ledger_error error = {0};
    appender->client = NULL;
    pthread_mutex_unlock(&appender->lock);
    ledger_client_close(old);
    enum ledger_err err = ledger_client_open(&options, &client, &error);
    pthread_mutex_lock(&appender->lock);
    appender->client = client;
    if (err != LEDGER_E_OK) {
        appender_hold_back(appender, &error);
        return;
    }
    appender->stuck = false;
    appender->counts.connections++;
}

static int64_t next_wake(const struct ledger_appender *appender) {
    int64_t next = earliest(ledger_wait_now() + IDLE_MICROS, first_deadline(&appender->queue));
    for (unsigned i = 0; i < appender->options.requests_in_flight; i++)
        next = earliest(next, first_deadline(&appender->flights[i].jobs));
    if (appender_must_wait(appender) &&
        (appender_may_send(appender) || appender->stuck || appender->client == NULL))
        next = earliest(next, appender->not_before);
    return next;
}

void *appender_keep(void *arg) {
    struct ledger_appender *appender = arg;
    pthread_mutex_lock(&appender->lock);
    while (!appender->closing || appender->pending != 0 || appender->flights_taken != 0) {
        end_late(appender);
        bool ended = appender->ended != LEDGER_E_OK;
        if (ended && appender->client != NULL && appender->flights_taken != 0)
            ledger_client_interrupt(appender->client);
        else if (!ended && (appender->stuck || appender->client == NULL) &&
                 !appender_must_wait(appender))
            renew_client(appender);
        appender_send_queued(appender);
        appender->keeper_wakes_at = next_wake(appender);
        if (appender->keeper_wakes_at > ledger_wait_now())
            (void)ledger_wait_until(&appender->lock, &appender->keeper_wakes,
                                    appender->keeper_wakes_at);
        appender->keeper_wakes_at = 0;
    }
    pthread_mutex_unlock(&appender->lock);
    return NULL;
}
