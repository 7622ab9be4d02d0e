#include "markdown.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "groups.h"
#include "phases.h"

enum { COLUMNS_MAX = 16, CELL_SIZE = 48 };
static const char our_prefix[] = "ledger-", floor_peer[] = "floor";

struct columns {
    const char *peers[COLUMNS_MAX];
    size_t count;
};

static bool is_phase(const struct row *row) {
    size_t size = strcspn(row->phase, ".");
    if (strcmp(row->peer, floor_peer) == 0)
        return true;
    for (size_t i = 0; i < ledger_phase_count; i++)
        if (strcspn(ledger_phases[i].name, ".") == size &&
            strncmp(row->phase, ledger_phases[i].name, size) == 0)
            return true;
    return false;
}

static bool is_ours(const char *peer) {
    return strncmp(peer, our_prefix, sizeof our_prefix - 1) == 0;
}

// Ours first, then the others, in the order in which they were met.
static void find_columns(const struct groups *groups, struct columns *columns) {
    columns->count = 0;
    for (int ours = 1; ours >= 0; ours--) {
        for (size_t i = 0; i < groups->count && columns->count < COLUMNS_MAX; i++) {
            const char *peer = groups->list[i].median.peer;
            bool known = strcmp(peer, floor_peer) == 0 || is_ours(peer) != (ours == 1);
            for (size_t j = 0; j < columns->count; j++)
                known |= strcmp(columns->peers[j], peer) == 0;
            if (!known)
                columns->peers[columns->count++] = peer;
        }
    }
}

// Others have one row where ours has several kinds of it: "R1" stands beside "R1.pages".
static const struct group *find_group(const struct groups *groups, const char *peer,
                                      const char *phase) {
    size_t stem = strcspn(phase, ".");
    const struct group *near = NULL;
    for (size_t i = 0; i < groups->count; i++) {
        const struct row *row = &groups->list[i].median;
        if (strcmp(row->peer, peer) != 0)
            continue;
        if (strcmp(row->phase, phase) == 0)
            return &groups->list[i];
        if (!is_ours(peer) && strlen(row->phase) == stem && strncmp(row->phase, phase, stem) == 0)
            near = &groups->list[i];
    }
    return near;
}

static void format_rate(double rate, char cell[CELL_SIZE]) {
    if (rate >= 1e6)
        snprintf(cell, CELL_SIZE, "%.2fM", rate / 1e6);
    else if (rate >= 1e4)
        snprintf(cell, CELL_SIZE, "%.0fk", rate / 1e3);
    else if (rate >= 1e3)
        snprintf(cell, CELL_SIZE, "%.1fk", rate / 1e3);
    else
        snprintf(cell, CELL_SIZE, "%.0f", rate);
}

static void format_cell(const struct group *group, char cell[CELL_SIZE]) {
    cell[0] = '\0';
    if (group == NULL)
        return;
    const struct row *row = &group->median;
    if (strcmp(row->phase, "S1") == 0)
        snprintf(cell, CELL_SIZE, "%.0f µs", row->p50_us);
    else if (strcmp(row->phase, "D") == 0)
        snprintf(cell, CELL_SIZE, "%.0f B", row->bytes_per_event);
    else
        format_rate(row->events_per_s, cell);
}

static void print_phases(const struct groups *groups, const struct columns *columns) {
    char cell[CELL_SIZE];
    printf("| phase |");
    for (size_t i = 0; i < columns->count; i++)
        printf(" %s |", columns->peers[i]);
    printf("\n|---|");
    for (size_t i = 0; i < columns->count; i++)
        printf("---:|");
    printf("\n");
    for (size_t i = 0; i < ledger_phase_count; i++) {
        bool any = false;
        for (size_t j = 0; j < columns->count; j++)
            any |= find_group(groups, columns->peers[j], ledger_phases[i].name) != NULL;
        if (!any)
            continue;
        printf("| %s |", ledger_phases[i].name);
        for (size_t j = 0; j < columns->count; j++) {
            format_cell(find_group(groups, columns->peers[j], ledger_phases[i].name), cell);
            printf(" %s |", cell);
        }
        printf("\n");
    }
}

static void print_floors(const struct groups *groups) {
    char cell[CELL_SIZE];
    bool begun = false;
    for (size_t i = 0; i < groups->count; i++) {
        const struct row *row = &groups->list[i].median;
        if (strcmp(row->peer, floor_peer) != 0)
            continue;
        format_rate(row->events_per_s, cell);
        printf("%s%s %s/s", begun ? ", " : "\nFloors: ", row->phase, cell);
        begun = true;
    }
    if (begun)
        printf(".\n");
}

// ---- the machine

static void cpu_model(char *model, size_t size) {
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(model, size, "unknown processor");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || colon == NULL)
            continue;
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(model, size, "%s", colon + 2);
        break;
    }
    if (file != NULL)
        fclose(file);
}

static void print_machine(const struct groups *groups) {
    char model[128], date[32];
    struct utsname name;
    time_t now = time(NULL);
    struct tm tm;
    unsigned runs = 0;
    double spread = 0;
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->list[i];
        if (group->runs > runs)
            runs = group->runs;
        if (is_ours(group->median.peer) && group->spread > spread)
            spread = group->spread;
    }
    cpu_model(model, sizeof model);
    strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&now, &tm));
    printf("\n%s, %ld cores, %.0f GiB", model, sysconf(_SC_NPROCESSORS_ONLN),
           (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / (1 << 30));
    if (uname(&name) == 0)
        printf(", %s %.*s", name.sysname, (int)strcspn(name.release, "-"), name.release);
    printf("; %s; medians of %u run%s, largest over smallest rate at most %.1f.\n", date, runs,
           runs == 1 ? "" : "s", spread);
}

enum ledger_err markdown_print(const struct rows *rows, struct ledger_error *error) {
    struct groups groups;
    struct columns columns;
    enum ledger_err err = groups_make(rows, is_phase, &groups, error);
    if (err != LEDGER_E_OK)
        return err;
    find_columns(&groups, &columns);
    print_phases(&groups, &columns);
    print_floors(&groups);
    print_machine(&groups);
    groups_fini(&groups);
    return LEDGER_E_OK;
}
