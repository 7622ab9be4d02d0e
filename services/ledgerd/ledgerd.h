// ledgerd: joins the log (which knows no sockets) and the sockets (which know no log).
//
//   main.c     settings, start and stop, the table of requests
//   append.c   Append: check every event, hand the rest to the log, answer after the sync
//   read.c     Read, Fetch, Locate: pages spliced from stored bytes
//   waiters.c  reads that wait for events to come
//   status.c   Status
#ifndef LEDGERD_LEDGERD_H
#define LEDGERD_LEDGERD_H

#include <stdint.h>

#include "ledger/server.h"
#include "log/log.h"

struct waiters;

struct ledgerd {
    struct ledger_log *log;
    struct waiters *waiters;
    const char *data;
    int64_t started_at; // microseconds since 1970
};

// Each takes the request over and answers it.
typedef void (*ledgerd_handler)(struct ledgerd *ledgerd, struct ledger_request *request,
                                const Ledger__V1__Request *message);
void ledgerd_append(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message);
void ledgerd_read(struct ledgerd *ledgerd, struct ledger_request *request,
                  const Ledger__V1__Request *message);
void ledgerd_fetch(struct ledgerd *ledgerd, struct ledger_request *request,
                   const Ledger__V1__Request *message);
void ledgerd_locate(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message);
void ledgerd_status(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message);

// read.c. Answers with the page, and frees it.
void ledgerd_answer_page(struct ledgerd *ledgerd, struct ledger_request *request,
                         struct ledger_page *page);
// The identity as a message; its bytes live in *identity.
Ledger__V1__LedgerIdentity ledgerd_identity(struct ledgerd *ledgerd,
                                            struct ledger_log_identity *identity);

// ---- waiters.c: a thread of its own looks at each waiting read when the head has moved.
LEDGER_MUST_CHECK enum ledger_err waiters_new(struct ledgerd *ledgerd, struct waiters **waiters,
                                              struct ledger_error *error);
// Takes the request over: it is answered when `read` finds something, or with an empty page after
// wait_ms. `read` is copied; what it points to must live as long as the request.
void waiters_park(struct waiters *waiters, struct ledger_request *request,
                  const struct ledger_read *read, uint32_t wait_ms);
void waiters_wake(struct waiters *waiters);
void waiters_gone(struct waiters *waiters, struct ledger_request *request);
uint32_t waiters_count(struct waiters *waiters);
// Answers all that wait, and takes no more.
void waiters_stop(struct waiters *waiters);
void waiters_free(struct waiters *waiters);

#endif
