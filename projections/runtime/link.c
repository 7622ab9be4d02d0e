// The way to the ledger. NNG reconnects by itself, but a connection that broke in the middle of a
// message can leave a socket of it stuck for good: a call that ran into its deadline therefore ends
// the socket it used, and the next call gets a new one.
#include "projection_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/client.h"

enum { CALL_TIMEOUT_MS = 5000, URL_SIZE = 256 };

// One socket and who uses it. The last to let it go closes it.
struct connection {
    struct ledger_client *client;
    unsigned users; // the link itself, and each call
};

struct projection_link {
    pthread_mutex_t lock;
    char url[URL_SIZE];
    struct connection *current; // NULL: the last one was given up, and there is no new one yet
    bool ended;
};

// With the lock held.
static enum ledger_err connect_link(struct projection_link *link, struct ledger_error *error) {
    const struct ledger_client_options options = {
        .url = link->url, .timeout_ms = CALL_TIMEOUT_MS, .wait_for_service = true};
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "connecting to %s", link->url);
    enum ledger_err err = ledger_client_open(&options, &connection->client, error);
    if (err) {
        free(connection);
        return err;
    }
    connection->users = 1;
    link->current = connection;
    return LEDGER_E_OK;
}

enum ledger_err projection_link_open(const char *url, struct projection_link **opened,
                                     struct ledger_error *error) {
    struct projection_link *link = calloc(1, sizeof *link);
    if (!link)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "connecting to %s", url);
    pthread_mutex_init(&link->lock, NULL);
    enum ledger_err err = LEDGER_E_OK;
    if (snprintf(link->url, sizeof link->url, "%s", url) >= (int)sizeof link->url)
        err = ledger_fail(error, LEDGER_E_CONFIG_INVALID, "read-url", "the URL is too long");
    if (!err)
        err = connect_link(link, error);
    if (err) {
        projection_link_close(link);
        return err;
    }
    *opened = link;
    return LEDGER_E_OK;
}

static struct connection *take(struct projection_link *link, struct ledger_error *error,
                               enum ledger_err *err) {
    pthread_mutex_lock(&link->lock);
    *err = LEDGER_E_OK;
    if (link->ended)
        *err = ledger_fail(error, LEDGER_E_INTERRUPTED, NULL, "the projection is stopping");
    else if (!link->current)
        *err = connect_link(link, error);
    struct connection *connection = *err ? NULL : link->current;
    if (connection)
        connection->users++;
    pthread_mutex_unlock(&link->lock);
    return connection;
}

static void give_back(struct projection_link *link, struct connection *connection, bool stuck) {
    pthread_mutex_lock(&link->lock);
    if (stuck && link->current == connection) {
        link->current = NULL;
        connection->users--;
    }
    bool last = --connection->users == 0;
    pthread_mutex_unlock(&link->lock);
    if (last) {
        ledger_client_close(connection->client);
        free(connection);
    }
}

enum ledger_err projection_link_begin(struct projection_link *link,
                                      const Ledger__V1__Request *request,
                                      struct projection_call *call, struct ledger_error *error) {
    enum ledger_err err;
    *call = (struct projection_call){.connection = take(link, error, &err)};
    if (!call->connection)
        return err;
    err = ledger_call_begin(call->connection->client, request, &call->call, error);
    if (err)
        give_back(link, call->connection, false);
    return err;
}

static bool is_stuck(enum ledger_err err) {
    return err == LEDGER_E_TIMEOUT || err == LEDGER_E_UNAVAILABLE;
}

enum ledger_err projection_link_end(struct projection_link *link, struct projection_call *call,
                                    struct ledger_reply **reply, struct ledger_error *error) {
    enum ledger_err err = ledger_call_end_packed(call->call, reply, error);
    give_back(link, call->connection, is_stuck(err));
    *call = (struct projection_call){0};
    return err;
}

enum ledger_err projection_link_call(struct projection_link *link,
                                     const Ledger__V1__Request *request, struct ledger_arena *arena,
                                     Ledger__V1__Reply **reply, struct ledger_error *error) {
    enum ledger_err err;
    struct connection *connection = take(link, error, &err);
    if (!connection)
        return err;
    err = ledger_client_call(connection->client, request, arena, reply, error);
    give_back(link, connection, is_stuck(err));
    return err;
}

void projection_link_interrupt(struct projection_link *link) {
    pthread_mutex_lock(&link->lock);
    link->ended = true;
    if (link->current)
        ledger_client_interrupt(link->current->client);
    pthread_mutex_unlock(&link->lock);
}

void projection_link_close(struct projection_link *link) {
    if (!link)
        return;
    if (link->current) // no call is under way: only the link itself holds it
        give_back(link, link->current, false);
    pthread_mutex_destroy(&link->lock);
    free(link);
}
