// Tasks and their reminders: done in time, done late, put off, called off or forgotten.
#include "world.h"

enum { CREATED_PERCENT = 18, DUE_HOUR = 15, SLIP_DAYS = 7 };

static void put(struct world *world, const struct task *task, const char *type, int minute,
                json_t *payload, bool with_client) {
    const struct rep *rep = &world->reps[task->owner];
    const int64_t at = at_time(world->today, 14, minute);
    struct fact fact = {.type = type,
                        .category = "task",
                        .id = task->id,
                        .occurred = at,
                        .recorded = at,
                        .actor = rep->id,
                        .subjects = {{"task", task->id, NULL}},
                        .payload = payload};
    if (with_client) {
        fact.subjects[1].kind = "client";
        fact.subjects[1].id = world->clients[task->client].id;
    }
    outbox_put(&world->outbox, &fact, NULL);
}

// ---- creating
static void choose_fate(struct world *world, struct task *task) {
    uint64_t roll = chance_below(&world->chance, 100);
    task->end_day = task->due - (int32_t)chance_below(&world->chance, 2);
    if (roll < 15)
        task->end_day = INT32_MAX;
    else if (roll < 27)
        task->end_day = task->due + (int32_t)chance_between(&world->chance, 1, 5);
    else if (roll < 40)
        task->slips = true;
    else if (roll < 48)
        task->cancelled = true;
    if (task->slips)
        task->end_day = task->due + SLIP_DAYS;
}

static void put_created(struct world *world, const struct task *task) {
    static const char *const kinds[] = {"CALL", "OFFER", "VISIT", "SERVICE"};
    json_t *payload =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "taskId", task->id, "kind",
                  kinds[chance_below(&world->chance, 4)], "subject", "Follow up", "assignee",
                  world->reps[task->owner].id, "clientId", world->clients[task->client].id,
                  "remindAt", value_instant(at_time(task->due, 9, 0)));
    if (task->timed)
        value_put(&payload, "due", value_instant(at_time(task->due, DUE_HOUR, 0)));
    else
        value_put(&payload, "dueOn", value_date(task->due));
    put(world, task, "TaskCreated", 0, payload, true);
}

static void create(struct world *world, int rep) {
    int known = world_pick_clients(world, rep);
    struct task *task = known ? world_add(world, &world->tasks, &world->task_count,
                                          &world->task_capacity, sizeof *task)
                              : NULL;
    if (!task)
        return;
    (void)snprintf(task->id, ID_SIZE, "task-%06d", world->task_count);
    task->owner = rep;
    task->client = world->picked[chance_below(&world->chance, (uint64_t)known)];
    task->open = true;
    task->timed = chance_percent(&world->chance, 50);
    task->due = world->today + (int32_t)chance_between(&world->chance, 3, 14);
    choose_fate(world, task);
    put_created(world, task);
}

// ---- what becomes of them
static void remind(struct world *world, struct task *task) {
    const int64_t at = at_time(world->today, 9, 0);
    const char *rep = world->reps[task->owner].id;
    task->reminded = true;
    outbox_put(&world->outbox,
               &(struct fact){.type = "ReminderFired",
                              .category = "task",
                              .id = task->id,
                              .occurred = at,
                              .recorded = at,
                              .actor = rep,
                              .subjects = {{"task", task->id, NULL}},
                              .payload = json_pack("{s:s,s:s,s:o}", "taskId", task->id, "to", rep,
                                                   "due", value_instant(at))},
               NULL);
}

static void put_off(struct world *world, struct task *task) {
    int32_t due = task->due + SLIP_DAYS;
    json_t *payload = task->timed
                          ? json_pack("{s:s,s:o,s:o,s:s,s:s}", "taskId", task->id, "oldDue",
                                      value_instant(at_time(task->due, DUE_HOUR, 0)), "newDue",
                                      value_instant(at_time(due, DUE_HOUR, 0)), "oldFrom", "LEDGER",
                                      "reason", "no answer yet")
                          : json_pack("{s:s,s:o,s:o,s:s,s:s}", "taskId", task->id, "oldDueOn",
                                      value_date(task->due), "newDueOn", value_date(due), "oldFrom",
                                      "LEDGER", "reason", "no answer yet");
    put(world, task, "TaskRescheduled", 5, payload, false);
    task->due = due;
    task->slips = false;
    truth_list(&world->truth, "tasks_put_off", NULL, task->id);
}

static void end_task(struct world *world, struct task *task) {
    if (task->cancelled)
        put(world, task, "TaskCancelled", 10,
            json_pack("{s:s,s:s}", "taskId", task->id, "reason", "no longer wanted"), false);
    else
        put(world, task, "TaskCompleted", 10,
            json_pack("{s:s,s:s}", "taskId", task->id, "resultCode", "done"), false);
    task->open = false;
    truth_list(&world->truth, "tasks", task->cancelled ? "cancelled" : "completed", task->id);
}

void tasks_day(struct world *world) {
    if (!is_workday(world))
        return;
    for (int i = 0; i < world->task_count; i++) {
        struct task *task = &world->tasks[i];
        if (!task->open || rep_rests(world, task->owner))
            continue;
        if (task->slips && world->today >= task->due - 1)
            put_off(world, task);
        if (!task->reminded && world->today >= task->due)
            remind(world, task);
        if (world->today >= task->end_day)
            end_task(world, task);
    }
    for (int i = 0; i < world->rep_count; i++)
        if (rep_works(world, &world->reps[i], world->today) && !rep_rests(world, i) &&
            chance_percent(&world->chance, CREATED_PERCENT))
            create(world, i);
}

void tasks_end(struct world *world) {
    for (int i = 0; i < world->task_count; i++) {
        const struct task *task = &world->tasks[i];
        if (!task->open)
            continue;
        truth_list(&world->truth, "tasks", "open", task->id);
        if (task->due < world->last_day)
            truth_list(&world->truth, "tasks_overdue", NULL, task->id);
    }
}
