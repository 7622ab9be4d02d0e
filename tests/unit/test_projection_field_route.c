// field-route: distances, tracks, plans kept, time in the field, the rules that visits are held
// against and the norms that set them; and what corrections, merges and views do to all of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "field-route/field_route.h"
#include "field-route/rules.h"
#include "test_projection_fixture.h"

// Places: a and c are 1,112 m apart, a and b 171,338 m, b and c 171,285 m.
#define A "{\"latE7\":416000000,\"lonE7\":-936100000}"
#define B "{\"latE7\":416600000,\"lonE7\":-915500000}"
#define C "{\"latE7\":416100000,\"lonE7\":-936100000}"
#define C_556M_NORTH "{\"latE7\":416150000,\"lonE7\":-936100000}"
// The ledger of the tests records from 2026-01-01 on: visits of this day are not late.
#define DAY "2025-12-31"
#define AT(time) DAY "T" time "Z"

// ---- facts
static uint64_t hire(struct world *world, const char *id, const char *kind, const char *position) {
    return world_write(
        world,
        "{\"type\":\"EmployeeHired\",\"stream\":\"employee/%s\",\"occurred\":\"2025-01-01\","
        "\"actor\":\"hr\",\"payload\":{\"employeeId\":\"%s\",\"kind\":\"%s\",\"teamName\":"
        "\"Name of %s\",\"position\":\"%s\"}}",
        id, id, kind, id, position);
}

static uint64_t client(struct world *world, const char *id, const char *geo) {
    return world_write(
        world,
        "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":\"2025-01-01\","
        "\"actor\":\"hr\",\"payload\":{\"clientId\":\"%s\",\"name\":\"Client %s\",\"geo\":%s}}",
        id, id, id, geo);
}

static void base(struct world *world) {
    hire(world, "r1", "PERSON", "rep");
    hire(world, "r2", "PERSON", "kam");
    client(world, "a", A);
    client(world, "b", B);
    client(world, "c", C);
    client(world, "d", "null");
}

// `more` is further JSON of the payload, with a comma before it, or "".
static uint64_t check(struct world *world, const char *which, const char *rep, const char *visit,
                      const char *at, const char *geo, const char *more) {
    return world_write(world,
                       "{\"type\":\"VisitChecked%s\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"visitId\":\"%s\",\"geo\":%s%s}}",
                       which, visit, at, rep, visit, geo, more);
}

// `more` is further JSON of the envelope, with a comma before it, or "".
static uint64_t report_from(struct world *world, const char *rep, const char *visit,
                            const char *client_id, const char *at, const char *more) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\"%s,\"payload\":{\"visitId\":\"%s\",\"clientId\":\"%s\"}}",
                       visit, at, rep, more, visit, client_id);
}

static uint64_t report(struct world *world, const char *rep, const char *visit,
                       const char *client_id, const char *at) {
    return report_from(world, rep, visit, client_id, at, "");
}

static void visited(struct world *world, const char *rep, const char *visit, const char *client_id,
                    const char *geo, const char *from, const char *to) {
    check(world, "In", rep, visit, from, geo, "");
    check(world, "Out", rep, visit, to, geo, "");
    report(world, rep, visit, client_id, from);
}

static uint64_t point(struct world *world, const char *rep, const char *at, const char *geo,
                      const char *more) {
    return world_write(world,
                       "{\"type\":\"LocationSampled\",\"stream\":\"employee/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"%s\",\"payload\":{\"employeeId\":\"%s\"%s},"
                       "\"personal\":[{\"personId\":\"%s\",\"values\":{\"track\":[%s]}}]}",
                       rep, at, rep, rep, more, rep, geo);
}

static uint64_t route(struct world *world, const char *id, int version, const char *rep,
                      const char *occurred, const char *day, const char *stops) {
    return world_write(world,
                       "{\"type\":\"RoutePlanned\",\"stream\":\"employee/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"routeId\":\"%s\",\"version\":%d,"
                       "\"employeeId\":\"%s\",\"date\":\"%s\",\"stops\":[%s]}}",
                       rep, occurred, rep, id, version, rep, day, stops);
}

static uint64_t mark(struct world *world, const char *rep, const char *kind, const char *at,
                     int odometer_km) {
    return world_write(world,
                       "{\"type\":\"WorkdayMarked\",\"stream\":\"employee/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"employeeId\":\"%s\",\"kind\":\"%s\","
                       "\"odometerKm\":%d}}",
                       rep, at, rep, rep, kind, odometer_km);
}

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

static uint64_t amend(struct world *world, const char *type, uint64_t position,
                      const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"visit/x\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"boss\",\"correctsEventId\":\"%s\",\"payload\":%s}",
                       type, event_id(world, position), payload);
}

static Ledger__V1__QueryReply *ask_day(struct world *world, const char *rep) {
    return world_ask(world, "day", "rep", rep, "day", DAY, NULL);
}

// The value of a column in the first row whose `key` column reads `text`.
static const char *where(struct world *world, const Ledger__V1__QueryReply *reply,
                         const char *table, const char *key, const char *text, const char *column) {
    for (size_t i = 0; i < row_count(reply, table); i++)
        if (strcmp(cell(world, reply, table, i, key), text) == 0)
            return cell(world, reply, table, i, column);
    return "no row";
}
#define assert_where(reply, table, key, text, column, value)                                       \
    assert_string_equal(where(world, reply, table, key, text, column), value)

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

// ---- verification
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
        cmocka_unit_test(distances_are_to_the_metre),
        cmocka_unit_test(known_distance_stands_in_the_answer),
        cmocka_unit_test(points_are_taken_or_dropped_for_a_reason),
        cmocka_unit_test(erased_tracks_are_not_shown),
        cmocka_unit_test(a_sample_of_two_points_is_set_aside),
        cmocka_unit_test(plan_and_fact_are_compared),
        cmocka_unit_test(no_plan_is_none_and_a_missed_stop_is_told),
        cmocka_unit_test(a_route_planned_afterwards_or_moved_is_no_plan),
        cmocka_unit_test(a_visit_keeps_one_stop),
        cmocka_unit_test(each_rule_flags_with_its_figures),
        cmocka_unit_test(a_position_for_a_time_counts_for_that_time),
        cmocka_unit_test(the_place_of_a_client_is_that_of_the_day),
        cmocka_unit_test(reported_times_stand_in_for_checks),
        cmocka_unit_test(limits_are_reached_not_passed),
        cmocka_unit_test(norms_of_the_day_and_position_decide),
        cmocka_unit_test(nobody_in_particular_is_not_one_person),
        cmocka_unit_test(a_visit_of_many_facts_is_one_visit),
        cmocka_unit_test(the_last_verdict_decides),
        cmocka_unit_test(other_channels_and_unknown_times_are_counted_apart),
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
