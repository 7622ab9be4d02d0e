// sales-funnel: deals folded from late, corrected and contradicting facts, and the figures.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sales-funnel/sales_funnel.h"
#include "test_projection_fixture.h"

static void define_pipeline(struct world *world) {
    world_write(world, "{\"type\":\"PipelineDefined\",\"stream\":\"pipeline/p\",\"occurred\":"
                       "\"unknown\",\"actor\":\"unknown\",\"payload\":{\"pipelineId\":\"p\","
                       "\"stages\":[{\"id\":\"won\",\"order\":9,\"kind\":\"WON\"},"
                       "{\"id\":\"s1\",\"name\":\"First\",\"order\":1,\"kind\":\"OPEN\"},"
                       "{\"id\":\"s3\",\"order\":3,\"kind\":\"OPEN\"},"
                       "{\"id\":\"s2\",\"order\":2,\"kind\":\"OPEN\"},"
                       "{\"id\":\"lost\",\"order\":10,\"kind\":\"LOST\"}]}}");
}

static uint64_t deal_fact(struct world *world, const char *type, const char *deal,
                          const char *occurred, const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"deal/%s\",\"occurred\":\"%s\",\"actor\":"
                       "\"e1\",\"territory\":\"north\",\"payload\":{\"dealId\":\"%s\"%s}}",
                       type, deal, occurred, deal, payload);
}

static uint64_t open_deal(struct world *world, const char *deal, const char *client,
                          const char *occurred) {
    char payload[256];
    (void)snprintf(payload, sizeof payload,
                   ",\"ownerId\":\"e1\",\"pipelineId\":\"p\",\"stage\":\"s1\",\"productIds\":"
                   "[\"x\"]%s%s%s",
                   client ? ",\"clientId\":\"" : "", client ? client : "", client ? "\"" : "");
    return deal_fact(world, "DealOpened", deal, occurred, payload);
}

static uint64_t win(struct world *world, const char *deal, const char *occurred, int cents,
                    const char *currency) {
    char payload[256];
    (void)snprintf(payload, sizeof payload, ",\"amount\":{\"minor\":\"%d\",\"currency\":\"%s\"}",
                   cents, currency);
    return deal_fact(world, "DealWon", deal, occurred, payload);
}

static uint64_t lose(struct world *world, const char *deal, const char *occurred) {
    return deal_fact(world, "DealLost", deal, occurred, ",\"reasonCode\":\"price\"");
}

static uint64_t move(struct world *world, const char *deal, const char *to, const char *occurred) {
    char payload[64];
    (void)snprintf(payload, sizeof payload, ",\"to\":\"%s\"", to);
    return deal_fact(world, "DealStageChanged", deal, occurred, payload);
}

static void summary_counts_values_and_cycles(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    open_deal(world, "d2", "c1", "2025-01-01");
    open_deal(world, "d3", "c2", "2025-01-01");
    open_deal(world, "d4", NULL, "2025-01-01");
    open_deal(world, "d5", NULL, "unknown");
    win(world, "d1", "2025-01-11", 10000, "USD");
    win(world, "d2", "2025-01-16", 5000, "USD");
    lose(world, "d3", "2025-01-04");
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_cell(reply, "deals", 0, "deals", "5");
    assert_cell(reply, "deals", 0, "open", "2");
    assert_cell(reply, "deals", 0, "open_unknown_time", "1");
    assert_cell(reply, "deals", 0, "open_without_client", "2");
    assert_cell(reply, "deals", 0, "won", "2");
    assert_cell(reply, "deals", 0, "lost", "1");
    assert_cell(reply, "deals", 0, "win_rate", "0.6667");
    assert_cell(reply, "deals", 0, "won_cycle_mean_days", "12.5000");
    assert_cell(reply, "deals", 0, "won_cycle_median_days", "12.5000");
    assert_cell(reply, "deals", 0, "lost_cycle_median_days", "3.0000");
    assert_cell(reply, "value", 0, "won_value", "150.00 USD");
    assert_cell(reply, "value", 0, "mean_won_value", "75.0000");
    // 2 open x 75 x 2/3 / 12.5, with the win rate unrounded
    assert_cell(reply, "value", 0, "velocity_per_day", "8.0000");
    world_close(world);
}

