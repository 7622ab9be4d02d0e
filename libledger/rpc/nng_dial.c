// Connecting within a time of our own.
//
// Whoever listens may be stopped: the kernel then still takes the connection, and NNG waits 10 s
// for the other side's first bytes. nng_dial takes no time limit, and NNG 1.5 has no other way to
// be told that nobody listens, so it runs on a thread that is left behind at the deadline. Closing
// the socket, as the caller then does, ends it.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/wait.h"
#include "rpc_internal.h"

struct dialing {
    nng_socket socket;
    char *url;
    pthread_mutex_t lock;
    pthread_cond_t done;
    int code;
    bool dialed;
    bool abandoned; // the dialing thread frees
};

static void dialing_free(struct dialing *dialing) {
    ledger_wait_fini(&dialing->lock, &dialing->done);
    free(dialing->url);
    free(dialing);
}

static struct dialing *dialing_new(nng_socket socket, const char *url) {
    struct dialing *dialing = calloc(1, sizeof *dialing);
    if (dialing == NULL)
        return NULL;
    dialing->socket = socket;
    dialing->url = strdup(url);
    if (dialing->url == NULL ||
        ledger_wait_init(&dialing->lock, &dialing->done, NULL) != LEDGER_E_OK) {
        free(dialing->url);
        free(dialing);
        return NULL;
    }
    return dialing;
}

static void *dial(void *arg) {
    struct dialing *dialing = arg;
    int code = nng_dial(dialing->socket, dialing->url, NULL, 0);
    pthread_mutex_lock(&dialing->lock);
    dialing->code = code;
    dialing->dialed = true;
    bool abandoned = dialing->abandoned;
    pthread_cond_signal(&dialing->done);
    pthread_mutex_unlock(&dialing->lock);
    if (abandoned)
        dialing_free(dialing);
    return NULL;
}

int ledger_nng_dial(nng_socket socket, const char *url, uint32_t timeout_ms) {
    struct dialing *dialing = dialing_new(socket, url);
    if (dialing == NULL)
        return NNG_ENOMEM;
    pthread_t thread;
    if (pthread_create(&thread, NULL, dial, dialing) != 0) {
        dialing_free(dialing);
        return NNG_ENOMEM;
    }
    pthread_detach(thread);
    int64_t deadline = ledger_wait_now() + (int64_t)timeout_ms * 1000;
    pthread_mutex_lock(&dialing->lock);
    while (!dialing->dialed && ledger_wait_until(&dialing->lock, &dialing->done, deadline))
        continue;
    bool dialed = dialing->dialed;
    int code = dialed ? dialing->code : NNG_ETIMEDOUT;
    dialing->abandoned = !dialed;
    pthread_mutex_unlock(&dialing->lock);
    if (dialed)
        dialing_free(dialing);
    return code;
}
