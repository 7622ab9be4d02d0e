// The query service. NNG threads take requests in; a status or a description is answered at once
// (status.c), a question becomes a job. A few workers take the jobs that can be answered: those
// whose position is reached, and those that have waited long enough. Jobs are bounded: beyond that,
// "busy". While the model is made anew, what it cannot answer yet goes to the former one
// (former.h).
#include "projection_internal.h"

#include <stdlib.h>
#include <time.h>

#include "former.h"
#include "ledger/limits.h"
#include "ledger/logging.h"
#include "ledger/server.h"

enum {
    JOBS_MAX = 64,
    CONTEXTS = 96, // more than jobs, so that there is one left to say "busy"
    WORKERS_MAX = 16,
    BUSY_RETRY_MS = 200,
    // For a position that the ledger has not given out yet, as far as is known here.
    PATIENCE_MS = 2000,
};

struct job {
    struct ledger_request *request;
    struct projection_question question;
    bool resolved; // `needed` is known
    uint64_t needed;
    int64_t arrived; // steady microseconds
};

struct projection_server {
    struct projection_process *process;
    struct ledger_server *server;
    pthread_t workers[WORKERS_MAX];
    unsigned worker_count;
    pthread_mutex_t lock; // guards jobs and stopping
    pthread_cond_t moved;
    struct job jobs[JOBS_MAX]; // in order of arrival
    size_t job_count;
    size_t jobs_running;
    bool stopping;
};

static int64_t steady_micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// ---- jobs
static bool add_job(struct projection_server *server, const struct job *job,
                    struct ledger_error *error) {
    pthread_mutex_lock(&server->lock);
    enum ledger_err err = LEDGER_E_OK;
    if (server->stopping)
        err = ledger_fail(error, LEDGER_E_STOPPING, NULL, "the projection is stopping");
    else if (server->job_count + server->jobs_running >= JOBS_MAX)
        err = ledger_fail(error, LEDGER_E_BUSY, NULL, "%d questions are waiting already", JOBS_MAX);
    else
        server->jobs[server->job_count++] = *job;
    pthread_cond_broadcast(&server->moved);
    pthread_mutex_unlock(&server->lock);
    if (err == LEDGER_E_BUSY)
        error->retry_after_ms = BUSY_RETRY_MS;
    return !err;
}

static void take_question(struct projection_server *server, struct ledger_request *request,
                          const Ledger__V1__QueryRequest *from) {
    struct job job = {.request = request};
    struct ledger_error error = {0};
    enum ledger_err err = projection_question_read(
        server->process->projection, from, ledger_request_arena(request), &job.question, &error);
    job.arrived = steady_micros();
    if (err || !add_job(server, &job, &error))
        ledger_request_answer_error(request, &error);
}

static void handle(void *user, struct ledger_request *request, const Ledger__V1__Request *message) {
    struct projection_server *server = user;
    struct ledger_error error = {0};
    switch (message->body_case) {
    case LEDGER__V1__REQUEST__BODY_QUERY:
        take_question(server, request, message->query);
        return;
    case LEDGER__V1__REQUEST__BODY_STATUS:
        projection_status_answer(server->process, request);
        return;
    case LEDGER__V1__REQUEST__BODY_DESCRIBE:
        projection_describe_answer(server->process->projection, request);
        return;
    default:
        break;
    }
    (void)ledger_fail(&error, LEDGER_E_INVALID_REQUEST, NULL,
                      "a projection answers query, describe and status");
    ledger_request_answer_error(request, &error);
}

// ---- workers
// `former`: what is known of the model, if it is the former one; else NULL.
static void answer_question(const struct projection_process *process, const struct job *job,
                            struct projection_model *model,
                            const struct projection_former_facts *former) {
    struct ledger_arena *arena = ledger_request_arena(job->request);
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    struct ledger_error error = {0};
    enum ledger_err err =
        projection_question_answer(&job->question, model, arena, &reply.query, &error);
    if (!err && former)
        err = projection_former_note(process, former, reply.query, arena, &error);
    if (err) {
        ledger_request_answer_error(job->request, &error);
        return;
    }
    reply.body_case = LEDGER__V1__REPLY__BODY_QUERY;
    ledger_request_answer(job->request, &reply);
}

