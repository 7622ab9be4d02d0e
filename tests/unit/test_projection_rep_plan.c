// rep-activity: visits from plan to report, call plans against what was done, and territories.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rep-activity/rep_activity.h"
#include "test_projection_rep.h"

// ---- the register
// Every kind of end that a visit can have, once.
static void visits_of_may(struct world *world) {
    plan_visit(world, "v1", "r1", "a", "2025-05-01", "2025-05-05");
    report(world, "v1", "r1", "a", "2025-05-05",
           "\"resultCode\":\"ok\",\"details\":[{\"productId\":\"p1\",\"order\":1},"
           "{\"productId\":\"p2\",\"order\":2}]");
    plan_visit(world, "v2", "r1", "b", "2025-05-01", "2025-05-06");
    fact(world, "VisitRescheduled", "visit/v2", "2025-05-05", "r1",
         "\"visitId\":\"v2\",\"newDate\":\"2025-05-08\"");
    cancel(world, "v2", "r1", "2025-05-07", "CANCELLED");
    plan_visit(world, "v3", "r1", "a", "2025-05-01", "2025-05-07");
    cancel(world, "v3", "r1", "2025-05-07", "NOT_HELD");
    report(world, "v4", "r1", "c", "2025-05-09", "\"resultCode\":\"order\"");
    report(world, "v4", "r1", "c", "2025-05-09", "\"resultCode\":\"ok\"");
    plan_visit(world, "v5", "r1", "a", "2025-05-01", "2025-05-20");
    plan_visit(world, "v6", "r1", "b", "2025-05-01", "2025-05-10");
    cancel(world, "v6", "r1", "2025-05-09", "CANCELLED");
    report(world, "v6", "r1", "b", "2025-05-10",
           "\"details\":[{\"productId\":\"p1\",\"order\":2},{\"productId\":\"p1\",\"order\":2}]");
    report(world, "v7", "r2", "a", "unknown", "\"resultCode\":\"ok\"");
}

static void a_visit_is_counted_once_by_its_end(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visits_of_may(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "register", "rep", "r1", NULL);
    assert_int_equal(row_count(reply, "visits"), 6);
    assert_cell(reply, "reps", 0, "visits", "6");
    assert_cell(reply, "reps", 0, "planned", "5");
    assert_cell(reply, "reps", 0, "rescheduled", "1");
    assert_cell(reply, "reps", 0, "reschedulings", "1");
    assert_cell(reply, "reps", 0, "held", "3");
    assert_cell(reply, "reps", 0, "cancelled", "1");
    assert_cell(reply, "reps", 0, "not_held", "1");
    assert_cell(reply, "reps", 0, "open", "1");
    assert_cell(reply, "reps", 0, "held_unplanned", "1");
    assert_cell(reply, "reps", 0, "held_share", "0.4000");
    assert_cell(reply, "reps", 0, "contradictions", "2");
    assert_cell(reply, "visits", 0, "visit", "v5");
    assert_cell(reply, "visits", 0, "status", "planned");
    assert_cell(reply, "visits", 1, "visit", "v6");
    assert_cell(reply, "visits", 1, "status", "held");
    assert_cell(reply, "visits", 3, "visit", "v2");
    assert_cell(reply, "visits", 3, "planned_for", "2025-05-08");
    assert_cell(reply, "visits", 3, "status", "cancelled");
    assert_int_equal(row_count(reply, "results"), 3); // order, ok, and none
    assert_cell(reply, "results", 0, "result", "none");
    assert_cell(reply, "results", 2, "result", "order");
    assert_cell(reply, "results", 2, "share", "0.3333");
    assert_cell(reply, "products", 0, "product", "p1");
    assert_cell(reply, "products", 0, "order", "1");
    assert_cell(reply, "products", 0, "visits", "1");
    assert_cell(reply, "products", 1, "order", "2");
    assert_cell(reply, "products", 1, "visits", "1"); // named twice in one place
    assert_cell(reply, "products", 2, "product", "p2");
    reply = world_ask(world, "register", NULL);
    assert_cell(reply, "totals", 0, "visits", "7");
    assert_cell(reply, "totals", 0, "held", "4");
    assert_cell(reply, "totals", 0, "unknown_time", "1");
    world_close(world);
}

