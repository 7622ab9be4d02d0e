// agenda: clients left without a task, promises, and what lies ahead.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_agenda_facts.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_without_a_next_task),
        cmocka_unit_test(a_merge_and_its_reversal),
        cmocka_unit_test(a_survivor_without_an_owner_takes_the_merged_ones),
        cmocka_unit_test(promises_that_nobody_kept),
        cmocka_unit_test(birthdays_ahead),
        cmocka_unit_test(removed_and_erased_people_have_no_birthday),
        cmocka_unit_test(tasks_reminders_visits_and_expiries_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
