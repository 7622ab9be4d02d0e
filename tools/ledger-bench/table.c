#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "groups.h"
#include "phases.h"
#include "replay_table.h"
#include "scale_table.h"

enum { LINE_WIDTH = 100, RATIO_SIZE = 80, LABEL_WIDTH = 40 };
static const char our_prefix[] = "ledger-", floor_peer[] = "floor";

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
    {"R1.unpacked", "F_nng.%s.page1m.c2"},
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

static void print_phases(const struct groups *groups) {
    print_figures(groups);
    printf("\nRatios: above 1 ours is faster, or in S1 sooner, or in D smaller.\n");
    for (size_t i = 0; i < groups->count; i++)
        if (is_ours(&groups->list[i]))
            print_ratios_of(groups, &groups->list[i]);
}

enum ledger_err table_print(const struct rows *rows, struct ledger_error *error) {
    struct groups groups;
    enum ledger_err err = groups_make(rows, is_shown, &groups, error);
    if (err != LEDGER_E_OK)
        return err;
    if (groups.count != 0)
        print_phases(&groups);
    groups_fini(&groups);
    err = scale_table_print(rows, error);
    return err == LEDGER_E_OK ? replay_table_print(rows, error) : err;
}
