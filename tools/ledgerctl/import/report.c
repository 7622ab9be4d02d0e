#include "report.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "display.h"
#include "ledger/clock.h"

enum {
    LISTED_MAX = 20, // rejected rows on standard error; the rest is counted
    BAR_WIDTH = 30,
    REDRAW_MICROS = 100000,
};

struct import_report {
    struct import_report_options options;
    bool terminal;
    FILE *rejects;
    bool rejects_failed;
    json_t *files;

    const char *path; // of the file under way
    struct import_counts counts;
    struct import_counts total;
    size_t file_count;
    int64_t started, first_started, redrawn; // steady microseconds
    bool bar_shown;
};

static int64_t steady_now(void) {
    return ledger_clock_system.steady_micros(ledger_clock_system.context);
}

static double seconds_since(int64_t start) {
    return (double)(steady_now() - start) / 1e6;
}

static const char rejects_head[] = "file,line,code,field,reason\r\n";

// An earlier list may be replaced; anything else is somebody's, such as the file being imported.
static enum ledger_err rejects_check(const char *path, struct ledger_error *error) {
    struct stat info;
    char head[sizeof rejects_head] = "";
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return LEDGER_E_OK;
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        head[fread(head, 1, sizeof head - 1, file)] = '\0';
        (void)fclose(file); // read only
    }
    if (strcmp(head, rejects_head) == 0)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_USAGE, "rejects",
                       "%s is there, and is no list of rejected rows: name another file", path);
}

static enum ledger_err rejects_open(struct import_report *report, struct ledger_error *error) {
    const char *path = report->options.rejects_path;
    enum ledger_err err = rejects_check(path, error);
    if (err != LEDGER_E_OK)
        return err;
    report->rejects = fopen(path, "we");
    if (report->rejects == NULL)
        return ledger_fail(error, ledger_err_from_errno(errno), "rejects", "%s: %s", path,
                           strerror(errno));
    (void)fputs(rejects_head, report->rejects);
    return LEDGER_E_OK;
}

enum ledger_err import_report_new(const struct import_report_options *options,
                                  struct import_report **out, struct ledger_error *error) {
    struct import_report *report = calloc(1, sizeof *report);
    if (report == NULL || (report->files = json_array()) == NULL) {
        free(report);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "a report");
    }
    report->options = *options;
    report->terminal = isatty(STDERR_FILENO) != 0;
    report->first_started = steady_now();
    if (options->rejects_path != NULL) {
        enum ledger_err err = rejects_open(report, error);
        if (err != LEDGER_E_OK) {
            json_decref(report->files);
            free(report);
            return err;
        }
    }
    *out = report;
    return LEDGER_E_OK;
}

enum ledger_err import_report_close(struct import_report *report, struct ledger_error *error) {
    if (report == NULL)
        return LEDGER_E_OK;
    enum ledger_err err = LEDGER_E_OK;
    if (report->rejects != NULL) {
        bool failed = ferror(report->rejects) != 0 || report->rejects_failed;
        if (fclose(report->rejects) != 0 || failed)
            err = ledger_fail(error, LEDGER_E_IO, "rejects", "writing %s",
                              report->options.rejects_path);
    }
    json_decref(report->files);
    free(report);
    return err;
}

struct import_counts *import_report_counts(struct import_report *report) {
    return &report->counts;
}

bool import_report_any_rejected(const struct import_report *report) {
    return report->total.rejected > 0;
}

// ---- progress

static void bar_clear(struct import_report *report) {
    if (report->bar_shown) {
        (void)fputs("\r\033[K", stderr);
        report->bar_shown = false;
    }
}

void import_report_file_begin(struct import_report *report, const char *path) {
    report->path = path;
    report->counts = (struct import_counts){0};
    report->started = steady_now();
    report->redrawn = 0;
}

void import_report_progress(struct import_report *report, double share) {
    int64_t now = steady_now();
    if (!report->terminal || now - report->redrawn < REDRAW_MICROS)
        return;
    double seconds = seconds_since(report->started);
    int filled = (int)(share * BAR_WIDTH);
    report->redrawn = now;
    report->bar_shown = true;
    (void)fprintf(stderr, "\r\033[K[%.*s%*s] %3.0f %%  %" PRIu64 " rows", filled,
                  "##############################", BAR_WIDTH - filled, "", share * 100,
                  report->counts.rows);
    if (seconds > 0.5 && share > 0)
        (void)fprintf(stderr, "  %.0f rows/s  %.0f s left", (double)report->counts.rows / seconds,
                      ceil(seconds / share - seconds));
    (void)fflush(stderr);
}

// ---- rows

static void reject_write(struct import_report *report, const struct import_row *row) {
    char line[24];
    (void)snprintf(line, sizeof line, "%" PRIu64, row->line);
    const char *const cells[] = {report->path, line, ledger_err_code(row->error.code),
                                 row->error.field, row->error.message};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        bool failed = (i > 0 && fputc(',', report->rejects) == EOF) ||
                      csv_fwrite(report->rejects, cells[i], strlen(cells[i])) != 0;
        report->rejects_failed = report->rejects_failed || failed;
    }
    report->rejects_failed = report->rejects_failed || fputs("\r\n", report->rejects) == EOF;
}

