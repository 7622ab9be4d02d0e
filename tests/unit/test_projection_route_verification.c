// field-route: which visits can be believed; every answer worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_route_facts.h"

static uint64_t norm(struct world *world, const char *id, const char *role, const char *metric,
                     int value, const char *from) {
    return world_write(world,
                       "{\"type\":\"WorkNormSet\",\"stream\":\"policy/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"boss\",\"payload\":{\"normId\":\"%s\",\"role\":%s,\"metric\":"
                       "\"%s\",\"value\":\"%d\",\"from\":\"%s\"}}",
                       id, from, id, role, metric, value, from);
}

static uint64_t verdict(struct world *world, const char *visit, const char *which,
                        const char *occurred) {
    return world_write(world,
                       "{\"type\":\"VisitVerdictRecorded\",\"stream\":\"visit/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"boss\",\"payload\":{\"visitId\":\"%s\",\"verdict\":"
                       "\"%s\",\"rule\":\"asked\",\"evidence\":\"the client was asked\"}}",
                       visit, occurred, visit, which);
}

static void each_rule_flags_with_its_figures(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    visited(world, "r1", "v1", "a", A, AT("09:00:00"), AT("09:02:00"));
    check(world, "In", "r1", "v2", AT("09:10:00"), C_556M_NORTH, ",\"accuracyM\":100");
    check(world, "Out", "r1", "v2", AT("09:20:00"), C_556M_NORTH, "");
    report(world, "r1", "v2", "c", AT("09:10:00"));
    visited(world, "r1", "v3", "c", C, AT("09:15:00"), AT("09:30:00"));
    visited(world, "r1", "v4", "b", B, AT("09:40:00"), AT("09:50:00"));
    check(world, "In", "r1", "v5", AT("10:00:00"), B, ",\"mock\":true");
    report(world, "r1", "v5", "b", AT("10:00:00"));
    visited(world, "r1", "v6", "b", B, AT("11:00:00"), AT("11:10:00"));
    check(world, "In", "r1", "v7", AT("12:00:00"), B, "");
    report_from(world, "r1", "v7", "b", AT("12:00:00"),
                ",\"source\":{\"system\":\"s\",\"recordId\":\"7\",\"recordedAt\":"
                "\"2026-01-01T12:00:01Z\"}");
    report(world, "r1", "v8", "d", AT("13:00:00")); // nothing tells where it was
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", "rep", "r1", NULL);
    assert_cell(reply, "reps", 0, "reported", "8");
    assert_cell(reply, "reps", 0, "verified", "1"); // v6
    assert_cell(reply, "reps", 0, "verified_share", "0.1250");
    assert_cell(reply, "reps", 0, "flagged", "6");
    assert_cell(reply, "reps", 0, "unproven", "1");
    assert_cell(reply, "reps", 0, "too_short", "1");
    assert_cell(reply, "reps", 0, "too_far", "1");
    assert_cell(reply, "reps", 0, "overlapping", "2");
    assert_cell(reply, "reps", 0, "impossible_speed", "1");
    assert_cell(reply, "reps", 0, "mock_location", "1");
    assert_cell(reply, "reps", 0, "back_dated", "1");
    assert_cell(reply, "reps", 0, "too_many", "0");
    assert_int_equal(row_count(reply, "flagged"), 7);
    assert_where(reply, "flagged", "rule", "too_short", "visit", "v1");
    assert_where(reply, "flagged", "rule", "too_short", "value", "2.0000");
    assert_where(reply, "flagged", "rule", "too_short", "limit", "3");
    assert_where(reply, "flagged", "rule", "too_short", "limit_from", "default");
    assert_where(reply, "flagged", "rule", "too_far", "value", "556.0000");
    assert_where(reply, "flagged", "rule", "too_far", "limit", "400");
    assert_where(reply, "flagged", "rule", "overlapping", "visit", "v2");
    assert_where(reply, "flagged", "rule", "overlapping", "other_visit", "v3");
    assert_where(reply, "flagged", "rule", "overlapping", "value", "5.0000");
    assert_where(reply, "flagged", "rule", "impossible_speed", "visit", "v4");
    assert_where(reply, "flagged", "rule", "impossible_speed", "other_visit", "v3");
    assert_where(reply, "flagged", "rule", "impossible_speed", "value", "1027.7100");
    assert_where(reply, "flagged", "rule", "mock_location", "visit", "v5");
    assert_where(reply, "flagged", "rule", "back_dated", "value", "24.0003");
    reply = world_ask(world, "visit", "visit", "v3", NULL);
    assert_cell(reply, "visit", 0, "stands", "flagged");
    assert_cell(reply, "flags", 0, "rule", "overlapping");
    assert_cell(reply, "flags", 0, "other_visit", "v2");
    assert_int_equal(row_count(reply, "limits"), VISIT_RULES);
    assert_int_equal(row_count(reply, "facts"), 3);
    reply = ask_day(world, "r1");
    assert_where(reply, "stops", "visit", "v2", "flags", "too_far, overlapping");
    assert_where(reply, "stops", "visit", "v6", "flags", "none");
    // Overlapping minutes count once: 2 + 20 + 10 + 10 of 130.
    assert_cell(reply, "day", 0, "face_minutes", "42.0000");
    assert_cell(reply, "day", 0, "field_minutes", "130.0000");
    world_close(world);
}

