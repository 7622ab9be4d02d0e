// Closing a socket without hanging.
//
// NNG before 1.6 can lose the completion of a receive when a connection is closed between a
// message's header and its body. The one thread that frees connections then waits for it for ever,
// and with it every nng_close of the process. Nothing outside NNG can end that wait, so we bound
// ours, and leave what belongs to the socket to the end of the process.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ledger/logging.h"
#include "ledger/wait.h"
#include "rpc_internal.h"

enum { CLOSE_TIMEOUT_S = 2 };

struct closing {
    nng_socket socket;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool closed;
    bool abandoned; // the closing thread frees
};

static atomic_bool given_up_before;

static void closing_free(struct closing *closing) {
    ledger_wait_fini(&closing->lock, &closing->done);
    free(closing);
}

static void *close_socket(void *arg) {
    struct closing *closing = arg;
    nng_close(closing->socket);
    pthread_mutex_lock(&closing->lock);
    closing->closed = true;
    bool abandoned = closing->abandoned;
    pthread_cond_signal(&closing->done);
    pthread_mutex_unlock(&closing->lock);
    if (abandoned)
        closing_free(closing);
    return NULL;
}

static bool wait_closed(struct closing *closing) {
    // One wait is enough for a process: later closes would only queue behind the first.
    int64_t patience = given_up_before ? 0 : (int64_t)CLOSE_TIMEOUT_S * 1000000;
    int64_t deadline = ledger_wait_now() + patience;
    pthread_mutex_lock(&closing->lock);
    while (!closing->closed && ledger_wait_until(&closing->lock, &closing->done, deadline))
        continue;
    bool closed = closing->closed;
    closing->abandoned = !closed;
    pthread_mutex_unlock(&closing->lock);
    return closed;
}

bool ledger_nng_close(nng_socket socket) {
    struct closing *closing = calloc(1, sizeof *closing);
    if (closing == NULL)
        return false;
    closing->socket = socket;
    if (ledger_wait_init(&closing->lock, &closing->done, NULL) != LEDGER_E_OK) {
        free(closing);
        return false;
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, close_socket, closing) != 0) {
        closing_free(closing);
        return false;
    }
    pthread_detach(thread);
    bool closed = wait_closed(closing);
    if (closed)
        closing_free(closing);
    else if (!atomic_exchange(&given_up_before, true))
        ledger_log_warn("a socket did not close in time and is left behind", "timeout_s=%d",
                        CLOSE_TIMEOUT_S);
    return closed;
}
