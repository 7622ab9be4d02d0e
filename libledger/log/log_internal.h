// The log's own state, and who may touch what.
//
// Lock order: queue_lock before tail_lock. Neither is held over a fold; only a queue that has been
// empty for a moment is locked over a commit (fold.c, settle.c).
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
};

// The index as the writer sees it, from block to block until a fold is done.
struct index_view {
    struct ledger_kv_txn *txn; // NULL: to be begun
    struct ids_reader *ids;
    uint64_t folds; // of the log, when it was begun
};

struct ledger_log {
    struct ledger_log_options options;
    struct store store;
    struct index *index;

    // The queue. Whoever sets `writing` is the writer until it clears it.
    pthread_mutex_t queue_lock;
    struct ledger_append_job *first_job, *last_job;
    size_t queued_bytes;
    bool writing;
    _Atomic bool settle_asked; // somebody waits for `settled`
    uint64_t settles;          // that were asked for
    pthread_cond_t settled;    // with queue_lock: they rose, or there is no writer any more

    // The writer's alone.
    struct store_end end;
    struct ledger_hasher *hasher;
    struct block_builder builder;
    struct ledger_arena *scratch;
    struct ledger_buffer touched; // hashes of the block's terms
    struct index_view view;
    int64_t wall_seen, steady_seen; // clocks at the last block of this process

    // The tail.
    pthread_mutex_t tail_lock;
    pthread_cond_t fold_wanted;     // the folder waits for it
    struct tail_generation *active; // changed by the writer, with the lock held
    struct tail_generation *frozen; // being folded; NULL = none
    uint64_t folds;                 // done
    struct index_state frozen_state;
    int64_t active_since;    // steady clock; 0 = the active generation is empty
    int64_t active_touched;  // steady clock, at the last block
    struct ledger_hash root; // at head
    int64_t recorded_at;     // at head
    _Atomic uint64_t head;   // last durable position; moved with the lock held

    pthread_t folder;
    bool folder_runs;
    bool stopping; // with tail_lock
};

// settle.c
// What is pending goes into the log's environment: by the writer, or with the queue locked while
// there is none. A failure is fatal.
void log_settle(struct ledger_log *log);
// By the writer, after a block: if somebody asked for it.
void log_settle_if_asked(struct ledger_log *log);
// Any thread: returns when all up to the head, as it is now, has been settled.
void log_settle_and_wait(struct ledger_log *log);

// fold.c
LEDGER_MUST_CHECK enum ledger_err fold_start(struct ledger_log *log, struct ledger_error *error);
void fold_stop(struct ledger_log *log);
// With the tail lock held: the active generation has taken in a block.
void fold_touch(struct ledger_log *log);
// By the writer between commits, or while there is none: hands the active generation over if it is
// due (`now`: whatever it holds) and the last one is done.
void fold_freeze_if_due(struct ledger_log *log, bool now);
// Adds what the log holds beyond the index to the tail, folding as it grows. Before threads start.
LEDGER_MUST_CHECK enum ledger_err fold_catch_up(struct ledger_log *log, struct ledger_error *error);

#endif
