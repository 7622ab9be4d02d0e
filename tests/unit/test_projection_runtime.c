// The runtime: effective facts, as-of, merges, arguments, rounding.
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "facts/v1/visit.pb-c.h"
#include "runtime/projection_internal.h"
#include "runtime/ratio.h"
#include "test_projection_fixture.h"

// ---- a small projection: one row for each visit
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
        projection_answer_text(answer, (const char *)id.data);
        projection_answer_text(answer, projection_view_client(view, projection_read_text(&reader)));
        projection_answer_text(answer, projection_read_text(&reader));
        projection_answer_moment(answer, &row.occurred);
        projection_answer_integer(answer, (int64_t)row.position);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static const enum ledger_fact types[] = {LEDGER_FACT_VisitReported};
static const struct projection_parameter parameters[] = {
    {"limit", "N", "at most so many rows"}, {"must", "TEXT", "nothing", false}, {0}};
static const struct projection_parameter needy[] = {{"must", "TEXT", "something", true}, {0}};
static const struct projection_query queries[] = {{"visits", "all", parameters, answer_visits},
                                                  {"needy", "all", needy, answer_visits}};
static const struct projection small = {.name = "small",
                                        .summary = "Visits.",
                                        .fold_version = 1,
                                        .types = types,
                                        .type_count = 1,
                                        .map = map,
                                        .queries = queries,
                                        .query_count = 2};

// ---- facts
static uint64_t visit(struct world *world, const char *id, const char *client, const char *result,
                      const char *occurred) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"visitId\":\"%s\",\"clientId\":\"%s\","
                       "\"resultCode\":\"%s\"}}",
                       id, occurred, id, client, result);
}

static uint64_t correct(struct world *world, uint64_t target, const char *id, const char *result) {
    return world_write(world,
                       "{\"type\":\"FactCorrected\",\"stream\":\"visit/%s\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                       "{\"type\":\"VisitReported\",\"payload\":{\"visitId\":\"%s\",\"clientId\":"
                       "\"c1\",\"resultCode\":\"%s\"}}}",
                       id, event_id(world, target), id, result);
}

static uint64_t retract(struct world *world, uint64_t target) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"visit/v1\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       event_id(world, target));
}

static uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return world_write(world,
                       "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"payload\":{\"survivor\":\"%s\","
                       "\"merged\":\"%s\"}}",
                       survivor, survivor, merged);
}

static uint64_t unmerge(struct world *world, uint64_t target) {
    return world_write(world,
                       "{\"type\":\"MergeReversed\",\"stream\":\"client/a\",\"occurred\":"
                       "\"2026-02-01\",\"actor\":\"r1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                       event_id(world, target));
}

static const char *result_at(struct world *world, uint64_t position) {
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, position);
    return cell(world, world_ask(world, NULL, "as-of-position", text, NULL), "visits", 0, "result");
}

// ---- effective facts
static void correction_replaces_from_its_position_on(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    correct(world, 1, "v1", "second");
    correct(world, 1, "v1", "third");
    assert_string_equal(result_at(world, 1), "first");
    assert_string_equal(result_at(world, 2), "second");
    assert_string_equal(result_at(world, 3), "third");
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_int_equal(row_count(reply, "visits"), 1);
    assert_cell(reply, "visits", 0, "position", "1");
    assert_cell(reply, "visits", 0, "occurred", "2026-01-10");
    assert_int_equal(reply->position, 3);
    world_close(world);
}

static void correction_may_move_the_fact_to_another_key_and_time(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "done", "2026-01-10");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"visit/v1\",\"occurred\":\"2026-02-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":"
                "\"VisitReported\",\"occurred\":\"2026-01-20T10:00:00+03:00\",\"payload\":"
                "{\"visitId\":\"v2\",\"clientId\":\"c1\"}}}",
                event_id(world, 1));
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    assert_int_equal(row_count(reply, "visits"), 1);
    assert_cell(reply, "visits", 0, "visit", "v2");
    assert_cell(reply, "visits", 0, "result", "none");
    assert_cell(reply, "visits", 0, "occurred", "2026-01-20T10:00:00+03:00");
    reply = world_ask(world, NULL, "as-of-occurred", "2026-01-15", NULL);
    assert_int_equal(row_count(reply, "visits"), 0);
    reply = world_ask(world, NULL, "as-of-occurred", "2026-01-15", "as-of-position", "1", NULL);
    assert_cell(reply, "visits", 0, "visit", "v1");
    world_close(world);
}

