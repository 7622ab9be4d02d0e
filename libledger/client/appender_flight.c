// Requests out and replies in. A reply is judged on the NNG thread that brings it.
#include "appender_internal.h"

#include <stdlib.h>

#include "ledger/wait.h"

static _Thread_local const struct ledger_appender *calling_back;

bool appender_calls_back(const struct ledger_appender *appender) {
    return calling_back == appender;
}

// ---- outcomes

enum ledger_err appender_fail_ended(const struct ledger_appender *appender,
                                    struct ledger_error *error) {
    return ledger_fail(error, appender->ended, NULL, "the appender was %s by its user",
                       appender->ended == LEDGER_E_STOPPING ? "closed" : "interrupted");
}

static void tell(struct ledger_appender *appender, const struct append_job *job,
                 const struct ledger_append_outcome *outcome, const struct ledger_error *error) {
    pthread_mutex_unlock(&appender->lock);
    const struct ledger_appender *before = calling_back;
    calling_back = appender;
    job->done(job->user, outcome, error);
    calling_back = before;
    pthread_mutex_lock(&appender->lock);
    appender->pending--;
    appender->pending_bytes -= job->size;
    appender->counts.appends++;
}

void appender_tell_error(struct ledger_appender *appender, const struct append_job *job,
                         const struct ledger_error *error) {
    static const struct ledger_append_outcome none = {0};
    tell(appender, job, &none, error);
}

static void tell_verdict(struct ledger_appender *appender, const struct append_job *job) {
    static const struct ledger_error no_error = {0};
    const Ledger__V1__AppendOutcome *verdict = job->verdict;
    if (verdict->error != NULL) {
        struct ledger_error error;
        ledger_error_from_reply(verdict->error, &error);
        appender_tell_error(appender, job, &error);
        return;
    }
    const struct ledger_append_outcome outcome = {
        .positions = verdict->positions,
        .position_count = verdict->n_positions,
        .added = verdict->added,
        .duplicates = verdict->duplicates,
    };
    tell(appender, job, &outcome, &no_error);
}

// ---- requests out. With the lock held.

static struct flight *free_flight(struct ledger_appender *appender) {
    for (unsigned i = 0; i < appender->options.requests_in_flight; i++)
        if (!appender->flights[i].taken)
            return &appender->flights[i];
    return NULL;
}

bool appender_may_send(const struct ledger_appender *appender) {
    return appender->queue.count != 0 && appender->client != NULL && !appender->stuck &&
           appender->ended == LEDGER_E_OK &&
           appender->flights_taken < appender->options.requests_in_flight;
}

bool appender_must_wait(const struct ledger_appender *appender) {
    return appender->not_before != 0 && ledger_wait_now() < appender->not_before;
}

void appender_hold_back(struct ledger_appender *appender, const struct ledger_error *why) {
    uint32_t ms = backoff_next_ms(&appender->backoff, why->retry_after_ms);
    appender->trouble = *why;
    appender->not_before = ledger_wait_now() + (int64_t)ms * 1000;
    if (why->code == LEDGER_E_TIMEOUT || why->code == LEDGER_E_UNAVAILABLE)
        appender->stuck = true;
    appender_wake_keeper(appender);
}

static void landed(void *user);

static enum ledger_err send_flight(struct flight *flight, struct ledger_error *error) {
    struct ledger_appender *appender = flight->appender;
    uint8_t header[REQUEST_HEADER_MAX];
    struct ledger_span *parts = malloc((flight->jobs.count + 1) * sizeof *parts);
    if (parts == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "gathering appends");
    size_t count = 1;
    parts[0] = ledger_span_of(header, request_header(flight->jobs.bytes, header));
    for (const struct append_job *job = flight->jobs.first; job != NULL; job = job->next)
        parts[count++] = ledger_span_of(job->bytes, job->size);
    const struct ledger_packed_request request = {
        .parts = parts, .part_count = count, .done = landed, .user = flight};
    enum ledger_err err =
        ledger_call_begin_packed(appender->client, &request, &flight->call, error);
    free(parts);
    return err;
}

void appender_send_queued(struct ledger_appender *appender) {
    while (appender_may_send(appender) && !appender_must_wait(appender)) {
        struct ledger_error error = {0};
        struct flight *flight = free_flight(appender);
        gather(&appender->queue, &flight->jobs);
        if (send_flight(flight, &error) != LEDGER_E_OK) {
            job_list_prepend(&appender->queue, &flight->jobs);
            appender_hold_back(appender, &error);
            return;
        }
        flight->taken = true;
        appender->flights_taken++;
        appender->counts.requests++;
    }
}

// ---- replies in

