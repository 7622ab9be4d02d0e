// Parameters of a question: what is accepted, what is refused, and what a limit leaves off.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "test_projection_runtime_fixture.h"

static void parameters_are_held_against_the_table(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    struct ledger_error error;
    visit(world, "v1", "c1", "x", "2026-01-10");
    assert_int_equal(world_refuse(world, &error, NULL, "colour", "red", NULL),
                     LEDGER_E_UNKNOWN_FIELD);
    assert_string_equal(error.field, "colour");
    assert_non_null(strstr(error.message, "it takes limit, must, client, and like every query "
                                          "as-of-position, as-of-recorded,"));
    assert_int_equal(world_refuse(world, &error, "needy", NULL), LEDGER_E_MISSING_FIELD);
    assert_string_equal(error.field, "must");
    assert_int_equal(world_refuse(world, &error, "nothing", NULL), LEDGER_E_INVALID_VALUE);
    assert_string_equal(error.message,
                        "small has no query nothing; it has visits, needy, parked, digest");
    assert_int_equal(world_refuse(world, &error, NULL, "limit", "", NULL), LEDGER_E_INVALID_VALUE);
    assert_string_equal(error.field, "limit");
    assert_string_equal(error.message, "needs a value");
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-position", "", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "limit", "-1", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "limit", "1", "limit", "2", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-occurred", "soon", NULL),
                     LEDGER_E_INVALID_TIME);
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-position", "1", "as-of-recorded",
                                  "2026-01-01", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-position", "9", NULL),
                     LEDGER_E_CATCHING_UP);
    world_close(world);
}

static void numbers_may_have_commas(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t limit; // 0 = refused
    } rows[] = {{"2", 2},     {"0,002", 2}, {"000,002", 2},  {"1,000", 1000}, {",002", 0},
                {"2,", 0},    {"0,02", 0},  {"0002,000", 0}, {"1,0000", 0},   {"1,,000", 0},
                {"1.000", 0}, {"1 000", 0}, {"+2", 0}};
    struct world *world = world_open(&small);
    for (int i = 0; i < 3; i++)
        visit(world, "v", "c1", "x", "2026-01-10");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger_error error;
        if (!rows[i].limit) {
            assert_int_equal(world_refuse(world, &error, NULL, "limit", rows[i].text, NULL),
                             LEDGER_E_INVALID_VALUE);
            continue;
        }
        const Ledger__V1__QueryReply *reply = world_ask(world, NULL, "limit", rows[i].text, NULL);
        assert_int_equal(row_count(reply, "visits"), rows[i].limit < 3 ? rows[i].limit : 3);
    }
    world_close(world);
}

static void limit_counts_what_it_leaves_off(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    for (int i = 0; i < 5; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "v%d", i);
        visit(world, id, "c1", "x", "2026-01-10");
    }
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "limit", "2", "now", "2026-03-01", NULL);
    assert_int_equal(row_count(reply, "visits"), 2);
    assert_int_equal(reply->tables[0]->rows_left_off, 3);
    assert_string_equal(reply->now, "2026-03-01");
    world_close(world);
}

static void ids_have_a_length(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    struct ledger_error error;
    char id[501];
    memset(id, 'x', sizeof id - 1);
    id[128] = '\0';
    visit(world, "v1", id, "x", "2026-01-10");
    assert_int_equal(row_count(world_ask(world, NULL, "client", id, NULL), "visits"), 1);
    id[128] = 'x';
    id[129] = '\0';
    assert_int_equal(world_refuse(world, &error, NULL, "client", id, NULL), LEDGER_E_INVALID_VALUE);
    assert_string_equal(error.field, "client");
    assert_string_equal(error.message, "an id has at most 128 bytes, and this one has 129");
    id[129] = 'x';
    id[500] = '\0';
    assert_int_equal(world_refuse(world, &error, NULL, "client", id, NULL), LEDGER_E_INVALID_VALUE);
    assert_string_equal(error.message, "an id has at most 128 bytes, and this one has 500");
    world_ask(world, "needy", "must", id, NULL); // a text may be longer
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_held_against_the_table),
        cmocka_unit_test(numbers_may_have_commas),
        cmocka_unit_test(limit_counts_what_it_leaves_off),
        cmocka_unit_test(ids_have_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
