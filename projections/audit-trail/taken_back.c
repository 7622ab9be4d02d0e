// Retractions by actor and day, so that many at once are seen.
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "versions.h"

enum { MASS_DEFAULT = 100 };

struct actor_day {
    const char *actor;
    int32_t day; // of recording, UTC
    uint64_t retractions, of_others;
    uint64_t first, last; // positions
};

struct taken_back {
    struct projection_view *view;
    struct ledger_arena *arena;   // the view's
    struct ledger_arena *scratch; // of one retraction
    const char *actor;            // NULL = all
    struct projection_period period;
    uint64_t mass;
    struct projection_ids ids; // day and actor
    struct actor_day *days;    // by number
    size_t capacity;
    struct ledger_error *error;
};

static const struct projection_column day_columns[] = {
    {"day", "Day", PROJECTION_DATE},
    {"actor", "Taken back by", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"retractions", "Retractions", PROJECTION_INTEGER},
    {"of_others", "Of facts of others", PROJECTION_INTEGER},
    {"mass", "Many at once", PROJECTION_FLAG},
    {"first", "First position", PROJECTION_INTEGER, .detail = true},
    {"last", "Last position", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column total_columns[] = {
    {"retractions", "Retractions", PROJECTION_INTEGER},
    {"of_others", "Of facts of others", PROJECTION_INTEGER},
    {"mass_days", "Days of an actor with many at once", PROJECTION_INTEGER},
};

// ---- counting
// Whether the fact in whose chain the retraction stands is of another actor.
static enum ledger_err is_of_another(struct taken_back *taken_back,
                                     const Ledger__V1__Record *record, bool *another) {
    const ProtobufCBinaryData *named = &record->event->corrects_event_id;
    uint64_t position =
        projection_view_root(taken_back->view, ledger_span_of(named->data, named->len));
    Ledger__V1__Record *root = NULL;
    enum ledger_err err = position ? record_read(taken_back->view, position, taken_back->scratch,
                                                 &root, taken_back->error)
                                   : LEDGER_E_OK;
    *another = root && strcmp(record_actor(root), record_actor(record)) != 0;
    return err;
}

static enum ledger_err take(struct taken_back *taken_back, uint64_t position) {
    Ledger__V1__Record *record;
    bool another;
    ledger_arena_reset(taken_back->scratch);
    enum ledger_err err =
        record_read(taken_back->view, position, taken_back->scratch, &record, taken_back->error);
    if (err || !record)
        return err;
    const struct ledger_moment recorded = ledger_moment_instant(record->recorded_at, 0);
    const char *actor = record_actor(record);
    if (!projection_period_holds(&taken_back->period, &recorded) ||
        (taken_back->actor && strcmp(taken_back->actor, actor) != 0))
        return LEDGER_E_OK;
    err = is_of_another(taken_back, record, &another);
    if (err)
        return err;
    const char *key = ledger_arena_printf(taken_back->scratch, "%d\n%s", recorded.day, actor);
    size_t number = key ? projection_ids_add(&taken_back->ids, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(taken_back->arena, &taken_back->days, &taken_back->capacity, number,
                         sizeof *taken_back->days))
        return projection_no_memory(taken_back->error);
    struct actor_day *day = &taken_back->days[number];
    day->actor = strchr(taken_back->ids.texts[number], '\n') + 1;
    day->day = recorded.day;
    day->retractions++;
    day->of_others += another;
    if (!day->first || position < day->first)
        day->first = position;
    if (position > day->last)
        day->last = position;
    return LEDGER_E_OK;
}

static enum ledger_err take_all(struct taken_back *taken_back) {
    struct projection_key key = {0};
    struct projection_row row;
    enum ledger_err err = LEDGER_E_OK;
    key_text_cut(&key, "FactRetracted");
    struct projection_cursor *cursor = projection_scan(taken_back->view, BY_TYPE, &key, true);
    while (!err && projection_next(cursor, &row))
        err = take(taken_back, row.position);
    projection_scan_end(cursor);
    return err;
}

// ---- the answer
static int newest_first(const void *a, const void *b) {
    const struct actor_day *left = a;
    const struct actor_day *right = b;
    if (left->day != right->day)
        return left->day > right->day ? -1 : 1;
    return strcmp(left->actor, right->actor);
}

static void answer_days(struct taken_back *taken_back, struct projection_answer *answer,
                        uint64_t limit) {
    struct actor_day total = {0};
    uint64_t mass_days = 0;
    if (taken_back->ids.count)
        qsort(taken_back->days, taken_back->ids.count, sizeof *taken_back->days, newest_first);
    projection_answer_table(answer, "days", "Retractions by day and actor",
                            PROJECTION_COLUMNS(day_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < taken_back->ids.count; i++) {
        const struct actor_day *day = &taken_back->days[i];
        bool mass = day->retractions > taken_back->mass;
        projection_answer_day(answer, day->day);
        projection_answer_text(answer, day->actor);
        projection_answer_text(answer, projection_name(taken_back->view, EMPLOYEES, day->actor));
        projection_answer_integer(answer, (int64_t)day->retractions);
        projection_answer_integer(answer, (int64_t)day->of_others);
        projection_answer_flag(answer, mass);
        projection_answer_integer(answer, (int64_t)day->first);
        projection_answer_integer(answer, (int64_t)day->last);
        total.retractions += day->retractions;
        total.of_others += day->of_others;
        mass_days += mass;
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)total.retractions);
    projection_answer_integer(answer, (int64_t)total.of_others);
    projection_answer_integer(answer, (int64_t)mass_days);
}

enum ledger_err taken_back_answer(struct projection_view *view,
                                  const struct projection_arguments *arguments,
                                  struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t actors = BY_ACTOR;
    struct ledger_arena *arena = projection_view_arena(view);
    struct taken_back taken_back = {.view = view,
                                    .arena = arena,
                                    .actor = projection_argument(arguments, "actor"),
                                    .mass = MASS_DEFAULT,
                                    .ids = {.arena = arena},
                                    .error = error};
    uint64_t limit = 0;
    bool present;
    enum ledger_err err = projection_argument_period(arguments, &taken_back.period, error);
    if (!err)
        err = projection_argument_u64(arguments, "mass", &taken_back.mass, &present, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &present, error);
    if (err)
        return err;
    taken_back.scratch = ledger_arena_new(0);
    if (!taken_back.scratch)
        return projection_no_memory(error);
    err = take_all(&taken_back);
    ledger_arena_free(taken_back.scratch);
    if (err)
        return err;
    answer_days(&taken_back, answer, limit);
    projection_answer_note(answer, "Many at once are more than %s by one actor on one day.",
                           projection_count(answer, taken_back.mass, "retraction", "retractions"));
    if (taken_back.actor && !projection_knows(view, &actors, 1, taken_back.actor))
        projection_answer_nothing_known(answer, "actor", taken_back.actor);
    return LEDGER_E_OK;
}