static void as_of_occurred_leaves_unknown_openings_on_their_own_line(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    open_deal(world, "d2", "c1", "2025-02-01");
    open_deal(world, "d3", "c1", "unknown");
    open_deal(world, "d4", "c1", "unknown");
    win(world, "d1", "2025-01-31", 100, "USD");
    win(world, "d4", "2025-01-15", 100, "USD");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "as-of-occurred", "2025-01-20", NULL);
    assert_cell(reply, "deals", 0, "open", "1");
    assert_cell(reply, "deals", 0, "won", "1"); // won by then, so it was opened by then
    assert_cell(reply, "deals", 0, "left_out_unknown_time", "1");
    assert_cell(reply, "deals", 0, "won_cycle_mean_days", "none");
    reply = world_ask(world, "snapshot", "as-of-occurred", "2025-01-20", NULL);
    assert_cell(reply, "stages", 0, "stage", "s1");
    assert_cell(reply, "stages", 0, "deals", "1");
    assert_cell(reply, "stages", 1, "status", "won");
    assert_cell(reply, "unknown_time", 0, "deals", "1");
    reply = world_ask(world, NULL, "as-of-occurred", "2025-02-01", NULL);
    assert_cell(reply, "deals", 0, "won", "2");
    assert_cell(reply, "deals", 0, "open", "1");
    world_close(world);
}

// Of d1, d3 and d5 only later facts are known, the opening of d2 has no time, that of d4 has one.
static void summary_and_snapshot_agree_on_unknown_openings(void **state) {
    (void)state;
    static const struct {
        const char *by, *open_unknown, *left_out;
    } rows[] = {{NULL, "4", "0"},         {"2024-12-31", "0", "2"}, {"2025-01-01", "1", "2"},
                {"2025-01-10", "2", "2"}, {"2025-02-01", "3", "1"}, {"2025-12-31", "3", "1"}};
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    move(world, "d1", "s2", "2025-01-01");
    open_deal(world, "d2", "c1", "unknown");
    move(world, "d3", "s2", "unknown");
    move(world, "d3", "s3", "2025-02-01");
    open_deal(world, "d4", "c1", "2025-01-01");
    deal_fact(world, "DealReassigned", "d5", "2025-01-10", ",\"toEmployee\":\"e2\"");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *name = rows[i].by ? "as-of-occurred" : NULL;
        const Ledger__V1__QueryReply *summary = world_ask(world, "summary", name, rows[i].by, NULL);
        assert_cell(summary, "deals", 0, "open_unknown_time", rows[i].open_unknown);
        assert_cell(summary, "deals", 0, "left_out_unknown_time", rows[i].left_out);
        const Ledger__V1__QueryReply *reply = world_ask(world, "snapshot", name, rows[i].by, NULL);
        assert_cell(reply, "unknown_time", 0, "open_unknown_time", rows[i].open_unknown);
        assert_cell(reply, "unknown_time", 0, "deals", rows[i].left_out);
        assert_true(has_note(summary, "or that only later facts are known of it"));
        assert_true(has_note(reply, "or that only later facts are known of it"));
    }
    world_close(world);
}

static void opening_comes_first_of_its_time(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    move(world, "d1", "s2", "2025-01-01T10:00:00Z");
    open_deal(world, "d1", "c1", "2025-01-01T10:00:00Z");
    move(world, "d2", "lost", "2025-01-01T10:00:00Z");
    open_deal(world, "d2", "c1", "2025-01-01T10:00:00Z");
    move(world, "d2", "s2", "2025-01-01T10:00:00Z"); // after the close: kept and flagged
    const Ledger__V1__QueryReply *reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "stage", "s2");
    assert_cell(reply, "deal", 0, "contradictions", "0");
    assert_cell(reply, "facts", 0, "fact", "opened");
    reply = world_ask(world, "deal", "deal", "d2", NULL);
    assert_cell(reply, "deal", 0, "status", "lost");
    assert_cell(reply, "deal", 0, "contradictions", "1");
    assert_int_equal(row_count(reply, "facts"), 3);
    assert_true(has_note(reply, "1 fact contradicts what came before: it moves a deal that was "
                                "closed"));
    world_close(world);
}

static void unknown_pipeline_is_told(void **state) {
    (void)state;
    static const char *const asked[] = {"summary", "snapshot", "stages", "abc", "unassigned"};
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        assert_true(has_note(world_ask(world, asked[i], "pipeline", "q", NULL),
                             "Nothing is known of pipeline q."));
        assert_false(has_note(world_ask(world, asked[i], "pipeline", "p", NULL), "Nothing"));
    }
    world_close(world);
}

