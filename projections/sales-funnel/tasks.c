#include "tasks.h"

#include <string.h>

static void happened(struct deal_task *task, const struct projection_row *row) {
    if (row->occurred.when == LEDGER_WHEN_UNKNOWN ||
        (task->has_last_day && row->occurred.day <= task->last_day))
        return;
    task->has_last_day = true;
    task->last_day = row->occurred.day;
}

static bool is_later(const struct projection_row *a, const struct ledger_moment *occurred,
                     uint64_t position) {
    bool known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (known != (occurred->when != LEDGER_WHEN_UNKNOWN))
        return known;
    if (known && a->occurred.micros != occurred->micros)
        return a->occurred.micros > occurred->micros;
    return a->position > position;
}

// Once completed or cancelled, a task is so for good; the last due day counts.
static void read_changes(struct projection_view *view, struct deal_task *task) {
    struct projection_key key = {0};
    struct projection_row row;
    struct ledger_moment due_at = ledger_moment_unknown();
    uint64_t due_position = 0;
    projection_key_text(&key, task->id);
    struct projection_cursor *cursor = projection_scan(view, TASK_FACTS, &key, false);
    while (projection_next(cursor, &row)) {
        const struct task_row change = task_row_read(row.value);
        happened(task, &row);
        if (change.kind == TASK_COMPLETED ||
            (change.kind == TASK_CANCELLED && task->state != TASK_COMPLETED))
            task->state = change.kind;
        if (change.kind != TASK_RESCHEDULED || !is_later(&row, &due_at, due_position))
            continue;
        due_at = row.occurred;
        due_position = row.position;
        task->row.has_due = change.has_due;
        task->row.due = change.due;
    }
    projection_scan_end(cursor);
}

void deal_tasks_begin(struct deal_tasks *tasks, struct projection_view *view, const char *deal) {
    struct projection_key prefix = {0};
    projection_key_text(&prefix, deal);
    tasks->view = view;
    tasks->cursor = projection_scan(view, DEAL_TASKS, &prefix, false);
    tasks->more = projection_next(tasks->cursor, &tasks->row);
}

bool deal_tasks_next(struct deal_tasks *tasks, struct deal_task *task) {
    *task = (struct deal_task){.state = TASK_CREATED};
    for (; tasks->more; tasks->more = projection_next(tasks->cursor, &tasks->row)) {
        struct ledger_span key = tasks->row.key;
        struct ledger_span deal, id;
        if (!projection_key_read_text(&key, &deal) || !projection_key_read_text(&key, &id))
            continue;
        if (task->id && strcmp(task->id, (const char *)id.data) != 0)
            break;
        if (!task->id) { // a task that is created twice is one
            task->id = (const char *)id.data;
            task->created = tasks->row.occurred;
            task->row = task_row_read(tasks->row.value);
        }
        happened(task, &tasks->row);
    }
    if (!tasks->more)
        projection_scan_end(tasks->cursor);
    if (task->id)
        read_changes(tasks->view, task);
    return task->id;
}

bool deal_task_is_open(const struct deal_task *task) {
    return task->state != TASK_COMPLETED && task->state != TASK_CANCELLED;
}
