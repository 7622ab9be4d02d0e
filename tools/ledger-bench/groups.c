#include "groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static bool same_group(const struct row *a, const struct row *b) {
    return strcmp(a->peer, b->peer) == 0 && strcmp(a->phase, b->phase) == 0;
}

// Puts the group's values of one number into `values`, sorted; returns how many.
static size_t collect(const struct rows *rows, const struct row *like,
                      const struct row_number *number, double *values) {
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        double value = *row_number_at(&rows->list[i], number);
        if (same_group(&rows->list[i], like) && !isnan(value))
            values[count++] = value;
    }
    qsort(values, count, sizeof *values, compare);
    return count;
}

static double median(const double *sorted, size_t count) {
    if (count == 0)
        return (double)NAN;
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static struct group make_group(const struct rows *rows, const struct row *like, double *values) {
    struct group group = {.median = *like};
    for (size_t i = 0; i < row_number_count; i++) {
        size_t count = collect(rows, like, &row_numbers[i], values);
        *row_number_at(&group.median, &row_numbers[i]) = median(values, count);
        if (i == 0 && count != 0 && values[0] > 0) // the rate
            group.spread = values[count - 1] / values[0];
    }
    for (size_t i = 0; i < rows->count; i++)
        group.runs += same_group(&rows->list[i], like);
    return group;
}

static bool is_first(const struct rows *rows, size_t i) {
    for (size_t j = 0; j < i; j++)
        if (same_group(&rows->list[j], &rows->list[i]))
            return false;
    return true;
}

enum ledger_err groups_make(const struct rows *rows, bool (*chosen)(const struct row *row),
                            struct groups *groups, struct ledger_error *error) {
    double *values = calloc(rows->count + 1, sizeof *values);
    *groups = (struct groups){.list = calloc(rows->count + 1, sizeof *groups->list)};
    if (groups->list == NULL || values == NULL) {
        free(groups->list);
        free(values);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the table");
    }
    for (size_t i = 0; i < rows->count; i++)
        if (chosen(&rows->list[i]) && is_first(rows, i))
            groups->list[groups->count++] = make_group(rows, &rows->list[i], values);
    free(values);
    return LEDGER_E_OK;
}

void groups_fini(struct groups *groups) {
    free(groups->list);
    *groups = (struct groups){0};
}
