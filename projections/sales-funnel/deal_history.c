#include "deal_history.h"

#include "refusals.h"
#include "tasks.h"

static const struct projection_column stage_columns[] = {
    {"pipeline", "Pipeline", PROJECTION_ID, .detail = true},
    {"stage", "Stage", PROJECTION_ID},
    {"stage_name", "Stage's name", PROJECTION_TEXT},
    {"entered", "Entered", PROJECTION_TEXT},
    {"left", "Left", PROJECTION_TEXT},
    {"days", "Days", PROJECTION_INTEGER},
    {"still_there", "Still there", PROJECTION_FLAG},
    {"again", "Not for the first time", PROJECTION_FLAG, .detail = true},
};
static const struct projection_column owner_columns[] = {
    {"owner", "Owner", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"since", "Since", PROJECTION_TEXT},
    {"until", "Until", PROJECTION_TEXT},
};
static const struct projection_column task_columns[] = {
    {"task", "Task", PROJECTION_ID},         {"subject", "Subject", PROJECTION_TEXT},
    {"assignee", "Assignee", PROJECTION_ID}, {"created", "Created", PROJECTION_TEXT},
    {"due", "Due", PROJECTION_DATE},         {"state", "State", PROJECTION_TEXT},
};
static const struct projection_column refusal_columns[] = {
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT},
    {"removable", "Removable", PROJECTION_FLAG},
    {"removed", "Obstacle removed", PROJECTION_FLAG},
    {"removed_at", "When", PROJECTION_TEXT},
    {"how", "How", PROJECTION_TEXT},
    {"detail", "Detail", PROJECTION_TEXT, .detail = true},
};

// Of a stay that is not over, the days up to the day of the question.
static void answer_stay(struct projection_answer *answer, const struct deals *deals,
                        const struct deal *deal, size_t number) {
    const struct stage_entry *entry = &deal->entries[number];
    const struct pipeline *pipeline = &deals->pipelines.list[entry->pipeline];
    const struct stage *stage = &pipeline->stages[entry->stage];
    int64_t days;
    const struct ledger_moment today = projection_view_today(deals->view);
    bool open = deal->status == DEAL_IS_OPEN && number == deal->standing;
    projection_answer_text(answer, *pipeline->id ? pipeline->id : NULL);
    projection_answer_text(answer, stage->id);
    projection_answer_text(answer, stage->name);
    projection_answer_moment(answer, &entry->entered);
    if (entry->is_left)
        projection_answer_moment(answer, &entry->left);
    else
        projection_answer_none(answer);
    if (stage_entry_days(entry, &days))
        projection_answer_integer(answer, days);
    else if (open && entry->entered.when != LEDGER_WHEN_UNKNOWN &&
             today.when != LEDGER_WHEN_UNKNOWN)
        projection_answer_integer(answer, (int64_t)today.day - entry->entered.day);
    else
        projection_answer_none(answer);
    projection_answer_flag(answer, number == deal->standing);
    projection_answer_flag(answer, entry->again);
}

static void answer_stages(struct projection_answer *answer, const struct deals *deals,
                          const struct deal *deal) {
    projection_answer_table(answer, "stages", "Where it stood", PROJECTION_COLUMNS(stage_columns));
    for (size_t i = 0; i < deal->entry_count; i++)
        if (!deal->entries[i].aside)
            answer_stay(answer, deals, deal, i);
    if (deal->status == DEAL_IS_OPEN && deal->standing != SIZE_MAX)
        projection_answer_note_today(answer, deals->view);
}

static bool names_owner(const struct deal_event *event) {
    return event->counted &&
           (event->fact.kind == DEAL_REASSIGNED ||
            (event->fact.kind == DEAL_OPENED && !(event->contradictions & 1u << OPENED_TWICE)));
}

static void answer_owners(struct projection_answer *answer, struct deals *deals,
                          const struct deal *deal) {
    projection_answer_table(answer, "owners", "Owners", PROJECTION_COLUMNS(owner_columns));
    for (size_t i = 0; i < deal->event_count; i++) {
        const struct deal_event *event = &deal->events[i];
        size_t next = i + 1;
        if (!names_owner(event))
            continue;
        while (next < deal->event_count && !names_owner(&deal->events[next]))
            next++;
        projection_answer_text(answer, event->fact.owner);
        projection_answer_text(answer, projection_name(deals->view, EMPLOYEES, event->fact.owner));
        projection_answer_moment(answer, &event->occurred);
        if (next < deal->event_count)
            projection_answer_moment(answer, &deal->events[next].occurred);
        else
            projection_answer_none(answer);
    }
}

static const char *task_state(const struct deal_task *task) {
    return task->state == TASK_COMPLETED   ? "completed"
           : task->state == TASK_CANCELLED ? "cancelled"
                                           : "open";
}

static void answer_tasks(struct projection_answer *answer, struct deals *deals,
                         const struct deal *deal) {
    struct deal_tasks tasks;
    struct deal_task task;
    projection_answer_table(answer, "tasks", "Tasks", PROJECTION_COLUMNS(task_columns));
    deal_tasks_begin(&tasks, deals->view, deal->id);
    while (deal_tasks_next(&tasks, &task)) {
        projection_answer_text(answer, task.id);
        projection_answer_text(answer, task.row.subject);
        projection_answer_text(answer, task.row.assignee);
        projection_answer_moment(answer, &task.created);
        if (task.row.has_due)
            projection_answer_day(answer, task.row.due);
        else
            projection_answer_none(answer);
        projection_answer_text(answer, task_state(&task));
    }
}

static void answer_refusals(struct projection_answer *answer, struct deals *deals,
                            const struct deal *deal) {
    struct refusals refusals;
    struct refusal refusal;
    projection_answer_table(answer, "refusals", "Refusals", PROJECTION_COLUMNS(refusal_columns));
    refusals_begin(&refusals, deals->view, deal->id);
    while (refusals_next(&refusals, &refusal)) {
        projection_answer_moment(answer, &refusal.occurred);
        projection_answer_text(answer, refusal.row.reason);
        projection_answer_flag(answer, refusal.row.removable);
        projection_answer_flag(answer, refusal.removed);
        if (refusal.removed)
            projection_answer_moment(answer, &refusal.removed_at);
        else
            projection_answer_none(answer);
        projection_answer_text(answer, refusal.how);
        projection_answer_text(answer, refusal.row.detail);
    }
}

void deal_history_answer(struct projection_answer *answer, struct deals *deals,
                         const struct deal *deal) {
    answer_stages(answer, deals, deal);
    answer_owners(answer, deals, deal);
    answer_tasks(answer, deals, deal);
    answer_refusals(answer, deals, deal);
}
