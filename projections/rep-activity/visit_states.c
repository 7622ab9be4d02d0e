#include "visit_states.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/ids.h"
#include "runtime/order.h"

struct visit_event {
    uint64_t position;
    struct ledger_moment occurred;
    struct visit_fact fact;
};

const struct visit_flag_text visit_flag_texts[VISIT_FLAGS] = {
    [REPORTED_TWICE] = {"reported_twice",
                        "The visit was reported before: it counts once, as first reported."},
    [REPORTED_AFTER_CANCELLED] = {"reported_after_cancelled",
                                  "The visit was called off before it was reported: it counts as "
                                  "held."},
    [CANCELLED_AFTER_REPORTED] = {"cancelled_after_reported",
                                  "The visit was reported before it was called off: it counts as "
                                  "held."},
    [CANCELLED_TWICE] = {"cancelled_twice", "The visit was called off before: the first counts."},
    [PLANNED_TWICE] =
        {"planned_twice",
         "The visit was planned before: the first plan counts, and how it was moved."},
    [NEVER_PLANNED] = {"never_planned",
                       "The visit was moved or called off, and nothing before says that it was "
                       "planned."},
    [MOVED_AFTER_CLOSED] = {"moved_after_closed",
                            "The visit was moved after it was held or called off: it is not."},
    [OTHER_CLIENT] = {"other_client", "The visit was planned to one client and reported of "
                                      "another: it counts for the one reported."},
    [JOINT_NOT_REPORTED] = {"joint_not_reported",
                            "Two are said to have been on a visit that the "
                            "representative did not report: it is in no share."},
    [COMPANION_IS_REP] = {"companion_is_rep", "The companion is the representative: it is no joint "
                                              "visit."},
};

const char *visit_status_text(enum visit_status status) {
    switch (status) {
    case VISIT_IS_PLANNED:
        return "planned";
    case VISIT_IS_CANCELLED:
        return "cancelled";
    case VISIT_IS_NOT_HELD:
        return "not held";
    case VISIT_IS_HELD:
        return "held";
    }
    return NULL;
}

const struct ledger_moment *visit_when(const struct visit_state *visit) {
    if (visit->status == VISIT_IS_HELD)
        return &visit->held;
    return visit->start.when != LEDGER_WHEN_UNKNOWN ? &visit->start : &visit->closed;
}

// ---- one visit
static bool flag(struct visit_state *visit, struct ledger_arena *arena,
                 const struct visit_event *event, enum visit_flag which) {
    if (!projection_grow(arena, &visit->contradictions, &visit->contradiction_capacity,
                         visit->contradiction_count, sizeof *visit->contradictions))
        return false;
    visit->contradictions[visit->contradiction_count++] =
        (struct visit_contradiction){which, event->position, event->occurred};
    return true;
}

static bool take_plan(struct visit_state *visit, struct ledger_arena *arena,
                      const struct visit_event *event, const char *client) {
    const struct visit_fact *fact = &event->fact;
    if (visit->planned)
        return flag(visit, arena, event, PLANNED_TWICE);
    visit->planned = true;
    if (visit->start.when == LEDGER_WHEN_UNKNOWN)
        visit->start = fact->start;
    if (visit->status == VISIT_IS_HELD)
        return !client || !visit->client || strcmp(client, visit->client) == 0 ||
               flag(visit, arena, event, OTHER_CLIENT);
    visit->rep = fact->rep;
    visit->client = client;
    visit->kind = fact->word;
    visit->territory = fact->territory;
    visit->channel = fact->channel;
    return true;
}

static bool take_move(struct visit_state *visit, struct ledger_arena *arena,
                      const struct visit_event *event) {
    if (visit->status != VISIT_IS_PLANNED)
        return flag(visit, arena, event, MOVED_AFTER_CLOSED);
    visit->moves++;
    visit->start = event->fact.start;
    if (visit->planned)
        return true;
    if (!visit->rep)
        visit->rep = event->fact.rep;
    return flag(visit, arena, event, NEVER_PLANNED);
}