static void retraction_takes_out_and_its_retraction_restores(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    uint64_t correction = correct(world, 1, "v1", "second");
    uint64_t retraction = retract(world, 1);
    uint64_t restored = retract(world, retraction);
    uint64_t undone = retract(world, correction);
    assert_string_equal(result_at(world, correction), "second");
    assert_string_equal(result_at(world, retraction), "no row");
    assert_string_equal(result_at(world, restored), "second");
    assert_string_equal(result_at(world, undone), "first");
    uint64_t last = retract(world, undone);
    assert_string_equal(result_at(world, last), "second");
    world_close(world);
}

static void amendment_of_an_unknown_fact_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    correct(world, 2, "v1", "too early");
    visit(world, "v1", "c1", "first", "2026-01-10");
    retract(world, 77);
    assert_string_equal(result_at(world, 3), "first");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 2);
    assert_cell(reply, "parked", 0, "position", "1");
    assert_cell(reply, "parked", 1, "code", "not_found");
    reply = world_ask(world, "parked", "as-of-position", "2", NULL);
    assert_int_equal(row_count(reply, "parked"), 1);
    world_close(world);
}

static void correction_of_another_type_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"visit/v1\",\"occurred\":\"2026-02-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":\"DealWon\","
                "\"payload\":{\"dealId\":\"d\"}}}",
                event_id(world, 1));
    assert_string_equal(result_at(world, 2), "first");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_cell(reply, "parked", 0, "code", "invalid_value");
    world_close(world);
}

static void poison_is_set_aside_and_can_be_made_good(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "poison", "2026-01-10");
    visit(world, "v2", "c1", "fine", "2026-01-10");
    uint64_t good = correct(world, 1, "v1", "good");
    uint64_t bad = correct(world, 1, "v1", "poison");
    assert_string_equal(result_at(world, 2), "fine");
    assert_string_equal(result_at(world, good), "good");
    assert_string_equal(result_at(world, bad), "fine");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 2);
    assert_cell(reply, "parked", 0, "reason", "result_code: poison");
    assert_cell(reply, "parked", 1, "position", "4");
    world_close(world);
}

// A history of visits, with amendments of whatever came before.
static void write_history(struct world *world, unsigned seed, int length) {
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

// What is known at N is what a model that ends at N knows, whatever came later and in whatever
// pages it came.
static void as_of_position_equals_the_past(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 20; seed++) {
        struct world *world = world_open(&small);
        write_history(world, seed, 30);
        world_apply(world, world_head(world), 1 + seed % 7);
        for (uint64_t position = 1; position <= world_head(world); position++) {
            char text[32];
            (void)snprintf(text, sizeof text, "%" PRIu64, position);
            struct world *past = world_copy(world, position, 3);
            const Ledger__V1__QueryReply *then = world_ask(past, NULL, NULL);
            const Ledger__V1__QueryReply *now =
                world_ask(world, NULL, "as-of-position", text, NULL);
            if (!ledger_span_equal(answer_bytes(past, then), answer_bytes(world, now)))
                fail_msg("seed %u, position %" PRIu64, seed, position);
            world_close(past);
        }
        world_close(world);
    }
}

// By the definition alone: an amendment counts unless a later one that counts takes it back; of
// those on the fact itself, the last one decides.
static bool counts(const struct chain *chain, size_t at) {
    for (size_t later = at + 1; later < chain->count; later++)
        if (chain->entries[later].retraction && counts(chain, later) &&
            chain->entries[later].target == at + 1)
            return false;
    return true;
}

static void chains_are_evaluated_as_defined(void **state) {
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        struct chain_entry entries[10] = {0};
        bool taken_back[10];
        struct chain chain = {.entries = entries, .count = 1 + (unsigned)rand_r(&seed) % 10};
        for (size_t i = 0; i < chain.count; i++) {
            size_t target = (unsigned)rand_r(&seed) % (i + 1); // 0 = the root
            entries[i].position = i + 2;
            entries[i].retraction = rand_r(&seed) % 2;
            entries[i].target = entries[i].retraction ? target : CHAIN_ROOT;
        }
        size_t expected = SIZE_MAX;
        for (size_t i = 0; i < chain.count; i++)
            if (counts(&chain, i) && entries[i].target == CHAIN_ROOT)
                expected = i;
        size_t winner = SIZE_MAX;
        enum chain_state found = chain_evaluate(&chain, chain.count, &winner, taken_back);
        assert_int_equal(winner, expected);
        assert_int_equal(found, expected == SIZE_MAX           ? CHAIN_AS_WRITTEN
                                : entries[expected].retraction ? CHAIN_RETRACTED
                                                               : CHAIN_CORRECTED);
    }
}

