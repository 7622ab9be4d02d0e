// Offers and calls that a client was promised, that are overdue, and since whose promise nobody
// contacted the client.
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "tasks.h"

struct promise {
    struct task task; // without its events
    const char *client, *owner;
    struct ledger_moment last; // contact
};

struct promises {
    struct projection_view *view;
    struct ledger_moment now;
    const char *owner; // wanted; NULL = all
    uint64_t days;
    struct projection_ids clients; // of which contacts at an unknown time are counted already
    struct promise *list;
    size_t count, capacity;
    uint64_t unknown_time;
};

static const struct projection_column columns[] = {
    {"task", "Task", PROJECTION_ID},
    {"kind", "Kind", PROJECTION_TEXT},
    {"subject", "Subject", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"assignee", "Assignee", PROJECTION_ID},
    {"promised", "Promised", PROJECTION_TEXT},
    {"due", "Due", PROJECTION_TEXT},
    {"days_overdue", "Days overdue", PROJECTION_INTEGER},
    {"last_contact", "Last contact before", PROJECTION_DATE},
};

static bool is_promise(const struct promises *promises, const struct task *task) {
    return task->was_created && task->client &&
           (task->kind == TASK_OFFER || task->kind == TASK_CALL) &&
           task_overdue(task, &promises->now) &&
           (uint64_t)((int64_t)promises->now.day - task->due.day) >= promises->days;
}

static bool add(struct promises *promises, const struct task *task) {
    struct projection_view *view = promises->view;
    const char *client = task_client(view, task);
    const char *owner = client_owner(view, client, promises->now.day);
    if (promises->owner && (!owner || strcmp(promises->owner, owner) != 0))
        return true;
    uint64_t unknown_time = 0;
    const struct ledger_moment last = client_last_contact(view, client, &unknown_time);
    if (projection_ids_find(&promises->clients, client) == PROJECTION_ID_NONE)
        promises->unknown_time += unknown_time;
    if (projection_ids_add(&promises->clients, client) == PROJECTION_ID_NONE)
        return false;
    bool dated = task->created.when != LEDGER_WHEN_UNKNOWN;
    if (projection_after(&last, dated ? &task->created : &task->due))
        return true;
    if (!projection_grow(projection_view_arena(view), &promises->list, &promises->capacity,
                         promises->count, sizeof(struct promise)))
        return false;
    promises->list[promises->count++] = (struct promise){*task, client, owner, last};
    return true;
}

static enum ledger_err collect(struct promises *promises, struct ledger_error *error) {
    const struct task_filter all = {.due = {INT32_MIN, INT32_MAX}};
    const struct task *task = NULL;
    struct tasks tasks;
    enum ledger_err err = tasks_begin(&tasks, promises->view, &all, error);
    while (!err) {
        err = tasks_next(&tasks, &task, error);
        if (err || !task)
            break;
        if (is_promise(promises, task) && !add(promises, task))
            err = projection_no_memory(error);
    }
    return err;
}

static int by_due(const void *a, const void *b) {
    const struct task *left = &((const struct promise *)a)->task;
    const struct task *right = &((const struct promise *)b)->task;
    if (left->due.micros != right->due.micros)
        return left->due.micros < right->due.micros ? -1 : 1;
    return strcmp(left->id, right->id);
}

static void answer_promise(const struct promises *promises, struct projection_answer *answer,
                           const struct promise *promise) {
    struct projection_view *view = promises->view;
    const struct task *task = &promise->task;
    projection_answer_text(answer, task->id);
    projection_answer_text(answer, task_kind_text(task->kind));
    projection_answer_text(answer, task->subject);
    projection_answer_text(answer, promise->client);
    projection_answer_text(answer, projection_name(view, CLIENT_NAMES, promise->client));
    projection_answer_text(answer, promise->owner);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, promise->owner));
    projection_answer_text(answer, task->assignee);
    projection_answer_moment(answer, &task->created);
    projection_answer_moment(answer, &task->due);
    projection_answer_integer(answer, (int64_t)promises->now.day - task->due.day);
    projection_answer_moment(answer, &promise->last);
}

enum ledger_err promises_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct promises promises = {.view = view,
                                .now = projection_view_today(view),
                                .owner = projection_argument(arguments, "owner"),
                                .clients = {.arena = projection_view_arena(view)}};
    uint64_t limit = 0;
    bool given;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &given, error);
    if (!err)
        err = projection_argument_u64(arguments, "days", &promises.days, &given, error);
    if (!err)
        err = collect(&promises, error);
    if (err)
        return err;
    if (promises.count)
        qsort(promises.list, promises.count, sizeof(struct promise), by_due);
    projection_answer_table(answer, "promises", "Overdue offers and calls, no contact since",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < promises.count; i++)
        answer_promise(&promises, answer, &promises.list[i]);
    projection_answer_note(answer, "A contact is a visit or an interaction, unless a machine sent "
                                   "it; one after the promise takes it off this list.");
    if (promises.unknown_time)
        projection_answer_note(answer, "%s at an unknown time, and not taken for a contact since.",
                               projection_count(answer, promises.unknown_time,
                                                "visit or interaction is",
                                                "visits and interactions are"));
    projection_answer_note_today(answer, view);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
