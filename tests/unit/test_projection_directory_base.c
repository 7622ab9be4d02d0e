// directory: the client base, the load, duplicates, lineage and the card, and what merges,
// corrections, erasures and as-of do to them.
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "directory/directory.h"
#include "test_projection_fixture.h"

// A fact whose stream is (kind, id); `subjects` are JSON objects, `fields` the payload's JSON
// without braces, `more` further fields of the event.
static uint64_t tell(struct world *world, const char *type, const char *stream,
                     const char *occurred, const char *actor, const char *subjects,
                     const char *fields, const char *more) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"%s\",\"occurred\":\"%s\",\"actor\":\"%s\","
                       "\"subjects\":[%s],\"payload\":{%s}%s}",
                       type, stream, occurred, actor, subjects, fields, more);
}

// Of one client; `fields` is a format that takes its id once.
static uint64_t of_client(struct world *world, const char *type, const char *id,
                          const char *occurred, const char *fields) {
    char subject[100], stream[100], payload[600];
    (void)snprintf(subject, sizeof subject, "{\"kind\":\"client\",\"id\":\"%s\"}", id);
    (void)snprintf(stream, sizeof stream, "client/%s", id);
    (void)snprintf(payload, sizeof payload, "\"clientId\":\"%s\"%s%s", id, *fields ? "," : "",
                   fields);
    return tell(world, type, stream, occurred, "r1", subject, payload, "");
}

static uint64_t enrol(struct world *world, const char *id, const char *kind, const char *occurred) {
    char fields[100];
    (void)snprintf(fields, sizeof fields, "\"kind\":\"%s\",\"name\":\"Name of %s\"", kind, id);
    return of_client(world, "ClientRegistered", id, occurred, fields);
}

static void give(struct world *world, const char *id, const char *to) {
    char fields[100];
    (void)snprintf(fields, sizeof fields, "\"employeeId\":\"%s\"", to);
    of_client(world, "ClientAssigned", id, "2025-01-02", fields);
}

static void segment(struct world *world, const char *id, const char *scheme, const char *name,
                    const char *occurred) {
    char fields[100];
    char value[60] = "";
    if (name)
        (void)snprintf(value, sizeof value, ",\"segment\":\"%s\"", name);
    (void)snprintf(fields, sizeof fields, "\"scheme\":\"%s\"%s", scheme, value);
    of_client(world, "ClientSegmented", id, occurred, fields);
}

static uint64_t pair(struct world *world, const char *type, const char *a, const char *b,
                     const char *occurred, const char *fields) {
    char subjects[200], stream[100];
    (void)snprintf(subjects, sizeof subjects,
                   "{\"kind\":\"client\",\"id\":\"%s\"},{\"kind\":\"client\",\"id\":\"%s\"}", a, b);
    (void)snprintf(stream, sizeof stream, "client/%s", a);
    return tell(world, type, stream, occurred, "boss", subjects, fields, "");
}

static uint64_t merge(struct world *world, const char *survivor, const char *merged,
                      const char *choices) {
    char fields[300];
    (void)snprintf(fields, sizeof fields,
                   "\"survivor\":\"%s\",\"merged\":\"%s\",\"fieldChoices\":[%s]", survivor, merged,
                   choices);
    return pair(world, "ClientsMerged", survivor, merged, "2025-07-01", fields);
}

static void unmerge(struct world *world, uint64_t of, const char *survivor, const char *merged) {
    char fields[100];
    (void)snprintf(fields, sizeof fields, "\"mergeEventId\":\"%s\"", event_id(world, of));
    pair(world, "MergeReversed", survivor, merged, "2025-07-02", fields);
}

static void suspect(struct world *world, const char *a, const char *b, int score_bp,
                    const char *verdict, const char *occurred) {
    char fields[200];
    char text[60] = "";
    if (verdict)
        (void)snprintf(text, sizeof text, ",\"verdict\":\"%s\"", verdict);
    (void)snprintf(fields, sizeof fields,
                   "\"a\":\"%s\",\"b\":\"%s\",\"scoreBp\":%d,\"rule\":\"name\"%s", a, b, score_bp,
                   text);
    pair(world, "DuplicateSuspected", a, b, occurred, fields);
}

