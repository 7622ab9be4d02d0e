// How the employees keep to their tasks.
#include <stdlib.h>
#include <string.h>

#include "figures.h"

struct assignee {
    const char *id; // NULL = nobody
    struct figures figures;
};

struct assignees {
    struct ledger_arena *arena;
    struct projection_ids ids; // "" = nobody
    struct assignee *list;     // by number
    size_t capacity;
    struct figures all;
    uint64_t never_created;
};

#define DISCIPLINE_COLUMNS                                                                         \
    FIGURES_COUNT_COLUMNS, {"assessed", "Completed, with times", PROJECTION_INTEGER},              \
        {"on_time_first", "On time, first due", PROJECTION_RATIO},                                 \
        {"on_time_last", "On time, last due", PROJECTION_RATIO},                                   \
        {"slips", "Times rescheduled", PROJECTION_INTEGER, .detail = true},                        \
        {"slips_per_task", "Times rescheduled per task", PROJECTION_RATIO}, FIGURES_DAYS_COLUMNS
static const struct projection_column assignee_columns[] = {
    {"assignee", "Assignee", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    DISCIPLINE_COLUMNS,
};
static const struct projection_column total_columns[] = {
    {"assignees", "Assignees", PROJECTION_INTEGER},
    DISCIPLINE_COLUMNS,
};

static bool add(struct assignees *assignees, const struct task *task,
                const struct ledger_moment *now) {
    size_t number = projection_ids_add(&assignees->ids, task->assignee ? task->assignee : "");
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(assignees->arena, &assignees->list, &assignees->capacity, number,
                         sizeof(struct assignee)))
        return false;
    assignees->list[number].id = task->assignee;
    return figures_add(&assignees->list[number].figures, assignees->arena, task, now) &&
           figures_add(&assignees->all, assignees->arena, task, now);
}

static enum ledger_err collect(struct tasks *tasks, struct assignees *assignees,
                               struct ledger_error *error) {
    const struct ledger_moment now = projection_view_today(tasks->view);
    const struct task *task = NULL;
    enum ledger_err err = LEDGER_E_OK;
    while (!err) {
        err = tasks_next(tasks, &task, error);
        if (err || !task)
            break;
        assignees->never_created += !task->was_created;
        if (task->was_created && !add(assignees, task, &now))
            err = projection_no_memory(error);
    }
    return err;
}

// Nobody last.
static int by_id(const void *a, const void *b) {
    const char *left = ((const struct assignee *)a)->id;
    const char *right = ((const struct assignee *)b)->id;
    if (!left || !right)
        return left ? -1 : right != NULL;
    return strcmp(left, right);
}

static void answer_figures(struct projection_answer *answer, struct figures *figures) {
    figures_answer_counts(figures, answer);
    projection_answer_integer(answer, (int64_t)figures->assessed_first);
    projection_answer_ratio(answer, figures->on_time_first, figures->assessed_first);
    projection_answer_ratio(answer, figures->on_time_last, figures->assessed_last);
    projection_answer_integer(answer, (int64_t)figures->slips);
    projection_answer_ratio(answer, figures->slips, figures->tasks);
    figures_answer_days(figures, answer);
}

static void answer_notes(const struct assignees *assignees, struct projection_answer *answer) {
    const struct figures *all = &assignees->all;
    if (all->assessed_first < all->completed)
        projection_answer_note(answer,
                               "%s left out of the on-time shares: no due time, no time of "
                               "completion, or a completion before the creation.",
                               projection_count(answer, all->completed - all->assessed_first,
                                                "completed task is", "completed tasks are"));
    if (assignees->never_created)
        projection_answer_note(
            answer, "%s no creation: in none of these figures.",
            projection_count(answer, assignees->never_created, "task has", "tasks have"));
}

enum ledger_err discipline_answer(struct projection_view *view,
                                  const struct projection_arguments *arguments,
                                  struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct tasks tasks;
    struct task_filter filter;
    struct assignees assignees = {.arena = arena, .ids = {.arena = arena}};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = task_filter_read(&filter, view, arguments, error);
    if (!err)
        err = tasks_begin(&tasks, view, &filter, error);
    if (!err)
        err = collect(&tasks, &assignees, error);
    if (err)
        return err;
    if (assignees.ids.count)
        qsort(assignees.list, assignees.ids.count, sizeof(struct assignee), by_id);
    projection_answer_table(answer, "assignees", "Assignees", PROJECTION_COLUMNS(assignee_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < assignees.ids.count; i++) {
        struct assignee *assignee = &assignees.list[i];
        projection_answer_text(answer, assignee->id);
        projection_answer_text(answer, projection_name(view, EMPLOYEES, assignee->id));
        answer_figures(answer, &assignee->figures);
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)assignees.ids.count);
    answer_figures(answer, &assignees.all);
    answer_notes(&assignees, answer);
    projection_answer_note_today(answer, view);
    tasks_notes(&tasks, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
