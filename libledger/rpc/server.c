// Serves requests. Each context takes in one message at a time:
//
//   receive -> unpack -> handler ... answer -> send -> receive
//
// The dots may last: a request that waits is held by its handler, and answered from any thread.
//
// Lock: server->lock guards every phase and pin, and is never held while a handler runs. NNG calls
// back on its own threads without locks of its own, so ours may be held while NNG is called.
#include "ledger/server.h"

#include <assert.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/logging.h"
#include "ledger/wait.h"
#include "rpc_internal.h"

enum {
    CONTEXTS_DEFAULT = 64,
    // A peer that does not read its replies costs contexts this long, and is then hung up on.
    SEND_TIMEOUT_MS = 10000,
    SEND_TIMEOUT_CROWDED_MS = 1000, // while more than an eighth of the contexts send
    PARTS_AHEAD = 3,
    PREFETCH_BYTES = 512,
    CACHE_LINE = 64,
    MESSAGE_SIZE_KEPT = 256 << 10, // arenas that held larger messages are given back
};

enum phase { IDLE, RECEIVING, HELD, ANSWERING };

struct ledger_request {
    struct ledger_server *server;
    nng_ctx context;
    nng_aio *receive;
    nng_aio *send;
    struct ledger_arena *arena;
    nng_msg *message;
    nng_pipe pipe;
    enum phase phase;
    // How many callbacks of the user look at the request. Until they return it stays the request
    // they know, even when another thread has answered it: it takes in no other message.
    unsigned pins;
    bool peer_gone;
    void *user;
};

struct ledger_server {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    nng_socket socket;
    struct ledger_server_options options;
    nng_listener listener;
    struct ledger_watch *watch;
    struct ledger_traffic traffic;
    bool stopping;
    uint32_t answering; // requests in that phase
    struct ledger_request *requests;
    uint32_t request_count; // those initialised
};

// ---- one request's turn

static void forget_message(struct ledger_request *request) {
    bool large = false;
    if (request->message != NULL) {
        large = nng_msg_len(request->message) > MESSAGE_SIZE_KEPT;
        nng_msg_free(request->message);
        request->message = NULL;
    }
    if (large) {
        ledger_arena_free(request->arena);
        request->arena = NULL;
    } else if (request->arena != NULL) {
        ledger_arena_reset(request->arena);
    }
}

// With the lock held, on an idle request without pins.
static void receive_next(struct ledger_request *request) {
    struct ledger_server *server = request->server;
    forget_message(request);
    if (server->stopping) {
        pthread_cond_broadcast(&server->idle);
        return;
    }
    request->phase = RECEIVING;
    nng_ctx_recv(request->context, request->receive);
}

static void unpin(struct ledger_request *request) {
    assert(request->pins > 0);
    if (--request->pins == 0 && request->phase == IDLE)
        receive_next(request);
}

static void finish(struct ledger_request *request) {
    pthread_mutex_lock(&request->server->lock);
    request->server->answering -= request->phase == ANSWERING;
    request->phase = IDLE;
    if (request->pins == 0)
        receive_next(request);
    pthread_mutex_unlock(&request->server->lock);
}

// ---- peers that go away

// NNG knows a pipe until its removal has been notified.
static bool peer_is_gone(nng_pipe pipe) {
    nng_sockaddr address;
    return nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &address) == NNG_ENOENT;
}

// With the lock held, which is let go meanwhile; the request is pinned.
static void tell_gone(struct ledger_request *request) {
    struct ledger_server *server = request->server;
    if (server->options.gone == NULL)
        return;
    pthread_mutex_unlock(&server->lock);
    server->options.gone(server->options.user, request);
    pthread_mutex_lock(&server->lock);
}

static void pipe_arrives(nng_pipe pipe, nng_pipe_ev event, void *arg) {
    struct ledger_server *server = arg;
    (void)pipe;
    (void)event;
    server->traffic.arrivals++;
}

