// rep-activity: contacts, coverage, delays, gaps, transfers, and what merges and corrections do to
// them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rep-activity/rep_activity.h"
#include "test_projection_fixture.h"

static void hire(struct world *world, const char *id, const char *name) {
    world_write(world,
                "{\"type\":\"EmployeeHired\",\"stream\":\"employee/%s\",\"occurred\":\"unknown\","
                "\"actor\":\"unknown\",\"payload\":{\"employeeId\":\"%s\",\"kind\":\"FIELD_TEAM\","
                "\"teamName\":\"%s\"}}",
                id, id, name);
}

static void register_client(struct world *world, const char *id, const char *occurred) {
    world_write(world,
                "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":\"%s\","
                "\"actor\":\"unknown\",\"payload\":{\"clientId\":\"%s\",\"name\":\"Name of %s\"}}",
                id, occurred, id, id);
}

// `source` is JSON for the envelope's source, or "null".
static uint64_t visit_from(struct world *world, const char *rep, const char *client,
                           const char *occurred, const char *source) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/x\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"subjects\":[{\"kind\":\"client\",\"id\":\"%s\"}],"
                       "\"source\":%s,\"payload\":{\"visitId\":\"x\",\"clientId\":\"%s\"}}",
                       occurred, rep, client, source, client);
}

static uint64_t visit(struct world *world, const char *rep, const char *client,
                      const char *occurred) {
    return visit_from(world, rep, client, occurred, "null");
}

static void transfer(struct world *world, const char *rep, const char *client, int cents,
                     const char *currency, const char *nature) {
    world_write(world,
                "{\"type\":\"TransferOfValueRecorded\",\"stream\":\"client/%s\",\"occurred\":"
                "\"2025-05-01\",\"actor\":\"%s\",\"payload\":{\"clientId\":\"%s\",\"amount\":"
                "{\"minor\":\"%d\",\"currency\":\"%s\"},\"nature\":\"%s\"}}",
                client, rep, client, cents, currency, nature);
}

static void base(struct world *world) {
    hire(world, "r1", "North");
    hire(world, "r2", "South");
    register_client(world, "a", "unknown");
    register_client(world, "b", "unknown");
    register_client(world, "c", "2025-06-01");
    register_client(world, "d", "unknown");
}

static void contacts_are_distinct_by_rep_client_and_day(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "b", "2025-05-01");
    visit(world, "r1", "a", "2025-05-03");
    visit(world, "r2", "a", "2025-05-01");
    visit(world, "r2", "a", "unknown");
    visit(world, "r2", "stranger", "2025-05-02");
    const Ledger__V1__QueryReply *reply = world_ask(world, "scorecard", NULL);
    assert_cell(reply, "reps", 0, "rep", "r1");
    assert_cell(reply, "reps", 0, "name", "North");
    assert_cell(reply, "reps", 0, "contacts", "3");
    assert_cell(reply, "reps", 0, "visits", "4");
    assert_cell(reply, "reps", 0, "clients_reached", "2");
    assert_cell(reply, "reps", 0, "coverage", "0.5000");
    assert_cell(reply, "reps", 0, "contacts_per_client", "1.5000");
    assert_cell(reply, "reps", 0, "field_days", "2");
    assert_cell(reply, "reps", 0, "contacts_per_field_day", "1.5000");
    assert_cell(reply, "reps", 1, "contacts", "2");
    assert_cell(reply, "reps", 1, "coverage", "0.2500");
    assert_cell(reply, "reps", 1, "visits_unknown_time", "1");
    assert_cell(reply, "totals", 0, "contacts", "5");
    assert_cell(reply, "totals", 0, "visits", "6");
    assert_cell(reply, "totals", 0, "reps", "2");
    assert_cell(reply, "totals", 0, "clients_reached", "3");
    assert_cell(reply, "totals", 0, "universe", "4");
    assert_cell(reply, "totals", 0, "coverage", "0.5000");
    assert_cell(reply, "totals", 0, "field_days", "4");
    assert_true(has_note(reply, "no target list: coverage is of the 4 registered clients"));
    assert_true(has_note(reply, "1 client reached is not registered"));
    world_close(world);
}

static void period_and_rep_narrow_the_scorecard(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "b", "2025-05-31");
    visit(world, "r2", "b", "2025-05-31");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "scorecard", "rep", "r1", "from", "2025-05-02", "to", "2025-05-31", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_cell(reply, "reps", 0, "contacts", "1");
    reply = world_ask(world, "scorecard", "as-of-occurred", "2025-05-30", NULL);
    assert_cell(reply, "totals", 0, "contacts", "1");
    assert_cell(reply, "totals", 0, "universe", "3"); // c is registered later
    reply = world_ask(world, "scorecard", "limit", "1", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_cell(reply, "totals", 0, "contacts", "3");
    world_close(world);
}

