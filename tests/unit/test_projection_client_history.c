// client-history: what was recorded, in order, and what became of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client-history/client_history.h"
#include "test_projection_fixture.h"

static uint64_t visit(struct world *world, const char *client, const char *occurred,
                      const char *result) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/v\",\"occurred\":\"%s\","
                       "\"actor\":\"e1\",\"subjects\":[{\"kind\":\"visit\",\"id\":\"v\"},"
                       "{\"kind\":\"client\",\"id\":\"%s\"},{\"kind\":\"client\",\"id\":\"%s\"}],"
                       "\"payload\":{\"visitId\":\"v\",\"resultCode\":\"%s\"}}",
                       occurred, client, client, result);
}

static uint64_t correct(struct world *world, uint64_t target, const char *result) {
    return world_write(world,
                       "{\"type\":\"FactCorrected\",\"stream\":\"visit/v\",\"occurred\":"
                       "\"2026-06-01\",\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"payload\":"
                       "{\"type\":\"VisitReported\",\"occurred\":\"2026-01-11\",\"payload\":"
                       "{\"visitId\":\"v\",\"resultCode\":\"%s\"}}}",
                       event_id(world, target), result);
}

static uint64_t retract(struct world *world, uint64_t target) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"visit/v\",\"occurred\":"
                       "\"2026-06-01\",\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       event_id(world, target));
}

static uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return world_write(world,
                       "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"e1\",\"subjects\":[{\"kind\":\"client\","
                       "\"id\":\"%s\"},{\"kind\":\"client\",\"id\":\"%s\"}],\"payload\":"
                       "{\"survivor\":\"%s\",\"merged\":\"%s\"}}",
                       survivor, survivor, merged, survivor, merged);
}

static void timeline_shows_facts_and_what_became_of_them(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    world_write(world, "{\"type\":\"EmployeeHired\",\"stream\":\"employee/e1\",\"occurred\":"
                       "\"unknown\",\"actor\":\"unknown\",\"payload\":{\"employeeId\":\"e1\"},"
                       "\"personal\":[{\"personId\":\"e1\",\"plain\":{\"name\":\"Agent One\"}}]}");
    uint64_t kept = visit(world, "a", "2026-01-10", "first");
    uint64_t correction = correct(world, kept, "second"); // names no client itself
    uint64_t gone = visit(world, "a", "2026-01-12", "wrong");
    uint64_t retraction = retract(world, gone);
    assert_int_equal(retraction, 5);
    const Ledger__V1__QueryReply *reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_int_equal(row_count(reply, "timeline"), 4);
    assert_cell(reply, "timeline", 0, "position", "2");
    assert_cell(reply, "timeline", 0, "actor_name", "Agent One");
    assert_cell(reply, "timeline", 0, "occurred", "2026-01-10");
    assert_cell(reply, "timeline", 0, "recorded", "2026-01-01T00:00:02Z");
    assert_cell(reply, "timeline", 0, "status", "corrected by #3");
    assert_cell(reply, "timeline", 0, "what", "{\"visitId\":\"v\",\"resultCode\":\"first\"}");
    assert_cell(reply, "timeline", 0, "effective", "{\"visitId\":\"v\",\"resultCode\":\"second\"}");
    assert_cell(reply, "timeline", 0, "effective_occurred", "2026-01-11");
    assert_cell(reply, "timeline", 1, "type", "FactCorrected");
    assert_cell(reply, "timeline", 1, "status", "correction of #2");
    assert_cell(reply, "timeline", 2, "status", "retracted by #5");
    assert_cell(reply, "timeline", 2, "effective", "none");
    assert_cell(reply, "timeline", 3, "status", "retraction of #4");
    retract(world, correction);
    reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_cell(reply, "timeline", 0, "status", "as recorded");
    assert_cell(reply, "timeline", 1, "status", "correction of #2, not in force");
    assert_cell(reply, "timeline", 4, "status", "retraction of #3");
    reply = world_ask(world, "timeline", "client", "a", "as-of-position", "2", NULL);
    assert_int_equal(row_count(reply, "timeline"), 1);
    assert_cell(reply, "timeline", 0, "status", "as recorded");
    // A correction counts whatever its own time is.
    reply = world_ask(world, "timeline", "client", "a", "as-of-occurred", "2026-01-31",
                      "as-of-position", "5", NULL);
    assert_int_equal(row_count(reply, "timeline"), 2);
    assert_cell(reply, "timeline", 0, "effective", "{\"visitId\":\"v\",\"resultCode\":\"second\"}");
    world_close(world);
}

