// Merges of clients and their reversals: whose client a row's is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_projection_runtime_fixture.h"

static const char *client_of(struct world *world, const char *visit_id) {
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    for (size_t i = 0; i < row_count(reply, "visits"); i++)
        if (strcmp(cell(world, reply, "visits", i, "visit"), visit_id) == 0)
            return cell(world, reply, "visits", i, "client");
    return NULL;
}

static const char *parked_reason(struct world *world, size_t row) {
    return cell(world, world_ask(world, "parked", NULL), "parked", row, "reason");
}

enum { MERGES = 300 };

static void merges_join_and_fall_apart(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "a", "x", "2026-01-10");
    visit(world, "v2", "b", "x", "2026-01-10");
    visit(world, "v3", "c", "x", "2026-01-10");
    struct ledger_span before = answer_bytes(world, world_ask(world, NULL, NULL));
    uint64_t b_into_a = merge(world, "a", "b");
    uint64_t c_into_b = merge(world, "b", "c");
    assert_string_equal(client_of(world, "v2"), "a");
    assert_string_equal(client_of(world, "v3"), "a");
    const Ledger__V1__QueryReply *then = world_ask(world, NULL, "as-of-position", "4", NULL);
    assert_cell(then, "visits", 2, "client", "c");
    unmerge(world, b_into_a);
    assert_string_equal(client_of(world, "v2"), "b");
    assert_string_equal(client_of(world, "v3"), "b");
    unmerge(world, c_into_b);
    assert_true(ledger_span_equal(before, answer_bytes(world, world_ask(world, NULL, NULL))));
    world_close(world);
}

static void retracted_merge_is_no_merge(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    uint64_t merged = merge(world, "a", "b");
    assert_string_equal(client_of(world, "v1"), "a");
    uint64_t retraction = retract(world, merged);
    assert_string_equal(client_of(world, "v1"), "b");
    retract(world, retraction);
    assert_string_equal(client_of(world, "v1"), "a");
    world_close(world);
}

static void merge_that_closes_a_cycle_is_ignored_and_flagged(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    merge(world, "a", "b");
    merge(world, "b", "a");
    assert_string_equal(client_of(world, "v1"), "a");
    assert_true(has_note(world_ask(world, NULL, NULL), "The merge of a into b at position 3 is "
                                                       "ignored"));
    unmerge(world, 2);
    assert_string_equal(client_of(world, "v1"), "b");
    visit(world, "v2", "a", "x", "2026-01-10");
    assert_string_equal(client_of(world, "v2"), "b"); // the later merge counts now
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    world_close(world);
}

static void ignored_merge_is_told_where_it_matters(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "elsewhere", "x", "2026-01-10");
    merge(world, "a", "b");
    merge(world, "b", "a");
    merge(world, "c", "d");
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    uint64_t known = visit(world, "v2", "d", "x", "2026-01-10");
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    visit(world, "v3", "b", "x", "2026-01-10");
    assert_true(has_note(world_ask(world, NULL, NULL), "ignored"));
    char position[32];
    (void)snprintf(position, sizeof position, "%" PRIu64, known);
    assert_false(has_note(world_ask(world, NULL, "as-of-position", position, NULL), "ignored"));
    world_close(world);
}

static void long_run_of_merges_has_one_survivor(void **state) {
    (void)state;
    for (int up = 0; up < 2; up++) {
        struct world *world = world_open(&small);
        char first[16], second[16];
        visit(world, "v1", up ? "c0" : "c300", "x", "2026-01-10");
        for (int i = 0; i < MERGES; i++) {
            (void)snprintf(first, sizeof first, "c%d", i);
            (void)snprintf(second, sizeof second, "c%d", i + 1);
            merge(world, up ? second : first, up ? first : second);
        }
        assert_string_equal(client_of(world, "v1"), up ? "c300" : "c0");
        unmerge(world, 101); // of c99 and c100
        assert_string_equal(client_of(world, "v1"), up ? "c99" : "c100");
        world_close(world);
    }
}

