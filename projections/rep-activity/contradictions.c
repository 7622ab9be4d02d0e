// The facts that do not fit what came before them: each with its code, and how many there are.
#include <stdlib.h>
#include <string.h>

#include "joints.h"
#include "visit_states.h"

struct entry {
    const char *visit, *rep;
    enum visit_flag flag;
    uint64_t position;
    struct ledger_moment occurred;
};

struct contradictions {
    struct scope scope;
    struct entry *list;
    size_t count, capacity;
};

static const struct projection_column entry_columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"code", "Code", PROJECTION_TEXT},
    {"meaning", "What it means", PROJECTION_TEXT},
    {"visit", "Visit", PROJECTION_ID},
    {"rep", "Representative", PROJECTION_ID},
    {"rep_name", "Representative's name", PROJECTION_TEXT, .detail = true},
};
static const struct projection_column code_columns[] = {
    {"code", "Code", PROJECTION_TEXT},
    {"meaning", "What it means", PROJECTION_TEXT},
    {"facts", "Facts", PROJECTION_INTEGER},
};

static bool add(struct contradictions *found, const struct entry *entry) {
    if (!scope_holds(&found->scope, entry->rep, &entry->occurred))
        return true;
    if (!projection_grow(projection_view_arena(found->scope.view), &found->list, &found->capacity,
                         found->count, sizeof *found->list))
        return false;
    found->list[found->count++] = *entry;
    return true;
}

static enum ledger_err take_visit(void *user, struct visit_state *visit,
                                  struct ledger_error *error) {
    struct contradictions *found = user;
    for (size_t i = 0; i < visit->contradiction_count; i++) {
        const struct visit_contradiction *fact = &visit->contradictions[i];
        const struct entry entry = {visit->id, visit->rep, fact->flag, fact->position,
                                    fact->occurred};
        if (!add(found, &entry))
            return projection_no_memory(error);
    }
    return LEDGER_E_OK;
}

static enum ledger_err read_visits(struct contradictions *found, const char *rep,
                                   struct ledger_error *error) {
    return visit_states_each(found->scope.view, rep, NULL, take_visit, found, error);
}

static enum ledger_err read_joints(struct contradictions *found, struct ledger_error *error) {
    struct joints joints;
    enum ledger_err err = joints_read(&joints, &found->scope, NULL, true, error);
    for (size_t i = 0; !err && i < joints.count; i++) {
        const struct joint *joint = &joints.list[i];
        bool alone = strcmp(joint->rep, joint->companion) == 0;
        const struct entry entry = {joint->visit, joint->rep,
                                    alone ? COMPANION_IS_REP : JOINT_NOT_REPORTED, joint->position,
                                    joint->occurred};
        if ((alone || !joint->held) && !add(found, &entry))
            err = projection_no_memory(error);
    }
    return err;
}

static int by_position(const void *a, const void *b) {
    const struct entry *left = a;
    const struct entry *right = b;
    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    return left->flag < right->flag ? -1 : left->flag > right->flag;
}

static void answer_codes(const struct contradictions *found, struct projection_answer *answer) {
    uint64_t facts[VISIT_FLAGS] = {0};
    for (size_t i = 0; i < found->count; i++)
        facts[found->list[i].flag]++;
    projection_answer_table(answer, "codes", "Contradictions by kind",
                            PROJECTION_COLUMNS(code_columns));
    for (size_t i = 0; i < VISIT_FLAGS; i++) {
        if (!facts[i])
            continue;
        projection_answer_text(answer, visit_flag_texts[i].code);
        projection_answer_text(answer, visit_flag_texts[i].sentence);
        projection_answer_integer(answer, (int64_t)facts[i]);
    }
}

static void answer_entries(const struct contradictions *found, struct projection_answer *answer) {
    projection_answer_table(answer, "facts", "Contradicting facts",
                            PROJECTION_COLUMNS(entry_columns));
    projection_answer_limit(answer, found->scope.limit);
    for (size_t i = 0; i < found->count; i++) {
        const struct entry *entry = &found->list[i];
        projection_answer_integer(answer, (int64_t)entry->position);
        projection_answer_moment(answer, &entry->occurred);
        projection_answer_text(answer, visit_flag_texts[entry->flag].code);
        projection_answer_text(answer, visit_flag_texts[entry->flag].sentence);
        projection_answer_text(answer, entry->visit);
        projection_answer_text(answer, entry->rep);
        projection_answer_text(answer, projection_name(found->scope.view, EMPLOYEES, entry->rep));
    }
}

enum ledger_err contradictions_answer(struct projection_view *view,
                                      const struct projection_arguments *arguments,
                                      struct projection_answer *answer,
                                      struct ledger_error *error) {
    struct contradictions found = {0};
    enum ledger_err err = scope_begin(&found.scope, view, arguments, error);
    for (size_t i = 0; !err && i < found.scope.rep_count; i++)
        err = read_visits(&found, found.scope.reps[i], error);
    if (!err)
        err = read_joints(&found, error);
    if (!err && found.scope.territories.failed)
        err = projection_no_memory(error);
    if (err)
        return err;
    if (found.count)
        qsort(found.list, found.count, sizeof *found.list, by_position);
    answer_codes(&found, answer);
    answer_entries(&found, answer);
    scope_notes(&found.scope, arguments, answer);
    return LEDGER_E_OK;
}
