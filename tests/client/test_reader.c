// The reader against a service that behaves as the test says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_service.h"
#include "ledger/event.h"
#include "ledger/reader.h"

enum { PATIENT_MS = 30000, PAGE_RECORDS = 10 };

// A ledger whose records 1 to `head` say nothing but their position, and one cursor.
struct service {
    struct fake fake;
    uint64_t head, epoch;
    char stream[32]; // of the last filter
    unsigned reads, busy, silent, lost_moves;
    struct ledger_request *waiting; // a read at the end
    uint64_t waiting_from;
    bool has_cursor, cursor_stale;
    uint64_t cursor;
};

static uint8_t ledger_id[16] = "a ledger's UUID";

static Ledger__V1__LedgerIdentity identity_of(const struct service *service) {
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    identity.has_ledger_id = identity.has_epoch = true;
    identity.ledger_id = (ProtobufCBinaryData){sizeof ledger_id, ledger_id};
    identity.epoch = service->epoch;
    return identity;
}

static void refuse(struct ledger_request *request, enum ledger_err code) {
    struct ledger_error error = {0};
    ledger_fail(&error, code, NULL, "as the test asked");
    ledger_request_answer_error(request, &error);
}

static void answer_page(const struct service *service, struct ledger_request *request,
                        uint64_t from) {
    Ledger__V1__Record records[PAGE_RECORDS], *list[PAGE_RECORDS];
    Ledger__V1__ReadReply read = LEDGER__V1__READ_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__LedgerIdentity identity = identity_of(service);
    for (; from <= service->head && read.n_records < PAGE_RECORDS; from++) {
        Ledger__V1__Record *record = &records[read.n_records];
        ledger__v1__record__init(record);
        record->has_position = true;
        record->position = from;
        list[read.n_records++] = record;
    }
    read.records = list;
    read.identity = &identity;
    read.has_examined = read.has_head = read.has_more = true;
    read.examined = from - 1;
    read.head = service->head;
    read.more = from <= service->head;
    reply.body_case = LEDGER__V1__REPLY__BODY_READ;
    reply.read = &read;
    ledger_request_answer(request, &reply);
}

static void handle_read(struct service *service, struct ledger_request *request,
                        const Ledger__V1__ReadRequest *read) {
    service->reads++;
    if (read->filter != NULL)
        snprintf(service->stream, sizeof service->stream, "%s", read->filter->stream);
    if (service->silent > 0) {
        service->silent--;
        ledger_request_drop(request);
    } else if (service->busy > 0) {
        service->busy--;
        refuse(request, LEDGER_E_BUSY);
    } else if (read->identity != NULL && read->identity->epoch != service->epoch) {
        refuse(request, LEDGER_E_WRONG_LEDGER);
    } else if (read->wait_ms != 0 && read->from > service->head) {
        assert_null(service->waiting);
        service->waiting = request;
        service->waiting_from = read->from;
    } else {
        answer_page(service, request, read->from);
    }
}

static Ledger__V1__Cursor cursor_of(const struct service *service,
                                    Ledger__V1__LedgerIdentity *identity) {
    Ledger__V1__Cursor cursor = LEDGER__V1__CURSOR__INIT;
    cursor.name = "mailer";
    cursor.has_position = cursor.has_stale = true;
    cursor.position = service->cursor;
    cursor.stale = service->cursor_stale;
    cursor.identity = identity;
    return cursor;
}

static void handle_list(const struct service *service, struct ledger_request *request) {
    Ledger__V1__LedgerIdentity identity = identity_of(service);
    Ledger__V1__Cursor cursor = cursor_of(service, &identity);
    Ledger__V1__ListCursorsReply list = LEDGER__V1__LIST_CURSORS_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    list.n_cursors = service->has_cursor;
    list.cursors = (Ledger__V1__Cursor *[]){&cursor};
    reply.body_case = LEDGER__V1__REPLY__BODY_LIST_CURSORS;
    reply.list_cursors = &list;
    ledger_request_answer(request, &reply);
}

static void handle_move(struct service *service, struct ledger_request *request,
                        const Ledger__V1__MoveCursorRequest *move) {
    Ledger__V1__LedgerIdentity identity = identity_of(service);
    if (move->has_expected_position &&
        (service->cursor_stale || move->expected_position != service->cursor)) {
        refuse(request, LEDGER_E_CURSOR_MOVED);
        return;
    }
    service->has_cursor = true;
    service->cursor_stale = false;
    service->cursor = move->position;
    if (service->lost_moves > 0) {
        service->lost_moves--;
        ledger_request_drop(request);
        return;
    }
    Ledger__V1__Cursor cursor = cursor_of(service, &identity);
    Ledger__V1__MoveCursorReply moved = LEDGER__V1__MOVE_CURSOR_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    moved.cursor = &cursor;
    reply.body_case = LEDGER__V1__REPLY__BODY_MOVE_CURSOR;
    reply.move_cursor = &moved;
    ledger_request_answer(request, &reply);
}

