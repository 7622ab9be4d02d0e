// One client, deal or task: who owns it, and who owned it before.
#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "holdings.h"

static const struct projection_column state_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT},
    {"id", "Id", PROJECTION_ID},
    {"name", "Name or subject", PROJECTION_TEXT},
    {"open", "Active or open", PROJECTION_FLAG},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"since", "Since", PROJECTION_TEXT},
    {"employment", "Owner's employment", PROJECTION_TEXT},
    {"contradictions", "Contradictions", PROJECTION_INTEGER},
};
static const struct projection_column owner_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT, .detail = true},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
    {"to", "To", PROJECTION_TEXT},
    {"taken_from", "Taken from", PROJECTION_ID},
    {"reason", "Reason", PROJECTION_TEXT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"position", "Position", PROJECTION_INTEGER},
    {"actor", "Actor", PROJECTION_ID, .detail = true},
    {"standing", "Standing", PROJECTION_TEXT},
    {"recorded_of", "Recorded of", PROJECTION_ID, .detail = true},
    {"contradiction", "Contradiction", PROJECTION_TEXT},
};
static const struct projection_column support_columns[] = {
    {"employee", "Employee", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column contradiction_columns[] = {
    {"code", "Code", PROJECTION_TEXT},
    {"meaning", "Meaning", PROJECTION_TEXT},
    {"count", "Count", PROJECTION_INTEGER},
};

static uint64_t contradictions_of(const struct object *object) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        sum += object->contradictions[i];
    return sum;
}

static enum ledger_err answer_state(struct objects *objects, struct projection_answer *answer,
                                    const struct object *object) {
    const struct employee *owner = NULL;
    if (object->owner) {
        enum ledger_err err = staff_find(&objects->staff, object->owner, &owner, objects->error);
        if (err)
            return err;
    }
    projection_answer_table(answer, object_kind_text(object->kind), "Now",
                            PROJECTION_COLUMNS(state_columns));
    projection_answer_text(answer, object_kind_text(object->kind));
    projection_answer_text(answer, object->id);
    projection_answer_text(answer, object_name(objects->view, object));
    projection_answer_flag(answer, object->active && !object->left_out);
    projection_answer_text(answer, object->owner);
    projection_answer_text(answer, owner ? owner->name : NULL);
    if (owner)
        answer_dated(answer, &object->owner_since);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, owner ? employment_text(owner->employment) : NULL);
    projection_answer_integer(answer, (int64_t)contradictions_of(object));
    return LEDGER_E_OK;
}

static bool says_owner(const struct step *step) {
    return step->owner_step || step->codes || step->row.kind == STEP_ASSIGNED ||
           step->row.kind == STEP_REASSIGNED || (step->row.kind == STEP_STARTED && step->row.to);
}

static const char *standing(const struct step *step) {
    if (step->owner_step)
        return "counts";
    if (step->counts)
        return "not taken";
    if (step->begun)
        return "of a merged id";
    return step->dated.known ? "not yet begun" : "of unknown time";
}

static const struct step *next_owner(const struct object *object, const struct step *step) {
    for (const struct step *next = step + 1; next < object->steps + object->count; next++)
        if (next->owner_step)
            return next;
    return NULL;
}

// Their codes, in one text.
static const char *codes_text(struct projection_view *view, unsigned codes) {
    const char *text = NULL;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        if (codes >> i & 1)
            text = ledger_arena_printf(projection_view_arena(view), "%s%s%s", text ? text : "",
                                       text ? ", " : "", contradiction_texts[i].code);
    return text;
}

