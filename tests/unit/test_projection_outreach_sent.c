// outreach: answers, surveys, mailings and campaigns.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_outreach_facts.h"

// ---- answers
static void the_last_answer_is_on_the_card(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    said(world, "a", "s1", "fridge", "yes", "2025-05-10", "r1", "p1");
    said(world, "a", "s2", "fridge", "no", "2025-03-01", "r2", "p1"); // late: it came before
    said(world, "a", "s1", "staff", "4", "unknown", "r1", "p1");
    said(world, "b", "s1", "staff", "9", "2025-05-10", "r1", "p2");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "answers", "client", "a", "earlier", "yes", "now", "2025-05-20", NULL);
    assert_int_equal(row_count(reply, "answers"), 2);
    assert_cell(reply, "answers", 0, "question", "fridge");
    assert_cell(reply, "answers", 0, "answer", "yes");
    assert_cell(reply, "answers", 0, "told_to_name", "North");
    assert_cell(reply, "answers", 0, "survey", "s1");
    assert_cell(reply, "answers", 0, "times", "2");
    assert_cell(reply, "answers", 0, "days_since", "10");
    assert_cell(reply, "answers", 1, "days_since", "none");
    assert_int_equal(row_count(reply, "earlier"), 1);
    assert_cell(reply, "earlier", 0, "occurred", "2025-03-01");
    assert_cell(reply, "earlier", 0, "told_to", "r2");
    assert_false(has_note(reply, "the question gives no now"));
    reply = world_ask(world, "answers", "client", "a", "question", "fridge", NULL);
    assert_int_equal(row_count(reply, "answers"), 1);
    assert_cell(reply, "answers", 0, "days_since", "236"); // to 2026-01-01
    assert_true(has_note(reply, "2026-01-01, the latest day on which a fact was recorded"));
    reply = world_ask(world, "answers", "client", "a", "as-of-occurred", "2025-04-01", NULL);
    assert_int_equal(row_count(reply, "answers"), 1);
    assert_cell(reply, "answers", 0, "answer", "no");
    world_close(world);
}

static void asking_again_is_seen_across_merged_clients(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    said(world, "a", "s1", "fridge", "yes", "2025-01-01", "r1", "p1");
    said(world, "b", "s2", "fridge", "yes", "2025-01-31", "r2", "p2");
    said(world, "b", "s3", "fridge", "no", "2025-07-01", "r2", "p2");
    struct ledger_span before = answer_bytes(world, world_ask(world, "asked-again", NULL));
    assert_cell(world_ask(world, "asked-again", NULL), "totals", 0, "asked_again", "0");
    uint64_t merged = merge(world, "a", "b");
    const Ledger__V1__QueryReply *reply = world_ask(world, "asked-again", NULL);
    assert_int_equal(row_count(reply, "asked_again"), 1);
    assert_cell(reply, "asked_again", 0, "client", "a");
    assert_cell(reply, "asked_again", 0, "client_name", "Name of a");
    assert_cell(reply, "asked_again", 0, "again_by", "r2");
    assert_cell(reply, "asked_again", 0, "days", "30");
    assert_cell(reply, "asked_again", 0, "same_person", "0");
    assert_cell(reply, "asked_again", 0, "same_answer", "1");
    assert_cell(reply, "totals", 0, "answers", "3");
    assert_cell(reply, "totals", 0, "share", "0.3333");
    assert_true(has_note(reply, "within 90 days"));
    assert_int_equal(row_count(world_ask(world, "asked-again", "days", "29", NULL), "asked_again"),
                     0);
    assert_int_equal(row_count(world_ask(world, "asked-again", "days", "200", "client", "b", NULL),
                               "asked_again"),
                     2);
    assert_int_equal(
        row_count(world_ask(world, "asked-again", "days", "200", "from", "2025-07-01", NULL),
                  "asked_again"),
        1);
    unmerge(world, merged);
    assert_true(
        ledger_span_equal(before, answer_bytes(world, world_ask(world, "asked-again", NULL))));
    world_close(world);
}

