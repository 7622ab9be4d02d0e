#include "test_rpc_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ledger/limits.h"

// NNG 1.5 loses the message of a connection that is closed while it sends.
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void) {
    return "leak:libnng";
}

enum { DEADLINE_S = 20, REQUEST_SIZE_MAX = 64 << 10 };

// ---- the answering side

static void hold(struct fixture *fixture, struct ledger_request *request) {
    pthread_mutex_lock(&fixture->lock);
    assert_true(fixture->held_count < HELD_MAX);
    fixture->held[fixture->held_count++] = request;
    fixture->reads_seen++;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

static void answer_status(struct ledger_request *request) {
    Ledger__V1__StatusReply status = LEDGER__V1__STATUS_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    status.service = "echo";
    status.has_head = true;
    status.head = ledger_request_bytes(request).size;
    reply.body_case = LEDGER__V1__REPLY__BODY_STATUS;
    reply.status = &status;
    ledger_request_answer(request, &reply);
}

static void answer_conflict(struct ledger_request *request) {
    struct ledger_error error = {0};
    ledger_fail(&error, LEDGER_E_WRONG_EXPECTED_VERSION, "appends[0].expected[0]", "it moved");
    snprintf(error.stream, sizeof error.stream, "client/42");
    error.actual_version = 7;
    error.has_event_id = true;
    memset(error.event_id, 0xab, sizeof error.event_id);
    error.retry_after_ms = 250;
    ledger_request_answer_error(request, &error);
}

static void answer_too_much(struct ledger_request *request) {
    static uint8_t bytes[1 << 20];
    struct ledger_span parts[(LEDGER_REPLY_SIZE_MAX >> 20) + 1];
    size_t count = sizeof parts / sizeof parts[0];
    for (size_t i = 0; i < count; i++)
        parts[i] = ledger_span_of(bytes, sizeof bytes);
    ledger_request_answer_bytes(request, parts, count);
}

void fixture_handle(void *user, struct ledger_request *request,
                    const Ledger__V1__Request *message) {
    assert_null(ledger_request_user(request));
    ledger_request_set_user(request, user);
    switch (message->body_case) {
    case LEDGER__V1__REQUEST__BODY_READ:
        hold(user, request);
        break;
    case LEDGER__V1__REQUEST__BODY_APPEND:
        answer_conflict(request);
        break;
    case LEDGER__V1__REQUEST__BODY_FETCH:
        answer_too_much(request);
        break;
    default:
        answer_status(request);
        break;
    }
}

// Takes the request out of the list; false if it is no longer there.
static bool unhold(struct fixture *fixture, struct ledger_request *request) {
    bool found = false;
    for (unsigned i = 0; i < fixture->held_count && !found; i++) {
        if (fixture->held[i] != request)
            continue;
        fixture->held[i] = fixture->held[--fixture->held_count];
        found = true;
    }
    return found;
}

static void gone(void *user, struct ledger_request *request) {
    struct fixture *fixture = user;
    pthread_mutex_lock(&fixture->lock);
    bool found = unhold(fixture, request);
    fixture->gone_seen++;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
    if (found)
        ledger_request_drop(request);
}

static void answer_read(struct ledger_request *request, uint64_t head) {
    Ledger__V1__ReadReply read = LEDGER__V1__READ_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    read.has_head = true;
    read.head = head;
    reply.body_case = LEDGER__V1__REPLY__BODY_READ;
    reply.read = &read;
    ledger_request_answer(request, &reply);
}

void answer_held(struct fixture *fixture, uint64_t head) {
    for (;;) {
        struct ledger_request *request = NULL;
        pthread_mutex_lock(&fixture->lock);
        if (fixture->held_count > 0)
            request = fixture->held[--fixture->held_count];
        pthread_mutex_unlock(&fixture->lock);
        if (request == NULL)
            return;
        answer_read(request, head);
    }
}

void wait_for(struct fixture *fixture, const unsigned *count, unsigned at_least) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_S;
    int code = 0;
    pthread_mutex_lock(&fixture->lock);
    while (*count < at_least && code == 0)
        code = pthread_cond_timedwait(&fixture->changed, &fixture->lock, &deadline);
    pthread_mutex_unlock(&fixture->lock);
    assert_int_equal(code, 0);
}

void serve(struct fixture *fixture, uint32_t contexts) {
    struct ledger_error error = {0};
    struct ledger_server_options options = {
        .url = fixture->url,
        .contexts = contexts,
        .request_size_max = REQUEST_SIZE_MAX,
        .handler = fixture_handle,
        .gone = gone,
        .user = fixture,
    };
    enum ledger_err err = ledger_server_open(&options, &fixture->server, &error);
    if (err != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

void stop_serving(struct fixture *fixture) {
    ledger_server_stop(fixture->server);
    answer_held(fixture, 0);
    ledger_server_close(fixture->server);
    fixture->server = NULL;
}

int rpc_fixture_setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/ledger-rpc-XXXXXX");
    if (mkdtemp(fixture->directory) == NULL)
        return -1;
    snprintf(fixture->url, sizeof fixture->url, "ipc://%s/x.sock", fixture->directory);
    pthread_mutex_init(&fixture->lock, NULL);
    pthread_cond_init(&fixture->changed, NULL);
    serve(fixture, 4);
    *state = fixture;
    return 0;
}

int rpc_fixture_teardown(void **state) {
    struct fixture *fixture = *state;
    if (fixture->server != NULL)
        stop_serving(fixture);
    char path[128];
    snprintf(path, sizeof path, "%s/x.sock", fixture->directory);
    unlink(path);
    rmdir(fixture->directory);
    pthread_cond_destroy(&fixture->changed);
    pthread_mutex_destroy(&fixture->lock);
    free(fixture);
    return 0;
}

// ---- the asking side

struct asking asking_open(const struct fixture *fixture, uint32_t timeout_ms) {
    struct asking asking = {.arena = ledger_arena_new(0)};
    struct ledger_client_options options = {.url = fixture->url, .timeout_ms = timeout_ms};
    assert_int_equal(ledger_client_open(&options, &asking.client, &asking.error), LEDGER_E_OK);
    return asking;
}

void asking_close(struct asking *asking) {
    ledger_client_close(asking->client);
    ledger_arena_free(asking->arena);
}

enum ledger_err ask(struct asking *asking, Ledger__V1__Request__BodyCase body) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest status = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__AppendRequest append = LEDGER__V1__APPEND_REQUEST__INIT;
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__FetchRequest fetch = LEDGER__V1__FETCH_REQUEST__INIT;
    request.body_case = body;
    if (body == LEDGER__V1__REQUEST__BODY_STATUS)
        request.status = &status;
    else if (body == LEDGER__V1__REQUEST__BODY_APPEND)
        request.append = &append;
    else if (body == LEDGER__V1__REQUEST__BODY_READ)
        request.read = &read;
    else
        request.fetch = &fetch;
    return ledger_client_call(asking->client, &request, asking->arena, &asking->reply,
                              &asking->error);
}

void assert_serves(const struct fixture *fixture) {
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

struct ledger_call *begin_read(struct ledger_client *client, uint32_t wait_ms) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    read.has_wait_ms = true;
    read.wait_ms = wait_ms;
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &read;
    struct ledger_call *call = NULL;
    assert_int_equal(ledger_call_begin(client, &request, &call, NULL), LEDGER_E_OK);
    return call;
}

enum ledger_err end_call(struct asking *asking, struct ledger_call *call) {
    return ledger_call_end(call, asking->arena, &asking->reply, &asking->error);
}