static void limits_are_reached_not_passed(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    char id[8];
    base(world);
    hire(world, "t", "FIELD_TEAM", "team");
    visited(world, "r1", "v", "a", A, AT("09:00:00"), AT("09:03:00"));
    report_from(world, "r1", "w", "a", AT("10:00:00"),
                ",\"source\":{\"system\":\"s\",\"recordId\":\"7\",\"recordedAt\":"
                "\"2026-01-01T10:00:00Z\"}");
    for (int i = 0; i < 14; i++) {
        (void)snprintf(id, sizeof id, "x%d", i);
        report(world, "r2", id, "a", DAY);
        (void)snprintf(id, sizeof id, "t%d", i);
        report(world, "t", id, "a", DAY);
    }
    report(world, "t", "t14", "a", DAY);
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "totals", 0, "flagged", "0"); // a team may make more than 14
    report(world, "r2", "x14", "a", DAY);
    reply = world_ask(world, "verification", "flagged", "yes", NULL);
    assert_where(reply, "reps", "rep", "r2", "too_many", "15");
    assert_cell(reply, "flagged", 0, "value", "15.0000");
    assert_cell(reply, "flagged", 0, "limit", "14");
    world_close(world);
}

static void norms_of_the_day_and_position_decide(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    norm(world, "n1", "null", "visit_minutes_min", 10, "2025-12-01");
    norm(world, "n3", "\"kam\"", "visit_minutes_min", 1, "2025-12-15");
    norm(world, "n2", "null", "visit_minutes_min", 20, "2025-12-31");
    norm(world, "n0", "null", "visit_minutes_min", 5, "2025-11-01"); // late, and older
    norm(world, "n9", "null", "visit_minutes_min", 99, "2027-01-01");
    visited(world, "r1", "v1", "a", A, AT("09:00:00"), AT("09:15:00"));
    visited(world, "r2", "v2", "a", A, AT("09:00:00"), AT("09:02:00"));
    visited(world, "r1", "v3", "a", A, "2025-12-30T09:00:00Z", "2025-12-30T09:15:00Z");
    visited(world, "r1", "v4", "a", A, "2025-10-30T09:00:00Z", "2025-10-30T09:02:00Z");
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", "flagged", "yes", NULL);
    assert_cell(reply, "totals", 0, "too_short", "2");
    assert_where(reply, "flagged", "visit", "v1", "limit", "20");
    assert_where(reply, "flagged", "visit", "v1", "limit_from", "n2");
    assert_where(reply, "flagged", "visit", "v4", "limit_from", "default");
    assert_where(reply, "flagged", "visit", "v2", "limit", "no row");
    reply = world_ask(world, "visit", "visit", "v2", NULL);
    assert_cell(reply, "limits", 0, "limit", "1");
    assert_cell(reply, "limits", 0, "limit_from", "n3");
    // From the day on which r1 becomes a kam, the kam's norm holds for r1.
    world_write(world, "{\"type\":\"EmployeeChanged\",\"stream\":\"employee/r1\",\"occurred\":"
                       "\"2025-12-31\",\"actor\":\"hr\",\"payload\":{\"employeeId\":\"r1\","
                       "\"kind\":\"POSITION\",\"position\":\"kam\",\"from\":\"2025-12-31\"}}");
    reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "totals", 0, "too_short", "1");
    reply = world_ask(world, "norms", NULL);
    assert_int_equal(row_count(reply, "norms"), 5);
    assert_cell(reply, "norms", 0, "in_force", "0"); // outdone by a later one
    assert_where(reply, "norms", "norm", "n2", "in_force", "1");
    assert_where(reply, "norms", "norm", "n3", "in_force", "1");
    assert_where(reply, "norms", "norm", "n9", "in_force", "0"); // from 2027 on
    assert_int_equal(row_count(reply, "limits"), VISIT_RULES + 1);
    assert_cell(reply, "limits", 0, "limit", "20");
    assert_cell(reply, "limits", 1, "role", "kam");
    assert_cell(reply, "limits", 1, "limit", "1");
    assert_cell(reply, "limits", 2, "limit", "300");
    assert_cell(reply, "limits", 2, "norm", "none");
    assert_true(has_note(reply, "The question gives no now: taken for it is 2026-01-01"));
    reply = world_ask(world, "norms", "as-of-occurred", "2025-12-10", NULL);
    assert_cell(reply, "limits", 0, "limit", "10");
    assert_int_equal(row_count(reply, "norms"), 2);
    reply = world_ask(world, "norms", "now", "2025-12-20", NULL);
    assert_cell(reply, "limits", 0, "norm", "n1");
    world_close(world);
}