// The reason may quote the row, and a row may hold anything a terminal would obey.
static void reject_print(const char *path, const struct import_row *row) {
    struct ledger_buffer line = {0};
    ledger_buffer_printf(&line, "%s:%" PRIu64 ": %s: %s%s", path, row->line,
                         ledger_err_code(row->error.code), row->error.field,
                         row->error.field[0] != '\0' ? ": " : "");
    display_add_clean(&line, row->error.message);
    const char *text = ledger_buffer_text(&line);
    (void)fprintf(stderr, "%s\n", text != NULL ? text : path);
    ledger_buffer_fini(&line);
}

static void reject_show(struct import_report *report, const struct import_row *row) {
    if (report->counts.rejected == LISTED_MAX + 1)
        (void)fputs("further rejected rows are counted, not listed (--rejects FILE lists all)\n",
                    stderr);
    if (report->counts.rejected <= LISTED_MAX)
        reject_print(report->path, row);
}

void import_report_row(void *user, const struct import_row *row, enum import_outcome outcome) {
    struct import_report *report = user;
    report->counts.rows++;
    switch (outcome) {
    case IMPORT_ACCEPTED:
        report->counts.accepted++;
        return;
    case IMPORT_DUPLICATE:
        report->counts.duplicate++;
        return;
    case IMPORT_REJECTED:
        report->counts.rejected++;
        bar_clear(report);
        reject_show(report, row);
        if (report->rejects != NULL)
            reject_write(report, row);
        return;
    }
}

// ---- summary

static const struct summary_row {
    const char *label, *key;
    const char *dry_label, *dry_key; // NULL = a dry run has no such count
    size_t offset;
} summary_rows[] = {
#define SAME(label, key) (label), (key), (label), (key)
#define COUNT(field) offsetof(struct import_counts, field)
    {SAME("rows", "rows"), COUNT(rows)},
    {SAME("accepted", "accepted"), COUNT(accepted)},
    {SAME("duplicate", "duplicate"), COUNT(duplicate)},
    {SAME("rejected", "rejected"), COUNT(rejected)},
    {"facts added", "factsAdded", "would add", "wouldAdd", COUNT(facts_added)},
    {"records added", "recordsAdded", NULL, NULL, COUNT(records_added)},
    {SAME("differences", "differences"), COUNT(differences)},
    {SAME("differing rows", "differingRows"), COUNT(differing_rows)},
#undef SAME
#undef COUNT
};

enum { SUMMARY_ROWS = sizeof summary_rows / sizeof summary_rows[0] };

static uint64_t *count_of(struct import_counts *counts, const struct summary_row *row) {
    return (uint64_t *)((char *)counts + row->offset);
}

// 18,222
static void number_format(uint64_t number, char text[32]) {
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, number);
    size_t place = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            text[place++] = ',';
        text[place++] = digits[i];
    }
    text[place] = '\0';
}

static json_t *counts_json(const struct import_report *report, struct import_counts *counts,
                           double seconds) {
    json_t *json = json_object();
    for (size_t i = 0; i < SUMMARY_ROWS; i++) {
        const struct summary_row *row = &summary_rows[i];
        const char *key = report->options.dry_run ? row->dry_key : row->key;
        if (key != NULL)
            (void)json_object_set_new(json, key, json_integer((json_int_t)*count_of(counts, row)));
    }
    (void)json_object_set_new(json, "seconds", json_real(round(seconds * 1000) / 1000));
    (void)json_object_set_new(json, "dryRun", json_boolean(report->options.dry_run));
    return json;
}

static void counts_print(const struct import_report *report, struct import_counts *counts,
                         const char *title, double seconds) {
    (void)printf("%s%s\n", title,
                 report->options.dry_run ? " (dry run: what an empty ledger would take)" : "");
    for (size_t i = 0; i < SUMMARY_ROWS; i++) {
        const struct summary_row *row = &summary_rows[i];
        const char *label = report->options.dry_run ? row->dry_label : row->label;
        char text[32];
        if (label == NULL)
            continue;
        number_format(*count_of(counts, row), text);
        (void)printf("  %-14s %12s\n", label, text);
    }
    char rate[32];
    number_format(seconds > 0 ? (uint64_t)((double)counts->rows / seconds) : 0, rate);
    (void)printf("  %-14s %12.1f  (%s rows/s)\n", "seconds", seconds, rate);
}

void import_report_file_end(struct import_report *report, bool complete) {
    const struct import_counts *counts = &report->counts;
    assert(counts->rows == counts->accepted + counts->duplicate + counts->rejected);
    double seconds = seconds_since(report->started);
    bar_clear(report);
    for (size_t i = 0; i < SUMMARY_ROWS; i++)
        *count_of(&report->total, &summary_rows[i]) += *count_of(&report->counts, &summary_rows[i]);
    report->file_count++;
    if (!report->options.json) {
        counts_print(report, &report->counts, report->path, seconds);
        if (!complete)
            (void)printf("  not the whole file: the import can be repeated\n");
        return;
    }
    json_t *file = counts_json(report, &report->counts, seconds);
    (void)json_object_set_new(file, "file", json_string(report->path));
    (void)json_object_set_new(file, "complete", json_boolean(complete));
    (void)json_array_append_new(report->files, file);
}

void import_report_end(struct import_report *report, const struct ledger_error *error) {
    double seconds = seconds_since(report->first_started);
    if (!report->options.json) {
        if (report->file_count > 1)
            counts_print(report, &report->total, "all files", seconds);
        return;
    }
    json_t *json = counts_json(report, &report->total, seconds);
    (void)json_object_set(json, "files", report->files);
    if (error != NULL)
        (void)json_object_set_new(json, "error", common_error_json(error));
    (void)common_print_document(json); // a closed output is main's to tell
}
