// ledgerctl verify: everything stored is read again, by the service that has it, step by step; or
// by ourselves, where none is running.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "common.h"
#include "format.h"
#include "ledger/arena.h"
#include "ledger/clock.h"
#include "ledger/json.h"
#include "progress.h"
#include "verify_files.h"

struct settings {
    struct common common;
    bool log_only;
    bool offline;
};

static const struct ledger_option options[] = {
    {.name = "log-only",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, log_only),
     .help = "the facts alone, not their indexes"},
    {.name = "offline",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, offline),
     .help = "read the files of a ledger that is not running, and ask nobody"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl verify",
    .usage = "[options]",
    .summary = "Reads every stored byte again and tells the first position that is wrong.",
    .details =
        "Looks at each block's checksum and place, at each fact's bytes, position, time and\n"
        "stream version, at the Merkle tree over all of them, and whether the indexes lead to\n"
        "every fact and to nothing else. A running service does it beside its other work; facts\n"
        "added meanwhile are not looked at. If none is running, the files are read directly, and\n"
        "nothing in them is changed. Exit status: 0 if all is right, 74 if not.\n"
        "A fault in the indexes is mended by stopping the service, deleting DIR/index and\n"
        "starting it again; one in the log needs a copy (see `ledgerctl restore`).\n"
        "\n"
        "Examples:\n"
        "  ledgerctl verify\n"
        "  ledgerctl verify --offline --data /backup/ledger\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

// ---- what is found

// First the log, then what the indexes hold beside it.
static void show(struct progress *progress, const Ledger__V1__VerifyReply *reply) {
    bool counting = reply->position == reply->target && reply->index_counted != 0;
    progress->what = counting ? "entries of the indexes" : "facts";
    if (counting)
        progress_show(progress, reply->index_counted, 0);
    else
        progress_show(progress, reply->position, reply->target);
}

// `looked`: at the files, by ourselves; NULL: the service did.
static enum ledger_err tell(const struct common *common, const struct ledger_verify_report *looked,
                            Ledger__V1__VerifyReply *reply, struct ledger_error *error) {
    uint64_t waiting = looked != NULL ? looked->journal_events : 0;
    if (common->json) {
        json_t *json = ledger_json_from_message(&reply->base);
        if (json != NULL)
            json_object_set_new(json, "offline", json_boolean(looked != NULL));
        if (json != NULL && waiting != 0)
            json_object_set_new(json, "journal_events", json_integer((json_int_t)waiting));
        common_print_line(json);
    }
    if (reply->fault != NULL)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL, "position %" PRIu64 ", %s: %s",
                           reply->fault->position, reply->fault->where, reply->fault->message);
    if (common->json)
        return LEDGER_E_OK;
    struct ledger_buffer line = {0};
    format_integer(&line, (int64_t)reply->position);
    ledger_buffer_add_text(&line, " facts in ");
    format_integer(&line, (int64_t)reply->blocks);
    ledger_buffer_add_text(&line, " blocks (");
    format_bytes(&line, reply->bytes);
    ledger_buffer_add_text(&line, "), and ");
    format_integer(&line, (int64_t)reply->index_entries);
    ledger_buffer_add_text(&line, " entries of the indexes: all is as it was written\n");
    if (waiting != 0) {
        format_integer(&line, (int64_t)waiting);
        ledger_buffer_add_text(&line, " more are in the journal: the service was not stopped in "
                                      "order, and takes them in when it starts\n");
    }
    const char *text = ledger_buffer_text(&line);
    if (text != NULL)
        fputs(text, stdout);
    ledger_buffer_fini(&line);
    return text != NULL ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "printing");
}

// ---- by the service

static void pause_ms(uint32_t ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000},
              NULL);
}

