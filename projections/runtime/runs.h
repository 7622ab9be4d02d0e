// The rows of a model: where they are stored and how they are found again.
//
// New rows come in large numbers, under keys in no order, and a tree would touch a page for each.
// So a large batch becomes a *run*: its rows in order of their keys, packed into blocks, written
// once. Runs are merged as they gather. Small batches, and rows that are closed later, go into a
// tree of their own, table `rows`, which becomes a run when it has grown. A row may so be found in
// several places; the tree's is the newest, then the later run's.
//
//   run_block.c   rows packed into blocks          run_cursor.c  all places, as one order of rows
//   run_list.c    which runs there are             run_merge.c   several runs become one
//   run_write.c   new rows
//
// Table `runs`: run number u32 BE ‖ key of the block's first row → block.
// Table `meta`, key "runs": the list. Both change in one transaction.
#ifndef PROJECTION_RUNS_H
#define PROJECTION_RUNS_H

#include "ledger/error.h"
#include "ledger/kv.h"
#include "ledger/span.h"

struct projection_model;
struct row_pool;

// When rows become a run, and a run one of the next tier: sizes that tests make small.
struct run_limits {
    size_t run_rows_least, tree_rows_most;
    uint64_t tier_bytes; // of the lowest tier's largest run
};
extern const struct run_limits run_limits_default;

// ---- run_list.c
enum {
    RUNS_MAX = 64,
    RUN_KEY_PREFIX = 4,
    ROW_KEY_MAX = LEDGER_KV_KEY_SIZE_MAX - RUN_KEY_PREFIX,
};
struct run {
    uint32_t number;
    uint64_t bytes; // of its rows
};
// Runs first..first + count - 1 on their way into one, which nobody reads before it is whole.
struct run_merge {
    uint32_t number; // of the run that is made; 0 = there is none
    uint32_t first, count;
    uint64_t bytes;            // so far
    uint32_t next_size;        // 0 = from the start
    uint8_t next[ROW_KEY_MAX]; // the first row that is not in it yet
};
struct run_list {
    uint64_t row_count; // in all places, each once
    uint32_t last_number;
    uint32_t count;
    struct run runs[RUNS_MAX]; // the oldest first
    struct run_merge merge;
};
// LEDGER_E_CORRUPT if it is none.
LEDGER_MUST_CHECK enum ledger_err run_list_read(const struct projection_model *model,
                                                struct ledger_kv_txn *txn, struct run_list *list);
void run_list_write(const struct projection_model *model, struct ledger_kv_txn *txn,
                    const struct run_list *list);

// ---- run_block.c. Little-endian: number of rows u32 @0, the offset of each u32 @4; a row is the
// size of its key u16, its key and its value.
struct run_block {
    struct ledger_span bytes;
    uint32_t count;
};
int run_key_order(struct ledger_span a, struct ledger_span b);
// False: it is no block.
bool run_block_open(struct ledger_span bytes, struct run_block *block);
bool run_block_row(const struct run_block *block, uint32_t i, struct ledger_kv_pair *row);
// The first row whose key is not before `key`; block->count if there is none.
uint32_t run_block_find(const struct run_block *block, struct ledger_span key);

// Packs rows that come in order into blocks of a run. {0} with cursor and number set is empty.
struct run_writer {
    struct ledger_kv_cursor *cursor; // of table `runs`
    uint32_t number;
    uint64_t bytes;
    struct ledger_buffer rows;    // of the block that is made
    struct ledger_buffer offsets; // u32 each, from the first row
};
void run_writer_add(struct run_writer *writer, struct ledger_span key, struct ledger_span value);
// What is left. LEDGER_E_NO_MEMORY, or the transaction's failure.
LEDGER_MUST_CHECK enum ledger_err run_writer_end(struct run_writer *writer);

// ---- run_cursor.c: rows of all places in order of their keys, each in its newest form
struct run_cursor;
// `first` and `count` choose runs of the list, `tree` adds table `rows`. NULL when out of memory,
// or when the transaction has failed. List and transaction outlive the cursor.
struct run_cursor *run_cursor_open(const struct projection_model *model, struct ledger_kv_txn *txn,
                                   const struct run_list *list, uint32_t first, uint32_t count,
                                   bool tree);
void run_cursor_close(struct run_cursor *cursor); // NULL is allowed
// The first row whose key begins with `prefix` and is not before `from` (which begins so too, or
// is the prefix itself); then those that follow, as long as they begin so. Rows point into the
// transaction: they are borrowed until it ends, or until its next put if it writes.
bool run_cursor_seek(struct run_cursor *cursor, struct ledger_span prefix, struct ledger_span from,
                     struct ledger_kv_pair *row);
bool run_cursor_next(struct run_cursor *cursor, struct ledger_kv_pair *row);
// Why there was no row: LEDGER_E_OK at the end.
enum ledger_err run_cursor_failed(const struct run_cursor *cursor);
// One row. LEDGER_E_NOT_FOUND is an answer.
enum ledger_err run_get(const struct projection_model *model, struct ledger_kv_txn *txn,
                        const struct run_list *list, struct ledger_span key,
                        struct ledger_span *value);

// ---- run_write.c
// New rows, whose keys are in no place yet. Many become a run.
LEDGER_MUST_CHECK enum ledger_err runs_add(const struct projection_model *model,
                                           struct ledger_kv_txn *txn, struct run_list *list,
                                           struct row_pool *pool);
// A row in a newer form.
void runs_replace(const struct projection_model *model, struct ledger_kv_txn *txn,
                  struct ledger_span key, struct ledger_span value);

// ---- run_merge.c
// Goes on with a merge, or begins one that is due, for about `budget` bytes. At leisure fewer runs
// are left.
LEDGER_MUST_CHECK enum ledger_err runs_merge(const struct projection_model *model,
                                             struct ledger_kv_txn *txn, struct run_list *list,
                                             uint64_t budget, bool leisure);
// Whether there is nothing to merge at leisure.
bool runs_are_tidy(const struct projection_model *model, const struct run_list *list);
// Some of it in a transaction of its own, if it is due: at leisure, or because there are too many
// runs. *more: it was. Any error must end the process.
LEDGER_MUST_CHECK enum ledger_err runs_tidy(const struct projection_model *model, bool leisure,
                                            bool *more, struct ledger_error *error);

#endif
