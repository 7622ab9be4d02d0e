// Ascending positions, walked in either direction: one term's postings, and filters made of them.
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

// Copies what it needs of the tail: call it while the tail lock is held. NULL when out of memory
// or when stored postings are damaged (*err says which). A term that nothing has: no postings.
struct postings *postings_open(const struct snapshot *snapshot, struct ledger_span key,
                               struct position_range range, enum ledger_err *err);
void postings_close(struct postings *postings);
// Needs no lock. 0 = none. A damaged run sets the error and ends the walk.
uint64_t postings_at_or_after(struct postings *postings, uint64_t position);
uint64_t postings_at_or_before(struct postings *postings, uint64_t position);
enum ledger_err postings_failed(const struct postings *postings);

// A filter: groups that must all hold; of each group, any member.
enum {
    FILTER_GROUPS_MAX = 7,
    FILTER_STEPS_MAX = 200000, // of one page: two frequent terms may never meet
};
struct filter_group {
    struct postings **members;
    size_t count;
};
struct filter {
    struct filter_group groups[FILTER_GROUPS_MAX];
    size_t count; // 0 = everything passes
    uint32_t steps;
    uint64_t undecided; // != 0: the steps are used up, and nothing passes before this position
};
// 0 = none, or undecided.
uint64_t filter_at_or_after(struct filter *filter, uint64_t position);
uint64_t filter_at_or_before(struct filter *filter, uint64_t position);
enum ledger_err filter_failed(const struct filter *filter);
void filter_close(struct filter *filter);

#endif
