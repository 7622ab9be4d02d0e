// The tail: what the log holds and the index environment does not yet, in memory. Two
// generations: the active one takes what is committed; the frozen one is being folded.
//
// A generation is written by the appending thread alone and read by others under the log's tail
// lock; once frozen it never changes and lives as long as somebody holds it.
#ifndef LEDGER_LOG_TAIL_H
#define LEDGER_LOG_TAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/uuid.h"
#include "terms.h"

// The positions of one term, ascending.
struct tail_term {
    struct ledger_span key; // kind and text
    uint64_t hash;
    uint64_t base; // how many earlier generations and the index hold (streams only)
    uint64_t *positions;
    uint32_t count, capacity;
};

struct tail_id {
    struct ledger_uuid id;
    uint64_t position; // 0 = free
};

struct tail_generation {
    atomic_uint holders;
    uint64_t first, last;       // positions it covers; last < first: none
    struct ledger_arena *arena; // keys and positions
    size_t bytes;               // about what it takes
    struct tail_id *ids;
    size_t id_count, id_slots;
    struct tail_term *terms;
    size_t term_count, term_slots;
    uint64_t streams_begun; // whose first event is here
};

// For positions from `first` on. NULL when out of memory. Held once.
struct tail_generation *tail_new(uint64_t first);
void tail_hold(struct tail_generation *tail);
void tail_release(struct tail_generation *tail); // NULL is allowed

// 0 if it is not there.
uint64_t tail_find_id(const struct tail_generation *tail, const struct ledger_uuid *id);
// NULL if it is not there.
const struct tail_term *tail_find_term(const struct tail_generation *tail, struct ledger_span key);
const struct tail_term *tail_find_hashed(const struct tail_generation *tail, struct ledger_span key,
                                         uint64_t hash); // term_hash of the key
// Has what will be looked for soon brought from memory. `tail` may be NULL.
void tail_prefetch_id(const struct tail_generation *tail, const struct ledger_uuid *id);
void tail_prefetch_terms(const struct tail_generation *tail, const struct event_terms *terms);
// Once the terms' slots are there: what they lead to.
void tail_prefetch_positions(const struct tail_generation *tail, const struct event_terms *terms);

// Adds an event at `position`, under its id and all its terms (event_terms). `stream_base` is the
// number of the stream's events before this generation; it is kept at the stream's first event. The
// hashes of the terms are added to `touched` (8 bytes each; NULL = nobody asks).
LEDGER_MUST_CHECK enum ledger_err tail_add(struct tail_generation *tail, uint64_t position,
                                           const struct ledger_uuid *id,
                                           const struct event_terms *terms, uint64_t stream_base,
                                           struct ledger_buffer *touched);

#endif
