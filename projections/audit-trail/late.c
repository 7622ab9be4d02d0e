// What a report of a period did not have when it was made: facts that were recorded later, and
// amendments of its facts that were recorded later. Each fact is held as it was known at the end of
// the closing day against what it is now.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "lines.h"
#include "newest.h"

enum difference { ADDED, CHANGED, MOVED_IN, MOVED_OUT, REMOVED, RESTORED, DIFFERENCES };
static const char *const codes[DIFFERENCES] = {
    [ADDED] = "added",         [CHANGED] = "changed", [MOVED_IN] = "moved_in",
    [MOVED_OUT] = "moved_out", [REMOVED] = "removed", [RESTORED] = "restored",
};

struct tally {
    uint64_t counts[DIFFERENCES];
};

struct late {
    struct projection_view *view;
    struct projection_answer *answer;
    struct ledger_arena *arena; // the view's
    struct ledger_arena *scratch;
    struct projection_period period;
    int32_t closed;
    uint64_t known; // the last position of the closing day
    const char *actor, *type;
    uint64_t *roots;
    size_t count, capacity;
    struct projection_ids types;
    struct tally *tallies; // by number of the type
    size_t tally_capacity;
    struct ledger_error *error;
};

static const struct projection_column columns[] = {
    {"fact", "Fact", PROJECTION_INTEGER},
    {"type", "Type", PROJECTION_TEXT},
    {"objects", "About", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"difference", "Difference", PROJECTION_TEXT},
    {"changed", "What changed", PROJECTION_TEXT},
    {"position", "Brought by", PROJECTION_INTEGER},
    {"by", "Recorded by", PROJECTION_ID},
    {"recorded", "Recorded", PROJECTION_INSTANT},
    {"days_after", "Days after the close", PROJECTION_INTEGER},
};
static const struct projection_column type_columns[] = {
    {"type", "Type", PROJECTION_TEXT},
    {"added", "Added", PROJECTION_INTEGER},
    {"changed", "Changed", PROJECTION_INTEGER},
    {"moved_in", "Moved in", PROJECTION_INTEGER},
    {"moved_out", "Moved out", PROJECTION_INTEGER},
    {"removed", "Removed", PROJECTION_INTEGER},
    {"restored", "Restored", PROJECTION_INTEGER},
    {"net", "More facts than known then", PROJECTION_INTEGER},
};

// ---- which facts may differ
static bool add_root(struct late *late, uint64_t position) {
    if (!projection_grow(late->arena, &late->roots, &late->capacity, late->count,
                         sizeof *late->roots))
        return false;
    late->roots[late->count++] = position;
    return true;
}

static enum ledger_err collect_facts(struct late *late) {
    struct projection_row row;
    for (int32_t day = late->period.from; day <= late->period.to; day++) {
        struct projection_key key = {0};
        projection_key_day(&key, day);
        struct projection_cursor *cursor = projection_scan(late->view, BY_DAY, &key, false);
        while (projection_next(cursor, &row)) {
            struct projection_reader reader = {row.value};
            if (row.position > late->known && projection_read_number(&reader) == WRITTEN_FACT &&
                !add_root(late, row.position))
                return projection_no_memory(late->error);
        }
        projection_scan_end(cursor);
    }
    return LEDGER_E_OK;
}

static enum ledger_err collect_amended(struct late *late, const char *type) {
    struct projection_key key = {0};
    struct projection_row row;
    struct newest newest;
    enum ledger_err err = LEDGER_E_OK;
    projection_key_text(&key, type);
    newest_begin(&newest, late->view, BY_TYPE, &key, projection_view_position(late->view), true);
    while (!err && newest_next(&newest, &row) && row.position > late->known) {
        Ledger__V1__Record *record;
        ledger_arena_reset(late->scratch);
        err = record_read(late->view, row.position, late->scratch, &record, late->error);
        if (err || !record)
            continue;
        const ProtobufCBinaryData *id = &record->event->event_id;
        uint64_t root = projection_view_root(late->view, ledger_span_of(id->data, id->len));
        if (root && !add_root(late, root))
            err = projection_no_memory(late->error);
    }
    newest_end(&newest);
    return err;
}

