#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
    FILE *lines; // NULL: none
    struct rows rows;
};

#define NUMBER(field, decimals)                                                                    \
    { #field, offsetof(struct row, field), (decimals) }
const struct row_number row_numbers[] = {
    NUMBER(events_per_s, 1),    NUMBER(mb_per_s, 2), NUMBER(p50_us, 1),  NUMBER(p99_us, 1),
    NUMBER(bytes_per_event, 1), NUMBER(rss_kb, 0),   NUMBER(own_kb, 0),  NUMBER(own_most_kb, 0),
    NUMBER(cpu_us, 3),          NUMBER(events, 0),   NUMBER(seconds, 3),
};
const size_t row_number_count = sizeof row_numbers / sizeof *row_numbers;

// ---- rows

struct row row_of(long run, const char *peer, const char *phase, double events,
                  double bytes_per_event, double seconds) {
    struct row row = {.run = run};
    for (size_t i = 0; i < row_number_count; i++)
        *row_number_at(&row, &row_numbers[i]) = NAN;
    snprintf(row.peer, sizeof row.peer, "%s", peer);
    snprintf(row.phase, sizeof row.phase, "%s", phase);
    row.events = events;
    row.seconds = seconds;
    row.events_per_s = seconds > 0 ? events / seconds : 0;
    row.mb_per_s = row.events_per_s * bytes_per_event / 1e6;
    return row;
}

void row_latencies(struct row *row, struct samples *samples) {
    row->p50_us = samples_quantile_us(samples, 0.50);
    row->p99_us = samples_quantile_us(samples, 0.99);
}

void row_note(struct row *row, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(row->note, sizeof row->note, format, arguments);
    va_end(arguments);
}

void rows_fini(struct rows *rows) {
    free(rows->list);
    *rows = (struct rows){0};
}

enum ledger_err rows_add(struct rows *rows, const struct row *row, struct ledger_error *error) {
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? 64 : 2 * rows->capacity;
        struct row *grown = reallocarray(rows->list, capacity, sizeof *grown);
        if (grown == NULL)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "keeping the measurements");
        rows->list = grown;
        rows->capacity = capacity;
    }
    rows->list[rows->count++] = *row;
    return LEDGER_E_OK;
}

// ---- JSON lines

static double rounded(double value, int decimals) {
    double scale = 1;
    while (decimals-- > 0)
        scale *= 10;
    return (double)(int64_t)(value * scale + 0.5) / scale;
}

static json_t *row_json(const struct row *row) {
    json_t *json = json_pack("{s:I,s:s,s:s}", "run", (json_int_t)row->run, "peer", row->peer,
                             "phase", row->phase);
    for (size_t i = 0; i < row_number_count; i++) {
        double value = *row_number_at(row, &row_numbers[i]);
        int decimals = row_numbers[i].decimals;
        if (!isnan(value))
            json_object_set_new(json, row_numbers[i].key,
                                decimals == 0 ? json_integer((json_int_t)(value + 0.5))
                                              : json_real(rounded(value, decimals)));
    }
    if (row->note[0] != '\0')
        json_object_set_new(json, "note", json_string(row->note));
    return json;
}

static bool take_json(const json_t *json, struct row *row) {
    const char *peer = json_string_value(json_object_get(json, "peer"));
    const char *phase = json_string_value(json_object_get(json, "phase"));
    if (peer == NULL || phase == NULL)
        return false;
    *row = row_of((long)json_integer_value(json_object_get(json, "run")), peer, phase, 0, 0, 0);
    for (size_t i = 0; i < row_number_count; i++) {
        const json_t *value = json_object_get(json, row_numbers[i].key);
        *row_number_at(row, &row_numbers[i]) =
            json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    return true;
}

enum ledger_err rows_read(struct rows *rows, const char *path, struct ledger_error *error) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", path,
                           strerror(errno));
    enum ledger_err err = LEDGER_E_OK;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    for (unsigned number = 1; err == LEDGER_E_OK && (size = getline(&line, &capacity, file)) > 0;
         number++) {
        struct row row;
        json_t *json = json_loadb(line, (size_t)size, 0, NULL);
        err =
            take_json(json, &row)
                ? rows_add(rows, &row, error)
                : ledger_fail(error, LEDGER_E_MALFORMED_JSON, NULL,
                              "%s:%u: no measurement, which has a peer and a phase", path, number);
        json_decref(json);
    }
    if (err == LEDGER_E_OK && ferror(file))
        err = ledger_fail(error, LEDGER_E_IO, NULL, "%s: cannot be read", path);
    free(line);
    fclose(file);
    return err;
}

// ---- the report

enum ledger_err report_open(const char *path, struct report **out, struct ledger_error *error) {
    *out = NULL;
    struct report *report = calloc(1, sizeof *report);
    if (report == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "keeping the measurements");
    if (path != NULL)
        report->lines = strcmp(path, "-") == 0 ? stdout : fopen(path, "ae");
    if (path != NULL && report->lines == NULL) {
        free(report);
        return ledger_fail(error, ledger_err_from_errno(errno), "json-lines", "%s: %s", path,
                           strerror(errno));
    }
    *out = report;
    return LEDGER_E_OK;
}

void report_close(struct report *report) {
    if (report == NULL)
        return;
    if (report->lines != NULL && report->lines != stdout)
        fclose(report->lines);
    rows_fini(&report->rows);
    free(report);
}

const struct rows *report_rows(const struct report *report) {
    return &report->rows;
}

static enum ledger_err write_line(FILE *file, const struct row *row, struct ledger_error *error) {
    json_t *json = row_json(row);
    if (json == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "writing a measurement");
    bool written = json_dumpf(json, file, JSON_REAL_PRECISION(12)) == 0 &&
                   fputc('\n', file) != EOF && fflush(file) == 0;
    json_decref(json);
    return written ? LEDGER_E_OK
                   : ledger_fail(error, LEDGER_E_IO, NULL, "writing a measurement: %s",
                                 strerror(errno));
}

static void tell(const struct row *row) {
    fprintf(stderr, "%-20s %-16s", row->peer, row->phase);
    if (isnan(row->events_per_s))
        fprintf(stderr, " %11.3f s ", row->seconds);
    else
        fprintf(stderr, " %11.0f/s", row->events_per_s);
    if (!isnan(row->p50_us))
        fprintf(stderr, "  p50 %.0f us", row->p50_us);
    if (!isnan(row->bytes_per_event))
        fprintf(stderr, "  %.0f B an event", row->bytes_per_event);
    fprintf(stderr, "%s%s\n", row->note[0] != '\0' ? "  " : "", row->note);
}

enum ledger_err report_add(struct report *report, const struct row *row,
                           struct ledger_error *error) {
    tell(row);
    enum ledger_err err = rows_add(&report->rows, row, error);
    if (err == LEDGER_E_OK && report->lines != NULL)
        err = write_line(report->lines, row, error);
    return err;
}
