// The register of tasks, by the time they are due.
#include <stdlib.h>
#include <string.h>

#include "figures.h"

enum { STATUS_ANY = -1 };

struct entry {
    struct task task; // without its events
    bool overdue;
};

struct task_register {
    struct entry *list;
    size_t count, capacity;
    struct figures kinds[TASK_KINDS];
    struct figures all;
    uint64_t never_created;
};

static const struct projection_column task_columns[] = {
    {"task", "Task", PROJECTION_ID},
    {"kind", "Kind", PROJECTION_TEXT},
    {"subject", "Subject", PROJECTION_TEXT},
    {"status", "Status", PROJECTION_TEXT},
    {"assignee", "Assignee", PROJECTION_ID},
    {"assignee_name", "Assignee's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"deal", "Deal", PROJECTION_ID, .detail = true},
    {"created", "Created", PROJECTION_TEXT, .detail = true},
    {"first_due", "First due", PROJECTION_TEXT, .detail = true},
    {"due", "Due", PROJECTION_TEXT},
    {"overdue", "Overdue", PROJECTION_FLAG},
    {"slips", "Times rescheduled", PROJECTION_INTEGER},
    {"progress", "Done, %", PROJECTION_INTEGER},
    {"ended", "Completed or cancelled", PROJECTION_TEXT},
    {"ended_by", "By", PROJECTION_ID},
    {"result", "Result", PROJECTION_TEXT},
    {"days", "Days to complete", PROJECTION_RATIO},
    {"contradictions", "Contradicting facts", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column kind_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT},
    FIGURES_COUNT_COLUMNS,
    FIGURES_DAYS_COLUMNS,
};

static enum ledger_err read_choices(const struct projection_arguments *arguments, int *status,
                                    int *overdue, struct ledger_error *error) {
    const char *wanted = projection_argument(arguments, "status");
    const char *late = projection_argument(arguments, "overdue");
    *status = *overdue = STATUS_ANY;
    for (int i = TASK_IS_OPEN; wanted && i <= TASK_IS_CANCELLED; i++)
        if (strcmp(wanted, task_status_text((enum task_status)i)) == 0)
            *status = i;
    if (wanted && *status == STATUS_ANY)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "status",
                           "%.60s is no status; it is open, completed or cancelled", wanted);
    if (!late)
        return LEDGER_E_OK;
    *overdue = strcmp(late, "yes") == 0;
    return *overdue || strcmp(late, "no") == 0
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_INVALID_VALUE, "overdue", "%.60s is not yes or no",
                             late);
}

// A task that was never created is listed, and in no figure.
static bool add(struct task_register *reg, struct ledger_arena *arena, const struct task *task,
                const struct ledger_moment *now) {
    if (!projection_grow(arena, &reg->list, &reg->capacity, reg->count, sizeof(struct entry)))
        return false;
    reg->list[reg->count++] = (struct entry){*task, task_overdue(task, now)};
    reg->never_created += !task->was_created;
    return !task->was_created || (figures_add(&reg->kinds[task->kind], arena, task, now) &&
                                  figures_add(&reg->all, arena, task, now));
}

static enum ledger_err collect(struct tasks *tasks, const struct projection_arguments *arguments,
                               struct task_register *reg, struct ledger_error *error) {
    const struct ledger_moment now = projection_view_today(tasks->view);
    const struct task *task = NULL;
    int status, overdue;
    enum ledger_err err = read_choices(arguments, &status, &overdue, error);
    while (!err) {
        err = tasks_next(tasks, &task, error);
        if (err || !task)
            break;
        if ((status != STATUS_ANY && status != (int)task->status) ||
            (overdue != STATUS_ANY && overdue != (int)task_overdue(task, &now)))
            continue;
        if (!add(reg, projection_view_arena(tasks->view), task, &now))
            err = projection_no_memory(error);
    }
    return err;
}

