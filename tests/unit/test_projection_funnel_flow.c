// sales-funnel: what moves in a period, what becomes of a cohort, how long it takes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_projection_funnel.h"

static void write_history(struct world *world) {
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01", ",'amount':{'minor':'100','currency':'USD'}");
    funnel_open(world, "d4", "2025-01-02", "");
    funnel_open(world, "d2", "2025-01-03", "");
    funnel_deal(world, "DealLost", "d4", "2025-01-04", "");
    funnel_move(world, "d1", "s2", "2025-01-05");
    funnel_deal(world, "DealWon", "d1", "2025-01-10", "");
    funnel_open(world, "d3", "2025-01-11", ",'amount':{'minor':'300','currency':'USD'}");
    funnel_move(world, "d2", "s2", "2025-01-12");
    funnel_deal(world, "DealReopened", "d4", "2025-01-13", "");
    funnel_deal(world, "DealLost", "d3", "2025-01-14", "");
    funnel_move(world, "d2", "s1", "2025-01-15");
    funnel_move(world, "d2", "s2", "2025-01-20");
    funnel_open(world, "d5", "unknown", "");
}

static void assert_row(struct world *world, const Ledger__V1__QueryReply *reply, const char *table,
                       size_t row, const char *const *expected) {
    for (; expected[0]; expected += 2)
        assert_cell(reply, table, row, expected[0], expected[1]);
}
#define ROW(...) ((const char *const[]){__VA_ARGS__, NULL})

static void flow_adds_up(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    write_history(world);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "flow", "from", "2025-01-10", "to", "2025-01-19", NULL);
    assert_row(world, reply, "stages", 0,
               ROW("stage", "s1", "at_start", "2", "entries", "3", "reentries", "2", "exits", "2",
                   "at_end", "3"));
    assert_row(world, reply, "stages", 1,
               ROW("stage", "s2", "at_start", "1", "entries", "1", "reentries", "0", "exits", "2",
                   "at_end", "0"));
    assert_row(world, reply, "stages", 3,
               ROW("stage", "won", "at_start", "0", "entries", "1", "exits", "0", "at_end", "1"));
    assert_row(world, reply, "stages", 4,
               ROW("stage", "lost", "at_start", "1", "entries", "1", "exits", "1", "at_end", "1"));
    assert_row(world, reply, "deals", 0,
               ROW("opened", "1", "reopened", "1", "won", "1", "lost", "1", "win_rate", "0.5000"));
    assert_row(world, reply, "value", 0,
               ROW("won_value", "1.00 USD", "lost_value", "3.00 USD", "value_win_rate", "0.2500"));
    assert_true(has_note(reply, "1 stage was entered at an unknown time"));
    reply = world_ask(world, "flow", NULL);
    assert_row(world, reply, "stages", 0,
               ROW("at_start", "0", "entries", "7", "exits", "5", "at_end", "2"));
    assert_false(has_note(reply, "closed deal has no amount")); // d4 is open again
    // As it was known when d1 had just been won.
    reply = world_ask(world, "flow", "as-of-position", "7", NULL);
    assert_row(world, reply, "stages", 0, ROW("entries", "3", "exits", "2", "at_end", "1"));
    assert_row(world, reply, "deals", 0, ROW("opened", "3", "won", "1", "lost", "1"));
    assert_true(has_note(reply, "1 closed deal has no amount, and is in no value win rate"));
    reply = world_ask(world, "flow", "from", "2024-01-01", "to", "2024-12-31", NULL);
    assert_row(world, reply, "deals", 0, ROW("opened", "0", "win_rate", "none"));
    world_close(world);
}

static void cohort_is_of_the_opening(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    write_history(world);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "cohort", "from", "2025-01-01", "to", "2025-01-03", NULL);
    assert_row(world, reply, "stages", 0,
               ROW("entered", "3", "passed", "3", "skipped", "0", "conversion", "0.6667",
                   "reentries", "2"));
    assert_row(world, reply, "stages", 1,
               ROW("entered", "2", "passed", "2", "conversion", "0.0000", "reentries", "1"));
    assert_row(world, reply, "deals", 0,
               ROW("deals", "3", "open", "2", "won", "1", "lost", "0", "win_rate", "1.0000",
                   "reopened", "1", "reentered", "2", "changed_pipeline", "0"));
    assert_true(has_note(reply, "1 deal was opened at an unknown time, and is in no period"));
    // As the cohort was known to be on the 4th.
    reply = world_ask(world, "cohort", "from", "2025-01-01", "to", "2025-01-03", "as-of-occurred",
                      "2025-01-04", NULL);
    assert_row(world, reply, "deals", 0, ROW("open", "2", "won", "0", "lost", "1"));
    world_close(world);
}

