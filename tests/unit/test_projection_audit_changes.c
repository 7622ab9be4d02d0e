// audit-trail: merges, filters together, and what was known at any position.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_audit_facts.h"

static void merge(struct world *world, const char *survivor, const char *merged) {
    world_write(world,
                "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"boss\",\"payload\":{\"survivor\":\"%s\",\"merged\":\"%s\"}}",
                survivor, survivor, merged);
}

static void a_merged_client_is_one_object(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    policy(world, "2025-01-01", "\"version\":1,\"kind\":\"client\",\"field\":\"name\"");
    register_client(world, "2025-02-01", "r1", "a", ",\"name\":\"A\"");
    register_client(world, "2025-02-01", "r2", "b", "");
    visit(world, "2025-05-01", "r1", "a", "OK");
    visit(world, "2025-05-02", "r1", "b", "OK");
    struct ledger_span before =
        answer_bytes(world, world_ask(world, "search", "object", "client/a", NULL));
    struct ledger_span judged = answer_bytes(world, world_ask(world, "quality", NULL));
    merge(world, "a", "b");
    assert_true(ledger_span_equal(judged, answer_bytes(world, world_ask(world, "quality", NULL))));
    const Ledger__V1__QueryReply *reply = world_ask(world, "search", "object", "client/a", NULL);
    assert_int_equal(row_count(reply, "records"), 2);
    assert_cell(reply, "records", 0, "position", "5");
    assert_true(has_note(reply, "client b"));
    reply = world_ask(world, "search", "object", "client/b", NULL);
    assert_int_equal(row_count(reply, "records"), 2);
    fact(world, "MergeReversed", "2025-07-02", "boss", NULL,
         "{\"mergeEventId\":\"00000000-0000-7000-8000-000000000006\"}");
    assert_true(ledger_span_equal(
        before, answer_bytes(world, world_ask(world, "search", "object", "client/a", NULL))));
    world_close(world);
}

enum { ANSWERS = 9 };

static void ask_all(struct world *world, const char *position, struct ledger_span bytes[ANSWERS]) {
    const Ledger__V1__QueryReply *replies[] = {
        world_ask(world, "search", "limit", "0", "as-of-position", position, NULL),
        world_ask(world, "search", "field", "occurred", "as-of-position", position, NULL),
        world_ask(world, "corrections", "as-of-position", position, NULL),
        world_ask(world, "corrections", "actor", "r1", "as-of-position", position, NULL),
        world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", "known", "20",
                  "as-of-position", position, NULL),
        world_ask(world, "access", "as-of-position", position, NULL),
        world_ask(world, "quality", "list", "missing", "as-of-position", position, NULL),
        world_ask(world, "sources", "now", "2026-01-01", "as-of-position", position, NULL),
        world_ask(world, "taken-back", "as-of-position", position, NULL),
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        bytes[i] = answer_bytes(world, replies[i]);
}

static void write_anything(struct world *world, unsigned *seed) {
    static const char *const days[] = {"2025-04-30", "2025-05-01", "2025-05-31", "unknown"};
    static const char *const actors[] = {"r1", "r2", "boss"};
    uint64_t head = world_head(world);
    const char *day = days[(*seed >> 8) % 4];
    const char *actor = actors[(*seed >> 12) % 3];
    uint64_t what = head ? 1 + (*seed >> 16) % head : 0;
    char content[48];
    (void)snprintf(content, sizeof content, ",\"occurred\":\"%s\"", days[(*seed >> 20) % 4]);
    switch (*seed % 7) {
    case 0:
    case 1:
        visit(world, day, actor, "a", "OK");
        break;
    case 2:
        stage(world, day, actor, "lead", "offer");
        break;
    case 3:
        correct(world, what, actor, "VisitReported", content);
        break;
    case 4:
        retract(world, what, actor);
        break;
    case 5:
        register_client(world, day, actor, "a", "");
        break;
    default:
        policy(world, day, "\"version\":1,\"kind\":\"client\",\"field\":\"name\"");
        break;
    }
    *seed = *seed * 1103515245U + 12345U;
}

static bool in_may(const char *occurred) {
    return strncmp(occurred, "2025-05", 7) == 0;
}

// Whichever index is walked, filters together find what each record says of itself.
static void filters_together_find_what_all_of_them_say(void **state) {
    (void)state;
    static const char *const actors[] = {"r1", "r2", "boss"};
    static const char *const types[] = {"VisitReported", "FactCorrected", "DealStageChanged"};
    static const char *const fields[] = {"occurred", "stage", "fact"};
    unsigned seed = 7;
    struct world *world = world_open(&audit_trail);
    for (int i = 0; i < 400; i++)
        write_anything(world, &seed);
    const Ledger__V1__QueryReply *all = world_ask(world, "search", "limit", "0", NULL);
    assert_int_equal(row_count(all, "records"), 400);
    for (size_t at = 0; at < 27; at++) {
        const char *actor = actors[at % 3];
        const char *type = types[at / 3 % 3];
        const char *field = fields[at / 9];
        char named[16];
        (void)snprintf(named, sizeof named, "%s: ", field);
        const Ledger__V1__QueryReply *narrow[] = {
            world_ask(world, "search", "actor", actor, "type", type, "limit", "0", NULL),
            world_ask(world, "search", "actor", actor, "field", field, "limit", "0", NULL),
            world_ask(world, "search", "from", "2025-05-01", "to", "2025-05-31", "limit", "0",
                      NULL),
        };
        size_t found[3] = {0};
        for (size_t row = 0; row < 400; row++) {
            bool by = strcmp(cell(world, all, "records", row, "actor"), actor) == 0;
            bool of = strcmp(cell(world, all, "records", row, "type"), type) == 0;
            bool changed = strstr(cell(world, all, "records", row, "changed"), named);
            bool may = in_may(cell(world, all, "records", row, "occurred"));
            const bool wanted[3] = {by && of, by && changed, may};
            for (size_t i = 0; i < 3; i++)
                if (wanted[i])
                    assert_cell(narrow[i], "records", found[i]++, "position",
                                cell(world, all, "records", row, "position"));
        }
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(row_count(narrow[i], "records"), found[i]);
    }
    world_close(world);
}

// An answer as of a position is the one that a ledger that ends there gives, however the facts
// came.
static void as_of_is_as_it_was_whatever_the_pages(void **state) {
    (void)state;
    for (unsigned round = 1; round <= 12; round++) {
        unsigned seed = round * 2654435761U;
        struct world *world = world_open(&audit_trail);
        for (int i = 0; i < 60; i++)
            write_anything(world, &seed);
        struct ledger_span all[ANSWERS], copied[ANSWERS];
        static const char *const positions[] = {"20", "33", "60"};
        for (size_t at = 0; at < 3; at++) {
            struct world *copy = world_copy(world, (uint64_t)atol(positions[at]), 1 + round * 3);
            ask_all(world, positions[at], all);
            ask_all(copy, positions[at], copied);
            for (size_t i = 0; i < ANSWERS; i++)
                if (!ledger_span_equal(all[i], copied[i]))
                    fail_msg("round %u, position %s: answer %zu differs", round, positions[at], i);
            world_close(copy);
        }
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merged_client_is_one_object),
        cmocka_unit_test(filters_together_find_what_all_of_them_say),
        cmocka_unit_test(as_of_is_as_it_was_whatever_the_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