// A service that takes one run at a time says so.
static enum ledger_err call(const struct common *common, struct ledger_client *client,
                            const Ledger__V1__Request *request, struct ledger_arena *arena,
                            Ledger__V1__Reply **reply, struct ledger_error *error) {
    const struct ledger_clock *clock = &ledger_clock_system;
    int64_t until = clock->steady_micros(clock->context) + common->timeout_s * 1000000;
    for (;;) {
        enum ledger_err err = ledger_client_call(client, request, arena, reply, error);
        if (err != LEDGER_E_BUSY || clock->steady_micros(clock->context) >= until)
            return err;
        pause_ms(error->retry_after_ms != 0 ? error->retry_after_ms : 100);
    }
}

static enum ledger_err ask(const struct settings *settings, struct ledger_client *client,
                           struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__VerifyRequest body = LEDGER__V1__VERIFY_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    uint8_t resume[LEDGER_VERIFY_TOKEN_MAX];
    struct progress progress;
    struct ledger_arena *arena = ledger_arena_new(0);
    if (arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "verifying");
    request.body_case = LEDGER__V1__REQUEST__BODY_VERIFY;
    request.verify = &body;
    body.has_log_only = 1;
    body.log_only = settings->log_only;
    progress_begin(&progress, "facts", 0);
    enum ledger_err err;
    for (;;) {
        ledger_arena_reset(arena);
        err = call(&settings->common, client, &request, arena, &reply, error);
        if (err != LEDGER_E_OK || !reply->verify->has_resume)
            break;
        if (reply->verify->resume.len > sizeof resume) {
            err = ledger_fail(error, LEDGER_E_MALFORMED, "resume", "it is too long");
            break;
        }
        memcpy(resume, reply->verify->resume.data, reply->verify->resume.len);
        body.has_resume = 1;
        body.resume = (ProtobufCBinaryData){.len = reply->verify->resume.len, .data = resume};
        show(&progress, reply->verify);
    }
    progress_end(&progress);
    if (err == LEDGER_E_OK)
        err = tell(&settings->common, NULL, reply->verify, error);
    ledger_arena_free(arena);
    return err;
}

// ---- by ourselves

static void show_report(void *user, const struct ledger_verify_report *report) {
    struct ledger_verify_report copy = *report;
    Ledger__V1__VerifyReply reply;
    Ledger__V1__VerifyFault fault;
    ledger_verify_to_wire(&copy, &reply, &fault);
    if (report->resume_size != 0)
        show(user, &reply);
    else
        progress_end(user);
}

static enum ledger_err look(const struct settings *settings, struct ledger_error *error) {
    struct ledger_verify_report report;
    Ledger__V1__VerifyReply reply;
    Ledger__V1__VerifyFault fault;
    struct progress progress;
    progress_begin(&progress, "facts", 0);
    enum ledger_err err = verify_files(settings->common.data, settings->log_only, &report,
                                       show_report, &progress, error);
    if (err != LEDGER_E_OK)
        return err;
    ledger_verify_to_wire(&report, &reply, &fault);
    return tell(&settings->common, &report, &reply, error);
}

// Looking at files takes a process without other threads, as it forks; the attempt to connect has
// started some.
static enum ledger_err begin_again_offline(const struct settings *settings,
                                           struct ledger_error *error) {
    char *arguments[8] = {"ledgerctl", "verify", "--offline", "--data",
                          (char *)(uintptr_t)settings->common.data};
    size_t count = 5;
    if (settings->common.json)
        arguments[count++] = "--json";
    if (settings->log_only)
        arguments[count++] = "--log-only";
    execv("/proc/self/exe", arguments);
    return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "starting again to look at the files: %s",
                       strerror(errno));
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    const struct settings *settings = (const struct settings *)common;
    (void)arguments, (void)count;
    struct ledger_client *client;
    if (settings->offline)
        return look(settings, error);
    enum ledger_err err = common_open(common, "read", false, &client, error);
    if (err == LEDGER_E_UNAVAILABLE && common->read_url == NULL)
        return begin_again_offline(settings, error);
    if (err != LEDGER_E_OK)
        return err;
    err = ask(settings, client, error);
    ledger_client_close(client);
    return err;
}

int ledgerctl_verify(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 0, run);
}
