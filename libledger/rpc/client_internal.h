// A client and its calls from inside: client.c opens and closes, call.c asks.
#ifndef LEDGER_CLIENT_INTERNAL_H
#define LEDGER_CLIENT_INTERNAL_H

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>

#include "ledger/client.h"

enum phase { SENDING, RECEIVING, FINISHED };

struct ledger_call {
    struct ledger_client *client;
    struct ledger_call *previous, *next; // among client->active; `next` among client->spare
    nng_ctx context;
    nng_aio *aio;
    pthread_cond_t finished;
    enum phase phase;
    int64_t deadline; // of ledger_wait_now
    Ledger__V1__Request__BodyCase body;
    void (*done)(void *user); // NULL: whoever waits is told by `finished`
    void *user;
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

void ledger_call_free(struct ledger_call *call);
// Ends the client with its last reference. With the lock held, which it lets go.
void ledger_client_release(struct ledger_client *client);
// "nothing is running at …"
enum ledger_err ledger_client_fail_unavailable(struct ledger_error *error, const char *url);

#endif
