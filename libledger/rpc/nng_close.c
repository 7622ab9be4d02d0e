// Closing a socket without hanging.
//
// NNG before 1.6 can lose the completion of a receive when a connection is closed between a
// message's header and its body. The one thread that frees connections then waits for it for ever,
// and with it every nng_close of the process. Nothing outside NNG can end that wait, so we bound
// ours, and leave what belongs to the socket to the end of the process.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/logging.h"
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
    pthread_cond_destroy(&closing->done);
    pthread_mutex_destroy(&closing->lock);
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
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    // One wait is enough for a process: later closes would only queue behind the first.
    deadline.tv_sec += given_up_before ? 0 : CLOSE_TIMEOUT_S;
    int code = 0;
    pthread_mutex_lock(&closing->lock);
    while (!closing->closed && code == 0)
        code = pthread_cond_timedwait(&closing->done, &closing->lock, &deadline);
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
    pthread_mutex_init(&closing->lock, NULL);
    pthread_cond_init(&closing->done, NULL);
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
