// Memory that runs out at each allocation in turn, on the way through the codec and the client:
// every step says so, leaks nothing (the asan-ubsan build sees that), and works the next time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_faults.h"
#include "ledger/client.h"
#include "ledger/envelope.h"
#include "ledger/event.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/server.h"
#include "ledger/uuid.h"

enum { ALLOCATIONS_MAX = 5000, CHUNK_SMALL = 32 };

static const int64_t now = INT64_C(1767322983500000); // 2026-01-02
static const char line[] =
    "{\"eventId\":\"0198c0de-1234-7abc-8def-000000000001\",\"type\":\"VisitReported\","
    "\"stream\":\"visit/9\",\"occurred\":\"2026-01-01\",\"actor\":\"7\","
    "\"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"},{\"kind\":\"client\",\"id\":\"42\"}],"
    "\"payload\":{\"visitId\":\"9\",\"clientId\":\"42\"},"
    "\"personal\":[{\"personId\":\"p1\",\"values\":{\"name\":\"Ann\",\"phones\":[\"1\",\"2\"]}}]}";

typedef enum ledger_err (*scenario)(void *user, struct ledger_error *error);

// Fails the first allocation, then the second, and so on until none is left to fail.
static void fail_each_but(scenario run, void *user, bool may_do_without) {
    struct ledger_error error = {0};
    assert_int_equal(run(user, &error), LEDGER_E_OK);
    uint64_t at = 1;
    for (bool failed = true; failed; at++) {
        assert_true(at < ALLOCATIONS_MAX);
        error = (struct ledger_error){0};
        alloc_faults_arm(ALLOC_FAULTS_HERE, at);
        enum ledger_err err = run(user, &error);
        failed = alloc_faults_disarm();
        if (failed && err != LEDGER_E_NO_MEMORY && !(may_do_without && err == LEDGER_E_OK))
            fail_msg("allocation %d: %s: %s", (int)at, ledger_err_code(err), error.message);
        if (!failed)
            assert_int_equal(err, LEDGER_E_OK);
    }
    assert_true(at > 2); // there was something to fail
}

static void fail_each(scenario run, void *user) {
    fail_each_but(run, user, false);
}

// ---- an event, as bytes

struct packed {
    struct ledger_buffer event, personal;
};

static int make_packed(void **state) {
    struct packed *packed = calloc(1, sizeof *packed);
    struct ledger_arena *arena = ledger_arena_new(0);
    struct ledger_event_bytes bytes;
    json_t *json = json_loads(line, 0, NULL);
    assert_non_null(packed);
    assert_int_equal(ledger_event_from_json(json, arena, &bytes, NULL), LEDGER_E_OK);
    ledger_buffer_add_span(&packed->event, bytes.event);
    ledger_buffer_add_span(&packed->personal, bytes.personal[0]);
    json_decref(json);
    ledger_arena_free(arena);
    *state = packed;
    return 0;
}

static int free_packed(void **state) {
    struct packed *packed = *state;
    ledger_buffer_fini(&packed->event);
    ledger_buffer_fini(&packed->personal);
    free(packed);
    return 0;
}

// ---- the codec

static enum ledger_err check(void *user, struct ledger_error *error) {
    const struct packed *packed = user;
    struct ledger_span event = ledger_buffer_span(&packed->event);
    struct ledger_span personal = ledger_buffer_span(&packed->personal);
    struct ledger_arena *arena = ledger_arena_new(CHUNK_SMALL);
    Ledger__V1__Event *unpacked;
    struct ledger_envelope envelope;
    if (arena == NULL)
        return LEDGER_E_NO_MEMORY;
    enum ledger_err err = ledger_event_check(event, now, arena, &unpacked, error);
    if (err == LEDGER_E_OK)
        err = ledger_envelope_read(event, arena, &envelope);
    if (err == LEDGER_E_OK)
        err = ledger_personal_parts_check(&personal, 1, arena, error);
    ledger_arena_free(arena);
    return err;
}

static void events_are_checked(void **state) {
    fail_each(check, *state);
}

static enum ledger_err from_json(void *user, struct ledger_error *error) {
    struct ledger_arena *arena = ledger_arena_new(CHUNK_SMALL);
    struct ledger_event_bytes bytes;
    if (arena == NULL)
        return LEDGER_E_NO_MEMORY;
    enum ledger_err err = ledger_event_from_json(user, arena, &bytes, error);
    ledger_arena_free(arena);
    return err;
}

// Parsed before: Jansson 2.14 itself drops a byte of a text that it has no memory to grow.
static void events_are_read_from_json(void **state) {
    (void)state;
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    fail_each(from_json, json);
    json_decref(json);
}

static enum ledger_err to_json(void *user, struct ledger_error *error) {
    const struct packed *packed = user;
    struct ledger_arena *arena = ledger_arena_new(CHUNK_SMALL);
    ProtobufCMessage *event, *part;
    enum ledger_err err = LEDGER_E_NO_MEMORY;
    if (arena == NULL)
        return err;
    err = ledger_message_unpack(&ledger__v1__event__descriptor, ledger_buffer_span(&packed->event),
                                LEDGER_EVENT_SIZE_MAX, arena, &event, error);
    if (err == LEDGER_E_OK)
        err = ledger_message_unpack(&ledger__v1__personal_part__descriptor,
                                    ledger_buffer_span(&packed->personal), LEDGER_EVENT_SIZE_MAX,
                                    arena, &part, error);
    if (err == LEDGER_E_OK) {
        Ledger__V1__PersonalPart *parts[] = {(Ledger__V1__PersonalPart *)part};
        Ledger__V1__Record record = LEDGER__V1__RECORD__INIT;
        record.event = (Ledger__V1__Event *)event;
        record.personal = parts;
        record.n_personal = 1;
        json_t *json = ledger_record_to_json(&record, arena);
        err = json != NULL ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
        // Nothing may be left out in silence.
        if (json != NULL)
            assert_int_equal(json_object_size(json), 12);
        json_decref(json);
    }
    ledger_arena_free(arena);
    return err;
}

static void records_are_shown_as_json(void **state) {
    fail_each(to_json, *state);
}

static enum ledger_err describe(void *user, struct ledger_error *error) {
    (void)error;
    json_t *json = ledger_json_describe(user);
    enum ledger_err err = json != NULL ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
    json_decref(json);
    return err;
}

static void fact_types_are_described(void **state) {
    (void)state;
    fail_each(describe, (void *)(uintptr_t)ledger_fact_at(LEDGER_FACT_PipelineDefined));
}

static enum ledger_err fill(void *user, struct ledger_error *error) {
    (void)user;
    (void)error;
    struct ledger_buffer buffer = {0};
    for (int i = 0; i < 1000; i++)
        ledger_buffer_printf(&buffer, "%d,", i);
    ledger_buffer_add(&buffer, line, sizeof line - 1);
    const char *text = ledger_buffer_text(&buffer);
    assert_int_equal(text == NULL, buffer.failed);
    enum ledger_err err = text != NULL ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
    ledger_buffer_fini(&buffer);
    return err;
}

static void buffers_fail_once_and_for_all(void **state) {
    fail_each(fill, *state);
}

// ---- the client

struct service {
    char folder[32], url[64];
    struct ledger_server *server;
};

static void answer(void *user, struct ledger_request *request, const Ledger__V1__Request *message) {
    (void)user;
    (void)message;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__StatusReply status = LEDGER__V1__STATUS_REPLY__INIT;
    reply.body_case = LEDGER__V1__REPLY__BODY_STATUS;
    reply.status = &status;
    ledger_request_answer(request, &reply);
}

static int start_service(void **state) {
    struct service *service = calloc(1, sizeof *service);
    assert_non_null(service);
    snprintf(service->folder, sizeof service->folder, "/tmp/fl-alloc-XXXXXX");
    assert_non_null(mkdtemp(service->folder));
    snprintf(service->url, sizeof service->url, "ipc://%s/s", service->folder);
    struct ledger_server_options options = {.url = service->url, .contexts = 2, .handler = answer};
    struct ledger_error error = {0};
    if (ledger_server_open(&options, &service->server, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    *state = service;
    return 0;
}

static int stop_service(void **state) {
    struct service *service = *state;
    ledger_server_close(service->server);
    (void)unlink(service->url + sizeof "ipc://" - 1);
    int status = rmdir(service->folder);
    free(service);
    return status;
}

static enum ledger_err ask(void *user, struct ledger_error *error) {
    const struct service *service = user;
    struct ledger_client_options options = {.url = service->url, .timeout_ms = 20000};
    struct ledger_client *client;
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest status = LEDGER__V1__STATUS_REQUEST__INIT;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &status;
    Ledger__V1__Reply *reply;
    struct ledger_arena *arena = ledger_arena_new(CHUNK_SMALL);
    if (arena == NULL)
        return LEDGER_E_NO_MEMORY;
    enum ledger_err err = ledger_client_open(&options, &client, error);
    if (err == LEDGER_E_OK) {
        err = ledger_client_call(client, &request, arena, &reply, error);
        if (err == LEDGER_E_OK)
            err = ledger_client_call(client, &request, arena, &reply, error);
        ledger_client_close(client);
    }
    ledger_arena_free(arena);
    return err;
}

// NNG gets along without some of what it asks for.
static void services_are_asked(void **state) {
    fail_each_but(ask, *state, true);
}

#define WITH_EVENT(test) cmocka_unit_test_setup_teardown(test, make_packed, free_packed)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_EVENT(events_are_checked),
        cmocka_unit_test(events_are_read_from_json),
        WITH_EVENT(records_are_shown_as_json),
        cmocka_unit_test(fact_types_are_described),
        cmocka_unit_test(buffers_fail_once_and_for_all),
        cmocka_unit_test_setup_teardown(services_are_asked, start_service, stop_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
