// sales-funnel: one deal, deals that nobody works on, what does not fit, and classes of clients.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_funnel.h"

static void deal_tells_all_that_became_of_it(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_fact(world, "EnquiryReceived", "enquiry/q1", "2024-12-30", "'enquiryId':'q1'");
    funnel_open(world, "d1", "2025-01-01",
                ",'ownerId':'e1','source':'fair','enquiryId':'q1','closeDate':'2025-02-01'");
    funnel_open(world, "d10", "2025-01-01", ",'ownerId':'e9'"); // no part of d1
    funnel_move(world, "d1", "s2", "2025-01-05");
    funnel_deal(world, "DealReassigned", "d1", "2025-01-06", ",'toEmployee':'e2'");
    funnel_deal(world, "DealTermsChanged", "d1", "2025-01-07",
                ",'field':'CLOSE_DATE','new':{'closeDate':'2025-02-11'}");
    funnel_deal(world, "DealTermsChanged", "d1", "2025-01-08",
                ",'field':'PROBABILITY','new':{'probabilityBp':2500}");
    uint64_t refusal =
        funnel_fact(world, "RefusalRecorded", "client/c1", "2025-01-09",
                    "'clientId':'c1','dealId':'d1','reasonCode':'certificate','removable':true");
    funnel_fact(world, "TaskCreated", "task/t1", "2025-01-09",
                "'taskId':'t1','dealId':'d1','subject':'call','dueOn':'2025-01-20'");
    funnel_fact(world, "TaskRescheduled", "task/t1", "2025-01-10",
                "'taskId':'t1','newDueOn':'2025-01-25'");
    funnel_deal(world, "DealLost", "d1", "2025-01-11",
                ",'reasonCode':'price','competitor':'x','detail':'too dear'");
    uint64_t late = funnel_move(world, "d1", "s3", "2025-01-12");
    funnel_deal(world, "DealReopened", "d1", "2025-01-13", "");
    world_write(world,
                "{\"type\":\"ObstacleRemoved\",\"stream\":\"client/c1\",\"occurred\":"
                "\"2025-01-14\",\"actor\":\"e1\",\"payload\":{\"refusalEventId\":\"%s\",\"how\":"
                "\"certified\"}}",
                event_id(world, refusal));
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "deal", "deal", "d1", "now", "2025-01-20", NULL);
    assert_cell(reply, "deal", 0, "status", "open");
    assert_cell(reply, "deal", 0, "stage", "s2"); // where it stood last
    assert_cell(reply, "deal", 0, "source", "fair");
    assert_cell(reply, "deal", 0, "enquired", "2024-12-30");
    assert_cell(reply, "deal", 0, "expected_close", "2025-02-11");
    assert_cell(reply, "deal", 0, "close_moves", "1");
    assert_cell(reply, "deal", 0, "close_moved_days", "10");
    assert_cell(reply, "deal", 0, "reopened", "1");
    assert_cell(reply, "deal", 0, "contradictions", "1");
    assert_int_equal(row_count(reply, "facts"), 8);
    assert_cell(reply, "facts", 4, "fact", "probability changed");
    assert_cell(reply, "facts", 4, "probability", "0.2500");
    assert_cell(reply, "facts", 5, "competitor", "x");
    assert_cell(reply, "facts", 5, "contradiction", "none");
    assert_cell(reply, "facts", 6, "contradiction", "moved_after_close");
    assert_cell(reply, "stages", 0, "days", "4");
    assert_cell(reply, "stages", 1, "left", "2025-01-11");
    assert_cell(reply, "stages", 2, "stage", "lost");
    assert_cell(reply, "stages", 3, "stage", "s2");
    assert_cell(reply, "stages", 3, "days", "7");
    assert_cell(reply, "stages", 3, "again", "1");
    assert_int_equal(row_count(reply, "stages"), 4);
    assert_cell(reply, "owners", 0, "owner", "e1");
    assert_cell(reply, "owners", 0, "until", "2025-01-06");
    assert_cell(reply, "owners", 1, "owner", "e2");
    assert_cell(reply, "owners", 1, "until", "none");
    assert_cell(reply, "tasks", 0, "due", "2025-01-25");
    assert_cell(reply, "tasks", 0, "state", "open");
    assert_cell(reply, "refusals", 0, "removed_at", "2025-01-14");
    assert_cell(reply, "refusals", 0, "how", "certified");
    assert_int_equal(row_count(reply, "refusals"), 1);
    reply = world_ask(world, "contradictions", NULL);
    assert_cell(reply, "contradictions", 0, "contradiction", "moved_after_close");
    assert_cell(reply, "contradictions", 0, "stood_in", "lost");
    assert_cell(reply, "codes", 0, "count", "1");
    // As if the late move had never been.
    funnel_retract(world, "deal/d1", late);
    reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "contradictions", "0");
    assert_int_equal(row_count(world_ask(world, "contradictions", NULL), "contradictions"), 0);
    world_close(world);
}

