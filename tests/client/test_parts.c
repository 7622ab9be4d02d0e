// What the client library is made of, without a service: packing, gathering, backing off, pages.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "append_job.h"
#include "backoff.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/reader.h"

// ---- packing

static struct append_job *job_of(const struct ledger_new_append *append) {
    struct append_job *job;
    struct ledger_error error;
    assert_int_equal(append_job_new(append, &job, &error), LEDGER_E_OK);
    return job;
}

static void test_packed_as_protobuf_does(void **state) {
    (void)state;
    Ledger__V1__Event unpacked = LEDGER__V1__EVENT__INIT;
    unpacked.stream = "visit/1";
    unpacked.actor = "rep-1";
    const struct ledger_span personal[] = {ledger_span_text("first"), ledger_span_text("")};
    const struct ledger_new_event events[] = {
        {.event = ledger_span_text("these bytes"), .personal = personal, .personal_count = 2},
        {.unpacked = &unpacked},
    };
    const struct ledger_expected_version expected[] = {{"visit/1", 0}, {"deal/2", 1ULL << 40}};
    const struct ledger_new_append append = {
        .events = events,
        .event_count = 2,
        .expected = expected,
        .expected_count = 2,
        .allow_duplicates = true,
    };
    struct append_job *job = job_of(&append);
    uint8_t request[512];
    size_t header = request_header(job->size, request);
    memcpy(request + header, job->bytes, job->size);

    struct ledger_arena *arena = ledger_arena_new(0);
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__request__descriptor,
                                           ledger_span_of(request, header + job->size),
                                           LEDGER_REQUEST_SIZE_MAX, arena, &message, NULL),
                     LEDGER_E_OK);
    const Ledger__V1__Request *read = (const Ledger__V1__Request *)message;
    assert_int_equal(read->body_case, LEDGER__V1__REQUEST__BODY_APPEND);
    assert_int_equal(read->append->n_appends, 1);
    const Ledger__V1__Append *one = read->append->appends[0];
    assert_int_equal(one->n_events, 2);
    assert_memory_equal(one->events[0]->event.data, "these bytes", 11);
    assert_int_equal(one->events[0]->n_personal, 2);
    assert_memory_equal(one->events[0]->personal[0].data, "first", 5);
    assert_int_equal(one->events[0]->personal[1].len, 0);
    Ledger__V1__Event *event =
        ledger__v1__event__unpack(NULL, one->events[1]->event.len, one->events[1]->event.data);
    assert_string_equal(event->stream, "visit/1");
    ledger__v1__event__free_unpacked(event, NULL);
    assert_int_equal(one->n_expected, 2);
    assert_true(one->expected[0]->has_version);
    assert_int_equal(one->expected[0]->version, 0);
    assert_string_equal(one->expected[1]->stream, "deal/2");
    assert_int_equal(one->expected[1]->version, 1ULL << 40);
    assert_true(one->allow_duplicates);
    ledger_arena_free(arena);
    free(job);
}

