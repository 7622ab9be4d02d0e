#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/client.h"
#include "ledger/clock.h"
#include "ledger/config.h"
#include "ledger/kv.h"
#include "ledger/logging.h"
#include "ledgerd.h"
#include "runtime/service.h"
#include "runtime/settings.h"

enum { URL_SIZE = 256 };

struct settings {
    struct service_settings service;
    const char *append_url, *read_url;
    int64_t append_contexts, read_contexts;
    int64_t threads;
    int64_t map_size_gib;
    int64_t journal_mib;
    bool forget_journal;
    int64_t disk_reserve_mib;
    int64_t clock_jump_s;
    bool unsafe_no_sync;
};

#define FIELD(name) offsetof(struct settings, name)
static const struct ledger_option options[] = {
    SERVICE_OPTIONS(struct settings, service, "where the ledger is kept; made if absent"),
    {"append-url", LEDGER_OPTION_TEXT, FIELD(append_url), NULL, 0, 0, "URL", NULL,
     "where appends are taken; default ipc://DIR/run/append.sock"},
    {"read-url", LEDGER_OPTION_TEXT, FIELD(read_url), NULL, 0, 0, "URL", NULL,
     "where everything else is asked; default ipc://DIR/run/read.sock"},
    {"append-contexts", LEDGER_OPTION_INTEGER, FIELD(append_contexts), "64", 1, 4096, "N", NULL,
     "append requests taken in at one time"},
    {"read-contexts", LEDGER_OPTION_INTEGER, FIELD(read_contexts), "8192", 1, 65536, "N", NULL,
     "reads taken in at one time; seven of eight of them may wait for events"},
    {"threads", LEDGER_OPTION_INTEGER, FIELD(threads), "0", 0, 64, "N", NULL,
     "threads that serve; 0 = as many as there are processors, two to four"},
    {"map-size", LEDGER_OPTION_INTEGER, FIELD(map_size_gib), "0", 0, 65536, "N", "GiB",
     "largest size of the log; costs address space only; 0 = 256"},
    {"journal", LEDGER_OPTION_INTEGER, FIELD(journal_mib), "4", 0, 64, "N", "MiB",
     "small appends are made durable in a file of this size first; 0 = in the log at once"},
    {"forget-journal", LEDGER_OPTION_FLAG, FIELD(forget_journal), NULL, 0, 0, NULL, NULL,
     "start although that file is lost or damaged, without what only it had; appends are refused"},
    {"disk-reserve", LEDGER_OPTION_INTEGER, FIELD(disk_reserve_mib), "256", 0, 1 << 20, "N", "MiB",
     "appends, and moves of cursors, are refused when less than this is free"},
    {"clock-jump", LEDGER_OPTION_INTEGER, FIELD(clock_jump_s), "300", 1, 86400, "N", "s",
     "appends are refused when the clock is off by more"},
    {"unsafe-no-sync", LEDGER_OPTION_FLAG, FIELD(unsafe_no_sync), NULL, 0, 0, NULL, NULL,
     "for tests: acknowledge before the disk has it, so that a power cut loses facts"},
};

static enum ledger_err choose_url(const char *asked, const struct settings *settings,
                                  const char *socket, const char *option, char url[URL_SIZE],
                                  struct ledger_error *error) {
    if (asked == NULL)
        return ledger_socket_url(settings->service.data, socket, url, URL_SIZE, error);
    if (snprintf(url, URL_SIZE, "%s", asked) >= URL_SIZE)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, option, "the URL is too long");
    return LEDGER_E_OK;
}

static enum ledger_err choose_urls(const struct settings *settings, char append[URL_SIZE],
                                   char read[URL_SIZE], struct ledger_error *error) {
    enum ledger_err err =
        choose_url(settings->append_url, settings, "append", "append-url", append, error);
    return err == LEDGER_E_OK
               ? choose_url(settings->read_url, settings, "read", "read-url", read, error)
               : err;
}

static enum ledger_err check_settings(const void *from, struct ledger_error *error) {
    const struct settings *settings = from;
    char append[URL_SIZE], read[URL_SIZE];
    enum ledger_err err = service_settings_check(&settings->service, error);
    return err == LEDGER_E_OK ? choose_urls(settings, append, read, error) : err;
}

static const struct ledger_program program = {
    .name = "ledgerd",
    .usage = "[options]",
    .summary = "Keeps an immutable ledger of facts and serves it.",
    .environment_prefix = "LEDGERD",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .check = check_settings,
};

