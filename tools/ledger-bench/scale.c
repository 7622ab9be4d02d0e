#include "scale.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "append_run.h"
#include "choices.h"
#include "memory_watch.h"
#include "process.h"
#include "scale_table.h"
#include "workplace.h"

enum {
    NUMBERS_MAX = 32,
    NAME_SIZE = 40,     // of a phase
    GAP_MIN = 10000,    // between points: several rounds of requests
    BURST_MAX = 100000, // events before kill -9: about what may wait for the indexes
    FOLDER_SIZE = WORKPLACE_PATH_SIZE + 64,
};
#define POINT_MAX UINT64_C(1000000000)
static const struct append_shape shape = {4, 1, 1000};

struct numbers {
    uint64_t list[NUMBERS_MAX];
    size_t count;
};

struct scale {
    const struct scale_options *options;
    struct report *report;
    struct workplace place;
    struct numbers points, streams;
    uint64_t window, burst;
};

struct kind {
    uint64_t streams;
    unsigned ids;
};

struct ledger {
    struct bench bench;
    char folder[FOLDER_SIZE];
    struct service_options options;
};

// A point of a ledger.
struct point {
    const struct scale *scale;
    struct bench *bench;
    uint64_t events;
    uint64_t after; // of a fresh ledger: the point that it is measured after; else 0
};

// ---- rows

// The name lives until the next one is made for the same place.
static const char *phase_name(const struct point *point, const char *part, char name[NAME_SIZE]) {
    snprintf(name, NAME_SIZE, SCALE_PREFIX "%s@%" PRIu64, part,
             point->after != 0 ? point->after : point->events);
    return name;
}

static enum ledger_err cpu_used(const struct point *point, double *seconds,
                                struct ledger_error *error) {
    struct service_state state;
    enum ledger_err err = service_state(point->bench->service, &state, error);
    if (err == LEDGER_E_OK)
        *seconds = process_cpu_seconds(state.pid);
    return err;
}

static enum ledger_err report_with_cpu(const struct point *point, struct row *row, double before,
                                       struct ledger_error *error) {
    double after;
    enum ledger_err err = cpu_used(point, &after, error);
    row->cpu_us = (after - before) * 1e6 / row->events;
    return err == LEDGER_E_OK ? report_add(point->bench->report, row, error) : err;
}

// ---- what is measured at a point

static enum ledger_err append_window(const struct point *point, struct ledger_error *error) {
    struct bench *bench = point->bench;
    char name[NAME_SIZE];
    double before;
    struct appended appended;
    uint64_t made = workload_made(bench->workload);
    const struct append_length length = {.events = point->events - made};
    enum ledger_err err = cpu_used(point, &before, error);
    if (err != LEDGER_E_OK)
        return err;
    err = append_run(bench, &shape, &length, &appended, error);
    if (err == LEDGER_E_OK) {
        const char *part = point->after != 0 ? SCALE_FRESH_APPEND : SCALE_APPEND;
        struct row row = row_of(bench->run, bench->peer, phase_name(point, part, name),
                                (double)appended.events, WORKLOAD_PAYLOAD_SIZE, appended.seconds);
        row_latencies(&row, &appended.samples);
        row_note(&row,
                 "from %" PRIu64 " events on; indexes caught up %.0f ms later; busy %" PRIu64
                 " times",
                 made, (appended.seconds - appended.acknowledged_s) * 1000, appended.busy);
        err = report_with_cpu(point, &row, before, error);
    }
    samples_fini(&appended.samples);
    return err;
}

static enum ledger_err read_streams(const struct point *point, struct ledger_error *error) {
    char name[NAME_SIZE];
    const char *part = point->after != 0 ? SCALE_FRESH_STREAMS : SCALE_STREAMS;
    const struct phase phase = {.name = phase_name(point, part, name), .lanes = 4};
    struct row row;
    double before;
    enum ledger_err err = cpu_used(point, &before, error);
    if (err == LEDGER_E_OK)
        err = streams_row(point->bench, &phase, &row, error);
    return err == LEDGER_E_OK ? report_with_cpu(point, &row, before, error) : err;
}

// Appends up to the point and reads there.
static enum ledger_err append_and_read(const struct point *point, struct ledger_error *error) {
    point->bench->events = point->events - point->scale->window;
    enum ledger_err err = append_fill(point->bench, error);
    if (err == LEDGER_E_OK)
        err = append_window(point, error);
    return err == LEDGER_E_OK ? read_streams(point, error) : err;
}

