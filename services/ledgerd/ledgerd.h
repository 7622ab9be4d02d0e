// ledgerd: joins the log (which knows no sockets) and the sockets (which know no log).
//
//   main.c     settings, start and stop, the table of requests
//   append.c   Append: check every event, hand the rest to the log, answer after the sync
//   read.c     Read, Fetch, Locate: pages spliced from stored bytes
//   waiters.c  reads that wait for events to come
//   cursors.c  MoveCursor, DeleteCursor: one commit for all that queued
//   cursor_list.c, cursor_message.c  ListCursors, and how a cursor is shown
//   state.c    the environment that cursors are kept in
//   identity.c is a position one of this ledger's?
//   verify.c   Verify: a step of re-reading everything
//   status.c   Status
#ifndef LEDGERD_LEDGERD_H
#define LEDGERD_LEDGERD_H

#include <stdatomic.h>
#include <stdint.h>

#include "ledger/server.h"
#include "log/log.h"

struct waiters;
struct cursors;

struct ledgerd {
    struct ledger_log *log;
    struct waiters *waiters;
    struct cursors *cursors;
    const char *data;
    int64_t started_at;    // microseconds since 1970
    atomic_bool verifying; // a step is under way
};

// Each takes the request over and answers it.
typedef void (*ledgerd_handler)(struct ledgerd *ledgerd, struct ledger_request *request,
                                const Ledger__V1__Request *message);
// Takes an append as it came, if it is packed as usual: nothing is unpacked then. Else false.
bool ledgerd_append_packed(struct ledgerd *ledgerd, struct ledger_request *request);
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
void ledgerd_verify(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message);
void ledgerd_move_cursor(struct ledgerd *ledgerd, struct ledger_request *request,
                         const Ledger__V1__Request *message);
void ledgerd_list_cursors(struct ledgerd *ledgerd, struct ledger_request *request,
                          const Ledger__V1__Request *message);
void ledgerd_delete_cursor(struct ledgerd *ledgerd, struct ledger_request *request,
                           const Ledger__V1__Request *message);

// main.c. Nothing is known of the disk after a failed commit, and LMDB would go on as if nothing
// had happened: ends the process at once, without another write. The next start looks at what is
// there.
_Noreturn void ledgerd_end(const struct ledger_error *error);

// identity.c. LEDGER_E_WRONG_LEDGER unless it is this ledger's, or NULL.
LEDGER_MUST_CHECK enum ledger_err ledgerd_check_identity(struct ledgerd *ledgerd,
                                                         const Ledger__V1__LedgerIdentity *asked,
                                                         struct ledger_error *error);

// read.c. Answers with the page, and frees it.
void ledgerd_answer_page(struct ledgerd *ledgerd, struct ledger_request *request,
                         struct ledger_page *page);
// The identity as a message; its bytes live in *identity.
Ledger__V1__LedgerIdentity ledgerd_identity(struct ledgerd *ledgerd,
                                            struct ledger_log_identity *identity);

// ---- waiters.c: a thread of its own serves the waiting reads that a commit may concern.
// At most `most` wait at one time.
LEDGER_MUST_CHECK enum ledger_err waiters_new(struct ledgerd *ledgerd, uint32_t most,
                                              struct waiters **waiters, struct ledger_error *error);
// Takes the request over: it is answered when `read` finds something, or with an empty page after
// wait_ms. `read` is copied; what it points to must live as long as the request.
void waiters_park(struct waiters *waiters, struct ledger_request *request,
                  const struct ledger_read *read, uint32_t wait_ms);
// After a commit: see ledger_log_options.advanced.
void waiters_wake(struct waiters *waiters, const struct ledger_buffer *touched);
void waiters_gone(struct waiters *waiters, struct ledger_request *request);
uint32_t waiters_count(struct waiters *waiters);
// Answers all that wait, and takes no more.
void waiters_stop(struct waiters *waiters);
void waiters_free(struct waiters *waiters);

// ---- cursors.c: any thread. Changes are refused when less than the reserve would stay free.
LEDGER_MUST_CHECK enum ledger_err cursors_new(struct ledgerd *ledgerd, uint64_t disk_reserve_bytes,
                                              struct cursors **cursors, struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err cursors_count(struct cursors *cursors, uint32_t *count,
                                                struct ledger_error *error);
// After the sockets are closed.
void cursors_free(struct cursors *cursors);

#endif
