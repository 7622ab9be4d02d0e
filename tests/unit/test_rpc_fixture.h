// A server and clients that ask it.
#ifndef TEST_RPC_FIXTURE_H
#define TEST_RPC_FIXTURE_H

#include <pthread.h>

#include "ledger/client.h"
#include "ledger/server.h"

enum { HELD_MAX = 64 };

// A server whose handler does what a request's kind says: status is answered at once, a read is
// held until the test answers it, a fetch gets a reply that is too large, an append an error.
struct fixture {
    char directory[64];
    char url[128]; // of the socket x.sock in the directory
    struct ledger_server *server;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct ledger_request *held[HELD_MAX];
    unsigned held_count;
    unsigned reads_seen;
    unsigned gone_seen;
};

int rpc_fixture_setup(void **state); // *state is a struct fixture, and it serves
int rpc_fixture_teardown(void **state);
#define RPC_TEST(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, rpc_fixture_setup, rpc_fixture_teardown)

void fixture_handle(void *user, struct ledger_request *request, const Ledger__V1__Request *message);
void serve(struct fixture *fixture, uint32_t contexts);
void stop_serving(struct fixture *fixture);
void answer_held(struct fixture *fixture, uint64_t head);
// Until the fixture's `count` is `at_least` so much.
void wait_for(struct fixture *fixture, const unsigned *count, unsigned at_least);

// ---- the asking side
struct asking {
    struct ledger_client *client;
    struct ledger_arena *arena;
    struct ledger_error error;
    Ledger__V1__Reply *reply;
};

struct asking asking_open(const struct fixture *fixture, uint32_t timeout_ms);
void asking_close(struct asking *asking);
enum ledger_err ask(struct asking *asking, Ledger__V1__Request__BodyCase body);
// A new client gets an answer.
void assert_serves(const struct fixture *fixture);
struct ledger_call *begin_read(struct ledger_client *client, uint32_t wait_ms);
enum ledger_err end_call(struct asking *asking, struct ledger_call *call);

#endif