static void amendment_of_nothing_says_so(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"visit/v\",\"occurred\":\"2026-06-01\","
                "\"actor\":\"e1\",\"subjects\":[{\"kind\":\"client\",\"id\":\"a\"}],"
                "\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, 99));
    const Ledger__V1__QueryReply *reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_cell(reply, "timeline", 0, "status", "retraction of an unknown fact");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

static void merged_clients_share_one_timeline(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    visit(world, "a", "2026-01-10", "x");
    visit(world, "b", "2026-01-09", "x");
    uint64_t merged = merge(world, "a", "b");
    const Ledger__V1__QueryReply *reply = world_ask(world, "timeline", "client", "b", NULL);
    assert_int_equal(row_count(reply, "timeline"), 3); // the merge, which names both, once
    assert_cell(reply, "timeline", 1, "client", "b");
    assert_true(has_note(reply, "Client b is merged into a"));
    reply = world_ask(world, "clients", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "client", "a");
    assert_cell(reply, "clients", 0, "facts", "3");
    assert_cell(reply, "clients", 0, "first", "2026-01-09");
    assert_cell(reply, "clients", 0, "last", "2026-02-01");
    assert_cell(reply, "clients", 0, "merged", "1");
    world_write(world,
                "{\"type\":\"MergeReversed\",\"stream\":\"client/a\",\"occurred\":\"2026-03-01\","
                "\"actor\":\"e1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                event_id(world, merged));
    // The reversal, which names neither, is in the timelines of both.
    reply = world_ask(world, "timeline", "client", "b", NULL);
    assert_int_equal(row_count(reply, "timeline"), 3);
    assert_cell(reply, "timeline", 2, "type", "MergeReversed");
    reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_cell(reply, "timeline", 2, "type", "MergeReversed");
    assert_int_equal(row_count(world_ask(world, "clients", NULL), "clients"), 2);
    world_close(world);
}

static void filters_narrow_the_timeline(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    visit(world, "a", "2026-01-10", "x");
    visit(world, "a", "unknown", "x");
    visit(world, "a", "2026-01-20", "x");
    merge(world, "a", "b");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "timeline", "client", "a", "from", "2026-01-11", NULL);
    assert_int_equal(row_count(reply, "timeline"), 2);
    reply = world_ask(world, "timeline", "client", "a", "type", "VisitReported", NULL);
    assert_int_equal(row_count(reply, "timeline"), 3);
    reply = world_ask(world, "timeline", "client", "a", "limit", "1", NULL);
    assert_cell(reply, "timeline", 0, "position", "4");
    assert_int_equal(reply->tables[0]->rows_left_off, 3);
    assert_false(has_note(reply, "Nothing"));
    reply = world_ask(world, "timeline", "client", "nobody", NULL);
    assert_int_equal(row_count(reply, "timeline"), 0);
    assert_true(has_note(reply, "Nothing is known of client nobody."));
    reply = world_ask(world, "timeline", "client", "a", "type", "VisitReprted", NULL);
    assert_int_equal(row_count(reply, "timeline"), 0);
    assert_true(has_note(reply, "Nothing is known of type VisitReprted."));
    reply = world_ask(world, "timeline", "client", "a", "type", "DealOpened", NULL);
    assert_false(has_note(reply, "Nothing"));
    reply = world_ask(world, "timeline", "client", "a", "to", "2025-01-01", NULL);
    assert_int_equal(row_count(reply, "timeline"), 0);
    assert_false(has_note(reply, "Nothing"));
    world_close(world);
}

static void period_goes_by_the_corrected_day(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    uint64_t moved = visit(world, "a", "2026-01-31", "x");
    uint64_t correction = correct(world, moved, "y"); // to the 11th
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "timeline", "client", "a", "to", "2026-01-15", NULL);
    assert_int_equal(row_count(reply, "timeline"), 1);
    assert_cell(reply, "timeline", 0, "occurred", "2026-01-31");
    assert_cell(reply, "timeline", 0, "effective_occurred", "2026-01-11");
    reply =
        world_ask(world, "timeline", "client", "a", "from", "2026-01-15", "to", "2026-02-01", NULL);
    assert_int_equal(row_count(reply, "timeline"), 0);
    reply = world_ask(world, "timeline", "client", "a", "to", "2026-02-01", "as-of-position", "1",
                      "from", "2026-01-15", NULL);
    assert_int_equal(row_count(reply, "timeline"), 1);
    retract(world, correction);
    reply = world_ask(world, "timeline", "client", "a", "to", "2026-01-15", NULL);
    assert_int_equal(row_count(reply, "timeline"), 0);
    world_close(world);
}