static void merge_into_itself_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "a", "x", "2026-01-10");
    uint64_t merged = merge(world, "a", "a");
    assert_string_equal(client_of(world, "v1"), "a");
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    assert_non_null(strstr(parked_reason(world, 0), "cannot be merged into itself"));
    // A correction makes it good, and only from there on.
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"client/a\",\"occurred\":"
                "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                "{\"type\":\"ClientsMerged\",\"payload\":{\"survivor\":\"b\",\"merged\":"
                "\"a\"}}}",
                event_id(world, merged));
    assert_string_equal(client_of(world, "v1"), "b");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

static void reversal_of_no_merge_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    unmerge(world, 3); // before the merge
    uint64_t merged = merge(world, "a", "b");
    uint64_t of_a_visit = unmerge(world, 1);
    unmerge(world, 99);
    assert_string_equal(client_of(world, "v1"), "a");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 3);
    assert_string_equal(parked_reason(world, 2),
                        "payload.merge_event_id: it names no ClientsMerged "
                        "that the ledger holds before it");
    retract(world, of_a_visit); // nothing to take out, and no harm
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"client/a\",\"occurred\":"
                "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                "{\"type\":\"MergeReversed\",\"payload\":{\"mergeEventId\":\"%s\"}}}",
                event_id(world, 5), event_id(world, merged));
    assert_string_equal(client_of(world, "v1"), "b"); // it names the merge now
    world_close(world);
}

static void second_reversal_is_set_aside_while_the_first_stands(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    uint64_t merged = merge(world, "a", "b");
    uint64_t first = unmerge(world, merged);
    uint64_t second = unmerge(world, merged);
    assert_string_equal(client_of(world, "v1"), "b");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    assert_non_null(strstr(parked_reason(world, 0), "reversed already, at position 3"));
    uint64_t retraction = retract(world, first);
    assert_string_equal(client_of(world, "v1"), "b"); // by the second
    retract(world, second);
    assert_string_equal(client_of(world, "v1"), "a");
    retract(world, retraction);
    assert_string_equal(client_of(world, "v1"), "b");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

// Merges, reversals and amendments of either at random: what is known at N is what a model that
// ends at N knows, and no order of them brings the model down.
static void merges_as_of_position_equal_the_past(void **state) {
    (void)state;
    static const char *const clients[] = {"a", "b", "c", "d"};
    for (unsigned seed = 1; seed <= 8; seed++) {
        unsigned chance = seed;
        struct world *world = world_open(&small);
        for (size_t i = 0; i < 4; i++)
            visit(world, "v", clients[i], "x", "2026-01-10");
        while (world_head(world) < 24) {
            uint64_t target = 1 + (unsigned)rand_r(&chance) % world_head(world);
            switch (rand_r(&chance) % 4) {
            case 0:
                retract(world, target);
                break;
            case 1:
                unmerge(world, target);
                break;
            default:
                merge(world, clients[rand_r(&chance) % 4], clients[rand_r(&chance) % 4]);
            }
        }
        world_apply(world, world_head(world), 1 + seed % 7);
        for (uint64_t position = 4; position <= world_head(world); position++) {
            static const char *const queries_asked[] = {"visits", "parked"};
            char text[32];
            (void)snprintf(text, sizeof text, "%" PRIu64, position);
            struct world *past = world_copy(world, position, 3);
            for (size_t i = 0; i < 2; i++) {
                const Ledger__V1__QueryReply *then = world_ask(past, queries_asked[i], NULL);
                const Ledger__V1__QueryReply *now =
                    world_ask(world, queries_asked[i], "as-of-position", text, NULL);
                if (!ledger_span_equal(answer_bytes(past, then), answer_bytes(world, now)))
                    fail_msg("seed %u, position %" PRIu64 ", %s", seed, position, queries_asked[i]);
            }
            world_close(past);
        }
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_join_and_fall_apart),
        cmocka_unit_test(retracted_merge_is_no_merge),
        cmocka_unit_test(merge_that_closes_a_cycle_is_ignored_and_flagged),
        cmocka_unit_test(ignored_merge_is_told_where_it_matters),
        cmocka_unit_test(long_run_of_merges_has_one_survivor),
        cmocka_unit_test(merge_into_itself_is_set_aside),
        cmocka_unit_test(reversal_of_no_merge_is_set_aside),
        cmocka_unit_test(second_reversal_is_set_aside_while_the_first_stands),
        cmocka_unit_test(merges_as_of_position_equal_the_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
