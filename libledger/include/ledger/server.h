// The serving side: a socket, its contexts, and requests that may be answered later and from any
// thread.
#ifndef LEDGER_SERVER_H
#define LEDGER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/v1/service.pb-c.h"

struct ledger_server;
struct ledger_request; // one message that waits for its answer

// Called on an NNG thread for each message that arrives; it must lead to exactly one
// ledger_request_answer or ledger_request_drop, then or later. `message` is unpacked into the
// request's arena. Messages that are no Request are answered by the server itself.
typedef void (*ledger_server_handler)(void *user, struct ledger_request *request,
                                      const Ledger__V1__Request *message);
// Called first, on messages within the size limit: true if it has taken the request over, as the
// handler would. False: what it took of the arena is given back, and the message is unpacked and
// goes to the handler. The arena has no limit of its own here.
typedef bool (*ledger_server_packed)(void *user, struct ledger_request *request);
// The peer of a request that waits is gone: the request should be dropped soon. Called on an NNG
// thread, beside others: look the request up among those you hold, it may have been answered by
// then. Until the call returns, `request` is not taken over by another message. May be NULL.
typedef void (*ledger_server_gone)(void *user, struct ledger_request *request);

struct ledger_server_options {
    const char *url;
    uint32_t contexts;           // requests taken in at one time; 0 = 64
    uint32_t threads;            // that call back; of the first server, for the whole process.
                                 // 0 = as many as there are processors, two to four
    size_t request_size_max;     // 0 = LEDGER_REQUEST_SIZE_MAX
    ledger_server_packed packed; // may be NULL
    ledger_server_handler handler;
    ledger_server_gone gone;
    void *user;
};

// Listens. An ipc socket file left by a process that is no more is replaced; one that is answered
// gives LEDGER_E_LOCKED.
LEDGER_MUST_CHECK enum ledger_err ledger_server_open(const struct ledger_server_options *options,
                                                     struct ledger_server **server,
                                                     struct ledger_error *error);
// Takes no more requests. Those under way may still be answered.
void ledger_server_stop(struct ledger_server *server);
// Stops, waits until all requests are answered or dropped, and frees. A reply whose last bytes
// have not left by then is lost; the peer asks again when it has reconnected. NULL is allowed.
void ledger_server_close(struct ledger_server *server);

struct ledger_arena *ledger_request_arena(struct ledger_request *request);
struct ledger_span ledger_request_bytes(const struct ledger_request *request);
// A place for the handler's own state; NULL at first.
void *ledger_request_user(const struct ledger_request *request);
void ledger_request_set_user(struct ledger_request *request, void *user);

// Each consumes the request. Sending is bounded in time; a peer that is gone is no error.
void ledger_request_answer(struct ledger_request *request, const Ledger__V1__Reply *reply);
// The packed Reply, written by the caller: `parts` are joined (and copied once).
void ledger_request_answer_bytes(struct ledger_request *request, const struct ledger_span *parts,
                                 size_t count);
void ledger_request_answer_error(struct ledger_request *request, const struct ledger_error *error);
// No answer is sent.
void ledger_request_drop(struct ledger_request *request);

// Fills a wire Error; texts are borrowed from `from` and must outlive `to`.
void ledger_error_to_wire(const struct ledger_error *from, Ledger__V1__Error *to);

#endif