static void a_survey_counts_people_and_the_last_word(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    said(world, "a", "s1", "q1", "yes", "2025-05-02", "r1", "p1");
    said(world, "a", "s1", "q1", "no", "2025-05-01", "r1", "p1"); // late: replaced by the one above
    said(world, "a", "s1", "q1", "no", "2025-05-03", "r2", "p2");
    said(world, "b", "s1", "q2", "5", "2025-05-04", "r2", "p3");
    fact(world, "SurveyAnswered", "2025-05-05", "unknown",
         "\"surveyId\":\"s1\",\"questionCode\":\"q2\",\"answer\":\"5\"");
    said(world, "c", "s2", "q1", "yes", "2025-05-02", "r1", "p1");
    const Ledger__V1__QueryReply *reply = world_ask(world, "survey", "survey", "s1", NULL);
    assert_cell(reply, "survey", 0, "questions", "2");
    assert_cell(reply, "survey", 0, "answers", "4");
    assert_cell(reply, "survey", 0, "replaced", "1");
    assert_cell(reply, "survey", 0, "respondents", "3");
    assert_cell(reply, "survey", 0, "clients", "2");
    assert_cell(reply, "survey", 0, "anonymous", "1");
    assert_cell(reply, "survey", 0, "first", "2025-05-02");
    assert_cell(reply, "survey", 0, "last", "2025-05-05");
    assert_cell(reply, "survey", 0, "sent", "none");
    assert_cell(reply, "survey", 0, "response_rate", "none");
    assert_int_equal(row_count(reply, "choices"), 3);
    assert_cell(reply, "choices", 0, "answer", "no");
    assert_cell(reply, "choices", 0, "share", "0.5000");
    assert_cell(reply, "choices", 2, "count", "2");
    assert_cell(reply, "choices", 2, "share", "1.0000");
    assert_cell(reply, "questions", 0, "respondents", "2");
    assert_cell(reply, "questions", 0, "clients", "1");
    assert_cell(reply, "asked_by", 0, "name", "North");
    assert_cell(reply, "asked_by", 1, "actor", "r2");
    assert_cell(reply, "asked_by", 1, "clients", "2");
    mailing(world, "m1", "k1", "2025-05-01", 8, 100, "{\"kind\":\"survey\",\"id\":\"s1\"}");
    mailing(world, "m2", "s1", "2025-05-01", 4, 100, "{\"kind\":\"survey\",\"id\":\"s1\"}");
    reply = world_ask(world, "survey", "survey", "s1", NULL);
    assert_cell(reply, "survey", 0, "mailings", "2");
    assert_cell(reply, "survey", 0, "sent", "12");
    assert_cell(reply, "survey", 0, "response_rate", "0.2500");
    assert_int_equal(row_count(reply, "contradictions"), 0);
    mailing(world, "s2", "k1", "2025-05-01", 0, 100, "");
    reply = world_ask(world, "survey", "survey", "s2", NULL);
    assert_cell(reply, "contradictions", 0, "code", "answered_more_than_sent");
    assert_cell(reply, "survey", 0, "response_rate", "none");
    merge(world, "a", "b");
    reply = world_ask(world, "survey", "survey", "s1", NULL);
    assert_cell(reply, "survey", 0, "clients", "1");
    assert_cell(reply, "survey", 0, "answers", "4");
    world_close(world);
}

