// Pipelines as they were defined, one definition after the other, and the stages that only facts
// name. What labels and orders (names, the chain of stages) is of the definition that stands at the
// view's time; what judges a fact (what a stage means, which moves are allowed) is of the one in
// force when the fact happened.
#include <stdlib.h>
#include <string.h>

#include "deals.h"
#include "runtime/order.h"

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

// ---- definitions
static bool read_stages(struct projection_reader *reader, struct ledger_arena *arena,
                        struct definition *definition) {
    size_t count = (size_t)projection_read_number(reader);
    definition->stages = ledger_arena_calloc(arena, (count + 1) * sizeof *definition->stages);
    for (size_t i = 0; i < count && definition->stages; i++) {
        struct stage_definition stage = {.id = projection_read_text(reader)};
        stage.name = projection_read_text(reader);
        stage.kind = (enum stage_kind)projection_read_number(reader);
        stage.order = (uint32_t)projection_read_number(reader);
        stage.probability_bp = (int32_t)projection_read_number(reader);
        stage.norm_days = projection_read_number(reader);
        if (stage.id)
            definition->stages[definition->stage_count++] = stage;
    }
    return definition->stages;
}

static bool read_definition(const struct projection_row *row, struct ledger_arena *arena,
                            struct definition *definition) {
    struct projection_reader reader = {row->value};
    *definition = (struct definition){.occurred = row->occurred, .position = row->position};
    definition->name = projection_read_text(&reader);
    if (!read_stages(&reader, arena, definition))
        return false;
    definition->move_count = (size_t)projection_read_number(&reader);
    definition->moves =
        ledger_arena_calloc(arena, (definition->move_count + 1) * sizeof *definition->moves);
    for (size_t i = 0; i < definition->move_count && definition->moves; i++) {
        definition->moves[i].from = projection_read_text(&reader);
        definition->moves[i].to = projection_read_text(&reader);
    }
    return definition->moves;
}

static int by_time(const void *a, const void *b) {
    const struct definition *left = a;
    const struct definition *right = b;
    return projection_fact_order(&left->occurred, left->position, &right->occurred,
                                 right->position);
}

static bool add_definition(struct pipelines *pipelines, struct pipeline *pipeline,
                           const struct projection_row *row) {
    struct ledger_arena *arena = projection_view_arena(pipelines->view);
    return projection_grow(arena, &pipeline->definitions, &pipeline->definition_capacity,
                           pipeline->definition_count, sizeof(struct definition)) &&
           read_definition(row, arena, &pipeline->definitions[pipeline->definition_count++]);
}

// Those the view sees; if it sees none, the first that came later.
static bool read_definitions(struct pipelines *pipelines, struct pipeline *pipeline) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, pipeline->id);
    struct projection_cursor *cursor = projection_scan(pipelines->view, PIPELINES, &key, true);
    bool added = true;
    while (added && projection_next(cursor, &row))
        added = add_definition(pipelines, pipeline, &row);
    projection_scan_end(cursor);
    if (added && !pipeline->definition_count &&
        projection_standing(pipelines->view, PIPELINES, &key, &row))
        added = add_definition(pipelines, pipeline, &row);
    if (pipeline->definition_count)
        qsort(pipeline->definitions, pipeline->definition_count, sizeof(struct definition),
              by_time);
    return added;
}

const struct definition *pipeline_definition(const struct pipeline *pipeline,
                                             const struct ledger_moment *moment) {
    const struct definition *found = pipeline->definitions;
    for (size_t i = 1; i < pipeline->definition_count; i++) {
        const struct definition *next = &pipeline->definitions[i];
        if (next->occurred.when == LEDGER_WHEN_UNKNOWN || ledger_moment_by(&next->occurred, moment))
            found = next;
    }
    return pipeline->definition_count ? found : NULL;
}

const struct stage_definition *definition_stage(const struct definition *definition,
                                                const char *id) {
    for (size_t i = 0; definition && id && i < definition->stage_count; i++)
        if (strcmp(definition->stages[i].id, id) == 0)
            return &definition->stages[i];
    return NULL;
}

bool definition_allows(const struct definition *definition, const char *from, const char *to) {
    for (size_t i = 0; i < definition->move_count; i++) {
        const struct allowed_move *move = &definition->moves[i];
        if (move->from && move->to && strcmp(move->from, from) == 0 && strcmp(move->to, to) == 0)
            return true;
    }
    return definition->move_count == 0;
}

// ---- pipelines and their stages
static bool add_pipeline(struct pipelines *pipelines, const char *id, size_t *number) {
    *number = projection_ids_add(&pipelines->ids, id);
    if (*number == PROJECTION_ID_NONE ||
        !projection_grow(projection_view_arena(pipelines->view), &pipelines->list,
                         &pipelines->capacity, *number, sizeof(struct pipeline)))
        return false;
    struct pipeline *pipeline = &pipelines->list[*number];
    pipeline->id = pipelines->ids.texts[*number];
    if (!read_definitions(pipelines, pipeline))
        return false;
    if (!pipeline->definition_count)
        return true;
    const struct definition *standing = &pipeline->definitions[pipeline->definition_count - 1];
    pipeline->name = standing->name;
    for (size_t i = 0; i < standing->stage_count; i++) {
        const struct stage_definition *stage = &standing->stages[i];
        if (!add_stage(pipelines, pipeline,
                       (struct stage){.id = stage->id,
                                      .name = stage->name,
                                      .kind = stage->kind,
                                      .order = stage->order}))
            return false;
    }
    if (pipeline->count)
        qsort(pipeline->stages, pipeline->count, sizeof(struct stage), by_order);
    return true;
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

static int by_id(const void *a, const void *b) {
    const struct pipeline *left = *(const struct pipeline *const *)a;
    const struct pipeline *right = *(const struct pipeline *const *)b;
    return strcmp(left->id, right->id);
}

const struct pipeline **pipelines_sorted(const struct pipelines *pipelines) {
    size_t count = pipelines->ids.count;
    const struct pipeline **sorted =
        ledger_arena_alloc(projection_view_arena(pipelines->view), (count + 1) * sizeof *sorted);
    for (size_t i = 0; i < count && sorted; i++)
        sorted[i] = &pipelines->list[i];
    if (sorted && count)
        qsort(sorted, count, sizeof(const struct pipeline *), by_id);
    return sorted;
}

enum ledger_err pipelines_read(struct pipelines *pipelines, struct ledger_error *error) {
    struct projection_cursor *cursor = projection_scan(pipelines->view, PIPELINES, NULL, true);
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
