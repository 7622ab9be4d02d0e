// audit-trail: what was written, found again by each filter; what corrections changed; what came
// late; access, sources and completeness.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit-trail/audit_trail.h"
#include "test_projection_fixture.h"

// `more`: further fields of the envelope, each ending with a comma. NULL = none.
static uint64_t fact(struct world *world, const char *type, const char *occurred, const char *actor,
                     const char *more, const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"x/1\",\"occurred\":\"%s\",\"actor\":\"%s\","
                       "%s\"payload\":%s}",
                       type, occurred, actor, more ? more : "", payload);
}

#define CLIENT(id) "\"subjects\":[{\"kind\":\"client\",\"id\":\"" id "\"}],"
#define DEAL(id) "\"subjects\":[{\"kind\":\"deal\",\"id\":\"" id "\"}],"

static uint64_t stage(struct world *world, const char *occurred, const char *actor,
                      const char *from, const char *to) {
    return world_write(world,
                       "{\"type\":\"DealStageChanged\",\"stream\":\"deal/d\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"subjects\":[{\"kind\":\"deal\",\"id\":\"d\"}],"
                       "\"payload\":{\"dealId\":\"d\",\"from\":\"%s\",\"to\":\"%s\"}}",
                       occurred, actor, from, to);
}

static uint64_t visit(struct world *world, const char *occurred, const char *actor,
                      const char *client, const char *result) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/v\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"subjects\":[{\"kind\":\"client\",\"id\":\"%s\"}],"
                       "\"payload\":{\"visitId\":\"v\",\"clientId\":\"%s\",\"resultCode\":\"%s\"}}",
                       occurred, actor, client, client, result);
}

// `content`: of FactCorrected after its type; "" = nothing.
static uint64_t correct(struct world *world, uint64_t what, const char *actor, const char *type,
                        const char *content) {
    return world_write(world,
                       "{\"type\":\"FactCorrected\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"%s\",\"correctsEventId\":\"%s\",\"reason\":\"slip\","
                       "\"payload\":{\"type\":\"%s\"%s}}",
                       actor, event_id(world, what), type, content);
}

static uint64_t retract(struct world *world, uint64_t what, const char *actor) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"%s\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       actor, event_id(world, what));
}

static void merge(struct world *world, const char *survivor, const char *merged) {
    world_write(world,
                "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"boss\",\"payload\":{\"survivor\":\"%s\",\"merged\":\"%s\"}}",
                survivor, survivor, merged);
}

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

// ---- access
static void access(struct world *world, const char *occurred, const char *payload) {
    fact(world, "AccessChanged", occurred, "admin", NULL, payload);
}

