// agenda: tasks and how they end, who keeps to them, clients left without one, promises, and what
// lies ahead; and what corrections, merges, times and orders do to them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agenda/agenda.h"
#include "test_projection_fixture.h"

// ---- writing
// `payload` and `extra` are JSON with ' for "; extra begins with a comma, or is empty.
static uint64_t say_more(struct world *world, const char *type, const char *occurred,
                         const char *actor, const char *payload, const char *extra) {
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "{'type':'%s','stream':'x/x','occurred':'%s','actor':'%s','payload':{%s}%s}",
                   type, occurred, actor, payload, extra);
    for (char *at = text; (at = strchr(at, '\''));)
        *at = '"';
    return world_write(world, "%s", text);
}

static uint64_t say(struct world *world, const char *type, const char *occurred, const char *actor,
                    const char *payload) {
    return say_more(world, type, occurred, actor, payload, "");
}

static void base(struct world *world) {
    say(world, "EmployeeHired", "unknown", "unknown", "'employeeId':'r1','teamName':'North'");
    say(world, "EmployeeHired", "unknown", "unknown", "'employeeId':'r2','teamName':'South'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'a','name':'Apteka A'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'b','name':'Apteka B'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'c','name':'Apteka C'");
}

// Five tasks: t1 in time, t2 late against its first due day, t3 open, t4 a service, t5 cancelled.
static void five_tasks(struct world *world) {
    say(world, "TaskCreated", "2025-05-01T08:00:00Z", "r1",
        "'taskId':'t1','kind':'CALL','subject':'call back','due':'2025-05-03T08:00:00Z',"
        "'assignee':'r1','clientId':'a'");
    say(world, "TaskCompleted", "2025-05-02T20:00:00Z", "r1", "'taskId':'t1','resultCode':'ok'");
    say(world, "TaskCreated", "2025-05-01", "r1",
        "'taskId':'t2','kind':'OFFER','dueOn':'2025-05-05','assignee':'r1','clientId':'b'");
    say(world, "TaskRescheduled", "2025-05-04", "r1",
        "'taskId':'t2','oldDueOn':'2025-05-05','newDueOn':'2025-05-08','oldFrom':'LEDGER'");
    say(world, "TaskCompleted", "2025-05-07", "r1", "'taskId':'t2'");
    say(world, "TaskCreated", "2025-05-01T09:00:00Z", "r1",
        "'taskId':'t3','kind':'MEETING','due':'2025-05-10T12:00:00Z','assignee':'r1',"
        "'clientId':'a','dealId':'d1'");
    say(world, "TaskReassigned", "2025-05-02T09:00:00Z", "r1",
        "'taskId':'t3','fromEmployee':'r1','toEmployee':'r2'");
    say(world, "TaskProgressed", "2025-05-03T09:00:00Z", "r2",
        "'taskId':'t3','pct':40,'status':'agreed','checklistItem':'room booked'");
    say(world, "TaskCreated", "2025-05-02T00:00:00Z", "r2",
        "'taskId':'t4','kind':'SERVICE','assignee':'r2','clientId':'b'");
    say(world, "TaskCompleted", "2025-05-02T09:00:00Z", "r2",
        "'taskId':'t4','completedAt':'2025-05-02T06:00:00Z'");
    say(world, "TaskCreated", "2025-05-02T01:00:00Z", "r2",
        "'taskId':'t5','kind':'SUPPORT','dueOn':'2025-05-03','assignee':'r2'");
    say(world, "TaskCancelled", "2025-05-02T02:00:00Z", "r2", "'taskId':'t5','reason':'moot'");
}

// ---- the register
static void register_shows_what_each_task_came_to(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "tasks", "now", "2025-05-11", NULL);
    static const char *const order[] = {"t1", "t5", "t2", "t3", "t4"};
    assert_int_equal(row_count(reply, "tasks"), 5);
    for (size_t i = 0; i < 5; i++)
        assert_cell(reply, "tasks", i, "task", order[i]);
    assert_cell(reply, "tasks", 0, "status", "completed");
    assert_cell(reply, "tasks", 0, "result", "ok");
    assert_cell(reply, "tasks", 0, "ended_by", "r1");
    assert_cell(reply, "tasks", 0, "days", "1.5000");
    assert_cell(reply, "tasks", 0, "client_name", "Apteka A");
    assert_cell(reply, "tasks", 1, "status", "cancelled");
    assert_cell(reply, "tasks", 1, "result", "moot");
    assert_cell(reply, "tasks", 1, "overdue", "0");
    assert_cell(reply, "tasks", 2, "first_due", "2025-05-05");
    assert_cell(reply, "tasks", 2, "due", "2025-05-08");
    assert_cell(reply, "tasks", 2, "slips", "1");
    assert_cell(reply, "tasks", 2, "days", "6.0000");
    assert_cell(reply, "tasks", 3, "assignee", "r2");
    assert_cell(reply, "tasks", 3, "assignee_name", "South");
    assert_cell(reply, "tasks", 3, "overdue", "1");
    assert_cell(reply, "tasks", 3, "progress", "40");
    assert_cell(reply, "tasks", 3, "ended", "none");
    assert_cell(reply, "tasks", 3, "days", "none");
    assert_cell(reply, "tasks", 4, "due", "none");
    assert_cell(reply, "tasks", 4, "ended", "2025-05-02T06:00:00Z");
    assert_cell(reply, "kinds", 3, "kind", "service");
    assert_cell(reply, "kinds", 3, "mean_days", "0.2500");
    assert_cell(reply, "totals", 0, "tasks", "5");
    assert_cell(reply, "totals", 0, "overdue", "1");
    assert_cell(reply, "totals", 0, "mean_days", "2.5833");
    assert_cell(reply, "totals", 0, "median_days", "1.5000");
    world_close(world);
}

