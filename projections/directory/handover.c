// The handover of somebody who leaves: everything held on the last day, what of it moved, to whom
// and when. Complete is 1: items moved / items held on the last day.
//
// Held on the last day: owned by them when the day began, or given to them on it, and open then.
// What an item was moved to counts from that day on.
#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "holdings.h"

static const struct projection_column total_columns[] = {
    {"leaver", "Leaver", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"last_day", "Last day", PROJECTION_DATE},
    {"kind", "Kind", PROJECTION_TEXT},
    {"held", "Held on the last day", PROJECTION_INTEGER},
    {"moved", "Moved", PROJECTION_INTEGER},
    {"to_nobody", "Taken, given to nobody", PROJECTION_INTEGER},
    {"closed", "Closed, not moved", PROJECTION_INTEGER},
    {"left", "Still held", PROJECTION_INTEGER},
    {"elsewhere", "Moved, but not by this handover", PROJECTION_INTEGER},
    {"completeness", "Moved / held", PROJECTION_RATIO},
    {"moved_before", "Moved before the last day", PROJECTION_INTEGER},
};
static const struct projection_column item_columns[] = {
    {"leaver", "Leaver", PROJECTION_ID, .detail = true},
    {"kind", "Kind", PROJECTION_TEXT},
    {"id", "Id", PROJECTION_ID},
    {"name", "Name or subject", PROJECTION_TEXT},
    {"outcome", "Outcome", PROJECTION_TEXT},
    {"to", "To", PROJECTION_ID},
    {"to_name", "To, name", PROJECTION_TEXT},
    {"when", "When", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"handover", "Handover", PROJECTION_TEXT, .detail = true},
};

enum outcome { NOT_HELD, MOVED, TO_NOBODY, CLOSED, LEFT, ELSEWHERE, MOVED_BEFORE };
enum { OUTCOMES = MOVED_BEFORE + 1 };
static const char *const outcome_texts[OUTCOMES] = {
    [NOT_HELD] = NULL,
    [MOVED] = "moved",
    [TO_NOBODY] = "to nobody",
    [CLOSED] = "closed, not moved",
    [LEFT] = "still held",
    [ELSEWHERE] = "not by this handover",
    [MOVED_BEFORE] = "moved before the last day",
};

struct item {
    const char *leaver, *id, *name;
    enum object_kind kind;
    enum outcome outcome;
    const char *to, *correlation;
    struct dated when;
    int64_t reason;
};

struct handover {
    struct objects objects;
    const char *correlation; // only its moves count; NULL = any
    struct item *items;
    size_t count, capacity;
};

static bool is_owner(const struct step *step, const char *employee) {
    return step->owner_after && strcmp(step->owner_after, employee) == 0;
}

static bool is_before(const struct step *step, int32_t day) {
    return !step->dated.known || step->dated.day < day;
}

// The first step after which they hold it on the last day; NULL if they do not.
static const struct step *holding_step(const struct object *object, const char *leaver,
                                       int32_t last_day) {
    const struct step *state = NULL; // the last step before the day
    const struct step *end = object->steps + object->count;
    bool client = object->kind == OBJECT_CLIENT;
    const struct step *step = object->steps;
    if (client && !object->started)
        return NULL;
    for (; step < end && is_before(step, last_day); step++)
        state = step;
    if (state && is_owner(state, leaver) && !state->ended_after)
        return state;
    for (; step < end && step->dated.day == last_day; step++)
        if (step->owner_step && is_owner(step, leaver) && !step->ended_after)
            return step;
    return NULL;
}

static bool takes_away(const struct handover *handover, const struct step *step) {
    return step->owner_step &&
           (!handover->correlation ||
            (step->row.correlation && strcmp(step->row.correlation, handover->correlation) == 0));
}

static void set_move(struct item *item, const struct step *step, enum outcome outcome) {
    item->outcome = outcome;
    item->to = step->row.to;
    item->when = step->dated;
    item->reason = step->row.reason;
    item->correlation = step->row.correlation;
}