static void pipe_removed(nng_pipe pipe, nng_pipe_ev event, void *arg) {
    struct ledger_server *server = arg;
    (void)event;
    server->traffic.departures++;
    pthread_mutex_lock(&server->lock);
    for (uint32_t i = 0; i < server->request_count; i++) {
        struct ledger_request *request = &server->requests[i];
        if (request->phase != HELD || nng_pipe_id(request->pipe) != nng_pipe_id(pipe))
            continue;
        if (request->pins > 0) { // its handler still runs, and is told when it returns
            request->peer_gone = true;
            continue;
        }
        request->pins++;
        tell_gone(request);
        unpin(request);
    }
    pthread_mutex_unlock(&server->lock);
}

// ---- messages in

static void handle(struct ledger_request *request) {
    const struct ledger_server_options *options = &request->server->options;
    struct ledger_error error = {0};
    ProtobufCMessage *message = NULL;
    if (ledger_request_arena(request) == NULL) {
        ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "no memory for a request");
        ledger_request_answer_error(request, &error);
        return;
    }
    if (options->packed != NULL &&
        ledger_request_bytes(request).size <= options->request_size_max) {
        if (options->packed(options->user, request))
            return;
        ledger_arena_reset(request->arena);
    }
    ledger_arena_limit(request->arena, LEDGER_REQUEST_MEMORY_MAX);
    enum ledger_err err = ledger_message_unpack(
        &ledger__v1__request__descriptor, ledger_request_bytes(request), options->request_size_max,
        ledger_request_arena(request), &message, &error);
    ledger_arena_limit(request->arena, 0);
    if (err == LEDGER_E_OK)
        err = ledger_message_check(message, &error);
    if (err == LEDGER_E_OK)
        options->handler(options->user, request, (const Ledger__V1__Request *)message);
    else
        ledger_request_answer_error(request, &error);
}

static void received(void *arg) {
    struct ledger_request *request = arg;
    struct ledger_server *server = request->server;
    int code = nng_aio_result(request->receive);

    pthread_mutex_lock(&server->lock);
    if (code != 0) {
        if (!server->stopping)
            ledger_log_error("a context stopped receiving", "url=\"%s\" reason=\"%s\"",
                             server->options.url, nng_strerror(code));
        request->phase = IDLE;
        pthread_cond_broadcast(&server->idle);
        pthread_mutex_unlock(&server->lock);
        return;
    }
    request->message = nng_aio_get_msg(request->receive);
    request->pipe = nng_msg_get_pipe(request->message);
    request->peer_gone = false;
    request->user = NULL;
    request->phase = HELD;
    request->pins++;
    pthread_mutex_unlock(&server->lock);

    handle(request);

    pthread_mutex_lock(&server->lock);
    // The peer may have gone before the message was registered here: nobody was told then.
    if (request->phase == HELD && (request->peer_gone || peer_is_gone(request->pipe)))
        tell_gone(request);
    unpin(request);
    pthread_mutex_unlock(&server->lock);
}

struct ledger_arena *ledger_request_arena(struct ledger_request *request) {
    if (request->arena == NULL)
        request->arena = ledger_arena_new(0);
    return request->arena;
}

struct ledger_span ledger_request_bytes(const struct ledger_request *request) {
    return ledger_span_of(nng_msg_body(request->message), nng_msg_len(request->message));
}

void *ledger_request_user(const struct ledger_request *request) {
    return request->user;
}

void ledger_request_set_user(struct ledger_request *request, void *user) {
    request->user = user;
}

// ---- answers out

static void sent(void *arg) {
    struct ledger_request *request = arg;
    int code = nng_aio_result(request->send);
    if (code != 0)
        nng_msg_free(nng_aio_get_msg(request->send));
    if (code == NNG_ETIMEDOUT)
        nng_pipe_close(request->pipe);
    finish(request);
}

static void send_message(struct ledger_request *request, nng_msg *message) {
    struct ledger_server *server = request->server;
    pthread_mutex_lock(&server->lock);
    assert(request->phase == HELD);
    request->phase = ANSWERING;
    bool crowded = ++server->answering > server->options.contexts / 8;
    pthread_mutex_unlock(&server->lock);
    nng_aio_set_msg(request->send, message);
    nng_aio_set_timeout(request->send, crowded ? SEND_TIMEOUT_CROWDED_MS : SEND_TIMEOUT_MS);
    nng_ctx_send(request->context, request->send);
}

