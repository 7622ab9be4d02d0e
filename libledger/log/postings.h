// Ascending positions, walked in either direction: one term's postings.
// For one read transaction and one thread.
#ifndef LEDGER_LOG_POSTINGS_H
#define LEDGER_LOG_POSTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "index.h"
#include "tail.h"

// What a reader may see, taken together at one moment: an index snapshot, and the tail behind it.
struct snapshot {
    struct index *index;
    struct ledger_kv_txn *txn; // of the index environment
    uint64_t folded_to;
    uint64_t head;
    struct tail_generation *frozen; // held; NULL = none
    // The active generation may only be read while the tail lock is held.
    const struct tail_generation *active;
};

// The positions a reader will ask for; what lies outside is not looked at. A reader that waits at
// the head costs next to nothing that way.
struct position_range {
    uint64_t low, high;
};

struct postings;

// In two steps, since others wait for the tail lock: what it needs of the tail is copied while the
// lock is held (NULL when out of memory), what the index has comes later. A term that nothing has:
// no postings.
struct postings *postings_open_tail(const struct snapshot *snapshot, struct ledger_span key,
                                    struct position_range range);
LEDGER_MUST_CHECK enum ledger_err postings_take_index(struct postings *postings,
                                                      struct ledger_span key);
// Both steps. NULL after a failure (*err).
struct postings *postings_open(const struct snapshot *snapshot, struct ledger_span key,
                               struct position_range range, enum ledger_err *err);
void postings_close(struct postings *postings);
// Needs no lock. 0 = none. A damaged run sets the error and ends the walk.
uint64_t postings_at_or_after(struct postings *postings, uint64_t position);
uint64_t postings_at_or_before(struct postings *postings, uint64_t position);
enum ledger_err postings_failed(const struct postings *postings);

#endif
