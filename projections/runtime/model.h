// What a projection keeps: rows, chains of amendments, what was set aside, and the checkpoint, in
// one LMDB environment.
#ifndef PROJECTION_MODEL_H
#define PROJECTION_MODEL_H

#include <pthread.h>

#include "ledger/kv.h"
#include "projection.h"
#include "runs.h"

enum { PROJECTION_MODEL_FORMAT = 3 };
enum { PROJECTION_TABLE_MERGES = 251 }; // the runtime's own, beside the projection's tables

struct projection_identity {
    uint8_t ledger_id[16];
    uint64_t epoch;
    bool known;
};

struct projection_state {
    struct projection_identity identity;
    uint64_t position;       // checkpoint: everything up to here is in the model
    int64_t recorded_at;     // of the last record seen
    uint64_t merges_changed; // the last position at which a row of a merge came or was closed
};

struct merge_graph;

struct projection_model {
    const struct projection *projection;
    struct ledger_kv *kv;
    struct run_limits limits;
    pthread_mutex_t graph_lock; // held for moments only
    struct merge_graph *graph;  // of the newest merges that were asked for; NULL = of none yet
    struct ledger_kv_table meta, rows, runs, chains, chain_ids, parked, days;
};

// Opens the model of this fold in `directory`, or begins an empty one.
LEDGER_MUST_CHECK enum ledger_err projection_model_open(const struct projection *projection,
                                                        const char *directory,
                                                        struct projection_model **model,
                                                        struct ledger_error *error);
void projection_model_close(struct projection_model *model);
// Deletes the models of other folds and formats in `directory`.
void projection_model_sweep(const struct projection *projection, const char *directory);
// Deletes all of them, and the directory if nothing else is in it.
void projection_model_discard(const char *directory);
enum ledger_err projection_state_read(struct projection_model *model, struct ledger_kv_txn *txn,
                                      struct projection_state *state, struct ledger_error *error);
void projection_state_write(struct projection_model *model, struct ledger_kv_txn *txn,
                            const struct projection_state *state);

// Table `days`, under the position (u64 BE) of the first record of each day in UTC that the model
// holds facts of: the day, i32 little-endian.
//
// Row key: table u8 ‖ key ‖ position of the root u64 BE ‖ known_from u64 BE.
// Row value, little-endian: known_until u64 @0 (UINT64_MAX = open), micros i64 @8, day i32 @16,
// offset in minutes i16 @20, enum ledger_when u8 @22, zero @23, the projection's value @24.
enum { ROW_KEY_SUFFIX = 16, ROW_HEADER_SIZE = 24 };
_Static_assert(1 + PROJECTION_KEY_SIZE_MAX + ROW_KEY_SUFFIX <= ROW_KEY_MAX, "a row's key must fit");

struct row_header {
    uint64_t known_until;
    struct ledger_moment occurred;
};
struct row_header row_header_read(const uint8_t place[ROW_HEADER_SIZE]);

#endif
