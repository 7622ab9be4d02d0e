// ledgerctl append: a JSON line becomes an event; lines are sent some hundred at a time, each as an
// append of its own, or all as one with --atomic.
#include <stdio.h>

#include "append_batch.h"
#include "append_report.h"
#include "commands.h"
#include "common.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "lines.h"

struct settings {
    struct common common;
    const char *expect;
    bool atomic;
    bool allow_duplicates;
};

static const struct ledger_option options[] = {
    {.name = "atomic",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, atomic),
     .help = "all lines as one append: all of them or none (at most 10,000)"},
    {.name = "expect",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, expect),
     .value = "STREAM=VERSION[,...]",
     .help = "only if these streams are at these versions, 0 = not there yet; means --atomic"},
    {.name = "allow-duplicates",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, allow_duplicates),
     .help = "with --atomic: pass over what is known instead of refusing all"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl append",
    .usage = "[options] [FILE...]",
    .summary = "Adds facts, one JSON object a line, from files or standard input.",
    .details =
        "A line:\n"
        "  {\"eventId\":\"0190a6f0-7c1e-7cc3-98c4-dc0c0c07398f\",\"type\":\"VisitReported\",\n"
        "   \"stream\":\"visit/9\",\"occurred\":\"2026-03-01T10:30:00+01:00\",\"actor\":\"7\",\n"
        "   \"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"},{\"kind\":\"client\",\"id\":\"42\"}],\n"
        "   \"payload\":{\"visitId\":\"9\",\"clientId\":\"42\"}}\n"
        "`occurred` is an instant with its offset, a date, or \"unknown\". Without eventId one is\n"
        "made up; with it, sending the line again adds nothing. Names of people and other\n"
        "personal values go beside the payload: \"personal\":[{\"personId\":\"p1\",\n"
        "\"values\":{\"name\":\"…\"}}].\n"
        "A line that is refused is told on standard error as `line N: code: field: message`, and\n"
        "the others are added all the same, as are the other files when one cannot be read. Exit\n"
        "status: that of the first refusal, 65 for a line and 66 for a file. --json prints what\n"
        "became of each append, in order, with the ids of its events.\n"
        "\n"
        "Examples:\n"
        "  ledgerctl append visits.jsonl\n"
        "  ledgerctl append --expect client/42=3 < change.json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct run {
    const struct settings *settings;
    struct ledger_client *client;
    struct append_batch batch;
    struct append_report report;
};

// ---- one line

// jansson tells some kinds of bad text apart.
static enum ledger_err json_error_code_of(const json_error_t *problem) {
    switch (json_error_code(problem)) {
    case json_error_invalid_utf8:
        return LEDGER_E_INVALID_UTF8;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return LEDGER_E_EMBEDDED_NUL;
    case json_error_out_of_memory:
        return LEDGER_E_NO_MEMORY;
    default:
        return LEDGER_E_MALFORMED_JSON;
    }
}

// What somebody meant who put an object on several lines.
static bool is_part_of_object(const json_error_t *problem, struct ledger_span line) {
    size_t at = 0;
    while (at < line.size && (line.data[at] == ' ' || line.data[at] == '\t'))
        at++;
    return json_error_code(problem) == json_error_premature_end_of_input ||
           (at < line.size && line.data[at] != '{');
}

static enum ledger_err fail_json(struct ledger_error *error, const json_error_t *problem,
                                 struct ledger_span line) {
    enum ledger_err code = json_error_code_of(problem);
    if (code == LEDGER_E_EMBEDDED_NUL) // jansson would name its own options
        return ledger_fail(error, code, NULL, "column %d: a text holds a NUL", problem->column);
    const char *hint = code == LEDGER_E_MALFORMED_JSON && is_part_of_object(problem, line)
                           ? "; an object must stand on one line"
                           : "";
    return ledger_fail(error, code, NULL, "column %d: %s%s", problem->column, problem->text, hint);
}

static enum ledger_err parse(struct run *run, const struct append_place *place,
                             struct ledger_span line, struct ledger_error *error) {
    json_error_t problem;
    json_t *json = json_loadb((const char *)line.data, line.size, JSON_REJECT_DUPLICATES, &problem);
    if (json == NULL)
        return fail_json(error, &problem, line);
    struct ledger_event_bytes bytes;
    enum ledger_err err = ledger_event_from_json(json, run->batch.arena, &bytes, error);
    json_decref(json);
    if (err != LEDGER_E_OK)
        return err;
    return append_batch_add(&run->batch, place, &bytes, error);
}