static enum ledger_err fail_misfit(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the answer does not fit the request");
}

// Puts its outcome beside each job.
static enum ledger_err take_verdicts(struct flight *flight, const Ledger__V1__AppendReply *reply,
                                     struct ledger_error *error) {
    size_t i = 0;
    if (reply->n_outcomes != flight->jobs.count)
        return fail_misfit(error);
    for (struct append_job *job = flight->jobs.first; job != NULL; job = job->next) {
        job->verdict = reply->outcomes[i++];
        if (job->verdict->error == NULL && job->verdict->n_positions != job->event_count)
            return fail_misfit(error);
    }
    return LEDGER_E_OK;
}

// On a failure, flight->refused says what all its jobs meet.
static void read_reply(struct flight *flight, struct ledger_call *call) {
    Ledger__V1__Reply *reply = NULL;
    struct ledger_error *error = &flight->refused;
    *error = (struct ledger_error){0};
    ledger_arena_reset(flight->arena);
    enum ledger_err err = ledger_call_end(call, flight->arena, &reply, error);
    if (err == LEDGER_E_OK && reply->body_case != LEDGER__V1__REPLY__BODY_APPEND)
        err = fail_misfit(error);
    if (err == LEDGER_E_OK)
        (void)!take_verdicts(flight, reply->append, error);
}

// What a job is sent once more for: its own verdict's error, or its request's.
static bool is_retryable(const struct ledger_appender *appender, const struct flight *flight,
                         const struct append_job *job, struct ledger_error *why) {
    if (appender->ended != LEDGER_E_OK)
        return false;
    if (flight->refused.code == LEDGER_E_OK) {
        if (job->verdict->error == NULL)
            return false;
        ledger_error_from_reply(job->verdict->error, why);
        return ledger_err_retryable(why->code);
    }
    *why = flight->refused;
    // Interrupted by the keeper, to make room for another connection.
    return ledger_err_retryable(why->code) || why->code == LEDGER_E_INTERRUPTED;
}

// Moves jobs that are to be sent once more to the front of the queue, and those whose callers know
// already to nowhere. What is left has its outcome. With the lock held.
static void sort_out(struct ledger_appender *appender, struct flight *flight) {
    struct job_list again = {0}, over = {0};
    struct ledger_error why = {0}, trouble = {0};
    bool apart = flight->refused.code != LEDGER_E_OK && flight->jobs.count > 1;
    struct append_job *job;
    while ((job = job_list_take(&flight->jobs)) != NULL) {
        if (job->answered) {
            free(job);
        } else if (is_retryable(appender, flight, job, &why)) {
            trouble = why;
            job_list_add(&again, job);
        } else if (apart && appender->ended == LEDGER_E_OK) {
            job->alone = true;
            job_list_add(&again, job);
        } else {
            job_list_add(&over, job);
        }
    }
    flight->jobs = (struct job_list){0};
    job_list_prepend(&flight->jobs, &over);
    appender->counts.repeated += again.count;
    job_list_prepend(&appender->queue, &again);
    if (trouble.code == LEDGER_E_OK) {
        backoff_succeeded(&appender->backoff);
        appender->trouble.code = LEDGER_E_OK;
    } else if (trouble.code != LEDGER_E_INTERRUPTED) {
        appender_hold_back(appender, &trouble);
    }
}

static void tell_all(struct ledger_appender *appender, struct flight *flight) {
    struct append_job *job;
    struct ledger_error ended;
    while ((job = job_list_take(&flight->jobs)) != NULL) {
        if (job->answered) {
            // The keeper was faster.
        } else if (flight->refused.code == LEDGER_E_OK) {
            tell_verdict(appender, job);
        } else if (appender->ended != LEDGER_E_OK) {
            appender_fail_ended(appender, &ended);
            appender_tell_error(appender, job, &ended);
        } else {
            appender_tell_error(appender, job, &flight->refused);
        }
        free(job);
    }
}

// A call has come to its end, on a thread of NNG's.
static void landed(void *user) {
    struct flight *flight = user;
    struct ledger_appender *appender = flight->appender;
    pthread_mutex_lock(&appender->lock);
    struct ledger_call *call = flight->call; // set under the lock, before this could be called
    pthread_mutex_unlock(&appender->lock);
    read_reply(flight, call);
    pthread_mutex_lock(&appender->lock);
    sort_out(appender, flight);
    tell_all(appender, flight);
    flight->taken = false;
    appender->flights_taken--;
    appender_send_queued(appender);
    if (appender->stuck || appender->ended != LEDGER_E_OK)
        appender_wake_keeper(appender);
    pthread_cond_broadcast(&appender->settled);
    pthread_mutex_unlock(&appender->lock);
}
