// One step of verifying, and what goes from step to step.
//
// Functions that check return LEDGER_E_CORRUPT when they have noted a fault, and anything else but
// LEDGER_E_OK when the step itself cannot go on.
#ifndef LEDGER_LOG_VERIFY_INTERNAL_H
#define LEDGER_LOG_VERIFY_INTERNAL_H

#include "index.h"
#include "ledger/arena.h"
#include "ledger/event.h"
#include "store.h"
#include "tail.h"
#include "verify.h"

enum verify_phase { VERIFY_LOG, VERIFY_TERMS, VERIFY_RUNS, VERIFY_LOCATE, VERIFY_END };

// All numbers are 64 bits wide, so that the token is a list of them (verify_token.c).
struct verify_state {
    uint64_t phase;
    uint64_t log_only;
    uint64_t target;       // the last position of the last block when the run began
    uint64_t tree_size;    // of the stored tree then; UINT64_MAX: none that can be read; 0: met
    uint64_t blocks_there; // how many there were
    uint64_t index_stale;  // the indexes are of another log, or cannot be opened
    uint64_t lost_from;    // the indexes know positions from here on, the log does not; 0 = none
    uint64_t indexed_to;
    uint64_t recorded_at; // of the last block looked at
    uint64_t blocks, bytes;
    uint64_t index_entries;
    uint64_t pairs; // of a term and a position, in the log up to indexed_to

    // Counting what the indexes hold. Terms come by key; those numbered when the counting began
    // must have each of the numbers once.
    uint64_t numbers, streams; // how many terms, and streams among them, there were
    uint64_t numbers_seen, streams_seen;
    uint64_t mix_seen, mix_expected; // sums over the numbers seen, and over 0, 1, 2 …
    uint64_t counted;                // postings up to indexed_to
    uint64_t inside;                 // 1: the term `key` has been walked to `walked_to`
    uint64_t walked_to, walked;      // the last posting seen, and how many
    uint64_t run_number, run_first;  // the next run to look at
    uint64_t lowest;                 // in VERIFY_LOCATE: the first bad position so far; 0 = none

    struct ledger_hash tree_root, indexed_root; // at tree_size and at indexed_to
    size_t key_size;                            // 0 = before the first term
    uint8_t key[TERM_SIZE_MAX];                 // of the term looked at last
    struct ledger_merkle tree;                  // over the records looked at
};

struct verify {
    struct store *store;
    struct index *index; // NULL: there is none to look at
    struct ledger_kv_txn *log_txn, *index_txn;
    uint64_t folded_to; // as index_txn sees it
    int64_t until;      // steady microseconds
    struct ledger_hasher *hasher;
    struct ledger_arena *arena;
    struct tail_generation *nothing; // postings want a tail
    uint64_t *places;                // INDEX_RUN_POSITIONS_MAX
    struct verify_state state;
    struct ledger_verify_fault fault;
    volatile struct ledger_verify_place *place; // NULL = nobody asks
};
static inline void verify_at(struct verify *verify, uint64_t position, bool in_index) {
    if (verify->place == NULL)
        return;
    verify->place->position = position;
    verify->place->in_index = in_index;
}

static inline uint64_t verify_position(const struct verify *verify) {
    return verify->state.tree.size;
}
bool verify_time_is_up(const struct verify *verify);
// Notes the fault, unless one at an earlier position is noted. Returns LEDGER_E_CORRUPT.
enum ledger_err verify_fault(struct verify *verify, uint64_t position, const char *where,
                             const char *format, ...) LEDGER_PRINTF(4, 5);
// Does it mean that stored bytes are not what they were? LMDB also says "internal" when it loses
// its way in pages that are damaged.
static inline bool verify_is_damage(enum ledger_err err) {
    return err == LEDGER_E_CORRUPT || err == LEDGER_E_FORMAT || err == LEDGER_E_INTERNAL;
}
// What reading gave: noted if it means damage, else returned as it is.
enum ledger_err verify_failed(struct verify *verify, enum ledger_err err, uint64_t position,
                              const char *where);

// verify.c
LEDGER_MUST_CHECK enum ledger_err verify_step(struct verify *verify,
                                              const struct ledger_verify *asked,
                                              struct ledger_verify_report *report,
                                              struct ledger_error *error);

// verify_begin.c
LEDGER_MUST_CHECK enum ledger_err verify_begin_index(struct verify *verify,
                                                     struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err verify_begin_log(struct verify *verify,
                                                   struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err verify_check_resumed(struct verify *verify,
                                                       struct ledger_error *error);

// verify_log.c
LEDGER_MUST_CHECK enum ledger_err verify_log_records(struct verify *verify);
// After the last record.
LEDGER_MUST_CHECK enum ledger_err verify_log_end(struct verify *verify);
// The block that holds the position, its header parsed and no more; notes a fault.
LEDGER_MUST_CHECK enum ledger_err verify_block(struct verify *verify, uint64_t position,
                                               struct ledger_span *bytes, struct block *block);
// A record's parts, and what its event is found by; notes a fault. In verify->arena.
LEDGER_MUST_CHECK enum ledger_err verify_record(struct verify *verify, const struct block *block,
                                                uint64_t position, struct ledger_span *record,
                                                struct ledger_record_parts *parts,
                                                struct ledger_envelope *envelope);

// verify_index.c
// The records of `tail` are in the indexes, each of them, and nothing else of their terms is
// between them.
LEDGER_MUST_CHECK enum ledger_err verify_index_has(struct verify *verify,
                                                   const struct tail_generation *tail);

// verify_count.c. Each goes on until the time is up or the phase is over.
LEDGER_MUST_CHECK enum ledger_err verify_count_begin(struct verify *verify);
LEDGER_MUST_CHECK enum ledger_err verify_count_terms(struct verify *verify);
LEDGER_MUST_CHECK enum ledger_err verify_count_runs(struct verify *verify);

// verify_token.c
size_t verify_token_pack(const struct verify_state *state,
                         const struct ledger_log_identity *identity,
                         uint8_t token[LEDGER_VERIFY_TOKEN_MAX]);
// LEDGER_E_INVALID_VALUE: damaged, forged, or another ledger's.
LEDGER_MUST_CHECK enum ledger_err verify_token_unpack(struct ledger_span token,
                                                      const struct ledger_log_identity *identity,
                                                      struct verify_state *state,
                                                      struct ledger_error *error);

#endif