static bool take_cancel(struct visit_state *visit, struct ledger_arena *arena,
                        const struct visit_event *event) {
    if (visit->status == VISIT_IS_HELD)
        return flag(visit, arena, event, CANCELLED_AFTER_REPORTED);
    if (visit->status != VISIT_IS_PLANNED)
        return flag(visit, arena, event, CANCELLED_TWICE);
    visit->status = event->fact.kind == VISIT_NOT_HELD ? VISIT_IS_NOT_HELD : VISIT_IS_CANCELLED;
    visit->closed = event->occurred;
    visit->reason = event->fact.word;
    if (visit->planned || visit->moves)
        return true;
    visit->rep = event->fact.rep;
    return flag(visit, arena, event, NEVER_PLANNED);
}

static bool take_report(struct visit_state *visit, struct ledger_arena *arena,
                        const struct visit_event *event, const char *client) {
    const struct visit_fact *fact = &event->fact;
    if (visit->status == VISIT_IS_HELD)
        return flag(visit, arena, event, REPORTED_TWICE);
    if (visit->status != VISIT_IS_PLANNED && !flag(visit, arena, event, REPORTED_AFTER_CANCELLED))
        return false;
    if (visit->planned && visit->client && client && strcmp(visit->client, client) != 0 &&
        !flag(visit, arena, event, OTHER_CLIENT))
        return false;
    visit->status = VISIT_IS_HELD;
    visit->held = event->occurred;
    visit->rep = fact->rep;
    visit->client = client;
    visit->kind = fact->word ? fact->word : visit->kind;
    visit->result = fact->result;
    visit->territory = fact->territory ? fact->territory : visit->territory;
    visit->channel = fact->channel;
    visit->details = fact->details;
    visit->detail_count = fact->detail_count;
    visit->samples = fact->samples;
    visit->sample_count = fact->sample_count;
    visit->agreements = fact->agreements;
    visit->next_step = fact->next_step;
    return true;
}

// By (occurred, position); unknown times first.
static int by_time(const void *a, const void *b) {
    const struct visit_event *left = a;
    const struct visit_event *right = b;
    return projection_fact_order(&left->occurred, left->position, &right->occurred,
                                 right->position);
}

static bool fold(struct projection_view *view, struct visit_state *visit,
                 struct visit_event *events, size_t count) {
    struct ledger_arena *arena = projection_view_arena(view);
    bool ok = true;
    qsort(events, count, sizeof *events, by_time);
    for (size_t i = 0; i < count && ok; i++) {
        const struct visit_event *event = &events[i];
        const char *client =
            event->fact.client ? projection_view_client(view, event->fact.client) : NULL;
        switch (event->fact.kind) {
        case VISIT_PLANNED:
            ok = take_plan(visit, arena, event, client);
            break;
        case VISIT_RESCHEDULED:
            ok = take_move(visit, arena, event);
            break;
        case VISIT_CANCELLED:
        case VISIT_NOT_HELD:
            ok = take_cancel(visit, arena, event);
            break;
        case VISIT_REPORTED:
            ok = take_report(visit, arena, event, client);
            break;
        }
    }
    if (!visit->rep)
        visit->rep = PROJECTION_NOBODY;
    return ok;
}

// ---- many
struct visit_states {
    struct projection_view *view;
    const char *rep;           // NULL = all
    struct projection_ids ids; // of the representative's visits
    size_t next;
    struct projection_cursor *cursor; // of all
    struct projection_row row;        // read ahead
    bool more;
    struct visit_event *events;
    size_t capacity;
};

static bool add_event(struct visit_states *states, size_t count) {
    struct ledger_arena *arena = projection_view_arena(states->view);
    if (!projection_grow(arena, &states->events, &states->capacity, count, sizeof *states->events))
        return false;
    struct visit_event *event = &states->events[count];
    event->position = states->row.position;
    event->occurred = states->row.occurred;
    return visit_fact_read(states->row.value, arena, &event->fact);
}

// The facts of the visit that the row read ahead is of.
static enum ledger_err fold_next(struct visit_states *states, struct visit_state *visit,
                                 bool *found, struct ledger_error *error) {
    size_t count = 0;
    *visit = (struct visit_state){0};
    for (; states->more; states->more = projection_next(states->cursor, &states->row)) {
        struct ledger_span key = states->row.key;
        struct ledger_span id;
        if (!projection_key_read_text(&key, &id))
            continue;
        if (visit->id && strcmp(visit->id, (const char *)id.data) != 0)
            break;
        visit->id = (const char *)id.data;
        if (!add_event(states, count++))
            return projection_no_memory(error);
    }
    if (!states->more)
        projection_scan_end(states->cursor);
    *found = count > 0;
    if (count && !fold(states->view, visit, states->events, count))
        return projection_no_memory(error);
    return LEDGER_E_OK;
}