static void wrong_values_are_refused_and_unknown_ids_told(void **state) {
    (void)state;
    static const char *const asked[] = {"scorecard", "months", "gaps", "transfers", "visits"};
    struct world *world = world_open(&rep_activity);
    struct ledger_error error;
    base(world);
    visit(world, "r3", "stranger", "2025-05-01"); // neither is registered
    transfer(world, "r1", "guest", 100, "USD", "meal");
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const Ledger__V1__QueryReply *reply = world_ask(world, asked[i], "rep", "r9", NULL);
        assert_int_equal(reply->tables[0]->n_rows, strcmp(asked[i], "gaps") == 0);
        assert_true(has_note(reply, "Nothing is known of representative r9."));
        assert_false(has_note(world_ask(world, asked[i], "rep", "r2", NULL), "Nothing"));
        assert_false(has_note(world_ask(world, asked[i], "rep", "r3", NULL), "Nothing"));
        assert_int_equal(world_refuse(world, &error, asked[i], "rep", "", NULL),
                         LEDGER_E_INVALID_VALUE);
        assert_int_equal(
            world_refuse(world, &error, asked[i], "from", "2025-05-02", "to", "2025-05-01", NULL),
            LEDGER_E_INVALID_VALUE);
        assert_string_equal(error.message, "2025-05-02 is later than to, 2025-05-01");
    }
    for (size_t i = 3; i < 5; i++) {
        static const char *const known[] = {"d", "stranger", "guest"};
        assert_true(has_note(world_ask(world, asked[i], "client", "z", NULL),
                             "Nothing is known of client z."));
        for (size_t id = 0; id < 3; id++)
            assert_false(
                has_note(world_ask(world, asked[i], "client", known[id], NULL), "Nothing"));
    }
    assert_int_equal(
        row_count(world_ask(world, "visits", "from", "2025-05-01", "to", "2025-05-01", NULL),
                  "visits"),
        1);
    world_close(world);
}

static void nothing_divides_to_none(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visit(world, "r1", "a", "unknown");
    const Ledger__V1__QueryReply *reply = world_ask(world, "scorecard", NULL);
    assert_cell(reply, "reps", 0, "coverage", "none");
    assert_cell(reply, "reps", 0, "contacts_per_client", "none");
    assert_cell(reply, "reps", 0, "delay_median_hours", "none");
    assert_cell(reply, "reps", 0, "name", "none");
    world_close(world);
}

static void delay_is_the_sources_when_imported(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    const char *at = "2025-05-01T10:00:00Z";
    visit_from(world, "r1", "a", at,
               "{\"system\":\"s\",\"recordId\":\"1\",\"recordedAt\":\"2025-05-01T12:30:00Z\"}");
    visit_from(world, "r1", "b", at,
               "{\"system\":\"s\",\"recordId\":\"2\",\"recordedAt\":\"2025-05-02T10:00:01Z\"}");
    visit_from(world, "r1", "c", at, "{\"system\":\"s\",\"recordId\":\"3\"}");
    visit(world, "r2", "a", "2025-12-31T23:00:00Z"); // recorded just after the year's end
    const Ledger__V1__QueryReply *reply = world_ask(world, "scorecard", NULL);
    assert_cell(reply, "reps", 0, "delay_assessed", "2");
    assert_cell(reply, "reps", 0, "delay_median_hours", "13.2501");
    assert_cell(reply, "reps", 0, "delay_over_24h", "0.5000");
    assert_cell(reply, "reps", 1, "delay_median_hours", "1.0028");
    assert_cell(reply, "reps", 1, "delay_over_24h", "0.0000");
    assert_true(has_note(reply, "delay of 1 visit is not assessed"));
    world_close(world);
}

static void merge_makes_one_client_and_keeps_the_visits(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "b", "2025-05-01");
    visit(world, "r1", "b", "2025-05-09");
    struct ledger_span before = answer_bytes(world, world_ask(world, "scorecard", NULL));
    uint64_t merge = world_write(
        world, "{\"type\":\"ClientsMerged\",\"stream\":\"client/a\",\"occurred\":\"2025-07-01\","
               "\"actor\":\"r1\",\"payload\":{\"survivor\":\"a\",\"merged\":\"b\"}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "scorecard", NULL);
    assert_cell(reply, "reps", 0, "contacts", "2");
    assert_cell(reply, "reps", 0, "visits", "3");
    assert_cell(reply, "reps", 0, "clients_reached", "1");
    assert_cell(reply, "totals", 0, "universe", "3");
    reply = world_ask(world, "gaps", NULL);
    assert_cell(reply, "gaps", 0, "gaps", "1");
    assert_cell(reply, "gaps", 0, "median_days", "8.0000");
    reply = world_ask(world, "visits", "client", "b", NULL);
    assert_int_equal(row_count(reply, "visits"), 3);
    world_write(world,
                "{\"type\":\"MergeReversed\",\"stream\":\"client/a\",\"occurred\":\"2025-07-02\","
                "\"actor\":\"r1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                event_id(world, merge));
    assert_true(
        ledger_span_equal(before, answer_bytes(world, world_ask(world, "scorecard", NULL))));
    world_close(world);
}

static void corrected_visit_counts_where_it_belongs(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    uint64_t wrong = visit(world, "r1", "a", "2025-05-31");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"visit/x\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":"
                "\"VisitReported\",\"occurred\":\"2025-06-01\"}}",
                event_id(world, wrong));
    const Ledger__V1__QueryReply *reply = world_ask(world, "months", NULL);
    assert_int_equal(row_count(reply, "months"), 1);
    assert_cell(reply, "months", 0, "month", "2025-06");
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"visit/x\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, wrong));
    assert_int_equal(row_count(world_ask(world, "months", NULL), "months"), 0);
    world_close(world);
}

