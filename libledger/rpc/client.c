// Asks services. A call is one NNG context on its way through
//
//   send -> receive -> finished
//
// NNG sends a request again by itself when the connection breaks before the reply, or when no
// reply came within the context's resend time; appends are idempotent, which makes that harmless.
// What can go wrong: nobody listens (open fails, or the call at its deadline: unavailable), the
// service answers too late (timeout), the caller gives up (interrupt, close).
//
// Lock: client->lock guards everything of the client and of its calls. NNG calls back on its own
// threads without locks of its own, so ours may be held while NNG is called.
#include "ledger/client.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/clock.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/wait.h"
#include "rpc_internal.h"

enum {
    TIMEOUT_MS_DEFAULT = 30000,
    TIMEOUT_MS_MAX = 24 * 3600 * 1000, // keeps sums within NNG's 31-bit milliseconds
    RESEND_MS = 10000,
    RECONNECT_MS_MIN = 10,
    RECONNECT_MS_MAX = 500,
};

enum phase { SENDING, RECEIVING, FINISHED };

struct ledger_call {
    struct ledger_client *client;
    struct ledger_call *previous, *next; // among client->active; `next` among client->spare
    nng_ctx context;
    nng_aio *aio;
    pthread_cond_t finished;
    enum phase phase;
    int64_t deadline; // steady microseconds
    Ledger__V1__Request__BodyCase body;
    int code; // NNG's, once finished
    nng_msg *reply;
};

struct ledger_client {
    pthread_mutex_t lock;
    nng_socket socket;
    char *url;
    uint32_t timeout_ms;
    unsigned references; // of who opened it, and of each active call
    unsigned pipes;      // connections now
    enum ledger_err ended;
    struct ledger_call *active;
    struct ledger_call *spare; // contexts to use again
};

static int64_t now_micros(void) {
    return ledger_clock_system.steady_micros(ledger_clock_system.context);
}

// ---- a call's turn

// With the lock held.
static void finish(struct ledger_call *call, int code) {
    call->code = code;
    call->phase = FINISHED;
    pthread_cond_signal(&call->finished);
}

// NNG takes 0 for "poll".
static nng_duration time_left_ms(const struct ledger_call *call) {
    int64_t left = (call->deadline - now_micros()) / 1000;
    return left < 1 ? 1 : (nng_duration)left;
}

static void sent(struct ledger_call *call, int code) {
    if (code != 0) {
        nng_msg_free(nng_aio_get_msg(call->aio));
        finish(call, code);
    } else if (call->client->ended != LEDGER_E_OK) {
        finish(call, NNG_ECANCELED);
    } else {
        call->phase = RECEIVING;
        nng_aio_set_timeout(call->aio, time_left_ms(call));
        nng_ctx_recv(call->context, call->aio);
    }
}

static void step(void *arg) {
    struct ledger_call *call = arg;
    struct ledger_client *client = call->client;
    pthread_mutex_lock(&client->lock);
    int code = nng_aio_result(call->aio);
    if (call->phase == SENDING) {
        sent(call, code);
    } else {
        if (code == 0)
            call->reply = nng_aio_get_msg(call->aio);
        finish(call, code);
    }
    pthread_mutex_unlock(&client->lock);
}

// ---- making and keeping calls

