// Follows the log: pages of records in the order of their positions, each once, through reconnects
// and restarts of the service. One thread at a time, but for ledger_reader_interrupt.
//
// While a page is worked on the next one is on its way already. At the end of the log a read waits
// at the service until there is more.
#ifndef LEDGER_READER_H
#define LEDGER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/uuid.h"
#include "ledger/v1/service.pb-c.h"
#include "ledger/view.h"

struct ledger_reader;

enum { LEDGER_READER_PATIENCE_MS_DEFAULT = 30000 };
#define LEDGER_READER_FOREVER UINT32_MAX

struct ledger_identity {
    struct ledger_uuid ledger_id;
    uint64_t epoch;
};

struct ledger_reader_options {
    const char *url;                        // where ledgerd takes reads: "ipc://…", "tcp://…"
    uint64_t from;                          // first position to look at; 0 = 1, or after the cursor
    const Ledger__V1__Filter *filter;       // copied; NULL = everything
    const struct ledger_identity *identity; // copied; what `from` belongs to; NULL = any ledger
    const char *cursor;    // copied; a cursor kept by the ledger, to begin after and to move
    uint32_t max_events;   // of a page; 0 = 4096
    uint32_t max_bytes;    // of a page; 0 = 1 MiB
    uint32_t timeout_ms;   // of one request, its waiting apart, before it is asked again; 0 = 5000
    uint32_t patience_ms;  // with a service that is away or busy, since it was last heard of;
                           // 0 = 30000, LEDGER_READER_FOREVER
    bool wait_for_service; // open also if nobody listens yet
};

// Asks for the cursor, if one is named; none there yet is position 0. Errors to branch on:
// LEDGER_E_WRONG_LEDGER (the cursor is of another ledger, or was moved before a restore: start
// anew without it, and move it), LEDGER_E_UNAVAILABLE (nobody listens).
LEDGER_MUST_CHECK enum ledger_err ledger_reader_open(const struct ledger_reader_options *options,
                                                     struct ledger_reader **reader,
                                                     struct ledger_error *error);
// NULL is allowed.
void ledger_reader_close(struct ledger_reader *reader);

// What came of one request. Spans are valid until the next call of ledger_reader_next or _close.
struct ledger_reader_page {
    struct ledger_span records; // take them off with ledger_page_next (ledger/view.h)
    size_t record_count;
    uint64_t examined; // last position looked at, passed or not: go on after it. 0 = none
    uint64_t head;     // last position of the ledger
    bool more;         // there is more to look at now
    struct ledger_identity identity;
};
// A packed Reply, of a request that was made otherwise, as the page that it is; the page borrows
// it. An error inside it is returned as that error. LEDGER_E_MALFORMED: no ReadReply, or records
// cut short. The arena is only used meanwhile. Any thread.
LEDGER_MUST_CHECK enum ledger_err ledger_page_read(struct ledger_span reply,
                                                   struct ledger_arena *arena,
                                                   struct ledger_reader_page *page,
                                                   struct ledger_error *error);

// Returns when something passes the filter, or after `wait_ms` (LEDGER_READER_FOREVER) with a page
// that may be empty; with 0 it reads what is there, and is at the end when `more` is false.
// LEDGER_E_WRONG_LEDGER: the ledger was restored or replaced since. LEDGER_E_INTERRUPTED. After an
// error that is retryable (patience is over) it may be called again, and goes on where it was.
LEDGER_MUST_CHECK enum ledger_err ledger_reader_next(struct ledger_reader *reader, uint32_t wait_ms,
                                                     struct ledger_reader_page *page,
                                                     struct ledger_error *error);

// Moves the cursor that was named to `position`, usually page->examined, once everything to there
// has been dealt with. Durability: on LEDGER_E_OK it is on the ledger's disk. Errors to branch on:
// LEDGER_E_CURSOR_MOVED (somebody else moves it too), LEDGER_E_WRONG_LEDGER.
LEDGER_MUST_CHECK enum ledger_err ledger_reader_move_cursor(struct ledger_reader *reader,
                                                            uint64_t position,
                                                            struct ledger_error *error);

// Any thread: a call under way, and all later ones, end with LEDGER_E_INTERRUPTED. The last page
// stays valid. Async-signal-unsafe.
void ledger_reader_interrupt(struct ledger_reader *reader);

#endif