static void forbidden_and_skipped_stages_are_named(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_fact(world, "PipelineDefined", "pipeline/p", "2024-01-01",
                "'pipelineId':'p','stages':[{'id':'s1','order':1,'kind':'OPEN'},"
                "{'id':'s2','order':2,'kind':'OPEN'},{'id':'s3','order':3,'kind':'OPEN'}],"
                "'allowedMoves':[{'from':'s1','to':'s2'},{'from':'s2','to':'s3'}]");
    funnel_open(world, "d1", "2025-01-01", "");
    funnel_move(world, "d1", "s3", "2025-01-02");
    funnel_open(world, "d2", "2025-01-01", "");
    funnel_move(world, "d2", "s2", "2025-01-02");
    funnel_move(world, "d2", "s2", "2025-01-03"); // where it stands: no move
    funnel_deal(world, "DealWon", "d2", "2025-01-04", "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "contradictions", NULL);
    assert_int_equal(row_count(reply, "contradictions"), 1);
    assert_cell(reply, "contradictions", 0, "deal", "d1");
    assert_cell(reply, "contradictions", 0, "contradiction", "move_not_allowed");
    assert_cell(reply, "contradictions", 0, "stood_in", "s1");
    assert_cell(reply, "contradictions", 0, "stage", "s3");
    reply = world_ask(world, "skipped", NULL);
    assert_int_equal(row_count(reply, "skipped"), 1);
    assert_cell(reply, "skipped", 0, "deal", "d1");
    assert_cell(reply, "skipped", 0, "stage", "s2");
    assert_cell(world_ask(world, "deal", "deal", "d1", NULL), "deal", 0, "stage", "s3");
    world_close(world);
}

static void idle_deals_have_no_task_or_no_news(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01", ""); // no task
    funnel_open(world, "d2", "2025-01-01", ""); // an open task
    funnel_open(world, "d3", "2025-01-01", ""); // a task that was done
    funnel_open(world, "d4", "2025-01-01", ""); // closed
    funnel_deal(world, "DealLost", "d4", "2025-01-02", "");
    funnel_fact(world, "TaskCreated", "task/t2", "2025-01-05", "'taskId':'t2','dealId':'d2'");
    funnel_fact(world, "TaskCreated", "task/t3", "2025-01-05", "'taskId':'t3','dealId':'d3'");
    funnel_fact(world, "TaskCreated", "task/t9", "2025-01-05", "'taskId':'t9'");
    uint64_t done = funnel_fact(world, "TaskCompleted", "task/t3", "2025-01-08", "'taskId':'t3'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "idle", "now", "2025-01-11", NULL);
    assert_cell(reply, "totals", 0, "open", "3");
    assert_cell(reply, "totals", 0, "no_open_task", "2");
    assert_cell(reply, "totals", 0, "quiet", "none");
    assert_cell(reply, "idle", 0, "deal", "d1");
    assert_cell(reply, "idle", 0, "quiet_days", "10");
    assert_cell(reply, "idle", 1, "deal", "d3");
    assert_cell(reply, "idle", 1, "last_fact", "2025-01-08");
    assert_int_equal(row_count(reply, "idle"), 2);
    reply = world_ask(world, "idle", "now", "2025-01-11", "days", "6", NULL);
    assert_cell(reply, "totals", 0, "quiet", "2"); // d1, and d2 for six days
    assert_cell(reply, "idle", 1, "deal", "d2");
    assert_cell(reply, "idle", 1, "no_open_task", "0");
    assert_cell(reply, "idle", 1, "quiet", "1");
    assert_int_equal(row_count(reply, "idle"), 3);
    funnel_retract(world, "task/t3", done);
    reply = world_ask(world, "idle", "now", "2025-01-11", NULL);
    assert_cell(reply, "totals", 0, "no_open_task", "1");
    reply = world_ask(world, "idle", "as-of-occurred", "2025-01-04", NULL);
    assert_cell(reply, "totals", 0, "no_open_task", "3");
    world_close(world);
}

static void won(struct world *world, const char *deal, const char *client, const char *day,
                int cents) {
    char payload[128];
    (void)snprintf(payload, sizeof payload, ",'clientId':'%s','source':'%s'", client, "fair");
    funnel_open(world, deal, "2025-01-01", payload);
    (void)snprintf(payload, sizeof payload, ",'amount':{'minor':'%d','currency':'USD'}", cents);
    funnel_deal(world, "DealWon", deal, day, payload);
}

static void segment(struct world *world, const char *client, const char *day, const char *text) {
    char payload[128];
    (void)snprintf(payload, sizeof payload, "'clientId':'%s','scheme':'POTENTIAL','segment':'%s'",
                   client, text);
    funnel_fact(world, "ClientSegmented", "client/x", day, payload);
}

static void classes_meet_potential(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    won(world, "d1", "c1", "2025-01-10", 80);
    won(world, "d2", "c2", "2025-01-10", 15);
    won(world, "d3", "c3", "2025-02-10", 500);
    segment(world, "c1", "2025-01-05", "low");
    segment(world, "c2", "2025-01-05", "low");
    segment(world, "c2", "2025-01-31", "high");
    segment(world, "c2", "2025-02-01", "low"); // after the period
    segment(world, "c3", "2025-01-05", "high");
    funnel_fact(world, "ClientSegmented", "client/c1", "2025-01-06",
                "'clientId':'c1','scheme':'LOYALTY','segment':'gold'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "abc-potential", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_int_equal(row_count(reply, "matrix"), 3);
    assert_cell(reply, "matrix", 0, "class", "A");
    assert_cell(reply, "matrix", 0, "potential", "low");
    assert_cell(reply, "matrix", 0, "won_value", "0.80 USD");
    assert_cell(reply, "matrix", 1, "class", "B");
    assert_cell(reply, "matrix", 1, "potential", "high");
    assert_cell(reply, "matrix", 2, "class", "none");
    assert_cell(reply, "matrix", 2, "clients", "1");
    assert_cell(reply, "clients", 2, "client", "c3");
    assert_true(has_note(reply, "1 client has a potential and no class"));
    // Two ids of one client: what was said last of either counts, in sum and in class.
    uint64_t merge = funnel_fact(world, "ClientsMerged", "client/c1", "2025-03-01",
                                 "'survivor':'c1','merged':'c2'");
    reply = world_ask(world, "abc-potential", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_cell(reply, "clients", 0, "client", "c1");
    assert_cell(reply, "clients", 0, "potential", "high");
    assert_cell(reply, "clients", 0, "won_value", "0.95 USD");
    reply = world_ask(world, "abc-potential", "from", "2025-01-01", "to", "2025-01-31",
                      "as-of-position", "13", NULL);
    assert_cell(reply, "clients", 0, "potential", "low");
    funnel_retract(world, "client/c1", merge);
    reply = world_ask(world, "abc", "from", "2025-02-01", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "client", "c3");
    reply = world_ask(world, "by", "group", "source", NULL);
    assert_cell(reply, "groups", 0, "group", "fair");
    assert_cell(reply, "groups", 0, "won_value", "5.95 USD");
    world_close(world);
}

static void clients_migrate_and_merges_leave_the_sum(void **state) {
    (void)state;
    static const char *const ask[] = {"2025-01-01", "2025-01-31", "2025-02-01", "2025-02-28"};
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    won(world, "d1", "c1", "2025-01-10", 80);
    won(world, "d2", "c2", "2025-01-10", 20);
    won(world, "d3", "c2", "2025-02-10", 90);
    won(world, "d4", "c3", "2025-02-10", 10);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "migration", "from", ask[0], "to", ask[1], "then-from", ask[2], "then-to",
                  ask[3], "list", "clients", NULL);
    // c1 A to none, c2 B to A, c3 none to B
    assert_int_equal(row_count(reply, "matrix"), 3);
    assert_cell(reply, "matrix", 0, "from", "A");
    assert_cell(reply, "matrix", 0, "to", "none");
    assert_cell(reply, "matrix", 0, "second_value", "0.00 USD");
    assert_cell(reply, "matrix", 1, "from", "B");
    assert_cell(reply, "matrix", 1, "to", "A");
    assert_cell(reply, "matrix", 2, "from", "none");
    assert_cell(reply, "clients", 1, "client", "c2");
    assert_cell(reply, "clients", 1, "first_value", "0.20 USD");
    struct ledger_span before = answer_bytes(world, reply);
    uint64_t merge = funnel_fact(world, "ClientsMerged", "client/c1", "2025-03-01",
                                 "'survivor':'c1','merged':'c2'");
    reply = world_ask(world, "migration", "from", ask[0], "to", ask[1], "then-from", ask[2],
                      "then-to", ask[3], "list", "clients", NULL);
    assert_cell(reply, "clients", 0, "client", "c1");
    assert_cell(reply, "clients", 0, "first_value", "1.00 USD");
    assert_cell(reply, "clients", 0, "second_value", "0.90 USD");
    assert_int_equal(row_count(reply, "clients"), 2);
    world_write(world,
                "{\"type\":\"MergeReversed\",\"stream\":\"client/c1\",\"occurred\":\"2025-03-02\","
                "\"actor\":\"e1\",\"payload\":{\"mergeEventId\":\"%s\",\"survivor\":\"c1\","
                "\"merged\":\"c2\"}}",
                event_id(world, merge));
    reply = world_ask(world, "migration", "from", ask[0], "to", ask[1], "then-from", ask[2],
                      "then-to", ask[3], "list", "clients", NULL);
    struct ledger_span after = answer_bytes(world, reply);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "migration", "from", ask[0], NULL),
                     LEDGER_E_MISSING_FIELD);
    world_close(world);
}

static void empty_ledger_has_empty_answers(void **state) {
    (void)state;
    static const char *const asked[] = {"idle", "skipped", "contradictions", "abc",
                                        "abc-potential"};
    struct world *world = world_open(&sales_funnel);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_non_null(world_ask(world, asked[i], NULL));
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deal_tells_all_that_became_of_it),
        cmocka_unit_test(forbidden_and_skipped_stages_are_named),
        cmocka_unit_test(idle_deals_have_no_task_or_no_news),
        cmocka_unit_test(classes_meet_potential),
        cmocka_unit_test(clients_migrate_and_merges_leave_the_sum),
        cmocka_unit_test(empty_ledger_has_empty_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
