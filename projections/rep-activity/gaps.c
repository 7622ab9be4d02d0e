// Days from one contact of a representative with a client to the next.
#include <stdlib.h>
#include <string.h>

#include "contacts.h"

struct gap_list {
    int64_t *days;
    size_t count, capacity;
};

struct rep_gaps {
    const char *rep;
    size_t first, count; // in the list
};

struct gaps {
    struct ledger_arena *arena;
    struct gap_list list;
    struct rep_gaps *reps;
    size_t rep_count, rep_capacity;
};

static const struct projection_column total_columns[] = {
    {"gaps", "Gaps", PROJECTION_INTEGER},
    {"median_days", "Median, days", PROJECTION_RATIO},
    {"mean_days", "Mean, days", PROJECTION_RATIO},
};
static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"gaps", "Gaps", PROJECTION_INTEGER},
    {"median_days", "Median, days", PROJECTION_RATIO},
    {"mean_days", "Mean, days", PROJECTION_RATIO},
};

// Visits come by client and day.
static bool add_rep(struct gaps *gaps, const struct rep_contacts *rep) {
    if (!projection_grow(gaps->arena, &gaps->reps, &gaps->rep_capacity, gaps->rep_count,
                         sizeof(struct rep_gaps)))
        return false;
    struct rep_gaps *added = &gaps->reps[gaps->rep_count++];
    *added = (struct rep_gaps){.rep = rep->rep, .first = gaps->list.count};
    for (size_t i = 1; i < rep->count; i++) {
        const struct contact_visit *before = &rep->visits[i - 1];
        const struct contact_visit *visit = &rep->visits[i];
        if (!visit->first || before->client != visit->client)
            continue;
        if (!projection_grow(gaps->arena, &gaps->list.days, &gaps->list.capacity, gaps->list.count,
                             sizeof(int64_t)))
            return false;
        gaps->list.days[gaps->list.count++] = visit->day - before->day;
    }
    added->count = gaps->list.count - added->first;
    return true;
}

static void answer_figures(struct projection_answer *answer, int64_t *days, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += days[i];
    projection_answer_integer(answer, (int64_t)count);
    projection_answer_ratio(answer, twice_median(days, count), count ? 2 : 0);
    projection_answer_ratio(answer, sum, count);
}

static int by_gaps(const void *a, const void *b) {
    const struct rep_gaps *left = a;
    const struct rep_gaps *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->rep, right->rep);
}

// Before the totals are taken, which orders the whole list.
static void answer_reps(struct gaps *gaps, struct projection_view *view,
                        struct projection_answer *answer, uint64_t limit) {
    projection_answer_table(answer, "reps", "Gaps by representative",
                            PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, limit);
    if (gaps->rep_count)
        qsort(gaps->reps, gaps->rep_count, sizeof(struct rep_gaps), by_gaps);
    for (size_t i = 0; i < gaps->rep_count; i++) {
        projection_answer_text(answer, gaps->reps[i].rep);
        projection_answer_text(answer, projection_name(view, EMPLOYEES, gaps->reps[i].rep));
        answer_figures(answer, gaps->list.days + gaps->reps[i].first, gaps->reps[i].count);
    }
}

enum ledger_err gaps_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct contacts contacts;
    struct gaps gaps = {.arena = projection_view_arena(view)};
    const struct rep_contacts *rep = NULL;
    const char *by = projection_argument(arguments, "by");
    uint64_t limit = 0;
    bool limited;
    if (by && strcmp(by, "rep") != 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "by", "gaps are given by rep");
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = contacts_begin(&contacts, view, arguments, error);
    while (!err) {
        err = contacts_next(&contacts, &rep, error);
        if (err || !rep)
            break;
        if (!add_rep(&gaps, rep))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    if (by)
        answer_reps(&gaps, view, answer, limit);
    projection_answer_table(answer, "gaps", "Gaps between contacts",
                            PROJECTION_COLUMNS(total_columns));
    answer_figures(answer, gaps.list.days, gaps.list.count);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
