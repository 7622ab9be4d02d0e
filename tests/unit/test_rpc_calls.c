// Calls: each gets its own reply, or an error that says why not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/limits.h"
#include "test_rpc_fixture.h"

static void a_request_is_answered(void **state) {
    struct asking asking = asking_open(*state, 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
        assert_string_equal(asking.reply->status->service, "echo");
    }
    asking_close(&asking);
}

static void more_calls_in_flight_than_contexts(void **state) {
    enum { CALLS = 50 };
    struct asking asking = asking_open(*state, 0);
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest status = LEDGER__V1__STATUS_REQUEST__INIT;
    uint8_t token[CALLS] = {0};
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &status;
    request.has_token = true;
    request.token.data = token;
    struct ledger_call *calls[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        request.token.len = i;
        assert_int_equal(ledger_call_begin(asking.client, &request, &calls[i], NULL), LEDGER_E_OK);
    }
    uint64_t first = 0;
    for (size_t i = 0; i < CALLS; i++) {
        assert_int_equal(end_call(&asking, calls[i]), LEDGER_E_OK);
        if (i == 0)
            first = asking.reply->status->head;
        assert_int_equal(asking.reply->status->head, first + i); // each got its own reply
    }
    asking_close(&asking);
}

static void *answer_from_another_thread(void *arg) {
    struct fixture *fixture = arg;
    wait_for(fixture, &fixture->reads_seen, 1);
    answer_held(fixture, 99);
    return NULL;
}

static void a_held_request_is_answered_by_another_thread(void **state) {
    struct asking asking = asking_open(*state, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, answer_from_another_thread, *state);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_READ), LEDGER_E_OK);
    assert_int_equal(asking.reply->read->head, 99);
    pthread_join(thread, NULL);
    asking_close(&asking);
}

static void an_error_arrives_whole(void **state) {
    struct asking asking = asking_open(*state, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_APPEND),
                     LEDGER_E_WRONG_EXPECTED_VERSION);
    assert_null(asking.reply);
    assert_int_equal(asking.error.code, LEDGER_E_WRONG_EXPECTED_VERSION);
    assert_string_equal(asking.error.field, "appends[0].expected[0]");
    assert_string_equal(asking.error.message, "it moved");
    assert_string_equal(asking.error.stream, "client/42");
    assert_int_equal(asking.error.actual_version, 7);
    assert_int_equal(asking.error.retry_after_ms, 250);
    assert_true(asking.error.has_event_id);
    assert_int_equal(asking.error.event_id[15], 0xab);
    asking_close(&asking);
}

static void a_wire_error_without_number_is_still_an_error(void **state) {
    (void)state;
    struct ledger_error error;
    Ledger__V1__Error wire = LEDGER__V1__ERROR__INIT;
    ledger_error_from_reply(&wire, &error);
    assert_int_equal(error.code, LEDGER_E_INTERNAL);
    char text[400];
    memset(text, 'a', sizeof text);
    text[318] = (char)0xc3; // "é" across the end of the message's room
    text[319] = (char)0xa9;
    text[399] = '\0';
    wire.has_number = true;
    wire.number = LEDGER_E_BUSY;
    wire.message = text;
    ledger_error_from_reply(&wire, &error);
    assert_int_equal(error.code, LEDGER_E_BUSY);
    assert_int_equal(strlen(error.message), 318);
}

static void a_reply_that_is_too_large_is_refused_by_the_server(void **state) {
    struct asking asking = asking_open(*state, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_FETCH), LEDGER_E_TOO_LARGE);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

static void a_request_that_is_too_large_is_not_sent(void **state) {
    struct asking asking = asking_open(*state, 0);
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    request.has_token = true;
    request.token.len = LEDGER_REQUEST_SIZE_MAX;
    request.token.data = calloc(1, request.token.len);
    assert_int_equal(
        ledger_client_call(asking.client, &request, asking.arena, &asking.reply, &asking.error),
        LEDGER_E_TOO_LARGE);
    free(request.token.data);
    asking_close(&asking);
}

static void a_late_answer_is_a_timeout_and_harms_no_later_call(void **state) {
    struct fixture *fixture = *state;
    struct asking asking = asking_open(fixture, 100);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_READ), LEDGER_E_TIMEOUT);
    assert_int_equal(fixture->held_count, 1);
    answer_held(fixture, 1); // nobody waits for it any more
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

static void an_interrupt_ends_calls_under_way_and_later_ones(void **state) {
    struct fixture *fixture = *state;
    struct asking asking = asking_open(fixture, 0);
    struct ledger_call *call = begin_read(asking.client, 25000);
    wait_for(fixture, &fixture->reads_seen, 1);
    ledger_client_interrupt(asking.client);
    assert_int_equal(end_call(&asking, call), LEDGER_E_INTERRUPTED);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_INTERRUPTED);
    asking_close(&asking);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RPC_TEST(a_request_is_answered),
        RPC_TEST(more_calls_in_flight_than_contexts),
        RPC_TEST(a_held_request_is_answered_by_another_thread),
        RPC_TEST(an_error_arrives_whole),
        cmocka_unit_test(a_wire_error_without_number_is_still_an_error),
        RPC_TEST(a_reply_that_is_too_large_is_refused_by_the_server),
        RPC_TEST(a_request_that_is_too_large_is_not_sent),
        RPC_TEST(a_late_answer_is_a_timeout_and_harms_no_later_call),
        RPC_TEST(an_interrupt_ends_calls_under_way_and_later_ones),
    };
    return cmocka_run_group_tests_name("rpc calls", tests, NULL, NULL);
}
