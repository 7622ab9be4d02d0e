// Completeness: required fields that are filled, by actor and by field; and what entering visits
// takes.
#include <string.h>

#include "figures.h"
#include "judge.h"

enum { DAY_SECONDS = 24 * 60 * 60 };

struct tally {
    uint64_t required, filled;
};
// Counted under texts that are joined by newlines.
struct tallies {
    struct projection_ids ids;
    struct tally *list; // by number
    size_t capacity;
};

struct effort {
    uint64_t visits;
    int64_t fields;
    struct numbers delays; // seconds
};

struct quality {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct tallies actors, fields, rejections;
    bool list_missing;
    struct judgement *missing;
    size_t missing_count, missing_capacity;
    struct projection_ids reps;
    struct effort *efforts; // by number
    size_t effort_capacity;
    struct ledger_error *error;
};

static const struct projection_column actor_columns[] = {
    {"actor", "Actor", PROJECTION_ID},        {"kind", "Of what", PROJECTION_TEXT},
    {"subkind", "Its kind", PROJECTION_TEXT}, {"required", "Required", PROJECTION_INTEGER},
    {"filled", "Filled", PROJECTION_INTEGER}, {"completeness", "Completeness", PROJECTION_RATIO},
};
static const struct projection_column field_columns[] = {
    {"kind", "Of what", PROJECTION_TEXT},     {"subkind", "Its kind", PROJECTION_TEXT},
    {"field", "Field", PROJECTION_TEXT},      {"required", "Required", PROJECTION_INTEGER},
    {"filled", "Filled", PROJECTION_INTEGER}, {"completeness", "Completeness", PROJECTION_RATIO},
};
static const struct projection_column missing_columns[] = {
    {"occurred", "Required since", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID},
    {"kind", "Of what", PROJECTION_TEXT},
    {"id", "Id", PROJECTION_ID},
    {"field", "Field", PROJECTION_TEXT},
    {"policy", "Policy", PROJECTION_ID},
    {"version", "Version", PROJECTION_INTEGER},
    {"stage", "From stage", PROJECTION_ID},
    {"waiver", "Waiver", PROJECTION_TEXT, .detail = true},
};
static const struct projection_column visit_columns[] = {
    {"actor", "Actor", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"visits", "Visits", PROJECTION_INTEGER},
    {"fields", "Fields filled", PROJECTION_INTEGER},
    {"fields_per_visit", "Fields a visit", PROJECTION_RATIO},
    {"delay_assessed", "Visits with a delay", PROJECTION_INTEGER, .detail = true},
    {"delay_median_hours", "Median delay, hours", PROJECTION_RATIO},
    {"delay_over_24h", "Later than 24 h", PROJECTION_RATIO},
};
static const struct projection_column rejection_columns[] = {
    {"source", "Source", PROJECTION_ID},
    {"field", "Missing field", PROJECTION_TEXT},
    {"records", "Records rejected", PROJECTION_INTEGER},
};

// ---- counting
static bool tally_add(struct quality *quality, struct tallies *tallies, const char *key,
                      bool filled) {
    size_t number = key ? projection_ids_add(&tallies->ids, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(quality->arena, &tallies->list, &tallies->capacity, number,
                         sizeof(struct tally)))
        return false;
    tallies->list[number].required++;
    tallies->list[number].filled += filled;
    return true;
}

static bool take_judgement(void *user, const struct judgement *judgement) {
    struct quality *quality = user;
    const char *subkind = judgement->subkind ? judgement->subkind : "";
    if (!tally_add(quality, &quality->actors,
                   ledger_arena_printf(quality->arena, "%s\n%s\n%s", judgement->actor,
                                       judgement->kind, subkind),
                   judgement->filled) ||
        !tally_add(quality, &quality->fields,
                   ledger_arena_printf(quality->arena, "%s\n%s\n%s", judgement->kind, subkind,
                                       judgement->policy->field),
                   judgement->filled))
        return false;
    if (judgement->filled || !quality->list_missing)
        return true;
    if (!projection_grow(quality->arena, &quality->missing, &quality->missing_capacity,
                         quality->missing_count, sizeof(struct judgement)))
        return false;
    quality->missing[quality->missing_count++] = *judgement;
    return true;
}

