// The fold: an object's steps, in order, make its state. What contradicts is taken as it comes,
// flagged and counted; the last word stands.
//
// Of merged clients, the survivor's own owner and status stay (as in ClientsMerged: a field that is
// not chosen keeps the survivor's value); those of a merged id count only if the survivor has none,
// or if the merge chose that id for the field "owner".
#include <stdlib.h>
#include <string.h>

#include "objects.h"

const struct contradiction_text contradiction_texts[CONTRADICTIONS] = {
    [STARTED_TWICE] = {"started_twice", "It was registered, opened or created already."},
    [NEVER_STARTED] = {"never_started", "Nothing says that it was registered, opened or created."},
    [AFTER_END] = {"after_end",
                   "The owner was changed after it was deactivated, closed, completed or "
                   "cancelled."},
    [TO_HOLDER] = {"to_holder", "It was given to who had it already."},
    [FROM_FORMER_OWNER] = {"from_former_owner",
                           "It was taken from a former owner, who no longer had it."},
    [FROM_NEVER_OWNER] = {"from_never_owner", "It was taken from somebody who never had it."},
    [SAME_DAY_TWICE] = {"same_day_twice", "It changed hands twice on one day."},
    [TO_LEAVER] = {"to_leaver", "It was given to somebody after their last day."},
};

enum {
    OWNER_STEPS = 1 << STEP_ASSIGNED | 1 << STEP_REASSIGNED,
    LIFE_STEPS = 1 << STEP_STARTED | 1 << STEP_ENDED,
};

static bool is_kind(const struct step *step, int kinds) {
    return kinds >> step->row.kind & 1;
}

// ---- order
static int by_time(const void *a, const void *b) {
    const struct step *left = a;
    const struct step *right = b;
    bool together = left->dated.known == right->dated.known &&
                    (!left->dated.known || left->dated.micros == right->dated.micros);
    bool left_starts = left->row.kind == STEP_STARTED;
    if (together && left_starts != (right->row.kind == STEP_STARTED))
        return left_starts ? -1 : 1;
    return dated_compare(&left->dated, &right->dated);
}

// ---- which id of a merged client counts
size_t field_lead(struct projection_view *view, const char *const *ids, size_t count,
                  const char *field) {
    size_t lead = 0;
    for (size_t steps = 1; steps < count; steps++) { // a choice may lead on to another
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[lead]);
        projection_key_text(&key, field);
        if (!projection_standing(view, FIELD_CHOICES, &key, &row))
            break;
        struct projection_reader reader = {row.value};
        const char *chosen = projection_read_text(&reader);
        size_t next = 0;
        while (chosen && next < count && strcmp(ids[next], chosen) != 0)
            next++;
        if (!chosen || next == count || next == lead)
            break;
        lead = next;
    }
    return lead;
}

static bool has_step(const struct object *object, const char *id, int kinds) {
    for (size_t i = 0; i < object->count; i++) {
        const struct step *step = &object->steps[i];
        if (step->begun && is_kind(step, kinds) && strcmp(step->id, id) == 0)
            return true;
    }
    return false;
}

static const char *lead_of(const struct object *object, const char *const *ids, size_t count,
                           size_t preferred, int kinds) {
    if (has_step(object, ids[preferred], kinds))
        return ids[preferred];
    for (size_t i = 0; i < count; i++)
        if (has_step(object, ids[i], kinds))
            return ids[i];
    return NULL;
}

static void mark_counting(struct objects *objects, struct object *object) {
    const char *owner_lead = NULL;
    const char *life_lead = NULL;
    const char *const *ids = NULL;
    size_t count = object->kind == OBJECT_CLIENT
                       ? projection_view_client_ids(objects->view, object->id, &ids)
                       : 1;
    if (count > 1) {
        size_t preferred = field_lead(objects->view, ids, count, "owner");
        owner_lead = lead_of(object, ids, count, preferred, OWNER_STEPS);
        life_lead = lead_of(object, ids, count, 0, LIFE_STEPS);
    }
    for (size_t i = 0; i < object->count; i++) {
        struct step *step = &object->steps[i];
        step->counts = step->begun;
        if (step->begun && owner_lead && is_kind(step, OWNER_STEPS))
            step->counts = strcmp(step->id, owner_lead) == 0;
        if (step->begun && life_lead && is_kind(step, LIFE_STEPS))
            step->counts = strcmp(step->id, life_lead) == 0;
    }
}

// ---- one step
struct folding {
    struct objects *objects;
    struct object *object;
    const struct step *last_owner_step;
    const char *pipeline;
};

static void flag(struct object *object, struct step *step, enum contradiction contradiction) {
    step->codes |= 1U << contradiction;
    object->contradictions[contradiction]++;
}

static bool ever_owned(const struct object *object, const struct step *until,
                       const char *employee) {
    for (const struct step *step = object->steps; step < until; step++)
        if (step->counts && step->owner_step && step->owner_after &&
            strcmp(step->owner_after, employee) == 0)
            return true;
    return false;
}

