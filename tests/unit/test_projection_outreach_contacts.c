// outreach: interactions, wishes, consents, needs, feedback and decisions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "outreach/preference.h"
#include "test_projection_outreach_facts.h"

static uint64_t wish(struct world *world, const char *person, const char *code, const char *value,
                     const char *until, const char *occurred) {
    return world_write(world,
                       "{\"type\":\"PersonalFactRecorded\",\"stream\":\"person/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"r1\",\"payload\":{\"personId\":\"%s\",\"topic\":"
                       "\"PREFERENCE\",\"code\":\"%s\",\"validUntil\":%s},\"personal\":[{"
                       "\"personId\":\"%s\",\"values\":{\"value\":\"%s\"}}]}",
                       person, occurred, person, code, until, person, value);
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
    reply = world_ask(world, "interactions", "limit", "1", NULL);
    assert_int_equal(rows_left_off(reply, "interactions"), 2);
    assert_int_equal(rows_left_off(reply, "outcomes"), 1);
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
    reply = world_ask(world, "feedback", "limit", "1", NULL);
    assert_int_equal(rows_left_off(reply, "topics"), 1);
    assert_int_equal(rows_left_off(reply, "months"), 2);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interactions_are_counted_once_and_machines_apart),
        cmocka_unit_test(a_contact_against_a_wish_or_a_refusal_is_listed),
        cmocka_unit_test(a_visit_is_a_contact_begun_by_us),
        cmocka_unit_test(wishes_are_read_whole_or_not_at_all),
        cmocka_unit_test(consent_is_that_of_its_channel_or_of_all),
        cmocka_unit_test(the_last_statement_of_a_need_counts),
        cmocka_unit_test(feedback_is_counted_by_topic_and_month),
        cmocka_unit_test(a_decision_names_what_it_was_based_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