static int by_position(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static enum ledger_err collect(struct late *late) {
    enum ledger_err err = collect_facts(late);
    if (!err)
        err = collect_amended(late, "FactCorrected");
    if (!err)
        err = collect_amended(late, "FactRetracted");
    if (err || !late->count)
        return err;
    qsort(late->roots, late->count, sizeof *late->roots, by_position);
    size_t kept = 1;
    for (size_t i = 1; i < late->count; i++)
        if (late->roots[i] != late->roots[kept - 1])
            late->roots[kept++] = late->roots[i];
    late->count = kept;
    return LEDGER_E_OK;
}

// ---- in what they differ
struct held {
    const Ledger__V1__Record *root;
    bool was_recorded; // by the close
    struct version then, now;
    struct change_list changes;
};

static bool is_in(const struct late *late, const struct version *version) {
    return !version->retracted && projection_period_holds(&late->period, &version->occurred);
}

// False if there is none.
static bool differs(const struct late *late, struct held *held, enum difference *difference) {
    bool then = held->was_recorded && is_in(late, &held->then);
    bool now = is_in(late, &held->now);
    if (held->was_recorded)
        changes_between(&held->changes, &held->then, &held->now);
    if (then && now)
        *difference = CHANGED;
    else if (then)
        *difference = held->now.retracted ? REMOVED : MOVED_OUT;
    else if (!held->was_recorded)
        *difference = ADDED;
    else
        *difference = held->then.retracted ? RESTORED : MOVED_IN;
    return then && now ? held->changes.count > 0 : then || now;
}

// What brought the difference: the amendment that decides, or if none does any more, the last one.
static uint64_t brought_by(const struct late *late, const struct held *held) {
    const struct projection_amendment *list;
    if (held->now.by > late->known)
        return held->now.by;
    if (!held->was_recorded)
        return held->root->position;
    size_t count = projection_view_amendments(late->view, held->root->position, &list);
    return count ? list[count - 1].position : held->root->position;
}

static enum ledger_err answer_difference(struct late *late, struct held *held,
                                         enum difference difference) {
    struct projection_answer *answer = late->answer;
    Ledger__V1__Record *by;
    struct line line;
    enum ledger_err err =
        record_read(late->view, brought_by(late, held), late->scratch, &by, late->error);
    if (!err)
        err = line_make(late->view, held->root, late->scratch, &line, late->error);
    if (err || !by)
        return err;
    const struct ledger_moment recorded = ledger_moment_instant(by->recorded_at, 0);
    const struct version *shown = held->now.retracted ? &held->then : &held->now;
    projection_answer_integer(answer, (int64_t)held->root->position);
    projection_answer_text(answer, held->root->event->type);
    projection_answer_text(answer, line.object);
    projection_answer_text(answer, record_actor(held->root));
    projection_answer_moment(answer, &shown->occurred);
    projection_answer_text(answer, codes[difference]);
    projection_answer_text(answer, changes_text(&held->changes));
    projection_answer_integer(answer, (int64_t)by->position);
    projection_answer_text(answer, record_actor(by));
    projection_answer_moment(answer, &recorded);
    projection_answer_integer(answer, recorded.day - late->closed);
    size_t number = projection_ids_add(&late->types, held->root->event->type);
    if (held->changes.failed || number == PROJECTION_ID_NONE ||
        !projection_grow(late->arena, &late->tallies, &late->tally_capacity, number,
                         sizeof(struct tally)))
        return projection_no_memory(late->error);
    late->tallies[number].counts[difference]++;
    return LEDGER_E_OK;
}

static enum ledger_err take(struct late *late, uint64_t position) {
    struct held held = {.changes = {.arena = late->scratch}};
    Ledger__V1__Record *root;
    enum difference difference;
    ledger_arena_reset(late->scratch);
    enum ledger_err err = record_read(late->view, position, late->scratch, &root, late->error);
    if (err || !root || (late->actor && strcmp(record_actor(root), late->actor) != 0) ||
        (late->type && strcmp(root->event->type, late->type) != 0))
        return err;
    held.root = root;
    held.was_recorded = position <= late->known;
    err = version_at(late->view, root, late->known, late->scratch, &held.then, late->error);
    if (!err)
        err = version_at(late->view, root, projection_view_position(late->view), late->scratch,
                         &held.now, late->error);
    if (err || !differs(late, &held, &difference))
        return err;
    return answer_difference(late, &held, difference);
}

// ---- the answer
static enum ledger_err answer_types(struct late *late) {
    struct projection_answer *answer = late->answer;
    size_t *order = ids_in_order(&late->types);
    if (!order)
        return projection_no_memory(late->error);
    projection_answer_table(answer, "types", "Differences by type",
                            PROJECTION_COLUMNS(type_columns));
    for (size_t i = 0; i < late->types.count; i++) {
        const uint64_t *counts = late->tallies[order[i]].counts;
        uint64_t more = counts[ADDED] + counts[MOVED_IN] + counts[RESTORED];
        uint64_t fewer = counts[MOVED_OUT] + counts[REMOVED];
        projection_answer_text(answer, late->types.texts[order[i]]);
        for (size_t at = 0; at < DIFFERENCES; at++)
            projection_answer_integer(answer, (int64_t)counts[at]);
        projection_answer_integer(answer, (int64_t)more - (int64_t)fewer);
    }
    return LEDGER_E_OK;
}

static enum ledger_err
read_arguments(struct late *late, const struct projection_arguments *arguments, uint64_t *limit) {
    bool present;
    enum ledger_err err = projection_argument_period(arguments, &late->period, late->error);
    late->closed = late->period.to;
    if (!err)
        err = projection_argument_day(arguments, "closed", &late->closed, &present, late->error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", limit, &present, late->error);
    if (!err && (int64_t)late->period.to - late->period.from >= PERIOD_DAYS_MAX)
        err = ledger_fail(late->error, LEDGER_E_INVALID_VALUE, "to",
                          "the period has more than %d days", PERIOD_DAYS_MAX);
    if (!err)
        err = position_recorded_by(late->view, ledger_moment_date(late->closed).micros,
                                   &late->known, late->error);
    uint64_t known = late->known;
    if (!err)
        err = projection_argument_u64(arguments, "known", &known, &present, late->error);
    uint64_t end = projection_view_position(late->view);
    late->known = known < end ? known : end;
    return err;
}

enum ledger_err late_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct late late = {.view = view,
                        .answer = answer,
                        .arena = arena,
                        .actor = projection_argument(arguments, "actor"),
                        .types = {.arena = arena},
                        .error = error};
    uint64_t limit = 0;
    enum ledger_err err = projection_argument_type(arguments, "type", &late.type, error);
    if (!err)
        err = read_arguments(&late, arguments, &limit);
    if (err)
        return err;
    late.scratch = ledger_arena_new(0);
    if (!late.scratch)
        return projection_no_memory(error);
    projection_answer_table(answer, "differences", "As it was, against as known then",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    projection_answer_note(answer, "As known then is what was recorded up to position %s.",
                           projection_number(answer, late.known));
    err = collect(&late);
    for (size_t i = 0; i < late.count && !err; i++)
        err = take(&late, late.roots[i]);
    if (!err)
        err = answer_types(&late);
    ledger_arena_free(late.scratch);
    return err;
}
