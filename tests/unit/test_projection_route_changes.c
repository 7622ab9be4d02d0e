// field-route: what contradictions, merges, corrections and the order of facts do to its answers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_route_facts.h"

// ---- contradictions
static void contradictions_are_counted_and_in_no_figure(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    check(world, "In", "r1", "v1", AT("10:00:00"), A, "");
    check(world, "Out", "r1", "v1", AT("09:00:00"), A, "");         // before
    check(world, "Out", "r1", "v1", "2026-01-01T10:00:01Z", A, ""); // too late
    check(world, "In", "r1", "v2", AT("11:00:00"), A, "");
    check(world, "In", "r1", "v2", AT("11:05:00"), A, ""); // twice
    check(world, "In", "r2", "v2", AT("10:55:00"), A, ""); // by another
    check(world, "Out", "r1", "v2", AT("11:30:00"), A, "");
    check(world, "Out", "r1", "v2", AT("11:40:00"), A, ""); // twice
    report(world, "r1", "v2", "a", AT("11:00:00"));
    report(world, "r1", "v2", "a", AT("11:01:00"));         // twice
    check(world, "Out", "r1", "v3", AT("12:00:00"), A, ""); // no check-in
    report(world, "r1", "v3", "a", AT("12:00:00"));
    check(world, "In", "r1", "v4", DAY, A, ""); // no time
    mark(world, "r1", "START", AT("08:00:00"), 500);
    mark(world, "r1", "START", AT("08:10:00"), 600); // twice
    mark(world, "r1", "END", AT("18:00:00"), 400);   // backwards
    const Ledger__V1__QueryReply *reply = ask_day(world, "r1");
    assert_cell(reply, "day", 0, "field_minutes", "90.0000");
    assert_cell(reply, "day", 0, "face_minutes", "30.0000");
    assert_cell(reply, "day", 0, "odometer_km", "none");
    assert_where(reply, "stops", "visit", "v1", "minutes", "none");
    assert_where(reply, "stops", "visit", "v2", "minutes", "30.0000");
    static const char *const once[] = {
        "check_out_before_check_in",
        "check_out_too_late",
        "checked_in_twice",
        "checked_out_twice",
        "check_by_other",
        "reported_twice",
        "no_check_in",
        "check_without_time",
        "marked_twice",
        "odometer_backwards",
        "no_check_out",
    };
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        assert_where(reply, "contradictions", "code", once[i], "facts", "1");
    assert_int_equal(row_count(reply, "contradictions"), sizeof once / sizeof once[0]);
    assert_int_equal(row_count(world_ask(world, "routes", NULL), "days"), 1); // v1 ends on the 1st
    world_close(world);
}

static void facts_that_do_not_fit_each_other_are_told(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    world_write(world, "{\"type\":\"VisitPlanned\",\"stream\":\"visit/v1\",\"occurred\":"
                       "\"2025-12-01\",\"actor\":\"r1\",\"payload\":{\"visitId\":\"v1\","
                       "\"clientId\":\"b\"}}");
    world_write(world, "{\"type\":\"VisitCancelled\",\"stream\":\"visit/v1\",\"occurred\":"
                       "\"2025-12-02\",\"actor\":\"r1\",\"payload\":{\"visitId\":\"v1\","
                       "\"kind\":\"NOT_HELD\"}}");
    check(world, "In", "r1", "v1", "2025-12-30T09:00:00Z", A, "");
    check(world, "Out", "r1", "v1", "2025-12-30T09:10:00Z", A, "");
    world_write(world, "{\"type\":\"VisitReported\",\"stream\":\"visit/v1\",\"occurred\":\"" DAY
                       "\",\"actor\":\"r1\",\"payload\":{\"visitId\":\"v1\",\"clientId\":\"a\","
                       "\"started\":\"" AT("09:00:00") "\",\"ended\":\"" AT("08:00:00") "\"}}");
    check(world, "In", "unknown", "v2", "2025-12-30T09:00:00Z", A, "");
    report(world, "r1", "v2", "a", AT("09:00:00"));
    mark(world, "r2", "END", AT("17:00:00"), 100); // not the last
    mark(world, "r2", "END", AT("18:00:00"), 140);
    mark(world, "r2", "END", AT("17:30:00"), 120);
    mark(world, "r2", "START", AT("08:00:00"), 90);
    mark(world, "r1", "END", AT("08:00:00"), 140);
    mark(world, "r1", "START", AT("09:00:00"), 100);
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    static const char *const once[] = {
        "other_client",       "reported_and_cancelled",   "report_on_other_day",
        "check_on_other_day", "report_ends_before_start", "ended_before_start",
    };
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        assert_where(reply, "contradictions", "code", once[i], "facts", "1");
    assert_where(reply, "contradictions", "code", "marked_twice", "facts", "2");
    assert_int_equal(row_count(reply, "contradictions"), sizeof once / sizeof once[0] + 1);
    assert_where(reply, "days", "day", "2025-12-30", "face_minutes", "10.0000");
    assert_where(reply, "days", "rep", "r2", "odometer_km", "50");
    assert_where(reply, "reps", "rep", "r1", "odometer_km", "none");
    world_close(world);
}