// Those with no due time last.
static int by_due(const void *a, const void *b) {
    const struct task *left = &((const struct entry *)a)->task;
    const struct task *right = &((const struct entry *)b)->task;
    bool left_known = left->due.when != LEDGER_WHEN_UNKNOWN;
    bool right_known = right->due.when != LEDGER_WHEN_UNKNOWN;
    if (left_known != right_known)
        return left_known ? -1 : 1;
    if (left_known && left->due.micros != right->due.micros)
        return left->due.micros < right->due.micros ? -1 : 1;
    return strcmp(left->id, right->id);
}

static void answer_task(struct projection_view *view, struct projection_answer *answer,
                        const struct task *task, bool overdue) {
    const char *client = task_client(view, task);
    int64_t micros;
    projection_answer_text(answer, task->id);
    projection_answer_text(answer, task_kind_text(task->kind));
    projection_answer_text(answer, task->subject);
    projection_answer_text(answer, task_status_text(task->status));
    projection_answer_text(answer, task->assignee);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, task->assignee));
    projection_answer_text(answer, client);
    projection_answer_text(answer, projection_name(view, CLIENT_NAMES, client));
    projection_answer_text(answer, task->deal);
    projection_answer_moment(answer, &task->created);
    answer_moment_or_none(answer, &task->first_due);
    answer_moment_or_none(answer, &task->due);
    projection_answer_flag(answer, overdue);
    projection_answer_integer(answer, (int64_t)task->slips);
    if (task->has_progress)
        projection_answer_integer(answer, task->progress);
    else
        projection_answer_none(answer);
    if (task->status == TASK_IS_OPEN)
        projection_answer_none(answer);
    else
        projection_answer_moment(answer, &task->ended);
    projection_answer_text(answer, task->ended_by);
    projection_answer_text(answer, task->result);
    if (task_duration(task, &micros))
        answer_days(answer, micros, 1);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)task_contradictions(task));
}

void answer_task_table(struct projection_view *view, struct projection_answer *answer,
                       const struct task *task, const struct ledger_moment *now) {
    projection_answer_table(answer, "task", "Task", PROJECTION_COLUMNS(task_columns));
    if (task)
        answer_task(view, answer, task, task_overdue(task, now));
}

static void answer_kind(struct projection_answer *answer, const char *kind,
                        struct figures *figures) {
    projection_answer_text(answer, kind);
    figures_answer_counts(figures, answer);
    figures_answer_days(figures, answer);
}

static void answer_kinds(struct projection_answer *answer, struct task_register *reg) {
    projection_answer_table(answer, "kinds", "Tasks by kind", PROJECTION_COLUMNS(kind_columns));
    for (int i = 0; i < TASK_KINDS; i++)
        if (reg->kinds[i].tasks)
            answer_kind(answer, task_kind_text((enum task_kind)i), &reg->kinds[i]);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(kind_columns));
    answer_kind(answer, NULL, &reg->all);
}

enum ledger_err tasks_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct tasks tasks;
    struct task_filter filter;
    struct task_register reg = {0};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = task_filter_read(&filter, view, arguments, error);
    if (!err)
        err = tasks_begin(&tasks, view, &filter, error);
    if (!err)
        err = collect(&tasks, arguments, &reg, error);
    if (err)
        return err;
    if (reg.count)
        qsort(reg.list, reg.count, sizeof(struct entry), by_due);
    projection_answer_table(answer, "tasks", "Tasks", PROJECTION_COLUMNS(task_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < reg.count; i++)
        answer_task(view, answer, &reg.list[i].task, reg.list[i].overdue);
    answer_kinds(answer, &reg);
    projection_answer_note_today(answer, view);
    if (reg.never_created)
        projection_answer_note(
            answer, "%s no creation: listed, and in no figure.",
            projection_count(answer, reg.never_created, "task has", "tasks have"));
    tasks_notes(&tasks, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