// ---- batches

static enum ledger_err send_batch(struct run *run, struct ledger_error *error) {
    Ledger__V1__Reply *reply;
    if (run->batch.count == 0)
        return LEDGER_E_OK;
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    request.body_case = LEDGER__V1__REQUEST__BODY_APPEND;
    request.append = append_batch_request(&run->batch);
    if (request.append == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "sending lines");
    enum ledger_err err =
        ledger_client_call(run->client, &request, run->batch.arena, &reply, error);
    if (err == LEDGER_E_OK)
        err = append_report_outcomes(&run->report, &run->batch, reply->append, error);
    append_batch_clear(&run->batch);
    return err;
}

static enum ledger_err take_line(struct run *run, const struct lines *lines,
                                 struct ledger_span line, struct ledger_error *error) {
    const struct append_place place = {.path = lines->path, .number = lines->number};
    struct ledger_error refusal = {0};
    // An atomic append is bounded by the request; the client tells if it is too large.
    if (!run->batch.atomic && append_batch_is_full(&run->batch)) {
        enum ledger_err err = send_batch(run, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    if (parse(run, &place, line, &refusal) == LEDGER_E_OK)
        return LEDGER_E_OK;
    if (refusal.code == LEDGER_E_NO_MEMORY) {
        *error = refusal;
        return refusal.code;
    }
    // Refusals are told in the order of the lines, so those before it are sent first.
    if (!run->batch.atomic && send_batch(run, error) != LEDGER_E_OK)
        return error->code;
    return append_report_refusal(&run->report, &place, &refusal, error);
}

// The others are read all the same.
static enum ledger_err take_unreadable_file(struct run *run, const struct ledger_error *refusal,
                                            struct ledger_error *error) {
    if (!run->batch.atomic && send_batch(run, error) != LEDGER_E_OK)
        return error->code;
    return append_report_refusal(&run->report, NULL, refusal, error);
}

static enum ledger_err take_lines(struct run *run, struct lines *lines,
                                  struct ledger_error *error) {
    for (;;) {
        struct ledger_span line;
        bool more;
        struct ledger_error problem;
        enum ledger_err err = lines_next(lines, &line, &more, &problem);
        if (err == LEDGER_E_OK && !more)
            break;
        if (err == LEDGER_E_OK)
            err = take_line(run, lines, line, error);
        else if (err == LEDGER_E_NO_INPUT)
            err = take_unreadable_file(run, &problem, error);
        else
            *error = problem;
        if (err != LEDGER_E_OK)
            return err;
    }
    // One bad line spoils an atomic append, which is then not sent.
    if (run->batch.atomic && run->report.refused > 0)
        return LEDGER_E_OK;
    return send_batch(run, error);
}

// ---- the command

static enum ledger_err run_files(const struct settings *settings, char **paths, int count,
                                 int *status, struct ledger_error *error) {
    struct lines lines;
    struct run run = {.settings = settings,
                      .report = {.json = settings->common.json, .several_files = count > 1}};
    lines_init(&lines, paths, count);
    enum ledger_err err = append_batch_init(&run.batch, error);
    run.batch.atomic = settings->atomic || settings->expect != NULL;
    run.batch.allow_duplicates = settings->allow_duplicates;
    if (err == LEDGER_E_OK && settings->expect != NULL)
        err = append_batch_expect(&run.batch, settings->expect, error);
    if (err == LEDGER_E_OK)
        err = common_open(&settings->common, "append", false, &run.client, error);
    if (err == LEDGER_E_OK)
        err = take_lines(&run, &lines, error);
    if (run.client != NULL && !settings->common.json)
        append_report_summary(&run.report);
    *status = ledger_err_exit(run.report.first_refusal);
    ledger_client_close(run.client);
    append_batch_fini(&run.batch);
    lines_fini(&lines);
    return err;
}

int ledgerctl_append(int argc, char **argv) {
    struct settings settings = {0};
    struct ledger_error error = {0};
    int rest;
    int status = 0;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&program, argc - 1, argv + 1, &settings, &rest, &done, &error);
    if (err == LEDGER_E_OK && done)
        return 0;
    if (err == LEDGER_E_OK)
        err = run_files(&settings, argv + 1, rest, &status, &error);
    return err == LEDGER_E_OK ? status
                              : common_fail("append", common_asks_json(argc, argv), &error);
}