static void scan(struct visit_states *states, const char *visit_id) {
    struct projection_key prefix = {0};
    if (visit_id)
        projection_key_text(&prefix, visit_id);
    states->cursor = projection_scan(states->view, VISIT_FACTS, &prefix, false);
    states->more = projection_next(states->cursor, &states->row);
    if (!states->more)
        projection_scan_end(states->cursor);
}

// Visits under the prefix and a day of the period, each once.
static enum ledger_err find_visits(struct visit_states *states, enum rep_activity_table table,
                                   const char *rep, const struct projection_period *period,
                                   struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (rep)
        projection_key_text(&prefix, rep);
    struct projection_key from = prefix;
    projection_key_day(&from, period->from);
    struct projection_cursor *cursor =
        projection_scan_from(states->view, (uint8_t)table, &prefix, &from, false);
    while (projection_next(cursor, &row)) {
        struct ledger_span part;
        int32_t day;
        if ((rep && !projection_key_read_text(&row.key, &part)) ||
            !projection_key_read_day(&row.key, &day) || !projection_key_read_text(&row.key, &part))
            continue;
        if (day > period->to)
            break;
        if (projection_ids_add(&states->ids, (const char *)part.data) == PROJECTION_ID_NONE)
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

// Somebody else may have moved a visit into the period: that stands under the mover. In a long
// period there are so many that it is better to look at all visits of the representative.
enum { PERIOD_DAYS_SHORT = 31 };

static enum ledger_err find_all(struct visit_states *states, const struct projection_period *period,
                                struct ledger_error *error) {
    static const struct projection_period ever = {INT32_MIN, INT32_MAX};
    bool brief = period && (int64_t)period->to - period->from <= PERIOD_DAYS_SHORT;
    enum ledger_err err = find_visits(states, TIES, states->rep, brief ? period : &ever, error);
    return err || !brief ? err : find_visits(states, MOVES, NULL, period, error);
}

static enum ledger_err states_begin(struct visit_states *states, struct projection_view *view,
                                    const char *rep, const struct projection_period *period,
                                    struct ledger_error *error) {
    *states = (struct visit_states){
        .view = view, .rep = rep, .ids = {.arena = projection_view_arena(view)}};
    if (rep)
        return find_all(states, period, error);
    scan(states, NULL);
    return LEDGER_E_OK;
}

// *found is false after the last.
static enum ledger_err states_next(struct visit_states *states, struct visit_state *visit,
                                   bool *found, struct ledger_error *error) {
    *found = false;
    if (!states->rep)
        return states->more ? fold_next(states, visit, found, error) : LEDGER_E_OK;
    while (states->next < states->ids.count) {
        scan(states, states->ids.texts[states->next++]);
        if (!states->more)
            continue;
        enum ledger_err err = fold_next(states, visit, found, error);
        if (err || strcmp(visit->rep, states->rep) == 0)
            return err;
        *found = false;
    }
    return LEDGER_E_OK;
}

enum ledger_err visit_states_each(struct projection_view *view, const char *rep,
                                  const struct projection_period *period,
                                  enum ledger_err (*take)(void *user, struct visit_state *visit,
                                                          struct ledger_error *error),
                                  void *user, struct ledger_error *error) {
    struct visit_states states;
    enum ledger_err err = states_begin(&states, view, rep, period, error);
    for (;;) {
        struct visit_state visit;
        bool found;
        if (!err)
            err = states_next(&states, &visit, &found, error);
        if (err || !found)
            return err;
        err = take(user, &visit, error);
    }
}

enum ledger_err visit_state_of(struct projection_view *view, const char *visit_id,
                               struct visit_state *visit, bool *found, struct ledger_error *error) {
    struct visit_states states = {.view = view};
    *found = false;
    scan(&states, visit_id);
    return states.more ? fold_next(&states, visit, found, error) : LEDGER_E_OK;
}
