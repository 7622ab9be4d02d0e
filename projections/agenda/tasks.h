// Tasks, folded from their facts as the view sees them.
#ifndef TASKS_H
#define TASKS_H

#include "agenda.h"
#include "runtime/ids.h"

// How a fact can contradict what came before it. Codes and sentences: contradiction_code,
// contradiction_text.
enum contradiction {
    NO_CONTRADICTION,
    NEVER_CREATED,
    CREATED_TWICE,
    BEFORE_CREATED,
    COMPLETED_TWICE,
    COMPLETED_AFTER_CANCELLED,
    COMPLETED_BEFORE_CREATED,
    CANCELLED_TWICE,
    CANCELLED_AFTER_COMPLETED,
    PROGRESSED_AFTER_END,
    RESCHEDULED_AFTER_END,
    REASSIGNED_AFTER_END,
    REASSIGNED_FROM_OTHER,
    RESCHEDULED_FROM_OTHER,
    PROGRESS_OVER_100,
};
enum { CONTRADICTIONS = PROGRESS_OVER_100 + 1 };
const char *contradiction_code(enum contradiction contradiction);
const char *contradiction_text(enum contradiction contradiction);

enum task_status { TASK_IS_OPEN, TASK_IS_COMPLETED, TASK_IS_CANCELLED };
const char *task_status_text(enum task_status status);

struct task_event {
    uint64_t position;
    bool corrected;
    bool left_out; // as of an occurred time: at an unknown one, so not known to have happened
    struct ledger_moment occurred;
    struct task_fact fact;
    enum contradiction contradiction;
};

struct task {
    const char *id;
    enum task_status status;
    enum task_kind kind;
    const char *subject, *client, *deal; // client: as the facts name it, before merges
    const char *assignee;                // NULL = nobody
    bool was_created;                    // there is a TaskCreated
    struct ledger_moment created;
    struct ledger_moment first_due, due; // unknown = none
    struct ledger_moment remind_at;
    bool reminded, reminder_seen; // of remind_at
    uint64_t slips;               // times rescheduled
    bool has_progress;
    int64_t progress; // per cent, as last stated
    struct ledger_moment ended;
    const char *ended_by, *result;
    uint64_t contradictions[CONTRADICTIONS];
    bool not_yet; // as of an occurred time: nothing of it is known to have happened by then
    struct task_event *events; // in the order in which they count
    size_t event_count, event_capacity;
};

// Which tasks; NULL and 0 = all.
struct task_filter {
    const char *assignee, *client, *deal;
    enum task_kind kind;
    struct projection_period due; // of the last due day
};
// Takes the parameters assignee, client, deal, kind, from and to, where the query has them.
LEDGER_MUST_CHECK enum ledger_err task_filter_read(struct task_filter *filter,
                                                   struct projection_view *view,
                                                   const struct projection_arguments *arguments,
                                                   struct ledger_error *error);

struct tasks {
    struct projection_view *view;
    struct task_filter filter;
    struct projection_ids ids; // those to read, if only some are
    bool only_ids;
    size_t next_id;
    struct projection_cursor *cursor; // else: over all
    struct projection_row row;        // read ahead
    bool more;
    struct task current;
    uint64_t not_yet; // tasks left out as not known to have been there
};

// Touches only the tasks that a fact ties to the assignee, client or deal of the filter.
LEDGER_MUST_CHECK enum ledger_err tasks_begin(struct tasks *tasks, struct projection_view *view,
                                              const struct task_filter *filter,
                                              struct ledger_error *error);
// The next task that the filter holds, or NULL after the last. Borrowed until the next call, its
// texts until the view ends.
LEDGER_MUST_CHECK enum ledger_err tasks_next(struct tasks *tasks, const struct task **task,
                                             struct ledger_error *error);
// One task; task->id is NULL if no fact is of it. *task is {0}, or one read before.
LEDGER_MUST_CHECK enum ledger_err task_read(struct projection_view *view, const char *id,
                                            struct task *task, struct ledger_error *error);

// What task_read and tasks_next do for each task: empty it, add its rows, fold it.
void task_begin(struct task *task);
// False when out of memory.
bool task_add(struct projection_view *view, struct task *task, const struct projection_row *row);
void task_end(struct projection_view *view, struct task *task);

uint64_t task_contradictions(const struct task *task);
// The client that it is of, after merges. NULL = none.
const char *task_client(struct projection_view *view, const struct task *task);
// Whether it is completed, at a known time that is not before its creation.
bool task_completed_at(const struct task *task);
// From the creation to the completion: exact where both are instants, else whole days. False if
// either is not known, or the completion came before.
bool task_duration(const struct task *task, int64_t *micros);

// What readers must be told of the tasks left out.
void tasks_notes(const struct tasks *tasks, struct projection_answer *answer);
// Notes the assignee, owner, client and deal that were asked for, if nothing is known of them.
void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer);

// Open, and `now` is later than its last due time.
bool task_overdue(const struct task *task, const struct ledger_moment *now);

#endif
