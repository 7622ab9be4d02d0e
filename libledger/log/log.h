// The log: an append-only sequence of records in commit blocks, with derived indexes beside it.
//
//   open      take the directory, check the last block, bring the indexes up to the log
//   append    queue -> group -> check ids and versions -> pack a block -> journal, or environment
//             -> answer
//   settle    what the journal has goes into the environment, many blocks in one commit
//   read      choose positions (all, or by index postings) -> spans of stored bytes
//   fold      another thread writes the tail in memory into the index environment
//
// What can fail: a commit error ends the process through options.fatal, since nothing is known of
// the disk after it; a full disk is refused before it is hit; stored bytes that are not what was
// written give LEDGER_E_CORRUPT and are not served.
#ifndef LEDGER_LOG_LOG_H
#define LEDGER_LOG_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/clock.h"
#include "ledger/envelope.h"
#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/uuid.h"

struct ledger_log;

struct ledger_log_options {
    const char *data;                 // directory; made if absent
    uint64_t map_bytes;               // of the log; 0 = kv's default
    uint64_t journal_bytes;           // of the file for small blocks (journal.h); 0 = none
    bool forget_journal;              // start although it is lost or damaged; no appends then
    uint64_t disk_reserve_bytes;      // appends are refused when less would stay free
    int64_t clock_jump_micros;        // appends are refused when the clock is further off
    uint32_t fold_events;             // fold the tail when it holds so many; 0 = 65536
    uint32_t fold_interval_ms;        // or when it is so old; 0 = 1000
    uint64_t tail_bytes_max;          // memory of the tail; beyond it "busy"; 0 = 64 MiB
    bool unsafe_no_sync;              // tests only: appends are answered before the disk has them
    const struct ledger_clock *clock; // NULL = the system's
    // Nothing is known of the disk any more: end the process. NULL = abort().
    void (*fatal)(const struct ledger_error *error);
    // The head has moved (and is durable). `touched` holds what ledger_read_watches() compares
    // with: 8 bytes for each term of each new event; `failed` if memory was out. Called on the
    // appending thread; NULL = nobody asks.
    void (*advanced)(void *user, const struct ledger_buffer *touched);
    void *user;
};

// Durability: what a former process acknowledged is there. Catches the indexes up first.
LEDGER_MUST_CHECK enum ledger_err ledger_log_open(const struct ledger_log_options *options,
                                                  struct ledger_log **log,
                                                  struct ledger_error *error);
// After the last append was answered and the last page freed. Folds the tail.
void ledger_log_close(struct ledger_log *log);

struct ledger_log_identity {
    struct ledger_uuid ledger_id;
    uint64_t epoch;
};
struct ledger_log_identity ledger_log_identity(const struct ledger_log *log);
// The last durable position. Any thread.
uint64_t ledger_log_head(struct ledger_log *log);

// ---- append

struct ledger_append_event {
    struct ledger_span bytes;        // as the writer packed it
    struct ledger_envelope envelope; // of these bytes, checked (ledger_envelope_check)
    const struct ledger_span *personal;
    size_t personal_count;
};
struct ledger_append_expected {
    struct ledger_span stream;
    uint64_t version; // 0 = none yet
};

// One atomic append; the outcome is written into it. Everything is borrowed until job->done.
struct ledger_append {
    const struct ledger_append_event *events;
    size_t event_count;
    const struct ledger_append_expected *expected;
    size_t expected_count;
    bool allow_duplicates;
    bool refused;              // set by the caller: already has its error, skip it
    struct ledger_error error; // code LEDGER_E_OK: done
    uint64_t *positions;       // event_count places of the caller's
    uint32_t added;
    uint32_t duplicates;
};

// Independent appends, in order, answered together.
struct ledger_append_job {
    struct ledger_append *appends;
    size_t count;
    struct ledger_span principal;
    size_t bytes;                             // of all events, for the queue's limit
    void (*done)(struct ledger_append_job *); // exactly once, after the sync; any thread
    void *user;
    struct ledger_append_job *next; // the log's
};

