#include "peers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { URL_SIZE = 256, CLIENTS_MAX = 16, APPEND_TIMEOUT_MS = 10000 };

struct peers {
    const char *data;
    // Guards what stands below, against peers_interrupt; not held over a call.
    pthread_mutex_t lock;
    bool interrupted;
    struct peer {
        const char *name;
        struct ledger_client *client;
    } clients[CLIENTS_MAX];
    struct ledger_appender *appender;
};

enum ledger_err peers_new(const char *data, struct peers **made, struct ledger_error *error) {
    struct peers *peers = calloc(1, sizeof *peers);
    *made = peers;
    if (peers == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making connections");
    peers->data = data;
    pthread_mutex_init(&peers->lock, NULL);
    return LEDGER_E_OK;
}

void peers_free(struct peers *peers) {
    if (peers == NULL)
        return;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (peers->clients[i].client != NULL)
            ledger_client_close(peers->clients[i].client);
    ledger_appender_close(peers->appender);
    pthread_mutex_destroy(&peers->lock);
    free(peers);
}

static enum ledger_err fail_interrupted(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_INTERRUPTED, NULL, "the reactor is stopping");
}

static bool is_lost(enum ledger_err err) {
    return err == LEDGER_E_TIMEOUT || err == LEDGER_E_UNAVAILABLE;
}

// The slot of that name, or a free one.
static struct peer *find(struct peers *peers, const char *name) {
    struct peer *spare = NULL;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct peer *peer = &peers->clients[i];
        if (peer->client != NULL && strcmp(peer->name, name) == 0)
            return peer;
        if (peer->client == NULL && spare == NULL)
            spare = peer;
    }
    return spare;
}

static enum ledger_err open_client(struct peers *peers, struct peer *peer, const char *name,
                                   struct ledger_error *error) {
    char url[URL_SIZE];
    struct ledger_client *client;
    const struct ledger_client_options options = {.url = url};
    enum ledger_err err = ledger_socket_url(peers->data, name, url, sizeof url, error);
    if (err == LEDGER_E_OK)
        err = ledger_client_open(&options, &client, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&peers->lock);
    *peer = (struct peer){name, client};
    bool interrupted = peers->interrupted;
    pthread_mutex_unlock(&peers->lock);
    return interrupted ? fail_interrupted(error) : LEDGER_E_OK;
}

static void close_client(struct peers *peers, struct peer *peer) {
    struct ledger_client *client = peer->client;
    pthread_mutex_lock(&peers->lock);
    *peer = (struct peer){0};
    pthread_mutex_unlock(&peers->lock);
    ledger_client_close(client);
}

enum ledger_err peers_call(struct peers *peers, const char *name,
                           const Ledger__V1__Request *request, struct ledger_arena *arena,
                           Ledger__V1__Reply **reply, struct ledger_error *error) {
    struct peer *peer = find(peers, name);
    if (peer == NULL)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "too many connections");
    enum ledger_err err =
        peer->client == NULL ? open_client(peers, peer, name, error) : LEDGER_E_OK;
    if (err != LEDGER_E_OK)
        return err;
    err = ledger_client_call(peer->client, request, arena, reply, error);
    if (is_lost(err))
        close_client(peers, peer);
    return err;
}

static enum ledger_err open_appender(struct peers *peers, struct ledger_error *error) {
    char url[URL_SIZE];
    struct ledger_appender *appender;
    const struct ledger_appender_options options = {.url = url, .timeout_ms = APPEND_TIMEOUT_MS};
    enum ledger_err err = ledger_socket_url(peers->data, "append", url, sizeof url, error);
    if (err == LEDGER_E_OK)
        err = ledger_appender_open(&options, &appender, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&peers->lock);
    peers->appender = appender;
    bool interrupted = peers->interrupted;
    pthread_mutex_unlock(&peers->lock);
    return interrupted ? fail_interrupted(error) : LEDGER_E_OK;
}

enum ledger_err peers_append(struct peers *peers, const struct ledger_new_append *append,
                             struct ledger_append_outcome *outcome, struct ledger_error *error) {
    enum ledger_err err = peers->appender == NULL ? open_appender(peers, error) : LEDGER_E_OK;
    if (err != LEDGER_E_OK)
        return err;
    err = ledger_appender_append(peers->appender, append, NULL, outcome, error);
    if (is_lost(err)) {
        struct ledger_appender *appender = peers->appender;
        pthread_mutex_lock(&peers->lock);
        peers->appender = NULL;
        pthread_mutex_unlock(&peers->lock);
        ledger_appender_close(appender);
    }
    return err;
}

void peers_interrupt(struct peers *peers) {
    pthread_mutex_lock(&peers->lock);
    peers->interrupted = true;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (peers->clients[i].client != NULL)
            ledger_client_interrupt(peers->clients[i].client);
    if (peers->appender != NULL)
        ledger_appender_interrupt(peers->appender);
    pthread_mutex_unlock(&peers->lock);
}