static void a_position_for_a_time_counts_for_that_time(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    norm(world, "n1", "\"kam\"", "visit_minutes_min", 60, "2025-01-01");
    world_write(world, "{\"type\":\"EmployeeChanged\",\"stream\":\"employee/r1\",\"occurred\":"
                       "\"2025-12-01\",\"actor\":\"hr\",\"payload\":{\"employeeId\":\"r1\","
                       "\"kind\":\"POSITION\",\"position\":\"kam\",\"from\":\"2025-12-01\","
                       "\"to\":\"2025-12-30\"}}");
    visited(world, "r1", "v1", "a", A, "2025-12-30T09:00:00Z", "2025-12-30T09:30:00Z");
    visited(world, "r1", "v2", "a", A, AT("09:00:00"), AT("09:30:00"));
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", "flagged", "yes", NULL);
    assert_cell(reply, "totals", 0, "too_short", "1");
    assert_where(reply, "flagged", "rule", "too_short", "visit", "v1");
    world_close(world);
}

static void the_place_of_a_client_is_that_of_the_day(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    world_write(world, "{\"type\":\"ClientRegistered\",\"stream\":\"client/a\",\"occurred\":"
                       "\"2025-12-31\",\"actor\":\"hr\",\"payload\":{\"clientId\":\"a\",\"geo\":" C
                       "}}"); // it moved
    client(world, "e", A);
    visited(world, "r1", "v1", "a", A, "2025-12-30T09:00:00Z", "2025-12-30T09:30:00Z");
    visited(world, "r1", "v2", "a", C, AT("09:00:00"), AT("09:30:00"));
    visited(world, "r1", "v3", "e", A, "2024-12-30T09:00:00Z", "2024-12-30T09:30:00Z");
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "totals", 0, "too_far", "0");
    assert_cell(world_ask(world, "visit", "visit", "v1", NULL), "visit", 0, "distance_m", "0");
    assert_cell(world_ask(world, "visit", "visit", "v3", NULL), "visit", 0, "distance_m", "0");
    // Where a place is not known, the device's own measure stands in.
    check(world, "In", "r1", "v4", AT("15:00:00"), A, ",\"distanceM\":301");
    report(world, "r1", "v4", "d", AT("15:00:00"));
    reply = world_ask(world, "verification", "flagged", "yes", "from", DAY, NULL);
    assert_where(reply, "flagged", "visit", "v4", "value", "301.0000");
    world_close(world);
}

static void reported_times_stand_in_for_checks(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    world_write(world, "{\"type\":\"VisitReported\",\"stream\":\"visit/v1\",\"occurred\":\"" DAY
                       "\",\"actor\":\"r1\",\"payload\":{\"visitId\":\"v1\",\"clientId\":\"a\","
                       "\"started\":\"" AT("09:00:00") "\",\"ended\":\"" AT("09:02:30") "\"}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", "flagged", "yes", NULL);
    assert_where(reply, "flagged", "rule", "too_short", "value", "2.5000");
    assert_cell(world_ask(world, "routes", NULL), "days", 0, "face_minutes", "none");
    world_close(world);
}

static void nobody_in_particular_is_not_one_person(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    visited(world, "unknown", "v1", "a", A, AT("09:00:00"), AT("10:00:00"));
    visited(world, "unknown", "v2", "b", B, AT("09:30:00"), AT("10:30:00"));
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "totals", 0, "verified", "2");
    world_close(world);
}

static void a_visit_of_many_facts_is_one_visit(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    char at[32];
    base(world);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(at, sizeof at, "2025-11-%02dT09:00:00Z", 30 - i % 20);
        report(world, "r1", "x", "a", at);
    }
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "totals", 0, "reported", "1");
    assert_where(reply, "contradictions", "code", "reported_twice", "facts", "39");
    reply = world_ask(world, "routes", NULL);
    assert_int_equal(row_count(reply, "days"), 1);
    assert_cell(reply, "days", 0, "day", "2025-11-11");
    world_close(world);
}