static void test_what_would_have_others_refused_is_refused_first(void **state) {
    (void)state;
    static uint8_t bytes[LEDGER_REQUEST_SIZE_MAX];
    char long_name[LEDGER_STREAM_SIZE_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const struct {
        struct ledger_new_event event;
        struct ledger_expected_version expected;
        enum ledger_err err;
    } cases[] = {
        {{.event = ledger_span_of(bytes, sizeof bytes)}, {"a/b", 1}, LEDGER_E_TOO_LARGE},
        {{.event = ledger_span_text("x")}, {NULL, 1}, LEDGER_E_MISSING_FIELD},
        {{.event = ledger_span_text("x")}, {"a/\xff", 1}, LEDGER_E_INVALID_UTF8},
        {{.event = ledger_span_text("x")}, {long_name, 1}, LEDGER_E_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ledger_error error = {0};
        struct append_job *job;
        const struct ledger_new_append append = {.events = &cases[i].event,
                                                 .event_count = 1,
                                                 .expected = &cases[i].expected,
                                                 .expected_count = 1};
        assert_int_equal(append_job_new(&append, &job, &error), cases[i].err);
        assert_null(job);
    }
}

// ---- gathering

static void add(struct job_list *queue, size_t size, bool alone) {
    static uint8_t bytes[GATHER_BYTES];
    const struct ledger_new_event event = {.event = ledger_span_of(bytes, size)};
    struct append_job *job =
        job_of(&(struct ledger_new_append){.events = &event, .event_count = 1});
    job->alone = alone;
    job_list_add(queue, job);
}

static void drop(struct job_list *list) {
    struct append_job *job;
    while ((job = job_list_take(list)) != NULL)
        free(job);
    assert_int_equal(list->count, 0);
    assert_int_equal(list->bytes, 0);
}

// Gathers once and gives how many.
static size_t gathered(struct job_list *queue) {
    struct job_list request = {0};
    size_t before = queue->count;
    gather(queue, &request);
    size_t count = request.count;
    assert_int_equal(queue->count + count, before);
    assert_true(count <= 1 || request.bytes <= GATHER_BYTES);
    assert_true(request.bytes + REQUEST_HEADER_MAX <= LEDGER_REQUEST_SIZE_MAX);
    drop(&request);
    return count;
}

static void test_a_request_takes_so_many_bytes(void **state) {
    (void)state;
    struct job_list queue = {0};
    for (int i = 0; i < 5; i++)
        add(&queue, GATHER_BYTES / 3, false);
    assert_int_equal(gathered(&queue), 2);
    add(&queue, GATHER_BYTES, false); // too large for company, but not for a request
    assert_int_equal(gathered(&queue), 2);
    assert_int_equal(gathered(&queue), 1);
    assert_int_equal(gathered(&queue), 1);
    assert_int_equal(gathered(&queue), 0);
}

static void test_a_request_takes_so_many_appends(void **state) {
    (void)state;
    struct job_list queue = {0};
    for (int i = 0; i < LEDGER_APPENDS_MAX + 7; i++)
        add(&queue, 1, false);
    assert_int_equal(gathered(&queue), LEDGER_APPENDS_MAX);
    assert_int_equal(gathered(&queue), 7);
}

static void test_who_must_be_alone_is(void **state) {
    (void)state;
    struct job_list queue = {0};
    add(&queue, 1, false);
    add(&queue, 1, true);
    add(&queue, 1, true);
    add(&queue, 1, false);
    add(&queue, 1, false);
    assert_int_equal(gathered(&queue), 1);
    assert_int_equal(gathered(&queue), 1);
    assert_int_equal(gathered(&queue), 1);
    assert_int_equal(gathered(&queue), 2);
}

static void test_lists_keep_their_order(void **state) {
    (void)state;
    struct job_list queue = {0}, front = {0}, empty = {0};
    for (size_t size = 1; size <= 4; size++)
        add(size <= 2 ? &front : &queue, size, false);
    job_list_prepend(&queue, &empty);
    job_list_prepend(&queue, &front);
    assert_int_equal(front.count, 0);
    add(&queue, 5, false);
    size_t last = 0;
    for (const struct append_job *job = queue.first; job != NULL; job = job->next) {
        assert_true(job->size > last);
        last = job->size;
    }
    assert_int_equal(queue.count, 5);
    drop(&queue);
    add(&front, 1, false);
    job_list_prepend(&queue, &front);
    add(&queue, 2, false);
    assert_int_equal(queue.count, 2);
    drop(&queue);
}

// ---- backing off

static void test_back_off(void **state) {
    (void)state;
    struct backoff backoff;
    backoff_init(&backoff);
    uint32_t most = BACKOFF_MS_MIN;
    for (int i = 0; i < 100; i++) {
        uint32_t ms = backoff_next_ms(&backoff, 0);
        assert_in_range(ms, most / 2, most);
        most = 2 * most < BACKOFF_MS_MAX ? 2 * most : BACKOFF_MS_MAX;
    }
    assert_in_range(backoff_next_ms(&backoff, 3000), 3000, 4500); // what the service asks for
    backoff_succeeded(&backoff);
    assert_in_range(backoff_next_ms(&backoff, 0), BACKOFF_MS_MIN / 2, BACKOFF_MS_MIN);
}

static void test_clients_do_not_try_again_together(void **state) {
    (void)state;
    struct backoff a = {.random = 1}, b = {.random = 2};
    int same = 0;
    for (int i = 0; i < 100; i++)
        same += backoff_next_ms(&a, 0) == backoff_next_ms(&b, 0);
    assert_in_range(same, 0, 50);
}

// ---- pages

static struct ledger_span packed_page(struct ledger_buffer *buffer, size_t records) {
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__ReadReply read = LEDGER__V1__READ_REPLY__INIT;
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    Ledger__V1__Record record[3], *list[3];
    uint8_t id[16] = {1, 2, 3};
    for (size_t i = 0; i < records; i++) {
        ledger__v1__record__init(&record[i]);
        record[i].has_position = record[i].has_recorded_at = record[i].has_stream_version = true;
        record[i].position = i + 7;
        record[i].event = &event;
        list[i] = &record[i];
    }
    reply.body_case = LEDGER__V1__REPLY__BODY_READ;
    reply.read = &read;
    read.n_records = records;
    read.records = list;
    read.has_examined = read.has_head = read.has_more = true;
    read.examined = 9;
    read.head = 11;
    read.more = true;
    read.identity = &identity;
    identity.has_ledger_id = identity.has_epoch = true;
    identity.ledger_id = (ProtobufCBinaryData){sizeof id, id};
    identity.epoch = 5;
    ledger_message_pack(&reply.base, buffer);
    return ledger_buffer_span(buffer);
}

static void test_pages(void **state) {
    (void)state;
    struct ledger_arena *arena = ledger_arena_new(0);
    for (size_t records = 0; records <= 3; records++) {
        struct ledger_buffer buffer = {0};
        struct ledger_reader_page page;
        struct ledger_span record;
        assert_int_equal(ledger_page_read(packed_page(&buffer, records), arena, &page, NULL),
                         LEDGER_E_OK);
        assert_int_equal(page.record_count, records);
        assert_int_equal(page.examined, 9);
        assert_int_equal(page.head, 11);
        assert_true(page.more);
        assert_int_equal(page.identity.epoch, 5);
        assert_int_equal(page.identity.ledger_id.bytes[2], 3);
        for (size_t i = 0; i < records; i++) {
            Ledger__V1__Record *unpacked;
            assert_true(ledger_page_next(&page.records, &record));
            assert_int_equal(ledger_record_unpack(record, arena, &unpacked, NULL), LEDGER_E_OK);
            assert_int_equal(unpacked->position, i + 7);
        }
        assert_false(ledger_page_next(&page.records, &record));
        ledger_buffer_fini(&buffer);
    }
    ledger_arena_free(arena);
}

// In memory of its own, so that a sanitizer sees a read beyond the end.
static enum ledger_err read_copy(struct ledger_span bytes, struct ledger_error *error) {
    struct ledger_arena *arena = ledger_arena_new(0);
    struct ledger_reader_page page;
    uint8_t *copy = malloc(bytes.size + 1);
    memcpy(copy, bytes.data, bytes.size);
    uint8_t *exact = realloc(copy, bytes.size != 0 ? bytes.size : 1);
    enum ledger_err err = ledger_page_read(ledger_span_of(exact, bytes.size), arena, &page, error);
    free(exact);
    ledger_arena_free(arena);
    return err;
}

static void test_pages_cut_short(void **state) {
    (void)state;
    struct ledger_buffer buffer = {0};
    struct ledger_span whole = packed_page(&buffer, 3);
    for (size_t size = 0; size < whole.size; size++)
        assert_int_not_equal(read_copy(ledger_span_of(whole.data, size), NULL), LEDGER_E_OK);
    for (size_t at = 0; at < whole.size; at++) // whatever comes of it, nothing breaks
        for (unsigned bit = 0; bit < 8; bit++) {
            buffer.data[at] ^= (uint8_t)(1u << bit);
            (void)!read_copy(whole, NULL);
            buffer.data[at] ^= (uint8_t)(1u << bit);
        }
    ledger_buffer_fini(&buffer);
}

static void test_an_error_in_place_of_a_page(void **state) {
    (void)state;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__Error told = LEDGER__V1__ERROR__INIT;
    struct ledger_buffer buffer = {0};
    struct ledger_error error = {0};
    told.has_number = told.has_retry_after_ms = true;
    told.number = LEDGER_E_BUSY;
    told.retry_after_ms = 70;
    reply.error = &told;
    ledger_message_pack(&reply.base, &buffer);
    assert_int_equal(read_copy(ledger_buffer_span(&buffer), &error), LEDGER_E_BUSY);
    assert_int_equal(error.retry_after_ms, 70);
    ledger_buffer_fini(&buffer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_as_protobuf_does),
        cmocka_unit_test(test_what_would_have_others_refused_is_refused_first),
        cmocka_unit_test(test_a_request_takes_so_many_bytes),
        cmocka_unit_test(test_a_request_takes_so_many_appends),
        cmocka_unit_test(test_who_must_be_alone_is),
        cmocka_unit_test(test_lists_keep_their_order),
        cmocka_unit_test(test_back_off),
        cmocka_unit_test(test_clients_do_not_try_again_together),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_pages_cut_short),
        cmocka_unit_test(test_an_error_in_place_of_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
