// The query service. NNG threads take requests in; a status or a description is answered at once, a
// question becomes a job. A few workers take the jobs that can be answered: those whose position is
// reached, and those that have waited long enough. Jobs are bounded: beyond that, "busy".
#include "projection_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ledger/limits.h"
#include "ledger/logging.h"
#include "ledger/server.h"

enum {
    JOBS_MAX = 64,
    CONTEXTS = 96, // more than jobs, so that there is one left to say "busy"
    WORKERS_MAX = 16,
    BUSY_RETRY_MS = 200,
    // A position that the ledger has given out is usually a moment away.
    PATIENCE_MS = 2000,
};

struct job {
    struct ledger_request *request;
    struct projection_question question;
    bool resolved; // `needed` is known
    uint64_t needed;
    int64_t deadline; // steady microseconds
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

// ---- at once: status, description
static void answer_status(struct projection_process *process, struct ledger_request *request) {
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__StatusReply status = LEDGER__V1__STATUS_REPLY__INIT;
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    Ledger__V1__ProjectionStatus projection = LEDGER__V1__PROJECTION_STATUS__INIT;
    char problem[sizeof process->problem];
    pthread_mutex_lock(&process->lock);
    struct projection_state state = process->state;
    memcpy(problem, process->problem, sizeof problem);
    pthread_mutex_unlock(&process->lock);
    struct ledger_kv_stat stat;
    ledger_kv_stat(process->model->kv, &stat);
    struct ledger_kv_txn *txn = NULL;
    if (!ledger_kv_read(process->model->kv, &txn, NULL)) {
        projection.has_rows = projection.has_parked = true;
        projection.rows = ledger_kv_count(txn, process->model->rows);
        projection.parked = ledger_kv_count(txn, process->model->parked);
        ledger_kv_abort(txn);
    }
    uint64_t head = atomic_load(&process->head);
    status.service = (char *)(uintptr_t)process->projection->name;
    status.version = (char *)(uintptr_t)FIELDLEDGER_VERSION;
    status.has_pid = status.has_started_at = status.has_head = true;
    status.pid = (uint64_t)getpid();
    status.started_at = process->started_at;
    status.head = head;
    if (state.identity.known) {
        identity.has_ledger_id = identity.has_epoch = true;
        identity.ledger_id =
            (ProtobufCBinaryData){sizeof state.identity.ledger_id, state.identity.ledger_id};
        identity.epoch = state.identity.epoch;
        status.identity = &identity;
    }
    projection.has_position = projection.has_lag_events = projection.has_fold_version = true;
    projection.has_model_bytes = true;
    projection.position = state.position;
    projection.lag_events = head > state.position ? head - state.position : 0;
    projection.fold_version = process->projection->fold_version;
    projection.model_bytes = stat.file_bytes;
    projection.has_position_recorded_at = state.recorded_at != 0;
    projection.position_recorded_at = state.recorded_at;
    projection.problem = problem[0] ? problem : NULL;
    status.projection = &projection;
    reply.body_case = LEDGER__V1__REPLY__BODY_STATUS;
    reply.status = &status;
    ledger_request_answer(request, &reply);
}

static size_t parameter_count(const struct projection_parameter *rows) {
    size_t count = 0;
    while (rows && rows[count].name)
        count++;
    return count;
}

static Ledger__V1__ParameterDescription **
describe_parameters(struct ledger_arena *arena, const struct projection_parameter *rows,
                    size_t *count) {
    *count = parameter_count(rows);
    Ledger__V1__ParameterDescription **list =
        ledger_arena_alloc(arena, (*count + 1) * sizeof(Ledger__V1__ParameterDescription *));
    Ledger__V1__ParameterDescription *items =
        ledger_arena_alloc(arena, (*count + 1) * sizeof *items);
    for (size_t i = 0; i < *count && list && items; i++) {
        ledger__v1__parameter_description__init(&items[i]);
        items[i].name = (char *)(uintptr_t)rows[i].name;
        items[i].value = (char *)(uintptr_t)rows[i].value;
        items[i].help = (char *)(uintptr_t)rows[i].help;
        items[i].has_required = true;
        items[i].required = rows[i].required;
        list[i] = &items[i];
    }
    return items ? list : NULL;
}

static Ledger__V1__QueryDescription *describe_query(struct ledger_arena *arena,
                                                    const struct projection_query *query) {
    Ledger__V1__QueryDescription *made = ledger_arena_alloc(arena, sizeof *made);
    if (!made)
        return NULL;
    ledger__v1__query_description__init(made);
    made->name = (char *)(uintptr_t)query->name;
    made->help = (char *)(uintptr_t)query->help;
    made->parameters = describe_parameters(arena, query->parameters, &made->n_parameters);
    return made->parameters ? made : NULL;
}

static void answer_no_memory(struct ledger_request *request) {
    struct ledger_error error = {0};
    (void)ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "no memory for the request");
    ledger_request_answer_error(request, &error);
}