static void the_register_takes_a_period_and_a_time(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    const Ledger__V1__QueryReply *reply = world_ask(world, "register", NULL);
    assert_cell(reply, "totals", 0, "visits", "0");
    assert_cell(reply, "totals", 0, "held_share", "none");
    visits_of_may(world);
    reply = world_ask(world, "register", "from", "2025-05-09", "to", "2025-05-10", NULL);
    assert_int_equal(row_count(reply, "visits"), 2);
    reply = world_ask(world, "register", "as-of-occurred", "2025-05-06", "rep", "r1", NULL);
    assert_cell(reply, "reps", 0, "held", "1");
    assert_cell(reply, "reps", 0, "open", "4");
    reply = world_ask(world, "register", "limit", "2", NULL);
    assert_int_equal(row_count(reply, "visits"), 2);
    assert_cell(reply, "totals", 0, "visits", "7");
    assert_true(has_note(world_ask(world, "register", "rep", "nobody", NULL), "Nothing is known"));
    world_close(world);
}

static void a_retracted_report_leaves_the_plan(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    plan_visit(world, "v1", "r1", "a", "2025-05-01", "2025-05-05");
    uint64_t held = report(world, "v1", "r2", "a", "2025-05-05", "\"resultCode\":\"ok\"");
    assert_cell(world_ask(world, "register", "rep", "r2", NULL), "totals", 0, "held", "1");
    assert_cell(world_ask(world, "register", "rep", "r1", NULL), "totals", 0, "visits", "0");
    uint64_t known = world_head(world);
    retract(world, "visit/v1", held);
    assert_cell(world_ask(world, "register", "rep", "r2", NULL), "totals", 0, "visits", "0");
    assert_cell(world_ask(world, "register", "rep", "r1", NULL), "totals", 0, "open", "1");
    char position[24];
    (void)snprintf(position, sizeof position, "%d", (int)known);
    assert_cell(world_ask(world, "register", "as-of-position", position, NULL), "totals", 0, "held",
                "1");
    world_close(world);
}

// ---- plan and actual
static void plans_of_june(struct world *world) {
    target(world, "q", "r1", "a", 1, 4,
           ",\"productGoals\":[{\"productId\":\"p1\",\"calls\":3},{\"productId\":\"p2\"}]");
    target(world, "q", "r1", "b", 2, 1, "");
    target(world, "q", "r1", "b", 1, 9, "");
    target(world, "q", "r1", "c", 1, 5, "");
    target(world, "q", "r1", "c", 2, 0, "");
    target(world, "q", "r1", "d", 1, 3, "");
    report(world, "v1", "r1", "a", "2025-06-02", NULL);
    report(world, "v2", "r1", "a", "2025-06-03", "\"details\":[{\"productId\":\"p1\"}]");
    report(world, "v2", "r1", "a", "2025-06-03", "\"details\":[{\"productId\":\"p1\"}]");
    report(world, "v3", "r1", "b", "2025-06-03", NULL);
    report(world, "v4", "r1", "b", "2025-06-04", NULL);
    report(world, "v5", "r1", "a", "2025-06-20", NULL); // after the plan
    report(world, "v6", "r2", "a", "2025-06-04", NULL); // another's
    plan_visit(world, "v7", "r1", "a", "2025-06-01", "2025-06-12");
    plan_visit(world, "v8", "r1", "d", "2025-06-01", "2025-06-05");
    fact(
        world, "EmployeeChanged", "employee/r1", "2025-05-01", "r1",
        "\"employeeId\":\"r1\",\"kind\":\"ABSENCE\",\"from\":\"2025-06-10\",\"to\":\"2025-06-11\"");
    fact(world, "EmployeeChanged", "employee/r1", "2025-05-01", "r1",
         "\"employeeId\":\"r1\",\"kind\":\"POSITION\",\"position\":\"senior\",\"from\":"
         "\"2025-06-09\"");
}

static void norms(struct world *world) {
    fact(world, "WorkNormSet", "policy/n", "2025-01-01", "r1",
         "\"normId\":\"n\",\"metric\":\"visits_per_day\",\"per\":\"day\",\"value\":2,"
         "\"from\":\"2025-01-01\"");
    fact(world, "WorkNormSet", "policy/n", "2025-01-01", "r1",
         "\"normId\":\"n\",\"metric\":\"visits_per_day\",\"role\":\"senior\",\"value\":3,"
         "\"from\":\"2025-01-01\"");
    fact(world, "WorkNormSet", "policy/n", "2025-01-01", "r1",
         "\"normId\":\"n\",\"metric\":\"visits_per_day\",\"role\":\"senior\",\"value\":8,"
         "\"from\":\"2025-07-01\"");
}

