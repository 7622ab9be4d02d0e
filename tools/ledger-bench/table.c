#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phases.h"

enum { LINE_WIDTH = 100, RATIO_SIZE = 80, LABEL_WIDTH = 40 };
static const char our_prefix[] = "ledger-", floor_peer[] = "floor";

// All runs of one peer's phase.
struct group {
    struct row median;
    double spread; // largest rate over smallest
    unsigned runs;
};

struct groups {
    struct group *list;
    size_t count;
};

// ---- medians

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

// What is before the first dot: other systems have no R1.pages, only R1.
static size_t stem_size(const char *phase) {
    return strcspn(phase, ".");
}

// Floors measured by other programs have many rows, which say nothing here.
static bool is_shown(const struct row *row) {
    if (strcmp(row->peer, floor_peer) == 0)
        return true;
    for (size_t i = 0; i < ledger_phase_count; i++) {
        size_t size = stem_size(row->phase);
        if (size == stem_size(ledger_phases[i].name) &&
            strncmp(row->phase, ledger_phases[i].name, size) == 0)
            return true;
    }
    return false;
}

static bool is_first(const struct rows *rows, size_t i) {
    for (size_t j = 0; j < i; j++)
        if (same_group(&rows->list[j], &rows->list[i]))
            return false;
    return true;
}

static enum ledger_err make_groups(const struct rows *rows, struct groups *groups,
                                   struct ledger_error *error) {
    double *values = calloc(rows->count + 1, sizeof *values);
    *groups = (struct groups){.list = calloc(rows->count + 1, sizeof *groups->list)};
    if (groups->list == NULL || values == NULL) {
        free(groups->list);
        free(values);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the table");
    }
    for (size_t i = 0; i < rows->count; i++)
        if (is_shown(&rows->list[i]) && is_first(rows, i))
            groups->list[groups->count++] = make_group(rows, &rows->list[i], values);
    free(values);
    return LEDGER_E_OK;
}

// ---- the figures

static void print_number(double value, int width, int decimals) {
    if (isnan(value))
        printf(" %*s", width, "");
    else
        printf(" %*.*f", width, decimals, value);
}

static void print_figures(const struct groups *groups) {
    printf("%-20s %-16s %10s %8s %9s %9s %8s %7s %6s %4s\n", "peer", "phase", "events/s", "MB/s",
           "p50 us", "p99 us", "B/event", "RSS MB", "spread", "runs");
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->list[i];
        const struct row *row = &group->median;
        printf("%-20s %-16s", row->peer, row->phase);
        print_number(row->events_per_s > 0 ? row->events_per_s : (double)NAN, 10, 0);
        print_number(row->mb_per_s > 0 ? row->mb_per_s : (double)NAN, 8, 1);
        print_number(row->p50_us, 9, 0);
        print_number(row->p99_us, 9, 0);
        print_number(row->bytes_per_event, 8, 0);
        print_number(row->rss_kb / 1024, 7, 0);
        print_number(group->spread > 0 ? group->spread : (double)NAN, 6, 2);
        printf(" %4u\n", group->runs);
    }
}

// ---- ratios

// What a phase of ours is held against besides the same phase of others. "%s" is the transport.
static const struct yardstick {
    const char *phase, *floor;
} yardsticks[] = {
    {"A1", "F_sync.b1"},
    {"A1", "F_lmdb.b1"},
    {"A1", "F_nng.%s.echo.c1"},
    {"A2", "F_nng.%s.echo.c64"},
    {"A3", "F_sync.b100"},
    {"A3", "F_lmdb.b100"},
    {"A4", "F_sync.b1000"},
    {"A4", "F_lmdb.b1000"},
    {"R1.pages", "F_nng.%s.page1m.c2"},
    {"R1.decoded", "F_nng.%s.page1m.c2"},
};

static bool is_ours(const struct group *group) {
    return strncmp(group->median.peer, our_prefix, sizeof our_prefix - 1) == 0;
}

static bool is_yardstick(const struct row *ours, const struct row *floor) {
    const char *transport = strstr(ours->peer, "-tcp") != NULL ? "tcp" : "ipc";
    if (strcmp(floor->peer, floor_peer) != 0)
        return false;
    for (size_t i = 0; i < sizeof yardsticks / sizeof *yardsticks; i++) {
        const struct yardstick *yardstick = &yardsticks[i];
        const char *gap = strstr(yardstick->floor, "%s");
        char name[64];
        if (strcmp(yardstick->phase, ours->phase) != 0)
            continue;
        if (gap == NULL)
            snprintf(name, sizeof name, "%s", yardstick->floor);
        else
            snprintf(name, sizeof name, "%.*s%s%s", (int)(gap - yardstick->floor), yardstick->floor,
                     transport, gap + 2);
        if (strcmp(name, floor->phase) == 0)
            return true;
    }
    return false;
}

static bool is_same_phase(const struct group *ours, const struct group *other) {
    size_t size = stem_size(ours->median.phase);
    return !is_ours(other) && stem_size(other->median.phase) == size &&
           strncmp(ours->median.phase, other->median.phase, size) == 0;
}

// Above 1 ours is better: by rate, or in the phases without one by latency or bytes.
static double ratio(const struct row *ours, const struct row *other) {
    if (strcmp(ours->phase, "S1") == 0)
        return other->p50_us / ours->p50_us;
    if (strcmp(ours->phase, "D") == 0)
        return other->bytes_per_event / ours->bytes_per_event;
    return ours->events_per_s / other->events_per_s;
}

static void print_ratios_of(const struct groups *groups, const struct group *ours) {
    int column = LINE_WIDTH; // of the line that is being written; full: begin one
    bool begun = false;
    for (size_t i = 0; i < groups->count; i++) {
        const struct row *other = &groups->list[i].median;
        bool floor = is_yardstick(&ours->median, other);
        if (!floor && !is_same_phase(ours, &groups->list[i]))
            continue;
        char text[RATIO_SIZE];
        int size =
            snprintf(text, sizeof text, "  %.2f x %s", ratio(&ours->median, other),
                     floor || strchr(other->phase, '.') != NULL ? other->phase : other->peer);
        if (column + size > LINE_WIDTH) {
            if (begun)
                printf("\n%*s", LABEL_WIDTH - 2, "");
            else
                printf("%-20s %-16s ", ours->median.peer, ours->median.phase);
            column = LABEL_WIDTH - 2;
            begun = true;
        }
        fputs(text, stdout);
        column += size;
    }
    if (begun)
        putchar('\n');
}

enum ledger_err table_print(const struct rows *rows, struct ledger_error *error) {
    struct groups groups;
    enum ledger_err err = make_groups(rows, &groups, error);
    if (err != LEDGER_E_OK)
        return err;
    print_figures(&groups);
    printf("\nRatios: above 1 ours is faster, or in S1 sooner, or in D smaller.\n");
    for (size_t i = 0; i < groups.count; i++)
        if (is_ours(&groups.list[i]))
            print_ratios_of(&groups, &groups.list[i]);
    free(groups.list);
    return LEDGER_E_OK;
}
