// agenda: tasks and how they end, and who keeps to them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_agenda_facts.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
