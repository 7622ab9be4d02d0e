// The client and the server against each other, and against peers that speak NNG badly.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ledger/client.h"
#include "ledger/limits.h"
#include "ledger/server.h"

// NNG 1.5 loses the message of a connection that is closed while it sends.
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void) {
    return "leak:libnng";
}

enum { HELD_MAX = 64, DEADLINE_S = 20, REQUEST_SIZE_MAX = 64 << 10 };

// A server whose handler does what a request's kind says: status is answered at once, a read is
// held until the test answers it, a fetch gets a reply that is too large, an append an error.
struct fixture {
    char directory[64];
    char url[128];
    struct ledger_server *server;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct ledger_request *held[HELD_MAX];
    unsigned held_count;
    unsigned reads_seen;
    unsigned gone_seen;
};

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

static void handle(void *user, struct ledger_request *request, const Ledger__V1__Request *message) {
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

static void answer_held(struct fixture *fixture, uint64_t head) {
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

static void wait_for(struct fixture *fixture, const unsigned *count, unsigned at_least) {
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

static void serve(struct fixture *fixture, uint32_t contexts) {
    struct ledger_error error = {0};
    struct ledger_server_options options = {
        .url = fixture->url,
        .contexts = contexts,
        .request_size_max = REQUEST_SIZE_MAX,
        .handler = handle,
        .gone = gone,
        .user = fixture,
    };
    enum ledger_err err = ledger_server_open(&options, &fixture->server, &error);
    if (err != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

static void stop_serving(struct fixture *fixture) {
    ledger_server_stop(fixture->server);
    answer_held(fixture, 0);
    ledger_server_close(fixture->server);
    fixture->server = NULL;
}

static int set_up(void **state) {
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

static int tear_down(void **state) {
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

struct asking {
    struct ledger_client *client;
    struct ledger_arena *arena;
    struct ledger_error error;
    Ledger__V1__Reply *reply;
};

static struct asking asking_open(const struct fixture *fixture, uint32_t timeout_ms) {
    struct asking asking = {.arena = ledger_arena_new(0)};
    struct ledger_client_options options = {.url = fixture->url, .timeout_ms = timeout_ms};
    assert_int_equal(ledger_client_open(&options, &asking.client, &asking.error), LEDGER_E_OK);
    return asking;
}

static void asking_close(struct asking *asking) {
    ledger_client_close(asking->client);
    ledger_arena_free(asking->arena);
}

static enum ledger_err ask(struct asking *asking, Ledger__V1__Request__BodyCase body) {
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

static struct ledger_call *begin_read(struct ledger_client *client, uint32_t wait_ms) {
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

static enum ledger_err end_call(struct asking *asking, struct ledger_call *call) {
    return ledger_call_end(call, asking->arena, &asking->reply, &asking->error);
}

// ---- tests

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

// Sends bytes as a request of our own making.
static int send_frame(const struct fixture *fixture, const void *bytes, size_t size,
                      nng_msg **reply) {
    nng_socket socket;
    nng_msg *message;
    assert_int_equal(nng_req0_open(&socket), 0);
    nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, 300);
    assert_int_equal(nng_dial(socket, fixture->url, NULL, 0), 0);
    assert_int_equal(nng_msg_alloc(&message, 0), 0);
    assert_int_equal(nng_msg_append(message, bytes, size), 0);
    assert_int_equal(nng_sendmsg(socket, message, 0), 0);
    int code = nng_recvmsg(socket, reply, 0);
    nng_close(socket);
    return code;
}

static void assert_malformed(const struct fixture *fixture, const void *bytes, size_t size) {
    nng_msg *message = NULL;
    assert_int_equal(send_frame(fixture, bytes, size, &message), 0);
    Ledger__V1__Reply *reply =
        ledger__v1__reply__unpack(NULL, nng_msg_len(message), nng_msg_body(message));
    nng_msg_free(message);
    assert_non_null(reply);
    assert_non_null(reply->error);
    assert_int_equal(reply->error->number, LEDGER_E_MALFORMED);
    assert_string_equal(reply->error->code, "malformed");
    assert_false(reply->error->retryable);
    ledger__v1__reply__free_unpacked(reply, NULL);
}

static void garbage_is_answered_as_malformed(void **state) {
    static const uint8_t unending[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t truncated[] = {0x52, 0x10, 0x0a};
    assert_malformed(*state, unending, sizeof unending);
    assert_malformed(*state, truncated, sizeof truncated);
    struct asking asking = asking_open(*state, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

// By a plain socket: an NNG peer would connect and send again for as long as it lives, and closing
// it in the middle of that can hang this process, which is the server's too.
static void an_oversize_frame_costs_its_sender_the_connection(void **state) {
    struct fixture *fixture = *state;
    static const uint8_t greeting_and_size[] = {0, 'S', 'P', 0, 0, 0x30, 0, 0, 1,
                                                0, 0,   0,   0, 0, 0x7f, 0, 0, 0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/x.sock", fixture->directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {.tv_sec = 20};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(fd, greeting_and_size, sizeof greeting_and_size),
                     sizeof greeting_and_size);
    uint8_t bytes[64];
    ssize_t got;
    do
        got = read(fd, bytes, sizeof bytes); // the server's greeting, then the end
    while (got > 0);
    assert_true(got == 0 || errno == ECONNRESET);
    close(fd);
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

static void a_peer_that_does_not_speak_the_protocol_does_no_harm(void **state) {
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/x.sock", fixture->directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
    close(fd);
}

// Enough to stop a listener of NNG 1.5 for good: it finds the connection closed when it wants to
// shake hands.
static void peers_that_leave_at_once_do_not_stop_the_listener(void **state) {
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/x.sock", fixture->directory);
    for (int i = 0; i < 20; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        close(fd);
    }
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

static void a_removed_socket_file_comes_back(void **state) {
    struct fixture *fixture = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/x.sock", fixture->directory);
    assert_int_equal(unlink(path), 0);
    struct asking asking = {.arena = ledger_arena_new(0)};
    struct ledger_client_options options = {.url = fixture->url, .wait_for_service = true};
    assert_int_equal(ledger_client_open(&options, &asking.client, NULL), LEDGER_E_OK);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
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

// ---- the socket's file

static void a_socket_that_answers_is_not_taken_over(void **state) {
    struct fixture *fixture = *state;
    struct ledger_server_options options = {
        .url = fixture->url, .handler = handle, .user = fixture};
    struct ledger_server *second = NULL;
    assert_int_equal(ledger_server_open(&options, &second, NULL), LEDGER_E_LOCKED);
    assert_null(second);
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

static void a_stale_socket_is_replaced_and_private(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/x.sock", fixture->directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd); // leaves the file, as a killed process does
    serve(fixture, 4);
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
    struct stat status;
    assert_int_equal(stat(address.sun_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_file_that_is_no_socket_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    char path[128];
    snprintf(path, sizeof path, "%s/x.sock", fixture->directory);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    struct ledger_server_options options = {
        .url = fixture->url, .handler = handle, .user = fixture};
    struct ledger_server *server = NULL;
    assert_int_equal(ledger_server_open(&options, &server, NULL), LEDGER_E_CONFIG_INVALID);
    assert_int_equal(access(path, F_OK), 0);
}

static void relative_paths_work(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    assert_int_equal(chdir(fixture->directory), 0);
    assert_int_equal(mkdir("run", 0700), 0);
    assert_int_equal(ledger_socket_url(".", "read", fixture->url, sizeof fixture->url, NULL),
                     LEDGER_E_OK);
    assert_string_equal(fixture->url, "ipc://./run/read.sock");
    serve(fixture, 1);
    struct asking asking = asking_open(fixture, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
    stop_serving(fixture);
    assert_int_equal(access("run/read.sock", F_OK), -1); // removed at a clean end
    rmdir("run");
    assert_int_equal(chdir("/"), 0);
}

static void a_path_too_long_for_a_socket_is_refused(void **state) {
    (void)state;
    char url[256];
    char data[120];
    memset(data, 'd', sizeof data);
    data[93] = '\0';
    struct ledger_error error = {0};
    assert_int_equal(ledger_socket_url(data, "xxxx", url, sizeof url, &error),
                     LEDGER_E_OK); // 107 bytes
    data[93] = 'd';
    data[94] = '\0';
    assert_int_equal(ledger_socket_url(data, "xxxx", url, sizeof url, &error),
                     LEDGER_E_CONFIG_INVALID);
    assert_int_equal(ledger_socket_url("d", "read", url, 8, &error), LEDGER_E_CONFIG_INVALID);
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
    struct asking asking = asking_open(*state, 0);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(a_request_is_answered),
        ROW(more_calls_in_flight_than_contexts),
        ROW(a_held_request_is_answered_by_another_thread),
        ROW(an_error_arrives_whole),
        cmocka_unit_test(a_wire_error_without_number_is_still_an_error),
        ROW(a_reply_that_is_too_large_is_refused_by_the_server),
        ROW(a_request_that_is_too_large_is_not_sent),
        ROW(garbage_is_answered_as_malformed),
        ROW(an_oversize_frame_costs_its_sender_the_connection),
        ROW(a_peer_that_does_not_speak_the_protocol_does_no_harm),
        ROW(peers_that_leave_at_once_do_not_stop_the_listener),
        ROW(a_removed_socket_file_comes_back),
        ROW(a_late_answer_is_a_timeout_and_harms_no_later_call),
        ROW(nobody_listening_is_told_at_once),
        ROW(a_client_may_wait_for_its_service),
        ROW(waiting_for_a_service_in_vain_ends_as_unavailable),
        ROW(calls_outlive_a_restart_of_the_server),
        ROW(a_peer_that_goes_is_reported_for_what_it_waits_for),
        ROW(an_interrupt_ends_calls_under_way_and_later_ones),
        ROW(what_is_under_way_may_be_answered_after_stop),
        ROW(a_socket_that_answers_is_not_taken_over),
        ROW(a_stale_socket_is_replaced_and_private),
        ROW(a_file_that_is_no_socket_is_left_alone),
        ROW(relative_paths_work),
        cmocka_unit_test(a_path_too_long_for_a_socket_is_refused),
        ROW(answers_and_departures_may_cross),
    };
    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
