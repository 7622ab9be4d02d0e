// Opens and closes connections to services; call.c asks them.
#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "ledger/limits.h"
#include "rpc_internal.h"

enum {
    TIMEOUT_MS_DEFAULT = 30000,
    TIMEOUT_MS_MAX = 24 * 3600 * 1000, // keeps sums within NNG's 31-bit milliseconds
    RECONNECT_MS_MIN = 10,
    RECONNECT_MS_MAX = 500,
};

static void client_free(struct ledger_client *client) {
    while (client->spare != NULL) {
        struct ledger_call *call = client->spare;
        client->spare = call->next;
        ledger_call_free(call);
    }
    if (!ledger_nng_close(client->socket)) // else pipe_changed has run for all connections
        return;
    pthread_mutex_destroy(&client->lock);
    free(client->url);
    free(client);
}

void ledger_client_release(struct ledger_client *client) {
    bool last = --client->references == 0;
    pthread_mutex_unlock(&client->lock);
    if (last)
        client_free(client);
}

enum ledger_err ledger_client_fail_unavailable(struct ledger_error *error, const char *url) {
    char place[200];
    ledger_url_show(url, place, sizeof place);
    return ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL,
                       "nothing is running at %s: start it with ./tools/up, or name the ledger's "
                       "directory with --data",
                       place);
}

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
        code = wait_for_service ? nng_dial(socket, client->url, NULL, NNG_FLAG_NONBLOCK)
                                : ledger_nng_dial(socket, client->url, client->timeout_ms);
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

static enum ledger_err fail_dial(struct ledger_error *error, int code, const char *url) {
    char place[200];
    if (ledger_nng_error(code) == LEDGER_E_UNAVAILABLE)
        return ledger_client_fail_unavailable(error, url);
    if (code != NNG_ETIMEDOUT)
        return ledger_nng_fail(error, code, "connecting to", url);
    ledger_url_show(url, place, sizeof place);
    return ledger_fail(error, LEDGER_E_TIMEOUT, NULL,
                       "what listens at %s does not answer: is it stopped, or overloaded?", place);
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
        err = fail_dial(error, code, options->url);
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
    ledger_client_release(client);
}