static void plan_and_actual_follow_the_rule(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    plans_of_june(world);
    norms(world);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "plan-fact", "rep", "r1", "now", "2025-06-06", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_cell(reply, "reps", 0, "plan", "q");
    assert_cell(reply, "reps", 0, "targets", "3");
    assert_cell(reply, "reps", 0, "planned", "8");
    assert_cell(reply, "reps", 0, "actual", "4");
    assert_cell(reply, "reps", 0, "scheduled", "1");
    assert_cell(reply, "reps", 0, "remaining", "5");
    assert_cell(reply, "reps", 0, "remaining_to_schedule", "4");
    assert_cell(reply, "reps", 0, "attainment", "0.5000");
    assert_cell(reply, "reps", 0, "capped_attainment", "0.3750");
    assert_cell(reply, "reps", 0, "working_days", "8");
    assert_cell(reply, "reps", 0, "elapsed", "0.6250");
    assert_cell(reply, "reps", 0, "pace", "0.8000");
    assert_cell(reply, "reps", 0, "capacity", "19"); // 5 x 2 + 3 x 3
    assert_cell(reply, "reps", 0, "utilisation", "0.4211");
    assert_int_equal(row_count(reply, "clients"), 3);
    assert_cell(reply, "clients", 1, "client", "b");
    assert_cell(reply, "clients", 1, "planned", "1");
    assert_cell(reply, "clients", 1, "remaining", "0");
    assert_cell(reply, "clients", 1, "last_visit", "2025-06-04");
    assert_cell(reply, "clients", 2, "last_visit", "none");
    assert_int_equal(row_count(reply, "products"), 1);
    assert_cell(reply, "products", 0, "planned", "3");
    assert_cell(reply, "products", 0, "actual", "1");
    assert_false(has_note(reply, "gives no now"));
    struct ledger_span all = answer_bytes(world, world_ask(world, "plan-fact", NULL));
    assert_true(ledger_span_equal(all, answer_bytes(world, world_ask(world, "plan-fact", NULL))));
    reply = world_ask(world, "plan-fact", "now", "2025-06-06", NULL);
    assert_cell(reply, "plans", 0, "reps", "1");
    assert_cell(reply, "plans", 0, "actual", "4");
    assert_cell(reply, "plans", 0, "pace", "0.8000");
    assert_int_equal(reply->n_tables, 3); // the clients are one representative's
    world_close(world);
}

static void without_norm_or_plan_there_is_none(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    const Ledger__V1__QueryReply *reply = world_ask(world, "plan-fact", NULL);
    assert_int_equal(row_count(reply, "plans"), 0);
    assert_true(has_note(reply, "There is no target."));
    plans_of_june(world);
    reply = world_ask(world, "plan-fact", "now", "2025-06-01", NULL);
    assert_cell(reply, "reps", 0, "capacity", "none");
    assert_cell(reply, "reps", 0, "utilisation", "none");
    assert_cell(reply, "reps", 0, "pace", "none"); // no working day has begun
    assert_true(has_note(reply, "1 line has no capacity"));
    reply = world_ask(world, "plan-fact", NULL);
    assert_true(has_note(reply, "The question gives no now"));
    assert_int_equal(row_count(world_ask(world, "plan-fact", "from", "2025-06-14", NULL), "reps"),
                     0);
    assert_int_equal(row_count(world_ask(world, "plan-fact", "plan", "z", NULL), "reps"), 0);
    world_close(world);
}

static void a_merge_moves_no_sum(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    plans_of_june(world);
    struct ledger_span before =
        answer_bytes(world, world_ask(world, "plan-fact", "rep", "r1", "now", "2025-06-06", NULL));
    uint64_t merge = fact(world, "ClientsMerged", "client/a", "2025-07-01", "r1",
                          "\"survivor\":\"a\",\"merged\":\"b\"");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "plan-fact", "rep", "r1", "now", "2025-06-06", NULL);
    assert_cell(reply, "reps", 0, "planned", "8");
    assert_cell(reply, "clients", 0, "client", "a");
    assert_cell(reply, "clients", 0, "planned", "5");
    assert_cell(reply, "reps", 0, "actual", "4");
    fact(world, "MergeReversed", "client/a", "2025-07-02", "r1", "\"mergeEventId\":\"%s\"",
         event_id(world, merge));
    assert_true(
        ledger_span_equal(before, answer_bytes(world, world_ask(world, "plan-fact", "rep", "r1",
                                                                "now", "2025-06-06", NULL))));
    world_close(world);
}