enum { LINKS = 300 };

// Each names the one before: the corrections correct the root, and each retraction takes back the
// one it names, which restores what that had taken back.
static void long_chain_is_followed_link_by_link(void **state) {
    (void)state;
    for (int retractions = 0; retractions < 2; retractions++) {
        struct world *world = world_open(&small);
        uint64_t last = visit(world, "v1", "c1", "first", "2026-01-10");
        for (int i = 1; i <= LINKS; i++) {
            char result[16];
            (void)snprintf(result, sizeof result, "r%d", i);
            last = retractions ? retract(world, last) : correct(world, last, "v1", result);
        }
        world_apply(world, last, 7);
        for (int i = 1; i <= LINKS; i++) {
            char result[16];
            (void)snprintf(result, sizeof result, "r%d", i);
            const char *expected = !retractions ? result : i % 2 ? "no row" : "first";
            assert_string_equal(result_at(world, 1 + (uint64_t)i), expected);
        }
        assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 0);
        assert_true(world_fetches(world) <= 2 * LINKS); // the root, and what was in force
        world_close(world);
    }
}

// A correction that cannot be used does not join the chain, but leads to the root all the same.
static void chain_goes_through_what_was_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    uint64_t last = visit(world, "v1", "c1", "first", "2026-01-10");
    for (int i = 0; i < LINKS; i++)
        last = world_write(world,
                           "{\"type\":\"FactCorrected\",\"stream\":\"visit/v1\",\"occurred\":"
                           "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                           "{\"type\":\"DealWon\",\"payload\":{\"dealId\":\"d\"}}}",
                           event_id(world, last));
    assert_string_equal(result_at(world, last), "first");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), LINKS);
    uint64_t takes_back_nothing = retract(world, last);
    assert_string_equal(result_at(world, takes_back_nothing), "first");
    uint64_t good = correct(world, last, "v1", "good");
    assert_string_equal(result_at(world, good), "good");
    assert_true(world_fetches(world) <= LINKS + 4);
    world_close(world);
}

static void chain_of_a_type_without_rows_costs_no_more_than_a_fetch_a_link(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    uint64_t last = world_write(world, "{\"type\":\"DealWon\",\"stream\":\"deal/d\",\"occurred\":"
                                       "\"2026-01-10\",\"actor\":\"r1\",\"payload\":"
                                       "{\"dealId\":\"d\"}}");
    for (int i = 0; i < LINKS; i++)
        last = retract(world, last);
    world_apply(world, last, 7);
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 0);
    assert_true(world_fetches(world) <= LINKS);
    world_close(world);
}

static void rebuild_gives_the_same_rows(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    write_history(world, 42, 200);
    world_apply(world, world_head(world), 1);
    struct world *again = world_copy(world, world_head(world), 64);
    assert_string_equal(world_dump(world), world_dump(again));
    world_close(again);
    world_close(world);
}

static void checkpoint_and_rows_outlive_the_process(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    world_apply(world, 1, 1);
    world_reopen(world, NULL);
    assert_int_equal(world_checkpoint(world), 1);
    correct(world, 1, "v1", "second");
    assert_string_equal(result_at(world, 2), "second");
    assert_string_equal(result_at(world, 1), "first");
    world_close(world);
}

static void another_fold_begins_an_empty_model(void **state) {
    (void)state;
    struct projection raised = small;
    raised.fold_version = 2;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    world_apply(world, 1, 1);
    world_reopen(world, &raised);
    assert_int_equal(world_checkpoint(world), 0);
    assert_int_equal(world_models(world), 1); // the old one is swept away
    assert_string_equal(result_at(world, 1), "first");
    assert_int_equal(world_ask(world, NULL, NULL)->fold_version, 2);
    world_close(world);
}

