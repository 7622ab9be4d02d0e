// From records to the model: the rows that facts map to, the batch in which they wait, its commit,
// and the thread that does it meanwhile.
#ifndef PROJECTION_BATCH_H
#define PROJECTION_BATCH_H

#include "model.h"

// ---- rows.c: what map gives
struct row_entry {
    size_t key_offset, key_size; // table number and key, in `bytes`
    size_t value_offset, value_size;
};
struct projection_rows {
    struct ledger_buffer bytes;
    struct ledger_buffer value;
    struct ledger_span record; // that is mapped as it was written
    struct row_entry *entries;
    size_t count, capacity;
    bool overflow; // a key was too long
    bool failed;   // out of memory
};
void projection_rows_clear(struct projection_rows *rows);
void projection_rows_fini(struct projection_rows *rows);

// ---- pool.c: rows that a batch has yet to put
enum { POOLED_PREFIX = 3 };
struct pooled_row {
    uint64_t prefix[POOLED_PREFIX]; // the key's first bytes, for sorting
    size_t offset;                  // in `bytes`: key, then stored value
    uint32_t key_size, value_size;
};
struct row_pool {
    struct ledger_buffer bytes;
    struct pooled_row *rows; // room for twice the capacity: sorting needs it
    size_t count, capacity;
};
void row_pool_fini(struct row_pool *pool);
// Room for a value, to be filled before the next call. NULL when out of memory.
uint8_t *row_pool_add(struct row_pool *pool, struct ledger_span key, size_t value_size);
void row_pool_clear(struct row_pool *pool);
// By key; rows of one key in the order in which they came.
void row_pool_sort(struct row_pool *pool);
struct ledger_kv_pair row_pool_at(const struct row_pool *pool, size_t i);
// All of them into the table, in order of their keys; the last, if two have one key. Empties the
// pool. A failure stays with the transaction.
void row_pool_put(struct row_pool *pool, struct ledger_kv_txn *txn, struct ledger_kv_table table);

// ---- the ledger, as far as the runtime asks for more than pages
struct projection_ledger {
    // records[i] is NULL if there is no event ids[i]. At most LEDGER_FETCH_MAX.
    enum ledger_err (*fetch)(void *user, const uint8_t (*ids)[16], size_t count,
                             struct ledger_arena *arena, Ledger__V1__Record **records,
                             struct ledger_error *error);
    enum ledger_err (*locate)(void *user, int64_t recorded_at, uint64_t *position, bool *settled,
                              struct ledger_error *error);
    void *user;
};

// ---- apply.c: one write transaction
struct projection_keeper;
struct projection_batch {
    struct projection_model *model;
    struct ledger_kv_txn *txn; // while it is committed
    const struct projection_ledger *ledger;
    struct ledger_arena *arena;   // one record's: it, unpacked payloads, fetched records, its chain
    uint64_t last;                // position of the last record taken in
    struct ledger_buffer waiting; // records that look at the model, each behind its size u32
    size_t waiting_count;
    struct ledger_arena *fetched_arena; // while it is committed
    struct fetched *fetched;            // by event id: what those records name
    size_t fetched_count;
    struct run_list runs;        // of the transaction
    struct projection_rows rows; // of one fact
    struct row_pool pool;        // of facts before it, not in the transaction yet
    struct row_pool parked;      // likewise
    struct row_pool days;        // likewise
    struct ledger_buffer scratch;
    bool no_memory; // for what is set aside, or for rows
    struct projection_state state;
};
LEDGER_MUST_CHECK enum ledger_err projection_batch_begin(struct projection_batch *batch,
                                                         struct projection_model *model,
                                                         const struct projection_ledger *ledger,
                                                         struct ledger_error *error);
// Packed records in order of position, each beyond the checkpoint. An error is memory's, or that of
// a ledger that sends no records: abort, and apply the page again.
LEDGER_MUST_CHECK enum ledger_err projection_batch_apply(struct projection_batch *batch,
                                                         struct ledger_span record,
                                                         struct ledger_error *error);
// No more than a page should be added: it takes much memory.
bool projection_batch_is_full(const struct projection_batch *batch);
// Takes in what looks at the model, and moves the checkpoint to `examined`. Any thread. *fatal:
// the process must end; else nothing happened, and the pages may be applied again.
LEDGER_MUST_CHECK enum ledger_err projection_batch_commit(struct projection_batch *batch,
                                                          uint64_t examined, bool *fatal,
                                                          struct ledger_error *error);
void projection_batch_abort(struct projection_batch *batch); // after commit: does nothing

bool projection_wants(const struct projection *projection, enum ledger_fact fact);
// A record as the fact that it was when it was written. If it cannot be decoded, *reason says why
// (its code is LEDGER_E_OK otherwise).
LEDGER_MUST_CHECK enum ledger_err projection_fact_read(struct projection_batch *batch,
                                                       const Ledger__V1__Record *record,
                                                       struct projection_fact *fact,
                                                       struct ledger_error *reason,
                                                       struct ledger_error *error);