static void filters_narrow_the_register(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    static const struct {
        const char *name, *value, *first;
        size_t rows;
    } filters[] = {
        {"assignee", "r1", "t1", 2},      {"assignee", "r2", "t5", 3},
        {"client", "a", "t1", 2},         {"deal", "d1", "t3", 1},
        {"kind", "SERVICE", "t4", 1},     {"kind", "service", "t4", 1},
        {"status", "open", "t3", 1},      {"status", "completed", "t1", 3},
        {"status", "cancelled", "t5", 1}, {"overdue", "yes", "t3", 1},
        {"overdue", "no", "t1", 4},       {"from", "2025-05-08", "t2", 2},
        {"to", "2025-05-03", "t1", 2},    {"limit", "1", "t1", 1},
        {"assignee", "r9", "no row", 0},  {"client", "c", "no row", 0},
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const Ledger__V1__QueryReply *reply =
            world_ask(world, "tasks", "now", "2025-05-11", filters[i].name, filters[i].value, NULL);
        assert_int_equal(row_count(reply, "tasks"), filters[i].rows);
        if (filters[i].rows)
            assert_cell(reply, "tasks", 0, "task", filters[i].first);
        assert_int_equal(has_note(reply, "Nothing is known"), strcmp(filters[i].value, "r9") == 0);
    }
    struct ledger_error error;
    static const char *const wrong[][2] = {
        {"kind", "party"}, {"status", "late"}, {"overdue", "maybe"}, {"limit", "x"}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(world_refuse(world, &error, "tasks", wrong[i][0], wrong[i][1], NULL),
                         LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static void overdue_goes_by_now(void **state) {
    (void)state;
    static const struct {
        const char *now, *instant, *day;
    } rows[] = {
        {"2025-05-10", "0", "0"},           {"2025-05-10T12:00:00Z", "0", "0"},
        {"2025-05-10T12:00:01Z", "1", "0"}, {"2025-05-10T14:00:00+02:00", "0", "0"},
        {"2025-05-11", "1", "1"},
    };
    struct world *world = world_open(&agenda);
    say(world, "TaskCreated", "2025-05-01", "r1", "'taskId':'i','due':'2025-05-10T12:00:00Z'");
    say(world, "TaskCreated", "2025-05-01", "r1", "'taskId':'z','dueOn':'2025-05-10'");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Ledger__V1__QueryReply *reply = world_ask(world, "tasks", "now", rows[i].now, NULL);
        assert_cell(reply, "tasks", 0, "task", "i");
        assert_cell(reply, "tasks", 0, "overdue", rows[i].instant);
        assert_cell(reply, "tasks", 1, "overdue", rows[i].day);
        assert_false(has_note(reply, "no now"));
    }
    const Ledger__V1__QueryReply *reply = world_ask(world, "tasks", NULL);
    assert_cell(reply, "tasks", 0, "overdue", "1");
    assert_true(has_note(reply, "2026-01-01, the latest day on which a fact was recorded"));
    reply = world_ask(world, "tasks", "as-of-occurred", "2025-05-10", NULL);
    assert_cell(reply, "tasks", 0, "overdue", "0");
    assert_true(has_note(reply, "2025-05-10, the time that it asks as of"));
    world_close(world);
}

static void nothing_is_an_empty_answer(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    const Ledger__V1__QueryReply *reply = world_ask(world, "tasks", NULL);
    assert_int_equal(row_count(reply, "tasks"), 0);
    assert_cell(reply, "totals", 0, "tasks", "0");
    assert_cell(reply, "totals", 0, "mean_days", "none");
    assert_cell(reply, "totals", 0, "median_days", "none");
    reply = world_ask(world, "discipline", NULL);
    assert_int_equal(row_count(reply, "assignees"), 0);
    assert_cell(reply, "totals", 0, "on_time_first", "none");
    assert_cell(reply, "totals", 0, "slips_per_task", "none");
    reply = world_ask(world, "no-next-task", NULL);
    assert_cell(reply, "totals", 0, "share_without", "none");
    assert_int_equal(row_count(world_ask(world, "ahead", NULL), "ahead"), 0);
    assert_int_equal(row_count(world_ask(world, "promises", NULL), "promises"), 0);
    reply = world_ask(world, "task", "task", "t9", NULL);
    assert_int_equal(row_count(reply, "task"), 0);
    assert_true(has_note(reply, "Nothing is known of task t9."));
    world_close(world);
}

// ---- one task
static void a_task_is_told_fact_by_fact(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "task", "task", "t3", "now", "2025-05-09", NULL);
    assert_cell(reply, "task", 0, "task", "t3");
    assert_cell(reply, "task", 0, "overdue", "0");
    assert_cell(reply, "task", 0, "deal", "d1");
    assert_int_equal(row_count(reply, "facts"), 3);
    assert_cell(reply, "facts", 0, "fact", "created");
    assert_cell(reply, "facts", 0, "due", "2025-05-10T12:00:00Z");
    assert_cell(reply, "facts", 0, "employee", "r1");
    assert_cell(reply, "facts", 0, "recorded", "2026-01-01T00:00:11Z");
    assert_cell(reply, "facts", 1, "fact", "reassigned");
    assert_cell(reply, "facts", 1, "actor_name", "North");
    assert_cell(reply, "facts", 1, "from_employee", "r1");
    assert_cell(reply, "facts", 1, "employee", "r2");
    assert_cell(reply, "facts", 2, "progress", "40");
    assert_cell(reply, "facts", 2, "text", "agreed");
    assert_cell(reply, "facts", 2, "detail", "room booked");
    assert_cell(reply, "facts", 2, "contradiction", "none");
    assert_int_equal(row_count(reply, "contradictions"), 0);
    world_close(world);
}

static void contradictions_are_flagged_and_change_nothing(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    say(world, "TaskCreated", "2025-05-02", "r1",
        "'taskId':'t','assignee':'r1','dueOn':'2025-05-09'");
    say(world, "TaskCreated", "2025-05-03", "r2", "'taskId':'t','assignee':'r2'");
    say(world, "TaskProgressed", "2025-05-01", "r1", "'taskId':'t','pct':10");
    say(world, "TaskReassigned", "2025-05-04", "r1",
        "'taskId':'t','fromEmployee':'r7','toEmployee':'r3'");
    say(world, "TaskRescheduled", "2025-05-05", "r3",
        "'taskId':'t','oldDueOn':'2025-05-07','newDueOn':'2025-05-10'");
    say(world, "TaskProgressed", "2025-05-06", "r3", "'taskId':'t','pct':120");
    say(world, "TaskCompleted", "2025-05-07", "r3", "'taskId':'t','resultCode':'done'");
    say(world, "TaskProgressed", "2025-05-08", "r3", "'taskId':'t','pct':50");
    say(world, "TaskRescheduled", "2025-05-09", "r3", "'taskId':'t','newDueOn':'2025-06-01'");
    say(world, "TaskReassigned", "2025-05-10", "r3", "'taskId':'t','toEmployee':'r4'");
    say(world, "TaskCompleted", "2025-05-11", "r4", "'taskId':'t','resultCode':'again'");
    say(world, "TaskCancelled", "2025-05-12", "r4", "'taskId':'t'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "task", "task", "t", "now", "2025-06-01", NULL);
    static const char *const codes[] = {"none",
                                        "before_created",
                                        "created_twice",
                                        "reassigned_from_other",
                                        "rescheduled_from_other",
                                        "progress_over_100",
                                        "none",
                                        "progressed_after_end",
                                        "rescheduled_after_end",
                                        "reassigned_after_end",
                                        "completed_twice",
                                        "cancelled_after_completed"};
    assert_int_equal(row_count(reply, "facts"), 12);
    for (size_t i = 0; i < 12; i++)
        assert_cell(reply, "facts", i, "contradiction", codes[i]);
    assert_cell(reply, "task", 0, "status", "completed");
    assert_cell(reply, "task", 0, "result", "done");
    assert_cell(reply, "task", 0, "assignee", "r3");
    assert_cell(reply, "task", 0, "due", "2025-05-10");
    assert_cell(reply, "task", 0, "slips", "1");
    assert_cell(reply, "task", 0, "progress", "10");
    assert_cell(reply, "task", 0, "days", "5.0000");
    assert_cell(reply, "task", 0, "contradictions", "10");
    assert_int_equal(row_count(reply, "contradictions"), 10);
    assert_cell(reply, "contradictions", 0, "code", "created_twice");
    assert_cell(reply, "contradictions", 0, "facts", "1");
    reply = world_ask(world, "discipline", "now", "2025-06-01", NULL);
    assert_cell(reply, "totals", 0, "tasks", "1");
    assert_cell(reply, "totals", 0, "completed", "1");
    assert_cell(reply, "totals", 0, "on_time_first", "1.0000");
    world_close(world);
}

static void an_end_and_a_creation_can_contradict(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    say(world, "TaskCreated", "2025-05-02T10:00:00Z", "r1", "'taskId':'e','dueOn':'2025-05-09'");
    say(world, "TaskCompleted", "2025-05-03", "r1",
        "'taskId':'e','completedAt':'2025-05-01T10:00:00Z'");
    say(world, "TaskCreated", "2025-05-02", "r1", "'taskId':'x'");
    say(world, "TaskCancelled", "2025-05-03", "r1", "'taskId':'x'");
    say(world, "TaskCancelled", "2025-05-04", "r1", "'taskId':'x'");
    say(world, "TaskCompleted", "2025-05-05", "r1", "'taskId':'x'");
    say(world, "TaskCompleted", "2025-05-05", "r1", "'taskId':'never'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "task", "task", "e", NULL);
    assert_cell(reply, "contradictions", 0, "code", "completed_before_created");
    assert_cell(reply, "task", 0, "days", "none");
    reply = world_ask(world, "task", "task", "x", NULL);
    assert_cell(reply, "facts", 2, "contradiction", "cancelled_twice");
    assert_cell(reply, "facts", 3, "contradiction", "completed_after_cancelled");
    assert_cell(reply, "task", 0, "status", "cancelled");
    reply = world_ask(world, "task", "task", "never", NULL);
    assert_cell(reply, "contradictions", 0, "code", "never_created");
    reply = world_ask(world, "discipline", NULL);
    assert_cell(reply, "totals", 0, "tasks", "2");
    assert_cell(reply, "totals", 0, "completed", "1");
    assert_cell(reply, "totals", 0, "on_time_first", "none");
    assert_true(has_note(reply, "1 task has no creation"));
    assert_true(has_note(reply, "1 completed task is left out of the on-time shares"));
    reply = world_ask(world, "tasks", NULL);
    assert_int_equal(row_count(reply, "tasks"), 3);
    assert_cell(reply, "totals", 0, "tasks", "2");
    assert_true(has_note(reply, "1 task has no creation: listed, and in no figure."));
    world_close(world);
}

// A date counts at the end of its day: what was done that day does not come before the creation.
static void a_creation_known_to_the_day_comes_first(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    say(world, "TaskCompleted", "2025-05-02T10:00:00Z", "r1", "'taskId':'t'");
    say(world, "TaskCreated", "2025-05-02", "r1", "'taskId':'t','dueOn':'2025-05-02'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "task", "task", "t", NULL);
    assert_cell(reply, "facts", 0, "fact", "created");
    assert_cell(reply, "task", 0, "contradictions", "0");
    assert_cell(reply, "task", 0, "days", "0.0000");
    world_close(world);
}

// ---- discipline
static void discipline_counts_by_who_has_the_task(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "discipline", "now", "2025-05-11", NULL);
    static const struct {
        const char *column, *r1, *r2, *total;
    } figures[] = {
        {"tasks", "2", "3", "5"},
        {"open", "0", "1", "1"},
        {"due", "0", "0", "0"},
        {"overdue", "0", "1", "1"},
        {"completed", "2", "1", "3"},
        {"cancelled", "0", "1", "1"},
        {"assessed", "2", "0", "2"},
        {"on_time_first", "0.5000", "none", "0.5000"},
        {"on_time_last", "1.0000", "none", "1.0000"},
        {"slips", "1", "0", "1"},
        {"slips_per_task", "0.5000", "0.0000", "0.2000"},
        {"mean_days", "3.7500", "0.2500", "2.5833"},
        {"median_days", "3.7500", "0.2500", "1.5000"},
    };
    assert_cell(reply, "assignees", 0, "name", "North");
    assert_cell(reply, "totals", 0, "assignees", "2");
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        assert_cell(reply, "assignees", 0, figures[i].column, figures[i].r1);
        assert_cell(reply, "assignees", 1, figures[i].column, figures[i].r2);
        assert_cell(reply, "totals", 0, figures[i].column, figures[i].total);
    }
    reply = world_ask(world, "discipline", "now", "2025-05-10", NULL);
    assert_cell(reply, "assignees", 1, "due", "1");
    assert_cell(reply, "assignees", 1, "overdue", "0");
    reply = world_ask(world, "discipline", "kind", "offer", "now", "2025-05-11", NULL);
    assert_cell(reply, "totals", 0, "tasks", "1");
    say(world, "TaskReassigned", "2025-05-12", "r1", "'taskId':'t3','fromEmployee':'r2'");
    reply = world_ask(world, "discipline", "now", "2025-05-12", NULL);
    assert_cell(reply, "assignees", 2, "assignee", "none");
    assert_cell(reply, "assignees", 2, "overdue", "1");
    world_close(world);
}

static void tasks_by_the_stage_of_their_deal(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    say(world, "DealOpened", "2025-05-01", "r1",
        "'dealId':'d','pipelineId':'p','stage':'s1','clientId':'a'");
    say(world, "DealStageChanged", "2025-05-10T12:00:00Z", "r1", "'dealId':'d','to':'s2'");
    static const char *const created[][2] = {
        {"t1", "2025-05-01T08:00:00Z"}, {"t2", "2025-05-02"}, {"t3", "2025-05-10T11:59:59Z"},
        {"t4", "2025-05-10T12:00:00Z"}, {"t5", "2025-05-11"}, {"t6", "unknown"}};
    for (size_t i = 0; i < 6; i++) {
        char payload[64];
        (void)snprintf(payload, sizeof payload, "'taskId':'%s','dealId':'d'", created[i][0]);
        say(world, "TaskCreated", created[i][1], "r1", payload);
    }
    say(world, "TaskCompleted", "2025-05-12", "r1", "'taskId':'t1'");
    say(world, "TaskProgressed", "2025-05-12", "r1", "'taskId':'t2','pct':50");
    say(world, "TaskCancelled", "2025-05-12", "r1", "'taskId':'t3'");
    say(world, "TaskCreated", "2025-05-12", "r1", "'taskId':'t7'"); // of no deal
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "stages", "deal", "d", "now", "2025-05-13", NULL);
    assert_int_equal(row_count(reply, "stages"), 3);
    assert_cell(reply, "stages", 0, "pipeline", "p");
    assert_cell(reply, "stages", 0, "stage", "s1");
    assert_cell(reply, "stages", 0, "tasks", "3");
    assert_cell(reply, "stages", 0, "done", "0.5000");
    assert_cell(reply, "stages", 0, "progress", "0.7500");
    assert_cell(reply, "stages", 1, "stage", "s2");
    assert_cell(reply, "stages", 1, "pipeline", "p");
    assert_cell(reply, "stages", 1, "tasks", "2");
    assert_cell(reply, "stages", 1, "done", "0.0000");
    assert_cell(reply, "stages", 2, "stage", "none");
    assert_cell(reply, "totals", 0, "tasks", "6");
    assert_cell(reply, "totals", 0, "progress", "0.3000");
    reply = world_ask(world, "stages", "deal", "d9", NULL);
    assert_cell(reply, "totals", 0, "progress", "none");
    assert_true(has_note(reply, "Nothing is known of deal d9."));
    world_close(world);
}

// ---- corrections and times
static void amendments_come_right_by_themselves(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    struct ledger_span before =
        answer_bytes(world, world_ask(world, "tasks", "now", "2025-05-11", NULL));
    uint64_t head = world_head(world);
    uint64_t late = say(world, "TaskCompleted", "2025-05-09T00:00:00Z", "r2", "'taskId':'t3'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "tasks", "now", "2025-05-11", "overdue", "yes", NULL);
    assert_int_equal(row_count(reply, "tasks"), 0);
    char corrects[96];
    (void)snprintf(corrects, sizeof corrects, ",'correctsEventId':'%s'", event_id(world, late));
    say_more(world, "FactCorrected", "2025-05-12", "r2",
             "'type':'TaskCompleted','occurred':'2025-05-08T00:00:00Z'", corrects);
    reply = world_ask(world, "task", "task", "t3", NULL);
    assert_cell(reply, "task", 0, "ended", "2025-05-08T00:00:00Z");
    assert_cell(reply, "facts", 3, "corrected", "1");
    say_more(world, "FactRetracted", "2025-05-13", "r2", "", corrects);
    assert_true(ledger_span_equal(
        before, answer_bytes(world, world_ask(world, "tasks", "now", "2025-05-11", NULL))));
    char position[32];
    (void)snprintf(position, sizeof position, "%d", (int)late);
    reply = world_ask(world, "task", "task", "t3", "as-of-position", position, NULL);
    assert_cell(reply, "task", 0, "ended", "2025-05-09T00:00:00Z");
    (void)snprintf(position, sizeof position, "%d", (int)head);
    assert_true(ledger_span_equal(
        before, answer_bytes(world, world_ask(world, "tasks", "now", "2025-05-11", "as-of-position",
                                              position, NULL))));
    world_close(world);
}

static void as_of_an_occurred_time_the_past_is_as_it_was(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    say(world, "TaskCreated", "unknown", "r1", "'taskId':'u','assignee':'r1'");
    say(world, "TaskProgressed", "2025-05-01", "r1", "'taskId':'u','pct':5");
    say(world, "TaskCompleted", "unknown", "r1", "'taskId':'u'");
    say(world, "TaskCreated", "unknown", "r1", "'taskId':'v','assignee':'r1'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "tasks", "as-of-occurred", "2025-05-01", NULL);
    assert_int_equal(row_count(reply, "tasks"), 4); // t1, t2, t3, u
    assert_cell(reply, "totals", 0, "open", "4");
    assert_cell(reply, "tasks", 1, "due", "2025-05-05");
    assert_cell(reply, "tasks", 2, "assignee", "r1");
    assert_true(has_note(reply, "1 task left out is not known to have been there by then"));
    reply = world_ask(world, "task", "task", "u", "as-of-occurred", "2025-05-01", NULL);
    assert_cell(reply, "task", 0, "status", "open");
    assert_int_equal(row_count(reply, "facts"), 2);
    assert_true(has_note(reply, "1 fact at an unknown time is left out"));
    reply = world_ask(world, "task", "task", "v", "as-of-occurred", "2025-05-01", NULL);
    assert_int_equal(row_count(reply, "task"), 0);
    assert_int_equal(row_count(reply, "facts"), 0);
    reply = world_ask(world, "task", "task", "u", NULL);
    assert_cell(reply, "task", 0, "status", "completed");
    assert_cell(reply, "task", 0, "ended", "unknown");
    assert_cell(reply, "task", 0, "days", "none");
    world_close(world);
}

// ---- clients
static void clients_without_a_next_task(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    say(world, "ClientAssigned", "2025-01-02", "r1",
        "'clientId':'b','employeeId':'r1','role':'OWNER'");
    say(world, "ClientAssigned", "2025-01-03", "r1",
        "'clientId':'b','employeeId':'r2','role':'SUPPORT'");
    say(world, "ClientAssigned", "2025-01-04", "r1",
        "'clientId':'b','employeeId':'r2','from':'2025-06-01'");
    say(world, "VisitReported", "2025-05-05T23:30:00+02:00", "r1", "'visitId':'v1','clientId':'b'");
    say(world, "InteractionLogged", "2025-05-07", "r1", "'interactionId':'i1','clientId':'b'");
    say(world, "InteractionLogged", "2025-05-09", "r1",
        "'interactionId':'i2','clientId':'b','automatic':true");
    say(world, "InteractionLogged", "unknown", "r1", "'interactionId':'i3','clientId':'b'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'gone'");
    say(world, "ClientDeactivated", "2025-02-01", "r1", "'clientId':'gone'");
    say(world, "TaskProgressed", "2025-05-01", "r1", "'taskId':'phantom','pct':1");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "no-next-task", "now", "2025-05-31", NULL);
    assert_int_equal(row_count(reply, "clients"), 2);
    assert_cell(reply, "clients", 0, "client", "c");
    assert_cell(reply, "clients", 0, "last_contact", "none");
    assert_cell(reply, "clients", 0, "days_since", "none");
    assert_cell(reply, "clients", 0, "owner", "none");
    assert_cell(reply, "clients", 1, "client", "b");
    assert_cell(reply, "clients", 1, "owner", "r1");
    assert_cell(reply, "clients", 1, "owner_name", "North");
    assert_cell(reply, "clients", 1, "last_contact", "2025-05-07");
    assert_cell(reply, "clients", 1, "days_since", "24");
    assert_cell(reply, "totals", 0, "active", "3");
    assert_cell(reply, "totals", 0, "with_task", "1");
    assert_cell(reply, "totals", 0, "share_without", "0.6667");
    assert_true(has_note(reply, "1 visit or interaction is at an unknown time"));
    reply = world_ask(world, "no-next-task", "now", "2025-06-01", "owner", "r2", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "owner", "r2");
    reply =
        world_ask(world, "no-next-task", "now", "2025-05-31", "as-of-occurred", "2025-01-31", NULL);
    assert_cell(reply, "totals", 0, "active", "4");
    assert_cell(reply, "totals", 0, "with_task", "0");
    world_close(world);
}

static void a_merge_and_its_reversal(void **state) {
    (void)state;
    static const char *const asked[] = {"tasks", "discipline", "no-next-task",
                                        "ahead", "promises",   "stages"};
    struct ledger_span before[6];
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    say(world, "ClientAssigned", "2025-01-02", "r1", "'clientId':'a','employeeId':'r1'");
    say(world, "ClientAssigned", "2025-03-02", "r1", "'clientId':'c','employeeId':'r2'");
    say(world, "InteractionLogged", "2025-05-07", "r1", "'interactionId':'i1','clientId':'c'");
    for (size_t i = 0; i < 6; i++)
        before[i] = answer_bytes(world, world_ask(world, asked[i], "now", "2025-05-09", NULL));
    uint64_t merge = say(world, "ClientsMerged", "2025-07-01", "r1", "'survivor':'c','merged':'a'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "tasks", "client", "a", "now", "2025-05-09", NULL);
    assert_int_equal(row_count(reply, "tasks"), 2);
    assert_cell(reply, "tasks", 0, "client", "c");
    assert_cell(reply, "tasks", 0, "client_name", "Apteka C");
    assert_int_equal(row_count(world_ask(world, "tasks", "client", "c", NULL), "tasks"), 2);
    reply = world_ask(world, "no-next-task", "now", "2025-05-09", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "client", "b");
    assert_cell(reply, "totals", 0, "active", "2");
    reply = world_ask(world, "ahead", "now", "2025-05-09", NULL);
    assert_cell(reply, "ahead", 0, "client", "c");
    assert_cell(reply, "ahead", 0, "owner", "r2");
    char payload[128];
    (void)snprintf(payload, sizeof payload, "'mergeEventId':'%s'", event_id(world, merge));
    say(world, "MergeReversed", "2025-07-02", "r1", payload);
    for (size_t i = 0; i < 6; i++)
        assert_true(ledger_span_equal(
            before[i], answer_bytes(world, world_ask(world, asked[i], "now", "2025-05-09", NULL))));
    world_close(world);
}

static void a_survivor_without_an_owner_takes_the_merged_ones(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "ClientAssigned", "2025-01-02", "r1", "'clientId':'a','employeeId':'r1'");
    say(world, "ClientDeactivated", "2025-01-03", "r1", "'clientId':'a'");
    say(world, "InteractionLogged", "2025-05-07", "r1", "'interactionId':'i','clientId':'a'");
    say(world, "ClientsMerged", "2025-07-01", "r1", "'survivor':'b','merged':'a'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "no-next-task", "now", "2025-08-01", NULL);
    assert_int_equal(row_count(reply, "clients"), 2);
    assert_cell(reply, "clients", 1, "client", "b");
    assert_cell(reply, "clients", 1, "owner", "r1");
    assert_cell(reply, "clients", 1, "last_contact", "2025-05-07");
    say(world, "ClientReassigned", "2025-07-02", "r1", "'clientId':'b','fromEmployee':'r1'");
    reply = world_ask(world, "no-next-task", "now", "2025-08-01", NULL);
    assert_cell(reply, "clients", 1, "owner", "none");
    reply = world_ask(world, "no-next-task", "now", "2025-07-01", NULL);
    assert_cell(reply, "clients", 1, "owner", "r1");
    world_close(world);
}

static void promises_that_nobody_kept(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "ClientAssigned", "2025-01-02", "r1", "'clientId':'a','employeeId':'r2'");
    say(world, "TaskCreated", "2025-05-01T08:00:00Z", "r1",
        "'taskId':'p1','kind':'OFFER','dueOn':'2025-05-05','assignee':'r1','clientId':'a'");
    say(world, "TaskCreated", "2025-05-01T08:00:00Z", "r1",
        "'taskId':'p2','kind':'CALL','dueOn':'2025-05-08','assignee':'r1','clientId':'b'");
    say(world, "TaskCreated", "2025-05-01T08:00:00Z", "r1",
        "'taskId':'p3','kind':'VISIT','dueOn':'2025-05-05','assignee':'r1','clientId':'c'");
    say(world, "TaskCreated", "2025-05-01T08:00:00Z", "r1",
        "'taskId':'p4','kind':'CALL','dueOn':'2025-05-20','assignee':'r1','clientId':'c'");
    say(world, "InteractionLogged", "2025-05-01T07:00:00Z", "r1",
        "'interactionId':'i1','clientId':'a'");
    say(world, "InteractionLogged", "2025-05-06", "r1",
        "'interactionId':'i2','clientId':'a','automatic':true");
    const Ledger__V1__QueryReply *reply = world_ask(world, "promises", "now", "2025-05-10", NULL);
    assert_int_equal(row_count(reply, "promises"), 2);
    assert_cell(reply, "promises", 0, "task", "p1");
    assert_cell(reply, "promises", 0, "owner", "r2");
    assert_cell(reply, "promises", 0, "days_overdue", "5");
    assert_cell(reply, "promises", 0, "last_contact", "2025-05-01");
    assert_cell(reply, "promises", 1, "last_contact", "none");
    reply = world_ask(world, "promises", "now", "2025-05-10", "days", "3", NULL);
    assert_int_equal(row_count(reply, "promises"), 1);
    reply = world_ask(world, "promises", "now", "2025-05-10", "owner", "r1", NULL);
    assert_int_equal(row_count(reply, "promises"), 0);
    say(world, "VisitReported", "2025-05-09", "r2", "'visitId':'v','clientId':'a'");
    reply = world_ask(world, "promises", "now", "2025-05-10", NULL);
    assert_int_equal(row_count(reply, "promises"), 1);
    assert_cell(reply, "promises", 0, "task", "p2");
    world_close(world);
}

// ---- ahead
static void born(struct world *world, const char *person, const char *client, const char *day) {
    char payload[160], personal[160];
    (void)snprintf(payload, sizeof payload, "'personId':'%s','topic':'BIRTHDAY'%s%s%s", person,
                   client ? ",'clientId':'" : "", client ? client : "", client ? "'" : "");
    (void)snprintf(personal, sizeof personal,
                   ",'personal':[{'personId':'%s','plain':{'birthday':'%s'}}]", person, day);
    say_more(world, "PersonalFactRecorded", "2025-02-01", "r1", payload, personal);
}

static void birthdays_ahead(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "ClientAssigned", "2025-01-02", "r1", "'clientId':'a','employeeId':'r2'");
    say_more(world, "ContactPersonSet", "2025-01-02", "r1", "'personId':'p1','clientId':'a'",
             ",'personal':[{'personId':'p1','plain':{'name':'Anna'}}]");
    say(world, "ContactPersonSet", "2025-01-02", "r1", "'personId':'p2','clientId':'b'");
    born(world, "p1", NULL, "--02-29");
    born(world, "p2", NULL, "1980-03-01");
    born(world, "p3", "c", "--12-31");
    born(world, "p4", NULL, "--02-28");
    born(world, "b", NULL, "--01-15"); // a client that is a person
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "ahead", "now", "2027-02-27", "days", "2", "what", "birthday", NULL);
    assert_int_equal(row_count(reply, "ahead"), 3); // a common year
    assert_cell(reply, "ahead", 0, "day", "2027-02-28");
    assert_cell(reply, "ahead", 0, "in_days", "1");
    assert_cell(reply, "ahead", 0, "person", "p4");
    assert_cell(reply, "ahead", 0, "client", "none");
    assert_cell(reply, "ahead", 1, "person", "p1");
    assert_cell(reply, "ahead", 1, "person_name", "Anna");
    assert_cell(reply, "ahead", 1, "client_name", "Apteka A");
    assert_cell(reply, "ahead", 1, "owner", "r2");
    assert_cell(reply, "ahead", 2, "day", "2027-03-01");
    assert_cell(reply, "ahead", 2, "client", "b");
    reply = world_ask(world, "ahead", "now", "2028-02-28", "days", "1", NULL);
    assert_int_equal(row_count(reply, "ahead"), 2); // a leap year
    assert_cell(reply, "ahead", 1, "day", "2028-02-29");
    reply = world_ask(world, "ahead", "now", "2027-12-30", "days", "20", NULL);
    assert_int_equal(row_count(reply, "ahead"), 2);
    assert_cell(reply, "ahead", 0, "person", "p3");
    assert_cell(reply, "ahead", 1, "client", "b");
    assert_cell(reply, "ahead", 1, "day", "2028-01-15");
    reply = world_ask(world, "ahead", "now", "2027-02-27", "owner", "r2", NULL);
    assert_int_equal(row_count(reply, "ahead"), 1);
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "ahead", "days", "367", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "ahead", "what", "party", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static size_t birthdays(struct world *world) {
    return row_count(
        world_ask(world, "ahead", "now", "2026-06-01", "days", "0", "what", "birthday", NULL),
        "ahead");
}

static void removed_and_erased_people_have_no_birthday(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "ContactPersonSet", "2025-01-02", "r1", "'personId':'p1','clientId':'a'");
    born(world, "p1", NULL, "--06-01");
    assert_int_equal(birthdays(world), 1);
    say(world, "ContactPersonSet", "2025-03-02", "r1",
        "'personId':'p1','clientId':'a','removed':true");
    assert_int_equal(birthdays(world), 0);
    say(world, "ContactPersonSet", "2025-03-03", "r1", "'personId':'p1','clientId':'b'");
    assert_int_equal(birthdays(world), 1); // with another client
    say(world, "ClientDeactivated", "2025-03-04", "r1", "'clientId':'b'");
    assert_int_equal(birthdays(world), 0);
    say(world, "ContactPersonSet", "2025-03-05", "r1", "'personId':'p1','clientId':'c'");
    assert_int_equal(birthdays(world), 1);
    say(world, "PersonalDataErased", "2025-04-01", "r1", "'personId':'p1'");
    assert_int_equal(birthdays(world), 0);
    assert_int_equal(row_count(world_ask(world, "ahead", "now", "2026-06-01", "as-of-occurred",
                                         "2025-03-06", NULL),
                               "ahead"),
                     0);
    born(world, "p1", NULL, "--06-01"); // told again, after the erasure
    assert_int_equal(birthdays(world), 1);
    born(world, "p1", NULL, "--06-02"); // the later one stands
    assert_int_equal(birthdays(world), 0);
    born(world, "p1", NULL, "31 May");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

static void tasks_reminders_visits_and_expiries_ahead(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "ClientAssigned", "2025-01-02", "r1", "'clientId':'a','employeeId':'r2'");
    say(world, "TaskCreated", "2025-05-01", "r1",
        "'taskId':'t1','subject':'send price','due':'2025-05-12T10:00:00Z','remindAt':"
        "'2025-05-11T09:00:00Z','assignee':'r1','clientId':'a'");
    say(world, "TaskCreated", "2025-05-01", "r1",
        "'taskId':'t2','kind':'CALL','dueOn':'2025-05-30','assignee':'r1'");
    say(world, "TaskRescheduled", "2025-05-02", "r1", "'taskId':'t2','newDueOn':'2025-05-13'");
    say(world, "TaskCreated", "2025-05-01", "r1", "'taskId':'t3','dueOn':'2025-05-12'");
    say(world, "TaskCancelled", "2025-05-02", "r1", "'taskId':'t3'");
    say(world, "ReminderFired", "2025-05-11T09:00:01Z", "unknown",
        "'taskId':'t1','to':'r1','due':'2025-05-11T09:00:00Z'");
    say(world, "VisitPlanned", "2025-05-01", "r1",
        "'visitId':'v1','clientId':'b','kind':'routine','date':'2025-05-11'");
    say(world, "VisitRescheduled", "2025-05-01T10:00:00Z", "r1",
        "'visitId':'v1','newStart':'2025-05-14T08:00:00Z'");
    say(world, "VisitPlanned", "2025-05-01", "r1",
        "'visitId':'v2','clientId':'b','date':'2025-05-14','employeeId':'r2'");
    say(world, "VisitCancelled", "2025-05-02", "r1", "'visitId':'v2','kind':'CANCELLED'");
    say(world, "VisitPlanned", "2025-05-01", "r1",
        "'visitId':'v3','clientId':'b','date':'2025-05-14'");
    say(world, "VisitReported", "2025-05-10", "r1", "'visitId':'v3','clientId':'b'");
    say(world, "PersonalFactRecorded", "2025-02-01", "r1",
        "'personId':'p1','clientId':'a','topic':'PREFERENCE','code':'hour','validUntil':"
        "'2025-05-15'");
    say(world, "PersonalFactRecorded", "2025-02-01", "r1",
        "'personId':'p1','clientId':'a','topic':'PREFERENCE','code':'channel','validUntil':"
        "'2025-05-15'");
    say(world, "PersonalFactRecorded", "2025-03-01", "r1",
        "'personId':'p1','clientId':'a','topic':'PREFERENCE','code':'channel','validUntil':"
        "'2026-05-15'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "ahead", "now", "2025-05-10", "days", "10", NULL);
    static const char *const rows[][6] = {
        // day, what, for, client, id, about
        {"2025-05-11", "reminder", "r2", "a", "t1", "send price"},
        {"2025-05-12", "task", "r2", "a", "t1", "send price"},
        {"2025-05-13", "task", "r1", "none", "t2", "call"},
        {"2025-05-14", "visit", "r1", "b", "v1", "routine"},
        {"2025-05-15", "expiry", "r2", "a", "none", "hour"},
    };
    static const char *const columns[] = {"day", "what", "owner", "client", "id", "about"};
    assert_int_equal(row_count(reply, "ahead"), 5);
    for (size_t row = 0; row < 5; row++)
        for (size_t i = 0; i < 6; i++)
            assert_cell(reply, "ahead", row, columns[i], rows[row][i]);
    assert_cell(reply, "ahead", 0, "employee", "r1");
    assert_cell(reply, "ahead", 0, "fired", "1");
    assert_cell(reply, "ahead", 0, "seen", "0");
    assert_cell(reply, "ahead", 1, "fired", "none");
    assert_cell(reply, "totals", 3, "what", "task");
    assert_cell(reply, "totals", 3, "count", "2");
    assert_int_equal(
        row_count(world_ask(world, "ahead", "now", "2025-05-10", "owner", "r1", NULL), "ahead"), 2);
    reply = world_ask(world, "ahead", "now", "2025-05-12T10:00:01Z", "days", "0", NULL);
    assert_int_equal(row_count(reply, "ahead"), 0); // t1 is overdue, no longer ahead
    reply = world_ask(world, "ahead", "now", "2025-05-10", "days", "30", "what", "task", NULL);
    assert_int_equal(row_count(reply, "ahead"), 2); // t2 on its last day alone
    say(world, "ReminderFired", "2025-05-11T09:30:00Z", "unknown",
        "'taskId':'t1','to':'r1','due':'2025-05-10T09:00:00Z','seenAt':'2025-05-11T09:30:00Z'");
    reply = world_ask(world, "ahead", "now", "2025-05-10", "what", "reminder", NULL);
    assert_cell(reply, "ahead", 0, "seen", "0"); // that was another reminder
    say(world, "ReminderFired", "2025-05-11T10:00:00Z", "unknown",
        "'taskId':'t1','to':'r1','seenAt':'2025-05-11T10:00:00Z'");
    reply = world_ask(world, "ahead", "now", "2025-05-10", "what", "reminder", NULL);
    assert_cell(reply, "ahead", 0, "seen", "1");
    world_close(world);
}

// ---- of two that say the same, the later
static void the_later_fact_stands(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "ClientDetailsChanged", "2025-01-05", "r1",
        "'clientId':'a','field':'name','new':'Apteka Alpha'");
    say(world, "ClientDetailsChanged", "2025-01-06", "r1",
        "'clientId':'a','field':'address','new':'Elsewhere'");
    say(world, "ClientReassigned", "2025-01-09T10:00:00Z", "r1",
        "'clientId':'a','toEmployee':'r2'"); // the later of the day, recorded first
    say(world, "ClientAssigned", "2025-01-09T09:00:00Z", "r1", "'clientId':'a','employeeId':'r1'");
    say(world, "ClientAssigned", "2025-01-09", "r1", "'clientId':'b','employeeId':'r2'");
    say(world, "ClientAssigned", "2025-01-09", "r1", "'clientId':'b','employeeId':'r1'");
    say(world, "VisitRescheduled", "2025-01-03", "r1", "'visitId':'v','newDate':'2025-05-04'");
    say(world, "VisitRescheduled", "2025-01-02", "r1", "'visitId':'v','newDate':'2025-05-03'");
    say(world, "VisitRescheduled", "unknown", "r1", "'visitId':'v','newDate':'2025-05-02'");
    say(world, "VisitPlanned", "2025-01-05", "r1",
        "'visitId':'v','clientId':'a','date':'2025-05-01'");
    say_more(world, "ContactPersonSet", "2025-01-03", "r1", "'personId':'p','clientId':'a'",
             ",'personal':[{'personId':'p','plain':{'name':'New'}}]");
    say_more(world, "ContactPersonSet", "2025-01-02", "r1", "'personId':'p','clientId':'a'",
             ",'personal':[{'personId':'p','plain':{'name':'Old'}}]");
    born(world, "p", "a", "--05-04");
    born(world, "q", "b", "--05-04");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "ahead", "now", "2025-05-01", "days", "5", NULL);
    assert_int_equal(row_count(reply, "ahead"), 3);
    assert_cell(reply, "ahead", 0, "what", "birthday");
    assert_cell(reply, "ahead", 0, "person_name", "New");
    assert_cell(reply, "ahead", 0, "client_name", "Apteka Alpha");
    assert_cell(reply, "ahead", 0, "owner", "r2");
    assert_cell(reply, "ahead", 1, "person", "q");
    assert_cell(reply, "ahead", 1, "owner", "r1");
    assert_cell(reply, "ahead", 2, "what", "visit");
    assert_cell(reply, "ahead", 2, "day", "2025-05-04");
    say(world, "DealStageChanged", "2025-01-04", "r1", "'dealId':'d','to':'s3'");
    say(world, "DealStageChanged", "2025-01-03", "r1", "'dealId':'d','to':'s2'");
    say(world, "DealReopened", "2025-01-05", "r1", "'dealId':'d','toStage':'s4'");
    say(world, "DealStageChanged", "unknown", "r1", "'dealId':'d','to':'s0'");
    say(world, "TaskCreated", "2025-01-04", "r1", "'taskId':'t','dealId':'d'");
    reply = world_ask(world, "stages", "deal", "d", NULL);
    assert_cell(reply, "stages", 0, "stage", "s3");
    assert_cell(reply, "stages", 0, "pipeline", "none");
    say(world, "TaskCreated", "2025-01-05", "r1", "'taskId':'t2','dealId':'d'");
    assert_cell(world_ask(world, "stages", "deal", "d", NULL), "stages", 1, "stage", "s4");
    world_close(world);
}

