#include "targets.h"

#include <stdlib.h>
#include <string.h>

#include "visit_states.h"

// ---- which there are
// The day by which a target is somebody's: now, within the target's dates.
static int32_t day_of_reckoning(const struct targets *targets, const struct target_row *row) {
    int32_t day = targets->now.when == LEDGER_WHEN_UNKNOWN ? row->from : targets->now.day;
    return day < row->from ? row->from : day > row->to ? row->to : day;
}

static bool is_later(const struct target *a, const struct target *b) {
    bool a_known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (a->row.version != b->row.version)
        return a->row.version > b->row.version;
    if (a_known != b_known)
        return a_known;
    if (a_known && a->occurred.micros != b->occurred.micros)
        return a->occurred.micros > b->occurred.micros;
    return a->position > b->position;
}

static bool is_same(const struct target *a, const struct target *b) {
    return !a->territory == !b->territory && a->row.channel == b->row.channel &&
           strcmp(a->raw_client, b->raw_client) == 0 && strcmp(a->plan, b->plan) == 0;
}

// Versions of one target stand together in the table: `first` is where its holder begins.
static bool add_version(struct targets *targets, size_t first, const struct target *target) {
    for (size_t i = targets->count; i > first; i--) {
        struct target *before = &targets->list[i - 1];
        if (strcmp(before->raw_client, target->raw_client) != 0 ||
            strcmp(before->plan, target->plan) != 0)
            break;
        if (is_same(before, target)) {
            if (is_later(target, before))
                *before = *target;
            return true;
        }
    }
    if (!projection_grow(targets->holders.arena, &targets->list, &targets->capacity, targets->count,
                         sizeof *targets->list))
        return false;
    targets->list[targets->count++] = *target;
    return true;
}

// Drops what does not count; the rest gets its owner.
static void settle(struct targets *targets, size_t first, const char *rep) {
    struct scope *scope = targets->scope;
    size_t kept = first;
    for (size_t i = first; i < targets->count; i++) {
        struct target *target = &targets->list[i];
        int32_t day = day_of_reckoning(targets, &target->row);
        bool reversed = target->row.planned_calls && target->row.from > target->row.to;
        targets->reversed += reversed;
        if (!target->row.planned_calls || reversed || target->row.to < scope->period.from ||
            target->row.from > scope->period.to)
            continue;
        if (target->territory)
            target->rep = territories_holder(&scope->territories, target->territory, day);
        if (rep && (!target->rep || strcmp(target->rep, rep) != 0))
            continue;
        if (scope->territory && !scope_holds_day(scope, target->rep, day))
            continue;
        targets->list[kept++] = *target;
    }
    targets->count = kept;
}

