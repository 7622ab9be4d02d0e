// The log's own state, and who may touch what.
//
// Appends go through two blocks at once: while one is hashed, stored and synced, the next is
// judged. Two roles, each held by one thread at a time, any thread: judging fills the open block,
// committing closes it and makes it durable (append.c).
//
// Lock order: queue_lock before tail_lock; neither is held over a commit or a fold.
#ifndef LEDGER_LOG_LOG_INTERNAL_H
#define LEDGER_LOG_LOG_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "block.h"
#include "index.h"
#include "ledger/limits.h"
#include "log.h"
#include "merkle.h"
#include "postings.h"
#include "store.h"
#include "tail.h"

enum {
    LOG_BLOCK_SIZE_ENOUGH = 4 << 20, // a block that is this large takes in no more requests
    // One request is taken in whole; each of its events may grow by its record's own fields.
    LOG_BLOCK_SIZE_MAX = LOG_BLOCK_SIZE_ENOUGH + 2 * LEDGER_REQUEST_SIZE_MAX,
    LOG_MATES = 2, // one commits while the other answers
};

// The index as judging sees it, from block to block until a fold is done.
struct index_view {
    struct ledger_kv_txn *txn; // NULL: to be begun
    struct ids_reader *ids;
    uint64_t folds; // of the log, when it was begun
};

// A block in the making, and the appends whose answers wait for it.
struct pending {
    struct block_builder builder;
    uint64_t first; // position of its first record
    int64_t recorded_at;
    struct ledger_append_job *first_job, *last_job; // judged; with queue_lock
    struct ledger_buffer touched;                   // hashes of its terms
};

struct ledger_log {
    struct ledger_log_options options;
    struct store store;
    struct index *index;

    // The queue, and who has which role.
    pthread_mutex_t queue_lock;
    pthread_cond_t work_wanted; // the mates wait for it
    struct ledger_append_job *first_job, *last_job;
    size_t queued_bytes;
    bool judging, committing;
    pthread_t mates[LOG_MATES];
    unsigned mates_run;
    bool closing;

    // `open` is the judging role's; `closed`, the committing role's, is what is being committed or
    // was last. They change places with the queue lock held, by who has both roles.
    struct pending pending[2];
    struct pending *open, *closed;

    // The judging role's.
    struct judge *judge;
    struct ledger_arena *scratch;
    struct index_view view;
    uint64_t next;                  // position of the next event
    int64_t judged_at;              // recorded_at of the last block with events
    int64_t wall_seen, steady_seen; // clocks at the last block of this process

    // The committing role's.
    struct store_end end;
    struct ledger_hasher *hasher;

    // The tail.
    pthread_mutex_t tail_lock;
    pthread_cond_t fold_wanted;     // the folder waits for it
    struct tail_generation *active; // changed by the writer, with the lock held
    struct tail_generation *frozen; // to be folded, once all of it is durable; NULL = none
    bool foldable;                  // it is
    struct index_state frozen_state;
    uint64_t folds;          // done
    int64_t active_since;    // steady clock; 0 = the active generation is empty
    int64_t active_touched;  // steady clock, at the last block
    struct ledger_hash root; // at head
    int64_t recorded_at;     // at head
    _Atomic uint64_t head;   // last durable position; moved with the lock held

    pthread_t folder;
    bool folder_runs;
    bool stopping; // with tail_lock
};

// commit.c
// With the committing role: makes the closed block durable. What fails is fatal.
LEDGER_MUST_CHECK enum ledger_err commit_closed(struct ledger_log *log, struct ledger_error *error);

// append.c
// Threads that take a role when more is to be done than those that append do.
LEDGER_MUST_CHECK enum ledger_err append_start(struct ledger_log *log, struct ledger_error *error);
void append_stop(struct ledger_log *log);

// fold.c
LEDGER_MUST_CHECK enum ledger_err fold_start(struct ledger_log *log, struct ledger_error *error);
void fold_stop(struct ledger_log *log);
// With the tail lock held: the head has moved.
void fold_touch(struct ledger_log *log);
// While the open block is empty and nobody judges: hands the active generation over if it is due
// (`now`: whatever it holds) and the last one is done. It may hold the block that is being
// committed, and is folded after that.
void fold_freeze_if_due(struct ledger_log *log, bool now);
// Adds what the log holds beyond the index to the tail, folding as it grows. Before threads start.
LEDGER_MUST_CHECK enum ledger_err fold_catch_up(struct ledger_log *log, struct ledger_error *error);

#endif
