// outreach: answers, surveys, mailings and campaigns, interactions, consents, needs, feedback and
// decisions, and what merges, corrections, late and contradicting facts do to them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "outreach/outreach.h"
#include "outreach/preference.h"
#include "test_projection_fixture.h"

// ---- facts
// `payload` is JSON without its braces.
static uint64_t fact(struct world *world, const char *type, const char *occurred, const char *actor,
                     const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"x/1\",\"occurred\":\"%s\",\"actor\":\"%s\","
                       "\"payload\":{%s}}",
                       type, occurred, actor, payload);
}

static uint64_t said(struct world *world, const char *client, const char *survey,
                     const char *question, const char *answer, const char *occurred,
                     const char *actor, const char *person) {
    return world_write(world,
                       "{\"type\":\"SurveyAnswered\",\"stream\":\"survey/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"surveyId\":\"%s\",\"questionCode\":\"%s\","
                       "\"answer\":\"%s\",\"clientId\":\"%s\",\"personId\":\"%s\"}}",
                       survey, occurred, actor, survey, question, answer, client, person);
}

static uint64_t mailing(struct world *world, const char *id, const char *campaign,
                        const char *occurred, int recipients, int cents, const char *subjects) {
    return world_write(world,
                       "{\"type\":\"MailingSent\",\"stream\":\"mailing/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"m\",\"subjects\":[%s],\"payload\":{\"mailingId\":\"%s\","
                       "\"campaignId\":\"%s\",\"channel\":\"EMAIL\",\"recipients\":\"%d\","
                       "\"cost\":{\"minor\":\"%d\",\"currency\":\"EUR\"}}}",
                       id, occurred, subjects, id, campaign, recipients, cents);
}

static uint64_t response(struct world *world, const char *id, const char *person, const char *kind,
                         const char *occurred) {
    return world_write(world,
                       "{\"type\":\"MailingResponded\",\"stream\":\"mailing/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"unknown\",\"payload\":{\"mailingId\":\"%s\","
                       "\"personId\":\"%s\",\"kind\":\"%s\"}}",
                       id, occurred, id, person, kind);
}

// `channel` is JSON: "\"EMAIL\"" or null.
static uint64_t consent(struct world *world, const char *person, const char *channel, bool given,
                        const char *occurred) {
    return world_write(world,
                       "{\"type\":\"ConsentChanged\",\"stream\":\"person/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"personId\":\"%s\",\"channel\":%s,"
                       "\"given\":%s,\"basis\":\"form\"}}",
                       person, occurred, person, channel, given ? "true" : "false");
}

static uint64_t wish(struct world *world, const char *person, const char *code, const char *value,
                     const char *until, const char *occurred) {
    return world_write(world,
                       "{\"type\":\"PersonalFactRecorded\",\"stream\":\"person/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"r1\",\"payload\":{\"personId\":\"%s\",\"topic\":"
                       "\"PREFERENCE\",\"code\":\"%s\",\"validUntil\":%s},\"personal\":[{"
                       "\"personId\":\"%s\",\"values\":{\"value\":\"%s\"}}]}",
                       person, occurred, person, code, until, person, value);
}

static uint64_t contact(struct world *world, const char *id, const char *actor, const char *client,
                        const char *person, const char *channel, const char *direction, int seconds,
                        const char *occurred) {
    return world_write(world,
                       "{\"type\":\"InteractionLogged\",\"stream\":\"interaction/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"%s\",\"payload\":{\"interactionId\":\"%s\","
                       "\"clientId\":\"%s\",\"personId\":\"%s\",\"channel\":\"%s\",\"direction\":"
                       "\"%s\",\"seconds\":%d,\"outcome\":\"talked\"}}",
                       id, occurred, actor, id, client, person, channel, direction, seconds);
}

static uint64_t need(struct world *world, const char *id, const char *client, const char *code,
                     const char *met, int cents, const char *currency, const char *occurred) {
    return world_write(world,
                       "{\"type\":\"TechnicalNeedRecorded\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"r1\",\"payload\":{\"needId\":\"%s\",\"clientId\":\"%s\","
                       "\"code\":\"%s\",\"productId\":\"p-%s\",\"met\":\"%s\",\"volumeQty\":\"10\","
                       "\"value\":{\"minor\":\"%d\",\"currency\":\"%s\"}}}",
                       client, occurred, id, client, code, code, met, cents, currency);
}

static uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return world_write(world,
                       "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"2025-12-01\",\"actor\":\"r1\",\"payload\":{\"survivor\":\"%s\","
                       "\"merged\":\"%s\"}}",
                       survivor, survivor, merged);
}

