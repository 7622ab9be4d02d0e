// rep-activity: what visits left behind, and targets whose interval is over.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rep-activity/rep_activity.h"
#include "test_projection_rep.h"

// ---- samples and agreements
static void visits_with_samples(struct world *world) {
    report(world, "v1", "r1", "a", "2025-05-05",
           "\"agreements\":\"an order in June\",\"samples\":["
           "{\"productId\":\"p1\",\"lot\":\"L1\",\"qty\":2},"
           "{\"productId\":\"p1\",\"lot\":\"L2\",\"qty\":3},{\"productId\":\"p2\",\"qty\":1}]");
    report(world, "v1", "r1", "a", "2025-05-05", // twice: it counts once, as first reported
           "\"samples\":[{\"productId\":\"p1\",\"qty\":50}]");
    report(world, "v2", "r1", "b", "2025-06-02",
           "\"nextStep\":\"send the price list\",\"samples\":[{\"productId\":\"p1\",\"qty\":4}]");
    report(world, "v3", "r2", "a", "2025-06-03", "\"samples\":[{\"productId\":\"p1\",\"qty\":6}]");
    report(world, "v4", "r2", "b", "2025-06-04", "\"agreements\":\"\"");
}

static void samples_are_counted_by_product(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visits_with_samples(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "samples", NULL);
    assert_int_equal(row_count(reply, "samples"), 2);
    assert_cell(reply, "samples", 0, "product", "p1");
    assert_cell(reply, "samples", 0, "packs", "15");
    assert_cell(reply, "samples", 0, "visits", "3");
    assert_cell(reply, "samples", 0, "clients", "2");
    assert_cell(reply, "samples", 0, "rep", "none");
    assert_cell(reply, "samples", 1, "product", "p2");
    assert_cell(reply, "samples", 1, "packs", "1");
    assert_cell(reply, "totals", 0, "held", "4");
    assert_cell(reply, "totals", 0, "with_samples", "3");
    assert_cell(reply, "totals", 0, "packs", "16");
    world_close(world);
}

static void more_than_there_can_be_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visits_with_samples(world);
    report(world, "v9", "r1", "a", "2025-05-05",
           "\"samples\":[{\"productId\":\"p1\",\"qty\":\"9223372036854775807\"}]");
    fact(world, "WorkNormSet", "policy/n", "2025-01-01", "r1",
         "\"normId\":\"n\",\"metric\":\"visits_per_day\",\"value\":\"9223372036854775807\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 2);
    assert_cell(reply, "parked", 0, "reason",
                "payload.samples.qty: more packs than there can be: at most 1000000000000");
    assert_cell(reply, "parked", 1, "reason",
                "payload.value: more visits than a day has minutes: 1440");
    assert_cell(world_ask(world, "samples", NULL), "totals", 0, "packs", "16");
    world_close(world);
}

