// The tasks of a deal, as they stand.
#ifndef TASKS_H
#define TASKS_H

#include "deals.h"

struct deal_task {
    const char *id;
    struct ledger_moment created; // the first
    struct task_row row;          // as created; `due` as it is now
    enum task_fact_kind state;    // TASK_COMPLETED or TASK_CANCELLED; else it is open
    bool has_last_day;            // on which anything of it happened
    int32_t last_day;
};

struct deal_tasks {
    struct projection_view *view;
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
};
void deal_tasks_begin(struct deal_tasks *tasks, struct projection_view *view, const char *deal);
// In order of task id.
bool deal_tasks_next(struct deal_tasks *tasks, struct deal_task *task);
bool deal_task_is_open(const struct deal_task *task);

#endif