static void the_day_is_local(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    visited(world, "r1", "v1", "a", A, "2025-12-31T00:30:00+05:00", "2025-12-31T01:00:00+05:00");
    visited(world, "r1", "v2", "a", A, "2025-12-30T23:30:00-05:00", "2025-12-31T00:30:00-05:00");
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", "to", "2025-12-30", NULL);
    assert_int_equal(row_count(reply, "days"), 1);
    assert_cell(reply, "days", 0, "face_minutes", "60.0000"); // over midnight
    reply = world_ask(world, "routes", "from", DAY, NULL);
    assert_int_equal(row_count(reply, "days"), 1);
    assert_cell(reply, "days", 0, "face_minutes", "30.0000");
    world_close(world);
}

// ---- merges, amendments, views
static void merge_and_reversal_change_no_sum(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    client(world, "d2", "null");
    route(world, "R", 1, "r1", "2025-12-30", DAY, "{\"clientId\":\"c\"},{\"clientId\":\"d\"}");
    visited(world, "r1", "v1", "c", C, AT("09:00:00"), AT("09:30:00"));
    visited(world, "r1", "v2", "d2", C, AT("10:00:00"), AT("10:30:00"));
    struct ledger_span routes = answer_bytes(world, world_ask(world, "routes", NULL));
    struct ledger_span flags = answer_bytes(world, world_ask(world, "verification", NULL));
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "stops_kept", "1");
    uint64_t merge = world_write(
        world, "{\"type\":\"ClientsMerged\",\"stream\":\"client/d\",\"occurred\":\"2026-01-01\","
               "\"actor\":\"r1\",\"payload\":{\"survivor\":\"d\",\"merged\":\"d2\"}}");
    reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "stops_kept", "2"); // the client of v2 is the planned one
    assert_cell(reply, "days", 0, "visits", "2");
    assert_cell(world_ask(world, "verification", NULL), "totals", 0, "reported", "2");
    world_write(world,
                "{\"type\":\"MergeReversed\",\"stream\":\"client/d\",\"occurred\":\"2026-01-02\","
                "\"actor\":\"r1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                event_id(world, merge));
    assert_true(ledger_span_equal(routes, answer_bytes(world, world_ask(world, "routes", NULL))));
    assert_true(
        ledger_span_equal(flags, answer_bytes(world, world_ask(world, "verification", NULL))));
    // The place of a merged client stands in for one that the survivor lacks.
    world_write(world,
                "{\"type\":\"ClientsMerged\",\"stream\":\"client/d\",\"occurred\":\"2026-01-03\","
                "\"actor\":\"r1\",\"payload\":{\"survivor\":\"d\",\"merged\":\"a\"}}");
    assert_cell(world_ask(world, "routes", NULL), "days", 0, "planned_km", "1.1120");
    world_close(world);
}