bool projection_is_merge(const struct ledger_fact_type *type);
// Rows of the fact into batch->rows. A fact that map refuses gives *reason, and no rows.
LEDGER_MUST_CHECK enum ledger_err projection_batch_map(struct projection_batch *batch,
                                                       const struct projection_fact *fact,
                                                       struct ledger_error *reason,
                                                       struct ledger_error *error);
// A row of the table comes or is closed there.
void projection_batch_touches(struct projection_batch *batch, uint8_t table, uint64_t position);
void projection_batch_put(struct projection_batch *batch, const struct projection_fact *fact);
void projection_batch_park(struct projection_batch *batch, uint64_t position,
                           const struct ledger_error *reason);

// ---- keeper.c: a thread that commits a batch while the next one is filled
LEDGER_MUST_CHECK enum ledger_err
projection_keeper_start(void (*kept)(void *user, const struct projection_state *state), void *user,
                        struct projection_keeper **keeper, struct ledger_error *error);
// Commits what it was handed first. NULL is allowed.
void projection_keeper_stop(struct projection_keeper *keeper);
// Takes the batch over: it is empty afterwards. Waits for the one before it. An error is that
// one's: it is lost, and this one must not follow it. *fatal as of projection_batch_commit.
LEDGER_MUST_CHECK enum ledger_err projection_keeper_hand(struct projection_keeper *keeper,
                                                         struct projection_batch *batch,
                                                         uint64_t examined, bool *fatal,
                                                         struct ledger_error *error);
// Waits until nothing is left to commit. Errors as of hand.
LEDGER_MUST_CHECK enum ledger_err projection_keeper_settle(struct projection_keeper *keeper,
                                                           bool *fatal, struct ledger_error *error);

// A record's rows into the pool. One that looks at the model: in the transaction.
LEDGER_MUST_CHECK enum ledger_err projection_batch_take_in(struct projection_batch *batch,
                                                           const Ledger__V1__Record *record,
                                                           struct ledger_span bytes,
                                                           struct ledger_error *error);
// Takes the next record off the front of batch->waiting. False at the end.
bool projection_batch_waiting(struct ledger_span *rest, struct ledger_span *record);

// ---- fetch.c
// Brings what the waiting records name. In the transaction.
LEDGER_MUST_CHECK enum ledger_err projection_fetch_ahead(struct projection_batch *batch,
                                                         struct ledger_error *error);
// The record of that event, if it stands before the position; else *record is NULL.
LEDGER_MUST_CHECK enum ledger_err
projection_fetch_before(struct projection_batch *batch, const uint8_t event_id[16], uint64_t before,
                        Ledger__V1__Record **record, struct ledger_error *error);

// ---- amend.c
// Takes FactCorrected or FactRetracted in. *root is the record of the fact it amends, or NULL.
LEDGER_MUST_CHECK enum ledger_err projection_amend(struct projection_batch *batch,
                                                   const Ledger__V1__Record *record,
                                                   enum ledger_fact kind, Ledger__V1__Record **root,
                                                   struct ledger_error *error);

// ---- chain.c: the amendments of one root fact
// The head is stored under the root's position (u64 BE), little-endian: since u64 @0, root's event
// id @8. Each amendment follows it, under the root's position ‖ its number u64 BE: position u64 @0,
// event id @8, target u64 @24, retraction u8 @32.
// Events have numbers within their chain: the root 0, and its amendments 1 and up.
#define CHAIN_ROOT UINT64_C(0)
#define CHAIN_OUTSIDE UINT64_MAX // an amendment that did not join: it was set aside, or is not kept
struct chain_entry {
    uint64_t position;
    uint8_t event_id[16];
    uint64_t target; // number of what it names
    bool retraction;
};
struct chain {
    uint64_t root_position;
    uint64_t since; // position of the fact that brought the version in force
    uint8_t root_id[16];
    struct chain_entry *entries; // in order of position
    size_t count;
};
enum chain_state { CHAIN_AS_WRITTEN, CHAIN_CORRECTED, CHAIN_RETRACTED };
// What the first `count` entries make of the root. *winner is the entry that decides, unless the
// root stands as written. `taken_back` has `count` places, and tells it of each entry.
enum chain_state chain_evaluate(const struct chain *chain, size_t count, size_t *winner,
                                bool *taken_back);
// LEDGER_E_NOT_FOUND if the root has no amendments. Room is left for one more entry.
enum ledger_err chain_read(struct projection_model *model, struct ledger_kv_txn *txn,
                           uint64_t root_position, struct ledger_arena *arena, struct chain *chain);
// The head, and the last entry, which is new.
void chain_write_last(struct projection_model *model, struct ledger_kv_txn *txn,
                      const struct chain *chain);

// Which chain an event belongs to: known of each amendment that leads to a root, so that none is
// followed back twice. Stored under the event id, little-endian: root's position u64 @0, number
// u64 @8, root's event id @16.
struct chain_place {
    uint64_t root_position;
    uint64_t number;
    uint8_t root_id[16];
};
void chain_place_write(struct projection_model *model, struct ledger_kv_txn *txn,
                       const uint8_t event_id[16], const struct chain_place *place);
// False if the event belongs to no chain.
bool chain_find(struct projection_model *model, struct ledger_kv_txn *txn,
                struct ledger_span event_id, struct chain_place *place);

#endif
