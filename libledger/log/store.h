// The log environment: the only truth.
//
//   table   key                        value
//   meta    "identity"                 format, ledger id, epoch
//   meta    "tree"                     the Merkle tree's right edge (ledger_merkle_pack), as it was
//                                      at the last block that crossed a multiple of 4,096 positions
//   meta    "journal"                  the run (journal.h) whose journal may have more than this
//                                      environment; not there while the ledger is closed
//   blocks  last position (BE)         a commit block (block.h)
//
// With a journal, a small block is made durable there, and is read from memory until many of them
// go into the environment in one commit: they are settled then.
//
// store_apply is the deterministic step: the same blocks give the same environment on any machine.
#ifndef LEDGER_LOG_STORE_H
#define LEDGER_LOG_STORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "block.h"
#include "ids.h"
#include "journal.h"
#include "ledger/kv.h"
#include "log.h"
#include "merkle.h"
#include "pending.h"

// Blocks whose checksum this process has found right, by their last position; in a set that is full
// a newer one takes an older one's place. A stored block never changes, and a stream's records lie
// in many blocks: to check the whole block for each of them took nine tenths of such a read. 2 MiB,
// touched as needed: 64 events a block make 17 million events whose blocks are checked once. With
// sets of one, the few large blocks that shared a place took a sixth of such reads.
enum { STORE_CHECKED_SETS = 1 << 15, STORE_CHECKED_WAYS = 8 };
struct store_checked {
    _Atomic uint64_t last[STORE_CHECKED_WAYS];
};

// The tree is stored once for so many positions, since each row that a commit touches beside the
// block is one more page to sync; opening hashes what came after.
enum { STORE_TREE_EVENTS = 4096 };

struct store {
    struct ledger_kv *kv;
    struct ledger_kv_table meta, blocks;
    struct ledger_log_identity identity;
    struct store_checked *checked; // STORE_CHECKED_SETS
    _Atomic uint32_t checked_turn;

    struct journal *journal; // NULL: each block is committed at once; the writer's
    pthread_mutex_t pending_lock;
    struct pending *pending; // changed with the lock held; NULL: nothing is pending
};

// Where the log ends.
struct store_end {
    uint64_t head;
    int64_t recorded_at; // of the last block; 0 = none
    struct ledger_merkle tree;
};

struct store_options {
    const char *path;
    uint64_t map_bytes;
    uint64_t journal_bytes; // 0 = no journal
    bool forget_journal;    // go on without what cannot be read of it; there must be no appends
    bool unsafe_no_sync;
};
// Makes the ledger's identity if the directory is new. Checks the last block against the tree:
// what was acknowledged last is what a crash would have hurt. Takes in what the journal has.
LEDGER_MUST_CHECK enum ledger_err store_open(struct store *store,
                                             const struct store_options *options,
                                             struct store_end *end, struct ledger_error *error);
// Settles.
void store_close(struct store *store);
// A new log in an empty directory, with an identity that is given.
LEDGER_MUST_CHECK enum ledger_err store_create(struct store *store, const char *path,
                                               uint64_t map_bytes,
                                               const struct ledger_log_identity *identity,
                                               struct store_end *end, struct ledger_error *error);
// For looking only: nothing is made, changed or checked but the identity.
LEDGER_MUST_CHECK enum ledger_err store_open_read_only(struct store *store, const char *path,
                                                       struct ledger_error *error);
// The tree as it is stored; the empty one if there is none. LEDGER_E_CORRUPT.
LEDGER_MUST_CHECK enum ledger_err store_tree(struct store *store, struct ledger_kv_txn *txn,
                                             struct ledger_merkle *tree,
                                             struct ledger_error *error);

// How many events the journal of a ledger that was not closed has beyond the environment; they are
// looked through. LEDGER_E_CORRUPT: it is damaged or missing.
LEDGER_MUST_CHECK enum ledger_err store_ahead(struct store *store, const char *path,
                                              uint64_t *events, struct ledger_error *error);

// ---- taking blocks in: the writer's

// Does the block follow `end`, which then becomes where the log ends? Nothing is stored.
// LEDGER_E_CORRUPT: it does not.
LEDGER_MUST_CHECK enum ledger_err store_follow(const struct store *store, const struct block *block,
                                               const struct ledger_merkle *tree_after,
                                               struct store_end *end, struct ledger_error *error);
// Stores a block and the tree after it. `end` becomes where the log ends then. The commit is the
// caller's. LEDGER_E_CORRUPT: the block does not follow `end`.
LEDGER_MUST_CHECK enum ledger_err store_apply(struct store *store, struct ledger_kv_txn *txn,
                                              struct ledger_span bytes,
                                              const struct ledger_merkle *tree_after,
                                              struct store_end *end, struct ledger_error *error);
// The same, of a block just made, through the journal or in a commit of its own.
// Durability: on LEDGER_E_OK the block is on the disk. Any error: the process must end.
LEDGER_MUST_CHECK enum ledger_err store_add(struct store *store, struct ledger_span bytes,
                                            const struct ledger_merkle *tree_after,
                                            struct store_end *end, struct ledger_error *error);
// All that is pending goes into the environment. Any error: the process must end.
LEDGER_MUST_CHECK enum ledger_err store_settle(struct store *store, struct ledger_error *error);

// ---- reading: any thread

// What there is at one moment: the environment's part and what is pending beside it.
struct store_view {
    struct ledger_kv_txn *txn;
    struct pending *pending;
};
LEDGER_MUST_CHECK enum ledger_err store_view_begin(struct store *store, struct store_view *view,
                                                   struct ledger_error *error);
void store_view_end(struct store_view *view);
// How many blocks the view has.
uint64_t store_block_count(const struct store *store, const struct store_view *view);

// The block that holds the position, its checksum checked if this process has not done so lately.
// LEDGER_E_NOT_FOUND beyond the end.
LEDGER_MUST_CHECK enum ledger_err store_block(struct store *store, const struct store_view *view,
                                              uint64_t position, struct block *block,
                                              struct ledger_error *error);

// Walks blocks, remembering the last one looked at. Begin it with these two; end it before the
// view ends.
struct store_reader {
    struct store *store;
    const struct store_view *view;
    struct ledger_kv_cursor *cursor; // NULL: nothing was looked at yet
    struct block block;
    bool valid;
};
void store_reader_end(struct store_reader *reader);
// The block that holds the position.
LEDGER_MUST_CHECK enum ledger_err store_reader_at(struct store_reader *reader, uint64_t position,
                                                  struct ledger_error *error);
// The record at a position.
LEDGER_MUST_CHECK enum ledger_err store_reader_record(struct store_reader *reader,
                                                      uint64_t position, struct ledger_span *record,
                                                      struct ledger_error *error);

// The entries (block.h) at ascending positions. A stream's records lie scattered over the map: what
// is needed of one is fetched while the others are looked up, so ask for several at a time.
enum { STORE_ENTRIES_MAX = 16 };
LEDGER_MUST_CHECK enum ledger_err store_reader_entries(struct store_reader *reader,
                                                       const uint64_t *positions, size_t count,
                                                       struct ledger_span *entries,
                                                       struct ledger_error *error);

// Which of the positions has an event of that id; *position is 0 if none has.
LEDGER_MUST_CHECK enum ledger_err confirm_id(struct store_reader *reader,
                                             const struct id_candidates *candidates,
                                             const struct ledger_uuid *id, uint64_t *position,
                                             struct ledger_error *error);

#endif