static void ratios_of_money_stand_beside_their_currency(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    win(world, "d1", "2025-01-02", 100, "JPY");
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_cell(reply, "value", 0, "currency", "JPY");
    assert_cell(reply, "value", 0, "mean_won_value", "100.0000");
    for (size_t i = 0; i < reply->tables[1]->n_columns; i++)
        if (reply->tables[1]->columns[i]->kind == LEDGER__V1__VALUE_KIND__RATIO)
            assert_non_null(strstr(reply->tables[1]->columns[i]->title, "in that currency"));
    world_close(world);
}

static void stages_tell_entered_passed_and_skipped_apart(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    open_deal(world, "d2", "c1", "2025-01-01");
    open_deal(world, "d3", "c1", "2025-01-01");
    open_deal(world, "d4", "c1", "2025-01-01");
    move(world, "d1", "s2", "2025-01-02");
    move(world, "d1", "s1", "2025-01-03"); // back, and again
    move(world, "d1", "s2", "2025-01-04");
    move(world, "d2", "s3", "2025-01-02"); // over s2
    move(world, "d3", "lost", "2025-01-02");
    win(world, "d2", "2025-01-05", 100, "USD");
    move(world, "d4", "elsewhere", "2025-01-02");
    const Ledger__V1__QueryReply *reply = world_ask(world, "stages", NULL);
    assert_cell(reply, "stages", 0, "stage", "s1");
    assert_cell(reply, "stages", 0, "stage_name", "First");
    assert_cell(reply, "stages", 0, "entered", "4");
    assert_cell(reply, "stages", 0, "passed", "4");
    assert_cell(reply, "stages", 0, "conversion", "0.5000");
    assert_cell(reply, "stages", 1, "stage", "s2");
    assert_cell(reply, "stages", 1, "entered", "1");
    assert_cell(reply, "stages", 1, "passed", "2");
    assert_cell(reply, "stages", 1, "skipped", "1");
    assert_cell(reply, "stages", 2, "conversion", "none");
    assert_cell(reply, "stages", 3, "stage", "won");
    assert_cell(reply, "stages", 3, "entered", "1");
    assert_cell(reply, "stages", 3, "passed", "none");
    assert_cell(reply, "stages", 4, "entered", "1");
    assert_cell(reply, "stages", 5, "stage", "elsewhere");
    assert_cell(reply, "stages", 5, "kind", "undefined");
    reply = world_ask(world, NULL, NULL);
    assert_cell(reply, "deals", 0, "lost", "1"); // by entering a stage that means lost
    assert_cell(reply, "deals", 0, "won", "1");
    world_close(world);
}

static void reopened_deal_is_open_again(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    lose(world, "d1", "2025-01-05");
    deal_fact(world, "DealReopened", "d1", "2025-01-07", ",\"toStage\":\"s2\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "status", "open");
    assert_cell(reply, "deal", 0, "stage", "s2");
    assert_cell(reply, "deal", 0, "closed", "none");
    win(world, "d1", "2025-01-11", 100, "USD");
    reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "status", "won");
    assert_cell(reply, "deal", 0, "cycle_days", "10");
    assert_cell(reply, "deal", 0, "contradictions", "0");
    assert_int_equal(row_count(reply, "facts"), 4);
    reply = world_ask(world, "deal", "deal", "d1", "as-of-occurred", "2025-01-05", NULL);
    assert_cell(reply, "deal", 0, "status", "lost");
    world_close(world);
}

static void late_facts_take_their_place(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    win(world, "d1", "2025-01-11", 100, "USD");
    move(world, "d1", "s2", "2025-01-05");
    open_deal(world, "d1", "c1", "2025-01-01");
    const Ledger__V1__QueryReply *reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "status", "won");
    assert_cell(reply, "deal", 0, "stage", "won");
    assert_cell(reply, "deal", 0, "cycle_days", "10");
    assert_cell(reply, "deal", 0, "contradictions", "0");
    assert_cell(reply, "facts", 0, "fact", "opened");
    assert_cell(reply, "facts", 2, "fact", "won");
    world_close(world);
}

static void stages_before_the_opening_are_of_its_pipeline(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    move(world, "d1", "s2", "2025-01-01"); // the same day, and written first
    open_deal(world, "d1", "c1", "2025-01-01");
    const Ledger__V1__QueryReply *reply = world_ask(world, "stages", "pipeline", "p", NULL);
    assert_int_equal(row_count(reply, "stages"), 5);
    assert_cell(reply, "stages", 0, "entered", "1");
    assert_cell(reply, "stages", 1, "entered", "1");
    world_close(world);
}

