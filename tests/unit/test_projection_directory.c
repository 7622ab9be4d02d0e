// directory: owners over time, what is held, orphans, handovers, territories and employees, and
// what merges, corrections and as-of do to them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "directory/directory.h"
#include "test_projection_fixture.h"

// A fact of the subject (kind, id), which is also its stream. `fields` is the payload's JSON
// without braces.
static uint64_t fact(struct world *world, const char *type, const char *kind, const char *id,
                     const char *occurred, const char *fields) {
    return world_write(
        world,
        "{\"type\":\"%s\",\"stream\":\"%s/%s\",\"occurred\":\"%s\",\"actor\":\"boss\","
        "\"subjects\":[{\"kind\":\"%s\",\"id\":\"%s\"}],\"payload\":{%s}}",
        type, kind, id, occurred, kind, id, fields);
}

static uint64_t client(struct world *world, const char *id, const char *occurred) {
    char fields[200];
    (void)snprintf(fields, sizeof fields,
                   "\"clientId\":\"%s\",\"kind\":\"PHARMACY\",\"name\":\"Name of %s\"", id, id);
    return fact(world, "ClientRegistered", "client", id, occurred, fields);
}

static uint64_t assign(struct world *world, const char *id, const char *to, const char *occurred) {
    char fields[200];
    (void)snprintf(fields, sizeof fields, "\"clientId\":\"%s\",\"employeeId\":\"%s\"", id, to);
    return fact(world, "ClientAssigned", "client", id, occurred, fields);
}

// `kind` is client, deal or task; `from` and `to` may be NULL.
static uint64_t reassign(struct world *world, const char *kind, const char *id, const char *from,
                         const char *to, const char *occurred) {
    char type[40];
    char text[3][100] = {"", "", ""};
    (void)snprintf(type, sizeof type, "%c%sReassigned", kind[0] - 'a' + 'A', kind + 1);
    if (from)
        (void)snprintf(text[0], sizeof text[0], ",\"fromEmployee\":\"%s\"", from);
    if (to)
        (void)snprintf(text[1], sizeof text[1], ",\"toEmployee\":\"%s\"", to);
    return world_write(
        world,
        "{\"type\":\"%s\",\"stream\":\"%s/%s\",\"occurred\":\"%s\",\"actor\":\"boss\","
        "\"correlationId\":\"00000000-0000-7000-8000-00000000abcd\","
        "\"subjects\":[{\"kind\":\"%s\",\"id\":\"%s\"}],"
        "\"payload\":{\"%sId\":\"%s\",\"reason\":\"LEAVER\"%s%s}}",
        type, kind, id, occurred, kind, id, kind, id, text[0], text[1]);
}

static uint64_t deal(struct world *world, const char *id, const char *of, const char *owner,
                     const char *occurred) {
    char fields[300];
    char link[100] = "";
    if (of)
        (void)snprintf(link, sizeof link, ",\"clientId\":\"%s\"", of);
    (void)snprintf(fields, sizeof fields,
                   "\"dealId\":\"%s\",\"stage\":\"new\",\"ownerId\":\"%s\"%s", id, owner, link);
    return fact(world, "DealOpened", "deal", id, occurred, fields);
}

static uint64_t task(struct world *world, const char *id, const char *owner, const char *occurred) {
    char fields[200];
    (void)snprintf(fields, sizeof fields,
                   "\"taskId\":\"%s\",\"assignee\":\"%s\",\"subject\":\"Call\"", id, owner);
    return fact(world, "TaskCreated", "task", id, occurred, fields);
}

static void hire(struct world *world, const char *id, const char *from) {
    char fields[200];
    (void)snprintf(fields, sizeof fields,
                   "\"employeeId\":\"%s\",\"kind\":\"FIELD_TEAM\",\"teamName\":\"Team %s\","
                   "\"position\":\"rep\",\"managerId\":\"m\"",
                   id, id);
    fact(world, "EmployeeHired", "employee", id, from, fields);
}

static void leave(struct world *world, const char *id, const char *last_day) {
    char fields[200];
    (void)snprintf(fields, sizeof fields, "\"employeeId\":\"%s\",\"lastDay\":\"%s\"", id, last_day);
    fact(world, "EmployeeTerminated", "employee", id, "2025-03-01", fields);
}

