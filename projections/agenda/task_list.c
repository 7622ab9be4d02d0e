// Which tasks a question is about, read one after the other in order of id. Those of an employee,
// a client or a deal are found by the index; only a question about all tasks reads all.
#include "tasks.h"

#include <string.h>
#include <strings.h>

enum ledger_err task_filter_read(struct task_filter *filter, struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct ledger_error *error) {
    const char *kind = projection_argument(arguments, "kind");
    *filter = (struct task_filter){
        .assignee = projection_argument(arguments, "assignee"),
        .client = projection_view_client(view, projection_argument(arguments, "client")),
        .deal = projection_argument(arguments, "deal")};
    enum ledger_err err = projection_argument_period(arguments, &filter->due, error);
    if (err || !kind)
        return err;
    for (int i = TASK_MEETING; i < TASK_KINDS; i++)
        if (strcasecmp(kind, task_kind_text((enum task_kind)i)) == 0)
            filter->kind = (enum task_kind)i;
    return filter->kind ? LEDGER_E_OK
                        : ledger_fail(error, LEDGER_E_INVALID_VALUE, "kind",
                                      "%.60s is no kind of task; it is meeting, call, offer, "
                                      "visit, service or support",
                                      kind);
}

// ---- reading
enum ledger_err task_read(struct projection_view *view, const char *id, struct task *task,
                          struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    task_begin(task);
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, TASK_FACTS, &prefix, true);
    while (projection_next(cursor, &row)) {
        task->id = id;
        if (!task_add(view, task, &row))
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    task_end(view, task);
    return LEDGER_E_OK;
}

static enum ledger_err read_ahead(struct tasks *tasks, struct ledger_error *error) {
    struct task *task = &tasks->current;
    task_begin(task);
    while (tasks->more) {
        struct ledger_span id;
        if (projection_key_read_text(&tasks->row.key, &id)) {
            if (task->id && strcmp(task->id, (const char *)id.data) != 0) {
                tasks->row.key = ledger_span_of(id.data, id.size + 1);
                break;
            }
            task->id = (const char *)id.data;
            if (!task_add(tasks->view, task, &tasks->row))
                return projection_no_memory(error);
        }
        tasks->more = projection_next(tasks->cursor, &tasks->row);
    }
    if (!tasks->more)
        projection_scan_end(tasks->cursor);
    task_end(tasks->view, task);
    return LEDGER_E_OK;
}

static enum ledger_err read_next(struct tasks *tasks, struct ledger_error *error) {
    if (!tasks->only_ids)
        return read_ahead(tasks, error);
    task_begin(&tasks->current);
    while (tasks->next_id < tasks->ids.count) {
        enum ledger_err err =
            task_read(tasks->view, tasks->ids.texts[tasks->next_id++], &tasks->current, error);
        if (err || tasks->current.id)
            return err;
    }
    return LEDGER_E_OK;
}

// ---- the filter
static bool is(const char *wanted, const char *id) {
    return !wanted || (id && strcmp(wanted, id) == 0);
}

static bool holds(const struct tasks *tasks, const struct task *task) {
    const struct task_filter *filter = &tasks->filter;
    return is(filter->assignee, task->assignee) && is(filter->deal, task->deal) &&
           (!filter->client || is(filter->client, task_client(tasks->view, task))) &&
           (!filter->kind || filter->kind == task->kind) &&
           projection_period_holds(&filter->due, &task->due);
}

enum ledger_err tasks_next(struct tasks *tasks, const struct task **task,
                           struct ledger_error *error) {
    *task = NULL;
    do {
        enum ledger_err err = read_next(tasks, error);
        if (err || !tasks->current.id)
            return err;
        tasks->not_yet += tasks->current.not_yet && holds(tasks, &tasks->current);
    } while (tasks->current.not_yet || !holds(tasks, &tasks->current));
    *task = &tasks->current;
    return LEDGER_E_OK;
}

// ---- the index

static bool add_tasks_of(struct tasks *tasks, enum agenda_table table, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(tasks->view, (uint8_t)table, &prefix, true);
    bool ok = true;
    while (ok && projection_next(cursor, &row)) {
        struct ledger_span of, task;
        if (projection_key_read_text(&row.key, &of) && projection_key_read_text(&row.key, &task))
            ok = projection_ids_add(&tasks->ids, (const char *)task.data) != PROJECTION_ID_NONE;
    }
    projection_scan_end(cursor);
    return ok;
}

static bool find_ids(struct tasks *tasks) {
    const struct task_filter *filter = &tasks->filter;
    const char *const *clients;
    if (filter->deal)
        return add_tasks_of(tasks, DEAL_TASKS, filter->deal);
    if (!filter->client)
        return add_tasks_of(tasks, EMPLOYEE_TASKS, filter->assignee);
    size_t count = projection_view_client_ids(tasks->view, filter->client, &clients);
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++)
        ok = add_tasks_of(tasks, CLIENT_TASKS, clients[i]);
    return ok;
}

enum ledger_err tasks_begin(struct tasks *tasks, struct projection_view *view,
                            const struct task_filter *filter, struct ledger_error *error) {
    *tasks = (struct tasks){.view = view,
                            .filter = *filter,
                            .ids = {.arena = projection_view_arena(view)},
                            .only_ids = filter->assignee || filter->client || filter->deal};
    if (tasks->only_ids) {
        if (!find_ids(tasks))
            return projection_no_memory(error);
        return LEDGER_E_OK;
    }
    tasks->cursor = projection_scan(view, TASK_FACTS, NULL, true);
    tasks->more = projection_next(tasks->cursor, &tasks->row);
    return LEDGER_E_OK;
}

// ---- notes
void tasks_notes(const struct tasks *tasks, struct projection_answer *answer) {
    if (tasks->not_yet)
        projection_answer_note(
            answer, "%s not known to have been there by then, for want of a known time.",
            projection_count(answer, tasks->not_yet, "task left out is", "tasks left out are"));
}

void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer) {
    static const struct {
        const char *parameter, *kind;
        uint8_t tables[4];
    } rows[] = {
        {"assignee", "employee", {EMPLOYEES, EMPLOYEE_TASKS}},
        {"owner", "employee", {EMPLOYEES, EMPLOYEE_TASKS, OWNED}},
        {"client", "client", {CLIENTS, CLIENT_NAMES, CLIENT_TASKS}},
        {"deal", "deal", {DEAL_TASKS, DEAL_STAGES}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *id = projection_argument(arguments, rows[i].parameter);
        const char *const *merged;
        size_t tables = 0;
        while (tables < 4 && rows[i].tables[tables])
            tables++;
        if (id && !projection_knows(view, rows[i].tables, tables, id) &&
            (rows[i].tables[0] != CLIENTS || projection_view_client_ids(view, id, &merged) < 2))
            projection_answer_nothing_known(answer, rows[i].kind, id);
    }
}
