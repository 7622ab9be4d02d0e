// audit-trail: what was written, found again by each filter; what corrections changed; what came
// late.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test_projection_audit_facts.h"

#define CLIENT(id) "\"subjects\":[{\"kind\":\"client\",\"id\":\"" id "\"}],"

// ---- search
static void every_filter_finds_its_records_newest_first(void **state) {
    (void)state;
    static const char undertaking[] = "11111111-2222-4333-8444-555555555555";
    struct world *world = world_open(&audit_trail);
    fact(world, "EmployeeHired", "unknown", "hr", NULL,
         "{\"employeeId\":\"r1\",\"kind\":\"FIELD_TEAM\",\"teamName\":\"North\"}");
    visit(world, "2025-05-01", "r1", "a", "OK");
    fact(world, "ClientReassigned", "2025-05-02", "boss",
         "\"onBehalfOf\":\"r1\",\"territory\":\"T1\",\"correlationId\":"
         "\"11111111-2222-4333-8444-555555555555\"," CLIENT("a"),
         "{\"clientId\":\"a\",\"fromEmployee\":\"r1\",\"toEmployee\":\"r2\"}");
    fact(world, "InteractionLogged", "2025-05-03", "r1",
         "\"source\":{\"system\":\"phone\",\"recordId\":\"7\"},",
         "{\"interactionId\":\"i\",\"channel\":\"CALL\"}");
    stage(world, "2025-06-01", "r2", "lead", "offer");
    world_write(world, "{\"type\":\"ext.acme.note\",\"stream\":\"x/1\",\"occurred\":\"2025-06-02\","
                       "\"actor\":\"r2\",\"payload\":{\"a\":1}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "search", NULL);
    assert_int_equal(row_count(reply, "records"), 6);
    for (size_t i = 0; i < 6; i++) {
        char position[8];
        (void)snprintf(position, sizeof position, "%zu", 6 - i);
        assert_cell(reply, "records", i, "position", position);
    }
    const struct {
        const char *name, *value, *positions[3];
    } filters[] = {
        {"actor", "r1", {"4", "2"}},         {"on-behalf-of", "r1", {"3"}},
        {"object", "client/a", {"3", "2"}},  {"object", "deal/d", {"5"}},
        {"type", "VisitReported", {"2"}},    {"type", "ext.acme.note", {"6"}},
        {"field", "owner", {"3"}},           {"field", "stage", {"5"}},
        {"territory", "T1", {"3"}},          {"source", "phone", {"4"}},
        {"correlation", undertaking, {"3"}}, {"from", "2025-06-01", {"6", "5"}},
        {"to", "2025-05-01", {"2"}},         {"before", "2", {"1"}},
        {"actor", "nobody", {NULL}},         {"principal", "nobody", {NULL}},
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        size_t count = 0;
        reply = world_ask(world, "search", filters[i].name, filters[i].value, NULL);
        for (; count < 3 && filters[i].positions[count]; count++)
            assert_cell(reply, "records", count, "position", filters[i].positions[count]);
        assert_int_equal(row_count(reply, "records"), count);
    }
    reply = world_ask(world, "search", "actor", "boss", NULL);
    assert_cell(reply, "records", 0, "changed", "owner: r1 → r2");
    assert_cell(reply, "records", 0, "on_behalf_of", "r1");
    assert_cell(reply, "records", 0, "objects", "client/a");
    assert_cell(reply, "records", 0, "correlation", undertaking);
    assert_cell(reply, "records", 0, "recorded", "2026-01-01T00:00:03Z");
    reply =
        world_ask(world, "search", "actor", "r1", "from", "2025-05-02", "to", "2025-05-03", NULL);
    assert_int_equal(row_count(reply, "records"), 1);
    assert_cell(reply, "records", 0, "actor_name", "North");
    assert_cell(reply, "records", 0, "source_record", "7");
    reply = world_ask(world, "search", "as-of-occurred", "2025-05-02", NULL);
    assert_int_equal(row_count(reply, "records"), 2);
    assert_cell(reply, "records", 0, "position", "3");
    assert_true(has_note(reply, "1 fact whose time is unknown"));
    reply = world_ask(world, "search", "from", "2025-05-02", "to", "2025-06-01", NULL);
    assert_int_equal(row_count(reply, "records"), 3);
    assert_cell(reply, "records", 0, "position", "5");
    world_close(world);
}

static void pages_follow_each_other_without_gap(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    for (int i = 0; i < 700; i++) // beyond one byte of the position
        stage(world, i % 2 ? "2025-06-01" : "2025-06-02", i % 3 ? "r1" : "r2", "a", "b");
    static const char *const filters[][2] = {
        {"type", "DealStageChanged"}, {"actor", "r1"}, {"to", "2025-06-01"}, {"field", "stage"}};
    static const size_t expected[] = {700, 466, 350, 700};
    for (size_t i = 0; i < 4; i++) {
        size_t seen = 0;
        long last = 701;
        const char *before = "701";
        for (;;) {
            const Ledger__V1__QueryReply *reply =
                world_ask(world, "search", filters[i][0], filters[i][1], "before", before, "limit",
                          "37", NULL);
            size_t rows = row_count(reply, "records");
            for (size_t row = 0; row < rows; row++) {
                before = cell(world, reply, "records", row, "position");
                assert_true(atol(before) < last);
                last = atol(before);
            }
            seen += rows;
            assert_int_equal(has_note(reply, "ask again with before"), rows == 37);
            if (rows < 37)
                break;
        }
        assert_int_equal(seen, expected[i]);
    }
    assert_int_equal(row_count(world_ask(world, "search", NULL), "records"), 100);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "search", "as-of-position", "300", "limit", "0", NULL);
    assert_int_equal(row_count(reply, "records"), 300);
    assert_int_equal(row_count(world_ask(world, "search", "before", "1", NULL), "records"), 0);
    world_close(world);
}

