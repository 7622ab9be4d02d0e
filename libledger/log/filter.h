// The conditions of a read, as terms whose postings are intersected. For one read transaction and
// one thread.
#ifndef LEDGER_LOG_FILTER_H
#define LEDGER_LOG_FILTER_H

#include "postings.h"

// Groups that must all hold; of each group, any member.
enum {
    FILTER_GROUPS_MAX = 7,
    FILTER_STEPS_MAX = 200000, // of one page: two frequent terms may never meet
};
struct filter_group {
    struct term *terms;
    struct postings **members; // NULL: not opened yet
    size_t count;
};
struct filter {
    struct filter_group groups[FILTER_GROUPS_MAX];
    size_t count; // 0 = everything passes
    uint32_t steps;
    uint64_t undecided; // != 0: the steps are used up, and nothing passes before this position
};

// Opened in three steps, for the sake of those who wait for the tail lock; only the second needs
// it. Close the filter whatever they say.
LEDGER_MUST_CHECK enum ledger_err filter_begin(struct filter *filter,
                                               const struct ledger_read *read);
LEDGER_MUST_CHECK enum ledger_err filter_take_tail(struct filter *filter,
                                                   const struct snapshot *snapshot,
                                                   struct position_range range);
LEDGER_MUST_CHECK enum ledger_err filter_take_index(struct filter *filter);
void filter_close(struct filter *filter);

// 0 = none, or undecided.
uint64_t filter_at_or_after(struct filter *filter, uint64_t position);
uint64_t filter_at_or_before(struct filter *filter, uint64_t position);
enum ledger_err filter_failed(const struct filter *filter);

#endif
