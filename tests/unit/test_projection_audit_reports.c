// audit-trail: access and completeness.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_audit_facts.h"

#define DEAL(id) "\"subjects\":[{\"kind\":\"deal\",\"id\":\"" id "\"}],"

// ---- access
static void grants_in_force_are_those_not_taken_away(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    access_changed(world, "2025-01-01",
                   "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"rep\","
                   "\"scope\":\"T1\"}");
    access_changed(world, "2025-01-02",
                   "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"rep\","
                   "\"scope\":\"T2\"}");
    access_changed(world, "2025-01-03",
                   "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"analyst\"}");
    access_changed(world, "2025-01-04",
                   "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"analyst\"}");
    access_changed(world, "2025-01-05",
                   "{\"kind\":\"SUBSCRIPTION\",\"subject\":\"erp\",\"filter\":\"a\"}");
    access_changed(world, "2025-01-06",
                   "{\"kind\":\"SUBSCRIPTION\",\"subject\":\"erp\",\"filter\":\"b\"}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "access", NULL);
    assert_int_equal(row_count(reply, "grants"), 4);
    assert_cell(reply, "grants", 0, "subject", "erp");
    assert_cell(reply, "grants", 0, "filter", "b");
    assert_cell(reply, "grants", 3, "role", "analyst");
    assert_cell(reply, "grants", 3, "since", "2025-01-03");
    assert_cell(reply, "contradictions", 0, "code", "granted_twice");
    access_changed(world, "2025-02-01",
                   "{\"kind\":\"REVOKE\",\"subject\":\"r1\",\"role\":\"rep\","
                   "\"scope\":\"T1\"}");
    reply = world_ask(world, "access", "subject", "r1", NULL);
    assert_int_equal(row_count(reply, "grants"), 2);
    assert_cell(reply, "grants", 0, "scope", "T2");
    reply = world_ask(world, "access", "subject", "r1", "as-of-occurred", "2025-01-31", NULL);
    assert_int_equal(row_count(reply, "grants"), 3);
    access_changed(world, "2025-02-02", "{\"kind\":\"REVOKE\",\"subject\":\"r1\"}");
    access_changed(world, "2025-02-03",
                   "{\"kind\":\"REVOKE\",\"subject\":\"r1\",\"role\":\"rep\"}");
    reply = world_ask(world, "access", "subject", "r1", NULL);
    assert_int_equal(row_count(reply, "grants"), 0);
    assert_cell(reply, "contradictions", 0, "code", "revoked_nothing");
    assert_cell(reply, "contradictions", 0, "facts", "1");
    // A late grant, dated before the revocation, changes nothing; one that is corrected counts.
    access_changed(world, "2025-01-15",
                   "{\"kind\":\"GRANT\",\"subject\":\"r1\",\"role\":\"late\"}");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_in_force_are_those_not_taken_away),
        cmocka_unit_test(accesses_count_by_who_and_kind),
        cmocka_unit_test(nothing_is_answered_with_nothing),
        cmocka_unit_test(fields_are_judged_by_the_policy_of_their_day),
        cmocka_unit_test(a_person_is_named_in_the_personal_part),
        cmocka_unit_test(a_field_can_be_required_from_a_stage),
        cmocka_unit_test(entering_visits_takes_fields_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