static void what_is_no_model_is_made_anew(void **state) {
    (void)state;
    static const size_t sizes[] = {50000, 4096, 1, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct world *world = world_open(&small);
        visit(world, "v1", "c1", "first", "2026-01-10");
        world_apply(world, 1, 1);
        world_spoil(world, sizes[i]);
        world_reopen(world, NULL);
        assert_int_equal(world_checkpoint(world), 0);
        assert_int_equal(world_models(world), 1);
        assert_string_equal(result_at(world, 1), "first");
        world_close(world);
    }
}

// ---- time
static void as_of_occurred_takes_whole_days_and_leaves_unknown_out(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "a", "2026-01-10T23:30:00-05:00"); // the 11th in UTC
    visit(world, "v2", "c1", "b", "2026-01-10");
    visit(world, "v3", "c1", "c", "2026-01-11");
    visit(world, "v4", "c1", "d", "unknown");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "as-of-occurred", "2026-01-10", NULL);
    assert_int_equal(row_count(reply, "visits"), 2);
    assert_true(has_note(reply, "1 fact whose time is unknown is left out"));
    assert_string_equal(reply->as_of_occurred, "2026-01-10");
    reply = world_ask(world, NULL, "as-of-occurred", "2026-01-10T23:59:59Z", NULL);
    assert_int_equal(row_count(reply, "visits"), 0);
    reply = world_ask(world, NULL, NULL);
    assert_int_equal(row_count(reply, "visits"), 4);
    assert_cell(reply, "visits", 3, "occurred", "unknown");
    world_close(world);
}

static void late_facts_give_the_same_answer_in_any_order(void **state) {
    (void)state;
    static const int orders[][3] = {{1, 2, 3}, {3, 2, 1}, {2, 3, 1}};
    struct ledger_span first = {0};
    struct world *worlds[3];
    for (size_t i = 0; i < 3; i++) {
        struct world *world = worlds[i] = world_open(&small);
        for (size_t n = 0; n < 3; n++) {
            char id[8], day[16];
            (void)snprintf(id, sizeof id, "v%d", orders[i][n]);
            (void)snprintf(day, sizeof day, "2026-01-0%d", orders[i][n]);
            visit(world, id, "c1", "x", day);
        }
        const Ledger__V1__QueryReply *reply =
            world_ask(world, NULL, "as-of-occurred", "2026-01-02", NULL);
        for (size_t row = 0; row < 2; row++) // positions differ, as they must
            reply->tables[0]->rows[row]->values[4]->has_integer = false;
        struct ledger_span bytes = answer_bytes(world, reply);
        if (i)
            assert_true(ledger_span_equal(first, bytes));
        else
            first = bytes;
    }
    for (size_t i = 0; i < 3; i++)
        world_close(worlds[i]);
}

static void as_of_recorded_finds_the_position(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    correct(world, 1, "v1", "second");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "as-of-recorded", "2026-01-01T00:00:01Z", NULL);
    assert_int_equal(reply->position, 1);
    assert_true(reply->has_settled && reply->settled);
    assert_cell(reply, "visits", 0, "result", "first");
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01", NULL);
    assert_int_equal(reply->position, 2);
    assert_false(reply->settled);
    // Facts are recorded at whole seconds here, so that the second's end is what tells.
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01T00:00:01.000Z", NULL);
    assert_int_equal(reply->position, 1);
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01 00:00:00", NULL);
    assert_int_equal(reply->position, 0);
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01 00:00:01", NULL);
    assert_int_equal(reply->position, 1);
    reply = world_ask(world, NULL, "as-of-recorded", "2026-01-01 02:00:01+02:00", NULL);
    assert_int_equal(reply->position, 1);
    world_close(world);
}

static void recorded_time_without_a_fraction_takes_in_its_second(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t micros; // within the day
    } rows[] = {{"2026-01-01T00:00:43Z", 43999999},      {"2026-01-01 00:00:43", 43999999},
                {"2026-01-01T01:00:43+01:00", 43999999}, {"2026-01-01T00:00:43.0Z", 43000000},
                {"2026-01-01 00:00:43.25", 43250000},    {"2026-01-01", 86399999999}};
    struct ledger_arena *arena = ledger_arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Ledger__V1__QueryRequest request = LEDGER__V1__QUERY_REQUEST__INIT;
        Ledger__V1__Parameter parameter = LEDGER__V1__PARAMETER__INIT;
        Ledger__V1__Parameter *list = &parameter;
        struct projection_question question;
        struct ledger_error error = {0};
        parameter.name = (char[]){"as-of-recorded"};
        parameter.value = (char *)(uintptr_t)rows[i].text;
        request.n_parameters = 1;
        request.parameters = &list;
        assert_int_equal(projection_question_read(&small, &request, arena, &question, &error),
                         LEDGER_E_OK);
        assert_int_equal(question.recorded_at, INT64_C(1767225600000000) + rows[i].micros);
    }
    ledger_arena_free(arena);
}