static void the_last_verdict_decides(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    visited(world, "r1", "v1", "a", A, AT("09:00:00"), AT("09:01:00"));
    visited(world, "r1", "v2", "a", A, AT("10:00:00"), AT("10:30:00"));
    verdict(world, "v1", "REJECTED", "2026-01-03");
    uint64_t good = verdict(world, "v1", "VERIFIED", "2026-01-05");
    verdict(world, "v1", "REJECTED", "2026-01-04"); // late
    verdict(world, "v1", "FLAGGED", "2026-01-06");  // flags, and decides nothing
    verdict(world, "v2", "FLAGGED", "2026-01-02");
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", "flagged", "yes", NULL);
    assert_cell(reply, "reps", 0, "verified", "1");
    assert_cell(reply, "reps", 0, "flagged", "1"); // v2, by a verdict alone
    assert_cell(reply, "reps", 0, "too_short", "1");
    assert_where(reply, "flagged", "visit", "v1", "stands", "verified");
    assert_where(reply, "flagged", "visit", "v2", "rule", "asked");
    assert_where(reply, "flagged", "visit", "v2", "limit_from", "verdict");
    reply = world_ask(world, "verification", "as-of-occurred", "2026-01-04", NULL);
    assert_cell(reply, "reps", 0, "rejected", "1");
    uint64_t before = world_head(world);
    amend(world, "FactRetracted", good, "{}");
    reply = world_ask(world, "visit", "visit", "v1", NULL);
    assert_cell(reply, "visit", 0, "stands", "rejected");
    char position[24];
    (void)snprintf(position, sizeof position, "%d", (int)before);
    reply = world_ask(world, "visit", "visit", "v1", "as-of-position", position, NULL);
    assert_cell(reply, "visit", 0, "stands", "verified");
    assert_cell(reply, "visit", 0, "verdict_by", "boss");
    world_close(world);
}

static void a_limit_cuts_each_list_and_says_so(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    visited(world, "r1", "v1", "a", A, AT("09:00:00"), AT("09:01:00"));
    visited(world, "r2", "v2", "a", A, AT("10:00:00"), AT("10:01:00"));
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "verification", "flagged", "yes", "limit", "1", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_int_equal(rows_left_off(reply, "reps"), 1);
    assert_int_equal(row_count(reply, "flagged"), 1);
    assert_int_equal(rows_left_off(reply, "flagged"), 1);
    assert_cell(reply, "totals", 0, "reported", "2");
    assert_int_equal(rows_left_off(reply, "rules"), 0);
    world_close(world);
}

static void other_channels_and_unknown_times_are_counted_apart(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    world_write(world,
                "{\"type\":\"VisitReported\",\"stream\":\"visit/v1\",\"occurred\":\"" DAY "\","
                "\"actor\":\"r1\",\"payload\":{\"visitId\":\"v1\",\"clientId\":\"a\",\"channel\":"
                "\"CALL\"}}");
    report(world, "r1", "v2", "a", "unknown");
    report(world, "r1", "v3", "a", DAY);
    const Ledger__V1__QueryReply *reply = world_ask(world, "verification", NULL);
    assert_cell(reply, "reps", 0, "reported", "1");
    assert_cell(reply, "reps", 0, "unproven", "1");
    assert_cell(reply, "reps", 0, "not_face_to_face", "1");
    assert_cell(reply, "reps", 0, "visits_unknown_time", "1");
    assert_true(has_note(reply, "1 reported visit was not face to face"));
    assert_true(has_note(reply, "1 visit is of an unknown time"));
    reply = world_ask(world, "visit", "visit", "v2", NULL);
    assert_cell(reply, "visit", 0, "stands", "at an unknown time");
    reply = world_ask(world, "verification", "from", DAY, "to", DAY, NULL);
    assert_cell(reply, "reps", 0, "visits_unknown_time", "0");
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_flags_with_its_figures),
        cmocka_unit_test(a_position_for_a_time_counts_for_that_time),
        cmocka_unit_test(the_place_of_a_client_is_that_of_the_day),
        cmocka_unit_test(reported_times_stand_in_for_checks),
        cmocka_unit_test(limits_are_reached_not_passed),
        cmocka_unit_test(norms_of_the_day_and_position_decide),
        cmocka_unit_test(nobody_in_particular_is_not_one_person),
        cmocka_unit_test(a_visit_of_many_facts_is_one_visit),
        cmocka_unit_test(the_last_verdict_decides),
        cmocka_unit_test(a_limit_cuts_each_list_and_says_so),
        cmocka_unit_test(other_channels_and_unknown_times_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