static uint64_t target(struct world *world, const char *plan, const char *rep, const char *id,
                       int version, int calls, const char *from, const char *to) {
    char subject[100], stream[100], fields[300];
    (void)snprintf(subject, sizeof subject, "{\"kind\":\"client\",\"id\":\"%s\"}", id);
    (void)snprintf(stream, sizeof stream, "plan/%s", plan);
    (void)snprintf(fields, sizeof fields,
                   "\"planId\":\"%s\",\"version\":%d,\"employeeId\":\"%s\",\"from\":\"%s\","
                   "\"to\":\"%s\",\"clientId\":\"%s\",\"plannedCalls\":%d",
                   plan, version, rep, from, to, id, calls);
    return tell(world, "CyclePlanTargetSet", stream, "2025-01-01", "boss", subject, fields, "");
}

static void retract(struct world *world, uint64_t of) {
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"client/a\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"boss\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, of));
}

// ---- clients
static void the_base_is_counted_by_what_was_in_force(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    enrol(world, "a", "PHARMACY", "2025-01-01");
    enrol(world, "b", "PHARMACY", "2025-01-10");
    enrol(world, "c", "HOSPITAL", "2025-02-01");
    enrol(world, "d", "HOSPITAL", "unknown");
    give(world, "a", "r1");
    of_client(world, "ClientDeactivated", "b", "2025-03-01", "");
    segment(world, "a", "ABC", "B", "2025-01-05");
    segment(world, "a", "ABC", "A", "2025-03-05");
    segment(world, "c", "ABC", "C", "2025-03-05");
    segment(world, "c", "ABC", NULL, "2025-04-05"); // taken out
    const Ledger__V1__QueryReply *reply = world_ask(world, "clients", NULL);
    assert_cell(reply, "totals", 0, "clients", "4");
    assert_cell(reply, "totals", 0, "active", "3");
    assert_cell(reply, "totals", 0, "deactivated", "1");
    assert_cell(reply, "totals", 0, "new", "3");
    assert_cell(reply, "totals", 0, "mean_lag_days", "none");
    assert_cell(reply, "kinds", 0, "kind", "hospital");
    assert_cell(reply, "kinds", 0, "active", "2");
    assert_cell(reply, "kinds", 1, "deactivated", "1");
    assert_int_equal(row_count(reply, "segments"), 2);
    assert_cell(reply, "segments", 0, "segment", "none");
    assert_cell(reply, "segments", 0, "active", "2");
    assert_cell(reply, "segments", 1, "scheme", "abc");
    assert_cell(reply, "segments", 1, "segment", "A");
    assert_cell(reply, "owners", 0, "owner", "none");
    assert_cell(reply, "owners", 0, "active", "2");
    assert_cell(reply, "owners", 1, "active", "1");
    assert_cell(reply, "new", 0, "month", "2025-01");
    assert_cell(reply, "new", 0, "rep", "r1");
    assert_cell(reply, "new", 0, "new", "2");
    assert_true(has_note(reply, "1 client is in no month"));
    reply = world_ask(world, "clients", "as-of-occurred", "2025-02-28", NULL);
    assert_cell(reply, "totals", 0, "active", "4");
    assert_cell(reply, "segments", 1, "segment", "B");
    reply = world_ask(world, "clients", "from", "2025-02-01", "to", "2025-02-28", NULL);
    assert_cell(reply, "totals", 0, "new", "1");
    world_close(world);
}