static void grants_in_force_are_those_not_taken_away(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    access(world, "2025-01-01",
           "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"rep\","
           "\"scope\":\"T1\"}");
    access(world, "2025-01-02",
           "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"rep\","
           "\"scope\":\"T2\"}");
    access(world, "2025-01-03", "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"analyst\"}");
    access(world, "2025-01-04", "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"analyst\"}");
    access(world, "2025-01-05", "{\"kind\":\"SUBSCRIPTION\",\"subject\":\"erp\",\"filter\":\"a\"}");
    access(world, "2025-01-06", "{\"kind\":\"SUBSCRIPTION\",\"subject\":\"erp\",\"filter\":\"b\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "access", NULL);
    assert_int_equal(row_count(reply, "grants"), 4);
    assert_cell(reply, "grants", 0, "subject", "erp");
    assert_cell(reply, "grants", 0, "filter", "b");
    assert_cell(reply, "grants", 3, "role", "analyst");
    assert_cell(reply, "grants", 3, "since", "2025-01-03");
    assert_cell(reply, "contradictions", 0, "code", "granted_twice");
    access(world, "2025-02-01",
           "{\"kind\":\"REVOKE\",\"subject\":\"r1\",\"role\":\"rep\","
           "\"scope\":\"T1\"}");
    reply = world_ask(world, "access", "subject", "r1", NULL);
    assert_int_equal(row_count(reply, "grants"), 2);
    assert_cell(reply, "grants", 0, "scope", "T2");
    reply = world_ask(world, "access", "subject", "r1", "as-of-occurred", "2025-01-31", NULL);
    assert_int_equal(row_count(reply, "grants"), 3);
    access(world, "2025-02-02", "{\"kind\":\"REVOKE\",\"subject\":\"r1\"}");
    access(world, "2025-02-03", "{\"kind\":\"REVOKE\",\"subject\":\"r1\",\"role\":\"rep\"}");
    reply = world_ask(world, "access", "subject", "r1", NULL);
    assert_int_equal(row_count(reply, "grants"), 0);
    assert_cell(reply, "contradictions", 0, "code", "revoked_nothing");
    assert_cell(reply, "contradictions", 0, "facts", "1");
    // A late grant, dated before the revocation, changes nothing; one that is corrected counts.
    access(world, "2025-01-15", "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"late\"}");
    assert_int_equal(row_count(world_ask(world, "access", "subject", "r1", NULL), "grants"), 0);
    retract(world, 8, "admin");
    reply = world_ask(world, "access", "subject", "r1", NULL);
    assert_int_equal(row_count(reply, "grants"), 2);
    assert_true(has_note(world_ask(world, "access", "subject", "r9", NULL), "Nothing is known"));
    world_close(world);
}

static void use(struct world *world, const char *occurred, const char *actor, const char *payload) {
    fact(world, "DataAccessed", occurred, actor, NULL, payload);
}

static void accesses_count_by_who_and_kind(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    struct ledger_error error;
    use(world, "2025-01-01", "r1", "{\"kind\":\"VIEW\",\"object\":\"client/a\"}");
    use(world, "2025-01-02", "r1",
        "{\"kind\":\"EXPORT\",\"object\":\"clients\",\"rows\":\"1000\"}");
    use(world, "2025-01-03", "r1",
        "{\"kind\":\"EXPORT\",\"object\":\"clients\",\"rows\":\"1001\","
        "\"position\":\"2\"}");
    use(world, "2025-01-04", "gate",
        "{\"kind\":\"DENIED\",\"subject\":\"r2\",\"object\":\"clients\"}");
    use(world, "unknown", "r2", "{\"kind\":\"REPORT\",\"object\":\"scorecard\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "access", NULL);
    assert_cell(reply, "users", 0, "who", "r1");
    assert_cell(reply, "users", 0, "views", "1");
    assert_cell(reply, "users", 0, "exports", "2");
    assert_cell(reply, "users", 0, "rows_exported", "2001");
    assert_cell(reply, "users", 0, "mass_exports", "1");
    assert_cell(reply, "users", 0, "last", "2025-01-03");
    assert_cell(reply, "users", 1, "denied", "1");
    assert_cell(reply, "users", 1, "reports", "1");
    assert_cell(reply, "accesses", 0, "actor", "gate");
    assert_cell(reply, "accesses", 1, "mass", "1");
    assert_cell(reply, "accesses", 1, "answer_position", "2");
    assert_cell(reply, "accesses", 4, "occurred", "unknown");
    reply = world_ask(world, "access", "object", "clients", "kind", "EXPORT", "mass", "999", NULL);
    assert_int_equal(row_count(reply, "accesses"), 2);
    assert_cell(reply, "users", 0, "mass_exports", "2");
    reply = world_ask(world, "access", "from", "2025-01-04", "to", "2025-01-04", NULL);
    assert_int_equal(row_count(reply, "accesses"), 1);
    assert_int_equal(world_refuse(world, &error, "access", "kind", "LOOK", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

// ---- sources
#define BATCH(n) "00000000-0000-4000-8000-00000000000" n
static void batch(struct world *world, const char *id, const char *counts) {
    char payload[256];
    (void)snprintf(payload, sizeof payload, "{\"batchId\":\"%s\",\"source\":\"crm\",%s}", id,
                   counts);
    fact(world, "ImportBatchRecorded", "2025-01-01", "unknown",
         "\"source\":{\"system\":\"crm\",\"recordId\":\"x\"},", payload);
}

static void sources_add_up_or_are_flagged(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    const char *from = "\"source\":{\"system\":\"crm\",\"recordId\":\"1\",\"recordedAt\":"
                       "\"2025-12-31T22:00:01Z\"},";
    fact(world, "VisitReported", "2025-05-01", "r1", from, "{\"visitId\":\"v\"}");
    fact(world, "VisitReported", "2025-05-01", "r1",
         "\"source\":{\"system\":\"crm\",\"recordId\":\"2\",\"recordedAt\":"
         "\"2026-02-01T00:00:00Z\"},",
         "{\"visitId\":\"v\"}");
    fact(world, "RecordRejected", "unknown", "unknown",
         "\"source\":{\"system\":\"crm\",\"recordId\":\"3\"},",
         "{\"batchId\":\"" BATCH("1") "\",\"row\":\"3\",\"code\":\"missing_field\",\"missing\":"
                                      "[\"name\"]}");
    batch(world, BATCH("1"),
          "\"rows\":\"4\",\"accepted\":\"2\",\"duplicate\":\"1\","
          "\"rejected\":\"1\",\"differences\":\"2\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sources", "now", "2026-01-08", NULL);
    assert_int_equal(row_count(reply, "sources"), 1);
    assert_cell(reply, "sources", 0, "rows", "4");
    assert_cell(reply, "sources", 0, "holds", "1");
    assert_cell(reply, "sources", 0, "facts", "2");
    assert_cell(reply, "sources", 0, "last_fact", "2026-01-01T00:00:02Z");
    assert_cell(reply, "sources", 0, "lag_assessed", "1");
    assert_cell(reply, "sources", 0, "lag_median_hours", "2.0000");
    assert_cell(reply, "sources", 0, "batches_different", "1");
    assert_cell(reply, "sources", 0, "days_silent", "7");
    assert_cell(reply, "sources", 0, "silent", "0");
    assert_cell(reply, "rejections", 0, "code", "missing_field");
    assert_cell(reply, "batches", 0, "listed", "1");
    assert_int_equal(row_count(reply, "contradictions"), 1);
    assert_cell(reply, "contradictions", 0, "code", "recorded_before_source");
    reply = world_ask(world, "sources", "now", "2026-01-09", NULL);
    assert_cell(reply, "sources", 0, "silent", "1");
    batch(world, BATCH("2"),
          "\"rows\":\"4\",\"accepted\":\"2\",\"duplicate\":\"0\","
          "\"rejected\":\"1\"");
    batch(world, BATCH("3"), "\"rows\":\"4\"");
    fact(world, "SourceGapDetected", "2025-03-01", "unknown", NULL,
         "{\"source\":\"erp\",\"entity\":\"orders\",\"cause\":\"offline\"}");
    reply = world_ask(world, "sources", NULL);
    assert_cell(reply, "sources", 0, "holds", "0");
    assert_cell(reply, "contradictions", 0, "code", "rows_do_not_add_up");
    assert_cell(reply, "contradictions", 1, "code", "rows_not_stated");
    assert_cell(reply, "contradictions", 2, "code", "rejections_not_listed");
    assert_cell(reply, "sources", 1, "source", "erp");
    assert_cell(reply, "sources", 1, "gaps", "1");
    assert_cell(reply, "sources", 1, "holds", "none");
    assert_cell(reply, "gaps", 0, "records", "none");
    assert_cell(reply, "sources", 0, "days_silent", "0");
    assert_true(has_note(reply, "counted to 2026-01-01"));
    reply = world_ask(world, "sources", "source", "erp", NULL);
    assert_int_equal(row_count(reply, "sources"), 1);
    assert_true(has_note(world_ask(world, "sources", "source", "z", NULL), "Nothing is known"));
    world_close(world);
}

static void nothing_is_answered_with_nothing(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    static const char *const tables[][2] = {
        {"search", "records"},
        {"corrections", "actors"},
        {"access", "grants"},
        {"sources", "sources"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_int_equal(row_count(world_ask(world, tables[i][0], NULL), tables[i][1]), 0);
    assert_int_equal(
        row_count(world_ask(world, "late", "from", "2025-05-01", "to", "2025-05-31", NULL),
                  "differences"),
        0);
    struct ledger_error error;
    assert_int_equal(
        world_refuse(world, &error, "late", "from", "2001-01-01", "to", "2025-05-31", NULL),
        LEDGER_E_INVALID_VALUE);
    world_close(world);
}

// ---- completeness
static void policy(struct world *world, const char *occurred, const char *content) {
    char payload[256];
    (void)snprintf(payload, sizeof payload, "{\"policyId\":\"p\",%s}", content);
    fact(world, "FieldPolicyDefined", occurred, "boss", NULL, payload);
}

static void register_client(struct world *world, const char *occurred, const char *actor,
                            const char *id, const char *more) {
    world_write(world,
                "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":\"%s\","
                "\"actor\":\"%s\",\"payload\":{\"clientId\":\"%s\",\"kind\":\"HOSPITAL\"%s}}",
                id, occurred, actor, id, more);
}

static void fields_are_judged_by_the_policy_of_their_day(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    register_client(world, "2025-01-01", "r1", "early", ""); // before any policy
    policy(world, "2025-02-01", "\"version\":1,\"kind\":\"client\",\"field\":\"name\"");
    policy(world, "2025-03-01", "\"version\":1,\"kind\":\"client\",\"field\":\"parentId\"");
    policy(world, "unknown", "\"version\":1,\"kind\":\"moon\",\"field\":\"x\"");
    register_client(world, "2025-02-02", "r1", "a", ",\"name\":\"A\"");
    register_client(world, "2025-02-03", "r1", "b", "");
    register_client(world, "2025-03-02", "r2", "c", ",\"name\":\"C\",\"parent_id\":\"a\"");
    register_client(world, "2025-03-03", "r2", "d", ",\"name\":\"\"");
    register_client(world, "unknown", "r2", "e", ""); // no day, no policy of that day
    const Ledger__V1__QueryReply *reply = world_ask(world, "quality", "list", "missing", NULL);
    assert_int_equal(row_count(reply, "actors"), 2);
    assert_cell(reply, "actors", 0, "actor", "r1");
    assert_cell(reply, "actors", 0, "kind", "client");
    assert_cell(reply, "actors", 0, "subkind", "HOSPITAL");
    assert_cell(reply, "actors", 0, "required", "2");
    assert_cell(reply, "actors", 0, "filled", "1");
    assert_cell(reply, "actors", 0, "completeness", "0.5000");
    assert_cell(reply, "actors", 1, "required", "4");
    assert_cell(reply, "actors", 1, "completeness", "0.5000");
    assert_cell(reply, "fields", 0, "field", "name");
    assert_cell(reply, "fields", 0, "required", "4");
    assert_cell(reply, "fields", 0, "filled", "2");
    assert_cell(reply, "fields", 1, "field", "parentId");
    assert_cell(reply, "fields", 1, "required", "2");
    assert_int_equal(row_count(reply, "missing"), 3);
    assert_cell(reply, "missing", 0, "id", "b");
    assert_cell(reply, "missing", 0, "field", "name");
    assert_cell(reply, "missing", 0, "version", "1");
    assert_true(has_note(reply, "2 required fields are not judged"));
    assert_true(has_note(reply, "1 policy names a kind of thing that is not judged."));
    reply =
        world_ask(world, "quality", "actor", "r2", "from", "2025-03-03", "to", "2025-03-03", NULL);
    assert_int_equal(row_count(reply, "actors"), 1);
    assert_cell(reply, "actors", 0, "required", "2");
    assert_cell(reply, "actors", 0, "filled", "0");
    // A fact that is corrected was always so.
    correct(world, 6, "r1", "ClientRegistered",
            ",\"payload\":{\"clientId\":\"b\",\"kind\":\"HOSPITAL\",\"name\":\"B\"}");
    reply = world_ask(world, "quality", "kind", "client", NULL);
    assert_cell(reply, "actors", 0, "completeness", "1.0000");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "quality", "list", "all", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static void a_person_is_named_in_the_personal_part(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    policy(world, "unknown", "\"kind\":\"person\",\"field\":\"phones\"");
    policy(world, "unknown", "\"kind\":\"person\",\"field\":\"post\"");
    world_write(world,
                "{\"type\":\"ContactPersonSet\",\"stream\":\"client/a\",\"occurred\":"
                "\"2025-01-01\",\"actor\":\"r1\",\"payload\":{\"personId\":\"p\",\"clientId\":"
                "\"a\"},\"personal\":[{\"personId\":\"p\",\"values\":{\"phones\":[\"1\"]}}]}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "quality", "list", "missing", NULL);
    assert_cell(reply, "actors", 0, "required", "2");
    assert_cell(reply, "actors", 0, "filled", "1");
    assert_cell(reply, "missing", 0, "field", "post");
    world_close(world);
}

static void a_field_can_be_required_from_a_stage(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    fact(world, "PipelineDefined", "unknown", "boss", NULL,
         "{\"pipelineId\":\"p\",\"stages\":[{\"id\":\"lead\"},{\"id\":\"offer\"},{\"id\":\"talk\"},"
         "{\"id\":\"won\",\"kind\":\"WON\"},{\"id\":\"lost\",\"kind\":\"LOST\"}]}");
    policy(world, "unknown", "\"kind\":\"deal\",\"field\":\"client_id\"");
    policy(world, "unknown",
           "\"kind\":\"deal\",\"field\":\"amount\",\"requiredFromStage\":\"offer\"");
    policy(world, "unknown",
           "\"kind\":\"deal\",\"field\":\"reason_code\",\"requiredFromStage\":\"lost\"");
    fact(world, "DealOpened", "2025-01-01", "r1", DEAL("d"),
         "{\"dealId\":\"d\",\"stage\":\"lead\",\"pipelineId\":\"p\",\"clientId\":\"a\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "quality", NULL);
    assert_cell(reply, "actors", 0, "required", "1");
    stage(world, "2025-02-01", "r2", "lead", "talk"); // past the offer, without an amount
    reply = world_ask(world, "quality", "list", "missing", NULL);
    assert_cell(reply, "actors", 1, "actor", "r2");
    assert_cell(reply, "actors", 1, "completeness", "0.0000");
    assert_cell(reply, "missing", 0, "stage", "offer");
    assert_cell(reply, "missing", 0, "occurred", "2025-02-01");
    // A late fact of January gives it in time.
    fact(world, "DealTermsChanged", "2025-01-15", "r1", DEAL("d"),
         "{\"dealId\":\"d\",\"field\":\"AMOUNT\",\"new\":{\"amount\":{\"minor\":\"1\","
         "\"currency\":\"USD\"}}}");
    reply = world_ask(world, "quality", NULL);
    assert_cell(reply, "actors", 1, "completeness", "1.0000");
    // And one that clears it does not stand.
    fact(world, "DealTermsChanged", "2025-01-16", "r1", DEAL("d"),
         "{\"dealId\":\"d\",\"field\":\"AMOUNT\"}");
    assert_cell(world_ask(world, "quality", NULL), "actors", 1, "completeness", "0.0000");
    fact(world, "DealLost", "2025-03-01", "r3", DEAL("d"), "{\"dealId\":\"d\"}");
    reply = world_ask(world, "quality", NULL);
    assert_cell(reply, "actors", 2, "required", "1");
    assert_cell(reply, "actors", 2, "filled", "0");
    // Lost from the start: the amount is not asked for.
    fact(world, "DealOpened", "2025-01-01", "r4", NULL,
         "{\"dealId\":\"e\",\"stage\":\"lead\",\"pipelineId\":\"p\"}");
    fact(world, "DealLost", "2025-03-01", "r4", NULL,
         "{\"dealId\":\"e\",\"reasonCode\":\"PRICE\"}");
    // Won from the start: it is.
    fact(world, "DealOpened", "2025-01-01", "r5", NULL,
         "{\"dealId\":\"f\",\"stage\":\"lead\",\"pipelineId\":\"p\",\"clientId\":\"a\"}");
    fact(world, "DealWon", "2025-03-01", "r5", NULL,
         "{\"dealId\":\"f\",\"amount\":{\"minor\":\"1\",\"currency\":\"USD\"}}");
    reply = world_ask(world, "quality", NULL);
    assert_cell(reply, "actors", 3, "required", "2");
    assert_cell(reply, "actors", 3, "filled", "1");
    assert_cell(reply, "actors", 4, "required", "2");
    assert_cell(reply, "actors", 4, "filled", "2");
    assert_cell(world_ask(world, "quality", "actor", "r5", NULL), "actors", 0, "filled", "2");
    world_close(world);
}

static void entering_visits_takes_fields_and_time(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    visit(world, "2025-12-31T23:00:00Z", "r1", "a", "OK"); // 3 fields, an hour and a second
    fact(world, "VisitReported", "2025-12-30T00:00:00Z", "r1", NULL,
         "{\"visitId\":\"w\",\"clientId\":\"a\",\"samples\":[{\"lot\":\"1\"},{\"lot\":\"2\"}],"
         "\"expense\":{\"minor\":\"1\",\"currency\":\"USD\"}}");
    fact(world, "VisitReported", "unknown", "r1", NULL, "{\"visitId\":\"x\"}");
    fact(world, "RecordRejected", "unknown", "unknown",
         "\"source\":{\"system\":\"crm\",\"recordId\":\"3\"},",
         "{\"batchId\":\"" BATCH("1") "\",\"row\":\"3\",\"code\":\"missing_field\",\"missing\":"
                                      "[\"name\",\"city\"]}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "quality", NULL);
    assert_cell(reply, "visits", 0, "visits", "3");
    assert_cell(reply, "visits", 0, "fields", "8");
    assert_cell(reply, "visits", 0, "fields_per_visit", "2.6667");
    assert_cell(reply, "visits", 0, "delay_assessed", "2");
    assert_cell(reply, "visits", 0, "delay_over_24h", "0.5000");
    assert_true(has_note(reply, "No policy says which fields are required."));
    assert_int_equal(row_count(reply, "actors"), 0);
    assert_int_equal(row_count(reply, "rejections"), 2);
    assert_cell(reply, "rejections", 1, "field", "name");
    reply = world_ask(world, "quality", "from", "2025-12-31", "to", "2025-12-31", NULL);
    assert_cell(reply, "visits", 0, "delay_median_hours", "1.0003");
    // A policy can ask for a part of a list: then every element must have it.
    policy(world, "unknown", "\"kind\":\"visit\",\"field\":\"samples.lot\"");
    policy(world, "unknown", "\"kind\":\"visit\",\"field\":\"samples.qty\"");
    reply = world_ask(world, "quality", NULL);
    assert_cell(reply, "fields", 0, "field", "samples.lot");
    assert_cell(reply, "fields", 0, "required", "2");
    assert_cell(reply, "fields", 0, "filled", "1");
    assert_cell(reply, "fields", 1, "filled", "0");
    world_close(world);
}

// ---- of all of them
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

static void ask_all(struct world *world, const char *position, struct ledger_span bytes[8]) {
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
        struct ledger_span all[8], copied[8];
        static const char *const positions[] = {"20", "33", "60"};
        for (size_t at = 0; at < 3; at++) {
            struct world *copy = world_copy(world, (uint64_t)atol(positions[at]), 1 + round * 3);
            ask_all(world, positions[at], all);
            ask_all(copy, positions[at], copied);
            for (size_t i = 0; i < 8; i++)
                if (!ledger_span_equal(all[i], copied[i]))
                    fail_msg("round %u, position %s: answer %zu differs", round, positions[at], i);
            world_close(copy);
        }
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_filter_finds_its_records_newest_first),
        cmocka_unit_test(pages_follow_each_other_without_gap),
        cmocka_unit_test(recorded_days_bound_the_search),
        cmocka_unit_test(corrections_say_what_they_changed),
        cmocka_unit_test(changing_facts_say_from_and_to),
        cmocka_unit_test(a_merged_client_is_one_object),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(corrections_count_by_whose_facts_they_are_of),
        cmocka_unit_test(corrections_of_one_actor_are_listed_field_by_field),
        cmocka_unit_test(what_came_after_the_close_is_told_fact_by_fact),
        cmocka_unit_test(amendments_after_the_close_move_remove_and_restore),
        cmocka_unit_test(grants_in_force_are_those_not_taken_away),
        cmocka_unit_test(accesses_count_by_who_and_kind),
        cmocka_unit_test(sources_add_up_or_are_flagged),
        cmocka_unit_test(nothing_is_answered_with_nothing),
        cmocka_unit_test(fields_are_judged_by_the_policy_of_their_day),
        cmocka_unit_test(a_person_is_named_in_the_personal_part),
        cmocka_unit_test(a_field_can_be_required_from_a_stage),
        cmocka_unit_test(entering_visits_takes_fields_and_time),
        cmocka_unit_test(filters_together_find_what_all_of_them_say),
        cmocka_unit_test(as_of_is_as_it_was_whatever_the_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