static void answer_describe(const struct projection *projection, struct ledger_request *request) {
    struct ledger_arena *arena = ledger_request_arena(request);
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__DescribeReply describe = LEDGER__V1__DESCRIBE_REPLY__INIT;
    describe.projection = (char *)(uintptr_t)projection->name;
    describe.summary = (char *)(uintptr_t)projection->summary;
    describe.common = describe_parameters(arena, projection_common_parameters, &describe.n_common);
    describe.queries = ledger_arena_alloc(arena, (projection->query_count + 1) *
                                                     sizeof(Ledger__V1__QueryDescription *));
    bool complete = describe.common && describe.queries;
    for (size_t i = 0; i <= projection->query_count && complete; i++) {
        const struct projection_query *query =
            i < projection->query_count ? &projection->queries[i] : &projection_parked_query;
        describe.queries[i] = describe_query(arena, query);
        complete = describe.queries[i];
    }
    describe.n_queries = projection->query_count + 1;
    if (!complete) {
        answer_no_memory(request);
        return;
    }
    reply.body_case = LEDGER__V1__REPLY__BODY_DESCRIBE;
    reply.describe = &describe;
    ledger_request_answer(request, &reply);
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
    int64_t patience_ms = job.question.wait_for ? LEDGER_WAIT_MS_MAX : PATIENCE_MS;
    job.deadline = steady_micros() + patience_ms * 1000;
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
        answer_status(server->process, request);
        return;
    case LEDGER__V1__REQUEST__BODY_DESCRIBE:
        answer_describe(server->process->projection, request);
        return;
    case LEDGER__V1__REQUEST__BODY_APPEND:
    case LEDGER__V1__REQUEST__BODY_READ:
    case LEDGER__V1__REQUEST__BODY_LOCATE:
    case LEDGER__V1__REQUEST__BODY_FETCH:
    case LEDGER__V1__REQUEST__BODY__NOT_SET:
    case _LEDGER__V1__REQUEST__BODY__CASE_IS_INT_SIZE:
        break;
    }
    (void)ledger_fail(&error, LEDGER_E_INVALID_REQUEST, NULL,
                      "a projection answers query, describe and status");
    ledger_request_answer_error(request, &error);
}

// ---- workers
static void answer_question(struct projection_server *server, struct job *job) {
    struct ledger_arena *arena = ledger_request_arena(job->request);
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    struct ledger_error error = {0};
    enum ledger_err err = projection_question_answer(&job->question, server->process->model, arena,
                                                     &reply.query, &error);
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

static void refuse_late(struct projection_process *process, const struct job *job) {
    struct ledger_error error = {0};
    (void)ledger_fail(
        &error, LEDGER_E_CATCHING_UP, NULL,
        "%s has come to position %llu; position %llu was asked for", process->projection->name,
        (unsigned long long)atomic_load(&process->position), (unsigned long long)job->needed);
    error.retry_after_ms = BUSY_RETRY_MS;
    ledger_request_answer_error(job->request, &error);
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
    if (job->needed <= atomic_load(&process->position)) {
        answer_question(server, job);
        return true;
    }
    if (steady_micros() < job->deadline)
        return false;
    refuse_late(process, job);
    return true;
}

// Under the lock. Index of a job that can go a step on, or job_count; *wake is when to look again.
static size_t find_ready(const struct projection_server *server, int64_t *wake) {
    int64_t now = steady_micros();
    uint64_t position = atomic_load(&server->process->position);
    *wake = now + 3600 * INT64_C(1000000);
    for (size_t i = 0; i < server->job_count; i++) {
        const struct job *job = &server->jobs[i];
        if (!job->resolved || job->needed <= position || job->deadline <= now)
            return i;
        if (job->deadline < *wake)
            *wake = job->deadline;
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
