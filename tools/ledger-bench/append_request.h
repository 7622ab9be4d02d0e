// One append request that is filled, sent and filled again. Its messages are laid out once, so that
// filling it costs a copy for each event.
#ifndef LEDGER_BENCH_APPEND_REQUEST_H
#define LEDGER_BENCH_APPEND_REQUEST_H

#include "ledger/arena.h"
#include "ledger/client.h"
#include "workload.h"

struct append_shape {
    unsigned requests; // in flight
    unsigned appends;  // in a request
    unsigned events;   // in an append
};

struct append_request {
    struct append_shape shape;
    struct writer *writers; // of each append
    Ledger__V1__Request message;
    Ledger__V1__AppendRequest body;
    Ledger__V1__Append *appends;
    uint8_t *bytes; // packed events, one behind the other
    size_t event_size;
    struct ledger_buffer packed;
    void (*done)(void *user); // as in ledger_packed_request; NULL unless set
    void *user;
    struct ledger_call *call; // under way
    uint64_t begun;
    uint64_t sent; // events, over its life
};

// The request's appends have the writers `number * appends` … of requests * appends. It lives in
// the arena, but for what append_request_fini frees.
LEDGER_MUST_CHECK enum ledger_err append_request_init(struct append_request *request,
                                                      struct workload *workload,
                                                      const struct append_shape *shape,
                                                      unsigned number, struct ledger_arena *arena,
                                                      struct ledger_error *error);
void append_request_fini(struct append_request *request);
void append_request_fill(struct append_request *request);
// Sends what it was filled with, for the first time or again.
LEDGER_MUST_CHECK enum ledger_err append_request_begin(struct append_request *request,
                                                       struct ledger_client *client,
                                                       struct ledger_error *error);
// Waits. LEDGER_E_OK: all is stored. LEDGER_E_BUSY: send it again after error->retry_after_ms.
LEDGER_MUST_CHECK enum ledger_err append_request_end(struct append_request *request,
                                                     struct ledger_arena *arena,
                                                     struct ledger_error *error);
// As end; begins again for as long as the service is busy, and counts that.
LEDGER_MUST_CHECK enum ledger_err append_request_finish(struct append_request *request,
                                                        struct ledger_client *client,
                                                        struct ledger_arena *arena, uint64_t *busy,
                                                        struct ledger_error *error);

#endif