static void times_keep_unfinished_stays_apart(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    write_history(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "times", "now", "2025-01-31", NULL);
    // s1: d1 4, d2 9 + 5, d3 3 days; d4 2 + 18 so far; d5 since no one knows when
    assert_row(world, reply, "stages", 0,
               ROW("left", "3", "mean_days", "7.0000", "median_days", "4.0000", "still_there", "1",
                   "mean_days_so_far", "20.0000", "median_days_so_far", "20.0000", "not_assessed",
                   "1"));
    // s2: d1 5; d2 3 + 11 so far
    assert_row(
        world, reply, "stages", 1,
        ROW("left", "1", "mean_days", "5.0000", "still_there", "1", "mean_days_so_far", "14.0000"));
    assert_row(world, reply, "stages", 2, ROW("left", "0", "mean_days", "none"));
    assert_int_equal(row_count(reply, "stages"), 3);
    assert_row(world, reply, "cycles", 0,
               ROW("what", "opened to won", "deals", "1", "mean_days", "9.0000"));
    assert_row(world, reply, "cycles", 1, ROW("deals", "1", "median_days", "3.0000"));
    // Present stays: d4 18 days in s1 (norm 5), d2 11 in s2 (norm 10).
    assert_row(world, reply, "stale", 0, ROW("deal", "d4", "days", "18", "days_over", "13"));
    assert_row(world, reply, "stale", 1,
               ROW("deal", "d2", "since", "2025-01-20", "norm_days", "10", "days_over", "1"));
    assert_int_equal(row_count(reply, "stale"), 2);
    reply = world_ask(world, "times", "now", "2025-01-30", "limit", "5", NULL);
    assert_int_equal(row_count(reply, "stale"), 1); // not longer than the norm
    reply = world_ask(world, "times", "as-of-occurred", "2025-01-14", NULL);
    assert_true(has_note(reply, "2025-01-14, the time that it asks as of"));
    assert_row(world, reply, "stages", 0, ROW("still_there", "1", "mean_days_so_far", "3.0000"));
    assert_true(has_note(world_ask(world, "times", NULL), "2026-01-01, the latest day"));
    world_close(world);
}

static void empty_ledger_has_empty_answers(void **state) {
    (void)state;
    static const char *const asked[] = {"flow", "cohort", "times", "enquiries"};
    struct world *world = world_open(&sales_funnel);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_non_null(world_ask(world, asked[i], NULL));
    assert_cell(world_ask(world, "flow", NULL), "deals", 0, "win_rate", "none");
    assert_cell(world_ask(world, "times", NULL), "cycles", 0, "mean_days", "none");
    world_close(world);
}

static void norms_and_moves_are_of_the_definition_in_force(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01", "");
    funnel_open(world, "d2", "2025-01-01", "");
    funnel_move(world, "d1", "s3", "2025-01-05"); // any move is allowed yet
    funnel_move(world, "d2", "s3", "2025-03-05");
    funnel_move(world, "d2", "won", "2025-03-06");
    const Ledger__V1__QueryReply *reply = world_ask(world, "times", "now", "2025-03-01", NULL);
    assert_int_equal(row_count(reply, "stale"), 0); // s3 has no norm, and d2 is won
    funnel_fact(world, "PipelineDefined", "pipeline/p", "2025-02-01",
                "'pipelineId':'p','stages':["
                "{'id':'s1','order':1,'kind':'OPEN'},{'id':'s2','order':2,'kind':'OPEN'},"
                "{'id':'s3','order':3,'kind':'OPEN','normDays':20},"
                "{'id':'lost','order':5,'kind':'LOST'}],"
                "'allowedMoves':[{'from':'s1','to':'s2'},{'from':'s3','to':'won'}]");
    reply = world_ask(world, "times", "now", "2025-03-01", NULL);
    assert_row(world, reply, "stale", 0, ROW("deal", "d1", "norm_days", "20", "days", "55"));
    assert_true(has_note(reply, "1 move is not among those that the pipeline allowed"));
    // On 31 January no norm was in force yet.
    reply = world_ask(world, "times", "now", "2025-01-31", NULL);
    assert_int_equal(row_count(reply, "stale"), 0);
    world_close(world);
}

static void stage_keeps_the_meaning_that_it_had(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01", "");
    funnel_move(world, "d1", "won", "2025-01-05");
    funnel_fact(world, "PipelineDefined", "pipeline/p", "2025-02-01",
                "'pipelineId':'p','stages':[{'id':'s1','order':1,'kind':'OPEN'}]");
    assert_cell(world_ask(world, "summary", NULL), "deals", 0, "won", "1");
    world_close(world);
}