static bool is_detail(const Ledger__V1__QueryReply *reply, const char *column) {
    const Ledger__V1__Table *table = reply->tables[0];
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->columns[i]->name, column) == 0)
            return table->columns[i]->detail;
    fail_msg("there is no column %s", column);
    return false;
}

static void reason_and_event_id_are_told(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    uint64_t fact = visit(world, "a", "2026-01-31", "x");
    const Ledger__V1__QueryReply *reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_cell(reply, "timeline", 0, "reason", "none");
    assert_cell(reply, "timeline", 0, "event_id", event_id(world, fact));
    assert_true(is_detail(reply, "reason"));
    assert_true(is_detail(reply, "event_id"));
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"visit/v\",\"occurred\":"
                "\"2026-06-01\",\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"reason\":"
                "\"entered twice\",\"payload\":{}}",
                event_id(world, fact));
    reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_cell(reply, "timeline", 0, "reason", "none");
    assert_cell(reply, "timeline", 1, "reason", "entered twice");
    assert_false(is_detail(reply, "reason"));
    world_close(world);
}

static void search_finds_what_was_merged(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    world_write(world, "{\"type\":\"ClientRegistered\",\"stream\":\"client/k2\",\"occurred\":"
                       "\"2026-01-01\",\"actor\":\"e1\",\"subjects\":[{\"kind\":\"client\","
                       "\"id\":\"k2\"}],\"payload\":{\"clientId\":\"k2\",\"name\":"
                       "\"Old Mill Pharmacy\"}}");
    visit(world, "m1", "2026-01-10", "x");
    visit(world, "x3", "2026-01-10", "x");
    merge(world, "m1", "k2");
    static const char *const searches[] = {"k2", "old mill"};
    for (size_t i = 0; i < 2; i++) {
        const Ledger__V1__QueryReply *reply =
            world_ask(world, "clients", "search", searches[i], NULL);
        assert_int_equal(row_count(reply, "clients"), 1);
        assert_cell(reply, "clients", 0, "client", "m1");
        assert_cell(reply, "clients", 0, "found_as", "k2");
        assert_false(is_detail(reply, "found_as"));
    }
    const Ledger__V1__QueryReply *reply = world_ask(world, "clients", "search", "m1", NULL);
    assert_cell(reply, "clients", 0, "found_as", "none");
    assert_true(is_detail(reply, "found_as"));
    assert_int_equal(row_count(world_ask(world, "clients", "search", "zz", NULL), "clients"), 0);
    world_close(world);
}