static void follow(const struct handover *handover, const struct object *object,
                   const struct step *held, struct item *item) {
    const struct step *end = object->steps + object->count;
    bool theirs = object->owner && strcmp(object->owner, item->leaver) == 0;
    item->outcome = object->ended ? CLOSED : theirs ? LEFT : ELSEWHERE;
    for (const struct step *step = held + 1; step < end; step++) {
        if (!takes_away(handover, step) || is_owner(step, item->leaver))
            continue;
        set_move(item, step, step->row.to ? MOVED : TO_NOBODY);
        if (step->row.to)
            return;
    }
}

// A leaver's items may move ahead of the last day; they are then not held on it.
static void find_earlier_move(const struct object *object, int32_t last_day, struct item *item) {
    const struct step *end = object->steps + object->count;
    for (const struct step *step = object->steps; step < end && is_before(step, last_day); step++)
        if (step->owner_step && step->row.from && strcmp(step->row.from, item->leaver) == 0 &&
            step->row.reason == FACTS__V1__CLIENT_REASSIGNED__REASON__LEAVER)
            set_move(item, step, MOVED_BEFORE);
}

static enum ledger_err look(struct handover *handover, enum object_kind kind, const char *id,
                            const char *leaver, int32_t last_day) {
    struct objects *objects = &handover->objects;
    const struct object *object;
    enum ledger_err err = object_read(objects, kind, id, &object);
    if (err || !object || object->left_out)
        return err;
    struct item item = {
        .leaver = leaver, .id = id, .name = object_name(objects->view, object), .kind = kind};
    const struct step *held = holding_step(object, leaver, last_day);
    if (held)
        follow(handover, object, held, &item);
    else
        find_earlier_move(object, last_day, &item);
    if (item.outcome == NOT_HELD)
        return LEDGER_E_OK;
    if (!projection_grow(projection_view_arena(objects->view), &handover->items,
                         &handover->capacity, handover->count, sizeof *handover->items))
        return projection_no_memory(objects->error);
    handover->items[handover->count++] = item;
    return LEDGER_E_OK;
}

static void answer_total(const struct handover *handover, struct projection_answer *answer,
                         const struct employee *leaver, int32_t last_day, size_t first,
                         size_t kind) {
    int64_t counts[OUTCOMES] = {0};
    for (size_t i = first; i < handover->count; i++)
        if (kind == OBJECT_KINDS || handover->items[i].kind == kind)
            counts[handover->items[i].outcome]++;
    int64_t held =
        counts[MOVED] + counts[TO_NOBODY] + counts[CLOSED] + counts[LEFT] + counts[ELSEWHERE];
    projection_answer_text(answer, leaver->id);
    projection_answer_text(answer, leaver->name);
    projection_answer_day(answer, last_day);
    projection_answer_text(answer,
                           kind == OBJECT_KINDS ? "all" : object_kind_text((enum object_kind)kind));
    projection_answer_integer(answer, held);
    projection_answer_integer(answer, counts[MOVED]);
    projection_answer_integer(answer, counts[TO_NOBODY]);
    projection_answer_integer(answer, counts[CLOSED]);
    projection_answer_integer(answer, counts[LEFT]);
    projection_answer_integer(answer, counts[ELSEWHERE]);
    projection_answer_ratio(answer, counts[MOVED], held);
    projection_answer_integer(answer, counts[MOVED_BEFORE]);
}