static void unmerge(struct world *world, uint64_t position) {
    world_write(world,
                "{\"type\":\"MergeReversed\",\"stream\":\"client/a\",\"occurred\":\"2025-12-02\","
                "\"actor\":\"r1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                event_id(world, position));
}

static void retract(struct world *world, uint64_t position) {
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, position));
}

static void correct_time(struct world *world, uint64_t position, const char *type,
                         const char *occurred) {
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":\"%s\","
                "\"occurred\":\"%s\"}}",
                event_id(world, position), type, occurred);
}

static void base(struct world *world) {
    fact(world, "EmployeeHired", "unknown", "unknown",
         "\"employeeId\":\"r1\",\"kind\":\"FIELD_TEAM\",\"teamName\":\"North\"");
    static const char *const clients[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++)
        world_write(world,
                    "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":"
                    "\"unknown\",\"actor\":\"unknown\",\"payload\":{\"clientId\":\"%s\",\"name\":"
                    "\"Name of %s\"}}",
                    clients[i], clients[i], clients[i]);
}

// ---- nothing there
static void an_empty_ledger_answers_everything(void **state) {
    (void)state;
    static const char *const asked[][3] = {
        {"answers", "client", "z"},
        {"asked-again", "client", "z"},
        {"survey", "survey", "z"},
        {"mailings", "mailing", "z"},
        {"mailings", "campaign", "z"},
        {"interactions", "rep", "z"},
        {"against-preference", "client", "z"},
        {"consent", "person", "z"},
        {"needs", "client", "z"},
        {"feedback", "client", "z"},
        {"decisions", "client", "z"},
    };
    struct world *world = world_open(&outreach);
    base(world);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_true(has_note(world_ask(world, asked[i][0], asked[i][1], asked[i][2], NULL),
                             "Nothing is known of"));
    assert_cell(world_ask(world, "asked-again", NULL), "totals", 0, "share", "none");
    assert_cell(world_ask(world, "mailings", NULL), "totals", 0, "delivered_rate", "none");
    assert_cell(world_ask(world, "interactions", NULL), "totals", 0, "mean_seconds", "none");
    assert_cell(world_ask(world, "against-preference", NULL), "totals", 0, "share", "none");
    assert_cell(world_ask(world, "survey", "survey", "z", NULL), "survey", 0, "response_rate",
                "none");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "interactions", "by", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "needs", "by", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "answers", "client", "a", "earlier", "no", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "feedback", "list", "no", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

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
    assert_true(has_note(reply, "counted to 2026-01-01"));
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
static uint64_t deal(struct world *world, const char *id, const char *client, const char *source,
                     const char *occurred, int cents) {
    return world_write(world,
                       "{\"type\":\"DealOpened\",\"stream\":\"deal/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"dealId\":\"%s\",\"clientId\":\"%s\","
                       "\"pipelineId\":\"pl\",\"source\":\"%s\",\"amount\":{\"minor\":\"%d\","
                       "\"currency\":\"EUR\"}}}",
                       id, occurred, id, client, source, cents);
}

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

// ---- interactions
static void interactions_are_counted_once_and_machines_apart(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    contact(world, "i1", "r1", "a", "p1", "CALL", "OUTBOUND", 60, "2025-05-01T09:00:00Z");
    contact(world, "i2", "r1", "b", "p2", "CALL", "INBOUND", 30, "2025-06-01T09:00:00Z");
    contact(world, "i3", "r2", "a", "p1", "EMAIL", "OUTBOUND", 0, "2025-06-02");
    contact(world, "i1", "r2", "a", "p1", "SMS", "OUTBOUND", 5, "2025-05-02"); // i1 again
    fact(world, "InteractionLogged", "2025-06-30", "r2",
         "\"interactionId\":\"i4\",\"clientId\":\"a\",\"channel\":\"SMS\",\"automatic\":true,"
         "\"started\":\"2025-07-01T00:30:00+02:00\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "interactions", NULL);
    assert_int_equal(row_count(reply, "interactions"), 3);
    assert_cell(reply, "interactions", 0, "group", "call");
    assert_cell(reply, "interactions", 0, "interactions", "2");
    assert_cell(reply, "interactions", 0, "seconds", "90");
    assert_cell(reply, "interactions", 0, "mean_seconds", "45.0000");
    assert_cell(reply, "interactions", 0, "inbound", "1");
    assert_cell(reply, "interactions", 2, "group", "sms");
    assert_cell(reply, "interactions", 2, "interactions", "0");
    assert_cell(reply, "interactions", 2, "automatic", "1");
    assert_cell(reply, "totals", 0, "interactions", "3");
    assert_cell(reply, "totals", 0, "clients", "2");
    assert_cell(reply, "outcomes", 0, "outcome", "none");
    assert_cell(reply, "outcomes", 0, "automatic", "1");
    assert_cell(reply, "outcomes", 1, "outcome", "talked");
    assert_cell(reply, "outcomes", 1, "interactions", "3");
    assert_cell(reply, "contradictions", 0, "code", "interaction_logged_twice");
    reply = world_ask(world, "interactions", "rep", "r2", "by", "month", NULL);
    assert_int_equal(row_count(reply, "interactions"), 2);
    assert_cell(reply, "interactions", 0, "group", "2025-06");
    assert_cell(reply, "interactions", 1, "group", "2025-07"); // when it began, by its own clock
    reply = world_ask(world, "interactions", "by", "actor", NULL);
    assert_cell(reply, "interactions", 0, "name", "North");
    reply = world_ask(world, "interactions", "by", "direction", "from", "2025-06-01", NULL);
    assert_cell(reply, "interactions", 0, "group", "none");
    assert_cell(reply, "interactions", 1, "group", "inbound");
    assert_cell(reply, "totals", 0, "interactions", "2");
    merge(world, "b", "a");
    reply = world_ask(world, "interactions", "client", "a", NULL);
    assert_cell(reply, "totals", 0, "interactions", "3");
    assert_cell(reply, "totals", 0, "clients", "1");
    world_close(world);
}

static void a_contact_against_a_wish_or_a_refusal_is_listed(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    wish(world, "p1", "channel", "e-mail please", "null", "2025-01-01");
    wish(world, "p1", "channel", "Email, SMS", "\"2025-05-31\"", "2025-02-01");
    wish(world, "p1", "hour", "9-12, 14:00-16:30", "null", "2025-02-01");
    consent(world, "p1", "\"CALL\"", true, "2025-01-01");
    consent(world, "p1", "\"CALL\"", false, "2025-05-20");
    contact(world, "i1", "r1", "a", "p1", "CALL", "OUTBOUND", 1, "2025-01-15T10:00:00Z");
    contact(world, "i2", "r1", "a", "p1", "CALL", "OUTBOUND", 1, "2025-05-02T08:30:00+02:00");
    contact(world, "i3", "r1", "a", "p1", "EMAIL", "OUTBOUND", 1, "2025-05-02T12:00:00+02:00");
    contact(world, "i4", "r1", "a", "p1", "SMS", "OUTBOUND", 1, "2025-05-02T16:29:00+02:00");
    contact(world, "i5", "r1", "a", "p1", "CALL", "OUTBOUND", 1, "2025-06-01T10:00:00Z");
    contact(world, "i6", "r1", "a", "p1", "CALL", "INBOUND", 1, "2025-06-01T23:00:00Z");
    contact(world, "i7", "r1", "a", "p2", "CALL", "OUTBOUND", 1, "2025-06-01");
    fact(world, "InteractionLogged", "2025-06-30", "r2",
         "\"interactionId\":\"i8\",\"direction\":\"OUTBOUND\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "against-preference", NULL);
    assert_int_equal(row_count(reply, "contacts"), 3);
    assert_cell(reply, "contacts", 0, "contact", "i2");
    assert_cell(reply, "contacts", 0, "actor_name", "North");
    assert_cell(reply, "contacts", 0, "against_channel", "1");
    assert_cell(reply, "contacts", 0, "against_hour", "1");
    assert_cell(reply, "contacts", 0, "no_consent", "0");
    assert_cell(reply, "contacts", 1, "contact", "i3");
    assert_cell(reply, "contacts", 1, "against_channel", "0");
    assert_cell(reply, "contacts", 1, "against_hour", "1");
    assert_cell(reply, "contacts", 2, "contact", "i5"); // the wish has run out
    assert_cell(reply, "contacts", 2, "against_channel", "0");
    assert_cell(reply, "contacts", 2, "no_consent", "1");
    assert_cell(reply, "totals", 0, "contacts", "6");
    assert_cell(reply, "totals", 0, "against", "3");
    assert_cell(reply, "totals", 0, "share", "0.5000");
    assert_cell(reply, "totals", 0, "consent_unknown", "3"); // i3, i4, i7
    assert_cell(reply, "totals", 0, "wish_unclear", "1");    // i1
    assert_true(has_note(reply, "1 contact begun by us names no person"));
    reply = world_ask(world, "against-preference", "rep", "r1", "to", "2025-05-31", NULL);
    assert_cell(reply, "totals", 0, "against", "2");
    world_close(world);
}

static void a_visit_is_a_contact_begun_by_us(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    wish(world, "p1", "channel", "call", "null", "2025-01-01");
    wish(world, "p1", "hour", "9-12", "null", "2025-01-01");
    for (int i = 0; i < 2; i++) // the second report of it is another's, and later
        fact(world, "VisitReported", i ? "2025-05-03" : "2025-05-02", i ? "r2" : "r1",
             "\"visitId\":\"v1\",\"clientId\":\"a\",\"personId\":\"p1\",\"started\":"
             "\"2025-05-02T10:00:00+03:00\"");
    fact(world, "VisitReported", "2025-05-04", "r1",
         "\"visitId\":\"v2\",\"clientId\":\"b\",\"personId\":\"p1\",\"channel\":\"CALL\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "against-preference", NULL);
    assert_int_equal(row_count(reply, "contacts"), 1);
    assert_cell(reply, "contacts", 0, "contact", "v1");
    assert_cell(reply, "contacts", 0, "visit", "1");
    assert_cell(reply, "contacts", 0, "channel", "meeting");
    assert_cell(reply, "contacts", 0, "against_channel", "1");
    assert_cell(reply, "contacts", 0, "against_hour", "0"); // ten by its own clock
    assert_cell(reply, "totals", 0, "contacts", "2");
    assert_cell(reply, "totals", 0, "hour_unknown", "1");
    assert_cell(reply, "contradictions", 0, "code", "visit_reported_twice");
    reply = world_ask(world, "against-preference", "client", "a", NULL);
    assert_cell(reply, "totals", 0, "contacts", "1");
    reply = world_ask(world, "against-preference", "rep", "r2", NULL);
    assert_cell(reply, "totals", 0, "contacts", "0"); // the earliest report counts, which is of r1
    assert_cell(world_ask(world, "interactions", NULL), "totals", 0, "interactions", "0");
    world_close(world);
}

static void wishes_are_read_whole_or_not_at_all(void **state) {
    (void)state;
    char hours[PREFERENCE_HOURS_SIZE];
    static const char *const wrong[] = {"",           "9",      "12-9",    "9-9", "9-25", "after 9",
                                        "9-12 or 14", "9:5-10", "9:61-10", "-",   "9-12x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(preference_hours(wrong[i], hours));
    assert_true(preference_hours(" 9 - 12;14:00-16:30, 23-24", hours));
    assert_string_equal(hours, "540-720,840-990,1380-1440,");
    assert_true(preference_hour_is_in(hours, 540));
    assert_false(preference_hour_is_in(hours, 720));
    assert_true(preference_hour_is_in(hours, 1439));
    assert_false(preference_hour_is_in(hours, 0));
    assert_false(preference_hours("0-1,1-2,2-3,3-4,4-5,5-6,6-7,7-8,8-9,9-10,10-11,11-12", hours));
    assert_int_equal(preference_channels("EMAIL; self_service"), 1 << 2 | 1 << 7);
    assert_int_equal(preference_channels("email or sms"), 0);
    assert_int_equal(preference_channels(""), 0);
}

static void consent_is_that_of_its_channel_or_of_all(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    consent(world, "a", "\"EMAIL\"", true, "2025-03-01");
    uint64_t all = consent(world, "a", "null", false, "2025-04-01");
    consent(world, "a", "\"SMS\"", true, "2025-05-01");
    consent(world, "b", "\"CALL\"", true, "unknown");
    const Ledger__V1__QueryReply *reply = world_ask(world, "consent", "person", "a", NULL);
    assert_int_equal(row_count(reply, "channels"), 7);
    assert_cell(reply, "channels", 1, "channel", "email");
    assert_cell(reply, "channels", 1, "consent", "refused");
    assert_cell(reply, "channels", 1, "since", "2025-04-01");
    assert_cell(reply, "channels", 1, "for_all", "1");
    assert_cell(reply, "channels", 2, "channel", "sms");
    assert_cell(reply, "channels", 2, "consent", "given");
    assert_int_equal(row_count(reply, "changes"), 3);
    assert_cell(reply, "changes", 1, "channel", "all");
    reply = world_ask(world, "consent", "person", "a", "as-of-occurred", "2025-03-15", NULL);
    assert_int_equal(row_count(reply, "channels"), 1);
    assert_cell(reply, "channels", 0, "consent", "given");
    uint64_t head = world_head(world);
    retract(world, all);
    reply = world_ask(world, "consent", "person", "a", NULL);
    assert_int_equal(row_count(reply, "channels"), 2);
    assert_cell(reply, "channels", 0, "consent", "given");
    char position[24];
    (void)snprintf(position, sizeof position, "%llu", (unsigned long long)head);
    reply = world_ask(world, "consent", "person", "a", "as-of-position", position, NULL);
    assert_cell(reply, "channels", 1, "consent", "refused"); // as was known then
    merge(world, "a", "b"); // clients who are people: one person's consents
    reply = world_ask(world, "consent", "person", "b", NULL);
    assert_int_equal(row_count(reply, "changes"), 3);
    assert_cell(reply, "changes", 0, "occurred", "unknown");
    assert_true(has_note(reply, "1 change has no known time"));
    world_close(world);
}

// ---- needs, feedback, decisions
static void the_last_statement_of_a_need_counts(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    fact(world, "ProductRegistered", "unknown", "unknown",
         "\"productId\":\"p-cold\",\"name\":\"Cold box\"");
    need(world, "n1", "a", "cold", "NO", 1000, "EUR", "2025-01-01");
    need(world, "n2", "b", "cold", "PARTLY", 500, "EUR", "2025-01-02");
    need(world, "n3", "a", "fast", "NO", 700, "USD", "2025-01-03");
    uint64_t met = fact(world, "TechnicalNeedRecorded", "2025-03-02", "r1",
                        "\"needId\":\"n3\",\"clientId\":\"a\",\"met\":\"YES\"");
    need(world, "n4", "c", "cold", "YES", 1, "EUR", "2025-01-03"); // never was unmet
    need(world, "n1", "a", "cold", "YES", 9, "EUR", "2024-12-01"); // late: before it was unmet
    fact(world, "TechnicalNeedRecorded", "2025-03-02", "r1",
         "\"needId\":\"n5\",\"clientId\":\"a\",\"code\":\"cold\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "needs", "code", "cold", NULL);
    assert_int_equal(row_count(reply, "needs"), 1);
    assert_cell(reply, "needs", 0, "clients", "2");
    assert_cell(reply, "needs", 0, "needs", "2");
    assert_cell(reply, "needs", 0, "partly", "1");
    assert_cell(reply, "needs", 0, "packs", "20");
    assert_cell(reply, "values", 0, "value", "15.00 EUR");
    assert_int_equal(row_count(reply, "clients"), 2);
    assert_cell(reply, "clients", 0, "client_name", "Name of a");
    assert_cell(reply, "clients", 0, "first", "2024-12-01");
    assert_cell(reply, "clients", 1, "met", "partly");
    assert_int_equal(row_count(reply, "met"), 0);
    assert_true(has_note(reply, "Of 1 need the last record does not say"));
    reply = world_ask(world, "needs", NULL);
    assert_int_equal(row_count(reply, "needs"), 1);
    assert_int_equal(row_count(reply, "met"), 1);
    assert_cell(reply, "met", 0, "need", "n3");
    assert_cell(reply, "met", 0, "code", "fast"); // as it was said before
    assert_cell(reply, "met", 0, "met_since", "2025-03-02");
    assert_cell(reply, "met", 0, "days", "58");
    assert_int_equal(row_count(world_ask(world, "needs", "from", "2025-03-03", NULL), "met"), 0);
    reply = world_ask(world, "needs", "by", "product", "client", "b", NULL);
    assert_cell(reply, "needs", 0, "name", "Cold box");
    assert_cell(reply, "needs", 0, "clients", "1");
    reply = world_ask(world, "needs", "as-of-occurred", "2025-03-01", NULL);
    assert_int_equal(row_count(reply, "needs"), 2);
    assert_int_equal(row_count(reply, "values"), 2);
    retract(world, met);
    assert_int_equal(row_count(world_ask(world, "needs", NULL), "needs"), 2);
    uint64_t merged = merge(world, "a", "b");
    reply = world_ask(world, "needs", "code", "cold", NULL);
    assert_cell(reply, "needs", 0, "clients", "1");
    assert_cell(reply, "needs", 0, "needs", "2");
    assert_cell(reply, "values", 0, "value", "15.00 EUR");
    unmerge(world, merged);
    need(world, "n2", "c", "cold", "NO", 500, "EUR", "2025-02-02");
    reply = world_ask(world, "needs", "code", "cold", NULL);
    assert_cell(reply, "contradictions", 0, "code", "need_of_several_clients");
    assert_cell(reply, "clients", 1, "client", "c");
    assert_int_equal(row_count(world_ask(world, "needs", "client", "b", NULL), "needs"), 0);
    world_close(world);
}

static void feedback_is_counted_by_topic_and_month(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world);
    static const char format[] = "\"clientId\":\"%s\",\"topic\":\"%s\",\"sentiment\":\"%s\"";
    static const char *const rows[][4] = {{"a", "price", "NEGATIVE", "2025-05-01"},
                                          {"b", "price", "POSITIVE", "2025-06-01"},
                                          {"b", "service", "NEUTRAL", "2025-06-01"},
                                          {"b", "price", "NEGATIVE", "unknown"}};
    for (size_t i = 0; i < 4; i++) {
        char payload[128];
        (void)snprintf(payload, sizeof payload, format, rows[i][0], rows[i][1], rows[i][2]);
        fact(world, "FeedbackReceived", rows[i][3], "r1", payload);
    }
    const Ledger__V1__QueryReply *reply = world_ask(world, "feedback", "list", "yes", NULL);
    assert_cell(reply, "topics", 0, "topic", "price");
    assert_cell(reply, "topics", 0, "feedback", "3");
    assert_cell(reply, "topics", 0, "negative", "2");
    assert_cell(reply, "topics", 0, "negative_share", "0.6667");
    assert_cell(reply, "topics", 0, "clients", "2");
    assert_int_equal(row_count(reply, "months"), 3);
    assert_cell(reply, "months", 1, "month", "2025-06");
    assert_cell(reply, "months", 1, "feedback", "2");
    assert_cell(reply, "months", 2, "month", "unknown");
    assert_cell(reply, "list", 0, "topic", "service");
    assert_cell(reply, "list", 0, "sentiment", "neutral");
    assert_cell(reply, "list", 3, "occurred", "unknown");
    reply =
        world_ask(world, "feedback", "client", "b", "topic", "price", "from", "2025-01-01", NULL);
    assert_cell(reply, "totals", 0, "feedback", "1");
    merge(world, "b", "a");
    reply = world_ask(world, "feedback", "client", "a", NULL);
    assert_cell(reply, "totals", 0, "feedback", "4");
    assert_cell(reply, "totals", 0, "clients", "1");
    world_close(world);
}

static void a_decision_names_what_it_was_based_on(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    base(world); // positions 1 to 4
    fact(world, "DecisionRecorded", "2025-05-01", "r1",
         "\"decisionId\":\"x1\",\"clientId\":\"a\",\"basisPosition\":\"2\",\"decision\":\"visit\"");
    fact(world, "DecisionRecorded", "2025-05-02", "r1",
         "\"decisionId\":\"x1\",\"clientId\":\"a\",\"decision\":\"wait\"");
    fact(world, "DecisionRecorded", "2025-05-03", "r1",
         "\"decisionId\":\"x2\",\"basisPosition\":\"7\",\"decision\":\"call all\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "decisions", NULL);
    assert_int_equal(row_count(reply, "decisions"), 3);
    assert_cell(reply, "decisions", 0, "decision", "call all");
    assert_cell(reply, "decisions", 0, "contradiction", "basis_not_yet_written");
    assert_cell(reply, "decisions", 0, "behind", "none");
    assert_cell(reply, "decisions", 1, "contradiction", "decision_recorded_twice");
    assert_cell(reply, "decisions", 1, "basis", "none");
    assert_cell(reply, "decisions", 2, "basis", "2");
    assert_cell(reply, "decisions", 2, "behind", "2"); // 3 and 4
    assert_cell(reply, "decisions", 2, "client_name", "Name of a");
    assert_int_equal(row_count(reply, "contradictions"), 2);
    assert_true(has_note(reply, "1 decision does not say what it was based on"));
    reply = world_ask(world, "decisions", "client", "a", "to", "2025-05-01", NULL);
    assert_int_equal(row_count(reply, "decisions"), 1);
    world_close(world);
}

// ---- order
// The same facts in another order of the ledger: what happened is the same, and so are the answers.
static void write_in_order(struct world *world, const size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        switch (order[i]) {
        case 0:
            said(world, "a", "s1", "q", "yes", "2025-05-01", "r1", "p1");
            break;
        case 1:
            said(world, "a", "s1", "q", "no", "2025-05-09", "r2", "p1");
            break;
        case 2:
            mailing(world, "m1", "k1", "2025-05-02", 4, 100, "");
            break;
        case 3:
            response(world, "m1", "p1", "DELIVERED", "2025-05-03");
            break;
        case 4:
            consent(world, "p1", "\"EMAIL\"", false, "2025-05-01");
            break;
        case 5:
            deal(world, "d1", "a", "k1", "2025-05-04", 100);
            break;
        case 6:
            fact(world, "DealWon", "2025-05-04", "r1", "\"dealId\":\"d1\"");
            break;
        case 7:
            need(world, "n1", "a", "cold", "NO", 100, "EUR", "2025-05-01");
            break;
        case 8:
            need(world, "n1", "a", "cold", "YES", 100, "EUR", "2025-05-05");
            break;
        default:
            contact(world, "i1", "r1", "a", "p1", "EMAIL", "OUTBOUND", 9, "2025-05-06T09:00:00Z");
        }
    }
}

static void the_order_of_the_ledger_and_of_pages_changes_nothing(void **state) {
    (void)state;
    static const char *const asked[] = {"asked-again", "mailings", "interactions", "needs",
                                        "feedback"};
    enum { FACTS = 10, ORDERS = 6 };
    struct ledger_span first[sizeof asked / sizeof asked[0]] = {0};
    struct world *worlds[ORDERS];
    uint32_t random = 7;
    for (size_t round = 0; round < ORDERS; round++) {
        size_t order[FACTS];
        for (size_t i = 0; i < FACTS; i++)
            order[i] = i;
        for (size_t i = FACTS - 1; round && i > 0; i--) {
            random = random * 1664525u + 1013904223u;
            size_t other = (random >> 8) % (i + 1);
            size_t kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        struct world *world = worlds[round] = world_open(&outreach);
        base(world);
        write_in_order(world, order, FACTS);
        world_apply(world, world_head(world), round + 1);
        for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
            struct ledger_span bytes = answer_bytes(world, world_ask(world, asked[i], NULL));
            if (round == 0)
                first[i] = bytes;
            else if (!ledger_span_equal(first[i], bytes))
                fail_msg("%s differs in order %zu", asked[i], round);
        }
        struct world *again = world_copy(world, world_head(world), 3);
        assert_string_equal(world_dump(world), world_dump(again));
        world_close(again);
    }
    for (size_t round = 0; round < ORDERS; round++)
        world_close(worlds[round]);
}

// ---- what was known
// A history of corrections, retractions, merges and facts that come late and contradict.
static void write_history(struct world *world, uint32_t random, size_t facts) {
    static const char *const clients[] = {"a", "b", "c"};
    static const char *const people[] = {"p1", "p2", "p3", "p4"};
    static const char *const kinds[] = {"DELIVERED", "OPENED", "BOUNCED", "CLICKED"};
    static const char *const mets[] = {"YES", "NO", "PARTLY"};
    uint64_t amendable[8] = {0};
    static const char *const amendable_types[] = {"SurveyAnswered", "MailingSent"};
    size_t types[8] = {0};
    uint64_t merged = 0;
    for (size_t i = 0; i < facts; i++) {
        random = random * 1664525u + 1013904223u;
        uint32_t dice = random >> 8;
        const char *client = clients[dice % 3];
        const char *person = people[dice / 3 % 4];
        size_t slot = dice / 12 % 8;
        char day[32], id[8];
        (void)snprintf(day, sizeof day, "2025-0%u-1%u", dice / 96 % 9 + 1, dice / 864 % 10);
        (void)snprintf(id, sizeof id, "%u", dice / 8640 % 3);
        switch (random >> 28) {
        case 0:
        case 1:
            amendable[slot] = said(world, client, id, "q", day, day, "r1", person);
            types[slot] = 0;
            break;
        case 2:
        case 3:
            amendable[slot] = mailing(world, id, "k1", day, 5, 100, "");
            types[slot] = 1;
            break;
        case 4:
        case 5:
            response(world, id, person, kinds[slot % 4], day);
            break;
        case 6:
            consent(world, person, slot % 2 ? "\"EMAIL\"" : "null", slot % 3, day);
            break;
        case 7:
            deal(world, id, client, "k1", day, 100);
            break;
        case 8:
            (void)fact(world, slot % 2 ? "DealWon" : "DealLost", day, "r1",
                       slot % 3 ? "\"dealId\":\"1\"" : "\"dealId\":\"2\"");
            break;
        case 9:
        case 10:
            need(world, id, client, "cold", mets[slot % 3], 100, "EUR", day);
            break;
        case 11:
            contact(world, id, "r1", client, person, "EMAIL", "OUTBOUND", 5, day);
            break;
        case 12:
            if (merged)
                unmerge(world, merged);
            merged = merged ? 0 : merge(world, client, clients[(dice + 1) % 3]);
            break;
        default:
            if (amendable[slot] && dice & 1)
                retract(world, amendable[slot]);
            else if (amendable[slot])
                correct_time(world, amendable[slot], amendable_types[types[slot]], day);
        }
    }
}

static void as_of_a_position_is_what_was_known_then(void **state) {
    (void)state;
    static const char *const asked[] = {"asked-again",        "mailings", "interactions",
                                        "against-preference", "needs",    "decisions"};
    for (uint32_t seed = 1; seed <= 4; seed++) {
        struct world *world = world_open(&outreach);
        base(world);
        write_history(world, seed * 99991, 80);
        world_apply(world, world_head(world), 9);
        for (uint64_t position = 3; position < world_head(world); position += 11) {
            struct world *then = world_copy(world, position, 5);
            char text[24];
            (void)snprintf(text, sizeof text, "%llu", (unsigned long long)position);
            for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
                struct ledger_span now =
                    answer_bytes(world, world_ask(world, asked[i], "as-of-position", text, NULL));
                if (!ledger_span_equal(
                        now, answer_bytes(then,
                                          world_ask(then, asked[i], "as-of-position", text, NULL))))
                    fail_msg("%s at %s, seed %u", asked[i], text, seed);
            }
            world_close(then);
        }
        world_close(world);
    }
}

// Whether one asks for each part or for the whole, the sums are the same.
static void parts_add_up_to_the_whole(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        struct world *world = world_open(&outreach);
        base(world);
        write_history(world, seed * 77773, 120);
        const Ledger__V1__QueryReply *all = world_ask(world, "mailings", NULL);
        long whole = strtol(cell(world, all, "totals", 0, "delivered"), NULL, 10);
        long parts = 0;
        for (size_t i = 0; i < row_count(all, "mailings"); i++) {
            const char *id = cell(world, all, "mailings", i, "mailing");
            const Ledger__V1__QueryReply *one = world_ask(world, "mailings", "mailing", id, NULL);
            parts += strtol(cell(world, one, "totals", 0, "delivered"), NULL, 10);
        }
        assert_int_equal(whole, parts);
        all = world_ask(world, "mailings", NULL);
        const Ledger__V1__QueryReply *campaign =
            world_ask(world, "mailings", "campaign", "k1", NULL);
        static const char *const columns[] = {"delivered", "leads", "deals", "won"};
        for (size_t i = 0; row_count(all, "campaigns") && i < 4; i++)
            assert_string_equal(cell(world, all, "campaigns", 0, columns[i]),
                                cell(world, campaign, "campaigns", 0, columns[i]));
        long answers = strtol(
            cell(world, world_ask(world, "asked-again", NULL), "totals", 0, "answers"), NULL, 10);
        long given = 0;
        static const char *const clients[] = {"a", "b", "c"};
        for (size_t i = 0; i < 3; i++) {
            bool again = false; // one client by two ids
            for (size_t before = 0; before < i; before++)
                again |= ledger_span_equal(
                    answer_bytes(world, world_ask(world, "answers", "client", clients[i], NULL)),
                    answer_bytes(world,
                                 world_ask(world, "answers", "client", clients[before], NULL)));
            const Ledger__V1__QueryReply *card =
                world_ask(world, "answers", "client", clients[i], NULL);
            for (size_t row = 0; !again && row < row_count(card, "answers"); row++)
                given += strtol(cell(world, card, "answers", row, "times"), NULL, 10);
        }
        assert_int_equal(answers, given);
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ledger_answers_everything),
        cmocka_unit_test(the_last_answer_is_on_the_card),
        cmocka_unit_test(asking_again_is_seen_across_merged_clients),
        cmocka_unit_test(a_survey_counts_people_and_the_last_word),
        cmocka_unit_test(a_mailing_counts_each_person_once_a_kind),
        cmocka_unit_test(a_campaign_is_worth_the_deals_it_brought),
        cmocka_unit_test(interactions_are_counted_once_and_machines_apart),
        cmocka_unit_test(a_contact_against_a_wish_or_a_refusal_is_listed),
        cmocka_unit_test(a_visit_is_a_contact_begun_by_us),
        cmocka_unit_test(wishes_are_read_whole_or_not_at_all),
        cmocka_unit_test(consent_is_that_of_its_channel_or_of_all),
        cmocka_unit_test(the_last_statement_of_a_need_counts),
        cmocka_unit_test(feedback_is_counted_by_topic_and_month),
        cmocka_unit_test(a_decision_names_what_it_was_based_on),
        cmocka_unit_test(the_order_of_the_ledger_and_of_pages_changes_nothing),
        cmocka_unit_test(as_of_a_position_is_what_was_known_then),
        cmocka_unit_test(parts_add_up_to_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
