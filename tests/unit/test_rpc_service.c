// A service that is not there, comes back or stops, and clients that go, under calls in flight.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "test_rpc_fixture.h"

static void nobody_listening_is_told_at_once(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    struct ledger_client_options options = {.url = fixture->url};
    struct ledger_client *client = NULL;
    struct ledger_error error = {0};
    assert_int_equal(ledger_client_open(&options, &client, &error), LEDGER_E_UNAVAILABLE);
    assert_null(client);
    assert_non_null(strstr(error.message, "./tools/up"));
    options.url = "nonsense";
    assert_int_equal(ledger_client_open(&options, &client, &error), LEDGER_E_CONFIG_INVALID);
}

static void a_client_may_wait_for_its_service(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    struct asking asking = {.arena = ledger_arena_new(0)};
    struct ledger_client_options options = {.url = fixture->url, .wait_for_service = true};
    assert_int_equal(ledger_client_open(&options, &asking.client, NULL), LEDGER_E_OK);
    struct ledger_call *call = begin_read(asking.client, 0);
    serve(fixture, 4);
    wait_for(fixture, &fixture->reads_seen, 1);
    answer_held(fixture, 5);
    assert_int_equal(end_call(&asking, call), LEDGER_E_OK);
    assert_int_equal(asking.reply->read->head, 5);
    asking_close(&asking);
}

static void waiting_for_a_service_in_vain_ends_as_unavailable(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    struct asking asking = {.arena = ledger_arena_new(0)};
    struct ledger_client_options options = {
        .url = fixture->url, .timeout_ms = 100, .wait_for_service = true};
    assert_int_equal(ledger_client_open(&options, &asking.client, NULL), LEDGER_E_OK);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_UNAVAILABLE);
    asking_close(&asking);
}

static void calls_outlive_a_restart_of_the_server(void **state) {
    struct fixture *fixture = *state;
    struct asking asking = asking_open(fixture, 0);
    struct ledger_call *call = begin_read(asking.client, 1000);
    wait_for(fixture, &fixture->reads_seen, 1);
    // The first server goes without an answer, as one that is killed does.
    ledger_server_stop(fixture->server);
    ledger_request_drop(fixture->held[--fixture->held_count]);
    ledger_server_close(fixture->server);
    serve(fixture, 4);
    wait_for(fixture, &fixture->reads_seen, 2); // sent again, by itself
    answer_held(fixture, 6);
    assert_int_equal(end_call(&asking, call), LEDGER_E_OK);
    assert_int_equal(asking.reply->read->head, 6);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

static void a_peer_that_goes_is_reported_for_what_it_waits_for(void **state) {
    struct fixture *fixture = *state;
    struct asking stays = asking_open(fixture, 0);
    struct asking goes = asking_open(fixture, 0);
    struct ledger_call *kept = begin_read(stays.client, 1000);
    wait_for(fixture, &fixture->reads_seen, 1);
    struct ledger_call *left[2] = {begin_read(goes.client, 1000), begin_read(goes.client, 1000)};
    wait_for(fixture, &fixture->reads_seen, 3);
    ledger_client_close(goes.client);
    assert_int_equal(end_call(&goes, left[0]), LEDGER_E_STOPPING);
    assert_int_equal(end_call(&goes, left[1]), LEDGER_E_STOPPING);
    ledger_arena_free(goes.arena);
    wait_for(fixture, &fixture->gone_seen, 2);
    answer_held(fixture, 8);
    assert_int_equal(end_call(&stays, kept), LEDGER_E_OK);
    assert_int_equal(stays.reply->read->head, 8);
    assert_int_equal(fixture->gone_seen, 2);
    asking_close(&stays);
}

static void what_is_under_way_may_be_answered_after_stop(void **state) {
    struct fixture *fixture = *state;
    struct asking asking = asking_open(fixture, 500);
    struct ledger_call *call = begin_read(asking.client, 1000);
    wait_for(fixture, &fixture->reads_seen, 1);
    ledger_server_stop(fixture->server);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_TIMEOUT);
    answer_held(fixture, 3);
    assert_int_equal(end_call(&asking, call), LEDGER_E_OK);
    assert_int_equal(asking.reply->read->head, 3);
    asking_close(&asking);
}

// ---- answers, departures and stops, all at once

struct storm {
    struct fixture *fixture;
    bool ended;
    unsigned surprises; // cmocka's assertions are for the main thread only
};

static void *answer_until_ended(void *arg) {
    struct storm *storm = arg;
    for (bool ended = false; !ended;) {
        answer_held(storm->fixture, 1);
        ended = __atomic_load_n(&storm->ended, __ATOMIC_ACQUIRE);
    }
    return NULL;
}

static void *come_and_go(void *arg) {
    struct storm *storm = arg;
    for (int i = 0; i < 40; i++) {
        struct asking asking = asking_open(storm->fixture, 5000);
        struct ledger_call *calls[3];
        for (int j = 0; j < 3; j++)
            calls[j] = begin_read(asking.client, 0);
        if (i % 2 == 0)
            ledger_client_interrupt(asking.client);
        for (int j = 0; j < 3; j++) {
            enum ledger_err err = end_call(&asking, calls[j]);
            if (err != LEDGER_E_OK && (i % 2 != 0 || err != LEDGER_E_INTERRUPTED))
                __atomic_add_fetch(&storm->surprises, 1, __ATOMIC_RELAXED);
        }
        asking_close(&asking);
    }
    return NULL;
}

static void answers_and_departures_may_cross(void **state) {
    enum { CLIENTS = 4, ANSWERERS = 2 };
    struct storm storm = {.fixture = *state};
    pthread_t clients[CLIENTS], answerers[ANSWERERS];
    for (int i = 0; i < ANSWERERS; i++)
        pthread_create(&answerers[i], NULL, answer_until_ended, &storm);
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&clients[i], NULL, come_and_go, &storm);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    __atomic_store_n(&storm.ended, true, __ATOMIC_RELEASE);
    for (int i = 0; i < ANSWERERS; i++)
        pthread_join(answerers[i], NULL);
    assert_int_equal(storm.surprises, 0);
    assert_serves(*state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RPC_TEST(nobody_listening_is_told_at_once),
        RPC_TEST(a_client_may_wait_for_its_service),
        RPC_TEST(waiting_for_a_service_in_vain_ends_as_unavailable),
        RPC_TEST(calls_outlive_a_restart_of_the_server),
        RPC_TEST(a_peer_that_goes_is_reported_for_what_it_waits_for),
        RPC_TEST(what_is_under_way_may_be_answered_after_stop),
        RPC_TEST(answers_and_departures_may_cross),
    };
    return cmocka_run_group_tests_name("rpc service", tests, NULL, NULL);
}