static bool check_leaver(struct folding *folding, struct step *step) {
    const struct employee *employee;
    if (!step->row.to || !step->dated.known)
        return true;
    if (staff_find(&folding->objects->staff, step->row.to, &employee, folding->objects->error))
        return false;
    if (employee->has_last_day && employee->last_day < step->dated.day)
        flag(folding->object, step, TO_LEAVER);
    return true;
}

static bool change_owner(struct folding *folding, struct step *step) {
    struct object *object = folding->object;
    const struct step *last = folding->last_owner_step;
    const char *from = step->row.from;
    if (object->ended)
        flag(object, step, AFTER_END);
    if (step->row.to && is_same(object->owner, step->row.to))
        flag(object, step, TO_HOLDER);
    if (from && !is_same(object->owner, from))
        flag(object, step, ever_owned(object, step, from) ? FROM_FORMER_OWNER : FROM_NEVER_OWNER);
    if (last && last->row.kind != STEP_STARTED && last->dated.known && step->dated.known &&
        last->dated.day == step->dated.day && !is_same(last->row.to, step->row.to))
        flag(object, step, SAME_DAY_TWICE);
    step->owner_step = true;
    object->owner = step->row.to;
    object->owner_since = step->dated;
    folding->last_owner_step = step;
    return check_leaver(folding, step);
}

static bool closes(struct folding *folding, const char *stage) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, folding->pipeline);
    if (!folding->pipeline || !stage ||
        !projection_standing(folding->objects->view, PIPELINES, &key, &row))
        return false;
    struct projection_reader reader = {row.value};
    int64_t count = projection_read_number(&reader);
    for (int64_t i = 0; i < count; i++) {
        const char *id = projection_read_text(&reader);
        bool closing = projection_read_number(&reader);
        if (is_same(id, stage))
            return closing;
    }
    return false;
}

static bool start(struct folding *folding, struct step *step) {
    struct object *object = folding->object;
    bool again = object->started && !(object->kind == OBJECT_CLIENT && object->ended);
    if (again) {
        flag(object, step, STARTED_TWICE);
        return true;
    }
    object->started = true;
    if (object->kind == OBJECT_CLIENT)
        object->ended = false;
    if (step->row.pipeline)
        folding->pipeline = step->row.pipeline;
    object->ended |= closes(folding, step->row.stage);
    if (!step->row.to)
        return true;
    step->owner_step = true;
    object->owner = step->row.to;
    object->owner_since = step->dated;
    folding->last_owner_step = step;
    return check_leaver(folding, step);
}

static bool fold(struct folding *folding, struct step *step) {
    struct object *object = folding->object;
    if (step->row.client)
        object->client = projection_view_client(folding->objects->view, step->row.client);
    if (step->row.label)
        object->label = step->row.label;
    if (step->row.client_kind)
        object->client_kind = step->row.client_kind;
    switch (step->row.kind) {
    case STEP_STARTED:
        return start(folding, step);
    case STEP_ASSIGNED:
    case STEP_REASSIGNED:
        return change_owner(folding, step);
    case STEP_MOVED:
        if (step->row.pipeline)
            folding->pipeline = step->row.pipeline;
        object->ended |= closes(folding, step->row.stage);
        return true;
    case STEP_ENDED:
        object->ended = true;
        return true;
    case STEP_REOPENED:
        object->ended = closes(folding, step->row.stage);
        return true;
    case STEP_SUPPORT:
    case STEP_MENTIONED:
        return true;
    }
    return true;
}

// ---- one object
// Stages that come before the opening are those of the pipeline that it names.
static const char *first_pipeline(const struct object *object) {
    for (size_t i = 0; i < object->count; i++)
        if (object->steps[i].row.kind == STEP_STARTED)
            return object->steps[i].row.pipeline;
    return NULL;
}

static void find_registration(struct object *object) {
    for (size_t i = 0; i < object->count; i++) {
        const struct step *step = &object->steps[i];
        bool better = !object->registration || !object->registration->dated.known;
        if (step->begun && step->row.kind == STEP_STARTED && better)
            object->registration = step;
    }
}

bool object_fold(struct objects *objects, struct object *object) {
    struct folding folding = {.objects = objects, .object = object};
    bool happened = !objects->stand.occurred || object->kind == OBJECT_CLIENT;
    qsort(object->steps, object->count, sizeof *object->steps, by_time);
    mark_counting(objects, object);
    folding.pipeline = first_pipeline(object);
    for (size_t i = 0; i < object->count; i++) {
        struct step *step = &object->steps[i];
        happened |= step->begun && step->dated.known;
        if (step->counts && !fold(&folding, step))
            return false;
        step->owner_after = object->owner;
        step->ended_after = object->ended;
    }
    object->contradictions[NEVER_STARTED] = !object->started;
    object->left_out = !happened;
    object->active = !object->ended && (object->started || object->kind != OBJECT_CLIENT);
    find_registration(object);
    return true;
}