static bool take_entry(void *user, const struct entry *entry) {
    struct quality *quality = user;
    size_t number = projection_ids_add(&quality->reps, entry->actor);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(quality->arena, &quality->efforts, &quality->effort_capacity, number,
                         sizeof(struct effort)))
        return false;
    struct effort *effort = &quality->efforts[number];
    effort->visits++;
    effort->fields += entry->fields;
    return !entry->assessed || numbers_add(&effort->delays, quality->arena, entry->delay_seconds);
}

static bool take_rejection(struct quality *quality, const char *source, const char *missing) {
    for (const char *at = missing; at && *at;) {
        size_t size = strcspn(at, "\n");
        const char *key = ledger_arena_printf(quality->arena, "%s\n%.*s", source, (int)size, at);
        if (!tally_add(quality, &quality->rejections, key, false))
            return false;
        at += size + (at[size] == '\n');
    }
    return true;
}

static enum ledger_err count_rejections(struct quality *quality) {
    struct projection_row row;
    struct ledger_span source;
    struct projection_cursor *cursor = projection_scan(quality->view, REJECTIONS, NULL, true);
    while (projection_next(cursor, &row))
        if (projection_key_read_text(&row.key, &source) &&
            !take_rejection(quality, (const char *)source.data,
                            rejection_row_read(row.value).missing))
            return projection_no_memory(quality->error);
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

// ---- the answer
// The parts of the text as values; an empty one is none.
static bool answer_parts(struct quality *quality, struct projection_answer *answer,
                         const char *text) {
    for (const char *at = text;;) {
        size_t size = strcspn(at, "\n");
        const char *part = ledger_arena_text(quality->arena, ledger_span_of(at, size));
        projection_answer_text(answer, size ? part : NULL);
        if (!part || !at[size])
            return part;
        at += size + 1;
    }
}

static enum ledger_err answer_tallies(struct quality *quality, struct projection_answer *answer,
                                      struct tallies *tallies, bool completeness) {
    size_t *order = ids_in_order(&tallies->ids);
    if (!order)
        return projection_no_memory(quality->error);
    for (size_t i = 0; i < tallies->ids.count; i++) {
        const struct tally *tally = &tallies->list[order[i]];
        if (!answer_parts(quality, answer, tallies->ids.texts[order[i]]))
            return projection_no_memory(quality->error);
        projection_answer_integer(answer, (int64_t)tally->required);
        if (!completeness)
            continue;
        projection_answer_integer(answer, (int64_t)tally->filled);
        projection_answer_ratio(answer, tally->filled, tally->required);
    }
    return LEDGER_E_OK;
}

static void answer_missing(const struct quality *quality, struct projection_answer *answer,
                           uint64_t limit) {
    projection_answer_table(answer, "missing", "Required fields that were empty",
                            PROJECTION_COLUMNS(missing_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < quality->missing_count; i++) {
        const struct judgement *judgement = &quality->missing[i];
        projection_answer_moment(answer, &judgement->occurred);
        projection_answer_text(answer, judgement->actor);
        projection_answer_text(answer, judgement->kind);
        projection_answer_text(answer, judgement->id);
        projection_answer_text(answer, judgement->policy->field);
        projection_answer_text(answer, judgement->policy->policy);
        projection_answer_integer(answer, judgement->policy->version);
        projection_answer_text(answer, judgement->policy->stage);
        projection_answer_text(answer, judgement->policy->waiver);
    }
}

static enum ledger_err answer_visits(struct quality *quality, struct projection_answer *answer) {
    size_t *order = ids_in_order(&quality->reps);
    if (!order)
        return projection_no_memory(quality->error);
    projection_answer_table(answer, "visits", "Entering visits", PROJECTION_COLUMNS(visit_columns));
    for (size_t i = 0; i < quality->reps.count; i++) {
        struct effort *effort = &quality->efforts[order[i]];
        const char *id = quality->reps.texts[order[i]];
        int64_t twice = numbers_twice_median(&effort->delays);
        size_t assessed = effort->delays.count;
        projection_answer_text(answer, id);
        projection_answer_text(answer, projection_name(quality->view, EMPLOYEES, id));
        projection_answer_integer(answer, (int64_t)effort->visits);
        projection_answer_integer(answer, effort->fields);
        projection_answer_ratio(answer, effort->fields, effort->visits);
        projection_answer_integer(answer, (int64_t)assessed);
        projection_answer_ratio(answer, twice, assessed ? 7200 : 0);
        projection_answer_ratio(answer, numbers_above(&effort->delays, DAY_SECONDS), assessed);
    }
    return LEDGER_E_OK;
}

static void note_doubts(const struct judge *judge, struct projection_answer *answer) {
    if (!judge->requirement_count)
        projection_answer_note(answer, "No policy says which fields are required.");
    if (judge->unknown_time)
        projection_answer_note(answer,
                               "%s not judged: it is not known when it was required, and so not "
                               "what was in force.",
                               projection_count(answer, judge->unknown_time, "required field is",
                                                "required fields are"));
    if (judge->policies_unused)
        projection_answer_note(
            answer, "%s a kind of thing that is not judged.",
            projection_count(answer, judge->policies_unused, "policy names", "policies name"));
}

static enum ledger_err answer_all(struct quality *quality, struct projection_answer *answer,
                                  uint64_t limit, bool all) {
    projection_answer_table(answer, "actors", "Completeness by actor",
                            PROJECTION_COLUMNS(actor_columns));
    enum ledger_err err = answer_tallies(quality, answer, &quality->actors, true);
    projection_answer_table(answer, "fields", "Completeness by field",
                            PROJECTION_COLUMNS(field_columns));
    if (!err)
        err = answer_tallies(quality, answer, &quality->fields, true);
    if (!err && quality->list_missing)
        answer_missing(quality, answer, limit);
    if (!err)
        err = answer_visits(quality, answer);
    if (err || !all)
        return err;
    projection_answer_table(answer, "rejections", "Records rejected for want of a field",
                            PROJECTION_COLUMNS(rejection_columns));
    err = count_rejections(quality);
    return err ? err : answer_tallies(quality, answer, &quality->rejections, false);
}

enum ledger_err quality_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    const char *list = projection_argument(arguments, "list");
    struct quality quality = {.view = view,
                              .arena = arena,
                              .actors = {.ids = {.arena = arena}},
                              .fields = {.ids = {.arena = arena}},
                              .rejections = {.ids = {.arena = arena}},
                              .reps = {.arena = arena},
                              .list_missing = list,
                              .error = error};
    struct judge judge = {.view = view,
                          .arena = arena,
                          .actor = projection_argument(arguments, "actor"),
                          .kind = projection_argument(arguments, "kind"),
                          .judged = take_judgement,
                          .entered = take_entry,
                          .user = &quality,
                          .error = error};
    uint64_t limit = 0;
    bool present;
    enum ledger_err err = projection_argument_period(arguments, &judge.period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &present, error);
    if (!err && list && strcmp(list, "missing") != 0)
        err = ledger_fail(error, LEDGER_E_INVALID_VALUE, "list",
                          "%.60s cannot be listed, only: missing", list);
    if (!err && judge.kind && !entity_kind_known(judge.kind))
        projection_answer_nothing_known(answer, "kind", judge.kind);
    if (!err)
        err = judge_run(&judge);
    if (!err)
        err = answer_all(&quality, answer, limit, !judge.actor);
    if (!err)
        note_doubts(&judge, answer);
    return err;
}
