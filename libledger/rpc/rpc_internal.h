// Shared by the files of rpc only.
#ifndef LEDGER_RPC_INTERNAL_H
#define LEDGER_RPC_INTERNAL_H

#include <nng/nng.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"

enum {
    // NNG counts its own headers into a message's size: four bytes for a direct peer, more behind
    // a relay.
    LEDGER_NNG_HEADER_SIZE_MAX = 64,
};

enum ledger_err ledger_nng_error(int code);
// Fills *error with "<doing> <url>: <what NNG says>".
enum ledger_err ledger_nng_fail(struct ledger_error *error, int code, const char *doing,
                                const char *url);

// Closes within a bounded time. False: NNG still uses the socket, and may call back: what belongs
// to it must stay allocated.
bool ledger_nng_close(nng_socket socket);

// nng_dial that returns NNG_ETIMEDOUT at the latest after `timeout_ms`. After that the socket is
// good for nothing but being closed.
int ledger_nng_dial(nng_socket socket, const char *url, uint32_t timeout_ms);

// Leaves NNG so many threads for its callbacks (0 = as many as there are processors, two to four).
// For the whole process, once: later calls change nothing. Needs a socket, so that NNG has begun.
void ledger_nng_threads_keep(unsigned threads);

// What follows "ipc://", or NULL if the URL is of another kind.
const char *ledger_url_ipc_path(const char *url);

// The place in full: an ipc socket's path as an absolute one, another URL as it is.
void ledger_url_show(const char *url, char *text, size_t size);

// Removes a stale socket file. LEDGER_E_LOCKED if somebody listens there.
enum ledger_err ledger_listen_clear(const char *url, struct ledger_error *error);
// Returns what NNG does.
int ledger_listen(nng_socket socket, const char *url, nng_listener *listener);

enum ledger_ipc_state { LEDGER_IPC_ABSENT, LEDGER_IPC_STALE, LEDGER_IPC_ANSWERS };
// Whether somebody listens at a socket's path.
enum ledger_ipc_state ledger_ipc_state(const char *path);

// Looks after the listener at an ipc path, and calls `dead`, on an NNG thread, when it lets nobody
// in any more. The counters are of pipes that came and went. All pointers outlive the watch.
// Returns what NNG does.
struct ledger_watch;
struct ledger_traffic {
    _Atomic uint64_t arrivals;
    _Atomic uint64_t departures;
};
int ledger_watch_start(const char *path, const struct ledger_traffic *traffic,
                       void (*dead)(void *user), void *user, struct ledger_watch **watch);
void ledger_watch_stop(struct ledger_watch *watch);

#endif
