// Where each day went: the way, the plan kept, the time in the field; by day, by representative and
// in all.
#include <string.h>

#include "figures.h"
#include "runtime/ids.h"

static const struct projection_column day_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"day", "Day", PROJECTION_DATE},
    FIGURE_COLUMNS,
};
static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"days", "Days", PROJECTION_INTEGER},
    FIGURE_COLUMNS,
};
static const struct projection_column total_columns[] = {
    {"reps", "Representatives", PROJECTION_INTEGER},
    {"days", "Days", PROJECTION_INTEGER},
    FIGURE_COLUMNS,
};

struct rep_sum {
    const char *rep, *name;
    uint64_t days;
    struct day_figures figures;
};

struct sums {
    struct projection_view *view;
    struct rep_sum *reps;
    size_t count, capacity;
    struct contradiction_counts contradictions;
    uint64_t no_day; // facts and points of which no day is known
};

static struct rep_sum *sum_of(struct sums *sums, const char *rep) {
    if (sums->count && strcmp(sums->reps[sums->count - 1].rep, rep) == 0)
        return &sums->reps[sums->count - 1];
    if (!projection_grow(projection_view_arena(sums->view), &sums->reps, &sums->capacity,
                         sums->count, sizeof(struct rep_sum)))
        return NULL;
    struct rep_sum *sum = &sums->reps[sums->count++];
    *sum = (struct rep_sum){.rep = rep, .name = projection_name(sums->view, EMPLOYEES, rep)};
    return sum;
}

static bool add_day(struct sums *sums, const struct field_day *day,
                    struct projection_answer *answer) {
    struct day_figures figures;
    contradictions_add(&sums->contradictions, &day->contradictions);
    if (day->day == NO_DAY) {
        sums->no_day += day->visit_count + day->track.count + day->start.given + day->end.given;
        return true;
    }
    struct rep_sum *sum = sum_of(sums, day->rep);
    if (!sum || !day_figures(day, projection_view_arena(sums->view), &figures))
        return false;
    sum->days++;
    day_figures_add(&sum->figures, &figures);
    projection_answer_text(answer, day->rep);
    projection_answer_text(answer, sum->name);
    projection_answer_day(answer, day->day);
    day_figures_answer(answer, &figures);
    return true;
}

static void answer_sums(struct projection_answer *answer, const struct sums *sums) {
    struct rep_sum total = {0};
    projection_answer_table(answer, "reps", "By representative", PROJECTION_COLUMNS(rep_columns));
    for (size_t i = 0; i < sums->count; i++) {
        const struct rep_sum *sum = &sums->reps[i];
        projection_answer_text(answer, sum->rep);
        projection_answer_text(answer, sum->name);
        projection_answer_integer(answer, (int64_t)sum->days);
        day_figures_answer(answer, &sum->figures);
        total.days += sum->days;
        day_figures_add(&total.figures, &sum->figures);
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)sums->count);
    projection_answer_integer(answer, (int64_t)total.days);
    day_figures_answer(answer, &total.figures);
    if (total.figures.unplaced)
        projection_answer_note(answer,
                               "%s of a client whose place is not known: the planned kilometres "
                               "pass over it.",
                               projection_count(answer, total.figures.unplaced, "planned stop is",
                                                "planned stops are"));
    if (sums->no_day)
        projection_answer_note(answer, "%s of an unknown time, and in no day.",
                               projection_count(answer, sums->no_day, "visit, point or mark is",
                                                "visits, points and marks are"));
}

enum ledger_err routes_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct sums sums = {.view = view};
    struct projection_period period;
    const struct field_day *day = NULL;
    struct days days;
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (err)
        return err;
    projection_answer_table(answer, "days", "Days", PROJECTION_COLUMNS(day_columns));
    projection_answer_limit(answer, limit);
    days_begin(&days, view, projection_argument(arguments, "rep"), &period, true);
    do {
        if (!days_next(&days, &day) || (day && !add_day(&sums, day, answer)))
            return projection_no_memory(error);
    } while (day);
    answer_sums(answer, &sums);
    contradictions_answer(answer, &sums.contradictions);
    note_unknown_rep(view, arguments, answer);
    return LEDGER_E_OK;
}