static void answer_too_large(struct ledger_request *request, size_t size) {
    struct ledger_error error = {0};
    ledger_fail(&error, LEDGER_E_TOO_LARGE, NULL,
                "the answer has %zu bytes, and a reply at most %d: ask for less at a time", size,
                LEDGER_REPLY_SIZE_MAX);
    ledger_request_answer_error(request, &error);
}

// A message with room for `size` bytes; NULL when the request has been dealt with otherwise.
static nng_msg *message_for(struct ledger_request *request, size_t size) {
    nng_msg *message = NULL;
    if (size > LEDGER_REPLY_SIZE_MAX) {
        answer_too_large(request, size);
        return NULL;
    }
    if (nng_msg_alloc(&message, size) != 0) {
        ledger_log_error("no memory for a reply", "bytes=%zu", size);
        ledger_request_drop(request);
        return NULL;
    }
    return message;
}

void ledger_request_answer(struct ledger_request *request, const Ledger__V1__Reply *reply) {
    size_t size = protobuf_c_message_get_packed_size(&reply->base);
    nng_msg *message = message_for(request, size);
    if (message == NULL)
        return;
    protobuf_c_message_pack(&reply->base, nng_msg_body(message));
    send_message(request, message);
}

static void prefetch(struct ledger_span part) {
    for (size_t at = 0; at < part.size && at < PREFETCH_BYTES; at += CACHE_LINE)
        __builtin_prefetch(part.data + at);
}

void ledger_request_answer_bytes(struct ledger_request *request, const struct ledger_span *parts,
                                 size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    nng_msg *message = message_for(request, size);
    if (message == NULL)
        return;
    uint8_t *place = nng_msg_body(message);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size == 0)
            continue;
        // Parts lie far apart in the map: the next ones are fetched while this one is copied.
        if (i + PARTS_AHEAD < count)
            prefetch(parts[i + PARTS_AHEAD]);
        memcpy(place, parts[i].data, parts[i].size);
        place += parts[i].size;
    }
    send_message(request, message);
}

void ledger_request_answer_error(struct ledger_request *request, const struct ledger_error *error) {
    Ledger__V1__Error wire = LEDGER__V1__ERROR__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    ledger_error_to_wire(error, &wire);
    reply.error = &wire;
    ledger_request_answer(request, &reply);
}

void ledger_request_drop(struct ledger_request *request) {
    pthread_mutex_lock(&request->server->lock);
    assert(request->phase == HELD);
    pthread_mutex_unlock(&request->server->lock);
    finish(request);
}

// ---- open and close

static int request_init(struct ledger_server *server, struct ledger_request *request) {
    request->server = server;
    int code = nng_ctx_open(&request->context, server->socket);
    if (code != 0)
        return code;
    code = nng_aio_alloc(&request->receive, received, request);
    if (code != 0)
        goto close_context;
    nng_aio_set_timeout(request->receive, NNG_DURATION_INFINITE);
    code = nng_aio_alloc(&request->send, sent, request);
    if (code != 0)
        goto free_receive;
    return 0;

free_receive:
    nng_aio_free(request->receive);
close_context:
    nng_ctx_close(request->context);
    return code;
}

static void request_fini(struct ledger_request *request) {
    nng_ctx_close(request->context);
    nng_aio_free(request->receive);
    nng_aio_free(request->send);
    forget_message(request);
    ledger_arena_free(request->arena);
}

static int requests_init(struct ledger_server *server) {
    for (uint32_t i = 0; i < server->options.contexts; i++) {
        int code = request_init(server, &server->requests[i]);
        if (code != 0)
            return code;
        server->request_count = i + 1;
    }
    return 0;
}

// Peers connect again and repeat what they asked.
static void listen_again(void *arg) {
    struct ledger_server *server = arg;
    nng_listener_close(server->listener);
    int code = ledger_listen(server->socket, server->options.url, &server->listener);
    if (code == 0)
        ledger_log_warn("the listener had stopped and was made anew", "url=\"%s\"",
                        server->options.url);
    else
        ledger_log_error("cannot listen", "url=\"%s\" reason=\"%s\"", server->options.url,
                         nng_strerror(code));
}