// ---- mailings
static void a_mailing_counts_each_person_once_a_kind(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    consent(world, "p1", "\"EMAIL\"", true, "2025-01-01");
    consent(world, "p1", "\"EMAIL\"", false, "2025-06-01"); // after the sending
    consent(world, "p2", "\"EMAIL\"", true, "2025-01-01");
    consent(world, "p2", "null", false, "2025-02-01");
    consent(world, "p3", "\"SMS\"", true, "2025-01-01"); // another channel: not known
    uint64_t sent = mailing(world, "m1", "k1", "2025-05-01", 8, 5000,
                            "{\"kind\":\"person\",\"id\":\"p2\"},{\"kind\":\"person\",\"id\":"
                            "\"p2\"}");
    static const char *const people[] = {"p1", "p1", "p2", "p3"};
    for (size_t i = 0; i < 4; i++)
        response(world, "m1", people[i], "DELIVERED", "2025-05-01T10:00:00Z");
    response(world, "m1", "p1", "OPENED", "2025-05-02");
    response(world, "m1", "p1", "UNSUBSCRIBED", "2025-05-02");
    uint64_t bounced = response(world, "m1", "p3", "BOUNCED", "2025-05-02");
    response(world, "m1", "p4", "CLICKED", "2025-04-02");
    fact(world, "MailingResponded", "2025-05-03", "unknown",
         "\"mailingId\":\"m1\",\"kind\":\"OPENED\"");
    response(world, "m9", "p1", "OPENED", "2025-05-02");
    mailing(world, "m1", "k1", "2025-05-09", 99, 1, "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "mailings", NULL);
    assert_int_equal(row_count(reply, "mailings"), 1);
    assert_cell(reply, "mailings", 0, "channel", "email");
    assert_cell(reply, "mailings", 0, "sent", "8");
    assert_cell(reply, "mailings", 0, "delivered", "3");
    assert_cell(reply, "mailings", 0, "opened", "1");
    assert_cell(reply, "mailings", 0, "clicked", "1");
    assert_cell(reply, "mailings", 0, "bounced", "1");
    assert_cell(reply, "mailings", 0, "unsubscribed", "1");
    assert_cell(reply, "mailings", 0, "delivered_rate", "0.3750");
    assert_cell(reply, "mailings", 0, "bounced_rate", "0.1250");
    assert_cell(reply, "mailings", 0, "opened_rate", "0.3333");
    assert_cell(reply, "mailings", 0, "with_consent", "1");
    assert_cell(reply, "mailings", 0, "without_consent", "1");
    assert_cell(reply, "mailings", 0, "consent_unknown", "2");
    assert_cell(reply, "mailings", 0, "unnamed", "1");
    assert_cell(reply, "mailings", 0, "cost", "50.00 EUR");
    assert_int_equal(row_count(reply, "contradictions"), 4);
    assert_cell(reply, "contradictions", 0, "code", "mailing_sent_twice");
    assert_cell(reply, "contradictions", 1, "code", "response_without_mailing");
    assert_cell(reply, "contradictions", 2, "code", "response_before_sending");
    assert_cell(reply, "contradictions", 3, "code", "delivered_and_bounced");
    reply = world_ask(world, "mailings", "mailing", "m9", NULL);
    assert_int_equal(row_count(reply, "mailings"), 0);
    assert_cell(reply, "contradictions", 0, "count", "1");
    retract(world, bounced);
    reply = world_ask(world, "mailings", "mailing", "m1", NULL);
    assert_cell(reply, "mailings", 0, "bounced", "0");
    correct_time(world, sent, "MailingSent", "2025-07-01"); // now the other sending is the first
    reply = world_ask(world, "mailings", "mailing", "m1", NULL);
    assert_cell(reply, "mailings", 0, "sent", "99");
    assert_cell(reply, "mailings", 0, "with_consent", "1"); // p1 had not refused by then
    reply = world_ask(world, "mailings", "from", "2025-06-01", NULL);
    assert_cell(reply, "totals", 0, "mailings", "0");
    world_close(world);
}

static void a_campaign_is_worth_the_deals_it_brought(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    fact(world, "PipelineDefined", "unknown", "unknown",
         "\"pipelineId\":\"pl\",\"stages\":[{\"id\":\"new\",\"kind\":\"OPEN\"},{\"id\":\"done\","
         "\"kind\":\"WON\"}]");
    mailing(world, "m1", "k1", "2025-05-01", 10, 3000, "");
    mailing(world, "m2", "k1", "2025-06-01", 30, 1500, "");
    mailing(world, "m3", "k2", "2025-06-01", 5, 0, "");
    response(world, "m1", "p1", "DELIVERED", "2025-05-01");
    response(world, "m2", "p1", "DELIVERED", "2025-06-01");
    deal(world, "d1", "a", "k1", "2025-05-05", 10000);
    fact(world, "DealStageChanged", "2025-05-20", "r1", "\"dealId\":\"d1\",\"to\":\"done\"");
    deal(world, "d2", "b", "k1", "2025-05-06", 100);
    fact(world, "DealWon", "2025-05-25", "r1",
         "\"dealId\":\"d2\",\"amount\":{\"minor\":\"900\",\"currency\":\"EUR\"}");
    deal(world, "d3", "a", "k1", "2025-05-07", 700);
    fact(world, "DealWon", "2025-05-25", "r1", "\"dealId\":\"d3\"");
    uint64_t lost = fact(world, "DealLost", "2025-05-26", "r1", "\"dealId\":\"d3\"");
    deal(world, "d4", "c", "fair", "2025-05-07", 700);
    const Ledger__V1__QueryReply *reply = world_ask(world, "mailings", NULL);
    assert_int_equal(row_count(reply, "campaigns"), 2);
    assert_cell(reply, "campaigns", 0, "campaign", "k1");
    assert_cell(reply, "campaigns", 0, "mailings", "2");
    assert_cell(reply, "campaigns", 0, "sent", "40");
    assert_cell(reply, "campaigns", 0, "delivered", "2");
    assert_cell(reply, "campaigns", 0, "delivered_rate", "0.0500");
    assert_cell(reply, "campaigns", 0, "leads", "2");
    assert_cell(reply, "campaigns", 0, "deals", "3");
    assert_cell(reply, "campaigns", 0, "won", "2");
    assert_cell(reply, "values", 0, "cost", "45.00 EUR");
    assert_cell(reply, "values", 0, "won_value", "109.00 EUR");
    assert_cell(reply, "values", 0, "won_of_cost", "2.4222");
    assert_cell(reply, "values", 0, "cost_per_won_deal", "22.5000");
    assert_cell(reply, "values", 1, "campaign", "k2");
    assert_cell(reply, "values", 1, "won_of_cost", "none");
    assert_cell(reply, "values", 1, "cost_per_won_deal", "none");
    reply = world_ask(world, "mailings", "limit", "1", NULL);
    assert_int_equal(rows_left_off(reply, "campaigns"), 1);
    assert_int_equal(row_count(reply, "values"), 1);
    reply = world_ask(world, "mailings", "as-of-occurred", "2025-05-22", NULL);
    assert_cell(reply, "campaigns", 0, "mailings", "1");
    assert_cell(reply, "campaigns", 0, "won", "1");
    assert_cell(reply, "values", 0, "won_value", "100.00 EUR");
    retract(world, lost);
    reply = world_ask(world, "mailings", "campaign", "k1", NULL);
    assert_int_equal(row_count(reply, "mailings"), 2);
    assert_cell(reply, "campaigns", 0, "won", "3");
    assert_cell(reply, "values", 0, "won_value", "116.00 EUR");
    struct ledger_span before = answer_bytes(world, reply);
    uint64_t merged = merge(world, "a", "b");
    reply = world_ask(world, "mailings", "campaign", "k1", NULL);
    assert_cell(reply, "campaigns", 0, "leads", "1");
    assert_cell(reply, "campaigns", 0, "deals", "3");
    unmerge(world, merged);
    assert_true(ledger_span_equal(
        before, answer_bytes(world, world_ask(world, "mailings", "campaign", "k1", NULL))));
    reply = world_ask(world, "mailings", "campaign", "fair", NULL); // no mailing of that name
    assert_cell(reply, "campaigns", 0, "deals", "1");
    assert_int_equal(row_count(reply, "mailings"), 0);
    world_close(world);
}

// ---- what is too large
static void amounts_that_are_too_large_are_set_aside(void **state) {
    (void)state;
    static const struct {
        const char *type, *payload, *field;
    } rows[] = {
        {"MailingSent",
         "\"mailingId\":\"m9\",\"cost\":{\"minor\":\"9223372036854775807\",\"currency\":\"USD\"}",
         "payload.cost.minor: "},
        {"TechnicalNeedRecorded",
         "\"needId\":\"n9\",\"clientId\":\"a\",\"value\":{\"minor\":\"9223372036854775807\","
         "\"currency\":\"USD\"}",
         "payload.value.minor: "},
        {"TechnicalNeedRecorded",
         "\"needId\":\"n9\",\"clientId\":\"a\",\"volumeQty\":\"9223372036854775807\"",
         "payload.volume_qty: "},
        {"DealWon",
         "\"dealId\":\"d1\",\"amount\":{\"minor\":\"-9223372036854775808\",\"currency\":\"USD\"}",
         "payload.amount.minor: "},
    };
    struct world *world = world_open(&outreach);
    base(world);
    mailing(world, "m1", "c1", "2025-05-01", 10, 500, "");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        fact(world, rows[i].type, "2025-05-02", "r1", rows[i].payload);
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *reason = cell(world, reply, "parked", i, "reason");
        assert_ptr_equal(strstr(reason, rows[i].field), reason);
    }
    reply = world_ask(world, "mailings", NULL);
    assert_int_equal(row_count(reply, "mailings"), 1);
    assert_cell(reply, "mailings", 0, "cost", "5.00 EUR");
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_answer_is_on_the_card),
        cmocka_unit_test(asking_again_is_seen_across_merged_clients),
        cmocka_unit_test(a_survey_counts_people_and_the_last_word),
        cmocka_unit_test(a_mailing_counts_each_person_once_a_kind),
        cmocka_unit_test(a_campaign_is_worth_the_deals_it_brought),
        cmocka_unit_test(amounts_that_are_too_large_are_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