// ---- requests

// A row a request, and which of the two sockets takes it.
static const struct request_row {
    Ledger__V1__Request__BodyCase body;
    ledgerd_handler handler;
    bool on_append, on_read;
} requests[] = {
    {LEDGER__V1__REQUEST__BODY_APPEND, ledgerd_append, true, false},
    {LEDGER__V1__REQUEST__BODY_READ, ledgerd_read, false, true},
    {LEDGER__V1__REQUEST__BODY_FETCH, ledgerd_fetch, false, true},
    {LEDGER__V1__REQUEST__BODY_LOCATE, ledgerd_locate, false, true},
    {LEDGER__V1__REQUEST__BODY_MOVE_CURSOR, ledgerd_move_cursor, false, true},
    {LEDGER__V1__REQUEST__BODY_LIST_CURSORS, ledgerd_list_cursors, false, true},
    {LEDGER__V1__REQUEST__BODY_DELETE_CURSOR, ledgerd_delete_cursor, false, true},
    {LEDGER__V1__REQUEST__BODY_VERIFY, ledgerd_verify, false, true},
    {LEDGER__V1__REQUEST__BODY_STATUS, ledgerd_status, true, true},
};

static bool takes(const struct request_row *row, bool append_socket) {
    return append_socket ? row->on_append : row->on_read;
}

static void refuse(struct ledger_request *request, bool append_socket) {
    struct ledger_buffer names = {0};
    struct ledger_error error = {0};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
            &ledger__v1__request__descriptor, (unsigned)requests[i].body);
        if (takes(&requests[i], append_socket))
            ledger_buffer_printf(&names, "%s%s", names.size > 0 ? ", " : "", field->name);
    }
    const char *list = ledger_buffer_text(&names);
    ledger_fail(&error, LEDGER_E_INVALID_REQUEST, "body", "the %s socket takes: %s",
                append_socket ? "append" : "read", list != NULL ? list : "");
    ledger_buffer_fini(&names);
    ledger_request_answer_error(request, &error);
}

static void dispatch(struct ledgerd *ledgerd, struct ledger_request *request,
                     const Ledger__V1__Request *message, bool append_socket) {
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const struct request_row *row = &requests[i];
        if (row->body == message->body_case && takes(row, append_socket)) {
            row->handler(ledgerd, request, message);
            return;
        }
    }
    refuse(request, append_socket);
}

static bool on_append_packed(void *user, struct ledger_request *request) {
    return ledgerd_append_packed(user, request);
}

static void on_append_socket(void *user, struct ledger_request *request,
                             const Ledger__V1__Request *message) {
    dispatch(user, request, message, true);
}

static void on_read_socket(void *user, struct ledger_request *request,
                           const Ledger__V1__Request *message) {
    dispatch(user, request, message, false);
}

static void on_gone(void *user, struct ledger_request *request) {
    waiters_gone(((struct ledgerd *)user)->waiters, request);
}

static void on_advanced(void *user, const struct ledger_buffer *touched) {
    struct ledgerd *ledgerd = user;
    if (ledgerd->waiters != NULL)
        waiters_wake(ledgerd->waiters, touched);
}

void ledgerd_end(const struct ledger_error *error) {
    ledger_log_error("stopping: nothing is known of the disk", "code=%s error=\"%s\"",
                     ledger_err_code(error->code), error->message);
    _exit(ledger_err_exit(error->code));
}

// ---- start and stop

struct parts {
    struct ledgerd ledgerd;
    struct service *service;
    struct ledger_server *append_server, *read_server;
    char append_url[URL_SIZE], read_url[URL_SIZE];
};

static enum ledger_err open_log(struct parts *parts, const struct settings *settings,
                                struct ledger_error *error) {
    struct ledger_log_options log = {
        .data = settings->service.data,
        .map_bytes = (uint64_t)settings->map_size_gib << 30,
        .journal_bytes = (uint64_t)settings->journal_mib << 20,
        .forget_journal = settings->forget_journal,
        .disk_reserve_bytes = (uint64_t)settings->disk_reserve_mib << 20,
        .clock_jump_micros = settings->clock_jump_s * 1000000,
        .unsafe_no_sync = settings->unsafe_no_sync,
        .fatal = ledgerd_end,
        .advanced = on_advanced,
        .user = &parts->ledgerd,
    };
    if (settings->unsafe_no_sync)
        ledger_log_warn("UNSAFE: appends are acknowledged before they are on the disk; for tests "
                        "only",
                        "option=%s", "unsafe-no-sync");
    return ledger_log_open(&log, &parts->ledgerd.log, error);
}