// ---- coverage
static void coverage_is_of_targets_if_there_are_any(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    plans_of_june(world);
    target(world, "q", "r3", "z", 1, 1, "");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "coverage", "rep", "r1", "now", "2025-06-21", NULL);
    assert_cell(reply, "reps", 0, "targets", "3");
    assert_cell(reply, "reps", 0, "targets_reached", "2");
    assert_cell(reply, "reps", 0, "coverage", "0.6667");
    assert_cell(reply, "reps", 0, "contacts", "5"); // v5, too, is one
    assert_cell(reply, "reps", 0, "on_target", "4");
    assert_cell(reply, "reps", 0, "on_target_share", "0.8000");
    assert_cell(reply, "reps", 0, "mean_frequency", "2.5000");
    assert_cell(reply, "reps", 0, "met", "1"); // b: 2 of 1; a: 2 of 4
    assert_cell(reply, "reps", 0, "frequency_compliance", "0.3333");
    assert_cell(reply, "reps", 0, "days_since", "1");
    assert_int_equal(row_count(reply, "targets"), 3);
    assert_cell(reply, "targets", 0, "client", "a");
    assert_cell(reply, "targets", 0, "planned", "4");
    assert_cell(reply, "targets", 0, "actual", "2");
    assert_cell(reply, "targets", 0, "last_contact", "2025-06-03");
    assert_cell(reply, "targets", 0, "days_since", "18");
    assert_cell(reply, "targets", 2, "last_contact", "none");
    reply = world_ask(world, "coverage", "now", "2025-06-21", NULL);
    assert_cell(reply, "totals", 0, "targets", "4");
    assert_cell(reply, "totals", 0, "coverage", "0.5000");
    assert_cell(reply, "totals", 0, "contacts", "6");
    assert_cell(reply, "totals", 0, "clients_reached", "2");
    assert_cell(reply, "reps", 1, "rep", "r2"); // has no target
    assert_cell(reply, "reps", 1, "coverage", "none");
    assert_cell(reply, "reps", 2, "rep", "r3"); // has one, and no visit
    assert_cell(reply, "reps", 2, "coverage", "0.0000");
    world_close(world);
}

