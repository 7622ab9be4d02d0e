// Pipelines as they are defined, and the stages that only facts name.
#include <stdlib.h>
#include <string.h>

#include "deals.h"

static int by_order(const void *a, const void *b) {
    const struct stage *left = a;
    const struct stage *right = b;
    if (left->order != right->order)
        return left->order < right->order ? -1 : 1;
    return strcmp(left->id, right->id);
}

static bool add_stage(struct pipelines *pipelines, struct pipeline *pipeline, struct stage stage) {
    if (!projection_grow(projection_view_arena(pipelines->view), &pipeline->stages,
                         &pipeline->capacity, pipeline->count, sizeof stage))
        return false;
    pipeline->stages[pipeline->count++] = stage;
    return true;
}

static bool define(struct pipelines *pipelines, struct pipeline *pipeline,
                   struct ledger_span value) {
    struct projection_reader reader = {value};
    pipeline->name = projection_read_text(&reader);
    int64_t count = projection_read_number(&reader);
    for (int64_t i = 0; i < count; i++) {
        struct stage stage = {.id = projection_read_text(&reader)};
        stage.name = projection_read_text(&reader);
        stage.kind = (enum stage_kind)projection_read_number(&reader);
        stage.order = (uint32_t)projection_read_number(&reader);
        if (stage.id && !add_stage(pipelines, pipeline, stage))
            return false;
    }
    if (pipeline->count)
        qsort(pipeline->stages, pipeline->count, sizeof(struct stage), by_order);
    return true;
}

// The definition that stands at the view's time; a pipeline may be defined again.
static bool add_pipeline(struct pipelines *pipelines, const char *id, size_t *number) {
    struct projection_key key = {0};
    struct projection_row row;
    *number = projection_ids_add(&pipelines->ids, id);
    if (*number == PROJECTION_ID_NONE ||
        !projection_grow(projection_view_arena(pipelines->view), &pipelines->list,
                         &pipelines->capacity, *number, sizeof(struct pipeline)))
        return false;
    struct pipeline *pipeline = &pipelines->list[*number];
    pipeline->id = pipelines->ids.texts[*number];
    projection_key_text(&key, id);
    return !projection_standing(pipelines->view, PIPELINES, &key, &row) ||
           define(pipelines, pipeline, row.value);
}

bool pipelines_find(struct pipelines *pipelines, const char *id, size_t *number) {
    const char *known = id ? id : "";
    *number = projection_ids_find(&pipelines->ids, known);
    return *number != PROJECTION_ID_NONE || add_pipeline(pipelines, known, number);
}

bool pipeline_stage(struct pipelines *pipelines, size_t number, const char *id, size_t *stage) {
    struct pipeline *pipeline = &pipelines->list[number];
    for (*stage = 0; *stage < pipeline->count; ++*stage)
        if (strcmp(pipeline->stages[*stage].id, id) == 0)
            return true;
    return add_stage(pipelines, pipeline,
                     (struct stage){.id = id, .kind = STAGE_UNDEFINED, .order = UINT32_MAX});
}

size_t pipeline_stage_of_kind(const struct pipeline *pipeline, enum stage_kind kind) {
    for (size_t i = 0; i < pipeline->count; i++)
        if (pipeline->stages[i].kind == kind)
            return i;
    return SIZE_MAX;
}

enum ledger_err pipelines_read(struct pipelines *pipelines, struct projection_view *view,
                               struct ledger_error *error) {
    *pipelines = (struct pipelines){.view = view, .ids = {.arena = projection_view_arena(view)}};
    struct projection_cursor *cursor = projection_scan(view, PIPELINES, NULL, true);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        struct ledger_span id;
        size_t number;
        if (projection_key_read_text(&row.key, &id) &&
            !pipelines_find(pipelines, (const char *)id.data, &number))
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}