static bool refuse_other_ledger(struct projection_process *process,
                                struct ledger_request *request) {
    struct ledger_error error = {0};
    pthread_mutex_lock(&process->lock);
    bool refused = process->refused;
    if (refused)
        (void)ledger_fail(&error, LEDGER_E_WRONG_LEDGER, NULL, "%.300s", process->problem);
    pthread_mutex_unlock(&process->lock);
    if (refused)
        ledger_request_answer_error(request, &error);
    return refused;
}

// Until when a job waits for its position: one that the ledger has will come.
static int64_t deadline_of(const struct projection_process *process, const struct job *job) {
    bool will_come = job->needed <= atomic_load(&process->head) || job->question.wait_for;
    return job->arrived + (will_come ? LEDGER_WAIT_MS_MAX : PATIENCE_MS) * INT64_C(1000);
}

static void refuse_late(struct projection_process *process, const struct job *job,
                        const struct projection_former_facts *former) {
    struct ledger_error error = {0};
    const char *name = process->projection->name;
    unsigned long long needed = job->needed;
    unsigned long long position = atomic_load(&process->position);
    unsigned long long head = atomic_load(&process->head);
    if (former->position && needed <= head)
        (void)projection_former_refuse(process, former, &error);
    else if (job->question.wait_for)
        (void)ledger_fail(&error, LEDGER_E_CATCHING_UP, NULL,
                          "position %llu is not reached within %d s: %s has come to %llu, and the "
                          "ledger ends at %llu",
                          needed, LEDGER_WAIT_MS_MAX / 1000, name, position, head);
    else if (needed > head)
        (void)ledger_fail(&error, LEDGER_E_CATCHING_UP, "as-of-position",
                          "there is no position %llu yet: the ledger ends at %llu", needed, head);
    else
        (void)ledger_fail(&error, LEDGER_E_CATCHING_UP, NULL,
                          "%s has come to position %llu; position %llu was asked for", name,
                          position, needed);
    error.retry_after_ms = BUSY_RETRY_MS;
    ledger_request_answer_error(job->request, &error);
}

// What can be done about a job now.
enum turn {
    TURN_WAIT,
    TURN_ANSWER,
    TURN_FORMER, // the former model answers
    TURN_REFUSE,
};

// A question as of a position is the new model's as soon as that has come there; any other only
// when it knows all that the former did, so that answers never go back.
static enum turn turn_of(const struct projection_process *process, const struct job *job,
                         const struct projection_former_facts *former) {
    bool as_of = job->question.has_position;
    uint64_t wanted = as_of || job->needed > former->position ? job->needed : former->position;
    if (wanted <= atomic_load(&process->position))
        return TURN_ANSWER;
    if (former->answers && job->needed <= former->position)
        return TURN_FORMER;
    if (!as_of && !job->question.wait_for)
        return TURN_REFUSE;
    return steady_micros() < deadline_of(process, job) ? TURN_WAIT : TURN_REFUSE;
}

// The next step of a job. True: it is answered; false: it waits for `needed`.
static bool advance(struct projection_server *server, struct job *job) {
    struct projection_process *process = server->process;
    struct ledger_error error = {0};
    if (refuse_other_ledger(process, job->request))
        return true;
    if (!job->resolved) {
        if (projection_question_resolve(&job->question, &process->ledger, &job->needed, &error)) {
            ledger_request_answer_error(job->request, &error);
            return true;
        }
        job->resolved = true;
    }
    const struct projection_former_facts former = projection_former_facts(process->former);
    struct projection_model *model;
    switch (turn_of(process, job, &former)) {
    case TURN_WAIT:
        return false;
    case TURN_ANSWER:
        answer_question(process, job, process->model, NULL);
        return true;
    case TURN_FORMER:
        model = projection_former_take(process->former);
        if (!model)
            return false; // it was over this moment
        answer_question(process, job, model, &former);
        projection_former_give(process->former);
        return true;
    case TURN_REFUSE:
        break;
    }
    refuse_late(process, job, &former);
    return true;
}