static void handle(void *user, struct ledger_request *request, const Ledger__V1__Request *message) {
    struct service *service = user;
    pthread_mutex_lock(&service->fake.lock);
    switch ((int)message->body_case) {
    case LEDGER__V1__REQUEST__BODY_READ:
        handle_read(service, request, message->read);
        break;
    case LEDGER__V1__REQUEST__BODY_LIST_CURSORS:
        handle_list(service, request);
        break;
    case LEDGER__V1__REQUEST__BODY_MOVE_CURSOR:
        handle_move(service, request, message->move_cursor);
        break;
    default:
        refuse(request, LEDGER_E_INVALID_REQUEST);
        break;
    }
    pthread_cond_broadcast(&service->fake.changed);
    pthread_mutex_unlock(&service->fake.lock);
}

static void gone(void *user, struct ledger_request *request) {
    struct service *service = user;
    pthread_mutex_lock(&service->fake.lock);
    bool ours = service->waiting == request;
    if (ours)
        service->waiting = NULL;
    pthread_mutex_unlock(&service->fake.lock);
    if (ours)
        ledger_request_drop(request);
}

static void set_head(struct service *service, uint64_t head) {
    pthread_mutex_lock(&service->fake.lock);
    service->head = head;
    if (service->waiting != NULL)
        answer_page(service, service->waiting, service->waiting_from);
    service->waiting = NULL;
    pthread_mutex_unlock(&service->fake.lock);
}

static void set_epoch(struct service *service, uint64_t epoch) {
    pthread_mutex_lock(&service->fake.lock);
    service->epoch = epoch;
    pthread_mutex_unlock(&service->fake.lock);
}

static void set_cursor(struct service *service, uint64_t position) {
    pthread_mutex_lock(&service->fake.lock);
    service->cursor = position;
    pthread_mutex_unlock(&service->fake.lock);
}

static void expect_cursor(struct service *service, uint64_t position) {
    pthread_mutex_lock(&service->fake.lock);
    assert_int_equal(service->cursor, position);
    pthread_mutex_unlock(&service->fake.lock);
}

static int set_up(void **state) {
    struct service *service = calloc(1, sizeof *service);
    struct ledger_server_options options = {.handler = handle, .gone = gone, .user = service};
    if (service == NULL)
        return -1;
    service->epoch = 1;
    *state = service;
    return fake_open(&service->fake, &options) ? 0 : -1;
}

static int tear_down(void **state) {
    struct service *service = *state;
    set_head(service, service->head);
    fake_close(&service->fake);
    free(service);
    return 0;
}

// ---- the reading side

