// A client of ledgerd or of a projection: requests out, replies in, over NNG. Any thread; calls of
// several threads run beside each other.
#ifndef LEDGER_CLIENT_H
#define LEDGER_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/v1/service.pb-c.h"

struct ledger_client;

struct ledger_client_options {
    const char *url;       // "ipc://…", "tcp://…"
    uint32_t timeout_ms;   // for a whole call, re-sends included, and as long for connecting; 0 =
                           // 30000. A read's wait_ms is added.
    bool wait_for_service; // keep trying to connect until the call's timeout, instead of failing
                           // at once with LEDGER_E_UNAVAILABLE
};

// Connects in the background; a peer that goes away is reconnected to. LEDGER_E_UNAVAILABLE if
// nobody listens (unless wait_for_service). Who keeps a client for long and gets LEDGER_E_TIMEOUT
// or LEDGER_E_UNAVAILABLE from a call should close it and open another: reconnecting is NNG's, and
// NNG 1.5 can lose the thread that does it.
LEDGER_MUST_CHECK enum ledger_err ledger_client_open(const struct ledger_client_options *options,
                                                     struct ledger_client **client,
                                                     struct ledger_error *error);
// Calls under way end with LEDGER_E_STOPPING first.
void ledger_client_close(struct ledger_client *client);

// One request, one reply. `arena` holds the reply. An error in the reply is returned as that
// error; outcomes of single appends stay in the reply (see ledger_error_from_reply).
LEDGER_MUST_CHECK enum ledger_err ledger_client_call(struct ledger_client *client,
                                                     const Ledger__V1__Request *request,
                                                     struct ledger_arena *arena,
                                                     Ledger__V1__Reply **reply,
                                                     struct ledger_error *error);

// The same in two steps, to have several calls in flight.
struct ledger_call;
LEDGER_MUST_CHECK enum ledger_err ledger_call_begin(struct ledger_client *client,
                                                    const Ledger__V1__Request *request,
                                                    struct ledger_call **call,
                                                    struct ledger_error *error);
// Waits for the reply and frees the call.
LEDGER_MUST_CHECK enum ledger_err ledger_call_end(struct ledger_call *call,
                                                  struct ledger_arena *arena,
                                                  Ledger__V1__Reply **reply,
                                                  struct ledger_error *error);
// Waits for the reply, for at most `wait_ms`. True: ledger_call_end will not wait. The call may be
// ended in any case.
bool ledger_call_wait(struct ledger_call *call, uint32_t wait_ms);

// A call whose request the caller has packed, and whose reply it looks through itself.
struct ledger_packed_request {
    const struct ledger_span *parts; // joined they are a packed Request; copied
    size_t part_count;
    uint32_t wait_ms; // how long the service may hold it: a read's; added to the timeout
    // Called once, on a thread of NNG's, when the call can be ended without waiting, which it may
    // do itself. It must not block. NULL: nobody is told.
    void (*done)(void *user);
    void *user;
};
LEDGER_MUST_CHECK enum ledger_err
ledger_call_begin_packed(struct ledger_client *client, const struct ledger_packed_request *request,
                         struct ledger_call **call, struct ledger_error *error);

// The bytes of a packed Reply as they came.
struct ledger_reply;
// As ledger_call_end. An error inside the reply is the caller's to find.
LEDGER_MUST_CHECK enum ledger_err ledger_call_end_packed(struct ledger_call *call,
                                                         struct ledger_reply **reply,
                                                         struct ledger_error *error);
struct ledger_span ledger_reply_bytes(const struct ledger_reply *reply);
void ledger_reply_free(struct ledger_reply *reply); // NULL is allowed

// Ends calls under way, of this and other threads, with LEDGER_E_INTERRUPTED, as all later ones.
// Async-signal-unsafe: call it from an event loop.
void ledger_client_interrupt(struct ledger_client *client);

void ledger_error_from_reply(const Ledger__V1__Error *from, struct ledger_error *error);

// "ipc://<data>/run/<name>.sock" into url (`size` bytes). LEDGER_E_CONFIG_INVALID if the path is
// longer than a socket address takes (about 100 bytes).
LEDGER_MUST_CHECK enum ledger_err ledger_socket_url(const char *data, const char *name, char *url,
                                                    size_t size, struct ledger_error *error);

#endif