static void coverage_is_of_the_registered_without_targets(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    static const char *const clients[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        fact(world, "ClientRegistered", "client/x", "unknown", "r1",
             "\"clientId\":\"%s\",\"name\":\"%s\"", clients[i], clients[i]);
    report(world, "v1", "r1", "a", "2025-06-02", NULL);
    report(world, "v2", "r1", "b", "2025-06-02", NULL);
    report(world, "v3", "r1", "stranger", "2025-06-02", NULL);
    static const char *const reps[] = {"r1", "r9"};
    for (size_t i = 0; i < 2; i++) {
        const Ledger__V1__QueryReply *reply = world_ask(world, "coverage", "rep", reps[i], NULL);
        assert_cell(reply, "totals", 0, "targets", "4");
        assert_cell(reply, "totals", 0, "coverage", i == 0 ? "0.5000" : "0.0000");
        assert_cell(reply, "totals", 0, "on_target_share", "none");
        assert_true(has_note(reply, "no target list: coverage is of the 4 registered clients"));
    }
    // Merges count alike whether the clients are numbered or only counted.
    fact(world, "ClientsMerged", "client/a", "2025-07-01", "r1",
         "\"survivor\":\"a\",\"merged\":\"b\"");
    fact(world, "ClientsMerged", "client/a", "2025-07-01", "r1",
         "\"survivor\":\"nobody\",\"merged\":\"c\"");
    fact(world, "ClientsMerged", "client/a", "2025-07-01", "r1",
         "\"survivor\":\"nobody\",\"merged\":\"d\"");
    const Ledger__V1__QueryReply *one = world_ask(world, "coverage", "rep", "r1", NULL);
    const Ledger__V1__QueryReply *all = world_ask(world, "coverage", NULL);
    assert_cell(one, "totals", 0, "targets", "2");
    assert_cell(all, "totals", 0, "targets", "2");
    assert_cell(one, "totals", 0, "coverage", "0.5000");
    assert_cell(all, "totals", 0, "coverage", "0.5000");
    world_close(world);
}

static void several_visits_of_a_day_are_one_contact(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    target(world, "q", "r1", "a", 1, 2, ",\"channel\":\"CALL\"");
    report(world, "v1", "r1", "a", "2025-06-02", NULL);
    report(world, "v2", "r1", "a", "2025-06-02", "\"channel\":\"CALL\"");
    report(world, "v3", "r1", "a", "2025-06-02", "\"channel\":\"CALL\"");
    report(world, "v4", "r1", "a", "2025-06-03", NULL);
    const Ledger__V1__QueryReply *reply = world_ask(world, "coverage", "rep", "r1", NULL);
    assert_cell(reply, "reps", 0, "contacts", "2");
    assert_cell(reply, "reps", 0, "on_target", "1");
    assert_cell(reply, "targets", 0, "actual", "1");
    assert_cell(reply, "targets", 0, "channel", "call");
    assert_cell(world_ask(world, "plan-fact", "rep", "r1", NULL), "reps", 0, "actual", "2");
    world_close(world);
}

// ---- the scorecard
static void the_scorecard_shows_targets_channels_time_and_segments(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    plans_of_june(world);
    fact(world, "ClientSegmented", "client/a", "2025-06-03", "r1",
         "\"clientId\":\"a\",\"scheme\":\"ABC\",\"segment\":\"A\"");
    fact(world, "ClientSegmented", "client/a", "2025-06-10", "r1",
         "\"clientId\":\"a\",\"scheme\":\"ABC\",\"segment\":\"B\"");
    fact(world, "EmployeeChanged", "employee/r1", "2025-05-01", "r1",
         "\"employeeId\":\"r1\",\"kind\":\"TRAINING\",\"from\":\"2025-06-16\",\"to\":\"2025-06-"
         "18\"");
    fact(world, "InteractionLogged", "client/a", "2025-06-05", "r1",
         "\"interactionId\":\"i\",\"clientId\":\"a\",\"channel\":\"CALL\",\"seconds\":1800");
    fact(world, "InteractionLogged", "client/a", "2025-06-05", "r1",
         "\"interactionId\":\"i\",\"clientId\":\"a\",\"channel\":\"SMS\",\"automatic\":true");
    report(world, "v9", "r1", "c", "2025-06-06",
           "\"channel\":\"CALL\",\"started\":\"2025-06-06T10:00:00Z\",\"ended\":"
           "\"2025-06-06T10:45:00Z\"");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "scorecard", "rep", "r1", "from", "2025-06-01", "to", "2025-06-30", "now",
                  "2025-06-30", NULL);
    assert_cell(reply, "reps", 0, "targets", "3");
    assert_cell(reply, "reps", 0, "coverage", "0.6667");
    assert_cell(reply, "reps", 0, "contacts", "6");
    assert_cell(reply, "reps", 0, "on_target_share", "0.6667");
    assert_cell(reply, "reps", 0, "frequency_compliance", "0.3333");
    assert_cell(reply, "reps", 0, "days_since", "10");
    assert_cell(reply, "reps", 0, "new_client_visits", "3"); // a, b, c
    assert_cell(reply, "reps", 0, "visit_hours", "0.7500");
    assert_cell(reply, "reps", 0, "interaction_hours", "0.5000");
    assert_cell(reply, "reps", 0, "training_days", "3");
    assert_cell(reply, "reps", 0, "absence_days", "2");
    assert_cell(reply, "totals", 0, "universe", "3");
    assert_cell(reply, "totals", 0, "coverage", "0.6667");
    assert_cell(reply, "channels", 0, "channel", "call");
    assert_cell(reply, "channels", 0, "visits", "1");
    assert_cell(reply, "channels", 0, "interactions", "1");
    assert_cell(reply, "channels", 0, "hours", "1.2500");
    assert_cell(reply, "channels", 1, "channel", "sms");
    assert_cell(reply, "channels", 1, "automatic", "1");
    assert_cell(reply, "channels", 2, "visits", "6");
    assert_int_equal(row_count(reply, "segments"), 2);
    assert_cell(reply, "segments", 0, "scheme", "ABC");
    assert_cell(reply, "segments", 0, "visits", "2"); // v2, twice; v1 was before
    assert_cell(reply, "segments", 1, "segment", "B");
    assert_cell(reply, "segments", 1, "visits", "1");
    assert_true(has_note(reply, "Coverage is of the targets"));
    reply = world_ask(world, "scorecard", "rep", "r2", NULL);
    assert_cell(reply, "reps", 0, "new_client_visits", "0"); // r1 had been there
    assert_true(has_note(reply, "There is no target list"));
    assign(world, "north", "all", "r1", "2025-06-04", "2025-06-06");
    reply = world_ask(world, "scorecard", "territory", "all", "now", "2025-06-05", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_cell(reply, "reps", 0, "contacts", "2"); // v4, v9
    assert_cell(reply, "reps", 0, "interactions", "2");
    world_close(world);
}

// ---- territories
static void territories_of_june(struct world *world) {
    assign(world, "north", "all", "r1", "2025-06-01", "2025-06-05");
    assign(world, "north", "all", "r2", "2025-06-06", NULL);
    assign(world, "south", "all", "r3", "2025-06-01", NULL);
    territory_target(world, "t", "north", "e", 3);
    report(world, "v1", "r1", "e", "2025-06-04", NULL);
    report(world, "v2", "r1", "e", "2025-06-07", NULL); // no longer theirs
    report(world, "v3", "r2", "e", "2025-06-09", NULL);
    report(world, "v4", "r3", "e", "2025-06-09", NULL); // never theirs
}

static void a_territorys_target_is_whose_the_territory_is(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    territories_of_june(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "plan-fact", "now", "2025-06-10", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_cell(reply, "reps", 0, "rep", "r2");
    assert_cell(reply, "reps", 0, "planned", "3");
    assert_cell(reply, "reps", 0, "actual", "2");
    reply = world_ask(world, "plan-fact", "now", "2025-06-10", "rep", "r2", NULL);
    assert_cell(reply, "reps", 0, "actual", "2");
    reply = world_ask(world, "plan-fact", "now", "2025-06-10", "rep", "r1", NULL);
    assert_int_equal(row_count(reply, "reps"), 0);
    reply = world_ask(world, "plan-fact", "now", "2025-06-03", "rep", "r1", NULL);
    assert_cell(reply, "reps", 0, "rep", "r1");
    world_close(world);
}

static void a_territory_rolls_up_by_the_day(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    territories_of_june(world);
    assert_cell(world_ask(world, "register", "territory", "all", NULL), "totals", 0, "visits", "3");
    const Ledger__V1__QueryReply *reply = world_ask(world, "register", "territory", "north", NULL);
    assert_cell(reply, "totals", 0, "visits", "2");
    assert_true(has_note(reply, "held territory north or one below it"));
    reply = world_ask(world, "register", "territory", "north", "rep", "r3", NULL);
    assert_cell(reply, "totals", 0, "visits", "0");
    assert_true(has_note(world_ask(world, "register", "territory", "west", NULL),
                         "Nothing is known of territory west."));
    reply = world_ask(world, "plan-fact", "territory", "all", "now", "2025-06-10", NULL);
    assert_cell(reply, "reps", 0, "actual", "2");
    reply = world_ask(world, "plan-fact", "territory", "south", "now", "2025-06-10", NULL);
    assert_int_equal(row_count(reply, "reps"), 0);
    // north moves below west from the 9th: of that day on it is west's.
    assign(world, "north", "west", "r2", "2025-06-09", NULL);
    assert_cell(world_ask(world, "register", "territory", "west", NULL), "totals", 0, "visits",
                "1");
    assert_cell(world_ask(world, "register", "territory", "all", NULL), "totals", 0, "visits", "2");
    world_close(world);
}

// ---- whatever the order
static void write_shuffled(struct world *world, unsigned seed) {
    static const char *const days[] = {"2025-06-02", "2025-06-03", "2025-06-04", "2025-06-05"};
    char ids[12][8];
    size_t order[12];
    for (size_t i = 0; i < 12; i++)
        order[i] = i;
    for (size_t i = 11; i > 0; i--) {
        seed = seed * 1103515245u + 12345u;
        size_t j = (seed >> 16) % (i + 1);
        size_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (size_t n = 0; n < 12; n++) {
        size_t i = order[n];
        (void)snprintf(ids[n], sizeof ids[n], "v%d", (int)(i / 3));
        if (i % 3 == 0)
            plan_visit(world, ids[n], "r1", "a", "2025-06-01", days[i / 3]);
        else if (i % 3 == 1)
            report(world, ids[n], "r1", "a", days[i / 3], "\"resultCode\":\"ok\"");
        else
            target(world, "q", "r1", i < 6 ? "a" : "b", (int)i, (int)i + 1, "");
    }
}

static void the_order_of_facts_does_not_matter(void **state) {
    (void)state;
    static const char *const asked[] = {"register", "plan-fact", "coverage", "joint"};
    char *expected[4] = {NULL};
    size_t sizes[4] = {0};
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct world *world = world_open(&rep_activity);
        write_shuffled(world, seed);
        world_apply(world, world_head(world), 1 + seed % 5);
        for (size_t i = 0; i < 4; i++) {
            struct ledger_span bytes =
                answer_bytes(world, world_ask(world, asked[i], "now", "2025-06-06", NULL));
            if (!expected[i]) {
                expected[i] = malloc(bytes.size);
                assert_non_null(expected[i]);
                memcpy(expected[i], bytes.data, bytes.size);
                sizes[i] = bytes.size;
            }
            assert_int_equal(bytes.size, sizes[i]);
            assert_memory_equal(bytes.data, expected[i], sizes[i]);
        }
        world_close(world);
    }
    for (size_t i = 0; i < 4; i++)
        free(expected[i]);
}

// ---- whichever way the visits are found
// Planned, moved, called off and held, each by any of three, on any of ten days.
static void write_at_random(struct world *world, unsigned seed) {
    static const char *const reps[] = {"r1", "r2", "m1"};
    for (int i = 0; i < 120; i++) {
        char id[8], day[16], body[80], stream[16];
        unsigned drawn[4];
        for (size_t n = 0; n < 4; n++) {
            seed = seed * 1103515245u + 12345u;
            drawn[n] = seed >> 16;
        }
        const char *rep = reps[drawn[0] % 3];
        (void)snprintf(id, sizeof id, "v%u", drawn[1] % 25);
        (void)snprintf(stream, sizeof stream, "visit/%s", id);
        (void)snprintf(day, sizeof day, "2025-06-%02u", 10 + drawn[2] % 10);
        (void)snprintf(body, sizeof body, "\"visitId\":\"%s\",\"newDate\":\"%s\"", id, day);
        switch (drawn[3] % 4) {
        case 0:
            plan_visit(world, id, rep, "a", "2025-06-01", day);
            break;
        case 1:
            fact(world, "VisitRescheduled", stream, "2025-06-02", rep, body);
            break;
        case 2:
            cancel(world, id, rep, day, "CANCELLED");
            break;
        default:
            report(world, id, rep, "a", day, "\"resultCode\":\"ok\"");
        }
    }
}

static void days_have_what_their_quarter_has(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 6; seed++) {
        struct world *world = world_open(&rep_activity);
        write_at_random(world, seed);
        static const char *const reps[] = {"r1", "r2", "m1"};
        for (size_t i = 0; i < 3; i++) {
            size_t of_days = 0;
            for (int n = 1; n <= 30; n++) {
                char day[16];
                (void)snprintf(day, sizeof day, "2025-06-%02d", n);
                of_days += row_count(
                    world_ask(world, "register", "rep", reps[i], "from", day, "to", day, NULL),
                    "visits");
            }
            size_t of_quarter = row_count(world_ask(world, "register", "rep", reps[i], "from",
                                                    "2025-05-01", "to", "2025-07-31", NULL),
                                          "visits");
            assert_int_equal(of_days, of_quarter);
            assert_true(of_quarter > 2);
        }
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visit_is_counted_once_by_its_end),
        cmocka_unit_test(the_register_takes_a_period_and_a_time),
        cmocka_unit_test(a_retracted_report_leaves_the_plan),
        cmocka_unit_test(plan_and_actual_follow_the_rule),
        cmocka_unit_test(without_norm_or_plan_there_is_none),
        cmocka_unit_test(a_merge_moves_no_sum),
        cmocka_unit_test(coverage_is_of_targets_if_there_are_any),
        cmocka_unit_test(coverage_is_of_the_registered_without_targets),
        cmocka_unit_test(several_visits_of_a_day_are_one_contact),
        cmocka_unit_test(the_scorecard_shows_targets_channels_time_and_segments),
        cmocka_unit_test(a_territorys_target_is_whose_the_territory_is),
        cmocka_unit_test(a_territory_rolls_up_by_the_day),
        cmocka_unit_test(the_order_of_facts_does_not_matter),
        cmocka_unit_test(days_have_what_their_quarter_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