// What a task has no fact for is what the facts about it state, or nothing.
static void due_times_that_come_later(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    say(world, "TaskCreated", "2025-05-01", "r1", "'taskId':'t','clientId':'a'");
    say(world, "TaskRescheduled", "2025-05-02", "r1", "'taskId':'t','newDueOn':'2025-05-09'");
    say(world, "TaskRescheduled", "2025-05-03", "r1", "'taskId':'t','reason':'no hurry'");
    say(world, "ReminderFired", "2025-05-04", "unknown", "'taskId':'t','to':'r1'");
    say(world, "TaskRescheduled", "2025-05-02", "r1",
        "'taskId':'n','oldDueOn':'2025-05-05','newDueOn':'2025-05-06'");
    say_more(world, "TaskProgressed", "2025-05-03", "r1", "'taskId':'n','pct':1",
             ",'subjects':[{'kind':'client','id':'b'}]");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "task", "task", "t", "now", "2025-06-01", NULL);
    assert_cell(reply, "task", 0, "first_due", "2025-05-09");
    assert_cell(reply, "task", 0, "due", "none");
    assert_cell(reply, "task", 0, "overdue", "0");
    assert_cell(reply, "task", 0, "slips", "2");
    assert_cell(reply, "facts", 3, "fact", "reminded");
    reply = world_ask(world, "task", "task", "n", "now", "2025-06-01", NULL);
    assert_cell(reply, "task", 0, "first_due", "2025-05-05");
    assert_cell(reply, "task", 0, "due", "2025-05-06");
    assert_cell(reply, "task", 0, "client", "b");
    assert_cell(reply, "task", 0, "created", "unknown");
    reply = world_ask(world, "no-next-task", "now", "2025-06-01", NULL);
    assert_cell(reply, "totals", 0, "with_task", "1"); // a's; n was never created
    assert_true(has_note(reply, "1 open task has no creation: not taken for a next task."));
    say(world, "TaskCreated", "2025-05-01", "r1",
        "'taskId':'p','kind':'CALL','dueOn':'2025-05-06','clientId':'a'");
    say(world, "TaskCreated", "unknown", "r1",
        "'taskId':'o','kind':'CALL','dueOn':'2025-05-06','clientId':'a'");
    say(world, "InteractionLogged", "unknown", "r1", "'interactionId':'i','clientId':'a'");
    say(world, "InteractionLogged", "2025-05-01", "r1", "'interactionId':'i','clientId':'a'");
    reply = world_ask(world, "promises", "now", "2025-06-01", NULL);
    assert_int_equal(row_count(reply, "promises"), 2);
    assert_cell(reply, "promises", 0, "task", "o");
    assert_cell(reply, "promises", 0, "promised", "unknown");
    assert_cell(reply, "promises", 1, "task", "p");
    assert_true(has_note(reply, "1 visit or interaction is at an unknown time"));
    world_close(world);
}

