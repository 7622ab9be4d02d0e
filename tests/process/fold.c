// A projection whose fold is said from outside, for tests of models that are made anew.
//
// FOLD_VERSION and ROWS_SINCE are those of its struct projection. While there is a file FOLD_HOLD,
// map waits at facts after the position that stands in it, and says so on the standard error.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/projection.h"

enum { VISITS = 1 }; // key: visit id; value: the fold that made the row
enum { POLL_MS = 5 };

static struct projection fold;

static uint32_t number_of(const char *variable) {
    const char *text = getenv(variable);
    return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static bool is_held(uint64_t position) {
    const char *path = getenv("FOLD_HOLD");
    FILE *file = path ? fopen(path, "r") : NULL;
    uint64_t last;
    if (!file)
        return false;
    bool held = fscanf(file, "%" SCNu64, &last) == 1 && position > last;
    (void)fclose(file);
    return held;
}

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const struct timespec poll = {.tv_nsec = POLL_MS * 1000000L};
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    if (is_held(fact->position))
        (void)fprintf(stderr, "held at %" PRIu64 "\n", fact->position);
    while (is_held(fact->position))
        (void)nanosleep(&poll, NULL);
    projection_key_text(&key, projection_subject(fact->record, "visit"));
    projection_value_number(value, fold.fold_version);
    projection_rows_put(rows, VISITS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

static const struct projection_column columns[] = {
    {"fold", "Made by fold", PROJECTION_INTEGER},
    {"visits", "Visits", PROJECTION_INTEGER},
};

static enum ledger_err answer_visits(struct projection_view *view,
                                     const struct projection_arguments *arguments,
                                     struct projection_answer *answer, struct ledger_error *error) {
    struct projection_cursor *cursor = projection_scan(view, VISITS, NULL, false);
    struct projection_row row;
    int64_t made_by = 0, count = 0;
    (void)arguments;
    (void)error;
    for (; projection_next(cursor, &row); count++) {
        struct projection_reader reader = {row.value};
        made_by = projection_read_number(&reader);
    }
    projection_scan_end(cursor);
    projection_answer_table(answer, "visits", "Visits", PROJECTION_COLUMNS(columns));
    projection_answer_integer(answer, made_by);
    projection_answer_integer(answer, count);
    return LEDGER_E_OK;
}

static const struct projection_query queries[] = {
    {.name = "visits", .help = "how many there are", .answer = answer_visits}};
static const enum ledger_fact types[] = {LEDGER_FACT_VisitReported};
static struct projection fold = {
    .name = "fold",
    .summary = "Counts visits; its fold is said from outside.",
    .types = types,
    .type_count = 1,
    .map = map,
    .queries = queries,
    .query_count = 1,
};

int main(int argc, char **argv) {
    fold.fold_version = number_of("FOLD_VERSION");
    fold.rows_since = number_of("ROWS_SINCE");
    return projection_main(&fold, argc, argv);
}