// ---- merges
static const char *client_of(struct world *world, const char *visit_id) {
    const Ledger__V1__QueryReply *reply = world_ask(world, NULL, NULL);
    for (size_t i = 0; i < row_count(reply, "visits"); i++)
        if (strcmp(cell(world, reply, "visits", i, "visit"), visit_id) == 0)
            return cell(world, reply, "visits", i, "client");
    return NULL;
}

static void merges_join_and_fall_apart(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "a", "x", "2026-01-10");
    visit(world, "v2", "b", "x", "2026-01-10");
    visit(world, "v3", "c", "x", "2026-01-10");
    struct ledger_span before = answer_bytes(world, world_ask(world, NULL, NULL));
    uint64_t b_into_a = merge(world, "a", "b");
    uint64_t c_into_b = merge(world, "b", "c");
    assert_string_equal(client_of(world, "v2"), "a");
    assert_string_equal(client_of(world, "v3"), "a");
    const Ledger__V1__QueryReply *then = world_ask(world, NULL, "as-of-position", "4", NULL);
    assert_cell(then, "visits", 2, "client", "c");
    unmerge(world, b_into_a);
    assert_string_equal(client_of(world, "v2"), "b");
    assert_string_equal(client_of(world, "v3"), "b");
    unmerge(world, c_into_b);
    assert_true(ledger_span_equal(before, answer_bytes(world, world_ask(world, NULL, NULL))));
    world_close(world);
}

static void retracted_merge_is_no_merge(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    uint64_t merged = merge(world, "a", "b");
    assert_string_equal(client_of(world, "v1"), "a");
    uint64_t retraction = retract(world, merged);
    assert_string_equal(client_of(world, "v1"), "b");
    retract(world, retraction);
    assert_string_equal(client_of(world, "v1"), "a");
    world_close(world);
}

static void merge_that_closes_a_cycle_is_ignored_and_flagged(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    merge(world, "a", "b");
    merge(world, "b", "a");
    assert_string_equal(client_of(world, "v1"), "a");
    assert_true(has_note(world_ask(world, NULL, NULL), "The merge of a into b at position 3 is "
                                                       "ignored"));
    unmerge(world, 2);
    assert_string_equal(client_of(world, "v1"), "b");
    visit(world, "v2", "a", "x", "2026-01-10");
    assert_string_equal(client_of(world, "v2"), "b"); // the later merge counts now
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    world_close(world);
}

static void ignored_merge_is_told_where_it_matters(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "elsewhere", "x", "2026-01-10");
    merge(world, "a", "b");
    merge(world, "b", "a");
    merge(world, "c", "d");
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    uint64_t known = visit(world, "v2", "d", "x", "2026-01-10");
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    visit(world, "v3", "b", "x", "2026-01-10");
    assert_true(has_note(world_ask(world, NULL, NULL), "ignored"));
    char position[32];
    (void)snprintf(position, sizeof position, "%" PRIu64, known);
    assert_false(has_note(world_ask(world, NULL, "as-of-position", position, NULL), "ignored"));
    world_close(world);
}

static const char *parked_reason(struct world *world, size_t row) {
    return cell(world, world_ask(world, "parked", NULL), "parked", row, "reason");
}

static void long_run_of_merges_has_one_survivor(void **state) {
    (void)state;
    for (int up = 0; up < 2; up++) {
        struct world *world = world_open(&small);
        char first[16], second[16];
        visit(world, "v1", up ? "c0" : "c300", "x", "2026-01-10");
        for (int i = 0; i < LINKS; i++) {
            (void)snprintf(first, sizeof first, "c%d", i);
            (void)snprintf(second, sizeof second, "c%d", i + 1);
            merge(world, up ? second : first, up ? first : second);
        }
        assert_string_equal(client_of(world, "v1"), up ? "c300" : "c0");
        unmerge(world, 101); // of c99 and c100
        assert_string_equal(client_of(world, "v1"), up ? "c99" : "c100");
        world_close(world);
    }
}