static void samples_are_counted_by_rep_client_and_month(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visits_with_samples(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "samples", "by", "rep,month", NULL);
    assert_int_equal(row_count(reply, "samples"), 3);
    assert_cell(reply, "samples", 0, "rep", "r1");
    assert_cell(reply, "samples", 0, "month", "2025-05");
    assert_cell(reply, "samples", 0, "packs", "6");
    assert_cell(reply, "samples", 1, "month", "2025-06");
    assert_cell(reply, "samples", 2, "rep", "r2");
    assert_cell(reply, "samples", 2, "packs", "6");
    reply = world_ask(world, "samples", "by", "client", "product", "p1", NULL);
    assert_cell(reply, "samples", 0, "client", "a");
    assert_cell(reply, "samples", 0, "packs", "11");
    assert_cell(reply, "samples", 1, "packs", "4");
    reply = world_ask(world, "samples", "from", "2025-06-01", "client", "a", NULL);
    assert_cell(reply, "totals", 0, "packs", "6");
    assert_cell(reply, "totals", 0, "held", "1");
    struct ledger_error error = {0};
    assert_int_equal(world_refuse(world, &error, "samples", "by", "colour", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_true(has_note(world_ask(world, "samples", "product", "p9", NULL), "Nothing is known"));
    world_close(world);
}

static void agreements_are_counted_and_listed(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visits_with_samples(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "samples", NULL);
    assert_int_equal(row_count(reply, "agreements"), 2);
    assert_cell(reply, "agreements", 0, "visit", "v2");
    assert_cell(reply, "agreements", 0, "next_step", "send the price list");
    assert_cell(reply, "agreements", 1, "agreements", "an order in June");
    assert_cell(reply, "reps", 0, "held", "2");
    assert_cell(reply, "reps", 0, "with_agreement", "1");
    assert_cell(reply, "reps", 0, "agreement_share", "0.5000");
    assert_cell(reply, "reps", 0, "with_next_step", "1");
    assert_cell(reply, "reps", 1, "with_agreement", "0"); // said, but of nothing
    world_close(world);
}

static void a_limit_cuts_each_list_and_says_so(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    visits_with_samples(world);
    static const char *const lists[] = {"samples", "reps", "agreements"};
    const Ledger__V1__QueryReply *reply = world_ask(world, "samples", "limit", "1", NULL);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        assert_int_equal(row_count(reply, lists[i]), 1);
        assert_int_equal(rows_left_off(reply, lists[i]), 1);
    }
    assert_cell(reply, "totals", 0, "held", "4");
    assert_cell(reply, "totals", 0, "packs", "16");
    reply = world_ask(world, "samples", "limit", "2", NULL);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        assert_int_equal(rows_left_off(reply, lists[i]), 0);
    world_close(world);
}

static void a_merge_and_a_retraction_change_the_samples(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    report(world, "v1", "r1", "a", "2025-05-05", "\"samples\":[{\"productId\":\"p1\",\"qty\":2}]");
    uint64_t taken_back = report(world, "v2", "r1", "b", "2025-05-06",
                                 "\"samples\":[{\"productId\":\"p1\",\"qty\":4}]");
    fact(world, "ClientsMerged", "client/a", "2025-05-07", "r1",
         "\"survivor\":\"a\",\"merged\":\"b\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "samples", "by", "client", NULL);
    assert_int_equal(row_count(reply, "samples"), 1);
    assert_cell(reply, "samples", 0, "packs", "6");
    assert_cell(reply, "samples", 0, "clients", "1");
    retract(world, "visit/v2", taken_back);
    assert_cell(world_ask(world, "samples", NULL), "totals", 0, "packs", "2");
    assert_cell(world_ask(world, "samples", "as-of-position", "3", NULL), "totals", 0, "packs",
                "6");
    world_close(world);
}

// ---- intervals: the plan has 12 days
static void an_interval_is_over_while_calls_remain(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    target(world, "plan", "r1", "a", 1, 4, ""); // every 3 days
    target(world, "plan", "r1", "b", 1, 1, ""); // every 12 days
    target(world, "plan", "r2", "a", 1, 2, ""); // every 6 days
    report(world, "v1", "r1", "a", "2025-06-03", NULL);
    report(world, "v2", "r2", "a", "2025-06-02", NULL);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "coverage", "overdue", "yes", "now", "2025-06-06", NULL);
    assert_int_equal(row_count(reply, "targets"), 0); // 3 days are not more than 3
    reply = world_ask(world, "coverage", "overdue", "yes", "now", "2025-06-07", NULL);
    assert_int_equal(row_count(reply, "targets"), 1);
    assert_cell(reply, "targets", 0, "rep", "r1");
    assert_cell(reply, "targets", 0, "client", "a");
    assert_cell(reply, "targets", 0, "interval_days", "3.0000");
    assert_cell(reply, "targets", 0, "days_since", "4");
    reply = world_ask(world, "coverage", "overdue", "yes", "now", "2025-06-10", NULL);
    assert_int_equal(row_count(reply, "targets"), 2);
    assert_cell(reply, "targets", 1, "rep", "r2");
    reply = world_ask(world, "coverage", "overdue", "yes", "rep", "r1", "now", "2025-06-10", NULL);
    assert_int_equal(row_count(reply, "targets"), 1);
    report(world, "v3", "r2", "a", "2025-06-03", NULL); // as often as planned
    reply = world_ask(world, "coverage", "overdue", "yes", "now", "2025-06-13", NULL);
    assert_int_equal(row_count(reply, "targets"), 1);
    reply = world_ask(world, "coverage", "overdue", "yes", "now", "2025-06-14", NULL);
    assert_int_equal(row_count(reply, "targets"), 0); // the plan is over
    world_close(world);
}

static void without_a_contact_an_interval_begins_with_the_plan(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    target(world, "plan", "r1", "a", 1, 4, "");
    assert_int_equal(
        row_count(world_ask(world, "coverage", "overdue", "yes", "now", "2025-06-05", NULL),
                  "targets"),
        0);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "coverage", "rep", "r1", "now", "2025-06-06", NULL);
    assert_cell(reply, "targets", 0, "interval_over", "1");
    assert_cell(reply, "targets", 0, "days_since", "none");
    assert_cell(reply, "targets", 0, "since", "2025-06-02");
    reply = world_ask(world, "coverage", "overdue", "yes", "from", "2025-06-04", NULL);
    assert_true(has_note(reply, "in the period"));
    struct ledger_error error = {0};
    assert_int_equal(world_refuse(world, &error, "coverage", "overdue", "no", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_counted_by_product),
        cmocka_unit_test(more_than_there_can_be_is_set_aside),
        cmocka_unit_test(samples_are_counted_by_rep_client_and_month),
        cmocka_unit_test(agreements_are_counted_and_listed),
        cmocka_unit_test(a_limit_cuts_each_list_and_says_so),
        cmocka_unit_test(a_merge_and_a_retraction_change_the_samples),
        cmocka_unit_test(an_interval_is_over_while_calls_remain),
        cmocka_unit_test(without_a_contact_an_interval_begins_with_the_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