// With an eye on the service's memory.
static enum ledger_err reach(const struct point *point, struct ledger_error *error) {
    struct bench *bench = point->bench;
    struct service_state state;
    struct memory_watch watch;
    struct row row;
    char name[NAME_SIZE];
    enum ledger_err err = service_state(bench->service, &state, error);
    if (err == LEDGER_E_OK)
        err = memory_watch_begin(&watch, state.pid, error);
    if (err != LEDGER_E_OK)
        return err;
    err = append_and_read(point, error);
    long most_kb = memory_watch_end(&watch);
    if (err == LEDGER_E_OK)
        err = disk_row(bench, phase_name(point, SCALE_DISK, name), &row, error);
    if (err != LEDGER_E_OK)
        return err;
    if (most_kb != 0)
        row.own_most_kb = (double)most_kb > row.own_kb ? (double)most_kb : row.own_kb;
    return report_add(bench->report, &row, error);
}

// Starts again on what is there, which must be all that was acknowledged.
static enum ledger_err start_again(const struct point *point, const char *part, bool kill,
                                   struct ledger_error *error) {
    struct bench *bench = point->bench;
    struct service_state before, after;
    struct service_restart restart;
    char name[NAME_SIZE];
    enum ledger_err err = service_state(bench->service, &before, error);
    if (err == LEDGER_E_OK)
        err = service_restart(bench->service, kill, &restart, error);
    if (err == LEDGER_E_OK)
        err = service_state(bench->service, &after, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t made = workload_made(bench->workload);
    if (after.head != made)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "%" PRIu64 " events were acknowledged, and %" PRIu64
                           " are there after the restart",
                           made, after.head);
    struct row row =
        row_of(bench->run, bench->peer, phase_name(point, part, name), (double)after.head, 0, 0);
    row.events_per_s = row.mb_per_s = (double)NAN;
    row.seconds = restart.start_s;
    row_note(
        &row, "%s after %.3f s; %" PRIu64 " events were not in the indexes; %" PRIu64 " streams",
        kill ? "killed" : "stopped", restart.stop_s, before.head - before.folded_to, after.streams);
    return report_add(bench->report, &row, error);
}

// Appends that are acknowledged, and not yet in the indexes.
static enum ledger_err burst(const struct point *point, struct ledger_error *error) {
    const struct append_length length = {.events = point->scale->burst, .unindexed = true};
    struct appended appended;
    enum ledger_err err = append_run(point->bench, &shape, &length, &appended, error);
    samples_fini(&appended.samples);
    return err;
}

static enum ledger_err measure_point(const struct point *point, struct ledger_error *error) {
    enum ledger_err err = reach(point, error);
    if (err == LEDGER_E_OK)
        err = start_again(point, SCALE_START, false, error);
    if (err == LEDGER_E_OK)
        err = burst(point, error);
    if (err == LEDGER_E_OK)
        err = start_again(point, SCALE_KILLED, true, error);
    return err == LEDGER_E_OK ? service_wait_folded(point->bench->service, error) : err;
}

// ---- ledgers

static enum ledger_err open_ledger(const struct scale *scale, const struct kind *kind,
                                   const char *name, struct ledger *ledger,
                                   struct ledger_error *error) {
    const struct workload_options workload = {.type = WORKLOAD_TYPE_DEFAULT,
                                              .ordered_ids = kind->ids == ID_ORDERED,
                                              .streams = (uint32_t)kind->streams,
                                              .tag = ""};
    *ledger = (struct ledger){
        .bench = {.run = 1, .seconds = scale->options->seconds, .report = scale->report},
        .options = {.program = scale->place.ledgerd,
                    .folder = ledger->folder,
                    .transport = SERVICE_IPC,
                    .arguments = scale->options->arguments}};
    snprintf(ledger->bench.peer, sizeof ledger->bench.peer, "ledger-ipc-%s-%" PRIu64 "-streams",
             id_kinds[kind->ids], kind->streams);
    snprintf(ledger->folder, sizeof ledger->folder, "%s/%" PRIu64 "-%s%s", scale->place.folder,
             kind->streams, id_kinds[kind->ids], name);
    enum ledger_err err = workload_new(&workload, &ledger->bench.workload, error);
    return err == LEDGER_E_OK ? service_open(&ledger->options, &ledger->bench.service, error) : err;
}

static void close_ledger(struct ledger *ledger, bool keep) {
    service_close(ledger->bench.service, keep);
    workload_free(ledger->bench.workload);
}

