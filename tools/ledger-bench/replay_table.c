#include "replay_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"

static const struct column {
    const char *title;
    int width, decimals;
    size_t number; // of a row
    double unit;
} columns[] = {
    {"events", 9, 0, offsetof(struct row, events), 1},
    {"seconds", 8, 2, offsetof(struct row, seconds), 1},
    {"events/s", 9, 0, offsetof(struct row, events_per_s), 1},
    {"CPU us", 7, 2, offsetof(struct row, cpu_us), 1},
    {"p50 ms", 8, 3, offsetof(struct row, p50_us), 1000},
    {"p99 ms", 8, 3, offsetof(struct row, p99_us), 1000},
    {"B/event", 7, 0, offsetof(struct row, bytes_per_event), 1},
    {"most MiB", 8, 0, offsetof(struct row, own_most_kb), 1024},
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };
static const char our_prefix[] = "ledger-";

static bool is_of_replay(const struct row *row) {
    return strncmp(row->phase, REPLAY_PREFIX, sizeof REPLAY_PREFIX - 1) == 0;
}

static bool is_ours(const struct row *row) {
    return strncmp(row->peer, our_prefix, sizeof our_prefix - 1) == 0;
}

static void print_row(const struct row *row) {
    printf("%-16s %-30s", row->peer, row->phase + sizeof REPLAY_PREFIX - 1);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        const struct row_number number = {.offset = columns[i].number};
        double value = *row_number_at(row, &number) / columns[i].unit;
        if (isnan(value))
            printf(" %*s", columns[i].width, "");
        else
            printf(" %*.*f", columns[i].width, columns[i].decimals, value);
    }
    putchar('\n');
}

// Of latencies where there are some, of rates else.
static void print_ratios(const struct groups *groups, const struct row *ours) {
    for (size_t i = 0; i < groups->count; i++) {
        const struct row *other = &groups->list[i].median;
        if (is_ours(other) || strcmp(other->phase, ours->phase) != 0)
            continue;
        bool latency = !isnan(ours->p99_us);
        printf("%-30s %8.2f x %s%s\n", ours->phase + sizeof REPLAY_PREFIX - 1,
               latency ? other->p99_us / ours->p99_us : ours->events_per_s / other->events_per_s,
               other->peer, latency ? ", p99" : "");
    }
}

static void print_groups(const struct groups *groups) {
    printf("%-16s %-30s", "peer", "replay");
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        printf(" %*s", columns[i].width, columns[i].title);
    putchar('\n');
    for (size_t i = 0; i < groups->count; i++)
        print_row(&groups->list[i].median);
    printf("\nfacts: those events of the log that a model is made of. most: own memory at its\n"
           "highest, without the page cache. Ratios: above 1 ours is faster.\n");
    for (size_t i = 0; i < groups->count; i++)
        if (is_ours(&groups->list[i].median))
            print_ratios(groups, &groups->list[i].median);
}

enum ledger_err replay_table_print(const struct rows *rows, struct ledger_error *error) {
    struct groups groups;
    enum ledger_err err = groups_make(rows, is_of_replay, &groups, error);
    if (err != LEDGER_E_OK)
        return err;
    if (groups.count != 0)
        print_groups(&groups);
    groups_fini(&groups);
    return LEDGER_E_OK;
}
