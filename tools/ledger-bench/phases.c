#include "phases.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define APPEND(title, in_flight, each, events_each, length)                                        \
    {                                                                                              \
        .name = (title), .measure = append_measure,                                                \
        .append = {(in_flight), (each), (events_each)}, .to_length = (length)                      \
    }
#define READ(title, function, lane_count, page_form)                                               \
    {                                                                                              \
        .name = (title), .measure = (function), .lanes = (lane_count), .form = (page_form),        \
        .needs_log = true                                                                          \
    }

const struct phase ledger_phases[] = {
    // requests in flight, appends in each, events in each
    APPEND("A1", 1, 1, 1, false),
    APPEND("A2", 64, 1, 1, false),
    {.name = "A2.gather", .measure = gather_measure, .callers = 64},
    APPEND("A3", 8, 1, 100, false),
    APPEND("A4", 4, 1, 1000, true),
    READ("R1.pages", replay_measure, 2, PAGES_AS_THEY_COME),
    READ("R1.decoded", replay_measure, 2, PAGES_DECODED),
    READ("R1.unpacked", replay_measure, 2, PAGES_UNPACKED),
    READ("R2", streams_measure, 1, PAGES_AS_THEY_COME),
    READ("R2.c4", streams_measure, 4, PAGES_AS_THEY_COME),
    READ("R2.c4.decoded", streams_measure, 4, PAGES_DECODED),
    {.name = "S1", .measure = subscribe_measure, .append = {1, 1, 1}, .needs_log = true},
    {.name = "D", .measure = disk_measure, .needs_log = true},
};
const size_t ledger_phase_count = COUNT(ledger_phases);

const struct phase floor_phases[] = {
    {.name = "F_sync", .measure = sync_measure},
    {.name = "F_lmdb", .measure = commit_measure},
    {.name = "F_nng", .measure = echo_measure},
};
const size_t floor_phase_count = COUNT(floor_phases);

// ---- choosing

// strchr finds the NUL at the end of a name as well.
static bool word_matches(const char *word, size_t size, const char *name) {
    return strncmp(word, name, size) == 0 && strchr("._", name[size]) != NULL;
}

bool phase_chosen(const char *list, const char *name) {
    if (list == NULL)
        return true;
    for (const char *word = list;; word++) {
        size_t size = strcspn(word, ",");
        if (size != 0 && word_matches(word, size, name))
            return true;
        word += size;
        if (*word == '\0')
            return false;
    }
}

static bool word_known(const char *word, size_t size) {
    for (size_t i = 0; i < ledger_phase_count; i++)
        if (word_matches(word, size, ledger_phases[i].name))
            return true;
    for (size_t i = 0; i < floor_phase_count; i++)
        if (word_matches(word, size, floor_phases[i].name))
            return true;
    return false;
}

enum ledger_err phases_check(const char *list, struct ledger_error *error) {
    for (const char *word = list; word != NULL; word++) {
        size_t size = strcspn(word, ",");
        if (size == 0 || !word_known(word, size))
            return ledger_fail(error, LEDGER_E_USAGE, "only", "there is no phase \"%.*s\"",
                               (int)size, word);
        word += size;
        if (*word == '\0')
            break;
    }
    return LEDGER_E_OK;
}
