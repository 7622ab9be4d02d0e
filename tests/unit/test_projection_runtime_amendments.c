// Effective facts: what corrections and retractions leave of a fact, and what is set aside.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "test_projection_runtime_fixture.h"

static void correction_replaces_from_its_position_on(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    correct(world, 1, "v1", "second");
    correct(world, 1, "v1", "third");
    assert_string_equal(result_at(world, 1), "first");
    assert_string_equal(result_at(world, 2), "second");
    assert_string_equal(result_at(world, 3), "third");
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_int_equal(row_count(reply, "visits"), 1);
    assert_cell(reply, "visits", 0, "position", "1");
    assert_cell(reply, "visits", 0, "occurred", "2026-01-10");
    assert_int_equal(reply->position, 3);
    world_close(world);
}

static void correction_may_move_the_fact_to_another_key_and_time(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "done", "2026-01-10");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"visit/v1\",\"occurred\":\"2026-02-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":"
                "\"VisitReported\",\"occurred\":\"2026-01-20T10:00:00+03:00\",\"payload\":"
                "{\"visitId\":\"v2\",\"clientId\":\"c1\"}}}",
                event_id(world, 1));
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_int_equal(row_count(reply, "visits"), 1);
    assert_cell(reply, "visits", 0, "visit", "v2");
    assert_cell(reply, "visits", 0, "result", "none");
    assert_cell(reply, "visits", 0, "occurred", "2026-01-20T10:00:00+03:00");
    reply = world_ask(world, NULL, "as-of-occurred", "2026-01-15", NULL);
    assert_int_equal(row_count(reply, "visits"), 0);
    reply = world_ask(world, NULL, "as-of-occurred", "2026-01-15", "as-of-position", "1", NULL);
    assert_cell(reply, "visits", 0, "visit", "v1");
    world_close(world);
}

static void retraction_takes_out_and_its_retraction_restores(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    uint64_t correction = correct(world, 1, "v1", "second");
    uint64_t retraction = retract(world, 1);
    uint64_t restored = retract(world, retraction);
    uint64_t undone = retract(world, correction);
    assert_string_equal(result_at(world, correction), "second");
    assert_string_equal(result_at(world, retraction), "no row");
    assert_string_equal(result_at(world, restored), "second");
    assert_string_equal(result_at(world, undone), "first");
    uint64_t last = retract(world, undone);
    assert_string_equal(result_at(world, last), "second");
    world_close(world);
}

static void amendment_of_an_unknown_fact_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    correct(world, 2, "v1", "too early");
    visit(world, "v1", "c1", "first", "2026-01-10");
    retract(world, 77);
    assert_string_equal(result_at(world, 3), "first");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 2);
    assert_cell(reply, "parked", 0, "position", "1");
    assert_cell(reply, "parked", 1, "code", "not_found");
    reply = world_ask(world, "parked", "as-of-position", "2", NULL);
    assert_int_equal(row_count(reply, "parked"), 1);
    world_close(world);
}

static void correction_of_another_type_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"visit/v1\",\"occurred\":\"2026-02-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":\"DealWon\","
                "\"payload\":{\"dealId\":\"d\"}}}",
                event_id(world, 1));
    assert_string_equal(result_at(world, 2), "first");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_cell(reply, "parked", 0, "code", "invalid_value");
    world_close(world);
}

static void poison_is_set_aside_and_can_be_made_good(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "poison", "2026-01-10");
    visit(world, "v2", "c1", "fine", "2026-01-10");
    uint64_t good = correct(world, 1, "v1", "good");
    uint64_t bad = correct(world, 1, "v1", "poison");
    assert_string_equal(result_at(world, 2), "fine");
    assert_string_equal(result_at(world, good), "good");
    assert_string_equal(result_at(world, bad), "fine");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 2);
    assert_cell(reply, "parked", 0, "reason", "result_code: poison");
    assert_cell(reply, "parked", 1, "position", "4");
    world_close(world);
}

// What is known at N is what a model that ends at N knows, whatever came later and in whatever
// pages it came.
static void as_of_position_equals_the_past(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct world *world = world_open(&small);
        write_history(world, seed, 30);
        world_apply(world, world_head(world), 1 + seed % 7);
        for (uint64_t position = 1; position <= world_head(world); position++) {
            char text[32];
            (void)snprintf(text, sizeof text, "%" PRIu64, position);
            struct world *past = world_copy(world, position, 3);
            const Ledger__V1__QueryReply *then = world_ask(past, NULL, NULL);
            const Ledger__V1__QueryReply *now =
                world_ask(world, NULL, "as-of-position", text, NULL);
            if (!ledger_span_equal(answer_bytes(past, then), answer_bytes(world, now)))
                fail_msg("seed %u, position %" PRIu64, seed, position);
            world_close(past);
        }
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correction_replaces_from_its_position_on),
        cmocka_unit_test(correction_may_move_the_fact_to_another_key_and_time),
        cmocka_unit_test(retraction_takes_out_and_its_retraction_restores),
        cmocka_unit_test(amendment_of_an_unknown_fact_is_set_aside),
        cmocka_unit_test(correction_of_another_type_is_set_aside),
        cmocka_unit_test(poison_is_set_aside_and_can_be_made_good),
        cmocka_unit_test(as_of_position_equals_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