// The targets of one holder, or of all if `kind` is NULL. `rep`: only those that are this one's.
static enum ledger_err read_targets(struct targets *targets, const char *kind, const char *holder,
                                    const char *rep, struct ledger_error *error) {
    struct projection_view *view = targets->scope->view;
    size_t first = targets->count;
    size_t begin = first;
    const char *before = NULL;
    struct projection_key prefix = {0};
    struct projection_row row;
    if (kind) {
        projection_key_text(&prefix, kind);
        projection_key_text(&prefix, holder);
    }
    struct projection_cursor *cursor = projection_scan(view, TARGETS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct ledger_span kinds, id, plan, client;
        if (!projection_key_read_text(&row.key, &kinds) ||
            !projection_key_read_text(&row.key, &id) ||
            !projection_key_read_text(&row.key, &plan) ||
            !projection_key_read_text(&row.key, &client))
            continue;
        bool of_rep = strcmp((const char *)kinds.data, "rep") == 0;
        struct target target = {.plan = (const char *)plan.data,
                                .raw_client = (const char *)client.data,
                                .rep = of_rep ? (const char *)id.data : NULL,
                                .territory = of_rep ? NULL : (const char *)id.data,
                                .occurred = row.occurred,
                                .position = row.position};
        if (targets->plan && strcmp(targets->plan, target.plan) != 0)
            continue;
        if (!before || strcmp(before, (const char *)id.data) != 0)
            begin = targets->count;
        before = (const char *)id.data;
        target.client = projection_view_client(view, target.raw_client);
        if (!target_row_read(row.value, targets->holders.arena, &target.row) ||
            !add_version(targets, begin, &target))
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    settle(targets, first, rep);
    return LEDGER_E_OK;
}

static enum ledger_err read_rep(struct targets *targets, const char *rep,
                                struct ledger_error *error) {
    enum ledger_err err = read_targets(targets, "rep", rep, rep, error);
    const struct holdings *held = territories_of(&targets->scope->territories, rep);
    const char **territories = held->territories;
    size_t count = held->count;
    for (size_t i = 0; !err && i < count; i++)
        err = read_targets(targets, "territory", territories[i], rep, error);
    return err;
}

// ---- by holder and client
static size_t holder_of(struct targets *targets, bool territory, const char *holder,
                        const char *client, bool add) {
    const char *key = ledger_arena_printf(targets->holders.arena, "%c%s\n%s", territory ? 't' : 'r',
                                          holder, client);
    if (!key) {
        targets->scope->territories.failed = true;
        return PROJECTION_ID_NONE;
    }
    return add ? projection_ids_add(&targets->holders, key)
               : projection_ids_find(&targets->holders, key);
}

static bool add_goals(struct target *into, const struct target *target,
                      struct ledger_arena *arena) {
    size_t capacity = into->row.goal_count + target->row.goal_count;
    struct product_goal *goals = ledger_arena_calloc(arena, (capacity + 1) * sizeof *goals);
    size_t count = into->row.goal_count;
    if (!goals)
        return false;
    if (count)
        memcpy(goals, into->row.goals, count * sizeof *goals);
    for (size_t i = 0; i < target->row.goal_count; i++) {
        const struct product_goal *goal = &target->row.goals[i];
        size_t same = 0;
        while (same < count && (!goals[same].product || !goal->product ||
                                strcmp(goals[same].product, goal->product) != 0))
            same++;
        if (same == count)
            goals[count++] = (struct product_goal){.product = goal->product};
        goals[same].calls += goal->calls;
    }
    into->row.goals = goals;
    into->row.goal_count = count;
    return true;
}

// Targets of clients that are one now are one target, so that no visit counts for both.
static bool absorb(struct target *into, const struct target *target, struct ledger_arena *arena) {
    into->row.planned_calls += target->row.planned_calls;
    into->row.from = target->row.from < into->row.from ? target->row.from : into->row.from;
    into->row.to = target->row.to > into->row.to ? target->row.to : into->row.to;
    if (into->row.territory &&
        (!target->row.territory || strcmp(into->row.territory, target->row.territory) != 0))
        into->row.territory = NULL;
    return add_goals(into, target, arena);
}

static struct target *find_same(struct targets *targets, size_t number,
                                const struct target *target) {
    for (size_t i = targets->first[number]; i; i = targets->list[i - 1].next) {
        struct target *same = &targets->list[i - 1];
        if (same->row.channel == target->row.channel && strcmp(same->plan, target->plan) == 0)
            return same;
    }
    return NULL;
}

static bool index_targets(struct targets *targets) {
    struct ledger_arena *arena = targets->holders.arena;
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        struct target target = targets->list[i];
        const char *holder = target.territory ? target.territory : target.rep;
        size_t number = holder_of(targets, target.territory, holder, target.client, true);
        if (number == PROJECTION_ID_NONE ||
            !projection_grow(arena, &targets->first, &targets->first_capacity, number,
                             sizeof *targets->first))
            return false;
        struct target *same = find_same(targets, number, &target);
        if (same) {
            if (!absorb(same, &target, arena))
                return false;
            continue;
        }
        target.next = targets->first[number];
        targets->list[kept++] = target;
        targets->first[number] = kept;
    }
    targets->count = kept;
    for (size_t i = 0; i < kept; i++) {
        struct target *target = &targets->list[i];
        target->goals_actual =
            ledger_arena_calloc(arena, (target->row.goal_count + 1) * sizeof(uint64_t));
        if (!target->goals_actual)
            return false;
    }
    return true;
}

enum ledger_err targets_begin(struct targets *targets, struct scope *scope, const char *plan,
                              struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    *targets = (struct targets){.scope = scope,
                                .plan = plan,
                                .now = projection_view_today(scope->view),
                                .holders = {.arena = projection_view_arena(scope->view)}};
    for (size_t i = 0; !err && i < scope->rep_count; i++)
        err = scope->reps[i] ? read_rep(targets, scope->reps[i], error)
                             : read_targets(targets, NULL, NULL, NULL, error);
    if (!err && (scope->territories.failed || !index_targets(targets)))
        err = projection_no_memory(error);
    return err;
}

