// The fold: a task's facts make a task. Its creation comes first, whenever it was; the rest in
// order of (occurred, position), unknown times last. What contradicts is flagged and counted. The
// first end stands: what comes after it changes nothing.
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

// ---- one fact
static bool same_moment(const struct ledger_moment *a, const struct ledger_moment *b) {
    if (a->when == LEDGER_WHEN_UNKNOWN || b->when == LEDGER_WHEN_UNKNOWN)
        return a->when == b->when;
    return !projection_after(a, b) && !projection_after(b, a);
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static enum contradiction create(struct task *task, const struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    if (task->was_created)
        return CREATED_TWICE;
    task->was_created = true;
    task->created = event->occurred;
    task->kind = fact->task_kind;
    task->subject = fact->text;
    task->assignee = fact->employee;
    task->first_due = task->due = fact->due;
    task->remind_at = fact->remind_at;
    return NO_CONTRADICTION;
}

static enum contradiction reassign(struct task *task, const struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    if (task->status != TASK_IS_OPEN)
        return REASSIGNED_AFTER_END;
    bool from_other = fact->from_employee && (task->was_created || task->assignee) &&
                      !same_text(fact->from_employee, task->assignee);
    task->assignee = fact->employee;
    return from_other ? REASSIGNED_FROM_OTHER : NO_CONTRADICTION;
}

static enum contradiction reschedule(struct task *task, const struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    if (task->status != TASK_IS_OPEN)
        return RESCHEDULED_AFTER_END;
    bool stated = fact->old_due.when != LEDGER_WHEN_UNKNOWN;
    bool from_other =
        stated && (task->was_created || task->slips) && !same_moment(&fact->old_due, &task->due);
    if (task->first_due.when == LEDGER_WHEN_UNKNOWN)
        task->first_due = stated && !task->was_created ? fact->old_due : fact->due;
    task->due = fact->due;
    task->slips++;
    return from_other ? RESCHEDULED_FROM_OTHER : NO_CONTRADICTION;
}

static enum contradiction progress(struct task *task, const struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    if (task->status != TASK_IS_OPEN)
        return PROGRESSED_AFTER_END;
    if (fact->has_progress && fact->progress > 100)
        return PROGRESS_OVER_100;
    if (fact->has_progress) {
        task->has_progress = true;
        task->progress = fact->progress;
    }
    return NO_CONTRADICTION;
}

static void end(struct task *task, const struct task_event *event, enum task_status status) {
    const struct task_fact *fact = &event->fact;
    task->status = status;
    task->ended = fact->at.when != LEDGER_WHEN_UNKNOWN ? fact->at : event->occurred;
    task->ended_by = fact->actor;
    task->result = fact->text ? fact->text : fact->detail;
}

static enum contradiction complete(struct task *task, const struct task_event *event) {
    if (task->status != TASK_IS_OPEN)
        return task->status == TASK_IS_COMPLETED ? COMPLETED_TWICE : COMPLETED_AFTER_CANCELLED;
    end(task, event, TASK_IS_COMPLETED);
    return projection_after(&task->created, &task->ended) ? COMPLETED_BEFORE_CREATED
                                                          : NO_CONTRADICTION;
}

static enum contradiction cancel(struct task *task, const struct task_event *event) {
    if (task->status != TASK_IS_OPEN)
        return task->status == TASK_IS_CANCELLED ? CANCELLED_TWICE : CANCELLED_AFTER_COMPLETED;
    end(task, event, TASK_IS_CANCELLED);
    return NO_CONTRADICTION;
}

static enum contradiction remind(struct task *task, const struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    if (fact->due.when == LEDGER_WHEN_UNKNOWN || same_moment(&fact->due, &task->remind_at)) {
        task->reminded = true;
        task->reminder_seen |= fact->at.when != LEDGER_WHEN_UNKNOWN;
    }
    return NO_CONTRADICTION;
}

static enum contradiction apply(struct task *task, const struct task_event *event) {
    switch (event->fact.kind) {
    case TASK_CREATED:
        return create(task, event);
    case TASK_REASSIGNED:
        return reassign(task, event);
    case TASK_RESCHEDULED:
        return reschedule(task, event);
    case TASK_PROGRESSED:
        return progress(task, event);
    case TASK_COMPLETED:
        return complete(task, event);
    case TASK_CANCELLED:
        return cancel(task, event);
    case TASK_REMINDED:
        return remind(task, event);
    }
    return NO_CONTRADICTION;
}

// ---- one task
static int by_time(const void *a, const void *b) {
    const struct task_event *left = a;
    const struct task_event *right = b;
    bool left_known = left->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool right_known = right->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (left_known != right_known)
        return left_known ? -1 : 1;
    if (left_known && left->occurred.micros != right->occurred.micros)
        return left->occurred.micros < right->occurred.micros ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static void creation_first(struct task *task) {
    for (size_t i = 0; i < task->event_count; i++)
        if (task->events[i].fact.kind == TASK_CREATED) {
            const struct task_event creation = task->events[i];
            memmove(task->events + 1, task->events, i * sizeof creation);
            task->events[0] = creation;
            return;
        }
}

static void fold(struct task *task, struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    event->contradiction = apply(task, event);
    if (!event->contradiction && projection_after(&task->created, &event->occurred))
        event->contradiction = BEFORE_CREATED;
    task->contradictions[event->contradiction] += event->contradiction != NO_CONTRADICTION;
    if (event->contradiction == CREATED_TWICE)
        return;
    if (!task->client)
        task->client = fact->client;
    if (!task->deal)
        task->deal = fact->deal;
}

// As of an occurred time, only the creation may have an unknown one: it says what the task is.
static void fold_task(struct task *task, bool as_of_occurred) {
    task->not_yet = as_of_occurred;
    qsort(task->events, task->event_count, sizeof(struct task_event), by_time);
    creation_first(task);
    for (size_t i = 0; i < task->event_count; i++) {
        struct task_event *event = &task->events[i];
        bool known = event->occurred.when != LEDGER_WHEN_UNKNOWN;
        bool creates = i == 0 && event->fact.kind == TASK_CREATED;
        event->left_out = as_of_occurred && !known && !creates;
        task->not_yet &= !known;
        if (!event->left_out)
            fold(task, event);
    }
    task->contradictions[NEVER_CREATED] += !task->was_created;
}

void task_begin(struct task *task) {
    *task = (struct task){.events = task->events, .event_capacity = task->event_capacity};
    task->created = task->first_due = task->due = task->remind_at = task->ended =
        ledger_moment_unknown();
}

bool task_add(struct projection_view *view, struct task *task, const struct projection_row *row) {
    if (!projection_grow(projection_view_arena(view), &task->events, &task->event_capacity,
                         task->event_count, sizeof(struct task_event)))
        return false;
    task->events[task->event_count++] =
        (struct task_event){.position = row->position,
                            .corrected = row->known_from != row->position,
                            .occurred = row->occurred,
                            .fact = task_fact_read(row->value)};
    return true;
}

void task_end(struct projection_view *view, struct task *task) {
    if (task->event_count)
        fold_task(task, projection_view_occurred(view) != NULL);
}

// ---- what questions ask of a task
uint64_t task_contradictions(const struct task *task) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        sum += task->contradictions[i];
    return sum;
}

const char *task_client(struct projection_view *view, const struct task *task) {
    return projection_view_client(view, task->client);
}

bool task_completed_at(const struct task *task) {
    return task->status == TASK_IS_COMPLETED && task->ended.when != LEDGER_WHEN_UNKNOWN &&
           !projection_after(&task->created, &task->ended);
}

bool task_duration(const struct task *task, int64_t *micros) {
    const struct ledger_moment *from = &task->created;
    const struct ledger_moment *to = &task->ended;
    if (!task_completed_at(task) || from->when == LEDGER_WHEN_UNKNOWN)
        return false;
    *micros = from->when == LEDGER_WHEN_INSTANT && to->when == LEDGER_WHEN_INSTANT
                  ? to->micros - from->micros
                  : ((int64_t)to->day - from->day) * LEDGER_MICROS_PER_DAY;
    return true;
}

const char *task_status_text(enum task_status status) {
    return status == TASK_IS_OPEN        ? "open"
           : status == TASK_IS_COMPLETED ? "completed"
                                         : "cancelled";
}

const char *task_kind_text(enum task_kind kind) {
    static const char *const texts[TASK_KINDS] = {NULL,    "meeting", "call",   "offer",
                                                  "visit", "service", "support"};
    return (size_t)kind < TASK_KINDS ? texts[kind] : NULL;
}

static const struct {
    const char *code, *text;
} contradictions[CONTRADICTIONS] = {
    [NEVER_CREATED] = {"never_created", "The task has facts and no creation."},
    [CREATED_TWICE] = {"created_twice", "The task was created before; the first creation stands."},
    [BEFORE_CREATED] = {"before_created", "The fact happened before the task was created."},
    [COMPLETED_TWICE] = {"completed_twice",
                         "The task was completed before; the first completion stands."},
    [COMPLETED_AFTER_CANCELLED] = {"completed_after_cancelled",
                                   "The task was cancelled before, and stays so."},
    [COMPLETED_BEFORE_CREATED] = {"completed_before_created",
                                  "The task was completed before it was created."},
    [CANCELLED_TWICE] = {"cancelled_twice",
                         "The task was cancelled before; the first time stands."},
    [CANCELLED_AFTER_COMPLETED] = {"cancelled_after_completed",
                                   "The task was completed before, and stays so."},
    [PROGRESSED_AFTER_END] = {"progressed_after_end",
                              "The task had ended; the progress is not taken."},
    [RESCHEDULED_AFTER_END] = {"rescheduled_after_end",
                               "The task had ended; the new due time is not taken."},
    [REASSIGNED_AFTER_END] = {"reassigned_after_end",
                              "The task had ended; it stays with who had it."},
    [REASSIGNED_FROM_OTHER] = {"reassigned_from_other",
                               "The task was not with the employee it was taken from."},
    [RESCHEDULED_FROM_OTHER] = {"rescheduled_from_other",
                                "The task was not due when the fact says it was."},
    [PROGRESS_OVER_100] = {"progress_over_100", "The progress is over 100%, and not taken."},
};

const char *contradiction_code(enum contradiction contradiction) {
    return contradictions[contradiction].code;
}

const char *contradiction_text(enum contradiction contradiction) {
    return contradictions[contradiction].text;
}

bool task_overdue(const struct task *task, const struct ledger_moment *now) {
    return task->status == TASK_IS_OPEN && projection_after(now, &task->due);
}
