// Reading objects: one by its id, or all of a kind in one pass over the table. A client that others
// were merged into is read from the rows of all of its ids.
#include "objects.h"

#include <string.h>

static const uint8_t step_tables[OBJECT_KINDS] = {CLIENT_STEPS, DEAL_STEPS, TASK_STEPS};

const char *object_kind_text(enum object_kind kind) {
    switch (kind) {
    case OBJECT_CLIENT:
        return "client";
    case OBJECT_DEAL:
        return "deal";
    case OBJECT_TASK:
        return "task";
    }
    return NULL;
}

void objects_init(struct objects *objects, struct projection_view *view,
                  struct ledger_error *error) {
    *objects = (struct objects){.view = view,
                                .stand = standpoint_of(view),
                                .merged = {.arena = projection_view_arena(view)},
                                .error = error};
    staff_init(&objects->staff, view, &objects->stand);
}

static void clear(struct object *object, enum object_kind kind) {
    const struct object empty = {
        .kind = kind, .steps = object->steps, .capacity = object->capacity};
    *object = empty;
}

static bool add_step(struct objects *objects, const char *id, const struct projection_row *row) {
    struct object *object = &objects->current;
    if (!projection_grow(projection_view_arena(objects->view), &object->steps, &object->capacity,
                         object->count, sizeof *object->steps))
        return false;
    struct step *step = &object->steps[object->count++];
    *step = (struct step){.id = id, .row = step_row_read(row->value)};
    step->dated = dated_of(row, step->row.has_start, step->row.start);
    step->begun = dated_begun(&step->dated, &objects->stand);
    if (step->dated.known || !objects->stand.occurred)
        return true;
    // What was there at an unknown time is taken to have been there; what became of it is not.
    if (step->row.kind == STEP_STARTED)
        step->begun = true;
    else
        objects->unknown_time++;
    return true;
}

static bool read_rows(struct objects *objects, const char *id) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, id);
    struct projection_cursor *cursor =
        projection_scan(objects->view, step_tables[objects->current.kind], &key, true);
    bool read = true;
    while (read && projection_next(cursor, &row))
        read = add_step(objects, id, &row);
    projection_scan_end(cursor);
    return read;
}

static enum ledger_err finish(struct objects *objects, const struct object **object) {
    if (!object_fold(objects, &objects->current))
        return projection_no_memory(objects->error);
    *object = &objects->current;
    return LEDGER_E_OK;
}

enum ledger_err object_read(struct objects *objects, enum object_kind kind, const char *id,
                            const struct object **object) {
    const char *const *ids = &id;
    size_t count = 1;
    *object = NULL;
    clear(&objects->current, kind);
    if (kind == OBJECT_CLIENT)
        count = projection_view_client_ids(objects->view, id, &ids);
    for (size_t i = 0; i < count; i++)
        if (!read_rows(objects, ids[i]))
            return projection_no_memory(objects->error);
    if (!objects->current.count)
        return LEDGER_E_OK;
    objects->current.id = ids[0];
    return finish(objects, object);
}

// ---- all of a kind
void objects_begin(struct objects *objects, enum object_kind kind) {
    objects->kind = kind;
    objects->cursor = projection_scan(objects->view, step_tables[kind], NULL, true);
    objects->more = projection_next(objects->cursor, &objects->row);
}

// The rows of the next id, as they stand in the table.
static bool read_group(struct objects *objects) {
    struct object *object = &objects->current;
    clear(object, objects->kind);
    while (objects->more) {
        struct ledger_span id;
        struct ledger_span key = objects->row.key;
        if (projection_key_read_text(&key, &id)) {
            if (object->id && strcmp(object->id, (const char *)id.data) != 0)
                break;
            object->id = (const char *)id.data;
            if (!add_step(objects, object->id, &objects->row))
                return false;
        }
        objects->more = projection_next(objects->cursor, &objects->row);
    }
    if (!objects->more)
        projection_scan_end(objects->cursor);
    return true;
}

enum ledger_err objects_next(struct objects *objects, const struct object **object) {
    *object = NULL;
    for (;;) {
        uint64_t unknown_time = objects->unknown_time;
        if (!read_group(objects))
            return projection_no_memory(objects->error);
        const char *id = objects->current.id;
        if (!id)
            return LEDGER_E_OK;
        const char *const *ids;
        if (objects->kind != OBJECT_CLIENT ||
            projection_view_client_ids(objects->view, id, &ids) < 2)
            return finish(objects, object);
        objects->unknown_time = unknown_time; // they are read again, with the other ids
        size_t done = objects->merged.count;
        size_t number = projection_ids_add(&objects->merged, ids[0]);
        if (number == PROJECTION_ID_NONE)
            return projection_no_memory(objects->error);
        if (number == done)
            return object_read(objects, OBJECT_CLIENT, id, object);
    }
}

void objects_notes(const struct objects *objects, struct projection_answer *answer) {
    standpoint_note(&objects->stand, answer);
    if (objects->unknown_time)
        projection_answer_note(answer, "%s left out, since the question is as of an occurred time.",
                               projection_count(answer, objects->unknown_time,
                                                "step of unknown time (an assignment, an end) is",
                                                "steps of unknown time (assignments, ends) are"));
}
