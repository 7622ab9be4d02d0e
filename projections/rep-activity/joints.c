#include "joints.h"

#include <stdlib.h>
#include <string.h>

#include "visit_states.h"

struct record {
    const char *visit;
    struct joint_row row;
    uint64_t position;
    struct ledger_moment occurred;
};

struct records {
    struct record *list;
    size_t count, capacity;
};

// Each fact stands under both: `employee` sees those in which it has the part that is asked for.
static enum ledger_err read_records(struct records *records, struct scope *scope,
                                    const char *employee, const char *rep, const char *companion,
                                    struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(scope->view);
    struct projection_key prefix = {0};
    struct projection_row row;
    if (employee)
        projection_key_text(&prefix, employee);
    struct projection_cursor *cursor = projection_scan(scope->view, JOINTS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct ledger_span id, visit;
        struct joint_row joint;
        if (!projection_key_read_text(&row.key, &id) || !projection_key_read_text(&row.key, &visit))
            continue;
        if (!joint_row_read(row.value, arena, &joint))
            return projection_no_memory(error);
        bool other_row = !employee && strcmp((const char *)id.data, joint.rep) != 0;
        if (other_row || (rep && strcmp(rep, joint.rep) != 0) ||
            (companion && strcmp(companion, joint.companion) != 0))
            continue;
        if (!projection_grow(arena, &records->list, &records->capacity, records->count,
                             sizeof *records->list))
            return projection_no_memory(error);
        records->list[records->count++] =
            (struct record){(const char *)visit.data, joint, row.position, row.occurred};
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static int compare_moments(const struct ledger_moment *left, const struct ledger_moment *right) {
    bool left_known = left->when != LEDGER_WHEN_UNKNOWN;
    bool right_known = right->when != LEDGER_WHEN_UNKNOWN;
    if (left_known != right_known)
        return left_known ? 1 : -1;
    if (!left_known || left->micros == right->micros)
        return 0;
    return left->micros < right->micros ? -1 : 1;
}

static int by_visit(const void *a, const void *b) {
    const struct record *left = a;
    const struct record *right = b;
    int order = strcmp(left->visit, right->visit);
    if (!order)
        order = strcmp(left->row.rep, right->row.rep);
    if (!order)
        order = strcmp(left->row.companion, right->row.companion);
    if (!order)
        order = compare_moments(&left->occurred, &right->occurred);
    if (order)
        return order;
    return left->position < right->position ? -1 : left->position > right->position;
}

static int by_rep_and_time(const void *a, const void *b) {
    const struct joint *left = a;
    const struct joint *right = b;
    int order = strcmp(left->rep, right->rep);
    if (!order)
        order = compare_moments(&left->when, &right->when);
    if (!order)
        order = strcmp(left->visit, right->visit);
    return order ? order : strcmp(left->companion, right->companion);
}

static bool is_same(const struct record *a, const struct record *b) {
    return strcmp(a->visit, b->visit) == 0 && strcmp(a->row.rep, b->row.rep) == 0 &&
           strcmp(a->row.companion, b->row.companion) == 0;
}

static void take(struct joint *joint, const struct record *record) {
    const struct joint_row *row = &record->row;
    bool of_companion = strcmp(row->actor, row->companion) == 0;
    joint->by_rep |= strcmp(row->actor, row->rep) == 0;
    joint->by_companion |= of_companion;
    if (row->role && (of_companion || !joint->role))
        joint->role = row->role;
    if (row->score_count && (!joint->score_count || (of_companion && !joint->companion_scored))) {
        joint->scores = row->scores;
        joint->score_count = row->score_count;
        joint->companion_scored = of_companion;
    }
}

static enum ledger_err add_joint(struct joints *joints, struct scope *scope, struct joint *joint,
                                 struct ledger_error *error) {
    struct visit_state visit;
    bool found;
    enum ledger_err err = visit_state_of(scope->view, joint->visit, &visit, &found, error);
    if (err)
        return err;
    joint->held = found && visit.status == VISIT_IS_HELD && strcmp(visit.rep, joint->rep) == 0;
    joint->when = joint->held ? visit.held : joint->occurred;
    if (!scope_holds(scope, joint->rep, &joint->when))
        return LEDGER_E_OK;
    if (!projection_grow(projection_view_arena(scope->view), &joints->list, &joints->capacity,
                         joints->count, sizeof *joints->list))
        return projection_no_memory(error);
    joints->list[joints->count++] = *joint;
    return LEDGER_E_OK;
}

enum ledger_err joints_read(struct joints *joints, struct scope *scope, const char *companion,
                            bool all, struct ledger_error *error) {
    struct records records = {0};
    enum ledger_err err = LEDGER_E_OK;
    *joints = (struct joints){0};
    for (size_t i = 0; !err && i < scope->rep_count; i++) {
        const char *rep = scope->reps[i];
        err = read_records(&records, scope, rep ? rep : companion, rep, companion, error);
    }
    if (records.count)
        qsort(records.list, records.count, sizeof *records.list, by_visit);
    for (size_t i = 0, next; !err && i < records.count; i = next) {
        const struct record *first = &records.list[i];
        struct joint joint = {.visit = first->visit,
                              .rep = first->row.rep,
                              .companion = first->row.companion,
                              .position = first->position,
                              .occurred = first->occurred};
        for (next = i; next < records.count && is_same(first, &records.list[next]); next++)
            take(&joint, &records.list[next]);
        if (all || strcmp(joint.rep, joint.companion) != 0)
            err = add_joint(joints, scope, &joint, error);
    }
    if (joints->count)
        qsort(joints->list, joints->count, sizeof *joints->list, by_rep_and_time);
    return err;
}
