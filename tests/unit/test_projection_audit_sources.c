// audit-trail: sources.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_audit_facts.h"

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
    assert_true(has_note(reply, "2026-01-01, the latest day on which a fact was recorded"));
    reply = world_ask(world, "sources", "source", "erp", NULL);
    assert_int_equal(row_count(reply, "sources"), 1);
    assert_true(has_note(world_ask(world, "sources", "source", "z", NULL), "Nothing is known"));
    world_close(world);
}

static void assert_heard(struct world *world, const char *source, const char *last,
                         const char *position) {
    const Ledger__V1__QueryReply *reply = world_ask(world, "sources", "source", source, NULL);
    assert_int_equal(row_count(reply, "sources"), 1);
    assert_cell(reply, "sources", 0, "last_heard", last);
    assert_cell(reply, "sources", 0, "heard_position", position);
}

static void a_source_is_heard_of_by_facts_and_bookkeeping(void **state) {
    (void)state;
    struct world *world = world_open(&audit_trail);
    const char *crm = "\"source\":{\"system\":\"crm\",\"recordId\":\"1\"},";
    fact(world, "VisitReported", "2025-05-01", "r1", crm, "{\"visitId\":\"v\"}");
    assert_heard(world, "crm", "2026-01-01T00:00:01Z", "1");
    batch(world, BATCH("1"), "\"rows\":\"1\"");
    assert_heard(world, "crm", "2026-01-01T00:00:02Z", "2");
    fact(world, "VisitReported", "2025-05-01", "r1", crm, "{\"visitId\":\"w\"}");
    assert_heard(world, "crm", "2026-01-01T00:00:03Z", "3");
    fact(world, "RecordRejected", "unknown", "unknown", crm,
         "{\"batchId\":\"" BATCH("1") "\",\"row\":\"3\",\"code\":\"bad\"}");
    assert_heard(world, "crm", "2026-01-01T00:00:04Z", "4");
    fact(world, "SourceGapDetected", "2025-05-01", "unknown", crm, "{\"source\":\"crm\"}");
    assert_heard(world, "crm", "2026-01-01T00:00:05Z", "5");
    retract(world, 5, "admin");
    assert_heard(world, "crm", "2026-01-01T00:00:05Z", "5");
    // Of these the payload alone names the source. A gap that others found says nothing of when.
    fact(world, "ImportBatchRecorded", "2025-05-01", "unknown", NULL,
         "{\"batchId\":\"" BATCH("2") "\",\"source\":\"erp\"}");
    assert_heard(world, "erp", "2026-01-01T00:00:07Z", "7");
    fact(world, "SourceGapDetected", "2025-05-01", "unknown", NULL, "{\"source\":\"till\"}");
    assert_heard(world, "till", "none", "none");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sources", NULL);
    assert_cell(reply, "sources", 0, "last_fact", "2026-01-01T00:00:03Z");
    assert_cell(reply, "sources", 1, "last_fact", "none");
    assert_cell(reply, "sources", 2, "days_silent", "none");
    assert_cell(reply, "sources", 2, "silent", "1");
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_add_up_or_are_flagged),
        cmocka_unit_test(a_source_is_heard_of_by_facts_and_bookkeeping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