static void clients_are_found_by_id_and_name(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    world_write(world, "{\"type\":\"ClientRegistered\",\"stream\":\"client/k9\",\"occurred\":"
                       "\"2026-01-01\",\"actor\":\"e1\",\"subjects\":[{\"kind\":\"client\","
                       "\"id\":\"k9\"}],\"payload\":{\"clientId\":\"k9\",\"name\":"
                       "\"Old Pharmacy\"}}");
    world_write(world, "{\"type\":\"ClientDetailsChanged\",\"stream\":\"client/k9\",\"occurred\":"
                       "\"2026-01-05\",\"actor\":\"e1\",\"subjects\":[{\"kind\":\"client\","
                       "\"id\":\"k9\"}],\"payload\":{\"clientId\":\"k9\",\"field\":\"name\","
                       "\"new\":\"New Pharmacy\"}}");
    visit(world, "other", "2026-01-10", "x");
    const Ledger__V1__QueryReply *reply = world_ask(world, "clients", "search", "NEW ph", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "name", "New Pharmacy");
    assert_cell(reply, "clients", 0, "facts", "2");
    assert_int_equal(row_count(world_ask(world, "clients", "search", "K9", NULL), "clients"), 1);
    assert_int_equal(row_count(world_ask(world, "clients", NULL), "clients"), 2);
    reply = world_ask(world, "clients", "as-of-occurred", "2026-01-02", NULL);
    assert_cell(reply, "clients", 0, "name", "Old Pharmacy");
    world_close(world);
}

static void external_facts_are_kept_too(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    world_write(world, "{\"type\":\"ext.acme.note\",\"stream\":\"note/1\",\"occurred\":"
                       "\"2026-01-01\",\"actor\":\"e1\",\"subjects\":[{\"kind\":\"client\","
                       "\"id\":\"a\"}],\"payload\":\"aGVsbG8=\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_cell(reply, "timeline", 0, "type", "ext.acme.note");
    assert_non_null(strstr(cell(world, reply, "timeline", 0, "what"), "aGVsbG8="));
    world_close(world);
}

static void columns_that_say_nothing_new_are_details(void **state) {
    (void)state;
    struct world *world = world_open(&client_history);
    uint64_t first = visit(world, "a", "2026-01-10", "x");
    const Ledger__V1__QueryReply *reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_true(is_detail(reply, "recorded"));
    assert_true(is_detail(reply, "client"));
    assert_true(is_detail(reply, "status"));
    assert_false(is_detail(reply, "actor")); // there is no name
    assert_false(is_detail(reply, "what"));
    world_write(world, "{\"type\":\"EmployeeHired\",\"stream\":\"employee/e1\",\"occurred\":"
                       "\"unknown\",\"actor\":\"unknown\",\"payload\":{\"employeeId\":\"e1\"},"
                       "\"personal\":[{\"personId\":\"e1\",\"plain\":{\"name\":\"Agent One\"}}]}");
    retract(world, first);
    merge(world, "a", "b");
    reply = world_ask(world, "timeline", "client", "a", NULL);
    assert_true(is_detail(reply, "actor"));
    assert_false(is_detail(reply, "client"));
    assert_false(is_detail(reply, "status"));
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timeline_shows_facts_and_what_became_of_them),
        cmocka_unit_test(amendment_of_nothing_says_so),
        cmocka_unit_test(merged_clients_share_one_timeline),
        cmocka_unit_test(filters_narrow_the_timeline),
        cmocka_unit_test(period_goes_by_the_corrected_day),
        cmocka_unit_test(reason_and_event_id_are_told),
        cmocka_unit_test(search_finds_what_was_merged),
        cmocka_unit_test(clients_are_found_by_id_and_name),
        cmocka_unit_test(external_facts_are_kept_too),
        cmocka_unit_test(columns_that_say_nothing_new_are_details),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