static void gaps_are_between_contact_days(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "a", "2025-05-04");
    visit(world, "r1", "a", "2025-05-14");
    visit(world, "r1", "b", "2025-05-14");
    visit(world, "r2", "a", "2025-05-01");
    visit(world, "r2", "a", "2025-05-02");
    visit(world, "r2", "a", "2025-05-04");
    const Ledger__V1__QueryReply *reply = world_ask(world, "gaps", "by", "rep", NULL);
    assert_cell(reply, "gaps", 0, "gaps", "4");
    assert_cell(reply, "gaps", 0, "median_days", "2.5000");
    assert_cell(reply, "gaps", 0, "mean_days", "4.0000");
    assert_cell(reply, "reps", 0, "rep", "r1");
    assert_cell(reply, "reps", 0, "median_days", "6.5000");
    assert_cell(reply, "reps", 1, "mean_days", "1.5000");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "gaps", "by", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static void transfers_that_are_too_large_are_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    transfer(world, "r1", "a", 100, "EUR", "meal");
    world_write(world,
                "{\"type\":\"TransferOfValueRecorded\",\"stream\":\"client/a\",\"occurred\":"
                "\"2025-05-01\",\"actor\":\"r1\",\"payload\":{\"clientId\":\"a\",\"amount\":"
                "{\"minor\":\"9223372036854775807\",\"currency\":\"EUR\"},\"nature\":\"meal\"}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "transfers", NULL);
    assert_int_equal(row_count(reply, "natures"), 1);
    assert_cell(reply, "natures", 0, "amount", "1.00 EUR");
    reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 1);
    assert_non_null(strstr(cell(world, reply, "parked", 0, "reason"), "payload.amount.minor"));
    world_close(world);
}

static void transfers_sum_by_nature_and_currency(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    transfer(world, "r1", "a", 691, "USD", "meal");
    transfer(world, "r2", "a", 309, "USD", "meal");
    transfer(world, "r1", "b", 5000, "USD", "travel");
    transfer(world, "r1", "b", 10, "EUR", "meal");
    const Ledger__V1__QueryReply *reply = world_ask(world, "transfers", NULL);
    assert_int_equal(row_count(reply, "natures"), 3);
    assert_cell(reply, "natures", 0, "amount", "0.10 EUR");
    assert_cell(reply, "natures", 1, "nature", "travel");
    assert_cell(reply, "natures", 2, "amount", "10.00 USD");
    assert_cell(reply, "natures", 2, "transfers", "2");
    assert_cell(reply, "totals", 1, "amount", "60.00 USD");
    reply = world_ask(world, "transfers", "rep", "r1", "client", "a", NULL);
    assert_cell(reply, "totals", 0, "amount", "6.91 USD");
    assert_int_equal(row_count(reply, "totals"), 1);
    world_close(world);
}

static void register_is_latest_first(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    base(world);
    visit(world, "r1", "a", "2025-05-01");
    visit(world, "r1", "b", "unknown");
    visit(world, "r2", "a", "2025-05-03");
    const Ledger__V1__QueryReply *reply = world_ask(world, "visits", NULL);
    assert_cell(reply, "visits", 0, "rep_name", "South");
    assert_cell(reply, "visits", 0, "client_name", "Name of a");
    assert_cell(reply, "visits", 1, "occurred", "2025-05-01");
    assert_cell(reply, "visits", 2, "occurred", "unknown");
    reply = world_ask(world, "visits", "limit", "1", "rep", "r1", NULL);
    assert_int_equal(row_count(reply, "visits"), 1);
    assert_int_equal(reply->tables[0]->rows_left_off, 1);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contacts_are_distinct_by_rep_client_and_day),
        cmocka_unit_test(period_and_rep_narrow_the_scorecard),
        cmocka_unit_test(wrong_values_are_refused_and_unknown_ids_told),
        cmocka_unit_test(nothing_divides_to_none),
        cmocka_unit_test(delay_is_the_sources_when_imported),
        cmocka_unit_test(merge_makes_one_client_and_keeps_the_visits),
        cmocka_unit_test(corrected_visit_counts_where_it_belongs),
        cmocka_unit_test(gaps_are_between_contact_days),
        cmocka_unit_test(transfers_sum_by_nature_and_currency),
        cmocka_unit_test(transfers_that_are_too_large_are_set_aside),
        cmocka_unit_test(register_is_latest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