static void lag_is_from_first_contact_to_registration(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    char fields[200];
    uint64_t met = tell(world, "InteractionLogged", "interaction/i", "2025-01-01T10:00:00Z", "r1",
                        "", "\"interactionId\":\"i\"", "");
    (void)snprintf(fields, sizeof fields, "\"kind\":\"HCP\",\"firstContactEventId\":\"%s\"",
                   event_id(world, met));
    of_client(world, "ClientRegistered", "a", "2025-01-04", fields);
    of_client(world, "ClientRegistered", "b", "2025-01-05",
              "\"firstContactEventId\":\"00000000-0000-7000-8000-0000000000ff\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "clients", NULL);
    assert_cell(reply, "totals", 0, "new", "2");
    assert_cell(reply, "totals", 0, "lag_assessed", "1");
    assert_cell(reply, "totals", 0, "mean_lag_days", "3.0000");
    assert_cell(reply, "new", 0, "mean_lag_days", "3.0000");
    world_close(world);
}

static void merged_clients_count_once_and_come_apart_again(void **state) {
    (void)state;
    static const char *const asked[] = {"clients", "load", "territories", "duplicates"};
    struct world *world = world_open(&directory);
    struct ledger_span before[4], card;
    enrol(world, "a", "PHARMACY", "2025-02-01");
    enrol(world, "b", "HOSPITAL", "2025-01-01");
    give(world, "b", "r2");
    segment(world, "b", "LOYALTY", "gold", "2025-01-05");
    target(world, "p", "r2", "b", 1, 4, "2025-01-01", "2027-01-01");
    suspect(world, "a", "b", 9000, NULL, "2025-06-01");
    for (size_t i = 0; i < 4; i++)
        before[i] = answer_bytes(world, world_ask(world, asked[i], NULL));
    card = answer_bytes(world, world_ask(world, "card", "client", "b", NULL));
    uint64_t merged = merge(world, "a", "b", "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "clients", NULL);
    assert_cell(reply, "totals", 0, "clients", "1");
    assert_cell(reply, "totals", 0, "merged", "1");
    assert_cell(reply, "kinds", 0, "kind", "pharmacy");
    assert_cell(reply, "new", 0, "month", "2025-01"); // the earliest
    assert_int_equal(row_count(reply, "new"), 1);
    assert_cell(reply, "segments", 0, "segment", "gold");
    assert_cell(reply, "owners", 0, "owner", "r2");
    reply = world_ask(world, "load", NULL);
    assert_cell(reply, "balance", 1, "sum", "4");
    reply = world_ask(world, "duplicates", NULL);
    assert_int_equal(row_count(reply, "duplicates"), 0);
    assert_cell(reply, "totals", 0, "merged", "1");
    unmerge(world, merged, "a", "b");
    for (size_t i = 0; i < 4; i++)
        assert_true(
            ledger_span_equal(before[i], answer_bytes(world, world_ask(world, asked[i], NULL))));
    assert_true(ledger_span_equal(
        card, answer_bytes(world, world_ask(world, "card", "client", "b", NULL))));
    world_close(world);
}

// ---- load
static void load_takes_the_latest_version_in_force(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    enrol(world, "a", "PHARMACY", "2025-01-01");
    enrol(world, "b", "PHARMACY", "2025-01-01");
    give(world, "a", "r1");
    target(world, "p", "r1", "a", 1, 9, "2025-01-01", "2025-03-31");
    uint64_t second = target(world, "p", "r1", "a", 2, 6, "2025-01-01", "2025-03-31");
    target(world, "p", "r2", "b", 1, 2, "2025-01-01", "2025-03-31");
    target(world, "q", "r2", "b", 1, 50, "2025-04-01", "2025-06-30"); // later
    target(world, "p", "r3", "b", 3, 0, "2025-01-01", "2025-03-31");  // no longer one
    tell(world, "CyclePlanTargetSet", "plan/p", "2025-01-01", "boss",
         "{\"kind\":\"client\",\"id\":\"b\"}",
         "\"planId\":\"p\",\"clientId\":\"b\",\"plannedCalls\":5", ",\"territory\":\"n1\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "load", "now", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "reps"), 2);
    assert_cell(reply, "reps", 0, "rep", "r1");
    assert_cell(reply, "reps", 0, "clients", "1");
    assert_cell(reply, "reps", 0, "planned_calls", "6");
    assert_cell(reply, "reps", 0, "share", "0.7500");
    assert_cell(reply, "balance", 1, "max", "6");
    assert_cell(reply, "balance", 1, "mean", "4.0000");
    assert_cell(reply, "balance", 1, "max_over_mean", "1.5000");
    assert_cell(reply, "balance", 1, "gini", "0.2500"); // (-1 x 2 + 1 x 6) / (2 x 8)
    assert_cell(reply, "balance", 0, "gini", "0.5000");
    assert_true(has_note(reply, "5 planned calls are in nobody's load"));
    assert_true(has_note(reply, "1 active client has no owner"));
    tell(world, "TerritoryAssigned", "territory/n1", "2025-01-01", "boss", "",
         "\"territoryId\":\"n1\",\"employeeId\":\"r2\"", "");
    reply = world_ask(world, "load", "now", "2025-03-31", NULL);
    assert_cell(reply, "reps", 0, "rep", "r2");
    assert_cell(reply, "reps", 0, "planned_calls", "7");
    retract(world, second);
    reply = world_ask(world, "load", "now", "2025-03-31", NULL);
    assert_cell(reply, "reps", 0, "planned_calls", "9");
    world_close(world);
}

static void potential_is_shared_out_by_owner(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    static const char *const clients[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        enrol(world, clients[i], "PHARMACY", "2025-01-01");
    give(world, "a", "r1");
    give(world, "b", "r1");
    give(world, "c", "r2");
    segment(world, "a", "POTENTIAL", "high", "2025-01-03");
    segment(world, "a", "ABC", "C", "2025-01-04"); // another scheme
    segment(world, "b", "POTENTIAL", "low", "2025-01-03");
    segment(world, "b", "POTENTIAL", "high", "2025-02-03");
    segment(world, "c", "POTENTIAL", "high", "2025-01-03");
    const Ledger__V1__QueryReply *reply = world_ask(world, "load", "now", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "potential"), 3);
    assert_cell(reply, "potential", 0, "rep", "none");
    assert_cell(reply, "potential", 0, "potential", "none");
    assert_cell(reply, "potential", 0, "clients", "1");
    assert_cell(reply, "potential", 1, "rep", "r1");
    assert_cell(reply, "potential", 1, "potential", "high");
    assert_cell(reply, "potential", 1, "clients", "2");
    assert_cell(reply, "potential", 1, "share", "0.6667");
    assert_cell(reply, "potential", 2, "rep", "r2");
    reply = world_ask(world, "load", "as-of-occurred", "2025-01-31", NULL);
    assert_int_equal(row_count(reply, "potential"), 4);
    assert_cell(reply, "potential", 2, "potential", "low");
    of_client(world, "ClientDeactivated", "c", "2025-02-01", "\"reason\":\"closed\"");
    reply = world_ask(world, "load", "now", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "potential"), 2);
    assert_cell(reply, "potential", 1, "share", "1.0000");
    world_close(world);
}

static void nothing_divides_to_none(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    const Ledger__V1__QueryReply *reply = world_ask(world, "load", NULL);
    assert_cell(reply, "balance", 1, "mean", "none");
    assert_cell(reply, "balance", 1, "max_over_mean", "none");
    assert_cell(reply, "balance", 1, "gini", "none");
    reply = world_ask(world, "clients", NULL);
    assert_cell(reply, "totals", 0, "clients", "0");
    assert_cell(reply, "totals", 0, "mean_lag_days", "none");
    assert_int_equal(row_count(world_ask(world, "duplicates", NULL), "duplicates"), 0);
    reply = world_ask(world, "lineage", "client", "z", NULL);
    assert_cell(reply, "sum", 0, "facts_after", "0");
    assert_true(has_note(reply, "Nothing is known of client z."));
    assert_true(has_note(world_ask(world, "card", "client", "z", NULL), "Nothing is known"));
    world_close(world);
}

// ---- duplicates, lineage
static void the_queue_awaits_a_verdict(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    for (const char *id = "abcde"; *id; id++)
        enrol(world, (const char[]){*id, '\0'}, "PHARMACY", "2025-01-01");
    suspect(world, "a", "b", 8000, NULL, "2025-06-01");
    suspect(world, "d", "c", 9500, NULL, "2025-06-01");
    suspect(world, "b", "a", 7000, NULL, "2025-06-02");
    suspect(world, "a", "e", 6000, "NOT_DUPLICATE", "2025-06-02");
    suspect(world, "b", "e", 9900, NULL, "2025-06-03");
    const Ledger__V1__QueryReply *reply = world_ask(world, "duplicates", NULL);
    assert_int_equal(row_count(reply, "duplicates"), 3);
    assert_cell(reply, "duplicates", 0, "score", "0.9900");
    assert_cell(reply, "duplicates", 1, "a", "c");
    assert_cell(reply, "duplicates", 1, "b_name", "Name of d");
    assert_cell(reply, "duplicates", 2, "score", "0.7000");
    assert_cell(reply, "duplicates", 2, "times", "2");
    assert_cell(reply, "totals", 0, "not_duplicate", "1");
    reply = world_ask(world, "duplicates", "verdicts", "yes", NULL);
    assert_int_equal(row_count(reply, "duplicates"), 4);
    assert_cell(reply, "duplicates", 3, "verdict", "not_duplicate");
    assert_cell(world_ask(world, "duplicates", "as-of-occurred", "2025-06-01", NULL), "duplicates",
                1, "score", "0.8000");
    merge(world, "a", "b", ""); // a and e were found not to be: that holds for both ids now
    reply = world_ask(world, "duplicates", NULL);
    assert_int_equal(row_count(reply, "duplicates"), 1);
    assert_cell(reply, "totals", 0, "merged", "1");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "duplicates", "verdicts", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static void a_lineage_keeps_the_sum_of_facts(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    enrol(world, "a", "PHARMACY", "2025-01-01");
    enrol(world, "b", "PHARMACY", "2025-01-01");
    enrol(world, "c", "PHARMACY", "2025-01-01");
    give(world, "b", "r1");
    suspect(world, "a", "b", 9000, NULL, "2025-06-01"); // names two of them: one fact
    uint64_t first = merge(world, "b", "c", "");
    uint64_t second = merge(world, "a", "b", "");
    merge(world, "a", "c", ""); // joined already
    const Ledger__V1__QueryReply *reply = world_ask(world, "lineage", "client", "c", NULL);
    assert_cell(reply, "tree", 0, "id", "a");
    assert_cell(reply, "tree", 0, "level", "0");
    assert_cell(reply, "tree", 1, "id", "b");
    assert_cell(reply, "tree", 1, "merged_into", "a");
    assert_cell(reply, "tree", 1, "facts", "5"); // enrolled, given, suspected, two merges
    assert_cell(reply, "tree", 2, "id", "c");
    assert_cell(reply, "tree", 2, "level", "2");
    assert_cell(reply, "merges", 2, "standing", "ignored: joined already");
    assert_cell(reply, "sum", 0, "ids", "3");
    assert_cell(reply, "sum", 0, "facts_before", "8");
    assert_cell(reply, "sum", 0, "facts_after", "8");
    assert_cell(reply, "sum", 0, "equal", "1");
    unmerge(world, second, "a", "b");
    reply = world_ask(world, "lineage", "client", "b", NULL);
    assert_cell(reply, "merges", 0, "standing", "in force");
    assert_cell(reply, "merges", 1, "standing", "reversed");
    assert_cell(reply, "merges", 1, "reversed_by", "boss");
    assert_cell(reply, "sum", 0, "equal", "1");
    unmerge(world, first, "b", "c");
    reply = world_ask(world, "lineage", "client", "b", NULL);
    assert_cell(reply, "sum", 0, "ids", "1");
    assert_cell(reply, "sum", 0, "equal", "1");
    world_close(world);
}

// ---- card
static uint64_t person(struct world *world, const char *of, const char *id, const char *name,
                       const char *fields) {
    char subjects[200], stream[60], payload[200], personal[200];
    (void)snprintf(subjects, sizeof subjects,
                   "{\"kind\":\"client\",\"id\":\"%s\"},{\"kind\":\"person\",\"id\":\"%s\"}", of,
                   id);
    (void)snprintf(stream, sizeof stream, "client/%s", of);
    (void)snprintf(payload, sizeof payload, "\"clientId\":\"%s\",\"personId\":\"%s\"%s", of, id,
                   fields);
    (void)snprintf(personal, sizeof personal,
                   ",\"personal\":[{\"personId\":\"%s\",\"values\":{\"name\":\"%s\","
                   "\"phones\":[\"1\",\"2\"]}}]",
                   id, name);
    return tell(world, "ContactPersonSet", stream, "2025-01-05", "r1", subjects, payload, personal);
}

static void of_person(struct world *world, const char *type, const char *id, const char *occurred,
                      const char *fields, const char *more) {
    char subject[100], stream[60], payload[200];
    (void)snprintf(subject, sizeof subject, "{\"kind\":\"person\",\"id\":\"%s\"}", id);
    (void)snprintf(stream, sizeof stream, "person/%s", id);
    (void)snprintf(payload, sizeof payload, "\"personId\":\"%s\",%s", id, fields);
    tell(world, type, stream, occurred, "r1", subject, payload, more);
}

static void a_card_shows_what_stands(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    enrol(world, "chain", "PHARMACY_CHAIN", "2025-01-01");
    of_client(world, "ClientRegistered", "a", "2025-01-01",
              "\"kind\":\"PHARMACY\",\"name\":\"Old\",\"parentId\":\"chain\",\"address\":\"Here\","
              "\"externalIds\":[{\"system\":\"erp\",\"id\":\"77\"},{\"system\":\"erp\",\"id\":"
              "\"77\"}]");
    of_client(world, "ClientDetailsChanged", "a", "2025-02-01",
              "\"field\":\"name\",\"new\":\"New\"");
    give(world, "a", "r1");
    of_client(world, "ClientAssigned", "a", "2025-01-03",
              "\"employeeId\":\"s1\",\"role\":\"SUPPORT\"");
    person(world, "a", "p1", "Ann", ",\"post\":\"Head\"");
    person(world, "a", "p2", "Bob", "");
    person(world, "a", "p2", "Bob", ",\"removed\":true");
    of_person(world, "ConsentChanged", "p1", "2025-01-06", "\"channel\":\"EMAIL\",\"given\":true",
              "");
    of_person(world, "ConsentChanged", "p1", "2025-01-07", "\"given\":false", "");
    of_person(world, "ConsentChanged", "p1", "2025-01-08",
              "\"channel\":\"SMS\",\"given\":true,\"basis\":\"form\"", "");
    of_person(world, "PersonalFactRecorded", "p1", "2025-01-08",
              "\"topic\":\"PREFERENCE\",\"code\":\"hour\",\"validUntil\":\"2025-06-30\"",
              ",\"personal\":[{\"personId\":\"p1\",\"values\":{\"value\":\"mornings\"}}]");
    of_client(world, "TechnicalNeedRecorded", "a", "2025-01-09",
              "\"needId\":\"n1\",\"code\":\"cold\",\"met\":\"NO\",\"volumeQty\":\"12\","
              "\"value\":{\"minor\":\"500\",\"currency\":\"EUR\"}");
    of_client(world, "TechnicalNeedRecorded", "a", "2025-01-09",
              "\"needId\":\"n2\",\"met\":\"NO\"");
    of_client(world, "TechnicalNeedRecorded", "a", "2025-01-10",
              "\"needId\":\"n2\",\"met\":\"YES\"");
    segment(world, "a", "POTENTIAL", "high", "2025-01-11");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "card", "client", "a", "now", "2025-06-30", NULL);
    assert_cell(reply, "card", 0, "name", "New");
    assert_cell(reply, "card", 0, "kind", "pharmacy");
    assert_cell(reply, "card", 0, "status", "active");
    assert_cell(reply, "card", 0, "parent_name", "Name of chain");
    assert_cell(reply, "card", 0, "address", "Here");
    assert_cell(reply, "card", 0, "owner", "r1");
    assert_cell(reply, "support", 0, "employee", "s1");
    assert_int_equal(row_count(reply, "external_ids"), 1);
    assert_cell(reply, "external_ids", 0, "external_id", "77");
    assert_int_equal(row_count(reply, "persons"), 1);
    assert_cell(reply, "persons", 0, "name", "Ann");
    assert_cell(reply, "persons", 0, "phones", "1, 2");
    assert_int_equal(row_count(reply, "consents"), 2); // e-mail is covered by "all" since
    assert_cell(reply, "consents", 0, "channel", "all");
    assert_cell(reply, "consents", 0, "given", "0");
    assert_cell(reply, "consents", 1, "channel", "sms");
    assert_cell(reply, "consents", 1, "basis", "form");
    assert_cell(reply, "preferences", 0, "value", "mornings");
    assert_cell(reply, "preferences", 0, "expired", "0");
    assert_int_equal(row_count(reply, "needs"), 1);
    assert_cell(reply, "needs", 0, "value", "5.00 EUR");
    assert_cell(reply, "segments", 0, "segment", "high");
    reply = world_ask(world, "card", "client", "a", "now", "2025-07-01", NULL);
    assert_cell(reply, "preferences", 0, "expired", "1");
    reply = world_ask(world, "card", "client", "a", "as-of-occurred", "2025-01-31", NULL);
    assert_cell(reply, "card", 0, "name", "Old");
    of_person(world, "PersonalDataErased", "p1", "2025-08-01", "\"requestId\":\"q\"", "");
    reply = world_ask(world, "card", "client", "a", "as-of-occurred", "2025-01-31", NULL);
    assert_cell(reply, "persons", 0, "name", "none"); // whenever is looked at
    assert_cell(reply, "persons", 0, "erased", "1");
    assert_int_equal(row_count(reply, "preferences"), 0);
    world_close(world);
}

static void a_merged_card_keeps_the_survivors_values_unless_chosen(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    enrol(world, "a", "PHARMACY", "2025-01-01");
    enrol(world, "b", "PHARMACY", "2025-01-01");
    of_client(world, "ClientDetailsChanged", "a", "2025-02-01",
              "\"field\":\"address\",\"new\":\"A street\"");
    of_client(world, "ClientDetailsChanged", "b", "2025-03-01",
              "\"field\":\"address\",\"new\":\"B street\"");
    of_client(world, "ClientDetailsChanged", "b", "2025-03-01",
              "\"field\":\"site\",\"new\":\"b.example\"");
    person(world, "b", "p1", "Ann", "");
    uint64_t first = merge(world, "a", "b", "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "card", "client", "b", NULL);
    assert_cell(reply, "card", 0, "client", "a");
    assert_cell(reply, "card", 0, "name", "Name of a");
    assert_cell(reply, "card", 0, "address", "A street");
    assert_cell(reply, "card", 0, "ids", "2");
    assert_cell(reply, "details", 2, "value", "b.example");
    assert_cell(reply, "persons", 0, "person", "p1");
    assert_true(has_note(reply, "Client b is merged into a."));
    unmerge(world, first, "a", "b");
    merge(world, "a", "b", "{\"field\":\"address\",\"clientId\":\"b\"}");
    reply = world_ask(world, "card", "client", "a", NULL);
    assert_cell(reply, "card", 0, "address", "B street");
    assert_cell(reply, "card", 0, "name", "Name of a");
    world_close(world);
}

// ---- lookalikes
// A client with an address, and an external id if `number` is one.
static uint64_t enrol_at(struct world *world, const char *id, const char *name, const char *address,
                         const char *number) {
    char fields[400];
    char external[100] = "";
    if (number)
        (void)snprintf(external, sizeof external,
                       ",\"externalIds\":[{\"system\":\"registry\",\"id\":\"%s\"}]", number);
    (void)snprintf(fields, sizeof fields,
                   "\"kind\":\"PHARMACY\",\"name\":\"%s\",\"address\":\"%s\"%s", name, address,
                   external);
    return of_client(world, "ClientRegistered", id, "2025-01-01", fields);
}

static void lookalikes_share_an_id_or_name_and_address(void **state) {
    (void)state;
    char cause[24];
    struct world *world = world_open(&directory);
    enrol_at(world, "b", "\u0401\u041B\u041A\u0410 No. 7", "High Street, 12/3", NULL);
    uint64_t later =
        enrol_at(world, "a", "\u0435\u043B\u043A\u0430  no 7", "high street 12-3", NULL);
    enrol_at(world, "c", "\u0435\u043B\u043A\u0430 no 7", "high street 1 23", NULL);
    enrol_at(world, "d", "Old name", "One place", "77");
    enrol_at(world, "e", "New name", "Another place", "77");
    enrol_at(world, "f", "...", "One place", "78");
    enrol_at(world, "g", "...", "One place", "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "lookalikes", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 2);
    assert_cell(reply, "lookalikes", 0, "a", "d");
    assert_cell(reply, "lookalikes", 0, "b", "e");
    assert_cell(reply, "lookalikes", 0, "rule", "external_id");
    assert_cell(reply, "lookalikes", 0, "score", "0.9500");
    assert_cell(reply, "lookalikes", 1, "a", "a");
    assert_cell(reply, "lookalikes", 1, "b", "b");
    assert_cell(reply, "lookalikes", 1, "rule", "name_address");
    (void)snprintf(cause, sizeof cause, "%" PRIu64, later);
    assert_cell(reply, "lookalikes", 1, "cause", cause);
    // What moves away, or is no client any more, looks like nobody.
    of_client(world, "ClientDetailsChanged", "a", "2025-02-01",
              "\"field\":\"address\",\"new\":\"Elsewhere\"");
    of_client(world, "ClientDeactivated", "e", "2025-02-01", "");
    reply = world_ask(world, "lookalikes", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 0);
    world_close(world);
}

// A client of one name, without an address, at a place in 1e-7 degrees.
static void enrol_near(struct world *world, const char *id, const char *name, int lat, int lon) {
    char fields[200];
    (void)snprintf(fields, sizeof fields,
                   "\"kind\":\"PHARMACY\",\"name\":\"%s\",\"geo\":{\"latE7\":%d,\"lonE7\":%d}",
                   name, lat, lon);
    of_client(world, "ClientRegistered", id, "2025-01-01", fields);
}

static void lookalikes_stand_within_100_m(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    // At 60 degrees north 100 m are 8,993 to the north and 17,986 to the east.
    enrol_near(world, "here", "Same", 600000000, 100000000);
    enrol_near(world, "north", "SAME.", 600008990, 100000000);
    enrol_near(world, "too-far", "Same", 600009100, 100000000);
    enrol_near(world, "east", "Same", 600000000, 100017900);
    enrol_near(world, "too-far-east", "Same", 600000000, 99981900);
    enrol_near(world, "other", "Another", 600000000, 100000000);
    enrol_at(world, "nowhere", "Same", "", NULL);
    const Ledger__V1__QueryReply *reply = world_ask(world, "lookalikes", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 3);
    static const char *const pairs[][2] = {
        {"east", "here"}, {"here", "north"}, {"north", "too-far"}};
    for (size_t i = 0; i < 3; i++) {
        assert_cell(reply, "lookalikes", i, "a", pairs[i][0]);
        assert_cell(reply, "lookalikes", i, "b", pairs[i][1]);
        assert_cell(reply, "lookalikes", i, "rule", "name_near");
        assert_cell(reply, "lookalikes", i, "score", "0.8500");
    }
    // The place of who moves is not known any more.
    of_client(world, "ClientDetailsChanged", "north", "2025-02-01",
              "\"field\":\"address\",\"new\":\"Elsewhere\"");
    assert_int_equal(row_count(world_ask(world, "lookalikes", NULL), "lookalikes"), 1);
    world_close(world);
}

static void a_place_that_many_share_is_no_sign(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    char id[8];
    for (int i = 0; i < 20; i++) {
        (void)snprintf(id, sizeof id, "c%d", i);
        enrol_near(world, id, "Chain", 600000000, 100000000);
    }
    assert_int_equal(row_count(world_ask(world, "lookalikes", NULL), "lookalikes"), 190);
    enrol_near(world, "c20", "Chain", 600000000, 100000000);
    const Ledger__V1__QueryReply *reply = world_ask(world, "lookalikes", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 0);
    assert_true(reply->n_notes > 0);
    assert_non_null(strstr(reply->notes[0], "21 clients stand within 100 m"));
    world_close(world);
}

static void lookalikes_that_somebody_has_looked_at_are_left_out(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    for (char id[] = "a"; *id <= 'f'; ++*id)
        enrol_at(world, id, "Same", "Place", NULL);
    assert_int_equal(row_count(world_ask(world, "lookalikes", NULL), "lookalikes"), 15);
    suspect(world, "a", "b", 9000, NULL, "2025-06-01");
    suspect(world, "d", "c", 9000, "NOT_DUPLICATE", "2025-06-01");
    assert_int_equal(row_count(world_ask(world, "lookalikes", NULL), "lookalikes"), 13);
    uint64_t merged = merge(world, "e", "f", "");
    // Four clients and e; a and b, c and d are known.
    const Ledger__V1__QueryReply *reply = world_ask(world, "lookalikes", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 8);
    unmerge(world, merged, "e", "f");
    assert_int_equal(row_count(world_ask(world, "lookalikes", NULL), "lookalikes"), 12);
    reply = world_ask(world, "lookalikes", "limit", "5", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 5);
    world_close(world);
}

static void what_many_share_is_no_sign(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    char id[8];
    for (int i = 0; i < 20; i++) {
        (void)snprintf(id, sizeof id, "c%d", i);
        enrol_at(world, id, id, "Place", "none");
    }
    assert_int_equal(row_count(world_ask(world, "lookalikes", NULL), "lookalikes"), 190);
    enrol_at(world, "c20", "c20", "Place", "none");
    const Ledger__V1__QueryReply *reply = world_ask(world, "lookalikes", NULL);
    assert_int_equal(row_count(reply, "lookalikes"), 0);
    assert_true(has_note(reply, "1 thing is shared by more than 20 clients"));
    world_close(world);
}

static void pages_of_any_size_give_the_same_bytes(void **state) {
    (void)state;
    static const char *const asked[] = {"clients",     "load",    "duplicates",
                                        "territories", "orphans", "lookalikes"};
    struct world *world = world_open(&directory);
    enrol(world, "a", "PHARMACY", "2025-01-01");
    enrol(world, "b", "HOSPITAL", "2025-01-01");
    give(world, "a", "r1");
    uint64_t wrong = target(world, "p", "r1", "a", 1, 9, "2025-01-01", "2027-03-31");
    suspect(world, "a", "b", 9000, NULL, "2025-06-01");
    uint64_t merged = merge(world, "a", "b", "");
    retract(world, wrong);
    unmerge(world, merged, "a", "b");
    for (uint64_t page = 1; page < 6; page++) {
        struct world *copy = world_copy(world, world_head(world), page);
        for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
            assert_true(ledger_span_equal(answer_bytes(world, world_ask(world, asked[i], NULL)),
                                          answer_bytes(copy, world_ask(copy, asked[i], NULL))));
        world_close(copy);
    }
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_is_counted_by_what_was_in_force),
        cmocka_unit_test(lag_is_from_first_contact_to_registration),
        cmocka_unit_test(merged_clients_count_once_and_come_apart_again),
        cmocka_unit_test(load_takes_the_latest_version_in_force),
        cmocka_unit_test(potential_is_shared_out_by_owner),
        cmocka_unit_test(nothing_divides_to_none),
        cmocka_unit_test(the_queue_awaits_a_verdict),
        cmocka_unit_test(a_lineage_keeps_the_sum_of_facts),
        cmocka_unit_test(a_card_shows_what_stands),
        cmocka_unit_test(a_merged_card_keeps_the_survivors_values_unless_chosen),
        cmocka_unit_test(lookalikes_share_an_id_or_name_and_address),
        cmocka_unit_test(lookalikes_stand_within_100_m),
        cmocka_unit_test(a_place_that_many_share_is_no_sign),
        cmocka_unit_test(lookalikes_that_somebody_has_looked_at_are_left_out),
        cmocka_unit_test(what_many_share_is_no_sign),
        cmocka_unit_test(pages_of_any_size_give_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
