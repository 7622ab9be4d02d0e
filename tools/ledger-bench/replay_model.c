#include "replay_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "child.h"
#include "clock.h"
#include "memory_watch.h"
#include "process.h"
#include "tree.h"

enum {
    PATH_SIZE = 512,
    URL_SIZE = 256,
    NAME_SIZE = 48,
    LOOK_EVERY_MS = 5,
    CALL_TIMEOUT_MS = 60000
};
#define STALL_S 120 // without a step further
#define REST_S 300

struct replay_model {
    pid_t pid;
    char folder[PATH_SIZE], log[PATH_SIZE];
    struct ledger_client *client;
    struct ledger_arena *arena;
};

// ---- its status

static enum ledger_err ask_status(struct replay_model *model,
                                  const Ledger__V1__ProjectionStatus **status,
                                  struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest body = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &body;
    ledger_arena_reset(model->arena);
    enum ledger_err err = ledger_client_call(model->client, &request, model->arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    *status = reply->status->projection;
    return *status != NULL ? LEDGER_E_OK
                           : ledger_fail(error, LEDGER_E_INVALID_REQUEST, NULL, "no projection");
}

// The position that a status tells is committed.
static enum ledger_err wait_for_head(struct replay_model *model, uint64_t head,
                                     struct replayed *replayed, struct ledger_error *error) {
    const Ledger__V1__ProjectionStatus *status;
    uint64_t reached = 0, stepped = clock_now();
    for (;;) {
        enum ledger_err err = ask_status(model, &status, error);
        if (err != LEDGER_E_OK)
            return err;
        replayed->rows = status->rows;
        replayed->parked = status->parked;
        if (status->position >= head)
            return LEDGER_E_OK;
        if (status->position > reached)
            stepped = clock_now();
        reached = status->position;
        if (clock_now() - stepped > clock_nanos(STALL_S))
            return ledger_fail(error, LEDGER_E_TIMEOUT, NULL,
                               "stands at position %" PRIu64 " of %" PRIu64 "%s%s: see %s", reached,
                               head, status->problem != NULL ? ", " : "",
                               status->problem != NULL ? status->problem : "", model->log);
        clock_sleep_ms(LOOK_EVERY_MS);
    }
}

enum ledger_err replay_model_rest(struct replay_model *model, double *seconds,
                                  struct ledger_error *error) {
    const Ledger__V1__ProjectionStatus *status;
    uint64_t begun = clock_now();
    for (;;) {
        enum ledger_err err = ask_status(model, &status, error);
        *seconds = clock_seconds(clock_now() - begun);
        if (err != LEDGER_E_OK || status->tidy)
            return err;
        if (*seconds > REST_S)
            return ledger_fail(error, LEDGER_E_TIMEOUT, NULL,
                               "its rows are not in order after %d s: see %s", REST_S, model->log);
        clock_sleep_ms(LOOK_EVERY_MS);
    }
}

// ---- the program

static enum ledger_err start(struct replay_model *model, const struct replay_kind *kind,
                             struct service *service, struct ledger_error *error) {
    char program[PATH_SIZE], name[NAME_SIZE], file[NAME_SIZE + 16], url[URL_SIZE];
    const char *data = service_data(service);
    snprintf(name, sizeof name, "bench-%s", kind->name);
    snprintf(file, sizeof file, "ledger-project-%s", kind->name);
    if (snprintf(model->folder, PATH_SIZE, "%s/projections/%s", data, name) >= PATH_SIZE ||
        snprintf(model->log, PATH_SIZE, "%s/%s.log", service_folder(service), name) >= PATH_SIZE)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long: %s",
                           data);
    tree_remove(model->folder);
    enum ledger_err err = child_program(file, program, sizeof program, error);
    if (err == LEDGER_E_OK)
        err = ledger_socket_url(data, name, url, sizeof url, error);
    if (err != LEDGER_E_OK)
        return err;
    char *const argv[] = {program,
                          (char *)(uintptr_t) "--data",
                          (char *)(uintptr_t)data,
                          (char *)(uintptr_t) "--name",
                          name,
                          (char *)(uintptr_t) "--read-url",
                          (char *)(uintptr_t)service_read_url(service),
                          NULL};
    const struct ledger_client_options options = {
        .url = url, .timeout_ms = CALL_TIMEOUT_MS, .wait_for_service = true};
    err = child_start(argv, model->log, &model->pid, error);
    return err == LEDGER_E_OK ? ledger_client_open(&options, &model->client, error) : err;
}

static enum ledger_err follow(struct replay_model *model, const struct replay_kind *kind,
                              struct service *service, uint64_t head, struct replayed *replayed,
                              struct ledger_error *error) {
    struct service_state state;
    struct memory_watch watch;
    const Ledger__V1__ProjectionStatus *status;
    enum ledger_err err = service_state(service, &state, error);
    if (err != LEDGER_E_OK)
        return err;
    double before = process_cpu_seconds(state.pid);
    uint64_t begun = clock_now();
    err = start(model, kind, service, error);
    // Once it answers: until it is that program, it has the memory of this one.
    if (err == LEDGER_E_OK)
        err = ask_status(model, &status, error);
    if (err == LEDGER_E_OK)
        err = memory_watch_begin(&watch, (uint64_t)model->pid, error);
    if (err != LEDGER_E_OK)
        return err;
    err = wait_for_head(model, head, replayed, error);
    replayed->seconds = clock_seconds(clock_now() - begun);
    replayed->own_most_kb = memory_watch_end(&watch);
    replayed->cpu_s = process_cpu_seconds((uint64_t)model->pid);
    replayed->ledgerd_cpu_s = process_cpu_seconds(state.pid) - before;
    replayed->own_kb = process_memory((uint64_t)model->pid).anonymous_kb;
    replayed->model_bytes = tree_bytes(model->folder);
    return err;
}

enum ledger_err replay_model_make(const struct replay_kind *kind, struct service *service,
                                  uint64_t head, struct replayed *replayed,
                                  struct replay_model **out, struct ledger_error *error) {
    *replayed = (struct replayed){0};
    struct replay_model *model = calloc(1, sizeof *model);
    if (model == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting a projection");
    model->arena = ledger_arena_new(0);
    enum ledger_err err = model->arena != NULL ? follow(model, kind, service, head, replayed, error)
                                               : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL,
                                                             "starting a projection");
    if (err == LEDGER_E_OK) {
        *out = model;
        return err;
    }
    ledger_error_prefix(error, kind->name);
    replay_model_end(model, true);
    return err;
}

void replay_model_end(struct replay_model *model, bool kept) {
    ledger_client_close(model->client);
    if (model->pid != 0)
        child_stop(model->pid);
    if (!kept)
        tree_remove(model->folder);
    ledger_arena_free(model->arena);
    free(model);
}

// ---- questions

enum ledger_err replay_model_ask(struct replay_model *model,
                                 const Ledger__V1__QueryRequest *question, size_t *rows,
                                 struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_QUERY;
    request.query = (Ledger__V1__QueryRequest *)(uintptr_t)question;
    ledger_arena_reset(model->arena);
    enum ledger_err err = ledger_client_call(model->client, &request, model->arena, &reply, error);
    if (err == LEDGER_E_OK)
        *rows = reply->query->n_tables != 0 ? reply->query->tables[0]->n_rows : 0;
    return err;
}