static void contradictions_are_counted_and_corrupt_nothing(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    open_deal(world, "d1", "c2", "2025-01-02");
    win(world, "d1", "2025-01-11", 100, "USD");
    move(world, "d1", "s2", "2025-01-12");
    move(world, "d2", "s2", "2025-01-12"); // never opened
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_cell(reply, "deals", 0, "deals", "2");
    assert_cell(reply, "deals", 0, "won", "1");
    assert_cell(reply, "deals", 0, "open_unknown_time", "1");
    assert_true(has_note(reply, "1 fact contradicts what came before: it opens a deal a second"));
    assert_true(has_note(reply, "1 fact contradicts what came before: it moves a deal that was"));
    assert_true(has_note(reply, "1 deal has facts and no opening"));
    reply = world_ask(world, "deal", "deal", "d1", NULL);
    assert_cell(reply, "deal", 0, "cycle_days", "10");
    assert_cell(reply, "deal", 0, "stage", "won");
    world_close(world);
}

static void corrected_amount_and_retracted_win(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", "c1", "2025-01-01");
    uint64_t won = win(world, "d1", "2025-01-11", 100, "USD");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"deal/d1\",\"occurred\":\"2025-02-01\","
                "\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":\"DealWon\","
                "\"payload\":{\"dealId\":\"d1\",\"amount\":{\"minor\":\"250\",\"currency\":"
                "\"USD\"},\"closedOn\":\"2025-01-21\"}}}",
                event_id(world, won));
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_cell(reply, "value", 0, "won_value", "2.50 USD");
    assert_cell(reply, "deals", 0, "won_cycle_mean_days", "20.0000");
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"deal/d1\",\"occurred\":\"2025-02-01\","
                "\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, won));
    reply = world_ask(world, NULL, NULL);
    assert_cell(reply, "deals", 0, "open", "1");
    assert_int_equal(row_count(reply, "value"), 0);
    reply = world_ask(world, NULL, "as-of-position", "3", NULL);
    assert_cell(reply, "value", 0, "won_value", "1.00 USD");
    world_close(world);
}

