// agenda: what corrections, times, later facts and orders do to tasks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_agenda_facts.h"

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
        cmocka_unit_test(amendments_come_right_by_themselves),
        cmocka_unit_test(as_of_an_occurred_time_the_past_is_as_it_was),
        cmocka_unit_test(the_later_fact_stands),
        cmocka_unit_test(due_times_that_come_later),
        cmocka_unit_test(the_order_of_recording_does_not_matter),
        cmocka_unit_test(pages_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
