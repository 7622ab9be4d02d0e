// A projection's process: the model is opened, the query service listens, one thread follows the
// ledger, and the main thread waits for a signal.
#include "projection_internal.h"

#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#include "former.h"
#include "ledger/client.h"
#include "ledger/clock.h"
#include "ledger/files.h"
#include "ledger/logging.h"
#include "runtime/settings.h"

struct settings {
    struct service_settings service;
    const char *name;
    const char *read_url;
    const char *url;
    int64_t workers;
    bool rebuild;
};

#define FIELD(field) offsetof(struct settings, field)
static const struct ledger_option options[] = {
    SERVICE_OPTIONS(struct settings, service, "data directory, the one that ledgerd has"),
    {.name = "name",
     .kind = LEDGER_OPTION_TEXT,
     .offset = FIELD(name),
     .value = "NAME",
     .help = "name of the model and of the socket, if not the projection's"},
    {.name = "read-url",
     .kind = LEDGER_OPTION_TEXT,
     .offset = FIELD(read_url),
     .value = "URL",
     .help = "where ledgerd is read; else its socket in the data directory"},
    {.name = "url",
     .kind = LEDGER_OPTION_TEXT,
     .offset = FIELD(url),
     .value = "URL",
     .help = "where questions are taken; else a socket in the data directory"},
    {.name = "workers",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = FIELD(workers),
     .fallback = "4",
     .min = 1,
     .max = 16,
     .value = "N",
     .help = "questions answered at one time"},
    {.name = "rebuild",
     .kind = LEDGER_OPTION_FLAG,
     .offset = FIELD(rebuild),
     .help = "make the model anew beside the process that answers, compare, and take its place"},
};

enum { URL_SIZE = 256 };

static enum ledger_err model_directory(const struct settings *settings, char path[PATH_MAX],
                                       struct ledger_error *error) {
    if (snprintf(path, PATH_MAX, "%s/projections", settings->service.data) >= PATH_MAX)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    enum ledger_err err = ledger_directory_make(settings->service.data, error);
    if (!err)
        err = ledger_directory_make(path, error);
    if (err)
        return err;
    if (snprintf(path, PATH_MAX, "%s/projections/%s", settings->service.data, settings->name) >=
        PATH_MAX)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    return ledger_directory_make(path, error);
}

static enum ledger_err open_link(struct projection_process *process,
                                 const struct settings *settings, struct ledger_error *error) {
    char url[URL_SIZE];
    enum ledger_err err = LEDGER_E_OK;
    if (!settings->read_url)
        err = ledger_socket_url(settings->service.data, "read", url, sizeof url, error);
    if (!err)
        err = projection_link_open(settings->read_url ? settings->read_url : url, &process->link,
                                   error);
    process->ledger = projection_ledger_remote;
    process->ledger.user = process->link;
    return err;
}

static enum ledger_err read_state(struct projection_process *process, struct ledger_error *error) {
    struct ledger_kv_txn *txn = NULL;
    enum ledger_err err = ledger_kv_read(process->model->kv, &txn, error);
    if (!err)
        err = projection_state_read(process->model, txn, &process->state, error);
    ledger_kv_abort(txn);
    atomic_store(&process->position, process->state.position);
    atomic_store(&process->head, process->state.position);
    return err;
}

static enum ledger_err listen_at(struct projection_process *process,
                                 const struct settings *settings, struct ledger_error *error) {
    char url[URL_SIZE];
    struct projection_serve_options serve = {.url = settings->url,
                                             .workers = (unsigned)settings->workers};
    if (!serve.url) {
        enum ledger_err err =
            ledger_socket_url(settings->service.data, settings->name, url, sizeof url, error);
        if (err)
            return err;
        serve.url = url;
    }
    enum ledger_err err = projection_serve_open(process, &serve, &process->server, error);
    if (!err)
        ledger_log_info("ready", "url=\"%s\" position=%" PRIu64 " fold_version=%" PRIu32, serve.url,
                        process->state.position, process->projection->fold_version);
    return err;
}

// The model comes first: it is locked, so that a second process gets no further and leaves the
// files of the first alone. Its folder is swept by who also holds the socket, unless there is a
// former model to answer meanwhile: then by who ends that.
static enum ledger_err open_all(struct projection_process *process, struct service *service,
                                const struct settings *settings, struct ledger_error *error) {
    char path[PATH_MAX];
    enum ledger_err err = model_directory(settings, path, error);
    if (!err)
        err = projection_model_open(process->projection, path, &process->model, error);
    if (!err)
        err = service_run_files(service, settings->service.data, settings->name, error);
    if (!err)
        err = read_state(process, error);
    if (!err)
        err = projection_former_open(process, path, error);
    if (!err)
        err = open_link(process, settings, error);
    if (!err)
        err = listen_at(process, settings, error);
    if (!err && !process->former)
        projection_model_sweep(process->projection, path);
    return err;
}

static void stop_service(void *service) {
    service_stop(service);
}

static void stop_following(struct projection_process *process, pthread_t thread) {
    pthread_mutex_lock(&process->lock);
    process->stopping = true;
    pthread_cond_broadcast(&process->changed);
    pthread_mutex_unlock(&process->lock);
    projection_link_interrupt(process->link);
    pthread_join(thread, NULL);
}