// ---- what was done of them
static void count_goals(struct target *target, const struct visit_state *visit) {
    for (size_t goal = 0; goal < target->row.goal_count; goal++) {
        bool spoken = false;
        for (size_t i = 0; i < visit->detail_count && !spoken; i++)
            spoken = visit->details[i].product && target->row.goals[goal].product &&
                     strcmp(visit->details[i].product, target->row.goals[goal].product) == 0;
        target->goals_actual[goal] += spoken;
    }
}

static void count_visit(struct targets *targets, struct target *target, void *context) {
    const struct visit_state *visit = context;
    int32_t day = visit_when(visit)->day;
    bool held = visit->status == VISIT_IS_HELD;
    if (day < target->row.from || day > target->row.to ||
        (target->row.channel && target->row.channel != visit->channel))
        return;
    if (!target->territory && target->row.territory && visit->territory &&
        !territories_within(&targets->scope->territories, visit->territory, target->row.territory,
                            day)) {
        targets->outside_territory += held;
        return;
    }
    if (!held) {
        target->scheduled++;
        return;
    }
    target->actual++;
    if (!target->has_last || target->last < day)
        target->last = day;
    target->has_last = true;
    count_goals(target, visit);
}

static void each_of(struct targets *targets, bool territory, const char *holder, const char *client,
                    targets_visitor *visitor, void *context) {
    size_t number = holder_of(targets, territory, holder, client, false);
    if (number == PROJECTION_ID_NONE)
        return;
    for (size_t i = targets->first[number]; i; i = targets->list[i - 1].next)
        visitor(targets, &targets->list[i - 1], context);
}

void targets_each(struct targets *targets, const char *rep, const char *client, int32_t day,
                  targets_visitor *visitor, void *context) {
    struct territories *territories = &targets->scope->territories;
    each_of(targets, false, rep, client, visitor, context);
    const struct holdings *held = territories_of(territories, rep);
    for (size_t i = 0; i < held->count; i++) {
        const char *holder = territories_holder(territories, held->territories[i], day);
        if (holder && strcmp(holder, rep) == 0)
            each_of(targets, true, held->territories[i], client, visitor, context);
    }
}

static void count_state(struct targets *targets, struct visit_state *visit) {
    const struct ledger_moment *when = visit_when(visit);
    bool ahead =
        visit->status == VISIT_IS_PLANNED && projection_after(&visit->start, &targets->now);
    if (!visit->client || (visit->status != VISIT_IS_HELD && !ahead) ||
        when->when == LEDGER_WHEN_UNKNOWN)
        return;
    if (!scope_holds_day(targets->scope, visit->rep, when->day))
        return;
    targets_each(targets, visit->rep, visit->client, when->day, count_visit, visit);
}

static enum ledger_err take_visit(void *user, struct visit_state *visit,
                                  struct ledger_error *error) {
    (void)error;
    count_state(user, visit);
    return LEDGER_E_OK;
}

static enum ledger_err count_rep(struct targets *targets, const char *rep,
                                 struct ledger_error *error) {
    return visit_states_each(targets->scope->view, rep, NULL, take_visit, targets, error);
}

// Those whose visits may count for a target: of a territory's, all who ever held it.
static bool find_visitors(struct targets *targets, struct projection_ids *visitors) {
    struct projection_ids territories = {.arena = targets->holders.arena};
    for (size_t i = 0; i < targets->count; i++) {
        const struct target *target = &targets->list[i];
        size_t before = territories.count;
        if (!target->territory && projection_ids_add(visitors, target->rep) == PROJECTION_ID_NONE)
            return false;
        if (target->territory &&
            projection_ids_add(&territories, target->territory) == PROJECTION_ID_NONE)
            return false;
        if (territories.count > before)
            territories_holders(&targets->scope->territories, target->territory, visitors);
    }
    return !targets->scope->territories.failed;
}

enum ledger_err targets_count(struct targets *targets, struct ledger_error *error) {
    struct projection_ids visitors = {.arena = targets->holders.arena};
    enum ledger_err err = LEDGER_E_OK;
    bool everyone = scope_is_everyone(targets->scope);
    if (everyone && targets->count)
        err = count_rep(targets, NULL, error);
    else if (!find_visitors(targets, &visitors))
        err = projection_no_memory(error);
    for (size_t i = 0; !err && i < visitors.count; i++)
        err = count_rep(targets, visitors.texts[i], error);
    if (!err && targets->scope->territories.failed)
        err = projection_no_memory(error);
    return err;
}