static void merge_into_itself_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "a", "x", "2026-01-10");
    uint64_t merged = merge(world, "a", "a");
    assert_string_equal(client_of(world, "v1"), "a");
    assert_false(has_note(world_ask(world, NULL, NULL), "ignored"));
    assert_non_null(strstr(parked_reason(world, 0), "cannot be merged into itself"));
    // A correction makes it good, and only from there on.
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"client/a\",\"occurred\":"
                "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                "{\"type\":\"ClientsMerged\",\"payload\":{\"survivor\":\"b\",\"merged\":"
                "\"a\"}}}",
                event_id(world, merged));
    assert_string_equal(client_of(world, "v1"), "b");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

static void reversal_of_no_merge_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    unmerge(world, 3); // before the merge
    uint64_t merged = merge(world, "a", "b");
    uint64_t of_a_visit = unmerge(world, 1);
    unmerge(world, 99);
    assert_string_equal(client_of(world, "v1"), "a");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 3);
    assert_string_equal(parked_reason(world, 2),
                        "payload.merge_event_id: it names no ClientsMerged "
                        "that the ledger holds before it");
    retract(world, of_a_visit); // nothing to take out, and no harm
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"client/a\",\"occurred\":"
                "\"2026-02-01\",\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":"
                "{\"type\":\"MergeReversed\",\"payload\":{\"mergeEventId\":\"%s\"}}}",
                event_id(world, 5), event_id(world, merged));
    assert_string_equal(client_of(world, "v1"), "b"); // it names the merge now
    world_close(world);
}

static void second_reversal_is_set_aside_while_the_first_stands(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "b", "x", "2026-01-10");
    uint64_t merged = merge(world, "a", "b");
    uint64_t first = unmerge(world, merged);
    uint64_t second = unmerge(world, merged);
    assert_string_equal(client_of(world, "v1"), "b");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    assert_non_null(strstr(parked_reason(world, 0), "reversed already, at position 3"));
    uint64_t retraction = retract(world, first);
    assert_string_equal(client_of(world, "v1"), "b"); // by the second
    retract(world, second);
    assert_string_equal(client_of(world, "v1"), "a");
    retract(world, retraction);
    assert_string_equal(client_of(world, "v1"), "b");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

// Merges, reversals and amendments of either at random: what is known at N is what a model that
// ends at N knows, and no order of them brings the model down.
static void merges_as_of_position_equal_the_past(void **state) {
    (void)state;
    static const char *const clients[] = {"a", "b", "c", "d"};
    for (unsigned seed = 1; seed <= 8; seed++) {
        unsigned chance = seed;
        struct world *world = world_open(&small);
        for (size_t i = 0; i < 4; i++)
            visit(world, "v", clients[i], "x", "2026-01-10");
        while (world_head(world) < 24) {
            uint64_t target = 1 + (unsigned)rand_r(&chance) % world_head(world);
            switch (rand_r(&chance) % 4) {
            case 0:
                retract(world, target);
                break;
            case 1:
                unmerge(world, target);
                break;
            default:
                merge(world, clients[rand_r(&chance) % 4], clients[rand_r(&chance) % 4]);
            }
        }
        world_apply(world, world_head(world), 1 + seed % 7);
        for (uint64_t position = 4; position <= world_head(world); position++) {
            static const char *const queries_asked[] = {"visits", "parked"};
            char text[32];
            (void)snprintf(text, sizeof text, "%" PRIu64, position);
            struct world *past = world_copy(world, position, 3);
            for (size_t i = 0; i < 2; i++) {
                const Ledger__V1__QueryReply *then = world_ask(past, queries_asked[i], NULL);
                const Ledger__V1__QueryReply *now =
                    world_ask(world, queries_asked[i], "as-of-position", text, NULL);
                if (!ledger_span_equal(answer_bytes(past, then), answer_bytes(world, now)))
                    fail_msg("seed %u, position %" PRIu64 ", %s", seed, position, queries_asked[i]);
            }
            world_close(past);
        }
        world_close(world);
    }
}