// Under the lock. Index of a job that can go a step on, or job_count; *wake is when to look again.
static size_t find_ready(const struct projection_server *server, int64_t *wake) {
    int64_t now = steady_micros();
    const struct projection_former_facts former = projection_former_facts(server->process->former);
    *wake = now + 3600 * INT64_C(1000000);
    for (size_t i = 0; i < server->job_count; i++) {
        const struct job *job = &server->jobs[i];
        int64_t deadline = deadline_of(server->process, job);
        if (!job->resolved || turn_of(server->process, job, &former) != TURN_WAIT)
            return i;
        if (deadline < *wake)
            *wake = deadline;
    }
    return server->job_count;
}

static void wait_until(struct projection_server *server, int64_t micros) {
    const struct timespec until = {.tv_sec = micros / 1000000, .tv_nsec = micros % 1000000 * 1000};
    (void)pthread_cond_timedwait(&server->moved, &server->lock, &until);
}

static void *work(void *user) {
    struct projection_server *server = user;
    pthread_mutex_lock(&server->lock);
    while (!server->stopping) {
        int64_t wake;
        if (projection_former_claim(server->process->former)) {
            pthread_mutex_unlock(&server->lock);
            projection_former_delete(server->process);
            pthread_mutex_lock(&server->lock);
            continue;
        }
        size_t at = find_ready(server, &wake);
        if (at == server->job_count) {
            wait_until(server, wake);
            continue;
        }
        struct job job = server->jobs[at];
        server->job_count--;
        memmove(&server->jobs[at], &server->jobs[at + 1],
                (server->job_count - at) * sizeof server->jobs[0]);
        server->jobs_running++;
        pthread_mutex_unlock(&server->lock);
        bool done = advance(server, &job);
        pthread_mutex_lock(&server->lock);
        server->jobs_running--;
        if (!done)
            server->jobs[server->job_count++] = job;
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

void projection_serve_moved(struct projection_server *server) {
    if (!server)
        return;
    projection_former_review(server->process);
    pthread_mutex_lock(&server->lock);
    pthread_cond_broadcast(&server->moved);
    pthread_mutex_unlock(&server->lock);
}

// ---- start and stop
static void init_cond(pthread_cond_t *cond) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

enum ledger_err projection_serve_open(struct projection_process *process,
                                      const struct projection_serve_options *options,
                                      struct projection_server **opened,
                                      struct ledger_error *error) {
    struct projection_server *server = calloc(1, sizeof *server);
    if (!server)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for the query service");
    server->process = process;
    pthread_mutex_init(&server->lock, NULL);
    init_cond(&server->moved);
    *opened = server;
    const struct ledger_server_options listen = {
        .url = options->url, .contexts = CONTEXTS, .handler = handle, .user = server};
    enum ledger_err err = ledger_server_open(&listen, &server->server, error);
    while (!err && server->worker_count < options->workers) {
        int code = pthread_create(&server->workers[server->worker_count], NULL, work, server);
        if (code)
            err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for questions: %s",
                              strerror(code));
        else
            server->worker_count++;
    }
    if (err) {
        projection_serve_close(server);
        *opened = NULL;
    }
    return err;
}

void projection_serve_close(struct projection_server *server) {
    if (!server)
        return;
    if (server->server)
        ledger_server_stop(server->server);
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->moved);
    pthread_mutex_unlock(&server->lock);
    for (unsigned i = 0; i < server->worker_count; i++)
        pthread_join(server->workers[i], NULL);
    struct ledger_error error = {0};
    (void)ledger_fail(&error, LEDGER_E_STOPPING, NULL, "the projection is stopping");
    for (size_t i = 0; i < server->job_count; i++)
        ledger_request_answer_error(server->jobs[i].request, &error);
    ledger_server_close(server->server);
    pthread_cond_destroy(&server->moved);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
