// The index environment: derived from the log, written behind it, thrown away and rebuilt at will.
//
//   table     key                              value
//   meta      "state"                          format, ledger id, epoch, folded_to, root there
//   meta      "ids-seed"                       of the ids' hash
//   ids       see ids.h
//   meta      "next-number", "streams"         of the next new term; how many streams there are
//   terms     kind, text (see terms.h)         number, count, last position, newest postings
//   postings  number, first position (BE)      older postings of that term, in runs
//
// Postings are positions, ascending, each stored as the varint of its distance to the one before.
// The newest stand in the term's own row; when they outgrow it they move to `postings` as a run
// and are never written again.
#ifndef LEDGER_LOG_INDEX_H
#define LEDGER_LOG_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "ids.h"
#include "ledger/error.h"
#include "ledger/kv.h"
#include "log.h"
#include "merkle.h"
#include "tail.h"

struct index;

// What the index was folded from.
struct index_state {
    struct ledger_log_identity identity;
    uint64_t folded_to;
    struct ledger_hash root; // of the log at folded_to
};

// LEDGER_E_FORMAT and LEDGER_E_CORRUPT: what is there is of no use; see index_discard.
LEDGER_MUST_CHECK enum ledger_err index_open(const char *path, uint64_t map_bytes,
                                             struct index **index, struct ledger_error *error);
// For looking only: nothing is made or changed.
LEDGER_MUST_CHECK enum ledger_err index_open_read_only(const char *path, struct index **index,
                                                       struct ledger_error *error);
void index_close(struct index *index);
// Deletes the files of an index that is not open.
LEDGER_MUST_CHECK enum ledger_err index_discard(const char *path, struct ledger_error *error);
struct ledger_kv *index_kv(struct index *index);

// False if the index has none: it is new.
LEDGER_MUST_CHECK enum ledger_err index_state(struct index *index, struct index_state *state,
                                              bool *present, struct ledger_error *error);
// Empties it; folded_to becomes 0.
LEDGER_MUST_CHECK enum ledger_err index_reset(struct index *index,
                                              const struct ledger_log_identity *identity,
                                              const struct ledger_hash *root,
                                              struct ledger_error *error);
// Adds a generation and moves folded_to to its last position, in one transaction.
LEDGER_MUST_CHECK enum ledger_err index_fold(struct index *index,
                                             const struct tail_generation *tail,
                                             const struct index_state *state,
                                             struct ledger_error *error);

// ---- look-ups, in a read transaction of index_kv()
uint64_t index_folded_to(struct index *index, struct ledger_kv_txn *txn);
const struct ids *index_ids(const struct index *index);

// Each look-up says LEDGER_E_CORRUPT, or what the store said, when a row cannot be read: that is
// never the same as "not there".
struct index_term {
    uint32_t number;
    uint64_t count;            // of all its postings: a stream's version
    uint64_t last;             // newest position
    uint32_t newest_count;     // those in the row
    struct ledger_span newest; // packed; the first as an absolute position
};
// term->count is 0 if it is not there.
LEDGER_MUST_CHECK enum ledger_err index_find_term(struct index *index, struct ledger_kv_txn *txn,
                                                  struct ledger_span key, struct index_term *term);
uint64_t index_stream_count(struct index *index, struct ledger_kv_txn *txn);

// Unpacks `count` postings; places must hold them. LEDGER_E_CORRUPT.
LEDGER_MUST_CHECK enum ledger_err index_unpack(struct ledger_span packed, uint32_t count,
                                               uint64_t *positions);

// A run in `postings`, by a cursor of index_postings_cursor(). count is 0 if there is none.
enum { INDEX_RUN_POSITIONS_MAX = 4096 };
struct index_run {
    uint64_t first;
    uint32_t count;
    struct ledger_span packed;
};
struct ledger_kv_cursor *index_postings_cursor(struct index *index, struct ledger_kv_txn *txn);
// The run that may hold `position`: the last that starts at or before it; else the first.
LEDGER_MUST_CHECK enum ledger_err index_run_at(struct ledger_kv_cursor *cursor, uint32_t number,
                                               uint64_t position, struct index_run *run);
LEDGER_MUST_CHECK enum ledger_err index_run_next(struct ledger_kv_cursor *cursor, uint32_t number,
                                                 struct index_run *run);

// Terms have the numbers below it.
uint64_t index_next_number(struct index *index, struct ledger_kv_txn *txn);
struct ledger_kv_cursor *index_terms_cursor(struct index *index, struct ledger_kv_txn *txn);
// The first term at or after `key`, and its key; *found is empty if there is none.
LEDGER_MUST_CHECK enum ledger_err index_term_at(struct ledger_kv_cursor *cursor,
                                                struct ledger_span key, struct ledger_span *found,
                                                struct index_term *term);
// The first run at or after (number, first), of whatever term; *found is false if there is none.
LEDGER_MUST_CHECK enum ledger_err index_run_after(struct ledger_kv_cursor *cursor, uint32_t number,
                                                  uint64_t first, bool *found,
                                                  uint32_t *found_number, struct index_run *run);

#endif