static void pipeline_moves_are_counted(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_fact(world, "PipelineDefined", "pipeline/q", "2024-01-01",
                "'pipelineId':'q','stages':[{'id':'q1','order':1,'kind':'OPEN'}]");
    funnel_open(world, "d1", "2025-01-01", "");
    funnel_deal(world, "DealStageChanged", "d1", "2025-01-03",
                ",'from':'s1','to':'q1','pipelineFrom':'p','pipelineTo':'q'");
    funnel_deal(world, "DealStageChanged", "d1", "2025-01-04", ",'from':'s2','to':'q1'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "flow", "pipeline", "p", NULL);
    assert_row(world, reply, "pipeline_moves", 0, ROW("from", "p", "to", "q", "moves", "1"));
    assert_row(world, reply, "stages", 0, ROW("entries", "1", "exits", "1", "at_end", "0"));
    assert_int_equal(row_count(reply, "stages"), 5);
    assert_true(has_note(reply, "1 move says that the deal left a stage or pipeline that it did"));
    reply = world_ask(world, "flow", "pipeline", "q", NULL);
    assert_row(world, reply, "stages", 0, ROW("entries", "1", "at_end", "1"));
    assert_row(world, world_ask(world, "cohort", NULL), "deals", 0, ROW("changed_pipeline", "1"));
    world_close(world);
}

static void closed_deal_stays_where_it_is(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_fact(world, "PipelineDefined", "pipeline/q", "2024-01-01",
                "'pipelineId':'q','stages':[{'id':'q1','order':1,'kind':'OPEN'}]");
    funnel_open(world, "d1", "2025-01-01", "");
    funnel_move(world, "d1", "won", "2025-01-02");
    funnel_deal(world, "DealWon", "d1", "2025-01-02", ""); // says the same again
    funnel_deal(world, "DealStageChanged", "d1", "2025-01-03", ",'to':'q1','pipelineTo':'q'");
    funnel_deal(world, "DealStageChanged", "d1", "2025-01-04", ",'pipelineTo':'q'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_row(world, reply, "deal", 0,
               ROW("status", "won", "pipeline", "p", "stage", "won", "contradictions", "2"));
    assert_int_equal(row_count(reply, "stages"), 2);
    reply = world_ask(world, "flow", NULL);
    assert_row(world, reply, "stages", 3, ROW("entries", "1", "exits", "0", "at_end", "1"));
    assert_int_equal(row_count(reply, "pipeline_moves"), 0);
    reply = world_ask(world, "flow", "pipeline", "q", NULL);
    assert_row(world, reply, "deals", 0, ROW("opened", "0", "won", "0"));
    world_close(world);
}

static void contradictions_leave_the_flow_whole(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-10", "");
    funnel_deal(world, "DealWon", "d1", "2025-01-20", ",'closedOn':'2025-01-05'");
    funnel_move(world, "d1", "s2", "2025-01-21"); // after the close
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "flow", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_row(world, reply, "stages", 0, ROW("entries", "1", "exits", "1", "at_end", "0"));
    assert_row(world, reply, "stages", 1, ROW("entries", "0", "at_end", "0"));
    assert_row(world, reply, "stages", 3, ROW("entries", "1", "at_end", "1"));
    assert_true(has_note(reply, "1 deal was closed on a day before it was opened"));
    assert_cell(world_ask(world, "times", NULL), "cycles", 0, "not_assessed", "1");
    assert_cell(world_ask(world, "summary", NULL), "deals", 0, "won_cycle_mean_days", "none");
    world_close(world);
}

static void enquiries_wait_for_a_deal(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_fact(world, "EnquiryReceived", "enquiry/q1", "2025-01-01T10:00:00Z",
                "'enquiryId':'q1','clientId':'c1','channel':'WEB'");
    funnel_fact(world, "EnquiryReceived", "enquiry/q2", "2025-01-01T12:00:00+02:00",
                "'enquiryId':'q2','clientId':'c2','channel':'CALL','subject':'prices'");
    funnel_fact(world, "EnquiryReceived", "enquiry/q3", "unknown", "'enquiryId':'q3'");
    funnel_fact(world, "EnquiryReceived", "enquiry/q4", "2025-01-05", "'enquiryId':'q4'");
    funnel_fact(world, "EnquiryReceived", "enquiry/q5", "2025-01-05", "'enquiryId':'q5'");
    uint64_t opened = funnel_open(world, "d1", "2025-01-02T16:00:00Z", ",'enquiryId':'q1'");
    funnel_open(world, "d4", "2025-01-03", ",'enquiryId':'q4'"); // before it was received
    const char *now = "2025-01-03T10:00:00Z";
    const Ledger__V1__QueryReply *reply = world_ask(world, "enquiries", "now", now, NULL);
    assert_row(world, reply, "enquiries", 0,
               ROW("enquiries", "5", "with_deal", "2", "without_deal", "3", "waiting_too_long", "1",
                   "mean_hours_to_deal", "30.0000", "median_hours_to_deal", "30.0000",
                   "not_assessed", "1"));
    assert_row(world, reply, "waiting", 0,
               ROW("enquiry", "q2", "hours", "48.0000", "client", "c2", "channel", "CALL",
                   "subject", "prices", "received", "2025-01-01T12:00:00+02:00"));
    assert_true(has_note(reply, "1 enquiry without a deal was received at an unknown time"));
    assert_true(has_note(reply, "1 enquiry has a deal opened before it was received"));
    reply = world_ask(world, "enquiries", "now", now, "hours", "49", NULL);
    assert_int_equal(row_count(reply, "waiting"), 0);
    reply = world_ask(world, "enquiries", NULL); // to the end of the day
    assert_row(world, reply, "waiting", 0, ROW("enquiry", "q2", "hours", "8774.0000"));
    assert_true(has_note(reply, "2026-01-01, the latest day on which a fact was recorded"));
    assert_row(
        world, world_ask(world, "times", NULL), "cycles", 2,
        ROW("what", "enquiry to opened", "deals", "1", "mean_days", "1.2500", "not_assessed", "1"));
    funnel_retract(world, "deal/d1", opened);
    reply = world_ask(world, "enquiries", "now", now, NULL);
    assert_row(world, reply, "enquiries", 0, ROW("with_deal", "1", "without_deal", "4"));
    funnel_fact(world, "ClientsMerged", "client/c9", "2025-03-01", "'survivor':'c9','merged':'c2'");
    assert_row(world, world_ask(world, "enquiries", "now", now, "hours", "48", NULL), "waiting", 1,
               ROW("enquiry", "q2", "client", "c9"));
    world_close(world);
}

// Facts in any order of the ledger, applied in pages of any size, give the same answers.
static void order_and_pages_do_not_matter(void **state) {
    (void)state;
    static const char *const asked[] = {
        "flow",   "cohort", "times",   "stages", "summary",       "snapshot",  "forecast",
        "losses", "idle",   "skipped", "abc",    "abc-potential", "enquiries", "unassigned"};
    struct world *straight = world_open(&sales_funnel);
    struct world *turned = world_open(&sales_funnel);
    write_history(straight);
    funnel_open(turned, "d5", "unknown", "");
    funnel_move(turned, "d2", "s2", "2025-01-20");
    funnel_move(turned, "d2", "s1", "2025-01-15");
    funnel_deal(turned, "DealLost", "d3", "2025-01-14", "");
    funnel_deal(turned, "DealReopened", "d4", "2025-01-13", "");
    funnel_move(turned, "d2", "s2", "2025-01-12");
    funnel_open(turned, "d3", "2025-01-11", ",'amount':{'minor':'300','currency':'USD'}");
    funnel_deal(turned, "DealWon", "d1", "2025-01-10", "");
    funnel_move(turned, "d1", "s2", "2025-01-05");
    funnel_deal(turned, "DealLost", "d4", "2025-01-04", "");
    funnel_open(turned, "d2", "2025-01-03", "");
    funnel_open(turned, "d4", "2025-01-02", "");
    funnel_open(turned, "d1", "2025-01-01", ",'amount':{'minor':'100','currency':'USD'}");
    funnel_pipeline(turned);
    struct world *paged = world_copy(straight, world_head(straight), 1);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct ledger_span one = answer_bytes(straight, world_ask(straight, asked[i], NULL));
        struct ledger_span other = answer_bytes(turned, world_ask(turned, asked[i], NULL));
        struct ledger_span page = answer_bytes(paged, world_ask(paged, asked[i], NULL));
        assert_int_equal(one.size, other.size);
        assert_memory_equal(one.data, other.data, one.size);
        assert_int_equal(one.size, page.size);
        assert_memory_equal(one.data, page.data, one.size);
    }
    world_close(paged);
    world_close(turned);
    world_close(straight);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow_adds_up),
        cmocka_unit_test(cohort_is_of_the_opening),
        cmocka_unit_test(times_keep_unfinished_stays_apart),
        cmocka_unit_test(empty_ledger_has_empty_answers),
        cmocka_unit_test(norms_and_moves_are_of_the_definition_in_force),
        cmocka_unit_test(stage_keeps_the_meaning_that_it_had),
        cmocka_unit_test(pipeline_moves_are_counted),
        cmocka_unit_test(closed_deal_stays_where_it_is),
        cmocka_unit_test(contradictions_leave_the_flow_whole),
        cmocka_unit_test(enquiries_wait_for_a_deal),
        cmocka_unit_test(order_and_pages_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