static enum ledger_err call_new(struct ledger_client *client, struct ledger_call **made,
                                struct ledger_error *error) {
    struct ledger_call *call = calloc(1, sizeof *call);
    if (call == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making a call to %s", client->url);
    call->client = client;
    enum ledger_err err = ledger_condition_init(&call->finished, error);
    if (err != LEDGER_E_OK)
        goto free_call;
    int code = nng_ctx_open(&call->context, client->socket);
    if (code != 0)
        goto destroy_condition;
    code = nng_aio_alloc(&call->aio, step, call);
    if (code != 0)
        goto close_context;
    *made = call;
    return LEDGER_E_OK;

close_context:
    nng_ctx_close(call->context);
destroy_condition:
    err = ledger_nng_fail(error, code, "making a call to", client->url);
    pthread_cond_destroy(&call->finished);
free_call:
    free(call);
    return err;
}

static void call_free(struct ledger_call *call) {
    nng_ctx_close(call->context);
    nng_aio_free(call->aio); // waits until step() has returned
    pthread_cond_destroy(&call->finished);
    free(call);
}

static void client_free(struct ledger_client *client) {
    while (client->spare != NULL) {
        struct ledger_call *call = client->spare;
        client->spare = call->next;
        call_free(call);
    }
    if (!ledger_nng_close(client->socket)) // else pipe_changed has run for all connections
        return;
    pthread_mutex_destroy(&client->lock);
    free(client->url);
    free(client);
}

// With the lock held, which it lets go.
static void unlock_and_release(struct ledger_client *client) {
    bool last = --client->references == 0;
    pthread_mutex_unlock(&client->lock);
    if (last)
        client_free(client);
}

static enum ledger_err refuse_ended(const struct ledger_client *client,
                                    struct ledger_error *error) {
    return ledger_fail(error, client->ended, NULL, "the connection to %s was given up by its user",
                       client->url);
}

// A spare call or a new one, put among the active. With the lock held.
static enum ledger_err call_take(struct ledger_client *client, struct ledger_call **taken,
                                 struct ledger_error *error) {
    struct ledger_call *call = client->spare;
    enum ledger_err err = LEDGER_E_OK;
    if (call != NULL)
        client->spare = call->next;
    else
        err = call_new(client, &call, error);
    if (err != LEDGER_E_OK)
        return err;
    call->phase = SENDING;
    call->reply = NULL;
    call->previous = NULL;
    call->next = client->active;
    if (client->active != NULL)
        client->active->previous = call;
    client->active = call;
    client->references++;
    *taken = call;
    return LEDGER_E_OK;
}

static void call_give_back(struct ledger_call *call) {
    struct ledger_client *client = call->client;
    pthread_mutex_lock(&client->lock);
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        client->active = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    call->next = client->spare;
    client->spare = call;
    unlock_and_release(client);
}

// ---- requests out

static uint32_t wait_ms(const Ledger__V1__Request *request) {
    if (request->body_case != LEDGER__V1__REQUEST__BODY_READ || request->read->wait_ms == 0)
        return 0;
    uint32_t wait = request->read->wait_ms;
    return wait < LEDGER_WAIT_MS_MAX ? wait : LEDGER_WAIT_MS_MAX;
}

// A read that waits must not be sent again while it does, nor a question that takes long: it would
// only be worked out twice.
static nng_duration resend_ms(const Ledger__V1__Request *request, uint32_t total_ms) {
    if (request->body_case == LEDGER__V1__REQUEST__BODY_QUERY)
        return (nng_duration)total_ms + RESEND_MS;
    return (nng_duration)(wait_ms(request) + RESEND_MS);
}

static enum ledger_err pack(const Ledger__V1__Request *request, nng_msg **message,
                            struct ledger_error *error) {
    size_t size = protobuf_c_message_get_packed_size(&request->base);
    if (size > LEDGER_REQUEST_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL,
                           "the request has %zu bytes, and may have %d", size,
                           LEDGER_REQUEST_SIZE_MAX);
    if (nng_msg_alloc(message, size) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing a request");
    protobuf_c_message_pack(&request->base, nng_msg_body(*message));
    return LEDGER_E_OK;
}

// With the lock held, so that no interrupt falls between the call's start and its send.
static void send_request(struct ledger_call *call, const Ledger__V1__Request *request,
                         nng_msg *message) {
    uint32_t total_ms = call->client->timeout_ms + wait_ms(request);
    call->body = request->body_case;
    call->deadline = now_micros() + (int64_t)total_ms * 1000;
    nng_ctx_set_ms(call->context, NNG_OPT_REQ_RESENDTIME, resend_ms(request, total_ms));
    nng_aio_set_msg(call->aio, message);
    nng_aio_set_timeout(call->aio, time_left_ms(call));
    nng_ctx_send(call->context, call->aio);
}

enum ledger_err ledger_call_begin(struct ledger_client *client, const Ledger__V1__Request *request,
                                  struct ledger_call **call, struct ledger_error *error) {
    nng_msg *message = NULL;
    *call = NULL;
    enum ledger_err err = pack(request, &message, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&client->lock);
    err =
        client->ended != LEDGER_E_OK ? refuse_ended(client, error) : call_take(client, call, error);
    if (err == LEDGER_E_OK)
        send_request(*call, request, message);
    else
        nng_msg_free(message);
    pthread_mutex_unlock(&client->lock);
    return err;
}

// ---- replies in

static enum ledger_err fail_unavailable(struct ledger_error *error, const char *url) {
    char place[200];
    ledger_url_show(url, place, sizeof place);
    return ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL,
                       "nothing is running at %s: start it with ./tools/up, or name the ledger's "
                       "directory with --data",
                       place);
}

static enum ledger_err fail_call(const struct ledger_call *call, enum ledger_err ended, bool alone,
                                 struct ledger_error *error) {
    const struct ledger_client *client = call->client;
    if (call->code == NNG_ECANCELED && ended != LEDGER_E_OK)
        return refuse_ended(client, error);
    if (call->code == NNG_ETIMEDOUT && alone)
        return fail_unavailable(error, client->url);
    if (call->code == NNG_ETIMEDOUT)
        return ledger_fail(error, LEDGER_E_TIMEOUT, NULL, "no answer from %s within %u ms",
                           client->url, client->timeout_ms);
    return ledger_nng_fail(error, call->code, "asking", client->url);
}

static enum ledger_err unpack(const struct ledger_call *call, struct ledger_arena *arena,
                              Ledger__V1__Reply **reply, struct ledger_error *error) {
    struct ledger_span bytes = ledger_span_of(nng_msg_body(call->reply), nng_msg_len(call->reply));
    ProtobufCMessage *message = NULL;
    enum ledger_err err = ledger_message_unpack(&ledger__v1__reply__descriptor, bytes,
                                                LEDGER_REPLY_SIZE_MAX, arena, &message, error);
    if (err != LEDGER_E_OK)
        return err;
    Ledger__V1__Reply *answer = (Ledger__V1__Reply *)message;
    if (answer->error != NULL) {
        struct ledger_error told;
        ledger_error_from_reply(answer->error, &told);
        if (error != NULL)
            *error = told;
        return told.code;
    }
    // A reply's body has its request's field number.
    if ((int)answer->body_case != (int)call->body)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s answered another question",
                           call->client->url);
    *reply = answer;
    return LEDGER_E_OK;
}