static struct ledger_reader *open_reader(const struct service *service,
                                         struct ledger_reader_options options) {
    struct ledger_reader *reader;
    struct ledger_error error;
    options.url = service->fake.url;
    if (ledger_reader_open(&options, &reader, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    return reader;
}

// The page holds first to last, and was asked for in whatever way.
static void expect_page(struct ledger_reader *reader, uint32_t wait_ms, uint64_t first,
                        uint64_t last) {
    struct ledger_reader_page page;
    struct ledger_span record;
    struct ledger_record_parts parts;
    struct ledger_error error;
    if (ledger_reader_next(reader, wait_ms, &page, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    assert_int_equal(page.record_count, last + 1 - first);
    assert_int_equal(page.examined, last);
    for (; first <= last; first++) {
        assert_true(ledger_page_next(&page.records, &record));
        (void)!ledger_record_split(record, &parts, NULL, NULL);
        assert_int_equal(parts.position, first);
    }
    assert_false(ledger_page_next(&page.records, &record));
}

static void expect_error(struct ledger_reader *reader, enum ledger_err err) {
    struct ledger_reader_page page;
    struct ledger_error error = {0};
    assert_int_equal(ledger_reader_next(reader, PATIENT_MS, &page, &error), err);
    assert_int_equal(error.code, err);
}

// ---- tests

static void test_pages_to_the_end(void **state) {
    struct service *service = *state;
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    char stream[] = "visit/1";
    filter.stream = stream;
    service->head = 25;
    struct ledger_reader *reader =
        open_reader(service, (struct ledger_reader_options){.from = 4, .filter = &filter});
    stream[0] = '\0'; // it has a copy
    expect_page(reader, 0, 4, 13);
    fake_wait(&service->fake, &service->reads, 2); // the next one is on its way
    expect_page(reader, 0, 14, 23);
    expect_page(reader, 0, 24, 25);
    expect_page(reader, 0, 26, 25); // nothing more
    ledger_reader_close(reader);
    pthread_mutex_lock(&service->fake.lock);
    assert_string_equal(service->stream, "visit/1");
    pthread_mutex_unlock(&service->fake.lock);
}

static void test_waiting_at_the_end(void **state) {
    struct service *service = *state;
    struct ledger_reader *reader = open_reader(service, (struct ledger_reader_options){0});
    expect_page(reader, 0, 1, 0);
    expect_page(reader, 20, 1, 0); // asks, and does not wait longer than it may
    fake_wait(&service->fake, &service->reads, 2);
    expect_page(reader, 20, 1, 0);
    expect_page(reader, 0, 1, 0);
    assert_int_equal(fake_get(&service->fake, &service->reads), 2); // the same question stands
    set_head(service, 1);
    expect_page(reader, PATIENT_MS, 1, 1);
    ledger_reader_close(reader);
}

static void test_busy_or_silent(void **state) {
    struct service *service = *state;
    service->head = 15;
    service->silent = 1;
    service->busy = 2;
    struct ledger_reader *reader =
        open_reader(service, (struct ledger_reader_options){.timeout_ms = 100});
    expect_page(reader, 0, 1, 10);
    assert_int_equal(fake_get(&service->fake, &service->silent), 0);
    assert_int_equal(fake_get(&service->fake, &service->busy), 0);
    expect_page(reader, 0, 11, 15);
    ledger_reader_close(reader);
}

static void test_patience_ends(void **state) {
    struct service *service = *state;
    service->head = 5;
    struct ledger_reader *reader =
        open_reader(service, (struct ledger_reader_options){.patience_ms = 1});
    fake_set(&service->fake, &service->busy, 1000000);
    expect_error(reader, LEDGER_E_BUSY);
    fake_set(&service->fake, &service->busy, 0);
    expect_page(reader, 0, 1, 5); // where it was
    ledger_reader_close(reader);
}

static void test_another_ledger(void **state) {
    struct service *service = *state;
    service->head = 5;
    struct ledger_reader *reader = open_reader(service, (struct ledger_reader_options){0});
    expect_page(reader, 0, 1, 5);
    set_epoch(service, 2);
    expect_error(reader, LEDGER_E_WRONG_LEDGER);
    ledger_reader_close(reader);

    const struct ledger_identity other = {.epoch = 1};
    set_epoch(service, 1);
    reader = open_reader(service, (struct ledger_reader_options){.identity = &other});
    expect_error(reader, LEDGER_E_WRONG_LEDGER);
    ledger_reader_close(reader);
}

static void *interrupt(void *reader) {
    ledger_reader_interrupt(reader);
    return NULL;
}

static void test_interrupt(void **state) {
    struct service *service = *state;
    pthread_t thread;
    struct ledger_reader *reader = open_reader(service, (struct ledger_reader_options){0});
    expect_page(reader, 20, 1, 0);
    assert_int_equal(pthread_create(&thread, NULL, interrupt, reader), 0);
    expect_error(reader, LEDGER_E_INTERRUPTED);
    pthread_join(thread, NULL);
    expect_error(reader, LEDGER_E_INTERRUPTED);
    ledger_reader_close(reader);
}

static void test_cursor(void **state) {
    struct service *service = *state;
    const struct ledger_reader_options options = {.cursor = "mailer", .timeout_ms = 200};
    struct ledger_error error;
    service->head = 15;
    struct ledger_reader *reader = open_reader(service, options);
    expect_page(reader, 0, 1, 10);
    assert_int_equal(ledger_reader_move_cursor(reader, 10, &error), LEDGER_E_OK);
    expect_page(reader, 0, 11, 15);
    fake_set(&service->fake, &service->lost_moves,
             1); // done, but its answer does not come: asked again it finds it done
    assert_int_equal(ledger_reader_move_cursor(reader, 12, &error), LEDGER_E_OK);
    expect_cursor(service, 12);
    ledger_reader_close(reader);

    reader = open_reader(service, options);
    expect_page(reader, 0, 13, 15);
    set_cursor(service, 14); // somebody else
    assert_int_equal(ledger_reader_move_cursor(reader, 15, &error), LEDGER_E_CURSOR_MOVED);
    expect_cursor(service, 14);
    ledger_reader_close(reader);
}

static void test_cursor_of_before_a_restore(void **state) {
    struct service *service = *state;
    struct ledger_reader_options options = {.url = service->fake.url, .cursor = "mailer"};
    struct ledger_reader *reader;
    struct ledger_error error;
    service->head = 5;
    service->has_cursor = service->cursor_stale = true;
    set_cursor(service, 100);
    assert_int_equal(ledger_reader_open(&options, &reader, &error), LEDGER_E_WRONG_LEDGER);
    assert_null(reader);
    options.from = 1;
    reader = open_reader(service, options);
    expect_page(reader, 0, 1, 5);
    assert_int_equal(ledger_reader_move_cursor(reader, 5, &error), LEDGER_E_OK);
    expect_cursor(service, 5);
    ledger_reader_close(reader);
}

static void test_without_a_cursor_none_is_moved(void **state) {
    struct ledger_error error;
    struct ledger_reader *reader = open_reader(*state, (struct ledger_reader_options){0});
    assert_int_equal(ledger_reader_move_cursor(reader, 5, &error), LEDGER_E_USAGE);
    ledger_reader_close(reader);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_pages_to_the_end),
        TEST(test_waiting_at_the_end),
        TEST(test_busy_or_silent),
        TEST(test_patience_ends),
        TEST(test_another_ledger),
        TEST(test_interrupt),
        TEST(test_cursor),
        TEST(test_cursor_of_before_a_restore),
        TEST(test_without_a_cursor_none_is_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
