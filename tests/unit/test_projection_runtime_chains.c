// Amendments of amendments: how a chain of them is evaluated, and what following it costs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/projection_internal.h"
#include "test_projection_runtime_fixture.h"

// By the definition alone: an amendment counts unless a later one that counts takes it back; of
// those on the fact itself, the last one decides.
static bool counts(const struct chain *chain, size_t at) {
    for (size_t later = at + 1; later < chain->count; later++)
        if (chain->entries[later].retraction && counts(chain, later) &&
            chain->entries[later].target == at + 1)
            return false;
    return true;
}

static void chains_are_evaluated_as_defined(void **state) {
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        struct chain_entry entries[10] = {0};
        bool taken_back[10];
        struct chain chain = {.entries = entries, .count = 1 + (unsigned)rand_r(&seed) % 10};
        for (size_t i = 0; i < chain.count; i++) {
            size_t target = (unsigned)rand_r(&seed) % (i + 1); // 0 = the root
            entries[i].position = i + 2;
            entries[i].retraction = rand_r(&seed) % 2;
            entries[i].target = entries[i].retraction ? target : CHAIN_ROOT;
        }
        size_t expected = SIZE_MAX;
        for (size_t i = 0; i < chain.count; i++)
            if (counts(&chain, i) && entries[i].target == CHAIN_ROOT)
                expected = i;
        size_t winner = SIZE_MAX;
        enum chain_state found = chain_evaluate(&chain, chain.count, &winner, taken_back);
        assert_int_equal(winner, expected);
        assert_int_equal(found, expected == SIZE_MAX           ? CHAIN_AS_WRITTEN
                                : entries[expected].retraction ? CHAIN_RETRACTED
                                                               : CHAIN_CORRECTED);
    }
}

enum { LINKS = 300 };

// Each names the one before: the corrections correct the root, and each retraction takes back the
// one it names, which restores what that had taken back.
static void long_chain_is_followed_link_by_link(void **state) {
    (void)state;
    for (int retractions = 0; retractions < 2; retractions++) {
        struct world *world = world_open(&small);
        uint64_t last = visit(world, "v1", "c1", "first", "2026-01-10");
        for (int i = 1; i <= LINKS; i++) {
            char result[16];
            (void)snprintf(result, sizeof result, "r%d", i);
            last = retractions ? retract(world, last) : correct(world, last, "v1", result);
        }
        world_apply(world, last, 7);
        for (int i = 1; i <= LINKS; i++) {
            char result[16];
            (void)snprintf(result, sizeof result, "r%d", i);
            const char *expected = !retractions ? result : i % 2 ? "no row" : "first";
            assert_string_equal(result_at(world, 1 + (uint64_t)i), expected);
        }
        assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 0);
        assert_true(world_fetches(world) <= 2 * LINKS); // the root, and what was in force
        world_close(world);
    }
}

// A correction that cannot be used does not join the chain, but leads to the root all the same.
static void chain_goes_through_what_was_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    uint64_t last = visit(world, "v1", "c1", "first", "2026-01-10");
    for (int i = 0; i < LINKS; i++)
        last = world_write(world,
                           "{\"type\":\"FactCorrected\",\"stream\":\"visit/v1\",\"occurred\":"
                           "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                           "{\"type\":\"DealWon\",\"payload\":{\"dealId\":\"d\"}}}",
                           event_id(world, last));
    assert_string_equal(result_at(world, last), "first");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), LINKS);
    uint64_t takes_back_nothing = retract(world, last);
    assert_string_equal(result_at(world, takes_back_nothing), "first");
    uint64_t good = correct(world, last, "v1", "good");
    assert_string_equal(result_at(world, good), "good");
    assert_true(world_fetches(world) <= LINKS + 4);
    world_close(world);
}

static void chain_of_a_type_without_rows_costs_no_more_than_a_fetch_a_link(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    uint64_t last = world_write(world, "{\"type\":\"DealWon\",\"stream\":\"deal/d\",\"occurred\":"
                                       "\"2026-01-10\",\"actor\":\"r1\",\"payload\":"
                                       "{\"dealId\":\"d\"}}");
    for (int i = 0; i < LINKS; i++)
        last = retract(world, last);
    world_apply(world, last, 7);
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 0);
    assert_true(world_fetches(world) <= LINKS);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_evaluated_as_defined),
        cmocka_unit_test(long_chain_is_followed_link_by_link),
        cmocka_unit_test(chain_goes_through_what_was_set_aside),
        cmocka_unit_test(chain_of_a_type_without_rows_costs_no_more_than_a_fetch_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