static void corrections_and_late_retractions_count(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    check(world, "In", "r1", "v1", AT("09:00:00"), A, "");
    uint64_t out = check(world, "Out", "r1", "v1", AT("09:01:00"), A, "");
    report(world, "r1", "v1", "a", AT("09:00:00"));
    assert_cell(world_ask(world, "verification", NULL), "totals", 0, "too_short", "1");
    uint64_t fixed = amend(world, "FactCorrected", out,
                           "{\"type\":\"VisitCheckedOut\",\"occurred\":\"" AT("09:20:00") "\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "totals", 0, "too_short", "0");
    assert_cell(reply, "totals", 0, "verified_share", "1.0000");
    reply = world_ask(world, "routes", "as-of-occurred", AT("09:10:00"), NULL);
    assert_cell(reply, "days", 0, "face_minutes", "none"); // still there
    amend(world, "FactRetracted", fixed, "{}");
    assert_cell(world_ask(world, "verification", NULL), "totals", 0, "too_short", "1");
    amend(world, "FactRetracted", out, "{}");
    reply = world_ask(world, "routes", NULL);
    assert_where(reply, "contradictions", "code", "no_check_out", "facts", "1");
    world_close(world);
}

static void empty_and_unknown_are_told(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    struct ledger_error error;
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_int_equal(row_count(reply, "days"), 0);
    assert_cell(reply, "totals", 0, "travel_share", "none");
    assert_cell(reply, "totals", 0, "km", "none");
    reply = world_ask(world, "verification", "rep", "r9", NULL);
    assert_cell(reply, "totals", 0, "verified_share", "none");
    assert_true(has_note(reply, "Nothing is known of representative r9."));
    reply = ask_day(world, "r9");
    assert_cell(reply, "day", 0, "km", "none");
    assert_int_equal(row_count(reply, "stops"), 0);
    assert_int_equal(row_count(world_ask(world, "norms", NULL), "limits"), VISIT_RULES);
    assert_int_equal(world_refuse(world, &error, "visit", "visit", "v", NULL), LEDGER_E_NOT_FOUND);
    assert_int_equal(world_refuse(world, &error, "verification", "flagged", "no", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "day", "rep", "r1", NULL), LEDGER_E_MISSING_FIELD);
    world_close(world);
}

// ---- the same facts in any order and pages
static void write_one(struct world *world, int which) {
    static const char *const places[] = {A, B, C};
    static const char *const clients[] = {"a", "b", "c"};
    char visit[16], from[40], to[40];
    const char *rep = which % 2 ? "r1" : "r2";
    int kind = which % 6;
    int group = which / 6;
    int hour = 1 + group * 5 % 22;
    (void)snprintf(visit, sizeof visit, "v%d", group);
    (void)snprintf(from, sizeof from, "2025-12-%02dT%02d:%02d:00Z", 20 + group % 12, hour, group);
    (void)snprintf(to, sizeof to, "2025-12-%02dT%02d:%02d:30Z", 20 + group % 12, hour, group + 2);
    if (kind == 0)
        check(world, "In", "r1", visit, from, places[group % 3], ",\"accuracyM\":20");
    else if (kind == 1)
        check(world, "Out", "r1", visit, to, places[group % 3], "");
    else if (kind == 2)
        report(world, "r1", visit, clients[group * 2 % 3], from);
    else if (kind == 3)
        point(world, rep, from, places[group % 3], "");
    else if (kind == 4)
        point(world, rep, to, places[(group + 1) % 3], "");
    else
        mark(world, rep, group % 2 ? "END" : "START", from, 100 * group);
}

static void order_and_pages_make_no_difference(void **state) {
    (void)state;
    enum { FACTS_WRITTEN = 180, ORDERS = 4 };
    static const int steps[ORDERS] = {1, 7, 77, 179}; // none shares a factor with 180
    static const char *const asked[] = {"routes", "verification"};
    struct world *first = NULL;
    for (int order = 0; order < ORDERS; order++) {
        struct world *world = world_open(&field_route);
        base(world);
        for (int i = 0; i < FACTS_WRITTEN; i++)
            write_one(world, i * steps[order] % FACTS_WRITTEN);
        struct world *copy = world_copy(world, world_head(world), (uint64_t)order * 13 + 1);
        for (size_t i = 0; i < 2; i++) {
            struct ledger_span bytes =
                answer_bytes(world, world_ask(world, asked[i], "from", "2025-12-01", NULL));
            assert_true(ledger_span_equal(
                bytes, answer_bytes(copy, world_ask(copy, asked[i], "from", "2025-12-01", NULL))));
            if (first)
                assert_true(ledger_span_equal(
                    bytes,
                    answer_bytes(first, world_ask(first, asked[i], "from", "2025-12-01", NULL))));
        }
        assert_string_equal(world_dump(copy), world_dump(world));
        world_close(copy);
        if (first)
            world_close(world);
        else
            first = world;
    }
    assert_string_equal(
        cell(first, world_ask(first, "verification", NULL), "totals", 0, "reported"), "30");
    world_close(first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contradictions_are_counted_and_in_no_figure),
        cmocka_unit_test(facts_that_do_not_fit_each_other_are_told),
        cmocka_unit_test(the_day_is_local),
        cmocka_unit_test(merge_and_reversal_change_no_sum),
        cmocka_unit_test(corrections_and_late_retractions_count),
        cmocka_unit_test(empty_and_unknown_are_told),
        cmocka_unit_test(order_and_pages_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