static void answer_step(struct projection_view *view, struct projection_answer *answer,
                        const struct object *object, const struct step *step) {
    const struct step *next = step->owner_step ? next_owner(object, step) : NULL;
    projection_answer_text(answer, object_kind_text(object->kind));
    projection_answer_text(answer, step->row.to);
    projection_answer_text(answer, employee_name(view, step->row.to));
    answer_dated(answer, &step->dated);
    if (next)
        answer_dated(answer, &next->dated);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, step->row.from);
    answer_code(view, answer, &facts__v1__client_reassigned__reason__descriptor, step->row.reason);
    projection_answer_text(answer, ledger_fact_at((enum ledger_fact)step->row.type)->name);
    projection_answer_integer(answer, (int64_t)step->dated.position);
    projection_answer_text(answer, step->row.actor);
    projection_answer_text(answer, standing(step));
    projection_answer_text(answer, step->id);
    projection_answer_text(answer, codes_text(view, step->codes));
}

static void answer_supports(struct projection_view *view, struct projection_answer *answer,
                            const struct object *object) {
    projection_answer_table(answer, "support", "Support beside the owner",
                            PROJECTION_COLUMNS(support_columns));
    for (size_t i = 0; i < object->count; i++) {
        const struct step *step = &object->steps[i];
        if (step->row.kind != STEP_SUPPORT || !step->begun)
            continue;
        projection_answer_text(answer, step->row.to);
        projection_answer_text(answer, employee_name(view, step->row.to));
        answer_dated(answer, &step->dated);
        projection_answer_integer(answer, (int64_t)step->dated.position);
    }
}

static enum ledger_err answer_object(struct objects *objects, struct projection_answer *answer,
                                     const struct object *object) {
    enum ledger_err err = answer_state(objects, answer, object);
    if (err)
        return err;
    const char *kind = object_kind_text(object->kind);
    const char *name = ledger_arena_printf(projection_view_arena(objects->view), "%s_owners", kind);
    if (!name)
        return projection_no_memory(objects->error);
    projection_answer_table(answer, name, "Owners", PROJECTION_COLUMNS(owner_columns));
    for (size_t i = 0; i < object->count; i++)
        if (says_owner(&object->steps[i]))
            answer_step(objects->view, answer, object, &object->steps[i]);
    if (object->kind == OBJECT_CLIENT)
        answer_supports(objects->view, answer, object);
    return LEDGER_E_OK;
}

static enum ledger_err kind_wanted(const struct projection_arguments *arguments, size_t *wanted,
                                   struct ledger_error *error) {
    const char *text = projection_argument(arguments, "kind");
    for (*wanted = 0; text && *wanted < OBJECT_KINDS; ++*wanted)
        if (strcmp(object_kind_text((enum object_kind) * wanted), text) == 0)
            return LEDGER_E_OK;
    *wanted = OBJECT_KINDS;
    if (!text)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, "kind", "%.60s is no client, deal or task",
                       text);
}

enum ledger_err owner_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    const char *id = projection_argument(arguments, "id");
    struct objects objects;
    uint64_t counts[CONTRADICTIONS] = {0};
    bool found = false;
    size_t wanted;
    enum ledger_err err = kind_wanted(arguments, &wanted, error);
    objects_init(&objects, view, error);
    for (size_t kind = 0; kind < OBJECT_KINDS && !err; kind++) {
        const struct object *object;
        if (wanted != OBJECT_KINDS && wanted != kind)
            continue;
        err = object_read(&objects, (enum object_kind)kind, id, &object);
        if (err || !object)
            continue;
        found = true;
        err = answer_object(&objects, answer, object);
        for (size_t i = 0; i < CONTRADICTIONS; i++)
            counts[i] += object->contradictions[i];
    }
    if (err)
        return err;
    projection_answer_table(answer, "contradictions", "Contradictions",
                            PROJECTION_COLUMNS(contradiction_columns));
    for (size_t i = 0; i < CONTRADICTIONS; i++) {
        if (!counts[i])
            continue;
        projection_answer_text(answer, contradiction_texts[i].code);
        projection_answer_text(answer, contradiction_texts[i].sentence);
        projection_answer_integer(answer, (int64_t)counts[i]);
    }
    objects_notes(&objects, answer);
    if (!found)
        projection_answer_nothing_known(answer,
                                        wanted < OBJECT_KINDS
                                            ? object_kind_text((enum object_kind)wanted)
                                            : "a client, deal or task",
                                        id);
    return LEDGER_E_OK;
}