static int start(struct ledger_server *server) {
    size_t size_max = server->options.request_size_max + LEDGER_NNG_HEADER_SIZE_MAX;
    int code = nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, size_max);
    if (code == 0)
        code = nng_pipe_notify(server->socket, NNG_PIPE_EV_ADD_PRE, pipe_arrives, server);
    if (code == 0)
        code = nng_pipe_notify(server->socket, NNG_PIPE_EV_REM_POST, pipe_removed, server);
    if (code == 0)
        code = requests_init(server);
    if (code == 0)
        code = ledger_listen(server->socket, server->options.url, &server->listener);
    const char *path = ledger_url_ipc_path(server->options.url);
    if (code == 0 && path != NULL)
        code = ledger_watch_start(path, &server->traffic, listen_again, server, &server->watch);
    return code;
}

static void server_free(struct ledger_server *server) {
    ledger_watch_stop(server->watch);
    for (uint32_t i = 0; i < server->request_count; i++)
        request_fini(&server->requests[i]);
    if (!ledger_nng_close(server->socket)) // else pipe_removed has run for all peers
        return;
    ledger_wait_fini(&server->lock, &server->idle);
    free(server->requests);
    free((char *)server->options.url);
    free(server);
}

static enum ledger_err server_new(const struct ledger_server_options *options,
                                  struct ledger_server **made, struct ledger_error *error) {
    *made = NULL;
    struct ledger_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "listening at %s", options->url);
    server->options = *options;
    if (server->options.contexts == 0)
        server->options.contexts = CONTEXTS_DEFAULT;
    if (server->options.request_size_max == 0)
        server->options.request_size_max = LEDGER_REQUEST_SIZE_MAX;
    server->options.url = strdup(options->url);
    server->requests = calloc(server->options.contexts, sizeof *server->requests);
    enum ledger_err err = LEDGER_E_OK;
    if (server->options.url == NULL || server->requests == NULL)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "listening at %s", options->url);
    if (err == LEDGER_E_OK)
        err = ledger_wait_init(&server->lock, &server->idle, error);
    if (err != LEDGER_E_OK)
        goto free_server;
    int code = nng_rep0_open(&server->socket);
    if (code != 0) {
        err = ledger_nng_fail(error, code, "making a socket for", options->url);
        goto free_lock;
    }
    *made = server;
    return LEDGER_E_OK;

free_lock:
    ledger_wait_fini(&server->lock, &server->idle);
free_server:
    free((char *)server->options.url);
    free(server->requests);
    free(server);
    return err;
}

enum ledger_err ledger_server_open(const struct ledger_server_options *options,
                                   struct ledger_server **server, struct ledger_error *error) {
    *server = NULL;
    enum ledger_err err = ledger_listen_clear(options->url, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_server *opened;
    err = server_new(options, &opened, error);
    if (err != LEDGER_E_OK)
        return err;
    int code = start(opened);
    if (code != 0) {
        server_free(opened);
        return ledger_nng_fail(error, code, "listening at", options->url);
    }
    ledger_nng_threads_keep(options->threads);
    pthread_mutex_lock(&opened->lock);
    for (uint32_t i = 0; i < opened->request_count; i++)
        receive_next(&opened->requests[i]);
    pthread_mutex_unlock(&opened->lock);
    *server = opened;
    return LEDGER_E_OK;
}

void ledger_server_stop(struct ledger_server *server) {
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    for (uint32_t i = 0; i < server->request_count; i++)
        if (server->requests[i].phase == RECEIVING)
            nng_aio_cancel(server->requests[i].receive);
    pthread_mutex_unlock(&server->lock);
}

static bool all_idle(const struct ledger_server *server) {
    for (uint32_t i = 0; i < server->request_count; i++)
        if (server->requests[i].phase != IDLE || server->requests[i].pins > 0)
            return false;
    return true;
}

void ledger_server_close(struct ledger_server *server) {
    if (server == NULL)
        return;
    ledger_server_stop(server);
    pthread_mutex_lock(&server->lock);
    while (!all_idle(server))
        pthread_cond_wait(&server->idle, &server->lock);
    pthread_mutex_unlock(&server->lock);
    server_free(server);
}
