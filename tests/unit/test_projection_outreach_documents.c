// outreach: documents and the status that each has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "outreach/outreach.h"
#include "test_projection_fixture.h"

// `payload` is JSON without its braces.
static uint64_t fact(struct world *world, const char *type, const char *occurred,
                     const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"document/x\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{%s}}",
                       type, occurred, payload);
}

static uint64_t issue(struct world *world, const char *id, const char *client, const char *template,
                      const char *occurred) {
    char payload[300];
    (void)snprintf(payload, sizeof payload,
                   "\"docId\":\"%s\",\"clientId\":\"%s\",\"template\":\"%s\",\"version\":\"2\","
                   "\"inputsPosition\":\"7\"",
                   id, client, template);
    return fact(world, "DocumentIssued", occurred, payload);
}

static uint64_t set_status(struct world *world, const char *id, const char *status,
                           const char *occurred) {
    char payload[200];
    (void)snprintf(payload, sizeof payload, "\"docId\":\"%s\",\"status\":\"%s\"", id, status);
    return fact(world, "DocumentStatusChanged", occurred, payload);
}

static void documents_of_spring(struct world *world) {
    issue(world, "d1", "a", "offer", "2025-05-01");
    set_status(world, "d1", "SENT", "2025-05-02");
    set_status(world, "d1", "SIGNED", "2025-05-09");
    issue(world, "d2", "b", "offer", "2025-05-03");
    issue(world, "d3", "a", "contract", "2025-05-04");
    set_status(world, "d3", "VOIDED", "2025-05-05");
}

static void each_document_has_the_status_recorded_last(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    documents_of_spring(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "documents", NULL);
    assert_int_equal(row_count(reply, "documents"), 3);
    assert_cell(reply, "documents", 0, "document", "d3");
    assert_cell(reply, "documents", 0, "status", "voided");
    assert_cell(reply, "documents", 1, "document", "d2");
    assert_cell(reply, "documents", 1, "status", "issued");
    assert_cell(reply, "documents", 1, "since", "2025-05-03");
    assert_cell(reply, "documents", 2, "status", "signed");
    assert_cell(reply, "documents", 2, "since", "2025-05-09");
    assert_cell(reply, "documents", 2, "changes", "2");
    assert_cell(reply, "documents", 2, "inputs", "7");
    assert_cell(reply, "documents", 2, "version", "2");
    assert_cell(reply, "templates", 1, "template", "offer");
    assert_cell(reply, "templates", 1, "documents", "2");
    assert_cell(reply, "templates", 1, "issued", "1");
    assert_cell(reply, "templates", 1, "signed", "1");
    assert_int_equal(row_count(reply, "contradictions"), 0);
    reply = world_ask(world, "documents", "as-of-occurred", "2025-05-03", NULL);
    assert_int_equal(row_count(reply, "documents"), 2);
    assert_cell(reply, "documents", 1, "status", "sent");
    world_close(world);
}

static void documents_are_asked_for_by_client_status_and_template(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    documents_of_spring(world);
    fact(world, "DocumentIssued", "2025-05-06", "\"docId\":\"d4\",\"dealId\":\"deal-1\"");
    assert_int_equal(row_count(world_ask(world, "documents", "client", "a", NULL), "documents"), 2);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "documents", "status", "signed", "client", "a", NULL);
    assert_int_equal(row_count(reply, "documents"), 1);
    assert_cell(reply, "documents", 0, "document", "d1");
    reply = world_ask(world, "documents", "template", "offer", NULL);
    assert_int_equal(row_count(reply, "documents"), 2);
    reply = world_ask(world, "documents", "deal", "deal-1", NULL);
    assert_cell(reply, "documents", 0, "document", "d4");
    assert_cell(reply, "documents", 0, "client", "none");
    reply = world_ask(world, "documents", "limit", "2", NULL);
    assert_int_equal(rows_left_off(reply, "documents"), 2);
    assert_int_equal(row_count(reply, "templates"), 2);
    assert_int_equal(rows_left_off(reply, "templates"), 1);
    reply = world_ask(world, "documents", "from", "2025-05-02", "to", "2025-05-04", NULL);
    assert_int_equal(row_count(reply, "documents"), 2);
    struct ledger_error error = {0};
    assert_int_equal(world_refuse(world, &error, "documents", "status", "lost", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_true(has_note(world_ask(world, "documents", "client", "z", NULL), "Nothing is known"));
    world_write(world, "{\"type\":\"ClientsMerged\",\"stream\":\"client/a\",\"occurred\":"
                       "\"2025-06-01\",\"actor\":\"r1\",\"payload\":{\"survivor\":\"a\","
                       "\"merged\":\"b\"}}");
    assert_int_equal(row_count(world_ask(world, "documents", "client", "b", NULL), "documents"), 3);
    world_close(world);
}

static void what_does_not_fit_is_counted(void **state) {
    (void)state;
    struct world *world = world_open(&outreach);
    documents_of_spring(world);
    issue(world, "d2", "a", "contract", "2025-05-20");
    set_status(world, "d3", "SIGNED", "2025-05-21");
    set_status(world, "d9", "SENT", "2025-05-22");
    const Ledger__V1__QueryReply *reply = world_ask(world, "documents", NULL);
    assert_int_equal(row_count(reply, "contradictions"), 3);
    assert_cell(reply, "contradictions", 0, "code", "document_issued_twice");
    assert_cell(reply, "contradictions", 1, "code", "status_without_document");
    assert_cell(reply, "contradictions", 2, "code", "status_after_voided");
    assert_cell(reply, "documents", 0, "status", "voided");
    assert_cell(reply, "documents", 1, "template", "offer"); // as first issued
    assert_cell(reply, "documents", 3, "document", "d9");
    assert_cell(reply, "documents", 3, "issued", "none");
    assert_cell(reply, "documents", 3, "status", "sent");
    reply = world_ask(world, "documents", "status", "signed", NULL);
    assert_int_equal(row_count(reply, "contradictions"), 0); // of those asked for
    fact(world, "DocumentStatusChanged", "2025-05-23", "\"docId\":\"d2\"");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_document_has_the_status_recorded_last),
        cmocka_unit_test(documents_are_asked_for_by_client_status_and_template),
        cmocka_unit_test(what_does_not_fit_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