enum ledger_err ledger_call_end(struct ledger_call *call, struct ledger_arena *arena,
                                Ledger__V1__Reply **reply, struct ledger_error *error) {
    struct ledger_client *client = call->client;
    *reply = NULL;
    pthread_mutex_lock(&client->lock);
    while (call->phase != FINISHED)
        pthread_cond_wait(&call->finished, &client->lock);
    enum ledger_err ended = client->ended;
    bool alone = client->pipes == 0;
    pthread_mutex_unlock(&client->lock);

    enum ledger_err err;
    if (call->code != 0) {
        err = fail_call(call, ended, alone, error);
    } else {
        err = unpack(call, arena, reply, error);
        nng_msg_free(call->reply);
    }
    call_give_back(call);
    return err;
}

enum ledger_err ledger_client_call(struct ledger_client *client, const Ledger__V1__Request *request,
                                   struct ledger_arena *arena, Ledger__V1__Reply **reply,
                                   struct ledger_error *error) {
    struct ledger_call *call;
    *reply = NULL;
    enum ledger_err err = ledger_call_begin(client, request, &call, error);
    return err == LEDGER_E_OK ? ledger_call_end(call, arena, reply, error) : err;
}

// ---- open and close

static void pipe_changed(nng_pipe pipe, nng_pipe_ev event, void *arg) {
    struct ledger_client *client = arg;
    (void)pipe;
    pthread_mutex_lock(&client->lock);
    if (event == NNG_PIPE_EV_ADD_PRE)
        client->pipes++;
    else
        client->pipes--;
    pthread_mutex_unlock(&client->lock);
}

