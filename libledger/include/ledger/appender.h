// Appends from many callers at one time, gathered into few requests. Any thread.
//
// What callers hand in while requests are out becomes the next request; nothing waits for a timer.
// An append that meets a busy service, a lost connection or a restart is sent again, with the same
// bytes, until its time is over: the ledger knows events by their ids, so it is stored once.
//
// Appends under way beside each other may be stored in any order. Who needs an order waits for the
// one before handing in the next, or puts both into one append.
#ifndef LEDGER_APPENDER_H
#define LEDGER_APPENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/v1/event.pb-c.h"

struct ledger_appender;

struct ledger_appender_options {
    const char *url;              // where ledgerd takes appends: "ipc://…", "tcp://…"
    uint32_t timeout_ms;          // of an append, from hand-in to outcome; 0 = 30000
    uint32_t request_timeout_ms;  // of one request, before it is sent on a new connection; 0 = 5000
    uint32_t requests_in_flight;  // 1 to 16; 0 = 2
    uint32_t pending_appends_max; // handed in and without outcome; 0 = 10000
    size_t pending_bytes_max;     // theirs; 0 = 32 MiB. One append is always let in.
    bool refuse_when_full;        // LEDGER_E_BUSY at once, instead of waiting for room
    bool wait_for_service;        // open also if nobody listens yet
};

// Connects. LEDGER_E_UNAVAILABLE if nobody listens, unless wait_for_service.
LEDGER_MUST_CHECK enum ledger_err
ledger_appender_open(const struct ledger_appender_options *options,
                     struct ledger_appender **appender, struct ledger_error *error);
// Everything under way ends with LEDGER_E_STOPPING first: drain before, to have all outcomes. No
// other call may be under way or begun then, and it must not be called from a callback. NULL is
// allowed.
void ledger_appender_close(struct ledger_appender *appender);

// ---- what is appended

struct ledger_new_event {
    struct ledger_span event;           // a packed Event, …
    const Ledger__V1__Event *unpacked;  // … or one to be packed, if that is not NULL
    const struct ledger_span *personal; // packed PersonalParts
    size_t personal_count;
};

struct ledger_expected_version {
    const char *stream; // of an event, or only to be checked
    uint64_t version;   // events in it; 0 = it must not exist yet
};

// All or nothing. Borrowed only during the call that takes it.
struct ledger_new_append {
    const struct ledger_new_event *events;
    size_t event_count;
    const struct ledger_expected_version *expected; // streams that are not here may be at any
    size_t expected_count;
    bool allow_duplicates; // known events are skipped; else known beside new ones is an error
    uint32_t timeout_ms;   // 0 = the appender's
};

struct ledger_append_outcome {
    const uint64_t *positions; // of each event, in order; first positions of those that were known
    size_t position_count;
    uint32_t added;
    uint32_t duplicates; // known with the same bytes
};

// ---- one append, waiting for it

// Not from a callback: it waits for the thread that it would stand on. After a request was sent
// again the outcome may say duplicates where nobody else was: this very append was stored before.
// `positions` has room for each event, or is NULL; *outcome, which may be NULL, points into it.
// Durability: on LEDGER_E_OK the events are on the disk, in their positions for good.
// Errors to branch on:
//   LEDGER_E_WRONG_EXPECTED_VERSION  error->stream is at error->actual_version: read it, decide
//                                    again, append anew
//   LEDGER_E_EVENT_ID_REUSED         error->event_id is known with other bytes
//   LEDGER_E_EVENT_ID_KNOWN          some events are known, some new (see allow_duplicates)
//   LEDGER_E_TIMEOUT                 not known whether it is stored: the same bytes may be
//                                    appended again at any time
//   LEDGER_E_BUSY                    refuse_when_full: not handed in
LEDGER_MUST_CHECK enum ledger_err ledger_appender_append(struct ledger_appender *appender,
                                                         const struct ledger_new_append *append,
                                                         uint64_t *positions,
                                                         struct ledger_append_outcome *outcome,
                                                         struct ledger_error *error);

// ---- the same without waiting

// Called once for each append that was begun, with error->code LEDGER_E_OK or what it came to, on a
// thread of the library's. It must not block. It may begin appends, which are refused with
// LEDGER_E_BUSY while the queue is full. Both arguments are valid until it returns.
typedef void ledger_append_done(void *user, const struct ledger_append_outcome *outcome,
                                const struct ledger_error *error);
// An error means that it was not handed in and `done` is not called: LEDGER_E_TOO_LARGE,
// LEDGER_E_INVALID_UTF8 (of an expected stream), LEDGER_E_BUSY, LEDGER_E_TIMEOUT (no room in time),
// LEDGER_E_NO_MEMORY, LEDGER_E_INTERRUPTED, LEDGER_E_STOPPING.
LEDGER_MUST_CHECK enum ledger_err ledger_appender_begin(struct ledger_appender *appender,
                                                        const struct ledger_new_append *append,
                                                        ledger_append_done *done, void *user,
                                                        struct ledger_error *error);

// Waits until nothing is under way: every callback has returned. LEDGER_E_TIMEOUT.
LEDGER_MUST_CHECK enum ledger_err ledger_appender_drain(struct ledger_appender *appender,
                                                        uint32_t timeout_ms,
                                                        struct ledger_error *error);
// Ends everything under way, and all that is handed in later, with LEDGER_E_INTERRUPTED.
// Async-signal-unsafe.
void ledger_appender_interrupt(struct ledger_appender *appender);

struct ledger_appender_counts {
    uint64_t appends;     // that have their outcome, whatever it is
    uint64_t requests;    // sent, repeated ones included
    uint64_t repeated;    // appends sent once more
    uint64_t connections; // opened in place of one that gave no answer
};
struct ledger_appender_counts ledger_appender_count(struct ledger_appender *appender);

#endif
