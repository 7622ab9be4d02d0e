// sales-funnel: what deals are worth, and why they are lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_funnel.h"

static void forecast_weighs_by_probability(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    // its own 25% of 10.00; then s1's 10% of 3.33; then s2's 50% of 1.00 after it is cleared
    funnel_open(world, "d1", "2025-01-01",
                ",'amount':{'minor':'1000','currency':'USD'},'probabilityBp':2500,"
                "'closeDate':'2025-03-31'");
    funnel_open(world, "d2", "2025-01-01",
                ",'amount':{'minor':'333','currency':'USD'},'closeDate':'2025-03-01'");
    funnel_open(world, "d3", "2025-01-01",
                ",'amount':{'minor':'100','currency':'USD'},'probabilityBp':9000");
    funnel_move(world, "d3", "s2", "2025-01-02");
    funnel_deal(world, "DealTermsChanged", "d3", "2025-01-03", ",'field':'PROBABILITY'");
    funnel_open(world, "d4", "2025-01-01", ",'amount':{'minor':'70','currency':'EUR'}");
    funnel_move(world, "d4", "s3", "2025-01-02"); // no probability
    funnel_open(world, "d5", "2025-01-01", "");   // no amount
    funnel_open(world, "d6", "2025-01-01", ",'amount':{'minor':'300','currency':'USD'}");
    funnel_deal(world, "DealWon", "d6", "2025-01-11", "");
    funnel_open(world, "d7", "2025-01-01", ",'amount':{'minor':'100','currency':'USD'}");
    funnel_deal(world, "DealLost", "d7", "2025-01-02", "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "forecast", NULL);
    assert_cell(reply, "totals", 0, "currency", "EUR");
    assert_cell(reply, "totals", 0, "value", "0.70 EUR");
    assert_cell(reply, "totals", 0, "weighted", "none");
    assert_cell(reply, "totals", 1, "deals", "3");
    assert_cell(reply, "totals", 1, "value", "14.33 USD");
    assert_cell(reply, "totals", 1, "weighted", "3.3330"); // 2.50 + 0.333 + 0.50
    assert_cell(reply, "totals", 1, "value_win_rate", "0.7500");
    assert_cell(reply, "totals", 1, "velocity_per_day", "none"); // two currencies
    assert_cell(reply, "months", 0, "month", "none");
    assert_cell(reply, "months", 0, "currency", "EUR");
    assert_cell(reply, "months", 2, "month", "2025-03");
    assert_cell(reply, "months", 2, "deals", "2");
    assert_cell(reply, "months", 2, "weighted", "2.8330");
    assert_true(has_note(reply, "1 open deal has no amount"));
    assert_true(has_note(reply, "1 open deal has no probability"));
    // The stage's probability is that of the definition in force on the question's day.
    funnel_fact(world, "PipelineDefined", "pipeline/p", "2025-02-01",
                "'pipelineId':'p','stages':["
                "{'id':'s1','order':1,'kind':'OPEN','probabilityBp':2000},"
                "{'id':'s2','order':2,'kind':'OPEN','probabilityBp':5000},"
                "{'id':'s3','order':3,'kind':'OPEN'},{'id':'won','order':4,'kind':'WON'},"
                "{'id':'lost','order':5,'kind':'LOST'}]");
    reply = world_ask(world, "forecast", "now", "2025-01-31", NULL);
    assert_cell(reply, "totals", 1, "weighted", "3.3330");
    reply = world_ask(world, "forecast", "now", "2025-02-01", NULL);
    assert_cell(reply, "totals", 1, "weighted", "3.6660");
    assert_true(has_note(reply, "2 open deals are weighted by the probability of the stage, as the "
                                "pipeline defines it on 2025-02-01"));
    world_close(world);
}

static void velocity_is_that_of_the_summary(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01", ",'amount':{'minor':'1000','currency':'USD'}");
    funnel_deal(world, "DealWon", "d1", "2025-01-11", "");
    funnel_open(world, "d2", "2025-01-01", "");
    funnel_open(world, "d3", "2025-01-01", "");
    funnel_deal(world, "DealLost", "d3", "2025-01-02", "");
    // 1 open x 10.00 x 1/2 / 10 days
    assert_cell(world_ask(world, "forecast", NULL), "totals", 0, "velocity_per_day", "0.5000");
    assert_cell(world_ask(world, "summary", NULL), "value", 0, "velocity_per_day", "0.5000");
    world_close(world);
}

static void slippage_counts_moves_and_days(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01", ",'closeDate':'2025-03-01'");
    funnel_deal(world, "DealTermsChanged", "d1", "2025-01-02",
                ",'field':'CLOSE_DATE','new':{'closeDate':'2025-03-31'}");
    uint64_t sooner = funnel_deal(world, "DealTermsChanged", "d1", "2025-01-03",
                                  ",'field':'CLOSE_DATE','new':{'closeDate':'2025-03-21'}");
    funnel_open(world, "d2", "2025-01-01", "");
    funnel_deal(world, "DealTermsChanged", "d2", "2025-01-02",
                ",'field':'CLOSE_DATE','new':{'closeDate':'2025-04-01'}"); // set, not moved
    funnel_open(world, "d3", "2025-01-01", "");
    funnel_deal(world, "DealTermsChanged", "d3", "2025-01-02",
                ",'field':'CLOSE_DATE','old':{'closeDate':'2025-03-30'},"
                "'new':{'closeDate':'2025-04-01'}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "forecast", NULL);
    assert_cell(reply, "slippage", 0, "deals", "2");
    assert_cell(reply, "slippage", 0, "moves", "3");
    assert_cell(reply, "slippage", 0, "days", "22");
    assert_cell(reply, "slippage", 0, "mean_days", "11.0000");
    assert_cell(reply, "slipped", 0, "deal", "d1");
    assert_cell(reply, "slipped", 0, "days", "20");
    assert_cell(reply, "slipped", 0, "expected_close", "2025-03-21");
    funnel_retract(world, "deal/d1", sooner);
    assert_cell(world_ask(world, "forecast", NULL), "slipped", 0, "days", "30");
    world_close(world);
}

static uint64_t refuse(struct world *world, const char *occurred, const char *payload) {
    return funnel_fact(world, "RefusalRecorded", "client/c1", occurred, payload);
}

static void remove_obstacle(struct world *world, uint64_t refusal, const char *occurred) {
    world_write(world,
                "{\"type\":\"ObstacleRemoved\",\"stream\":\"client/c1\",\"occurred\":\"%s\","
                "\"actor\":\"e1\",\"payload\":{\"refusalEventId\":\"%s\",\"how\":\"certified\"}}",
                occurred, event_id(world, refusal));
}

static void losses_tell_what_could_be_removed(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    for (int i = 1; i <= 5; i++) {
        const char deal[] = {'d', (char)('0' + i), '\0'};
        funnel_open(world, deal, "2025-01-01", ",'amount':{'minor':'100','currency':'USD'}");
    }
    funnel_deal(world, "DealLost", "d1", "2025-01-10", ",'reasonCode':'price','competitor':'x'");
    funnel_deal(world, "DealLost", "d2", "2025-01-11", ",'reasonCode':'price'");
    funnel_deal(world, "DealLost", "d3", "2025-01-12", ",'reasonCode':'certificate'");
    uint64_t first = refuse(world, "2025-01-05",
                            "'clientId':'c1','dealId':'d1','reasonCode':'price','removable':false");
    uint64_t second =
        refuse(world, "2025-01-06",
               "'clientId':'c2','dealId':'d3','reasonCode':'certificate','removable':true");
    uint64_t third =
        refuse(world, "2025-01-07",
               "'clientId':'c1','dealId':'d4','reasonCode':'certificate','removable':true");
    remove_obstacle(world, third, "2025-01-20");
    funnel_deal(world, "DealWon", "d4", "2025-01-20", ",'successFactor':'service'");
    funnel_deal(world, "DealWon", "d5", "2025-01-21", ",'successFactor':'service'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "losses", NULL);
    assert_cell(reply, "lost", 0, "reason", "price");
    assert_cell(reply, "lost", 0, "deals", "2");
    assert_cell(reply, "lost", 0, "lost_value", "2.00 USD");
    assert_cell(reply, "lost", 0, "removable_share", "0.0000");
    assert_cell(reply, "lost", 1, "reason", "certificate");
    assert_cell(reply, "lost", 1, "removable", "1");
    assert_cell(reply, "lost", 1, "value_if_removed", "1.00 USD");
    assert_cell(reply, "refusals", 0, "reason", "certificate");
    assert_cell(reply, "refusals", 0, "refusals", "2");
    assert_cell(reply, "refusals", 0, "clients", "2");
    assert_cell(reply, "refusals", 0, "removable_share", "1.0000");
    assert_cell(reply, "refusals", 0, "removed", "1");
    assert_cell(reply, "won_after", 0, "deals", "1");
    assert_cell(reply, "won_after", 0, "won_value", "1.00 USD");
    assert_cell(reply, "factors", 0, "factor", "service");
    assert_cell(reply, "factors", 0, "won_value", "2.00 USD");
    assert_cell(reply, "competitors", 0, "competitor", "x");
    assert_cell(reply, "competitors", 0, "deals", "1");
    // Two clients become one; and a removal after the close is none that led to the win.
    funnel_fact(world, "ClientsMerged", "client/c1", "2025-03-01", "'survivor':'c1','merged':'c2'");
    remove_obstacle(world, second, "2025-02-01");
    reply = world_ask(world, "losses", NULL);
    assert_cell(reply, "refusals", 0, "clients", "1");
    assert_cell(reply, "lost", 1, "removable", "0");
    assert_cell(reply, "lost", 1, "value_if_removed", "0.00 USD");
    assert_cell(world_ask(world, "losses", "as-of-occurred", "2025-01-31", NULL), "lost", 1,
                "removable", "1");
    reply = world_ask(world, "losses", "from", "2025-01-11", "to", "2025-01-11", NULL);
    assert_int_equal(row_count(reply, "lost"), 1);
    assert_int_equal(row_count(reply, "refusals"), 0);
    // A correction of the refusal, named by a removal.
    uint64_t corrected = world_write(
        world,
        "{\"type\":\"FactCorrected\",\"stream\":\"client/c1\",\"occurred\":\"2025-02-01\","
        "\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":\"RefusalRecorded\","
        "\"payload\":{\"clientId\":\"c1\",\"dealId\":\"d1\",\"reasonCode\":\"price\","
        "\"removable\":true}}}",
        event_id(world, first));
    reply = world_ask(world, "losses", NULL);
    assert_cell(reply, "lost", 0, "removable", "1");
    assert_cell(reply, "lost", 0, "removable_share", "0.5000");
    remove_obstacle(world, corrected, "2025-02-02");
    assert_cell(world_ask(world, "losses", NULL), "lost", 0, "removable", "0");
    world_close(world);
}

static void empty_ledger_has_empty_answers(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    const Ledger__V1__QueryReply *reply = world_ask(world, "forecast", NULL);
    assert_int_equal(row_count(reply, "totals"), 0);
    assert_cell(reply, "slippage", 0, "mean_days", "none");
    assert_int_equal(row_count(world_ask(world, "losses", NULL), "lost"), 0);
    world_close(world);
}

// ---- what is too large
static void a_deal_worth_too_much_is_set_aside(void **state) {
    (void)state;
    static const char *const asked[] = {"summary", "snapshot", "forecast",
                                        "flow",    "abc",      "abc-potential"};
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    const char *amount = ",'amount':{'minor':'9223372036854775807','currency':'USD'}";
    funnel_open(world, "d1", "2025-01-01", ",'amount':{'minor':'300','currency':'USD'}");
    funnel_open(world, "d2", "2025-01-01", amount);
    funnel_deal(world, "DealWon", "d1", "2025-01-11", amount);
    funnel_deal(
        world, "DealTermsChanged", "d1", "2025-01-12",
        ",'field':'AMOUNT','new':{'amount':{'minor':'-1000000000000001','currency':'USD'}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 3);
    assert_non_null(
        strstr(cell(world, reply, "parked", 0, "reason"), "payload.amount.minor: more"));
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_false(has_note(world_ask(world, asked[i], NULL), "too large"));
    reply = world_ask(world, "forecast", NULL);
    assert_cell(reply, "totals", 0, "value", "3.00 USD");
    world_close(world);
}

// Within the limit, but not its product with a probability of 100,000.
static void a_product_that_does_not_fit_is_left_empty(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    funnel_pipeline(world);
    funnel_open(world, "d1", "2025-01-01",
                ",'amount':{'minor':'1000000000000000','currency':'USD'},"
                "'probabilityBp':1000000000");
    funnel_open(world, "d2", "2025-01-01",
                ",'amount':{'minor':'200','currency':'EUR'},'probabilityBp':5000");
    const Ledger__V1__QueryReply *reply = world_ask(world, "forecast", NULL);
    assert_cell(reply, "totals", 0, "weighted", "1.0000");
    assert_cell(reply, "totals", 1, "currency", "USD");
    assert_cell(reply, "totals", 1, "value", "10000000000000.00 USD");
    assert_cell(reply, "totals", 1, "weighted", "none");
    assert_true(has_note(reply, "too large to be written"));
    world_close(world);
}

// An owner's id that no row has a key for: the deal's other figures are there.
static void an_id_that_is_too_long_has_no_name(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    char owner[600], payload[700];
    memset(owner, 'o', sizeof owner);
    owner[sizeof owner - 1] = '\0';
    funnel_pipeline(world);
    (void)snprintf(payload, sizeof payload,
                   ",'ownerId':'%s','amount':{'minor':'300','currency':'USD'}", owner);
    funnel_open(world, "d1", "2025-01-01", payload);
    const Ledger__V1__QueryReply *reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "owner", owner);
    assert_cell(reply, "deal", 0, "amount", "3.00 USD");
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecast_weighs_by_probability),
        cmocka_unit_test(velocity_is_that_of_the_summary),
        cmocka_unit_test(slippage_counts_moves_and_days),
        cmocka_unit_test(losses_tell_what_could_be_removed),
        cmocka_unit_test(empty_ledger_has_empty_answers),
        cmocka_unit_test(a_deal_worth_too_much_is_set_aside),
        cmocka_unit_test(a_product_that_does_not_fit_is_left_empty),
        cmocka_unit_test(an_id_that_is_too_long_has_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