static enum ledger_err open_servers(struct parts *parts, const struct settings *settings,
                                    struct ledger_error *error) {
    struct ledger_server_options append = {
        .url = parts->append_url,
        .contexts = (uint32_t)settings->append_contexts,
        .threads = (uint32_t)settings->threads,
        .packed = on_append_packed,
        .handler = on_append_socket,
        .user = &parts->ledgerd,
    };
    struct ledger_server_options read = {
        .url = parts->read_url,
        .contexts = (uint32_t)settings->read_contexts,
        .handler = on_read_socket,
        .gone = on_gone,
        .user = &parts->ledgerd,
    };
    enum ledger_err err = ledger_server_open(&append, &parts->append_server, error);
    return err == LEDGER_E_OK ? ledger_server_open(&read, &parts->read_server, error) : err;
}

// Readers that wait must not keep out those that ask for what is there.
static uint32_t waiting_most(const struct settings *settings) {
    return (uint32_t)(settings->read_contexts - settings->read_contexts / 8);
}

static enum ledger_err start(struct parts *parts, const struct settings *settings,
                             struct ledger_error *error) {
    enum ledger_err err = choose_urls(settings, parts->append_url, parts->read_url, error);
    if (err == LEDGER_E_OK)
        err = service_start(&settings->service, &parts->service, error);
    if (err == LEDGER_E_OK)
        err = open_log(parts, settings, error);
    if (err == LEDGER_E_OK)
        err = cursors_new(&parts->ledgerd, (uint64_t)settings->disk_reserve_mib << 20,
                          &parts->ledgerd.cursors, error);
    if (err == LEDGER_E_OK)
        err = service_run_files(parts->service, settings->service.data, "ledgerd", error);
    if (err == LEDGER_E_OK)
        err = waiters_new(&parts->ledgerd, waiting_most(settings), &parts->ledgerd.waiters, error);
    return err == LEDGER_E_OK ? open_servers(parts, settings, error) : err;
}

// It starts all the same: what is there can be read.
static void warn_of_disk(const struct parts *parts) {
    struct ledger_log_status status;
    struct ledger_error error = {0};
    if (ledger_log_status(parts->ledgerd.log, &status, &error) == LEDGER_E_OK &&
        status.disk_free_bytes < status.disk_least_bytes)
        ledger_log_warn("the disk is nearly full: no facts are taken in",
                        "free_mib=%" PRIu64 " least_mib=%" PRIu64, status.disk_free_bytes >> 20,
                        status.disk_least_bytes >> 20);
}

// New requests end first, then those that wait, then the sockets, then what is on the disk.
static void stop(struct parts *parts) {
    if (parts->append_server != NULL)
        ledger_server_stop(parts->append_server);
    if (parts->read_server != NULL)
        ledger_server_stop(parts->read_server);
    if (parts->ledgerd.waiters != NULL)
        waiters_stop(parts->ledgerd.waiters);
    ledger_server_close(parts->append_server);
    ledger_server_close(parts->read_server);
    cursors_free(parts->ledgerd.cursors);
    ledger_log_close(parts->ledgerd.log);
    waiters_free(parts->ledgerd.waiters);
    service_free(parts->service);
}

int main(int argc, char **argv) {
    struct settings settings;
    struct ledger_error error = {0};
    bool done;
    enum ledger_err err = service_settings_read(&program, argc, argv, &settings, &done, &error);
    if (err != LEDGER_E_OK || done)
        return service_exit("ledgerd", err, &error);
    service_log_init(&settings.service, "ledgerd");
    ledger_kv_report_faults();
    struct parts parts = {
        .ledgerd = {.data = settings.service.data,
                    .started_at = ledger_clock_system.wall_micros(ledger_clock_system.context)}};
    err = start(&parts, &settings, &error);
    if (err == LEDGER_E_OK) {
        warn_of_disk(&parts);
        ledger_log_info("ready", "append=\"%s\" read=\"%s\" head=%llu", parts.append_url,
                        parts.read_url, (unsigned long long)ledger_log_head(parts.ledgerd.log));
        service_run(parts.service);
    } else {
        ledger_log_error("cannot start", "code=%s field=\"%s\" error=\"%s\"", ledger_err_code(err),
                         error.field, error.message);
    }
    stop(&parts);
    return ledger_err_exit(err);
}
