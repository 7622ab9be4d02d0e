// Active clients that have no open task.
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "tasks.h"

struct idle_client {
    const char *id, *owner;
    struct ledger_moment last;
};

struct idle_clients {
    struct projection_view *view;
    struct ledger_moment now;
    struct projection_ids busy; // clients with an open task
    struct projection_ids seen;
    struct idle_client *list;
    size_t count, capacity;
    uint64_t active, with_task, never_created, unknown_time;
};

static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"last_contact", "Last contact", PROJECTION_DATE},
    {"days_since", "Days since", PROJECTION_INTEGER},
};
static const struct projection_column total_columns[] = {
    {"active", "Active clients", PROJECTION_INTEGER},
    {"with_task", "With an open task", PROJECTION_INTEGER},
    {"without_task", "Without", PROJECTION_INTEGER},
    {"share_without", "Share without", PROJECTION_RATIO},
};

static enum ledger_err find_busy(struct idle_clients *clients, struct ledger_error *error) {
    const struct task_filter all = {.due = {INT32_MIN, INT32_MAX}};
    const struct task *task = NULL;
    struct tasks tasks;
    enum ledger_err err = tasks_begin(&tasks, clients->view, &all, error);
    while (!err) {
        err = tasks_next(&tasks, &task, error);
        if (err || !task)
            break;
        const char *client = task_client(clients->view, task);
        if (!client || task->status != TASK_IS_OPEN)
            continue;
        clients->never_created += !task->was_created;
        if (task->was_created && projection_ids_add(&clients->busy, client) == PROJECTION_ID_NONE)
            err = projection_no_memory(error);
    }
    return err;
}

static bool see_client(struct idle_clients *clients, const char *client, const char *owner) {
    struct projection_view *view = clients->view;
    size_t before = clients->seen.count;
    size_t number = projection_ids_add(&clients->seen, client);
    if (number == PROJECTION_ID_NONE)
        return false;
    if (number < before || !client_active(view, client))
        return true;
    bool dated = clients->now.when != LEDGER_WHEN_UNKNOWN;
    const char *held_by = client_owner(view, client, dated ? clients->now.day : INT32_MAX);
    if (owner && (!held_by || strcmp(owner, held_by) != 0))
        return true;
    clients->active++;
    if (projection_ids_find(&clients->busy, client) != PROJECTION_ID_NONE) {
        clients->with_task++;
        return true;
    }
    if (!projection_grow(projection_view_arena(view), &clients->list, &clients->capacity,
                         clients->count, sizeof(struct idle_client)))
        return false;
    clients->list[clients->count++] = (struct idle_client){
        client, held_by, client_last_contact(view, client, &clients->unknown_time)};
    return true;
}

static enum ledger_err find_idle(struct idle_clients *clients, const char *owner,
                                 struct ledger_error *error) {
    struct projection_cursor *cursor = projection_scan(clients->view, CLIENTS, NULL, true);
    struct projection_row row;
    struct ledger_span id;
    bool ok = true;
    while (ok && projection_next(cursor, &row))
        if (projection_key_read_text(&row.key, &id))
            ok = see_client(clients, projection_view_client(clients->view, (const char *)id.data),
                            owner);
    projection_scan_end(cursor);
    return ok ? LEDGER_E_OK : projection_no_memory(error);
}

// Those never contacted first, then the longest ago.
static int by_contact(const void *a, const void *b) {
    const struct idle_client *left = a;
    const struct idle_client *right = b;
    bool left_known = left->last.when != LEDGER_WHEN_UNKNOWN;
    bool right_known = right->last.when != LEDGER_WHEN_UNKNOWN;
    if (left_known != right_known)
        return left_known ? 1 : -1;
    if (left_known && left->last.day != right->last.day)
        return left->last.day < right->last.day ? -1 : 1;
    return strcmp(left->id, right->id);
}

static void answer_client(const struct idle_clients *clients, struct projection_answer *answer,
                          const struct idle_client *client) {
    struct projection_view *view = clients->view;
    bool known = client->last.when != LEDGER_WHEN_UNKNOWN;
    projection_answer_text(answer, client->id);
    projection_answer_text(answer, projection_name(view, CLIENT_NAMES, client->id));
    projection_answer_text(answer, client->owner);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, client->owner));
    projection_answer_moment(answer, &client->last);
    if (known && clients->now.when != LEDGER_WHEN_UNKNOWN && client->last.day <= clients->now.day)
        projection_answer_integer(answer, clients->now.day - client->last.day);
    else
        projection_answer_none(answer);
}

static void answer_notes(const struct idle_clients *clients, struct projection_answer *answer) {
    if (clients->never_created)
        projection_answer_note(
            answer, "%s no creation: not taken for a next task.",
            projection_count(answer, clients->never_created, "open task has", "open tasks have"));
    if (clients->unknown_time)
        projection_answer_note(answer, "%s at an unknown time, and not taken for a last contact.",
                               projection_count(answer, clients->unknown_time,
                                                "visit or interaction is",
                                                "visits and interactions are"));
}

enum ledger_err no_next_task_answer(struct projection_view *view,
                                    const struct projection_arguments *arguments,
                                    struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct idle_clients clients = {.view = view,
                                   .now = projection_view_today(view),
                                   .busy = {.arena = arena},
                                   .seen = {.arena = arena}};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = find_busy(&clients, error);
    if (!err)
        err = find_idle(&clients, projection_argument(arguments, "owner"), error);
    if (err)
        return err;
    if (clients.count)
        qsort(clients.list, clients.count, sizeof(struct idle_client), by_contact);
    projection_answer_table(answer, "clients", "Active clients without an open task",
                            PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < clients.count; i++)
        answer_client(&clients, answer, &clients.list[i]);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)clients.active);
    projection_answer_integer(answer, (int64_t)clients.with_task);
    projection_answer_integer(answer, (int64_t)clients.count);
    projection_answer_ratio(answer, (int64_t)clients.count, (int64_t)clients.active);
    answer_notes(&clients, answer);
    projection_answer_note_today(answer, view);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