// Takes the job in, and perhaps writes it and others on this thread. LEDGER_E_BUSY: the queue is
// full and the job was not taken.
LEDGER_MUST_CHECK enum ledger_err ledger_log_append(struct ledger_log *log,
                                                    struct ledger_append_job *job,
                                                    struct ledger_error *error);

// ---- read

struct ledger_read {
    uint64_t from; // 0 = the first, or the last if reverse
    bool reverse;
    uint32_t max_events;
    uint32_t max_bytes;
    // Conditions; empty spans and zero counts are not looked at.
    struct ledger_span stream;
    struct ledger_span category;
    const struct ledger_span *types;
    size_t type_count;
    struct ledger_span actor;
    struct ledger_span subject_kind, subject_id;
    struct ledger_span correlation_id;
    // Recorded then or later, and earlier than that; microseconds since 1970-01-01Z, 0 = any time.
    int64_t recorded_from, recorded_before;
    // Streams whose bucket leaves share_index - 1 when divided by share_count; 0 = all streams.
    uint32_t share_index, share_count;
};

// What has to be touched before a read that found nothing can find something: one of so many
// numbers. 0: any event will do. Of the conditions, the one that is likely to be met least often.
enum { LEDGER_WATCHES_MAX = 128 };
size_t ledger_read_watches(const struct ledger_read *read, uint64_t watches[LEDGER_WATCHES_MAX]);

// Streams are spread over so many buckets by their names, for sharing work (libledger/WIRE.md).
enum { LEDGER_SHARE_BUCKETS = 64 };
uint32_t ledger_share_bucket(struct ledger_span stream);

// Stored bytes, borrowed from a read transaction that the page holds: free it soon.
struct ledger_page {
    struct ledger_span *parts; // join them: `repeated Record records = 1` entries, packed
    size_t part_count;
    size_t bytes;
    uint64_t events;
    uint64_t examined; // last position examined; 0 = none
    uint64_t head;
    bool more;
};
// LEDGER_E_WRONG_LEDGER: `from` lies beyond the next position. LEDGER_E_CORRUPT.
LEDGER_MUST_CHECK enum ledger_err ledger_log_read(struct ledger_log *log,
                                                  const struct ledger_read *read,
                                                  struct ledger_page **page,
                                                  struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err ledger_log_fetch(struct ledger_log *log,
                                                   const struct ledger_uuid *ids, size_t count,
                                                   struct ledger_page **page,
                                                   struct ledger_error *error);
void ledger_page_free(struct ledger_page *page);

// The last position recorded at or before the time; 0 = none. *settled is false if the time is
// later than the last durable block.
LEDGER_MUST_CHECK enum ledger_err ledger_log_locate(struct ledger_log *log, int64_t recorded_at,
                                                    uint64_t *position, bool *settled,
                                                    uint64_t *head, struct ledger_error *error);

// When the record at the position was recorded; microseconds since 1970. LEDGER_E_NOT_FOUND beyond
// the head.
LEDGER_MUST_CHECK enum ledger_err ledger_log_recorded_at(struct ledger_log *log, uint64_t position,
                                                         int64_t *micros,
                                                         struct ledger_error *error);

// ---- status

struct ledger_log_status {
    uint64_t head;
    int64_t last_recorded_at; // 0 = nothing yet
    uint64_t folded_to;
    uint64_t blocks;
    uint64_t streams;
    uint8_t root[32];
    uint64_t log_bytes, index_bytes;
    uint64_t disk_free_bytes;
    uint64_t disk_least_bytes; // with less free than this, no facts are taken in
};
LEDGER_MUST_CHECK enum ledger_err ledger_log_status(struct ledger_log *log,
                                                    struct ledger_log_status *status,
                                                    struct ledger_error *error);

#endif
