#include "service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "clock.h"
#include "tree.h"

enum {
    URL_SIZE = 256,
    PATH_SIZE = 512,
    ARGUMENTS_MAX = 32,
    CALL_TIMEOUT_MS = 60000,
    START_PATIENCE_S = 120,
    START_CALL_MS = 250,
    START_CHECK_MS = 2,
    FOLD_PATIENCE_S = 300,
    FOLD_CHECK_MS = 2,
};

struct service {
    const struct service_options *options;
    pid_t pid; // 0: not ours, or ended
    char folder[PATH_SIZE], data[PATH_SIZE], log[PATH_SIZE];
    char append_url[URL_SIZE], read_url[URL_SIZE];
    struct ledger_client *appends, *reads;
    struct ledger_arena *arena;
};

// ---- status

static enum ledger_err ask_status(struct service *service, struct ledger_client *client,
                                  struct service_state *state, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest body = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &body;
    ledger_arena_reset(service->arena);
    enum ledger_err err = ledger_client_call(client, &request, service->arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    const Ledger__V1__StatusReply *status = reply->status;
    if (status->ledger == NULL)
        return ledger_fail(error, LEDGER_E_INVALID_REQUEST, NULL, "%s is no ledger",
                           service->read_url);
    *state = (struct service_state){
        .head = status->head,
        .folded_to = status->ledger->folded_to,
        .streams = status->ledger->streams,
        .pid = status->pid,
        .log_bytes = status->ledger->log_bytes,
        .index_bytes = status->ledger->index_bytes,
        .waiting_readers = status->ledger->waiting_readers,
    };
    return LEDGER_E_OK;
}

enum ledger_err service_state(struct service *service, struct service_state *state,
                              struct ledger_error *error) {
    return ask_status(service, service->reads, state, error);
}

enum ledger_err service_wait_folded(struct service *service, struct ledger_error *error) {
    uint64_t patience = clock_now() + FOLD_PATIENCE_S * NANOS_PER_SECOND;
    struct service_state state;
    enum ledger_err err;
    while ((err = service_state(service, &state, error)) == LEDGER_E_OK &&
           state.folded_to < state.head) {
        if (clock_now() > patience)
            return ledger_fail(error, LEDGER_E_TIMEOUT, NULL,
                               "the indexes stay behind the log for %d s", FOLD_PATIENCE_S);
        clock_sleep_ms(FOLD_CHECK_MS);
    }
    return err;
}

// ---- start

static enum ledger_err choose_urls(struct service *service, const struct service_options *options,
                                   struct ledger_error *error) {
    if (options->append_url != NULL) {
        snprintf(service->append_url, URL_SIZE, "%s", options->append_url);
        snprintf(service->read_url, URL_SIZE, "%s", options->read_url);
        return LEDGER_E_OK;
    }
    if (options->transport == SERVICE_TCP) {
        snprintf(service->append_url, URL_SIZE, "tcp://127.0.0.1:%u", child_free_port());
        snprintf(service->read_url, URL_SIZE, "tcp://127.0.0.1:%u", child_free_port());
        return LEDGER_E_OK;
    }
    enum ledger_err err =
        ledger_socket_url(service->data, "append", service->append_url, URL_SIZE, error);
    return err == LEDGER_E_OK
               ? ledger_socket_url(service->data, "read", service->read_url, URL_SIZE, error)
               : err;
}

static enum ledger_err make_folder(struct service *service, const struct service_options *options,
                                   struct ledger_error *error) {
    int size = snprintf(service->folder, PATH_SIZE, "%s", options->folder);
    if (size < 0 || size > PATH_SIZE - (int)sizeof "/ledgerd.log")
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "work", "the path is too long: %s",
                           options->folder);
    if (options->data == NULL)
        snprintf(service->data, PATH_SIZE, "%.*s/var", PATH_SIZE - 16, options->folder);
    else if (snprintf(service->data, PATH_SIZE, "%s", options->data) >= PATH_SIZE)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long: %s",
                           options->data);
    snprintf(service->log, PATH_SIZE, "%.*s/ledgerd.log", PATH_SIZE - 16, options->folder);
    if (mkdir(options->folder, 0750) != 0)
        return ledger_fail(error, ledger_err_from_errno(errno), "work", "%s: %s", options->folder,
                           strerror(errno));
    return LEDGER_E_OK;
}