static void place(struct world *world, const char *id, const char *parent, const char *employee,
                  const char *from, const char *to) {
    char fields[400];
    char text[3][100] = {"", "", ""};
    if (parent)
        (void)snprintf(text[0], sizeof text[0], ",\"parentId\":\"%s\"", parent);
    if (employee)
        (void)snprintf(text[1], sizeof text[1], ",\"employeeId\":\"%s\"", employee);
    if (to)
        (void)snprintf(text[2], sizeof text[2], ",\"to\":\"%s\"", to);
    (void)snprintf(fields, sizeof fields, "\"territoryId\":\"%s\",\"from\":\"%s\"%s%s%s", id, from,
                   text[0], text[1], text[2]);
    fact(world, "TerritoryAssigned", "territory", id, "2025-01-01", fields);
}

static uint64_t merge(struct world *world, const char *survivor, const char *merged,
                      const char *choices) {
    char fields[300];
    (void)snprintf(fields, sizeof fields,
                   "\"survivor\":\"%s\",\"merged\":\"%s\",\"fieldChoices\":[%s]", survivor, merged,
                   choices);
    return world_write(
        world,
        "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":"
        "\"2025-07-01\",\"actor\":\"boss\",\"subjects\":[{\"kind\":\"client\",\"id\":"
        "\"%s\"},{\"kind\":\"client\",\"id\":\"%s\"}],\"payload\":{%s}}",
        survivor, survivor, merged, fields);
}

static uint64_t unmerge(struct world *world, uint64_t of, const char *survivor,
                        const char *merged) {
    return world_write(
        world,
        "{\"type\":\"MergeReversed\",\"stream\":\"client/%s\",\"occurred\":"
        "\"2025-07-02\",\"actor\":\"boss\",\"subjects\":[{\"kind\":\"client\",\"id\":"
        "\"%s\"},{\"kind\":\"client\",\"id\":\"%s\"}],"
        "\"payload\":{\"mergeEventId\":\"%s\"}}",
        survivor, survivor, merged, event_id(world, of));
}

static void correct(struct world *world, uint64_t of, const char *what) {
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"client/a\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"boss\",\"correctsEventId\":\"%s\",\"payload\":{%s}}",
                event_id(world, of), what);
}

static void retract(struct world *world, uint64_t of) {
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"client/a\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"boss\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, of));
}

