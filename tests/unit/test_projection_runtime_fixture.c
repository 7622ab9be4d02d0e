#include "test_projection_runtime_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/visit.pb-c.h"

// ---- the projection
enum { VISITS = 1 };

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const Facts__V1__VisitReported *visit = (const Facts__V1__VisitReported *)fact->payload;
    struct projection_key key = {0};
    if (visit->result_code && strcmp(visit->result_code, "poison") == 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "result_code", "poison");
    projection_key_text(&key, visit->visit_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, visit->client_id);
    projection_value_text(value, visit->result_code);
    projection_rows_put(rows, VISITS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

static const struct projection_column columns[] = {{"visit", "Visit", PROJECTION_ID},
                                                   {"client", "Client", PROJECTION_ID},
                                                   {"result", "Result", PROJECTION_TEXT},
                                                   {"occurred", "Occurred", PROJECTION_TEXT},
                                                   {"position", "Position", PROJECTION_INTEGER}};

static enum ledger_err answer_visits(struct projection_view *view,
                                     const struct projection_arguments *arguments,
                                     struct projection_answer *answer, struct ledger_error *error) {
    const char *client = projection_argument(arguments, "client");
    struct projection_row row;
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (err)
        return err;
    projection_answer_table(answer, "visits", "Visits", PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    struct projection_cursor *cursor = projection_scan(view, VISITS, NULL, false);
    while (projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        struct ledger_span id;
        assert_true(projection_key_read_text(&row.key, &id));
        const char *of = projection_read_text(&reader);
        if (client && !projection_view_is_client(view, of, client))
            continue;
        projection_answer_text(answer, (const char *)id.data);
        projection_answer_text(answer, projection_view_client(view, of));
        projection_answer_text(answer, projection_read_text(&reader));
        projection_answer_moment(answer, &row.occurred);
        projection_answer_integer(answer, (int64_t)row.position);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static const enum ledger_fact types[] = {LEDGER_FACT_VisitReported};
static const struct projection_parameter parameters[] = {
    {"limit", "N", "at most so many rows"},
    {"must", "TEXT", "nothing", false},
    {"client", "ID", "only this client", false},
    {0}};
static const struct projection_parameter needy[] = {{"must", "TEXT", "something", true}, {0}};
static const struct projection_query queries[] = {{"visits", "all", parameters, answer_visits},
                                                  {"needy", "all", needy, answer_visits}};
const struct projection small = {.name = "small",
                                 .summary = "Visits.",
                                 .fold_version = 1,
                                 .types = types,
                                 .type_count = 1,
                                 .map = map,
                                 .queries = queries,
                                 .query_count = 2};

// ---- facts
uint64_t visit(struct world *world, const char *id, const char *client, const char *result,
               const char *occurred) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"visitId\":\"%s\",\"clientId\":\"%s\","
                       "\"resultCode\":\"%s\"}}",
                       id, occurred, id, client, result);
}

uint64_t correct(struct world *world, uint64_t target, const char *id, const char *result) {
    return world_write(world,
                       "{\"type\":\"FactCorrected\",\"stream\":\"visit/%s\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                       "{\"type\":\"VisitReported\",\"payload\":{\"visitId\":\"%s\",\"clientId\":"
                       "\"c1\",\"resultCode\":\"%s\"}}}",
                       id, event_id(world, target), id, result);
}

uint64_t retract(struct world *world, uint64_t target) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"visit/v1\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       event_id(world, target));
}

uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return world_write(world,
                       "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"payload\":{\"survivor\":\"%s\","
                       "\"merged\":\"%s\"}}",
                       survivor, survivor, merged);
}

uint64_t unmerge(struct world *world, uint64_t target) {
    return world_write(world,
                       "{\"type\":\"MergeReversed\",\"stream\":\"client/a\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                       event_id(world, target));
}

void write_history(struct world *world, unsigned seed, int length) {
    for (int i = 0; i < length; i++) {
        uint64_t head = world_head(world);
        uint64_t target = head ? 1 + (unsigned)rand_r(&seed) % head : 0;
        char id[16], result[16], day[16];
        (void)snprintf(id, sizeof id, "v%d", rand_r(&seed) % 6);
        (void)snprintf(result, sizeof result, "r%d", i);
        (void)snprintf(day, sizeof day, "2026-01-%02d", 1 + rand_r(&seed) % 28);
        switch (head ? rand_r(&seed) % 4 : 0) {
        case 0:
            visit(world, id, i % 2 ? "c1" : "c2", i % 7 ? result : "poison",
                  i % 5 ? day : "unknown");
            break;
        case 1:
            correct(world, target, id, i % 9 ? result : "poison");
            break;
        default:
            retract(world, target);
        }
    }
}

// ---- answers
const char *result_at(struct world *world, uint64_t position) {
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, position);
    return cell(world, world_ask(world, NULL, "as-of-position", text, NULL), "visits", 0, "result");
}
