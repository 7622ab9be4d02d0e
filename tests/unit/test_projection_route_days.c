// field-route: distances, tracks, and days as planned and as gone; every answer worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_projection_route_facts.h"

// ---- distances
static void distances_are_to_the_metre(void **state) {
    (void)state;
    static const struct {
        struct place a, b;
        int64_t metres;
    } known[] = {
        {{true, 416000000, -936100000}, {true, 416600000, -915500000}, 171338},
        {{true, 416000000, -936100000}, {true, 416000000, -936100000}, 0},
        {{true, 0, 1799000000}, {true, 0, -1799000000}, 22239},   // over the date line
        {{true, 0, 0}, {true, 0, 1800000000}, 20015114},          // half around: pi x R
        {{true, 900000000, 0}, {true, -900000000, 5}, 20015114},  // pole to pole
        {{true, 900000000, 0}, {true, 900000000, 1800000000}, 0}, // the pole is one place
        {{true, 416100000, -936100000}, {true, 416000000, -936100000}, 1112},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(geo_metres(&known[i].a, &known[i].b), known[i].metres);
        assert_int_equal(geo_metres(&known[i].b, &known[i].a), known[i].metres);
    }
    assert_false(geo_faster(150000, INT64_C(3600000000), 150));
    assert_true(geo_faster(150001, INT64_C(3600000000), 150));
    assert_false(geo_faster(0, 0, 150));
    assert_true(geo_faster(1, 0, 150));
}

