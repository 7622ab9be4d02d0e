#include "scale_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

enum { FIRST_WIDTH = 10 };

static const struct column {
    const char *title;
    int width, decimals;
    const char *part; // of the phases, see scale_table.h
    size_t number;    // of a row
    double unit;
    const char *fresh; // the part that it is held against at the same point; NULL: none
} columns[] = {
    {"append/s", 9, 0, SCALE_APPEND, offsetof(struct row, events_per_s), 1, SCALE_FRESH_APPEND},
    {"fresh/s", 9, 0, SCALE_FRESH_APPEND, offsetof(struct row, events_per_s), 1},
    {"CPU us", 7, 2, SCALE_APPEND, offsetof(struct row, cpu_us), 1},
    {"p99 ms", 7, 1, SCALE_APPEND, offsetof(struct row, p99_us), 1000},
    {"R2.c4/s", 8, 0, SCALE_STREAMS, offsetof(struct row, events_per_s), 1, SCALE_FRESH_STREAMS},
    {"fresh/s", 8, 0, SCALE_FRESH_STREAMS, offsetof(struct row, events_per_s), 1},
    {"CPU us", 7, 1, SCALE_STREAMS, offsetof(struct row, cpu_us), 1},
    {"B/event", 7, 0, SCALE_DISK, offsetof(struct row, bytes_per_event), 1},
    {"own MiB", 7, 1, SCALE_DISK, offsetof(struct row, own_kb), 1024},
    {"most", 7, 1, SCALE_DISK, offsetof(struct row, own_most_kb), 1024},
    {"start s", 7, 3, SCALE_START, offsetof(struct row, seconds), 1},
    {"killed", 7, 3, SCALE_KILLED, offsetof(struct row, seconds), 1},
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

static bool is_of_scale(const struct row *row) {
    return strncmp(row->phase, SCALE_PREFIX, sizeof SCALE_PREFIX - 1) == 0;
}

// The text of a point, if the row is of that part; else NULL.
static const char *point_of(const struct row *row, const char *part) {
    size_t size = strlen(part);
    const char *rest = row->phase + sizeof SCALE_PREFIX - 1;
    return strncmp(rest, part, size) == 0 && rest[size] == '@' ? rest + size + 1 : NULL;
}

static bool is_point(const struct row *row) {
    return point_of(row, SCALE_APPEND) != NULL;
}

// Of the column's number, in the row of a part.
static double part_value_at(const struct groups *groups, const struct row *point,
                            const struct column *column, const char *part) {
    const char *name = point_of(point, SCALE_APPEND);
    for (size_t i = 0; i < groups->count; i++) {
        const struct row *row = &groups->list[i].median;
        const char *other = point_of(row, part);
        const struct row_number number = {.offset = column->number};
        if (other != NULL && strcmp(other, name) == 0 && strcmp(row->peer, point->peer) == 0)
            return *row_number_at((struct row *)(uintptr_t)row, &number) / column->unit;
    }
    return (double)NAN;
}

static double value_at(const struct groups *groups, const struct row *point,
                       const struct column *column) {
    return part_value_at(groups, point, column, column->part);
}

static void print_value(double value, int width, int decimals) {
    if (isnan(value))
        printf(" %*s", width, "");
    else
        printf(" %*.*f", width, decimals, value);
}

static void print_titles(const char *peer) {
    printf("%s\n%*s", peer, FIRST_WIDTH, "events");
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        printf(" %*s", columns[i].width, columns[i].title);
    putchar('\n');
}

static void print_point(const struct groups *groups, const struct row *point) {
    printf("%*s", FIRST_WIDTH, point_of(point, SCALE_APPEND));
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        print_value(value_at(groups, point, &columns[i]), columns[i].width, columns[i].decimals);
    putchar('\n');
}

static void print_ratios(const struct groups *groups, const char *label, const struct row *first,
                         const struct row *last) {
    printf("%*s", FIRST_WIDTH, label);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        print_value(value_at(groups, first, &columns[i]) / value_at(groups, last, &columns[i]),
                    columns[i].width, 2);
    putchar('\n');
}

// How the point stands to the fresh ledger that was measured right after it.
static void print_fresh(const struct groups *groups, const struct row *point) {
    printf("%*s", FIRST_WIDTH, "fresh/last");
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct column *column = &columns[i];
        double fresh = column->fresh == NULL ? (double)NAN
                                             : part_value_at(groups, point, column, column->fresh);
        print_value(fresh / value_at(groups, point, column), column->width, 2);
    }
    putchar('\n');
}

// Where in "ledger-ipc-random-20000-streams" the number begins.
static size_t streams_at(const char *peer) {
    size_t at = strcspn(peer, "0123456789");
    return peer[at] == '\0' ? 0 : at;
}

// The same point of a peer before `before` that differs in the number of streams only.
static const struct row *other_streams(const struct groups *groups, size_t before,
                                       const struct row *point) {
    size_t size = streams_at(point->peer);
    for (size_t i = 0; i < before; i++) {
        const struct row *row = &groups->list[i].median;
        if (is_point(row) && size != 0 && streams_at(row->peer) == size &&
            strncmp(row->peer, point->peer, size) == 0 &&
            strcmp(point_of(row, SCALE_APPEND), point_of(point, SCALE_APPEND)) == 0)
            return row;
    }
    return NULL;
}

// The points of the peer whose first one is at `first`.
static void print_peer(const struct groups *groups, size_t first) {
    const struct row *begin = &groups->list[first].median, *last = begin;
    print_titles(begin->peer);
    for (size_t i = first; i < groups->count; i++) {
        const struct row *row = &groups->list[i].median;
        if (!is_point(row) || strcmp(row->peer, begin->peer) != 0)
            continue;
        print_point(groups, row);
        last = row;
    }
    print_ratios(groups, "first/last", begin, last);
    if (last != begin)
        print_fresh(groups, last);
    const struct row *other = other_streams(groups, first, last);
    if (other != NULL)
        print_ratios(groups, "fewer/more", other, last);
    putchar('\n');
}

static bool is_first_of_peer(const struct groups *groups, size_t at) {
    const struct row *row = &groups->list[at].median;
    for (size_t i = 0; i < at; i++)
        if (is_point(&groups->list[i].median) &&
            strcmp(groups->list[i].median.peer, row->peer) == 0)
            return false;
    return is_point(row);
}

enum ledger_err scale_table_print(const struct rows *rows, struct ledger_error *error) {
    struct groups groups;
    enum ledger_err err = groups_make(rows, is_of_scale, &groups, error);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t i = 0; i < groups.count; i++)
        if (is_first_of_peer(&groups, i))
            print_peer(&groups, i);
    if (groups.count != 0)
        printf(
            "CPU: the service's, an event or a stream read. own: its memory without the page\n"
            "cache; most: the highest on the way to the point. start: after a clean stop;\n"
            "killed: after kill -9. fresh: a ledger no longer than the first point, right after\n"
            "each; when the machine's speed changes meanwhile, fresh/last says more than\n"
            "first/last. fewer/more: streams, at the last point. Above 1 a rate fell, below 1 a\n"
            "cost rose.\n");
    groups_fini(&groups);
    return LEDGER_E_OK;
}
