// Each fact of a task becomes one row under the task, and index rows under whom it concerns and the
// days that it sets. What a task is, tasks.c says.
#include "fold.h"

#include "facts/v1/task.pb-c.h"

// Each fills in what its fact says, and returns the task's id
static const char *read_created(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__TaskCreated *created = (const Facts__V1__TaskCreated *)payload;
    fact->kind = TASK_CREATED;
    if ((unsigned)created->kind < TASK_KINDS) // a later version's kind is none that we know
        fact->task_kind = (enum task_kind)created->kind;
    if (created->client_id)
        fact->client = created->client_id;
    if (created->deal_id)
        fact->deal = created->deal_id;
    fact->employee = created->assignee;
    fact->text = created->subject;
    fact->due = moment_of(created->due, created->due_on);
    fact->remind_at = moment_of(created->remind_at, NULL);
    return created->task_id;
}

static const char *read_reassigned(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__TaskReassigned *change = (const Facts__V1__TaskReassigned *)payload;
    fact->kind = TASK_REASSIGNED;
    fact->employee = change->to_employee;
    fact->from_employee = change->from_employee;
    return change->task_id;
}

static const char *read_rescheduled(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__TaskRescheduled *change = (const Facts__V1__TaskRescheduled *)payload;
    fact->kind = TASK_RESCHEDULED;
    fact->due = moment_of(change->new_due, change->new_due_on);
    fact->old_due = moment_of(change->old_due, change->old_due_on);
    fact->detail = change->reason;
    return change->task_id;
}

static const char *read_progressed(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__TaskProgressed *progress = (const Facts__V1__TaskProgressed *)payload;
    fact->kind = TASK_PROGRESSED;
    fact->has_progress = progress->has_pct;
    fact->progress = progress->pct;
    fact->text = progress->status;
    fact->detail = progress->checklist_item;
    return progress->task_id;
}

static const char *read_completed(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__TaskCompleted *completed = (const Facts__V1__TaskCompleted *)payload;
    fact->kind = TASK_COMPLETED;
    fact->text = completed->result_code;
    fact->detail = completed->text;
    fact->at = moment_of(completed->completed_at, NULL);
    return completed->task_id;
}

static const char *read_cancelled(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__TaskCancelled *cancelled = (const Facts__V1__TaskCancelled *)payload;
    fact->kind = TASK_CANCELLED;
    fact->detail = cancelled->reason;
    return cancelled->task_id;
}

static const char *read_reminded(const ProtobufCMessage *payload, struct task_fact *fact) {
    const Facts__V1__ReminderFired *reminder = (const Facts__V1__ReminderFired *)payload;
    fact->kind = TASK_REMINDED;
    fact->employee = reminder->to;
    fact->due = moment_of(reminder->due, NULL);
    fact->at = moment_of(reminder->seen_at, NULL);
    return reminder->task_id;
}

static const struct {
    enum ledger_fact fact;
    const char *(*read)(const ProtobufCMessage *payload, struct task_fact *fact);
} task_readers[] = {
    {LEDGER_FACT_TaskCreated, read_created},         {LEDGER_FACT_TaskReassigned, read_reassigned},
    {LEDGER_FACT_TaskRescheduled, read_rescheduled}, {LEDGER_FACT_TaskProgressed, read_progressed},
    {LEDGER_FACT_TaskCompleted, read_completed},     {LEDGER_FACT_TaskCancelled, read_cancelled},
    {LEDGER_FACT_ReminderFired, read_reminded},
};

static void put_task_of(struct projection_rows *rows, enum agenda_table table, const char *id,
                        const char *task) {
    struct projection_key key = {0};
    if (!id)
        return;
    projection_key_text(&key, id);
    projection_key_text(&key, task);
    projection_rows_put(rows, (uint8_t)table, &key, (struct ledger_span){0});
}

static enum ledger_err map_by(size_t reader, const struct projection_fact *fact,
                              struct projection_rows *rows, struct ledger_error *error) {
    struct task_fact task = {.actor = projection_actor(fact),
                             .client = projection_subject(fact->record, "client"),
                             .deal = projection_subject(fact->record, "deal"),
                             .recorded_at = fact->record->recorded_at};
    const char *id = task_readers[reader].read(fact->payload, &task);
    if (!id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.task_id",
                           "the fact names no task");
    put_task_fact(rows, id, &task);
    put_task_of(rows, CLIENT_TASKS, task.client, id);
    put_task_of(rows, DEAL_TASKS, task.deal, id);
    if (task.kind == TASK_CREATED || task.kind == TASK_REASSIGNED)
        put_task_of(rows, EMPLOYEE_TASKS, task.employee, id);
    if (task.kind == TASK_CREATED || task.kind == TASK_RESCHEDULED)
        put_calendar(rows, &task.due, CALENDAR_TASK, id);
    put_calendar(rows, &task.remind_at, CALENDAR_REMINDER, id);
    return LEDGER_E_OK;
}

enum ledger_err map_task(const struct projection_fact *fact, struct projection_rows *rows,
                         bool *done, struct ledger_error *error) {
    for (size_t i = 0; i < sizeof task_readers / sizeof task_readers[0]; i++)
        if (task_readers[i].fact == fact->type->fact) {
            *done = true;
            return map_by(i, fact, rows, error);
        }
    *done = false;
    return LEDGER_E_OK;
}
