// What the files of the runtime share. Projections include projection.h alone.
//
//   main.c       options, threads, start and stop          ask.c        one question, answered
//   follow.c     pages of the ledger, one transaction each  arguments.c  what was asked
//   apply.c      a record becomes rows                      view.c       what was known and when
//   amend.c      corrections and retractions                merges.c     which client an id means
//   fetch.c      records that facts name                    names.c      what things are called
//   chain.c      the amendments of one fact                 answer.c     typed tables
//   model.c      the LMDB environment                       serve.c      requests and workers
//   rows.c       keys and values                            status.c     how far, and what to ask
//   runs.h       where rows are stored                      pool.c       rows on their way there
//   former.c     the model of an earlier fold, which answers while a new one is made
#ifndef PROJECTION_INTERNAL_H
#define PROJECTION_INTERNAL_H

#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "ledger/client.h"
#include "ledger/kv.h"
#include "ledger/uuid.h"
#include "ledger/v1/service.pb-c.h"
#include "projection.h"
#include "runs.h"

// ---- bytes
static inline void put_le64(uint8_t *place, uint64_t number) {
    uint64_t le = htole64(number);
    memcpy(place, &le, sizeof le);
}
static inline uint64_t get_le64(const uint8_t *place) {
    uint64_t le;
    memcpy(&le, place, sizeof le);
    return le64toh(le);
}
static inline void put_be32(uint8_t *place, uint32_t number) {
    uint32_t be = htobe32(number);
    memcpy(place, &be, sizeof be);
}
static inline uint32_t get_be32(const uint8_t *place) {
    uint32_t be;
    memcpy(&be, place, sizeof be);
    return be32toh(be);
}
static inline void put_le32(uint8_t *place, uint32_t number) {
    uint32_t le = htole32(number);
    memcpy(place, &le, sizeof le);
}
static inline uint32_t get_le32(const uint8_t *place) {
    uint32_t le;
    memcpy(&le, place, sizeof le);
    return le32toh(le);
}

