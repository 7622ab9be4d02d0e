#include "replay.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "replay_facts.h"
#include "replay_model.h"
#include "replay_questions.h"
#include "replay_table.h"
#include "service.h"
#include "workplace.h"

enum { FOLDER_SIZE = WORKPLACE_PATH_SIZE + 16, NAME_SIZE = 40 };
static const char peer[] = "ledger-ipc";

struct replay {
    const struct replay_options *options;
    struct report *report;
    struct service *service;
    uint64_t head;
    long run;
};

// ---- rows

static struct row make_row(const struct replay *replay, const struct replay_kind *kind,
                           const char *part, double events, double seconds) {
    char name[NAME_SIZE];
    snprintf(name, sizeof name, REPLAY_PREFIX "%s%s%s", kind->name, part[0] != '\0' ? "." : "",
             part);
    struct row row = row_of(replay->run, peer, name, events, 0, seconds);
    row.mb_per_s = (double)NAN; // the payloads are of many sizes
    return row;
}

// The model's figures go to both: per event of the log, and per fact that the model is made of.
static enum ledger_err report_replayed(const struct replay *replay, const struct replay_kind *kind,
                                       const struct replayed *replayed, uint64_t facts,
                                       struct ledger_error *error) {
    const struct {
        const char *part;
        double events;
    } rows[] = {{"", (double)replay->head}, {REPLAY_FACTS, (double)facts}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row = make_row(replay, kind, rows[i].part, rows[i].events, replayed->seconds);
        row.own_kb = (double)replayed->own_kb;
        row.own_most_kb = (double)replayed->own_most_kb;
        row.cpu_us = replayed->cpu_s * 1e6 / rows[i].events;
        row.bytes_per_event = (double)replayed->model_bytes / rows[i].events;
        row_note(&row, "%" PRIu64 " rows, %" PRIu64 " facts set aside; ledgerd used %.1f s",
                 replayed->rows, replayed->parked, replayed->ledgerd_cpu_s);
        enum ledger_err err = report_add(replay->report, &row, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err ask_questions(const struct replay *replay, const struct replay_kind *kind,
                                     struct replay_model *model, struct ledger_error *error) {
    double rest_s;
    fprintf(stderr, "ledger-bench: %s: until its rows are in order\n", kind->name);
    enum ledger_err err = replay_model_rest(model, &rest_s, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < kind->question_count; i++) {
        struct asked asked = {0};
        err = replay_questions_ask(&kind->questions[i], replay->service,
                                   (uint64_t)replay->options->seed,
                                   (size_t)replay->options->queries, model, &asked, error);
        if (err == LEDGER_E_OK) {
            struct row row = make_row(replay, kind, kind->questions[i].name,
                                      (double)asked.samples.count, asked.seconds);
            row_latencies(&row, &asked.samples);
            row_note(&row,
                     "one in flight, %.1f s after the head was reached and its rows were in order; "
                     "%.1f rows an answer, %zu answers empty",
                     rest_s, (double)asked.rows / (double)asked.samples.count, asked.empty);
            err = report_add(replay->report, &row, error);
        }
        samples_fini(&asked.samples);
    }
    return err;
}

// ---- one model

static enum ledger_err measure_model(const struct replay *replay, const struct replay_kind *kind,
                                     struct ledger_error *error) {
    struct replay_model *model;
    struct replayed replayed;
    uint64_t facts;
    fprintf(stderr, "ledger-bench: %s: reading its facts once\n", kind->name);
    enum ledger_err err = replay_facts_count(replay->service, kind->projection, &facts, error);
    if (err != LEDGER_E_OK)
        return err;
    fprintf(stderr, "ledger-bench: %s: making the model\n", kind->name);
    err = replay_model_make(kind, replay->service, replay->head, &replayed, &model, error);
    if (err != LEDGER_E_OK)
        return err;
    err = report_replayed(replay, kind, &replayed, facts, error);
    if (err == LEDGER_E_OK)
        err = ask_questions(replay, kind, model, error);
    replay_model_end(model, err != LEDGER_E_OK);
    return err;
}

static enum ledger_err measure_models(struct replay *replay, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (replay->run = 1; err == LEDGER_E_OK && replay->run <= replay->options->runs; replay->run++)
        for (size_t i = 0; err == LEDGER_E_OK && i < replay_kind_count; i++)
            if (replay_kind_chosen(&replay_kinds[i], replay->options->models))
                err = measure_model(replay, &replay_kinds[i], error);
    return err;
}

// ---- the ledger

static enum ledger_err prepare(struct replay *replay, struct ledger_error *error) {
    struct service_state state;
    enum ledger_err err = service_state(replay->service, &state, error);
    if (err == LEDGER_E_OK && state.head == 0)
        err = replay_facts_make(replay->service, (uint64_t)replay->options->events,
                                (uint64_t)replay->options->seed, error);
    if (err == LEDGER_E_OK)
        err = service_wait_folded(replay->service, error);
    if (err == LEDGER_E_OK)
        err = service_state(replay->service, &state, error);
    replay->head = state.head;
    return err;
}

static enum ledger_err measure_ledger(struct replay *replay, const struct workplace *place,
                                      struct ledger_error *error) {
    char folder[FOLDER_SIZE];
    const struct service_options options = {.program = place->ledgerd,
                                            .folder = folder,
                                            .data = replay->options->data,
                                            .transport = SERVICE_IPC,
                                            .arguments = replay->options->arguments};
    snprintf(folder, sizeof folder, "%s/ledger", place->folder);
    enum ledger_err err = service_open(&options, &replay->service, error);
    if (err != LEDGER_E_OK)
        return err;
    err = prepare(replay, error);
    if (err == LEDGER_E_OK)
        err = measure_models(replay, error);
    service_close(replay->service, err != LEDGER_E_OK);
    return err;
}

enum ledger_err replay_run(const struct replay_options *options, struct report *report,
                           struct ledger_error *error) {
    struct replay replay = {.options = options, .report = report};
    struct workplace place;
    enum ledger_err err = replay_kinds_check(options->models, error);
    if (err == LEDGER_E_OK)
        err = workplace_make(&place, options->ledgerd, options->work, error);
    if (err != LEDGER_E_OK)
        return err;
    err = measure_ledger(&replay, &place, error);
    workplace_leave(&place, err != LEDGER_E_OK);
    return err;
}