static enum ledger_err run(struct projection_process *process, struct service *service,
                           const struct settings *settings,
                           const struct projection_rebuild *rebuild, struct ledger_error *error) {
    pthread_t thread;
    enum ledger_err err = open_all(process, service, settings, error);
    if (!err) {
        int code = pthread_create(&thread, NULL, projection_follow, process);
        if (code)
            err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread to follow the ledger: %s",
                              strerror(code));
    }
    if (!err) {
        service_run(service);
        stop_following(process, thread);
        *error = process->failure;
        err = process->failure.code;
        ledger_log_info("stopped", "position=%" PRIu64, atomic_load(&process->position));
    }
    if (!err && process->at_head)
        err = projection_rebuild_take_over(process, rebuild, error);
    projection_serve_close(process->server);
    projection_link_close(process->link);
    projection_former_close(process->former);
    projection_model_close(process->model);
    return err;
}

static void init_process(struct projection_process *process, const struct projection *projection,
                         struct service *service, bool stop_at_head) {
    pthread_condattr_t attributes;
    *process = (struct projection_process){.projection = projection,
                                           .stop_at_head = stop_at_head,
                                           .fatal = stop_service,
                                           .user = service,
                                           .started_at = ledger_clock_system.wall_micros(NULL)};
    pthread_mutex_init(&process->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&process->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

// It names a folder and a socket beside those of others.
static enum ledger_err check_name(const char *name, struct ledger_error *error) {
    static const char *const taken[] = {"ledgerd", "reactor", "append", "read"};
    bool right =
        name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
    for (size_t i = 0; right && i < sizeof taken / sizeof taken[0]; i++)
        right = strcmp(name, taken[i]) != 0;
    return right ? LEDGER_E_OK
                 : ledger_fail(error, LEDGER_E_CONFIG_INVALID, "name",
                               "\"%s\" cannot be a projection's name: small letters, digits and "
                               "hyphens, and not what another service is called",
                               name);
}

static enum ledger_err check_settings(const void *from, struct ledger_error *error) {
    const struct settings *settings = from;
    enum ledger_err err = service_settings_check(&settings->service, error);
    return err || !settings->name ? err : check_name(settings->name, error);
}

// Until a signal; with a rebuild, until the model is made (*made) or a signal comes.
static enum ledger_err serve(const struct projection *projection, struct service *service,
                             const struct settings *settings,
                             const struct projection_rebuild *rebuild, bool *made,
                             struct ledger_error *error) {
    struct projection_process process;
    init_process(&process, projection, service, rebuild != NULL);
    enum ledger_err err = run(&process, service, settings, rebuild, error);
    *made = process.at_head;
    pthread_cond_destroy(&process.changed);
    pthread_mutex_destroy(&process.lock);
    return err;
}

// *made: the model is in its place, and is to be served.
static enum ledger_err make_anew(const struct projection *projection, struct service *service,
                                 const struct settings *settings, bool *made,
                                 struct ledger_error *error) {
    char name[256];
    struct settings beside = *settings;
    const struct projection_rebuild rebuild = {
        .data = settings->service.data, .name = settings->name, .made = name};
    *made = false;
    if (snprintf(name, sizeof name, "%s-rebuild", settings->name) >= (int)sizeof name)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "name", "the name is too long");
    beside.name = name;
    beside.url = NULL;
    enum ledger_err err = projection_rebuild_clear(projection, &rebuild, error);
    if (!err)
        err = serve(projection, service, &beside, &rebuild, made, error);
    if (!err && *made)
        err = projection_rebuild_exchange(&rebuild, error);
    return err;
}

static enum ledger_err serve_until_signal(const struct projection *projection,
                                          const struct settings *settings,
                                          struct ledger_error *error) {
    struct service *service = NULL;
    bool going = true;
    enum ledger_err err = service_start(&settings->service, &service, error);
    // One service for both: while the folders change places, the pid file of the rebuild tells
    // ./tools/up who comes next.
    if (!err && settings->rebuild)
        err = make_anew(projection, service, settings, &going, error);
    if (!err && going)
        err = serve(projection, service, settings, NULL, &going, error);
    service_free(service);
    return err;
}

int projection_main(const struct projection *projection, int argc, char **argv) {
    char program_name[128];
    struct settings settings = {0};
    struct ledger_error error = {0};
    bool done = false;
    (void)snprintf(program_name, sizeof program_name, "ledger-project-%s", projection->name);
    const struct ledger_program program = {.name = program_name,
                                           .usage = "[options]",
                                           .summary = projection->summary,
                                           .environment_prefix = "LEDGER_PROJECTION",
                                           .options = options,
                                           .option_count = sizeof options / sizeof options[0],
                                           .check = check_settings};
    enum ledger_err err = service_settings_read(&program, argc, argv, &settings, &done, &error);
    if (!err && !done) {
        if (!settings.name)
            settings.name = projection->name;
        service_log_init(&settings.service, settings.name);
        ledger_kv_report_faults();
        err = serve_until_signal(projection, &settings, &error);
    }
    return service_exit(program_name, err, &error);
}
