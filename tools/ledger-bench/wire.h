// Bytes out, bytes in: NNG requests without the client library, for what is measured below it.
// One thread.
#ifndef LEDGER_BENCH_WIRE_H
#define LEDGER_BENCH_WIRE_H

#include "ledger/error.h"
#include "ledger/span.h"

struct wire;

// `lanes` requests can be under way at one time. Waits until somebody listens, for a bounded time.
LEDGER_MUST_CHECK enum ledger_err wire_open(const char *url, unsigned lanes, struct wire **wire,
                                            struct ledger_error *error);
void wire_close(struct wire *wire);

// Room for a request of `size` bytes on a lane that has none under way. NULL when out of memory.
uint8_t *wire_prepare(struct wire *wire, unsigned lane, size_t size);
LEDGER_MUST_CHECK enum ledger_err wire_send(struct wire *wire, unsigned lane,
                                            struct ledger_error *error);
// Waits for the reply, which is there until the lane's next prepare.
LEDGER_MUST_CHECK enum ledger_err wire_receive(struct wire *wire, unsigned lane,
                                               struct ledger_span *reply,
                                               struct ledger_error *error);

#endif