static int dial(struct ledger_client *client, bool wait_for_service) {
    nng_socket socket = client->socket;
    int code = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ,
                                   LEDGER_REPLY_SIZE_MAX + LEDGER_NNG_HEADER_SIZE_MAX);
    if (code == 0)
        code = nng_socket_set_ms(socket, NNG_OPT_RECONNMINT, RECONNECT_MS_MIN);
    if (code == 0)
        code = nng_socket_set_ms(socket, NNG_OPT_RECONNMAXT, RECONNECT_MS_MAX);
    if (code == 0)
        code = nng_pipe_notify(socket, NNG_PIPE_EV_ADD_PRE, pipe_changed, client);
    if (code == 0)
        code = nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, pipe_changed, client);
    if (code == 0)
        code = nng_dial(socket, client->url, NULL, wait_for_service ? NNG_FLAG_NONBLOCK : 0);
    return code;
}

static enum ledger_err client_new(const struct ledger_client_options *options,
                                  struct ledger_client **made, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_NO_MEMORY;
    *made = NULL;
    struct ledger_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        goto no_memory;
    client->url = strdup(options->url);
    if (client->url == NULL || pthread_mutex_init(&client->lock, NULL) != 0)
        goto no_memory;
    int code = nng_req0_open(&client->socket);
    if (code != 0) {
        err = ledger_nng_fail(error, code, "making a socket for", options->url);
        goto destroy_lock;
    }
    client->references = 1;
    client->timeout_ms = options->timeout_ms == 0 ? TIMEOUT_MS_DEFAULT : options->timeout_ms;
    if (client->timeout_ms > TIMEOUT_MS_MAX)
        client->timeout_ms = TIMEOUT_MS_MAX;
    *made = client;
    return LEDGER_E_OK;

destroy_lock:
    pthread_mutex_destroy(&client->lock);
    free(client->url);
    free(client);
    return err;
no_memory:
    if (client != NULL)
        free(client->url);
    free(client);
    return ledger_fail(error, err, NULL, "connecting to %s", options->url);
}

enum ledger_err ledger_client_open(const struct ledger_client_options *options,
                                   struct ledger_client **client, struct ledger_error *error) {
    *client = NULL;
    struct ledger_client *opened;
    enum ledger_err err = client_new(options, &opened, error);
    if (err != LEDGER_E_OK)
        return err;
    int code = dial(opened, options->wait_for_service);
    if (code != 0) {
        err = ledger_nng_error(code) == LEDGER_E_UNAVAILABLE
                  ? fail_unavailable(error, options->url)
                  : ledger_nng_fail(error, code, "connecting to", options->url);
        client_free(opened);
        return err;
    }
    *client = opened;
    return LEDGER_E_OK;
}

// With the lock held. Cancelled calls finish on NNG's threads.
static void end_calls(struct ledger_client *client, enum ledger_err why) {
    if (client->ended == LEDGER_E_OK)
        client->ended = why;
    for (struct ledger_call *call = client->active; call != NULL; call = call->next)
        if (call->phase != FINISHED)
            nng_aio_cancel(call->aio);
}

void ledger_client_interrupt(struct ledger_client *client) {
    pthread_mutex_lock(&client->lock);
    end_calls(client, LEDGER_E_INTERRUPTED);
    pthread_mutex_unlock(&client->lock);
}

// Calls that are still to be ended keep the client until then.
void ledger_client_close(struct ledger_client *client) {
    if (client == NULL)
        return;
    pthread_mutex_lock(&client->lock);
    end_calls(client, LEDGER_E_STOPPING);
    unlock_and_release(client);
}