// ---- orders
static const struct {
    const char *type, *occurred, *payload;
} history[] = {
    {"EmployeeHired", "unknown", "'employeeId':'r1','teamName':'North'"},
    {"ClientRegistered", "2025-01-01", "'clientId':'a','name':'Apteka A'"},
    {"ClientRegistered", "2025-01-01", "'clientId':'b','name':'Apteka B'"},
    {"ClientRegistered", "2025-01-01", "'clientId':'c','name':'Apteka C'"},
    {"ClientAssigned", "2025-01-02", "'clientId':'a','employeeId':'r1'"},
    {"ClientReassigned", "2025-02-02", "'clientId':'a','toEmployee':'r2'"},
    {"TaskCreated", "2025-05-01T08:00:00Z",
     "'taskId':'t1','kind':'CALL','dueOn':'2025-05-03','assignee':'r1','clientId':'a'"},
    {"TaskRescheduled", "2025-05-02T08:00:00Z", "'taskId':'t1','newDueOn':'2025-05-06'"},
    {"TaskProgressed", "2025-05-02T09:00:00Z", "'taskId':'t1','pct':20"},
    {"TaskReassigned", "2025-05-02T10:00:00Z",
     "'taskId':'t1','fromEmployee':'r1','toEmployee':'r2'"},
    {"TaskCreated", "2025-05-01", "'taskId':'t2','dueOn':'2025-05-09','assignee':'r2'"},
    {"TaskCompleted", "2025-05-04", "'taskId':'t2','resultCode':'ok'"},
    {"TaskCancelled", "2025-05-05", "'taskId':'t2'"},
    {"TaskCreated", "2025-05-01", "'taskId':'t3','dueOn':'2025-05-12','clientId':'b'"},
    {"InteractionLogged", "2025-04-30", "'interactionId':'i','clientId':'c'"},
    {"VisitPlanned", "2025-05-01", "'visitId':'v','clientId':'c','date':'2025-05-13'"},
    {"VisitRescheduled", "2025-05-02", "'visitId':'v','newDate':'2025-05-14'"},
    {"DealOpened", "2025-04-02", "'dealId':'d','stage':'s1'"},
    {"DealStageChanged", "2025-05-02", "'dealId':'d','to':'s2'"},
    {"TaskCreated", "2025-05-03", "'taskId':'t4','dealId':'d','dueOn':'2025-05-20'"},
    {"TaskProgressed", "2025-05-04", "'taskId':'t4','pct':30"},
    {"ClientsMerged", "2025-05-02", "'survivor':'c','merged':'b'"},
};
enum { HISTORY = sizeof history / sizeof history[0] };