static void recorded_days_bound_the_search(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    for (int i = 0; i < 5; i++)
        stage(world, "2025-06-01", "r1", "a", "b");
    assert_int_equal(
        row_count(world_ask(world, "search", "recorded-from", "2026-01-01", NULL), "records"), 5);
    assert_int_equal(
        row_count(world_ask(world, "search", "recorded-to", "2026-01-01", NULL), "records"), 5);
    assert_int_equal(
        row_count(world_ask(world, "search", "recorded-to", "2025-12-31", NULL), "records"), 0);
    assert_int_equal(
        row_count(world_ask(world, "search", "recorded-from", "2026-01-02", "actor", "r1", NULL),
                  "records"),
        0);
    world_close(world);
}

static void corrections_say_what_they_changed(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    uint64_t one = visit(world, "2025-05-01", "r1", "a", "OK");
    uint64_t two = correct(world, one, "r2", "VisitReported",
                           ",\"payload\":{\"visitId\":\"v\",\"clientId\":\"a\",\"resultCode\":"
                           "\"REFUSED\"},\"occurred\":\"2025-05-02\"");
    // A correction without a payload keeps the root's: the result is back to OK.
    correct(world, one, "r2", "VisitReported", ",\"occurred\":\"2025-05-02\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "search", NULL);
    assert_cell(reply, "records", 0, "changed", "result_code: REFUSED → OK");
    assert_cell(reply, "records", 0, "status", "correction of #1, in force");
    assert_cell(reply, "records", 1, "changed",
                "occurred: 2025-05-01 → 2025-05-02; result_code: OK → REFUSED");
    assert_cell(reply, "records", 1, "status", "correction of #1, not in force");
    assert_cell(reply, "records", 1, "reason", "slip");
    assert_cell(reply, "records", 2, "changed", "none");
    assert_cell(reply, "records", 2, "status", "corrected by #3");
    // An amendment is about what the amended fact is about, and its field finds it.
    assert_int_equal(row_count(world_ask(world, "search", "object", "client/a", NULL), "records"),
                     3);
    assert_int_equal(row_count(world_ask(world, "search", "field", "occurred", NULL), "records"),
                     1);
    assert_int_equal(row_count(world_ask(world, "search", "field", "result_code", NULL), "records"),
                     2);
    retract(world, 3, "r1");
    retract(world, one, "r1");
    reply = world_ask(world, "search", NULL);
    assert_cell(reply, "records", 0, "changed", "fact: in force → retracted");
    assert_cell(reply, "records", 1, "changed", "result_code: OK → REFUSED");
    assert_cell(reply, "records", 4, "status", "retracted by #5");
    retract(world, 5, "r1");
    reply = world_ask(world, "search", NULL);
    assert_cell(reply, "records", 0, "changed", "fact: retracted → in force");
    assert_cell(reply, "records", 5, "status", "corrected by #2");
    // Known then.
    reply = world_ask(world, "search", "as-of-position", "2", NULL);
    assert_int_equal(row_count(reply, "records"), 2);
    assert_cell(reply, "records", 1, "status", "corrected by #2");
    assert_cell(reply, "records", 0, "status", "correction of #1, in force");
    // Of nothing known: kept, and said.
    correct(world, 99, "r1", "VisitReported", "");
    reply = world_ask(world, "search", NULL);
    assert_cell(reply, "records", 0, "status", "correction of an unknown fact");
    (void)two;
    world_close(world);
}

static void changing_facts_say_from_and_to(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    static const struct {
        const char *type, *payload, *changed;
    } facts[] = {
        {"ClientDetailsChanged",
         "{\"clientId\":\"a\",\"field\":\"address\",\"old\":\"x\",\"new\":\"y\"}",
         "address: x → y"},
        {"DealTermsChanged",
         "{\"dealId\":\"d\",\"field\":\"AMOUNT\",\"old\":{\"amount\":{\"minor\":\"100\","
         "\"currency\":\"USD\"},\"closeDate\":\"2025-01-01\"},\"new\":{\"amount\":{\"minor\":"
         "\"-250\",\"currency\":\"JPY\"}}}",
         "amount: 1.00 USD → -250 JPY"},
        {"DealTermsChanged",
         "{\"dealId\":\"d\",\"field\":\"CLOSE_DATE\",\"old\":{\"closeDate\":\"2025-01-01\"}}",
         "close_date: 2025-01-01 → none"},
        {"DealTermsChanged",
         "{\"dealId\":\"d\",\"field\":\"PRODUCTS\",\"new\":{\"productIds\":[\"p\",\"q\"]}}",
         "products: none → p, q"},
        {"DealReassigned", "{\"dealId\":\"d\",\"fromEmployee\":\"r1\"}", "owner: r1 → none"},
        {"TaskRescheduled",
         "{\"taskId\":\"t\",\"oldDueOn\":\"2025-01-01\",\"newDue\":\"2025-01-02T10:00:00Z\"}",
         "due: none → 2025-01-02T10:00:00Z; due_on: 2025-01-01 → none"},
        {"OrderStatusChanged", "{\"orderId\":\"o\",\"from\":\"NEW\",\"to\":\"SENT\"}",
         "status: NEW → SENT"},
        {"VisitReported", "{\"visitId\":\"v\",\"clientId\":\"a\"}", "none"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        fact(world, facts[i].type, "2025-05-01", "r1", NULL, facts[i].payload);
        assert_cell(world_ask(world, "search", NULL), "records", 0, "changed", facts[i].changed);
    }
    assert_cell(world_ask(world, "search", "field", "products", NULL), "records", 0, "changes",
                "[{\"field\":\"products\",\"from\":null,\"to\":\"p, q\"}]");
    world_close(world);
}

static void wrong_questions_are_refused(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    struct ledger_error error;
    static const char *const wrong[][3] = {
        {"search", "object", "client"},       {"search", "object", "/1"},
        {"search", "correlation", "abc"},     {"search", "before", "x"},
        {"search", "recorded-from", "today"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(world_refuse(world, &error, wrong[i][0], wrong[i][1], wrong[i][2], NULL),
                         LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "search", "type", "Visit", NULL),
                     LEDGER_E_UNKNOWN_TYPE);
    assert_int_equal(world_refuse(world, &error, "late", "from", "2025-01-01", "to", "2025-01-31",
                                  "type", "Visit", NULL),
                     LEDGER_E_UNKNOWN_TYPE);
    assert_int_equal(row_count(world_ask(world, "search", "type", "ext.us.Call", NULL), "records"),
                     0);
    assert_int_equal(row_count(world_ask(world, "search", NULL), "records"), 0);
    world_close(world);
}

// ---- corrections
static void corrections_count_by_whose_facts_they_are_of(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    uint64_t one = visit(world, "2025-05-01", "r1", "a", "OK");
    uint64_t two = visit(world, "2025-05-02", "r1", "a", "OK");
    visit(world, "2025-06-01", "r1", "a", "OK");
    visit(world, "unknown", "r1", "a", "OK");
    uint64_t other = visit(world, "2025-05-02", "r2", "a", "OK");
    uint64_t slip = correct(world, one, "r1", "VisitReported", ",\"occurred\":\"2025-05-03\"");
    retract(world, one, "boss");
    correct(world, two, "boss", "VisitReported",
            ",\"payload\":{\"visitId\":\"v\",\"clientId\":\"b\",\"resultCode\":\"OK\"}");
    correct(world, other, "r1", "VisitReported", ",\"occurred\":\"2025-05-03\"");
    correct(world, other, "r1", "VisitPlanned", ""); // of another type: not usable
    const Ledger__V1__QueryReply *reply = world_ask(world, "corrections", NULL);
    assert_cell(reply, "actors", 0, "actor", "r1");
    assert_cell(reply, "actors", 0, "facts", "4");
    assert_cell(reply, "actors", 0, "amended", "2");
    assert_cell(reply, "actors", 0, "share", "0.5000");
    assert_cell(reply, "actors", 0, "corrections", "2");
    assert_cell(reply, "actors", 0, "retractions", "1");
    assert_cell(reply, "actors", 0, "by_self", "1");
    assert_cell(reply, "actors", 0, "by_others", "2");
    assert_cell(reply, "actors", 0, "not_in_force", "1");
    assert_cell(reply, "actors", 0, "made_of_others", "1");
    assert_cell(reply, "actors", 0, "delay_median_hours", "0.0017"); // 5, 6 and 6 seconds
    assert_cell(reply, "actors", 1, "actor", "r2");
    assert_cell(reply, "actors", 1, "share", "1.0000");
    assert_cell(reply, "actors", 2, "actor", "boss"); // amends, and has no facts
    assert_cell(reply, "actors", 2, "share", "none");
    assert_cell(reply, "actors", 2, "made_of_others", "2");
    assert_int_equal(row_count(reply, "pairs"), 3);
    assert_cell(reply, "pairs", 0, "by", "boss");
    assert_cell(reply, "pairs", 0, "of", "r1");
    assert_cell(reply, "pairs", 0, "corrections", "1");
    assert_cell(reply, "pairs", 0, "retractions", "1");
    assert_cell(reply, "fields", 0, "field", "occurred");
    assert_cell(reply, "fields", 0, "amendments", "2");
    assert_int_equal(row_count(reply, "fields"), 3); // and client_id, fact
    reply = world_ask(world, "corrections", "from", "2025-05-02", "to", "2025-05-02", NULL);
    assert_cell(reply, "actors", 0, "actor", "r1");
    assert_cell(reply, "actors", 0, "facts", "1");
    assert_cell(reply, "actors", 0, "corrections", "1");
    reply = world_ask(world, "corrections", "as-of-position", "5", NULL);
    assert_cell(reply, "actors", 0, "amended", "0");
    assert_cell(reply, "actors", 0, "delay_median_hours", "none");
    (void)slip;
    world_close(world);
}

static void corrections_of_one_actor_are_listed_field_by_field(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    uint64_t one = visit(world, "2025-05-01", "r1", "a", "OK");
    uint64_t two = visit(world, "2025-05-01", "r2", "a", "OK");
    correct(world, one, "r1", "VisitReported",
            ",\"payload\":{\"visitId\":\"v\",\"clientId\":\"b\",\"nextStep\":\"call\"}");
    correct(world, two, "boss", "VisitReported", ",\"occurred\":\"2025-05-03\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "corrections", "actor", "r1", NULL);
    assert_int_equal(row_count(reply, "actors"), 1);
    assert_int_equal(row_count(reply, "changes"), 3);
    assert_cell(reply, "changes", 0, "field", "client_id");
    assert_cell(reply, "changes", 0, "from", "a");
    assert_cell(reply, "changes", 0, "to", "b");
    assert_cell(reply, "changes", 0, "reason", "slip");
    assert_cell(reply, "changes", 1, "field", "result_code");
    assert_cell(reply, "changes", 1, "to", "none");
    assert_cell(reply, "changes", 2, "field", "next_step");
    assert_cell(reply, "changes", 2, "from", "none");
    reply = world_ask(world, "corrections", "actor", "boss", NULL);
    assert_int_equal(row_count(reply, "changes"), 1);
    assert_cell(reply, "changes", 0, "of", "r2");
    assert_cell(reply, "changes", 0, "fact", "2");
    reply = world_ask(world, "corrections", "actor", "nobody", NULL);
    assert_true(has_note(reply, "Nothing is known of actor nobody."));
    world_close(world);
}

// ---- late
static void what_came_after_the_close_is_told_fact_by_fact(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    // All are recorded on 2026-01-01, so a report closed before knew nothing.
    uint64_t in = visit(world, "2025-05-01", "r1", "a", "OK");
    uint64_t out = visit(world, "2025-06-01", "r2", "a", "OK");
    uint64_t gone = visit(world, "2025-05-31", "r1", "b", "OK");
    correct(world, out, "r2", "VisitReported", ",\"occurred\":\"2025-05-02\"");
    correct(world, in, "r1", "VisitReported", ",\"occurred\":\"2025-04-30\"");
    retract(world, gone, "boss");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", NULL);
    assert_int_equal(row_count(reply, "differences"), 1);
    assert_cell(reply, "differences", 0, "fact", "2");
    assert_cell(reply, "differences", 0, "difference", "added");
    assert_cell(reply, "differences", 0, "occurred", "2025-05-02");
    assert_cell(reply, "differences", 0, "days_after", "215");
    assert_true(has_note(reply, "up to position 0."));
    assert_cell(reply, "types", 0, "type", "VisitReported");
    assert_cell(reply, "types", 0, "net", "1");
    // Closed on the day itself: nothing is late.
    reply = world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", "closed",
                      "2026-01-01", NULL);
    assert_int_equal(row_count(reply, "differences"), 0);
    assert_true(has_note(reply, "up to position 6."));
    // As known when only the first was there.
    reply = world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", "as-of-position",
                      "1", NULL);
    assert_int_equal(row_count(reply, "differences"), 1);
    assert_cell(reply, "differences", 0, "fact", "1");
    world_close(world);
}

static void amendments_after_the_close_move_remove_and_restore(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    char close[8];
    uint64_t moved = visit(world, "2025-05-01", "r1", "a", "OK");
    uint64_t changed = visit(world, "2025-05-02", "r1", "a", "OK");
    uint64_t removed = visit(world, "2025-05-03", "r1", "a", "OK");
    uint64_t restored = visit(world, "2025-05-04", "r1", "a", "OK");
    uint64_t came = visit(world, "2025-06-04", "r1", "a", "OK");
    uint64_t same = visit(world, "2025-05-05", "r2", "a", "OK");
    uint64_t wrong = retract(world, restored, "boss");
    (void)snprintf(close, sizeof close, "%d", (int)world_head(world));
    correct(world, moved, "r1", "VisitReported", ",\"occurred\":\"2025-06-01\"");
    correct(world, changed, "r1", "VisitReported",
            ",\"payload\":{\"visitId\":\"v\",\"clientId\":\"a\",\"resultCode\":\"NO\"}");
    retract(world, removed, "boss");
    retract(world, wrong, "boss");
    correct(world, came, "r1", "VisitReported", ",\"occurred\":\"2025-05-06\"");
    uint64_t noise = correct(world, same, "r1", "VisitReported", ",\"occurred\":\"2025-05-07\"");
    retract(world, noise, "r1");
    visit(world, "2025-05-31", "r2", "a", "OK");
    uint64_t never = visit(world, "2025-05-31", "r2", "a", "OK");
    retract(world, never, "r2");
    static const char *const expected[][3] = {
        {"1", "moved_out", "occurred: 2025-05-01 → 2025-06-01"},
        {"2", "changed", "result_code: OK → NO"},
        {"3", "removed", "fact: in force → retracted"},
        {"4", "restored", "fact: retracted → in force"},
        {"5", "moved_in", "occurred: 2025-06-04 → 2025-05-06"},
        {"15", "added", "none"},
    };
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", "known", close, NULL);
    assert_int_equal(row_count(reply, "differences"), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_cell(reply, "differences", i, "fact", expected[i][0]);
        assert_cell(reply, "differences", i, "difference", expected[i][1]);
        assert_cell(reply, "differences", i, "changed", expected[i][2]);
    }
    assert_cell(reply, "differences", 3, "position", "11");
    assert_cell(reply, "differences", 3, "by", "boss");
    assert_cell(reply, "types", 0, "net", "1");
    reply = world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", "known", close,
                      "actor", "r2", NULL);
    assert_int_equal(row_count(reply, "differences"), 1);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_filter_finds_its_records_newest_first),
        cmocka_unit_test(pages_follow_each_other_without_gap),
        cmocka_unit_test(recorded_days_bound_the_search),
        cmocka_unit_test(corrections_say_what_they_changed),
        cmocka_unit_test(changing_facts_say_from_and_to),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(corrections_count_by_whose_facts_they_are_of),
        cmocka_unit_test(corrections_of_one_actor_are_listed_field_by_field),
        cmocka_unit_test(what_came_after_the_close_is_told_fact_by_fact),
        cmocka_unit_test(amendments_after_the_close_move_remove_and_restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
