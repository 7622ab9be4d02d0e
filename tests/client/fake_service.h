// A service of a test's own: a socket, a lock, and numbers that tests see and set.
#ifndef TEST_FAKE_SERVICE_H
#define TEST_FAKE_SERVICE_H

#include <pthread.h>

#include "ledger/server.h"

struct fake {
    char directory[64], url[128];
    struct ledger_server *server;
    pthread_mutex_t lock;   // of the test's own fields beside this
    pthread_cond_t changed; // of any of them
};

// options->url is filled in. False: it could not be opened.
bool fake_open(struct fake *fake, struct ledger_server_options *options);
// After everything that is held was answered or dropped.
void fake_close(struct fake *fake);

unsigned fake_get(struct fake *fake, const unsigned *number);
void fake_set(struct fake *fake, unsigned *number, unsigned value);
// Fails the test if it does not come to that in time.
void fake_wait(struct fake *fake, const unsigned *number, unsigned at_least);

#endif