static void the_order_of_recording_does_not_matter(void **state) {
    (void)state;
    static const char *const asked[] = {"tasks", "discipline", "no-next-task",
                                        "ahead", "promises",   "stages"};
    static const size_t steps[] = {1,  5,  7,
                                   13, 17, 21}; // each without a common divisor with HISTORY
    struct world *first = world_open(&agenda);
    for (size_t i = 0; i < HISTORY; i++)
        say(first, history[i].type, history[i].occurred, "r1", history[i].payload);
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct world *world = world_open(&agenda);
        for (size_t i = 0; i < HISTORY; i++) {
            size_t at = (i * steps[s] + s) % HISTORY;
            say(world, history[at].type, history[at].occurred, "r1", history[at].payload);
        }
        world_apply(world, HISTORY, s + 1);
        for (size_t i = 0; i < 6; i++)
            assert_true(ledger_span_equal(
                answer_bytes(first, world_ask(first, asked[i], "now", "2025-05-10", NULL)),
                answer_bytes(world, world_ask(world, asked[i], "now", "2025-05-10", NULL))));
        world_close(world);
    }
    const Ledger__V1__QueryReply *reply = world_ask(first, "tasks", "now", "2025-05-10", NULL);
    struct world *world = first;
    assert_int_equal(row_count(reply, "tasks"), 4);
    assert_cell(reply, "tasks", 0, "overdue", "1");
    world_close(first);
}

