// audit-trail: the leaf hash of each record, and what was taken back at once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "audit-trail/leaf.h"
#include "test_projection_fixture.h"

// ---- leaves
static const char *hex(const uint8_t leaf[LEAF_SIZE]) {
    static char text[2 * LEAF_SIZE + 1];
    for (size_t i = 0; i < LEAF_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", leaf[i]);
    return text;
}

// Of RFC 6962's own kind: the leaf of no bytes is the hash of the single byte 0.
static void a_leaf_is_the_hash_of_a_zero_byte_and_the_record(void **state) {
    (void)state;
    Ledger__V1__Record record = LEDGER__V1__RECORD__INIT;
    struct ledger_buffer value = {0};
    uint8_t leaf[LEAF_SIZE];
    assert_true(record_value_put(&record, ledger_span_text(""), &value));
    assert_true(record_leaf(ledger_buffer_span(&value), leaf));
    assert_string_equal(hex(leaf),
                        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    ledger_buffer_clear(&value);
    assert_true(record_value_put(&record, ledger_span_text("L123456"), &value));
    assert_true(record_leaf(ledger_buffer_span(&value), leaf));
    assert_string_equal(hex(leaf),
                        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    ledger_buffer_fini(&value);
}

static void a_record_without_its_personal_parts_keeps_its_leaf(void **state) {
    (void)state;
    Ledger__V1__PersonalPart part = LEDGER__V1__PERSONAL_PART__INIT;
    Ledger__V1__PersonalPart *parts[] = {&part};
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    Ledger__V1__Record record = LEDGER__V1__RECORD__INIT;
    struct ledger_buffer stored = {0};
    struct ledger_buffer whole = {0};
    struct ledger_buffer bare = {0};
    uint8_t leaves[2][LEAF_SIZE];
    part.person_id = (char *)"person-with-a-long-id";
    event.actor = (char *)"r1";
    record.event = &event;
    record.personal = parts;
    record.n_personal = 1;
    ledger_message_pack(&record.base, &stored);
    assert_true(record_value_put(&record, ledger_buffer_span(&stored), &bare));
    assert_true(record_leaf(ledger_buffer_span(&bare), leaves[0]));
    struct ledger_span rest = record_value_bytes(ledger_buffer_span(&bare));
    assert_null(memmem(rest.data, rest.size, "person-with", 11));
    record.n_personal = 0;
    assert_true(record_value_put(&record, ledger_buffer_span(&stored), &whole));
    assert_true(record_leaf(ledger_buffer_span(&whole), leaves[1]));
    assert_memory_equal(leaves[0], leaves[1], LEAF_SIZE);
    ledger_buffer_fini(&stored);
    ledger_buffer_fini(&whole);
    ledger_buffer_fini(&bare);
}

static void each_version_of_a_thing_shows_its_leaf(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    uint64_t first =
        world_write(world, "{\"type\":\"ClientRegistered\",\"stream\":\"client/a\",\"occurred\":"
                           "\"2025-01-01\",\"actor\":\"r1\",\"subjects\":[{\"kind\":\"client\","
                           "\"id\":\"a\"}],\"payload\":{\"clientId\":\"a\",\"name\":\"A\"}}");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"client/a\",\"occurred\":\"2025-01-02\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":"
                "\"ClientRegistered\",\"payload\":{\"clientId\":\"a\",\"name\":\"B\"}}}",
                event_id(world, first));
    const Ledger__V1__QueryReply *reply = world_ask(world, "search", "object", "client/a", NULL);
    const Ledger__V1__QueryReply *all = world_ask(world, "search", NULL);
    assert_int_equal(row_count(reply, "records"), 2);
    for (size_t i = 0; i < 2; i++) {
        const char *leaf = cell(world, reply, "records", i, "leaf");
        assert_int_equal(strlen(leaf), 2 * LEAF_SIZE);
        assert_cell(all, "records", i, "leaf", leaf);
    }
    assert_string_not_equal(cell(world, reply, "records", 0, "leaf"),
                            cell(world, reply, "records", 1, "leaf"));
    world_close(world);
}

// ---- much at once
static uint64_t visit(struct world *world, const char *actor) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/v\",\"occurred\":"
                       "\"2025-01-01\",\"actor\":\"%s\",\"payload\":{\"visitId\":\"v\","
                       "\"clientId\":\"a\"}}",
                       actor);
}

static uint64_t retract(struct world *world, uint64_t what, const char *actor) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"visit/v\",\"occurred\":"
                       "\"2025-01-02\",\"actor\":\"%s\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       actor, event_id(world, what));
}

static void many_retractions_at_once_are_flagged(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    assert_cell(world_ask(world, "taken-back", NULL), "totals", 0, "retractions", "0");
    uint64_t visits[3];
    for (size_t i = 0; i < 3; i++)
        visits[i] = visit(world, "r1");
    uint64_t first = retract(world, visits[0], "r1");
    retract(world, visits[1], "r1");
    retract(world, visits[2], "r2");
    const Ledger__V1__QueryReply *reply = world_ask(world, "taken-back", "mass", "1", NULL);
    assert_int_equal(row_count(reply, "days"), 2);
    assert_cell(reply, "days", 0, "actor", "r1");
    assert_cell(reply, "days", 0, "day", "2026-01-01"); // on which they were recorded
    assert_cell(reply, "days", 0, "retractions", "2");
    assert_cell(reply, "days", 0, "of_others", "0");
    assert_cell(reply, "days", 0, "mass", "1");
    assert_cell(reply, "days", 1, "actor", "r2");
    assert_cell(reply, "days", 1, "of_others", "1");
    assert_cell(reply, "days", 1, "mass", "0"); // not more than one
    assert_cell(reply, "totals", 0, "mass_days", "1");
    assert_cell(world_ask(world, "taken-back", NULL), "totals", 0, "mass_days", "0");
    reply = world_ask(world, "taken-back", "actor", "r2", NULL);
    assert_int_equal(row_count(reply, "days"), 1);
    reply = world_ask(world, "taken-back", "to", "2025-12-31", NULL);
    assert_int_equal(row_count(reply, "days"), 0);
    retract(world, first, "r1"); // taking back a retraction is one too
    reply = world_ask(world, "taken-back", "mass", "2", NULL);
    assert_cell(reply, "days", 0, "retractions", "3");
    assert_cell(reply, "days", 0, "mass", "1");
    assert_true(has_note(world_ask(world, "taken-back", "actor", "zz", NULL), "Nothing is known"));
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_is_the_hash_of_a_zero_byte_and_the_record),
        cmocka_unit_test(a_record_without_its_personal_parts_keeps_its_leaf),
        cmocka_unit_test(each_version_of_a_thing_shows_its_leaf),
        cmocka_unit_test(many_retractions_at_once_are_flagged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