// ---- owner
static void owners_follow_one_another(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    client(world, "a", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    uint64_t moved = reassign(world, "client", "a", "r1", "r2", "2025-02-01");
    const Ledger__V1__QueryReply *reply = world_ask(world, "owner", "id", "a", NULL);
    assert_cell(reply, "client", 0, "owner", "r2");
    assert_cell(reply, "client", 0, "since", "2025-02-01");
    assert_cell(reply, "client", 0, "contradictions", "0");
    assert_int_equal(row_count(reply, "client_owners"), 2);
    assert_cell(reply, "client_owners", 0, "owner", "r1");
    assert_cell(reply, "client_owners", 0, "from", "2025-01-02");
    assert_cell(reply, "client_owners", 0, "to", "2025-02-01");
    assert_cell(reply, "client_owners", 1, "reason", "leaver");
    assert_cell(reply, "client_owners", 1, "to", "none");
    reply = world_ask(world, "owner", "id", "a", "as-of-occurred", "2025-01-31", NULL);
    assert_cell(reply, "client", 0, "owner", "r1");
    reply = world_ask(world, "owner", "id", "a", "as-of-occurred", "2025-01-01", NULL);
    assert_cell(reply, "client", 0, "owner", "none");
    retract(world, moved); // late
    assert_cell(world_ask(world, "owner", "id", "a", NULL), "client", 0, "owner", "r1");
    reply = world_ask(world, "owner", "id", "a", "as-of-position", "3", NULL);
    assert_cell(reply, "client", 0, "owner", "r2");
    assert_true(has_note(world_ask(world, "owner", "id", "z", NULL), "Nothing is known of"));
    world_close(world);
}

static void a_start_of_its_own_counts_from_that_day(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    client(world, "a", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    fact(world, "ClientAssigned", "client", "a", "2025-01-10",
         "\"clientId\":\"a\",\"employeeId\":\"r2\",\"role\":\"OWNER\",\"from\":\"2025-03-01\"");
    fact(world, "ClientAssigned", "client", "a", "2025-01-11",
         "\"clientId\":\"a\",\"employeeId\":\"s\",\"role\":\"SUPPORT\"");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "owner", "id", "a", "now", "2025-02-28", NULL);
    assert_cell(reply, "client", 0, "owner", "r1");
    assert_cell(reply, "client_owners", 1, "standing", "not yet begun");
    assert_cell(reply, "support", 0, "employee", "s");
    reply = world_ask(world, "owner", "id", "a", "now", "2025-03-01", NULL);
    assert_cell(reply, "client", 0, "owner", "r2");
    assert_cell(reply, "client", 0, "since", "2025-03-01");
    world_close(world);
}

static void contradictions_are_flagged_and_the_last_word_stands(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    hire(world, "r9", "2024-01-01");
    leave(world, "r9", "2025-01-31");
    client(world, "a", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    reassign(world, "client", "a", "r3", "r2", "2025-01-05"); // r3 never had it
    reassign(world, "client", "a", "r1", "r4", "2025-01-06"); // r1 no longer had it
    reassign(world, "client", "a", "r4", "r5", "2025-01-06"); // twice on one day
    reassign(world, "client", "a", "r5", "r5", "2025-01-07"); // has it
    reassign(world, "client", "a", "r5", "r9", "2025-02-01"); // has left
    const Ledger__V1__QueryReply *reply = world_ask(world, "owner", "id", "a", NULL);
    assert_cell(reply, "client_owners", 1, "contradiction", "from_never_owner");
    assert_cell(reply, "client_owners", 2, "contradiction", "from_former_owner");
    assert_cell(reply, "client_owners", 3, "contradiction", "same_day_twice");
    assert_cell(reply, "client_owners", 4, "contradiction", "to_holder");
    assert_cell(reply, "client_owners", 5, "contradiction", "to_leaver");
    assert_cell(reply, "client", 0, "owner", "r9");
    assert_cell(reply, "client", 0, "employment", "left");
    assert_cell(reply, "client", 0, "contradictions", "5");
    assert_int_equal(row_count(reply, "contradictions"), 5);
    task(world, "t", "r1", "2025-01-01");
    task(world, "t", "r2", "2025-01-02");
    fact(world, "TaskCompleted", "task", "t", "2025-01-03", "\"taskId\":\"t\"");
    reassign(world, "task", "t", "r1", "r2", "2025-01-04");
    reassign(world, "deal", "d", NULL, "r2", "2025-01-04");
    reply = world_ask(world, "owner", "id", "t", "kind", "task", NULL);
    assert_cell(reply, "task", 0, "open", "0");
    assert_cell(reply, "task_owners", 1, "contradiction", "started_twice");
    assert_cell(reply, "task_owners", 1, "standing", "not taken");
    assert_cell(reply, "task_owners", 2, "contradiction", "after_end");
    reply = world_ask(world, "owner", "id", "d", NULL);
    assert_cell(reply, "contradictions", 0, "code", "never_started");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "owner", "id", "t", "kind", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static void a_merge_keeps_the_survivors_owner_unless_chosen(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    client(world, "a", "2025-01-01");
    client(world, "b", "2025-01-01");
    client(world, "c", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    assign(world, "b", "r2", "2025-01-03");
    struct ledger_span before[3] = {
        answer_bytes(world, world_ask(world, "owner", "id", "a", NULL)),
        answer_bytes(world, world_ask(world, "held", "employee", "r2", NULL)),
        answer_bytes(world, world_ask(world, "orphans", NULL)),
    };
    uint64_t first = merge(world, "a", "b", "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "owner", "id", "b", NULL);
    assert_cell(reply, "client", 0, "id", "a");
    assert_cell(reply, "client", 0, "owner", "r1");
    assert_cell(reply, "client_owners", 1, "standing", "of a merged id");
    assert_cell(world_ask(world, "held", "employee", "r2", NULL), "held", 0, "clients", "0");
    assert_cell(world_ask(world, "orphans", NULL), "totals", 0, "open", "2");
    unmerge(world, first, "a", "b");
    assert_true(ledger_span_equal(before[0],
                                  answer_bytes(world, world_ask(world, "owner", "id", "a", NULL))));
    assert_true(ledger_span_equal(
        before[1], answer_bytes(world, world_ask(world, "held", "employee", "r2", NULL))));
    assert_true(
        ledger_span_equal(before[2], answer_bytes(world, world_ask(world, "orphans", NULL))));
    uint64_t second = merge(world, "a", "b", "{\"field\":\"owner\",\"clientId\":\"b\"}");
    assert_cell(world_ask(world, "owner", "id", "a", NULL), "client", 0, "owner", "r2");
    reply = world_ask(world, "held", "employee", "r2", NULL);
    assert_cell(reply, "items", 0, "id", "a");
    unmerge(world, second, "a", "b");
    merge(world, "c", "b", ""); // the survivor has no owner of its own
    assert_cell(world_ask(world, "owner", "id", "c", NULL), "client", 0, "owner", "r2");
    world_close(world);
}

static void a_correction_puts_the_right_owner_in_place(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    client(world, "a", "2025-01-01");
    uint64_t wrong = assign(world, "a", "r1", "2025-01-02");
    correct(world, wrong,
            "\"type\":\"ClientAssigned\",\"payload\":{\"clientId\":\"a\",\"employeeId\":\"r2\"}");
    assert_cell(world_ask(world, "owner", "id", "a", NULL), "client", 0, "owner", "r2");
    assert_cell(world_ask(world, "held", "employee", "r1", NULL), "held", 0, "clients", "0");
    assert_cell(world_ask(world, "held", "employee", "r2", NULL), "held", 0, "clients", "1");
    world_close(world);
}

// The same facts, applied in pages of any size and, where their times set the order, written in any
// order, give the same bytes.
static void the_order_of_writing_does_not_matter(void **state) {
    (void)state;
    static const struct {
        const char *id, *from, *to, *occurred;
    } moves[] = {
        {"a", "r1", "r2", "2025-02-01"}, {"a", "r2", "r3", "2025-03-01"},
        {"b", "r1", "r3", "2025-02-02"}, {"b", "r3", NULL, "2025-03-02"},
        {"b", NULL, "r1", "2025-03-03"},
    };
    enum { MOVES = sizeof moves / sizeof moves[0] };
    struct ledger_span first[3] = {0};
    struct world *worlds[MOVES];
    for (size_t turn = 0; turn < MOVES; turn++) {
        struct world *world = worlds[turn] = world_open(&directory);
        client(world, "a", "2025-01-01");
        client(world, "b", "2025-01-01");
        assign(world, "a", "r1", "2025-01-02");
        assign(world, "b", "r1", "2025-01-02");
        for (size_t i = 0; i < MOVES; i++) {
            size_t at = (i * (turn % 4 + 1) + turn) % MOVES;
            reassign(world, "client", moves[at].id, moves[at].from, moves[at].to,
                     moves[at].occurred);
        }
        world_apply(world, world_head(world), turn + 1);
        const struct ledger_span now[3] = {
            answer_bytes(world, world_ask(world, "held", "employee", "r1", NULL)),
            answer_bytes(world, world_ask(world, "held", "employee", "r3", NULL)),
            answer_bytes(world, world_ask(world, "orphans", "as-of-occurred", "2025-03-02", NULL)),
        };
        for (size_t i = 0; i < 3; i++) {
            assert_true(turn == 0 || ledger_span_equal(first[i], now[i]));
            if (turn == 0)
                first[i] = now[i];
        }
    }
    for (size_t turn = 0; turn < MOVES; turn++)
        world_close(worlds[turn]);
}

// ---- held, orphans
static void held_is_what_is_open_and_theirs(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    hire(world, "r1", "2024-01-01");
    client(world, "a", "2025-01-01");
    client(world, "b", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    assign(world, "b", "r1", "2025-01-02");
    fact(world, "ClientDeactivated", "client", "b", "2025-05-01", "\"clientId\":\"b\"");
    deal(world, "d1", "a", "r1", "2025-01-02");
    deal(world, "d2", NULL, "r1", "2025-01-02");
    fact(world, "DealWon", "deal", "d2", "2025-04-01", "\"dealId\":\"d2\"");
    task(world, "t1", "r1", "2025-01-03");
    reassign(world, "task", "t1", "r1", "r2", "2025-03-01");
    const Ledger__V1__QueryReply *reply = world_ask(world, "held", "employee", "r1", NULL);
    assert_cell(reply, "held", 0, "name", "Team r1");
    assert_cell(reply, "held", 0, "clients", "1");
    assert_cell(reply, "held", 0, "deals", "1");
    assert_cell(reply, "held", 0, "tasks", "0");
    assert_cell(reply, "items", 0, "name", "Name of a");
    assert_cell(reply, "items", 1, "client", "a");
    reply = world_ask(world, "held", "employee", "r1", "as-of-occurred", "2025-02-28", NULL);
    assert_cell(reply, "held", 0, "clients", "2");
    assert_cell(reply, "held", 0, "deals", "2");
    assert_cell(reply, "held", 0, "tasks", "1");
    reply = world_ask(world, "held", "employee", "r1", "as-of-occurred", "2025-02-28", "limit", "1",
                      NULL);
    assert_int_equal(row_count(reply, "items"), 1);
    assert_cell(reply, "held", 0, "clients", "2");
    fact(world, "DealReopened", "deal", "d2", "2025-06-01",
         "\"dealId\":\"d2\",\"toStage\":\"new\"");
    assert_cell(world_ask(world, "held", "employee", "r1", NULL), "held", 0, "deals", "2");
    assert_true(has_note(world_ask(world, "held", "employee", "z", NULL),
                         "Nothing is known of employee z."));
    world_close(world);
}

static void orphans_have_no_owner_or_one_who_left(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    hire(world, "r1", "2024-01-01");
    leave(world, "r1", "2025-03-31");
    client(world, "a", "2025-01-01");
    client(world, "b", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    deal(world, "d1", NULL, "r2", "2025-01-02");
    task(world, "t1", "r1", "2025-01-02");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "orphans", "as-of-occurred", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "orphans"), 1); // the last day is still a day
    assert_cell(reply, "orphans", 0, "id", "b");
    assert_cell(reply, "orphans", 0, "why", "no owner");
    reply = world_ask(world, "orphans", "as-of-occurred", "2025-04-01", NULL);
    assert_int_equal(row_count(reply, "orphans"), 3);
    assert_cell(reply, "orphans", 0, "why", "the owner left");
    assert_cell(reply, "orphans", 0, "last_day", "2025-03-31");
    assert_cell(reply, "orphans", 2, "kind", "task");
    assert_cell(reply, "no_client", 0, "deal", "d1");
    assert_cell(reply, "totals", 0, "open", "2");
    assert_cell(reply, "totals", 0, "owner_left", "1");
    assert_cell(reply, "totals", 0, "no_owner", "1");
    assert_cell(reply, "totals", 1, "orphans", "0");
    assert_cell(reply, "totals", 1, "no_client", "1");
    world_close(world);
}

static void a_closing_stage_closes_the_deal(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    fact(world, "PipelineDefined", "pipeline", "p", "2024-01-01",
         "\"pipelineId\":\"p\",\"stages\":[{\"id\":\"new\",\"kind\":\"OPEN\"},"
         "{\"id\":\"lost\",\"kind\":\"LOST\"}]");
    fact(world, "DealOpened", "deal", "d", "2025-01-02",
         "\"dealId\":\"d\",\"stage\":\"new\",\"pipelineId\":\"p\"");
    assert_cell(world_ask(world, "orphans", NULL), "totals", 1, "no_owner", "1");
    fact(world, "DealStageChanged", "deal", "d", "2025-01-03", "\"dealId\":\"d\",\"to\":\"lost\"");
    assert_cell(world_ask(world, "orphans", NULL), "totals", 1, "open", "0");
    world_close(world);
}

// As in the funnel: a deal is closed when the fact says so, whatever closing day it states.
static void a_deal_closes_when_the_fact_occurred(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    deal(world, "d", NULL, "r1", "2025-01-02");
    fact(world, "DealWon", "deal", "d", "2025-02-01",
         "\"dealId\":\"d\",\"closedOn\":\"2025-03-01\"");
    deal(world, "d", NULL, "r2", "2025-02-02"); // again: changes nothing
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "owner", "id", "d", "as-of-occurred", "2025-02-10", NULL);
    assert_cell(reply, "deal", 0, "open", "0");
    assert_cell(reply, "deal", 0, "owner", "r1");
    reply = world_ask(world, "owner", "id", "d", "as-of-occurred", "2025-01-31", NULL);
    assert_cell(reply, "deal", 0, "open", "1");
    world_close(world);
}

// Far enough east, it is tomorrow when it is recorded.
static void what_is_recorded_has_happened(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    client(world, "a", "2025-12-31");
    assign(world, "a", "r1", "2026-01-01T12:00:00+12:00"); // recorded 2026-01-01 in UTC
    assign(world, "a", "r2", "2026-01-02T01:00:00+14:00");
    const Ledger__V1__QueryReply *reply = world_ask(world, "owner", "id", "a", NULL);
    assert_cell(reply, "client", 0, "owner", "r2");
    assert_true(has_note(reply, "As things stand on 2026-01-01"));
    reply = world_ask(world, "owner", "id", "a", "now", "2026-01-01T11:30:00Z", NULL);
    assert_cell(reply, "client", 0, "owner", "r2");
    reply = world_ask(world, "owner", "id", "a", "now", "2026-01-01T10:30:00Z", NULL);
    assert_cell(reply, "client", 0, "owner", "r1");
    world_close(world);
}

static void unknown_times_are_left_out_and_told(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    client(world, "a", "unknown");
    assign(world, "a", "r1", "unknown");
    assign(world, "a", "r2", "2025-02-01");
    deal(world, "d", "a", "r1", "unknown");
    const Ledger__V1__QueryReply *reply = world_ask(world, "owner", "id", "a", NULL);
    assert_cell(reply, "client_owners", 0, "from", "unknown");
    assert_cell(reply, "client", 0, "owner", "r2");
    reply = world_ask(world, "owner", "id", "a", "as-of-occurred", "2025-01-01", NULL);
    assert_cell(reply, "client", 0, "open", "1");
    assert_cell(reply, "client", 0, "owner", "none");
    assert_true(has_note(reply, "1 step of unknown time"));
    reply = world_ask(world, "orphans", "as-of-occurred", "2025-01-01", NULL);
    assert_cell(reply, "totals", 1, "open", "0");
    assert_true(has_note(reply, "1 deal or task of unknown time is left out"));
    world_close(world);
}

// ---- handover
static void a_handover_is_complete_when_all_moved(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    hire(world, "r1", "2024-01-01");
    leave(world, "r1", "2025-03-31");
    client(world, "a", "2025-01-01");
    client(world, "b", "2025-01-01");
    client(world, "e", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    assign(world, "b", "r1", "2025-01-02");
    assign(world, "e", "r1", "2025-01-02");
    deal(world, "d1", "a", "r1", "2025-01-02");
    task(world, "t1", "r1", "2025-01-02");
    reassign(world, "client", "e", "r1", "r2", "2025-03-15"); // ahead of the last day
    reassign(world, "client", "a", "r1", "r2", "2025-03-31"); // on it
    reassign(world, "deal", "d1", "r1", NULL, "2025-04-01");
    const Ledger__V1__QueryReply *reply = world_ask(world, "handover", "employee", "r1", NULL);
    assert_cell(reply, "handover", 0, "kind", "client");
    assert_cell(reply, "handover", 0, "held", "2");
    assert_cell(reply, "handover", 0, "moved", "1");
    assert_cell(reply, "handover", 0, "left", "1");
    assert_cell(reply, "handover", 0, "moved_before", "1");
    assert_cell(reply, "handover", 3, "kind", "all");
    assert_cell(reply, "handover", 3, "held", "4");
    assert_cell(reply, "handover", 3, "to_nobody", "1");
    assert_cell(reply, "handover", 3, "completeness", "0.2500");
    assert_cell(reply, "items", 0, "outcome", "moved");
    assert_cell(reply, "items", 0, "to", "r2");
    assert_cell(reply, "items", 0, "when", "2025-03-31");
    reassign(world, "client", "b", "r1", "r2", "2025-04-02");
    reassign(world, "deal", "d1", NULL, "r2", "2025-04-02");
    uint64_t last = reassign(world, "task", "t1", "r1", "r3", "2025-04-02");
    reply = world_ask(world, "handover", "employee", "r1", NULL);
    assert_cell(reply, "handover", 3, "completeness", "1.0000");
    reply =
        world_ask(world, "handover", "correlation", "00000000-0000-7000-8000-00000000abcd", NULL);
    assert_cell(reply, "handover", 3, "leaver", "r1");
    assert_cell(reply, "handover", 3, "completeness", "1.0000");
    retract(world, last);
    reply = world_ask(world, "handover", "employee", "r1", NULL);
    assert_cell(reply, "handover", 3, "completeness", "0.7500");
    uint64_t apart = fact(world, "TaskReassigned", "task", "t1", "2025-04-03",
                          "\"taskId\":\"t1\",\"fromEmployee\":\"r1\",\"toEmployee\":\"r4\"");
    reply =
        world_ask(world, "handover", "correlation", "00000000-0000-7000-8000-00000000abcd", NULL);
    assert_cell(reply, "handover", 3, "completeness", "0.7500");
    assert_cell(reply, "handover", 3, "elsewhere", "1");
    reply = world_ask(world, "handover", "employee", "r1", NULL);
    assert_cell(reply, "handover", 3, "completeness", "1.0000");
    retract(world, apart);
    fact(world, "TaskCancelled", "task", "t1", "2025-04-05", "\"taskId\":\"t1\"");
    reply = world_ask(world, "handover", "employee", "r1", NULL);
    assert_cell(reply, "handover", 3, "closed", "1");
    assert_cell(reply, "handover", 3, "left", "0");
    reply = world_ask(world, "handover", "employee", "r7", NULL);
    assert_cell(reply, "handover", 3, "completeness", "none");
    assert_true(has_note(reply, "Nothing is known of employee r7."));
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "handover", NULL), LEDGER_E_INVALID_VALUE);
    world_close(world);
}

// ---- territories, employees
static void territories_are_those_in_force(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    hire(world, "r1", "2024-01-01");
    place(world, "north", NULL, "m", "2025-01-01", NULL);
    place(world, "n1", "north", "r1", "2025-01-01", NULL);
    place(world, "n1", "north", "r2", "2025-02-01", "2025-02-28"); // stands in
    client(world, "a", "2025-01-01");
    client(world, "b", "2025-01-01");
    client(world, "c", "2025-01-01");
    assign(world, "a", "r1", "2025-01-02");
    world_write(world, "{\"type\":\"ClientDetailsChanged\",\"stream\":\"client/b\",\"occurred\":"
                       "\"2025-01-05\",\"actor\":\"r1\",\"territory\":\"south\",\"subjects\":"
                       "[{\"kind\":\"client\",\"id\":\"b\"}],\"payload\":{\"clientId\":\"b\","
                       "\"field\":\"address\",\"new\":\"x\"}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "territories", NULL);
    assert_int_equal(row_count(reply, "territories"), 3);
    assert_cell(reply, "territories", 0, "territory", "north");
    assert_cell(reply, "territories", 0, "clients", "0");
    assert_cell(reply, "territories", 0, "clients_below", "1");
    assert_cell(reply, "territories", 1, "territory", "n1");
    assert_cell(reply, "territories", 1, "level", "1");
    assert_cell(reply, "territories", 1, "employee", "r1");
    assert_cell(reply, "territories", 1, "clients", "1");
    assert_cell(reply, "territories", 2, "territory", "south");
    assert_cell(reply, "territories", 2, "by_latest_fact", "1");
    assert_cell(reply, "territories", 2, "flag", "not_in_force");
    assert_cell(reply, "outside", 0, "clients", "1");
    reply = world_ask(world, "territories", "now", "2025-02-10", NULL);
    assert_cell(reply, "territories", 1, "employee", "r2");
    assert_cell(reply, "territories", 1, "clients", "0");
    assert_cell(reply, "outside", 0, "clients", "2");
    reply = world_ask(world, "territory", "territory", "n1", "now", "2025-02-28", NULL);
    assert_cell(reply, "holders", 1, "in_force", "1");
    assert_cell(reply, "holders", 1, "to", "2025-02-28");
    place(world, "n1", "north", "r3", "2025-02-20", NULL);
    reply = world_ask(world, "territory", "territory", "n1", NULL);
    assert_cell(reply, "holders", 2, "flag", "overlaps");
    assert_true(has_note(world_ask(world, "territory", "territory", "zz", NULL), "Nothing is"));
    place(world, "north", "n1", "m", "2025-06-01", NULL); // its own grandparent
    reply = world_ask(world, "territories", NULL);
    assert_int_equal(row_count(reply, "territories"), 3);
    assert_cell(reply, "territories", 0, "flag", "own_parent");
    world_close(world);
}

static void employees_are_as_they_stand(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    hire(world, "r1", "2024-01-01");
    fact(world, "EmployeeHired", "employee", "r2", "2024-01-01",
         "\"employeeId\":\"r2\",\"from\":\"2026-06-01\"");
    fact(world, "EmployeeChanged", "employee", "r1", "2025-01-01",
         "\"employeeId\":\"r1\",\"kind\":\"POSITION\",\"position\":\"senior\",\"from\":"
         "\"2025-02-01\"");
    fact(world, "EmployeeChanged", "employee", "r1", "2025-01-01",
         "\"employeeId\":\"r1\",\"kind\":\"ABSENCE\",\"absence\":\"vacation\",\"from\":"
         "\"2025-03-01\",\"to\":\"2025-03-14\"");
    fact(world, "EmployeeChanged", "employee", "r1", "2025-01-01",
         "\"employeeId\":\"r1\",\"kind\":\"MANAGER\",\"managerId\":\"n\",\"from\":\"2025-04-01\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "employees", "now", "2025-03-14", NULL);
    assert_cell(reply, "employees", 0, "position", "senior");
    assert_cell(reply, "employees", 0, "manager", "m");
    assert_cell(reply, "employees", 0, "absence", "vacation");
    assert_cell(reply, "employees", 0, "absent_to", "2025-03-14");
    assert_cell(reply, "employees", 1, "employment", "not yet begun");
    assert_cell(reply, "totals", 0, "working", "1");
    assert_cell(reply, "totals", 0, "absent", "1");
    assert_cell(reply, "totals", 0, "ahead", "1");
    leave(world, "r1", "2025-05-31");
    reply = world_ask(world, "employee", "employee", "r1", "now", "2025-05-31", NULL);
    assert_cell(reply, "employee", 0, "employment", "works here");
    assert_cell(reply, "employee", 0, "last_day", "2025-05-31");
    assert_cell(reply, "employee", 0, "manager", "n");
    assert_cell(reply, "employee", 0, "absent", "0");
    assert_int_equal(row_count(reply, "history"), 5);
    reply = world_ask(world, "employee", "employee", "r1", "now", "2025-06-01", NULL);
    assert_cell(reply, "employee", 0, "employment", "left");
    world_close(world);
}

static void nothing_recorded_answers_nothing(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    assert_int_equal(row_count(world_ask(world, "orphans", NULL), "orphans"), 0);
    assert_int_equal(row_count(world_ask(world, "territories", NULL), "territories"), 0);
    assert_int_equal(row_count(world_ask(world, "employees", NULL), "employees"), 0);
    world_close(world);
}

static void what_names_nothing_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&directory);
    fact(world, "DealWon", "deal", "d", "2025-01-01", "");
    fact(world, "ClientDetailsChanged", "client", "a", "2025-01-01", "\"clientId\":\"a\"");
    fact(world, "TerritoryAssigned", "territory", "t", "2025-01-01", "\"employeeId\":\"r\"");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 3);
    assert_cell(reply, "parked", 1, "reason", "payload: the fact has no field");
    assert_int_equal(row_count(world_ask(world, "territories", NULL), "territories"), 0);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_follow_one_another),
        cmocka_unit_test(a_start_of_its_own_counts_from_that_day),
        cmocka_unit_test(contradictions_are_flagged_and_the_last_word_stands),
        cmocka_unit_test(a_merge_keeps_the_survivors_owner_unless_chosen),
        cmocka_unit_test(a_correction_puts_the_right_owner_in_place),
        cmocka_unit_test(the_order_of_writing_does_not_matter),
        cmocka_unit_test(held_is_what_is_open_and_theirs),
        cmocka_unit_test(orphans_have_no_owner_or_one_who_left),
        cmocka_unit_test(a_closing_stage_closes_the_deal),
        cmocka_unit_test(a_deal_closes_when_the_fact_occurred),
        cmocka_unit_test(what_is_recorded_has_happened),
        cmocka_unit_test(unknown_times_are_left_out_and_told),
        cmocka_unit_test(a_handover_is_complete_when_all_moved),
        cmocka_unit_test(territories_are_those_in_force),
        cmocka_unit_test(employees_are_as_they_stand),
        cmocka_unit_test(nothing_recorded_answers_nothing),
        cmocka_unit_test(what_names_nothing_is_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