// ---- model.c: rows, chains, what was set aside, and the checkpoint, in one LMDB environment
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
struct pooled_row {
    uint64_t prefix[2]; // the key's first bytes, for sorting
    size_t offset;      // in `bytes`: key, then stored value
    uint32_t key_size, value_size;
};
struct row_pool {
    struct ledger_buffer bytes;
    struct pooled_row *rows;
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

// ---- view.c
struct merge_graph;
struct projection_merges;
struct projection_names;
struct projection_positions; // a set
struct projection_chains;

struct projection_view {
    struct projection_model *model;
    struct ledger_kv_txn *txn;
    struct ledger_arena *arena;
    uint64_t position;
    bool has_occurred;
    struct ledger_moment occurred;
    struct ledger_moment now;
    struct projection_merges *merges; // made when first asked for
    struct projection_positions *unknown;
    struct projection_chains *chains;  // those read so far
    struct projection_cursor *cursors; // open ones
    struct projection_cursor *spare;   // ended ones, to use again
    struct run_list *runs;             // read when first asked for
    struct projection_names *names;    // found so far
    enum ledger_err failed;
};
void projection_view_end(struct projection_view *view); // closes cursors
void projection_merges_end(struct projection_view *view);
// NULL after a failure, which sticks to the view.
const struct run_list *projection_view_runs(struct projection_view *view);
void projection_view_fail(struct projection_view *view, enum ledger_err err);

enum scan_mode {
    SCAN_HAPPENED,     // by the view's occurred limit
    SCAN_WITH_UNKNOWN, // and facts with an unknown time
    SCAN_ANY_TIME,
};
struct projection_cursor *scan_begin(struct projection_view *view, uint8_t table,
                                     const struct projection_key *prefix, enum scan_mode mode);

// ---- merges.c
// Adds the fact's row to batch->rows; *reason if it can never count, and then no row.
LEDGER_MUST_CHECK enum ledger_err projection_merges_map(struct projection_batch *batch,
                                                        const struct projection_fact *fact,
                                                        struct ledger_error *reason,
                                                        struct ledger_error *error);
// *reason if the fact reverses a merge that another reversal in force reverses already.
LEDGER_MUST_CHECK enum ledger_err projection_merges_repeated(struct projection_batch *batch,
                                                             const struct projection_fact *fact,
                                                             struct ledger_error *reason,
                                                             struct ledger_error *error);
// *merge is the merge that the record, a MergeReversed, names; NULL if there is none before it.
LEDGER_MUST_CHECK enum ledger_err projection_merge_reversed(struct projection_batch *batch,
                                                            const Ledger__V1__Record *record,
                                                            Ledger__V1__Record **merge,
                                                            struct ledger_error *error);
// Adds what a reader must know of merges that the view used.
void projection_merges_notes(struct projection_view *view, struct projection_answer *answer);

// ---- arguments.c, ask.c
extern const struct projection_parameter projection_common_parameters[];
// The runtime's own: every projection answers them, after those that it has itself.
extern const struct projection_query projection_parked_query; // ask.c
extern const struct projection_query projection_digest_query; // digest.c
// The number in an answer to it; NULL if it is none.
const char *projection_digest_of(const Ledger__V1__QueryReply *reply);
size_t projection_query_total(const struct projection *projection);
const struct projection_query *projection_query_at(const struct projection *projection, size_t i);

struct projection_question {
    const struct projection_query *query;
    const struct projection_arguments *arguments;
    bool has_position;
    uint64_t position;
    bool has_recorded;
    int64_t recorded_at;
    bool settled; // meaningful with has_recorded
    const char *occurred_text;
    struct ledger_moment occurred;
    const char *now_text;
    struct ledger_moment now;
    uint64_t wait_for; // 0 = for nothing
};
// Texts are borrowed from the request.
LEDGER_MUST_CHECK enum ledger_err projection_question_read(const struct projection *projection,
                                                           const Ledger__V1__QueryRequest *from,
                                                           struct ledger_arena *arena,
                                                           struct projection_question *question,
                                                           struct ledger_error *error);
// Turns as-of-recorded into a position. The positions that the model must have come to before the
// question can be answered: *needed.
LEDGER_MUST_CHECK enum ledger_err
projection_question_resolve(struct projection_question *question,
                            const struct projection_ledger *ledger, uint64_t *needed,
                            struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err
projection_question_answer(const struct projection_question *question,
                           struct projection_model *model, struct ledger_arena *arena,
                           Ledger__V1__QueryReply **reply, struct ledger_error *error);

// ---- answer.c
struct projection_answer *projection_answer_new(struct ledger_arena *arena);
LEDGER_MUST_CHECK enum ledger_err projection_answer_end(struct projection_answer *answer,
                                                        Ledger__V1__QueryReply *reply,
                                                        struct ledger_error *error);

// ---- the process
struct projection_process {
    const struct projection *projection;
    struct projection_model *model;
    struct projection_former *former; // former.h; NULL = there was none at the start
    struct projection_link *link;     // to ledgerd
    struct projection_ledger ledger;
    struct projection_server *server;
    int64_t started_at;
    _Atomic uint64_t position; // committed
    _Atomic uint64_t head;     // of the ledger, as last seen
    pthread_mutex_t lock;      // guards problem, state; held for moments only
    pthread_cond_t changed;    // stopping
    bool stopping;
    bool refused;      // the model is of another ledger; until a page is accepted
    char problem[480]; // why it does not move; "" = it does
    struct projection_state state;
    bool stop_at_head;         // ends when the model has come to the end of the ledger
    bool at_head;              // it has
    void (*fatal)(void *user); // ends the process
    void *user;
    struct ledger_error failure;
};

// ---- rebuild.c
struct projection_rebuild {
    const char *data, *name; // of the one that answers
    const char *made;        // name of the one that is made
};
// Deletes what an earlier rebuild left. LEDGER_E_LOCKED: another one is under way.
LEDGER_MUST_CHECK enum ledger_err projection_rebuild_clear(const struct projection *projection,
                                                           const struct projection_rebuild *rebuild,
                                                           struct ledger_error *error);
// Compares the models, and ends the process that answers, if there is one. While `process` still
// answers under its own name. LEDGER_E_CORRUPT: they differ, and nothing was done.
LEDGER_MUST_CHECK enum ledger_err
projection_rebuild_take_over(const struct projection_process *process,
                             const struct projection_rebuild *rebuild, struct ledger_error *error);
// The folders change places, and the old one is deleted. When no process has either.
LEDGER_MUST_CHECK enum ledger_err
projection_rebuild_exchange(const struct projection_rebuild *rebuild, struct ledger_error *error);

// link.c. Any thread.
struct projection_link;
LEDGER_MUST_CHECK enum ledger_err
projection_link_open(const char *url, struct projection_link **link, struct ledger_error *error);
// In two steps, so that something else can be done meanwhile. What was begun must be ended; the
// reply is the caller's to free, and an error inside it the caller's to find.
struct connection;
struct projection_call {
    struct connection *connection;
    struct ledger_call *call;
};
LEDGER_MUST_CHECK enum ledger_err projection_link_begin(struct projection_link *link,
                                                        const Ledger__V1__Request *request,
                                                        struct projection_call *call,
                                                        struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err projection_link_end(struct projection_link *link,
                                                      struct projection_call *call,
                                                      struct ledger_reply **reply,
                                                      struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err projection_link_call(struct projection_link *link,
                                                       const Ledger__V1__Request *request,
                                                       struct ledger_arena *arena,
                                                       Ledger__V1__Reply **reply,
                                                       struct ledger_error *error);
// Ends calls under way and all later ones.
void projection_link_interrupt(struct projection_link *link);
// After the last call. NULL is allowed.
void projection_link_close(struct projection_link *link);

// follow.c
void *projection_follow(void *process);
void projection_problem_set(struct projection_process *process, bool refused, const char *format,
                            ...) LEDGER_PRINTF(3, 4);
extern const struct projection_ledger projection_ledger_remote; // user: a projection_link

// status.c. Each consumes the request.
struct ledger_request;
void projection_status_answer(struct projection_process *process, struct ledger_request *request);
void projection_describe_answer(const struct projection *projection,
                                struct ledger_request *request);

// serve.c
struct projection_serve_options {
    const char *url;
    unsigned workers;
};
LEDGER_MUST_CHECK enum ledger_err
projection_serve_open(struct projection_process *process,
                      const struct projection_serve_options *options,
                      struct projection_server **server, struct ledger_error *error);
void projection_serve_moved(struct projection_server *server); // the checkpoint, that is
void projection_serve_close(struct projection_server *server);

#endif