// ---- questions
static void parameters_are_held_against_the_table(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    struct ledger_error error;
    visit(world, "v1", "c1", "x", "2026-01-10");
    assert_int_equal(world_refuse(world, &error, NULL, "colour", "red", NULL),
                     LEDGER_E_UNKNOWN_FIELD);
    assert_string_equal(error.field, "colour");
    assert_non_null(strstr(error.message, "it takes limit, must, and like every query "
                                          "as-of-position, as-of-recorded,"));
    assert_int_equal(world_refuse(world, &error, "needy", NULL), LEDGER_E_MISSING_FIELD);
    assert_string_equal(error.field, "must");
    assert_int_equal(world_refuse(world, &error, "nothing", NULL), LEDGER_E_INVALID_VALUE);
    assert_string_equal(error.message,
                        "small has no query nothing; it has visits, needy, parked, digest");
    assert_int_equal(world_refuse(world, &error, NULL, "limit", "", NULL), LEDGER_E_INVALID_VALUE);
    assert_string_equal(error.field, "limit");
    assert_string_equal(error.message, "needs a value");
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-position", "", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "limit", "-1", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "limit", "1", "limit", "2", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-occurred", "soon", NULL),
                     LEDGER_E_INVALID_TIME);
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-position", "1", "as-of-recorded",
                                  "2026-01-01", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, NULL, "as-of-position", "9", NULL),
                     LEDGER_E_CATCHING_UP);
    world_close(world);
}

static void numbers_may_have_commas(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t limit; // 0 = refused
    } rows[] = {{"2", 2},     {"0,002", 2}, {"000,002", 2},  {"1,000", 1000}, {",002", 0},
                {"2,", 0},    {"0,02", 0},  {"0002,000", 0}, {"1,0000", 0},   {"1,,000", 0},
                {"1.000", 0}, {"1 000", 0}, {"+2", 0}};
    struct world *world = world_open(&small);
    for (int i = 0; i < 3; i++)
        visit(world, "v", "c1", "x", "2026-01-10");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger_error error;
        if (!rows[i].limit) {
            assert_int_equal(world_refuse(world, &error, NULL, "limit", rows[i].text, NULL),
                             LEDGER_E_INVALID_VALUE);
            continue;
        }
        const Ledger__V1__QueryReply *reply = world_ask(world, NULL, "limit", rows[i].text, NULL);
        assert_int_equal(row_count(reply, "visits"), rows[i].limit < 3 ? rows[i].limit : 3);
    }
    world_close(world);
}

static void limit_counts_what_it_leaves_off(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    for (int i = 0; i < 5; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "v%d", i);
        visit(world, id, "c1", "x", "2026-01-10");
    }
    const Ledger__V1__QueryReply *reply =
        world_ask(world, NULL, "limit", "2", "now", "2026-03-01", NULL);
    assert_int_equal(row_count(reply, "visits"), 2);
    assert_int_equal(reply->tables[0]->rows_left_off, 3);
    assert_string_equal(reply->now, "2026-03-01");
    world_close(world);
}

// ---- figures, keys, values
static void ratios_round_half_to_even_once(void **state) {
    (void)state;
    static const struct {
        int64_t numerator, denominator, scaled;
    } rows[] = {{1, 3, 3333},  {2, 3, 6667},   {1, 20000, 0},        {3, 20000, 2},
                {5, 20000, 2}, {-1, 20000, 0}, {-3, 20000, -2},      {-2, 3, -6667},
                {7, 1, 70000}, {1, -2, -5000}, {50001, 100000, 5000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t scaled = -1;
        assert_true(projection_ratio_round(
            projection_ratio_of(rows[i].numerator, rows[i].denominator), &scaled));
        assert_int_equal(scaled, rows[i].scaled);
    }
    int64_t scaled;
    assert_false(projection_ratio_round(projection_ratio_of(1, 0), &scaled));
    assert_false(projection_ratio_round(projection_ratio_of((__int128)INT64_MAX, 1), &scaled));
    struct projection_ratio half =
        projection_ratio_over(projection_ratio_of(3, 4), projection_ratio_of(3, 2));
    assert_true(projection_ratio_round(half, &scaled));
    assert_int_equal(scaled, 5000);
    assert_true(projection_ratio_over(half, projection_ratio_of(0, 5)).none);
    assert_int_equal(projection_currency_digits("JPY"), 0);
    assert_int_equal(projection_currency_digits("USD"), 2);
    assert_int_equal(projection_currency_digits("KWD"), 3);
}

static void keys_sort_as_their_parts(void **state) {
    (void)state;
    static const int64_t numbers[] = {INT64_MIN, -5, -1, 0, 1, 300, INT64_MAX};
    struct projection_key before = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct projection_key key = {0};
        projection_key_i64(&key, numbers[i]);
        if (i)
            assert_true(memcmp(before.bytes, key.bytes, 8) < 0);
        struct ledger_span span = ledger_span_of(key.bytes, key.size);
        int64_t back;
        assert_true(projection_key_read_i64(&span, &back));
        assert_int_equal(back, numbers[i]);
        assert_false(projection_key_read_i64(&span, &back));
        before = key;
    }
    struct projection_key ab = {0}, a_b = {0};
    projection_key_text(&ab, "ab");
    projection_key_text(&a_b, "a");
    projection_key_text(&a_b, "b");
    assert_true(memcmp(a_b.bytes, ab.bytes, 2) < 0);
    struct projection_key day = {0};
    projection_key_day(&day, -3);
    struct ledger_span span = ledger_span_of(day.bytes, day.size);
    int32_t back;
    assert_true(projection_key_read_day(&span, &back));
    assert_int_equal(back, -3);
    char long_text[600];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    projection_key_text(&day, long_text);
    assert_true(day.failed);
}

