// Questions as of a time: when facts occurred, and when they were recorded.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "runtime/projection_internal.h"
#include "test_projection_runtime_fixture.h"

static void as_of_occurred_takes_whole_days_and_leaves_unknown_out(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "a", "2026-01-10T23:30:00-05:00"); // the 11th in UTC
    visit(world, "v2", "c1", "b", "2026-01-10");
    visit(world, "v3", "c1", "c", "2026-01-11");
    visit(world, "v4", "c1", "d", "unknown");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "as-of-occurred", "2026-01-10", NULL);
    assert_int_equal(row_count(reply, "visits"), 2);
    assert_true(has_note(reply, "1 fact whose time is unknown is left out"));
    assert_string_equal(reply->as_of_occurred, "2026-01-10");
    reply = world_ask(world, NULL, "as-of-occurred", "2026-01-10T23:59:59Z", NULL);
    assert_int_equal(row_count(reply, "visits"), 0);
    reply = world_ask(world, NULL, NULL);
    assert_int_equal(row_count(reply, "visits"), 4);
    assert_cell(reply, "visits", 3, "occurred", "unknown");
    world_close(world);
}

static void late_facts_give_the_same_answer_in_any_order(void **state) {
    (void)state;
    static const int orders[][3] = {{1, 2, 3}, {3, 2, 1}, {2, 3, 1}};
    struct ledger_span first = {0};
    struct world *worlds[3];
    for (size_t i = 0; i < 3; i++) {
        struct world *world = worlds[i] = world_open(&small);
        for (size_t n = 0; n < 3; n++) {
            char id[8], day[16];
            (void)snprintf(id, sizeof id, "v%d", orders[i][n]);
            (void)snprintf(day, sizeof day, "2026-01-0%d", orders[i][n]);
            visit(world, id, "c1", "x", day);
        }
        const Ledger__V1__QueryReply *reply =
            world_ask(world, NULL, "as-of-occurred", "2026-01-02", NULL);
        for (size_t row = 0; row < 2; row++) // positions differ, as they must
            reply->tables[0]->rows[row]->values[4]->has_integer = false;
        struct ledger_span bytes = answer_bytes(world, reply);
        if (i)
            assert_true(ledger_span_equal(first, bytes));
        else
            first = bytes;
    }
    for (size_t i = 0; i < 3; i++)
        world_close(worlds[i]);
}

static void as_of_recorded_finds_the_position(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    correct(world, 1, "v1", "second");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "as-of-recorded", "2026-01-01T00:00:01Z", NULL);
    assert_int_equal(reply->position, 1);
    assert_true(reply->has_settled && reply->settled);
    assert_cell(reply, "visits", 0, "result", "first");
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01", NULL);
    assert_int_equal(reply->position, 2);
    assert_false(reply->settled);
    // Facts are recorded at whole seconds here, so that the second's end is what tells.
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01T00:00:01.000Z", NULL);
    assert_int_equal(reply->position, 1);
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01 00:00:00", NULL);
    assert_int_equal(reply->position, 0);
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01 00:00:01", NULL);
    assert_int_equal(reply->position, 1);
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01 02:00:01+02:00", NULL);
    assert_int_equal(reply->position, 1);
    world_close(world);
}

static void recorded_time_without_a_fraction_takes_in_its_second(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t micros; // within the day
    } rows[] = {{"2026-01-01T00:00:43Z", 43999999},      {"2026-01-01 00:00:43", 43999999},
                {"2026-01-01T01:00:43+01:00", 43999999}, {"2026-01-01T00:00:43.0Z", 43000000},
                {"2026-01-01 00:00:43.25", 43250000},    {"2026-01-01", 86399999999}};
    struct ledger_arena *arena = ledger_arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Ledger__V1__QueryRequest request = LEDGER__V1__QUERY_REQUEST__INIT;
        Ledger__V1__Parameter parameter = LEDGER__V1__PARAMETER__INIT;
        Ledger__V1__Parameter *list = &parameter;
        struct projection_question question;
        struct ledger_error error = {0};
        parameter.name = (char[]){"as-of-recorded"};
        parameter.value = (char *)(uintptr_t)rows[i].text;
        request.n_parameters = 1;
        request.parameters = &list;
        assert_int_equal(projection_question_read(&small, &request, arena, &question, &error),
                         LEDGER_E_OK);
        assert_int_equal(question.recorded_at, INT64_C(1767225600000000) + rows[i].micros);
    }
    ledger_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_of_occurred_takes_whole_days_and_leaves_unknown_out),
        cmocka_unit_test(late_facts_give_the_same_answer_in_any_order),
        cmocka_unit_test(as_of_recorded_finds_the_position),
        cmocka_unit_test(recorded_time_without_a_fraction_takes_in_its_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
