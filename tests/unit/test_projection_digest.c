// The digest: one number for what a model holds as of a position, however it came there.
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client-history/client_history.h"
#include "test_projection_fixture.h"

enum { FACTS = 40 };

static void write_facts(struct world *world) {
    for (int i = 0; i < FACTS; i++) {
        if (i % 8 == 5)
            world_write(
                world,
                "{\"type\":\"FactRetracted\",\"stream\":\"visit/v\",\"occurred\":"
                "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, world_head(world) - 2));
        else if (i % 8 == 7)
            world_write(world,
                        "{\"type\":\"ClientsMerged\",\"stream\":\"client/c%d\",\"occurred\":"
                        "\"2026-02-02\",\"actor\":\"r1\",\"subjects\":[{\"kind\":\"client\",\"id\":"
                        "\"c%d\",\"role\":\"survivor\"},{\"kind\":\"client\",\"id\":\"c%d\"}],"
                        "\"payload\":{\"survivor\":\"c%d\",\"merged\":\"c%d\"}}",
                        i, i, i + 1, i, i + 1);
        else
            world_write(world,
                        "{\"type\":\"VisitReported\",\"stream\":\"visit/v%d\",\"occurred\":"
                        "\"2026-01-%02d\",\"actor\":\"r1\",\"subjects\":[{\"kind\":\"client\","
                        "\"id\":\"c%d\"}],\"payload\":{\"visitId\":\"v%d\",\"clientId\":\"c%d\"}}",
                        i, i % 28 + 1, i % 5, i, i % 5);
    }
}

static const char *digest_at(struct world *world, uint64_t position) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, position);
    const Ledger__V1__QueryReply *reply = world_ask(world, "digest", "as-of-position", text, NULL);
    assert_cell(reply, "digest", 0, "position", text);
    return cell(world, reply, "digest", 0, "sha256");
}

static void test_made_anew_is_the_same(void **state) {
    (void)state;
    struct world *live = world_open(&client_history);
    write_facts(live);
    for (uint64_t position = 1; position <= world_head(live); position++)
        world_apply(live, position, 1);
    struct world *anew = world_copy(live, world_head(live), 7);
    for (uint64_t position = 1; position <= world_head(live); position++)
        assert_string_equal(digest_at(live, position), digest_at(anew, position));
    world_close(anew);
    world_close(live);
}

// What came later changes nothing of what was known before, though it closed rows.
static void test_as_of_a_position(void **state) {
    (void)state;
    struct world *live = world_open(&client_history);
    write_facts(live);
    struct world *earlier = world_copy(live, FACTS / 2, 3);
    assert_string_equal(digest_at(live, FACTS / 2), digest_at(earlier, FACTS / 2));
    assert_string_not_equal(digest_at(live, FACTS / 2), digest_at(live, FACTS / 2 + 1));
    world_close(earlier);
    world_close(live);
}

// Two ledgers that differ in one payload have different digests.
static void test_it_can_differ(void **state) {
    (void)state;
    struct world *one = world_open(&client_history), *other = world_open(&client_history);
    struct world *const worlds[] = {one, other};
    for (int i = 0; i < 2; i++)
        world_write(
            worlds[i],
            "{\"type\":\"VisitReported\",\"stream\":\"visit/v\",\"occurred\":\"2026-01-01\","
            "\"actor\":\"r1\",\"subjects\":[{\"kind\":\"client\",\"id\":\"c1\"}],"
            "\"payload\":{\"visitId\":\"v\",\"clientId\":\"c1\",\"resultCode\":\"%d\"}}",
            i);
    assert_string_not_equal(digest_at(one, 1), digest_at(other, 1));
    world_close(other);
    world_close(one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_anew_is_the_same),
        cmocka_unit_test(test_as_of_a_position),
        cmocka_unit_test(test_it_can_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