static void values_read_back_as_written(void **state) {
    (void)state;
    struct projection_rows rows = {0};
    struct ledger_buffer *value = projection_rows_value(&rows);
    projection_value_text(value, "text");
    projection_value_text(value, NULL);
    projection_value_text(value, "");
    projection_value_number(value, INT64_MIN);
    projection_value_number(value, 300);
    struct projection_reader reader = {ledger_buffer_span(value)};
    assert_string_equal(projection_read_text(&reader), "text");
    assert_null(projection_read_text(&reader));
    assert_string_equal(projection_read_text(&reader), "");
    assert_int_equal(projection_read_number(&reader), INT64_MIN);
    assert_int_equal(projection_read_number(&reader), 300);
    assert_null(projection_read_text(&reader));
    assert_int_equal(projection_read_number(&reader), 0);
    projection_rows_fini(&rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correction_replaces_from_its_position_on),
        cmocka_unit_test(correction_may_move_the_fact_to_another_key_and_time),
        cmocka_unit_test(retraction_takes_out_and_its_retraction_restores),
        cmocka_unit_test(amendment_of_an_unknown_fact_is_set_aside),
        cmocka_unit_test(correction_of_another_type_is_set_aside),
        cmocka_unit_test(poison_is_set_aside_and_can_be_made_good),
        cmocka_unit_test(as_of_position_equals_the_past),
        cmocka_unit_test(chains_are_evaluated_as_defined),
        cmocka_unit_test(long_chain_is_followed_link_by_link),
        cmocka_unit_test(chain_goes_through_what_was_set_aside),
        cmocka_unit_test(chain_of_a_type_without_rows_costs_no_more_than_a_fetch_a_link),
        cmocka_unit_test(rebuild_gives_the_same_rows),
        cmocka_unit_test(checkpoint_and_rows_outlive_the_process),
        cmocka_unit_test(another_fold_begins_an_empty_model),
        cmocka_unit_test(what_is_no_model_is_made_anew),
        cmocka_unit_test(as_of_occurred_takes_whole_days_and_leaves_unknown_out),
        cmocka_unit_test(late_facts_give_the_same_answer_in_any_order),
        cmocka_unit_test(as_of_recorded_finds_the_position),
        cmocka_unit_test(merges_join_and_fall_apart),
        cmocka_unit_test(retracted_merge_is_no_merge),
        cmocka_unit_test(merge_that_closes_a_cycle_is_ignored_and_flagged),
        cmocka_unit_test(ignored_merge_is_told_where_it_matters),
        cmocka_unit_test(long_run_of_merges_has_one_survivor),
        cmocka_unit_test(merge_into_itself_is_set_aside),
        cmocka_unit_test(reversal_of_no_merge_is_set_aside),
        cmocka_unit_test(second_reversal_is_set_aside_while_the_first_stands),
        cmocka_unit_test(merges_as_of_position_equal_the_past),
        cmocka_unit_test(recorded_time_without_a_fraction_takes_in_its_second),
        cmocka_unit_test(numbers_may_have_commas),
        cmocka_unit_test(parameters_are_held_against_the_table),
        cmocka_unit_test(limit_counts_what_it_leaves_off),
        cmocka_unit_test(ratios_round_half_to_even_once),
        cmocka_unit_test(keys_sort_as_their_parts),
        cmocka_unit_test(values_read_back_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