static void pages_do_not_matter(void **state) {
    (void)state;
    struct world *world = world_open(&agenda);
    base(world);
    five_tasks(world);
    born(world, "p1", "a", "--05-12");
    world_apply(world, world_head(world), 100);
    const char *dump = world_dump(world);
    for (uint64_t page = 1; page < 8; page += 3) {
        struct world *copy = world_copy(world, world_head(world), page);
        assert_string_equal(dump, world_dump(copy));
        world_close(copy);
    }
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(register_shows_what_each_task_came_to),
        cmocka_unit_test(filters_narrow_the_register),
        cmocka_unit_test(overdue_goes_by_now),
        cmocka_unit_test(nothing_is_an_empty_answer),
        cmocka_unit_test(a_task_is_told_fact_by_fact),
        cmocka_unit_test(contradictions_are_flagged_and_change_nothing),
        cmocka_unit_test(an_end_and_a_creation_can_contradict),
        cmocka_unit_test(a_creation_known_to_the_day_comes_first),
        cmocka_unit_test(discipline_counts_by_who_has_the_task),
        cmocka_unit_test(tasks_by_the_stage_of_their_deal),
        cmocka_unit_test(amendments_come_right_by_themselves),
        cmocka_unit_test(as_of_an_occurred_time_the_past_is_as_it_was),
        cmocka_unit_test(clients_without_a_next_task),
        cmocka_unit_test(a_merge_and_its_reversal),
        cmocka_unit_test(a_survivor_without_an_owner_takes_the_merged_ones),
        cmocka_unit_test(promises_that_nobody_kept),
        cmocka_unit_test(birthdays_ahead),
        cmocka_unit_test(removed_and_erased_people_have_no_birthday),
        cmocka_unit_test(tasks_reminders_visits_and_expiries_ahead),
        cmocka_unit_test(the_later_fact_stands),
        cmocka_unit_test(due_times_that_come_later),
        cmocka_unit_test(the_order_of_recording_does_not_matter),
        cmocka_unit_test(pages_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