static enum ledger_err answer_leaver(struct handover *handover, const char *id,
                                     struct projection_answer *answer) {
    struct objects *objects = &handover->objects;
    const struct employee *leaver;
    struct holdings holdings;
    size_t first = handover->count;
    enum ledger_err err = staff_find(&objects->staff, id, &leaver, objects->error);
    if (!err)
        err = holdings_read(objects->view, id, &holdings, objects->error);
    if (err)
        return err;
    int32_t last_day = leaver->has_last_day ? leaver->last_day : objects->stand.day;
    for (size_t kind = 0; kind < OBJECT_KINDS; kind++)
        for (size_t i = 0; i < holdings.ids[kind].count && !err; i++)
            err = look(handover, (enum object_kind)kind, holdings.ids[kind].texts[i], leaver->id,
                       last_day);
    if (err)
        return err;
    for (size_t kind = 0; kind <= OBJECT_KINDS; kind++)
        answer_total(handover, answer, leaver, last_day, first, kind);
    if (!leaver->has_last_day)
        projection_answer_note(answer,
                               "Nothing gives %.200s a last day: what is held on the day looked "
                               "from is taken.",
                               id);
    return LEDGER_E_OK;
}

static enum ledger_err leavers_of(struct projection_view *view, const char *correlation,
                                  struct projection_ids *leavers, struct ledger_error *error) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, correlation);
    struct projection_cursor *cursor = projection_scan(view, HANDOVERS, &key, true);
    while (projection_next(cursor, &row)) {
        struct ledger_span id, leaver;
        if (projection_key_read_text(&row.key, &id) &&
            projection_key_read_text(&row.key, &leaver) &&
            projection_ids_add(leavers, (const char *)leaver.data) == PROJECTION_ID_NONE)
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static void answer_item(const struct handover *handover, struct projection_answer *answer,
                        const struct item *item) {
    struct projection_view *view = handover->objects.view;
    bool moved = item->when.position;
    projection_answer_text(answer, item->leaver);
    projection_answer_text(answer, object_kind_text(item->kind));
    projection_answer_text(answer, item->id);
    projection_answer_text(answer, item->name);
    projection_answer_text(answer, outcome_texts[item->outcome]);
    projection_answer_text(answer, item->to);
    projection_answer_text(answer, employee_name(view, item->to));
    if (moved)
        answer_dated(answer, &item->when);
    else
        projection_answer_none(answer);
    answer_code(view, answer, &facts__v1__client_reassigned__reason__descriptor, item->reason);
    if (moved)
        projection_answer_integer(answer, (int64_t)item->when.position);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, item->correlation);
}

enum ledger_err handover_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    const char *employee = projection_argument(arguments, "employee");
    struct handover handover = {.correlation = projection_argument(arguments, "correlation")};
    struct projection_ids leavers = {.arena = projection_view_arena(view)};
    static const uint8_t tables[] = {HOLDINGS, STAFF, EMPLOYEES};
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err && !employee == !handover.correlation)
        err = ledger_fail(error, LEDGER_E_INVALID_VALUE, "employee",
                          "name the employee or the correlation, and only one of them");
    if (!err && handover.correlation)
        err = leavers_of(view, handover.correlation, &leavers, error);
    else if (!err && projection_ids_add(&leavers, employee) == PROJECTION_ID_NONE)
        err = projection_no_memory(error);
    if (err)
        return err;
    objects_init(&handover.objects, view, error);
    projection_answer_table(answer, "handover", "Handover", PROJECTION_COLUMNS(total_columns));
    for (size_t i = 0; i < leavers.count && !err; i++)
        err = answer_leaver(&handover, leavers.texts[i], answer);
    if (err)
        return err;
    projection_answer_table(answer, "items", "Item by item", PROJECTION_COLUMNS(item_columns));
    projection_answer_limit(answer, limit);
    projection_answer_detail(answer, "leaver", leavers.count < 2);
    for (size_t i = 0; i < handover.count; i++)
        answer_item(&handover, answer, &handover.items[i]);
    objects_notes(&handover.objects, answer);
    if (!leavers.count)
        projection_answer_nothing_known(answer, "handover", handover.correlation);
    else if (employee && !projection_knows(view, tables, sizeof tables, employee))
        projection_answer_nothing_known(answer, "employee", employee);
    return LEDGER_E_OK;
}