static void groups_show_owner_product_client_and_quarter(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    world_write(world, "{\"type\":\"EmployeeHired\",\"stream\":\"employee/e1\",\"occurred\":"
                       "\"unknown\",\"actor\":\"unknown\",\"payload\":{\"employeeId\":\"e1\","
                       "\"kind\":\"PERSON\"},\"personal\":[{\"personId\":\"e1\",\"plain\":"
                       "{\"name\":\"Agent One\"}}]}");
    world_write(world, "{\"type\":\"ProductRegistered\",\"stream\":\"product/x\",\"occurred\":"
                       "\"2026-01-01\",\"actor\":\"unknown\",\"payload\":{\"productId\":\"x\","
                       "\"name\":\"Product X\"}}");
    open_deal(world, "d1", "c1", "2025-01-01");
    open_deal(world, "d2", "c2", "2025-01-01");
    open_deal(world, "d3", "c2", "2025-01-01");
    open_deal(world, "d4", "c3", "2025-01-01");
    win(world, "d1", "2025-03-31", 100, "USD");
    win(world, "d2", "2025-04-01", 900, "USD");
    lose(world, "d3", "2025-04-01");
    deal_fact(world, "DealReassigned", "d4", "2025-02-01", ",\"fromEmployee\":\"e1\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "by", "group", "owner", NULL);
    assert_cell(reply, "groups", 0, "name", "Agent One");
    assert_cell(reply, "groups", 0, "won", "2");
    assert_cell(reply, "groups", 0, "lost", "1");
    assert_cell(reply, "groups", 0, "won_value", "10.00 USD");
    assert_cell(reply, "groups", 1, "group", "none");
    assert_cell(reply, "groups", 1, "open", "1");
    // The product was registered later; its name is still its name.
    reply = world_ask(world, "by", "group", "product", "as-of-occurred", "2025-12-31", NULL);
    assert_cell(reply, "groups", 0, "name", "Product X");
    reply = world_ask(world, "by", "group", "client", NULL);
    assert_cell(reply, "groups", 0, "group", "c2");
    assert_cell(reply, "groups", 0, "win_rate", "0.5000");
    reply = world_ask(world, "by", "group", "quarter", NULL);
    assert_cell(reply, "groups", 0, "group", "2025-Q1");
    assert_cell(reply, "groups", 1, "won_value", "9.00 USD");
    assert_true(has_note(reply, "1 open deal is in none"));
    win(world, "d4", "2025-04-02", 5, "EUR");
    reply = world_ask(world, "by", "group", "pipeline", NULL);
    assert_int_equal(row_count(reply, "groups"), 2);
    assert_cell(reply, "groups", 0, "won_value", "0.05 EUR");
    assert_cell(reply, "groups", 1, "won_value", "10.00 USD");
    assert_cell(reply, "groups", 1, "won", "3");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "by", "group", "mood", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_cell(world_ask(world, NULL, NULL), "value", 1, "velocity_per_day", "none");
    world_close(world);
}

static void abc_goes_by_the_share_before(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    static const struct {
        const char *deal, *client;
        int cents;
    } rows[] = {{"d1", "c1", 80}, {"d2", "c2", 15}, {"d3", "c3", 4}, {"d4", "c4", 1}};
    for (size_t i = 0; i < 4; i++) {
        open_deal(world, rows[i].deal, rows[i].client, "2025-01-01");
        win(world, rows[i].deal, "2025-01-02", rows[i].cents, "USD");
    }
    open_deal(world, "d5", NULL, "2025-01-01");
    win(world, "d5", "2025-01-02", 500, "USD");
    const Ledger__V1__QueryReply *reply = world_ask(world, "abc", NULL);
    assert_cell(reply, "clients", 0, "class", "A");
    assert_cell(reply, "clients", 1, "share_before", "0.8000");
    assert_cell(reply, "clients", 1, "class", "B");
    assert_cell(reply, "clients", 2, "class", "C");
    assert_cell(reply, "clients", 3, "class", "C");
    assert_cell(reply, "classes", 2, "clients", "2");
    assert_true(has_note(reply, "1 won deal has no client"));
    world_write(world,
                "{\"type\":\"ClientsMerged\",\"stream\":\"client/c1\",\"occurred\":\"2025-03-01\","
                "\"actor\":\"e1\",\"payload\":{\"survivor\":\"c2\",\"merged\":\"c1\"}}");
    reply = world_ask(world, "abc", "limit", "1", NULL);
    assert_cell(reply, "clients", 0, "client", "c2");
    assert_cell(reply, "clients", 0, "won_value", "0.95 USD");
    assert_int_equal(row_count(reply, "clients"), 1);
    world_close(world);
}

static void deals_without_a_client_are_listed_by_stage(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    define_pipeline(world);
    open_deal(world, "d1", NULL, "2025-01-01");
    open_deal(world, "d2", NULL, "unknown");
    open_deal(world, "d3", NULL, "2025-01-01");
    open_deal(world, "d4", "c1", "2025-01-01");
    move(world, "d3", "s2", "2025-01-02");
    const Ledger__V1__QueryReply *reply = world_ask(world, "unassigned", NULL);
    assert_cell(reply, "unassigned", 0, "stage", "s1");
    assert_cell(reply, "unassigned", 0, "deals", "2");
    assert_cell(reply, "unassigned", 1, "stage", "s2");
    reply = world_ask(world, "unassigned", "as-of-occurred", "2025-01-01", NULL);
    assert_int_equal(row_count(reply, "unassigned"), 1);
    assert_cell(reply, "unassigned", 0, "deals", "2"); // d1, d3
    assert_true(has_note(reply, "1 deal was opened at an unknown time"));
    world_close(world);
}

static void unknown_deal_is_not_found(void **state) {
    (void)state;
    struct world *world = world_open(&sales_funnel);
    struct ledger_error error;
    define_pipeline(world);
    assert_int_equal(world_refuse(world, &error, "deal", "deal", "d1", NULL), LEDGER_E_NOT_FOUND);
    assert_int_equal(world_refuse(world, &error, "deal", NULL), LEDGER_E_MISSING_FIELD);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_counts_values_and_cycles),
        cmocka_unit_test(as_of_occurred_leaves_unknown_openings_on_their_own_line),
        cmocka_unit_test(summary_and_snapshot_agree_on_unknown_openings),
        cmocka_unit_test(opening_comes_first_of_its_time),
        cmocka_unit_test(unknown_pipeline_is_told),
        cmocka_unit_test(ratios_of_money_stand_beside_their_currency),
        cmocka_unit_test(stages_tell_entered_passed_and_skipped_apart),
        cmocka_unit_test(reopened_deal_is_open_again),
        cmocka_unit_test(late_facts_take_their_place),
        cmocka_unit_test(stages_before_the_opening_are_of_its_pipeline),
        cmocka_unit_test(contradictions_are_counted_and_corrupt_nothing),
        cmocka_unit_test(corrected_amount_and_retracted_win),
        cmocka_unit_test(groups_show_owner_product_client_and_quarter),
        cmocka_unit_test(abc_goes_by_the_share_before),
        cmocka_unit_test(deals_without_a_client_are_listed_by_stage),
        cmocka_unit_test(unknown_deal_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
