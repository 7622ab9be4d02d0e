#include "interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ledger_client *current;
static bool happened;

static sigset_t signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

// A client's calls cannot be ended from a signal handler: a thread takes the signals instead.
static void *wait_for_signal(void *arg) {
    sigset_t set = signals();
    int number;
    (void)arg;
    if (sigwait(&set, &number) != 0)
        return NULL;
    pthread_mutex_lock(&lock);
    happened = true;
    if (current != NULL)
        ledger_client_interrupt(current);
    pthread_mutex_unlock(&lock);
    return NULL;
}

enum ledger_err interrupt_init(struct ledger_error *error) {
    sigset_t set = signals();
    pthread_t thread;
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    int code = pthread_create(&thread, NULL, wait_for_signal, NULL);
    if (code != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting a thread: %s",
                           strerror(code));
    pthread_detach(thread);
    return LEDGER_E_OK;
}

void interrupt_client(struct ledger_client *client) {
    pthread_mutex_lock(&lock);
    current = client;
    if (happened && current != NULL)
        ledger_client_interrupt(current);
    pthread_mutex_unlock(&lock);
}

bool interrupt_happened(void) {
    pthread_mutex_lock(&lock);
    bool now = happened;
    pthread_mutex_unlock(&lock);
    return now;
}