static void known_distance_stands_in_the_answer(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    point(world, "r1", AT("09:00:00"), A, "");
    point(world, "r1", AT("12:00:00"), B, "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "km", "171.3380");
    assert_cell(reply, "totals", 0, "km", "171.3380");
    world_close(world);
}

// ---- tracks
static void points_are_taken_or_dropped_for_a_reason(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    point(world, "r1", AT("09:30:00"), A, ",\"accuracyM\":200"); // late: the last of the day
    point(world, "r1", AT("09:00:00"), A, "");
    point(world, "r1", AT("09:10:00"), C, "");
    point(world, "r1", AT("09:10:01"), B, "");
    point(world, "r1", AT("09:11:00"), B, ",\"accuracyM\":201");
    point(world, "r1", AT("09:12:00"), B, ",\"mock\":true");
    point(world, "r1", AT("09:13:00"), "", "");
    point(world, "r1", DAY, A, "");
    point(world, "r1", "unknown", A, "");
    const Ledger__V1__QueryReply *reply = ask_day(world, "r1");
    assert_cell(reply, "day", 0, "km", "2.2240");
    assert_cell(reply, "day", 0, "samples", "8");
    assert_where(reply, "fates", "code", "accepted", "points", "3");
    assert_where(reply, "fates", "code", "too_fast", "points", "1");
    assert_where(reply, "fates", "code", "inaccurate", "points", "1");
    assert_where(reply, "fates", "code", "mock", "points", "1");
    assert_where(reply, "fates", "code", "no_place", "points", "1");
    assert_where(reply, "fates", "code", "no_time", "points", "1");
    assert_cell(reply, "points", 0, "latitude", "41.6000000");
    assert_cell(reply, "points", 0, "longitude", "-93.6100000");
    assert_cell(reply, "points", 0, "km", "0.0000");
    assert_cell(reply, "points", 1, "km", "1.1120");
    assert_cell(reply, "points", 2, "fate", "too_fast");
    assert_cell(reply, "points", 2, "km", "none");
    reply = world_ask(world, "routes", NULL);
    assert_int_equal(row_count(reply, "days"), 1);
    assert_true(has_note(reply, "1 visit, point or mark is of an unknown time"));
    world_close(world);
}

static void erased_tracks_are_not_shown(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    point(world, "r1", AT("09:00:00"), A, "");
    point(world, "r1", AT("12:00:00"), B, "");
    world_write(world, "{\"type\":\"PersonalDataErased\",\"stream\":\"person/r1\",\"occurred\":"
                       "\"2026-01-01\",\"actor\":\"boss\",\"payload\":{\"personId\":\"r1\"}}");
    point(world, "r1", AT("13:00:00"), A, "");
    point(world, "r1", AT("13:10:00"), C, "");
    const Ledger__V1__QueryReply *reply = ask_day(world, "r1");
    assert_where(reply, "fates", "code", "no_place", "points", "2");
    assert_cell(reply, "points", 0, "latitude", "none");
    assert_cell(reply, "day", 0, "km", "1.1120");
    reply = world_ask(world, "routes", "as-of-occurred", AT("12:30:00"), NULL);
    assert_cell(reply, "days", 0, "km", "none");
    world_close(world);
}

static void a_sample_of_two_points_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    point(world, "r1", AT("09:00:00"), A "," B, "");
    assert_int_equal(row_count(world_ask(world, "routes", NULL), "days"), 0);
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

// ---- plans
static const char *const plan_abc = "{\"clientId\":\"c\",\"visitId\":\"vc\",\"order\":3},"
                                    "{\"clientId\":\"a\",\"visitId\":\"va\",\"order\":1},"
                                    "{\"clientId\":\"b\",\"order\":2}";

static void plan_and_fact_are_compared(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    route(world, "R", 2, "r1", "2025-12-30", DAY, plan_abc);
    route(world, "R", 1, "r1", "2025-12-30", DAY, "{\"clientId\":\"d\",\"order\":1}");
    visited(world, "r1", "va", "a", A, AT("09:00:00"), AT("09:30:00"));
    visited(world, "r1", "vc", "c", C, AT("10:00:00"), AT("10:30:00"));
    visited(world, "r1", "vx", "b", B, AT("12:30:00"), AT("12:45:00"));
    mark(world, "r1", "END", AT("17:00:00"), 1350);
    mark(world, "r1", "START", AT("08:00:00"), 1000);
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "name", "Name of r1");
    assert_cell(reply, "days", 0, "day", DAY);
    assert_cell(reply, "days", 0, "km", "none"); // no points
    assert_cell(reply, "days", 0, "planned_km", "342.6230");
    assert_cell(reply, "days", 0, "odometer_km", "350");
    assert_cell(reply, "days", 0, "stops", "3");
    assert_cell(reply, "days", 0, "stops_kept", "3");
    assert_cell(reply, "days", 0, "stop_adherence", "1.0000");
    assert_cell(reply, "days", 0, "order_adherence", "0.6667"); // a, c or a, b of a, b, c
    assert_cell(reply, "days", 0, "visits", "3");
    assert_cell(reply, "days", 0, "field_minutes", "225.0000");
    assert_cell(reply, "days", 0, "face_minutes", "75.0000");
    assert_cell(reply, "days", 0, "travel_share", "0.6667");
    reply = ask_day(world, "r1");
    assert_cell(reply, "day", 0, "started", AT("08:00:00"));
    assert_cell(reply, "stops", 0, "visit", "va");
    assert_cell(reply, "stops", 0, "actual_order", "1");
    assert_cell(reply, "stops", 1, "visit", "vx"); // by its client
    assert_cell(reply, "stops", 1, "planned_order", "2");
    assert_cell(reply, "stops", 1, "actual_order", "3");
    assert_cell(reply, "stops", 2, "minutes", "30.0000");
    assert_cell(reply, "stops", 2, "distance_m", "0");
    world_close(world);
}

static void no_plan_is_none_and_a_missed_stop_is_told(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    visited(world, "r1", "v1", "a", A, AT("09:00:00"), AT("09:30:00"));
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "planned_km", "none");
    assert_cell(reply, "days", 0, "stops", "none");
    assert_cell(reply, "days", 0, "stop_adherence", "none");
    assert_cell(reply, "days", 0, "order_adherence", "none");
    assert_cell(reply, "days", 0, "odometer_km", "none");
    assert_cell(reply, "days", 0, "travel_share", "0.0000");
    route(world, "R", 1, "r1", "2025-12-30", DAY,
          "{\"clientId\":\"c\",\"visitId\":\"v2\"},{\"clientId\":\"d\",\"visitId\":\"v3\"}");
    world_write(world,
                "{\"type\":\"VisitCancelled\",\"stream\":\"visit/v3\",\"occurred\":\"" DAY "\","
                "\"actor\":\"r1\",\"payload\":{\"visitId\":\"v3\",\"kind\":\"CANCELLED\"}}");
    world_write(world, "{\"type\":\"VisitPlanned\",\"stream\":\"visit/v4\",\"occurred\":"
                       "\"2025-12-01\",\"actor\":\"boss\",\"payload\":{\"visitId\":\"v4\","
                       "\"clientId\":\"b\",\"employeeId\":\"r1\",\"date\":\"2025-12-30\"}}");
    world_write(world, "{\"type\":\"VisitRescheduled\",\"stream\":\"visit/v4\",\"occurred\":"
                       "\"2025-12-02\",\"actor\":\"boss\",\"payload\":{\"visitId\":\"v4\","
                       "\"newDate\":\"" DAY "\"}}");
    reply = ask_day(world, "r1");
    assert_cell(reply, "day", 0, "planned_km", "0.0000");
    assert_cell(reply, "day", 0, "stops_without_place", "1");
    assert_cell(reply, "day", 0, "stop_adherence", "0.0000");
    assert_where(reply, "stops", "visit", "v1", "state", "not planned");
    assert_where(reply, "stops", "visit", "v2", "state", "missed");
    assert_where(reply, "stops", "visit", "v3", "state", "cancelled");
    assert_where(reply, "stops", "visit", "v4", "state", "missed");
    assert_where(reply, "stops", "visit", "v4", "planned", DAY);
    reply = world_ask(world, "day", "rep", "r1", "day", "2025-12-30", NULL);
    assert_int_equal(row_count(reply, "stops"), 0);
    world_close(world);
}