static enum ledger_err start(struct service *service, struct ledger_error *error) {
    char *arguments[ARGUMENTS_MAX] = {
        (char *)(uintptr_t)service->options->program,
        (char *)(uintptr_t) "--data",
        service->data,
        (char *)(uintptr_t) "--append-url",
        service->append_url,
        (char *)(uintptr_t) "--read-url",
        service->read_url,
    };
    size_t count = 7;
    for (char *const *more = service->options->arguments; more != NULL && *more != NULL; more++) {
        if (count == ARGUMENTS_MAX - 1)
            return ledger_fail(error, LEDGER_E_USAGE, NULL, "too many arguments for ledgerd");
        arguments[count++] = *more;
    }
    return child_start(arguments, service->log, &service->pid, error);
}

// A client that connects at once or not at all: one that waits tries again only after a while,
// which would count as the service's start.
static enum ledger_err ask_once(struct service *service, struct ledger_error *error) {
    const struct ledger_client_options options = {.url = service->read_url,
                                                  .timeout_ms = START_CALL_MS};
    struct ledger_client *client;
    struct service_state state;
    enum ledger_err err = ledger_client_open(&options, &client, error);
    if (err != LEDGER_E_OK)
        return err;
    err = ask_status(service, client, &state, error);
    ledger_client_close(client);
    return err;
}

// Asks until it answers; a ledgerd that ends meanwhile says why in its log.
static enum ledger_err wait_ready(struct service *service, struct ledger_error *error) {
    uint64_t patience = clock_now() + START_PATIENCE_S * NANOS_PER_SECOND;
    enum ledger_err err;
    while ((err = ask_once(service, error)) != LEDGER_E_OK && ledger_err_retryable(err) &&
           clock_now() < patience) {
        if (service->pid != 0 && !child_runs(service->pid)) {
            service->pid = 0;
            return ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL, "ledgerd ended by itself: see %s",
                               service->log);
        }
        clock_sleep_ms(START_CHECK_MS);
    }
    return err;
}

static enum ledger_err connect_to(const char *url, struct ledger_client **client,
                                  struct ledger_error *error) {
    const struct ledger_client_options options = {
        .url = url, .timeout_ms = CALL_TIMEOUT_MS, .wait_for_service = true};
    return ledger_client_open(&options, client, error);
}

// Started or found, and connected to.
static enum ledger_err begin(struct service *service, struct ledger_error *error) {
    bool ours = service->options->append_url == NULL;
    enum ledger_err err = ours ? start(service, error) : LEDGER_E_OK;
    if (err == LEDGER_E_OK)
        err = wait_ready(service, error);
    if (err == LEDGER_E_OK)
        err = connect_to(service->append_url, &service->appends, error);
    return err == LEDGER_E_OK ? connect_to(service->read_url, &service->reads, error) : err;
}

static enum ledger_err open_parts(struct service *service, struct ledger_error *error) {
    const struct service_options *options = service->options;
    bool ours = options->append_url == NULL;
    enum ledger_err err = ours ? make_folder(service, options, error) : LEDGER_E_OK;
    if (err == LEDGER_E_OK)
        err = choose_urls(service, options, error);
    return err == LEDGER_E_OK ? begin(service, error) : err;
}

enum ledger_err service_open(const struct service_options *options, struct service **out,
                             struct ledger_error *error) {
    *out = NULL;
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting ledgerd");
    service->options = options;
    service->arena = ledger_arena_new(0);
    enum ledger_err err = service->arena == NULL
                              ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting ledgerd")
                              : open_parts(service, error);
    if (err != LEDGER_E_OK)
        service_close(service, true); // its log tells why
    else
        *out = service;
    return err;
}

static void disconnect(struct service *service) {
    ledger_client_close(service->appends);
    ledger_client_close(service->reads);
    service->appends = service->reads = NULL;
}

void service_close(struct service *service, bool keep) {
    if (service == NULL)
        return;
    disconnect(service);
    if (service->pid != 0)
        child_stop(service->pid);
    if (service->folder[0] != '\0' && !keep)
        tree_remove(service->folder);
    ledger_arena_free(service->arena);
    free(service);
}

enum ledger_err service_restart(struct service *service, bool kill, struct service_restart *restart,
                                struct ledger_error *error) {
    disconnect(service);
    uint64_t begun = clock_now();
    if (kill)
        child_kill(service->pid);
    else
        child_stop(service->pid);
    service->pid = 0;
    uint64_t ended = clock_now();
    enum ledger_err err = begin(service, error);
    restart->stop_s = clock_seconds(ended - begun);
    restart->start_s = clock_seconds(clock_now() - ended);
    return err;
}

struct ledger_client *service_appends(struct service *service) {
    return service->appends;
}

struct ledger_client *service_reads(struct service *service) {
    return service->reads;
}

const char *service_folder(const struct service *service) {
    return service->folder;
}

const char *service_data(const struct service *service) {
    return service->data;
}

const char *service_append_url(const struct service *service) {
    return service->append_url;
}

const char *service_read_url(const struct service *service) {
    return service->read_url;
}
