// How much of the work on deals is done, by the stage that the deal was in when the task was set.
#include <stdlib.h>
#include <string.h>

#include "figures.h"

enum { PER_CENT = 100 };

struct stage {
    const char *pipeline, *id; // NULL = not known
    struct figures figures;
    uint64_t progress; // per cent, summed over those not cancelled
};

struct stages {
    struct projection_ids keys; // pipeline and stage
    struct stage *list;         // by number
    size_t capacity;
    struct stage all;
};

#define DONE_COLUMNS                                                                               \
    FIGURES_COUNT_COLUMNS, {"done", "Completed, share", PROJECTION_RATIO}, {                       \
        "progress", "Degree of completion", PROJECTION_RATIO                                       \
    }
static const struct projection_column stage_columns[] = {
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Stage", PROJECTION_ID},
    DONE_COLUMNS,
};
static const struct projection_column total_columns[] = {DONE_COLUMNS};

// ---- the stage in force
// An opening comes before every move, and an unknown time before all others.
static bool is_later(const struct projection_row *row, bool opens,
                     const struct projection_row *before, bool before_opens) {
    bool known = row->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (opens != before_opens)
        return before_opens;
    if (known != (before->occurred.when != LEDGER_WHEN_UNKNOWN))
        return known;
    if (known && row->occurred.micros != before->occurred.micros)
        return row->occurred.micros > before->occurred.micros;
    return row->position > before->position;
}

// Each part is that of the last fact by then which states it.
static void find_stage(struct projection_view *view, const struct task *task, const char **pipeline,
                       const char **stage) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct projection_row last[2] = {0};
    bool opens_last[2] = {false, false};
    const char **const parts[] = {pipeline, stage};
    *pipeline = *stage = NULL;
    projection_key_text(&prefix, task->deal);
    struct projection_cursor *cursor = projection_scan(view, DEAL_STAGES, &prefix, true);
    while (projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        bool opens = projection_read_number(&reader);
        if (projection_after(&row.occurred, &task->created))
            continue;
        for (size_t i = 0; i < 2; i++) {
            const char *text = projection_read_text(&reader);
            if (!text || (*parts[i] && !is_later(&row, opens, &last[i], opens_last[i])))
                continue;
            *parts[i] = text;
            last[i] = row;
            opens_last[i] = opens;
        }
    }
    projection_scan_end(cursor);
}

// ---- counting
static bool count(struct stage *stage, struct ledger_arena *arena, const struct task *task,
                  const struct ledger_moment *now) {
    if (task->status == TASK_IS_COMPLETED)
        stage->progress += PER_CENT;
    else if (task->status == TASK_IS_OPEN && task->has_progress)
        stage->progress += (uint64_t)task->progress;
    return figures_add(&stage->figures, arena, task, now);
}

static bool add(struct stages *stages, struct projection_view *view, const struct task *task,
                const struct ledger_moment *now) {
    struct ledger_arena *arena = projection_view_arena(view);
    const char *pipeline = NULL;
    const char *id = NULL;
    if (task->created.when != LEDGER_WHEN_UNKNOWN)
        find_stage(view, task, &pipeline, &id);
    const char *key = ledger_arena_printf(arena, "%s\n%s", pipeline ? pipeline : "", id ? id : "");
    size_t number = key ? projection_ids_add(&stages->keys, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(arena, &stages->list, &stages->capacity, number, sizeof(struct stage)))
        return false;
    struct stage *stage = &stages->list[number];
    stage->pipeline = pipeline;
    stage->id = id;
    return count(stage, arena, task, now) && count(&stages->all, arena, task, now);
}

// Those not known last.
static int compare_ids(const char *a, const char *b) {
    if (!a || !b)
        return a ? -1 : b != NULL;
    return strcmp(a, b);
}

static int by_id(const void *a, const void *b) {
    const struct stage *left = a;
    const struct stage *right = b;
    int order = compare_ids(left->pipeline, right->pipeline);
    return order ? order : compare_ids(left->id, right->id);
}

static void answer_stage(struct projection_answer *answer, const struct stage *stage) {
    const struct figures *figures = &stage->figures;
    uint64_t counted = figures->tasks - figures->cancelled;
    figures_answer_counts(figures, answer);
    projection_answer_ratio(answer, figures->completed, counted);
    projection_answer_ratio(answer, stage->progress, (__int128)counted * PER_CENT);
}

enum ledger_err stages_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    const struct ledger_moment now = projection_view_today(view);
    const struct task *task = NULL;
    struct tasks tasks;
    struct task_filter filter;
    struct stages stages = {.keys = {.arena = projection_view_arena(view)}};
    enum ledger_err err = task_filter_read(&filter, view, arguments, error);
    if (!err)
        err = tasks_begin(&tasks, view, &filter, error);
    while (!err) {
        err = tasks_next(&tasks, &task, error);
        if (err || !task)
            break;
        if (task->was_created && task->deal && !add(&stages, view, task, &now))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    if (stages.keys.count)
        qsort(stages.list, stages.keys.count, sizeof(struct stage), by_id);
    projection_answer_table(answer, "stages", "Tasks of deals by stage",
                            PROJECTION_COLUMNS(stage_columns));
    for (size_t i = 0; i < stages.keys.count; i++) {
        projection_answer_text(answer, stages.list[i].pipeline);
        projection_answer_text(answer, stages.list[i].id);
        answer_stage(answer, &stages.list[i]);
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    answer_stage(answer, &stages.all);
    projection_answer_note_today(answer, view);
    tasks_notes(&tasks, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