static enum ledger_err measure_fresh(const struct scale *scale, const struct kind *kind,
                                     uint64_t after, struct ledger_error *error) {
    struct ledger ledger;
    enum ledger_err err = open_ledger(scale, kind, "-fresh", &ledger, error);
    if (err == LEDGER_E_OK) {
        const struct point point = {scale, &ledger.bench, scale->points.list[0], after};
        err = append_and_read(&point, error);
    }
    close_ledger(&ledger, err != LEDGER_E_OK);
    return err;
}

static enum ledger_err measure_ledger(const struct scale *scale, const struct kind *kind,
                                      struct ledger_error *error) {
    struct ledger ledger;
    enum ledger_err err = open_ledger(scale, kind, "", &ledger, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < scale->points.count; i++) {
        const struct point point = {scale, &ledger.bench, scale->points.list[i], 0};
        err = measure_point(&point, error);
        if (err == LEDGER_E_OK && i != 0)
            err = measure_fresh(scale, kind, point.events, error);
    }
    close_ledger(&ledger, err != LEDGER_E_OK);
    return err;
}

// ---- options

static enum ledger_err take_numbers(const char *option, const char *text, uint64_t min,
                                    uint64_t max, struct numbers *numbers,
                                    struct ledger_error *error) {
    uint64_t least = min;
    char *end;
    *numbers = (struct numbers){0};
    for (;; text = end + 1) {
        errno = 0;
        uint64_t number = strtoull(text, &end, 10);
        if (errno != 0 || *text < '0' || *text > '9' || (*end != '\0' && *end != ',') ||
            number < least || number > max || numbers->count == NUMBERS_MAX)
            return ledger_fail(error, LEDGER_E_USAGE, option,
                               "expected ascending numbers from %" PRIu64 " to %" PRIu64
                               " with commas, at most %d",
                               min, max, NUMBERS_MAX);
        numbers->list[numbers->count++] = number;
        least = number + 1;
        if (*end == '\0')
            return LEDGER_E_OK;
    }
}

// The points are those before the last, and the last.
static enum ledger_err take_points(struct scale *scale, struct ledger_error *error) {
    struct numbers asked;
    uint64_t last = (uint64_t)scale->options->events, before = 0, gap = UINT64_MAX;
    enum ledger_err err =
        take_numbers("points", scale->options->points, GAP_MIN, POINT_MAX, &asked, error);
    for (size_t i = 0; err == LEDGER_E_OK && before < last; i++) {
        uint64_t point = i < asked.count && asked.list[i] < last ? asked.list[i] : last;
        if (point < before + GAP_MIN || scale->points.count == NUMBERS_MAX)
            return ledger_fail(error, LEDGER_E_USAGE, "points",
                               "must ascend, %d events or more apart, --events being the last",
                               GAP_MIN);
        scale->points.list[scale->points.count++] = point;
        gap = point - before < gap ? point - before : gap;
        before = point;
    }
    // The same at all points. What is appended after one leaves room before the next, the part of
    // a round of requests that goes beyond each length included.
    uint64_t window = (uint64_t)scale->options->window;
    scale->window = window < gap / 2 ? window : gap / 2;
    scale->burst = gap / 4 < BURST_MAX ? gap / 4 : BURST_MAX;
    return err;
}

static enum ledger_err take_options(struct scale *scale, struct ledger_error *error) {
    enum ledger_err err = choice_check("ids", scale->options->ids, id_kinds, error);
    if (err == LEDGER_E_OK)
        err = take_numbers("streams", scale->options->streams, WORKLOAD_POPULAR_STREAMS,
                           WORKLOAD_STREAMS_MAX, &scale->streams, error);
    return err == LEDGER_E_OK ? take_points(scale, error) : err;
}

enum ledger_err scale_run(const struct scale_options *options, struct report *report,
                          struct ledger_error *error) {
    struct scale scale = {.options = options, .report = report};
    enum ledger_err err = take_options(&scale, error);
    if (err == LEDGER_E_OK)
        err = workplace_make(&scale.place, options->ledgerd, options->work, error);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t i = 0; err == LEDGER_E_OK && i < scale.streams.count; i++)
        for (unsigned ids = 0; err == LEDGER_E_OK && ids < 2; ids++)
            if (choice_holds(options->ids, id_kinds[ids]))
                err = measure_ledger(&scale, &(struct kind){scale.streams.list[i], ids}, error);
    workplace_leave(&scale.place, err != LEDGER_E_OK);
    return err;
}