static void a_route_planned_afterwards_or_moved_is_no_plan(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    route(world, "R", 1, "r1", "2025-12-29", "2025-12-30", "{\"clientId\":\"a\"}");
    route(world, "R", 2, "r1", "2025-12-30", DAY, "{\"clientId\":\"a\"}");
    route(world, "R", 3, "r1", "2026-01-01", DAY, "{\"clientId\":\"b\"},{\"clientId\":\"c\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_int_equal(row_count(reply, "days"), 1);
    assert_cell(reply, "days", 0, "day", DAY);
    assert_cell(reply, "days", 0, "stops", "1");
    assert_where(reply, "contradictions", "code", "planned_afterwards", "facts", "1");
    reply = world_ask(world, "routes", "as-of-occurred", "2025-12-29", NULL);
    assert_cell(reply, "days", 0, "day", "2025-12-30");
    // Moved on the day after: the day that is over keeps its plan.
    route(world, "S", 1, "r2", "2025-12-29", "2025-12-30", "{\"clientId\":\"a\"}");
    route(world, "S", 2, "r2", DAY, DAY, "{\"clientId\":\"a\"}");
    reply = world_ask(world, "routes", "rep", "r2", NULL);
    assert_cell(reply, "reps", 0, "stops", "2");
    assert_cell(reply, "reps", 0, "stops_kept", "0");
    world_close(world);
}

static void a_visit_keeps_one_stop(void **state) {
    (void)state;
    struct world *world = world_open(&field_route);
    base(world);
    route(world, "R", 1, "r1", "2025-12-30", DAY,
          "{\"clientId\":\"a\"},{\"clientId\":\"c\"},{\"clientId\":\"a\"}");
    visited(world, "r1", "v0", "b", B, AT("02:00:00"), AT("02:30:00")); // in no plan
    visited(world, "r1", "v1", "c", C, AT("09:00:00"), AT("09:30:00"));
    visited(world, "r1", "v2", "a", A, AT("10:00:00"), AT("10:30:00"));
    report(world, "r1", "v3", "a", DAY); // no exact time: it keeps a stop, in no order
    const Ledger__V1__QueryReply *reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "stops_kept", "3");
    assert_cell(reply, "days", 0, "order_adherence", "0.3333"); // c, then the first a
    amend(world, "FactRetracted", world_head(world), "{}");
    reply = world_ask(world, "routes", NULL);
    assert_cell(reply, "days", 0, "stops_kept", "2");
    assert_cell(reply, "days", 0, "stop_adherence", "0.6667");
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_to_the_metre),
        cmocka_unit_test(known_distance_stands_in_the_answer),
        cmocka_unit_test(points_are_taken_or_dropped_for_a_reason),
        cmocka_unit_test(erased_tracks_are_not_shown),
        cmocka_unit_test(a_sample_of_two_points_is_set_aside),
        cmocka_unit_test(plan_and_fact_are_compared),
        cmocka_unit_test(no_plan_is_none_and_a_missed_stop_is_told),
        cmocka_unit_test(a_route_planned_afterwards_or_moved_is_no_plan),
        cmocka_unit_test(a_visit_keeps_one_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
