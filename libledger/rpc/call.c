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
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/wait.h"
#include "rpc_internal.h"

enum { RESEND_MS = 10000 };

// ---- a call's turn

// With the lock held.
static void finish(struct ledger_call *call, int code) {
    call->code = code;
    call->phase = FINISHED;
    pthread_cond_signal(&call->finished);
}

// NNG takes 0 for "poll".
static nng_duration time_left_ms(const struct ledger_call *call) {
    int64_t left = (call->deadline - ledger_wait_now()) / 1000;
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
    // From here on a call that is finished belongs to who waits for it, or to `done`.
    void (*done)(void *user) = call->phase == FINISHED ? call->done : NULL;
    void *user = call->user;
    pthread_mutex_unlock(&client->lock);
    if (done != NULL)
        done(user);
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

void ledger_call_free(struct ledger_call *call) {
    nng_ctx_close(call->context);
    nng_aio_free(call->aio); // waits until step() has returned
    pthread_cond_destroy(&call->finished);
    free(call);
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
    ledger_client_release(client);
}

// ---- requests out

// What is asked, and how long to wait for it.
struct outgoing {
    nng_msg *message;
    Ledger__V1__Request__BodyCase body;
    uint32_t wait_ms;
    bool once; // it takes long to answer: being asked twice would only double that
    void (*done)(void *user);
    void *user;
};

static uint32_t wait_ms(const Ledger__V1__Request *request) {
    if (request->body_case != LEDGER__V1__REQUEST__BODY_READ || request->read->wait_ms == 0)
        return 0;
    uint32_t wait = request->read->wait_ms;
    return wait < LEDGER_WAIT_MS_MAX ? wait : LEDGER_WAIT_MS_MAX;
}

static enum ledger_err message_new(size_t size, nng_msg **message, struct ledger_error *error) {
    if (size > LEDGER_REQUEST_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL,
                           "the request has %zu bytes, and may have %d", size,
                           LEDGER_REQUEST_SIZE_MAX);
    if (nng_msg_alloc(message, size) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing a request");
    return LEDGER_E_OK;
}

// With the lock held, so that no interrupt falls between the call's start and its send.
static void send_request(struct ledger_call *call, const struct outgoing *outgoing) {
    uint32_t wait_ms =
        outgoing->wait_ms < LEDGER_WAIT_MS_MAX ? outgoing->wait_ms : LEDGER_WAIT_MS_MAX;
    uint32_t total_ms = call->client->timeout_ms + wait_ms;
    // A read that waits must not be sent again while it does.
    uint32_t resend_ms = (outgoing->once ? total_ms : wait_ms) + RESEND_MS;
    call->body = outgoing->body;
    call->done = outgoing->done;
    call->user = outgoing->user;
    call->deadline = ledger_wait_now() + (int64_t)total_ms * 1000;
    nng_ctx_set_ms(call->context, NNG_OPT_REQ_RESENDTIME, (nng_duration)resend_ms);
    nng_aio_set_msg(call->aio, outgoing->message);
    nng_aio_set_timeout(call->aio, time_left_ms(call));
    nng_ctx_send(call->context, call->aio);
}

// Consumes the message. *call is set before anything of it can be done.
static enum ledger_err begin(struct ledger_client *client, const struct outgoing *outgoing,
                             struct ledger_call **call, struct ledger_error *error) {
    pthread_mutex_lock(&client->lock);
    enum ledger_err err =
        client->ended != LEDGER_E_OK ? refuse_ended(client, error) : call_take(client, call, error);
    if (err == LEDGER_E_OK)
        send_request(*call, outgoing);
    else
        nng_msg_free(outgoing->message);
    pthread_mutex_unlock(&client->lock);
    return err;
}

enum ledger_err ledger_call_begin(struct ledger_client *client, const Ledger__V1__Request *request,
                                  struct ledger_call **call, struct ledger_error *error) {
    struct outgoing outgoing = {
        .body = request->body_case,
        .wait_ms = wait_ms(request),
        .once = request->body_case == LEDGER__V1__REQUEST__BODY_QUERY,
    };
    *call = NULL;
    enum ledger_err err =
        message_new(protobuf_c_message_get_packed_size(&request->base), &outgoing.message, error);
    if (err != LEDGER_E_OK)
        return err;
    protobuf_c_message_pack(&request->base, nng_msg_body(outgoing.message));
    return begin(client, &outgoing, call, error);
}

enum ledger_err ledger_call_begin_packed(struct ledger_client *client,
                                         const struct ledger_packed_request *request,
                                         struct ledger_call **call, struct ledger_error *error) {
    struct outgoing outgoing = {
        .wait_ms = request->wait_ms, .done = request->done, .user = request->user};
    size_t size = 0;
    *call = NULL;
    for (size_t i = 0; i < request->part_count; i++)
        size += request->parts[i].size;
    enum ledger_err err = message_new(size, &outgoing.message, error);
    if (err != LEDGER_E_OK)
        return err;
    uint8_t *place = nng_msg_body(outgoing.message);
    for (size_t i = 0; i < request->part_count; i++) {
        const struct ledger_span *part = &request->parts[i];
        if (part->size != 0)
            memcpy(place, part->data, part->size);
        place += part->size;
    }
    return begin(client, &outgoing, call, error);
}

// ---- replies in

static enum ledger_err fail_call(const struct ledger_call *call, enum ledger_err ended, bool alone,
                                 struct ledger_error *error) {
    const struct ledger_client *client = call->client;
    if (call->code == NNG_ECANCELED && ended != LEDGER_E_OK)
        return refuse_ended(client, error);
    if (call->code == NNG_ETIMEDOUT && alone)
        return ledger_client_fail_unavailable(error, client->url);
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
    // A reply's body has its request's field number. Of packed requests we do not know it.
    if (call->body != LEDGER__V1__REQUEST__BODY__NOT_SET &&
        (int)answer->body_case != (int)call->body)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s answered another question",
                           call->client->url);
    *reply = answer;
    return LEDGER_E_OK;
}

bool ledger_call_wait(struct ledger_call *call, uint32_t wait_ms) {
    struct ledger_client *client = call->client;
    int64_t deadline = ledger_wait_now() + (int64_t)wait_ms * 1000;
    bool in_time = true;
    pthread_mutex_lock(&client->lock);
    while (call->phase != FINISHED && in_time)
        in_time = ledger_wait_until(&client->lock, &call->finished, deadline);
    bool finished = call->phase == FINISHED;
    pthread_mutex_unlock(&client->lock);
    return finished;
}

// The call's own error, if it came to no reply.
static enum ledger_err wait_finished(struct ledger_call *call, struct ledger_error *error) {
    struct ledger_client *client = call->client;
    pthread_mutex_lock(&client->lock);
    while (call->phase != FINISHED)
        pthread_cond_wait(&call->finished, &client->lock);
    enum ledger_err ended = client->ended;
    bool alone = client->pipes == 0;
    pthread_mutex_unlock(&client->lock);
    return call->code == 0 ? LEDGER_E_OK : fail_call(call, ended, alone, error);
}

enum ledger_err ledger_call_end(struct ledger_call *call, struct ledger_arena *arena,
                                Ledger__V1__Reply **reply, struct ledger_error *error) {
    *reply = NULL;
    enum ledger_err err = wait_finished(call, error);
    if (err == LEDGER_E_OK) {
        err = unpack(call, arena, reply, error);
        nng_msg_free(call->reply);
    }
    call_give_back(call);
    return err;
}

enum ledger_err ledger_call_end_packed(struct ledger_call *call, struct ledger_reply **reply,
                                       struct ledger_error *error) {
    enum ledger_err err = wait_finished(call, error);
    *reply = err == LEDGER_E_OK ? (struct ledger_reply *)call->reply : NULL;
    call_give_back(call);
    return err;
}

// A reply is NNG's message under another name.
struct ledger_span ledger_reply_bytes(const struct ledger_reply *reply) {
    nng_msg *message = (nng_msg *)(uintptr_t)reply;
    return ledger_span_of(nng_msg_body(message), nng_msg_len(message));
}

void ledger_reply_free(struct ledger_reply *reply) {
    nng_msg_free((nng_msg *)reply);
}

enum ledger_err ledger_client_call(struct ledger_client *client, const Ledger__V1__Request *request,
                                   struct ledger_arena *arena, Ledger__V1__Reply **reply,
                                   struct ledger_error *error) {
    struct ledger_call *call;
    *reply = NULL;
    enum ledger_err err = ledger_call_begin(client, request, &call, error);
    return err == LEDGER_E_OK ? ledger_call_end(call, arena, reply, error) : err;
}
