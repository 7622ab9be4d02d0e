// What reports share: numbers collected for a median, ids in order, contradictions by code.
#ifndef FIGURES_H
#define FIGURES_H

#include "runtime/ids.h"
#include "runtime/projection.h"

struct numbers {
    int64_t *list;
    size_t count, capacity;
};
// False when out of memory.
bool numbers_add(struct numbers *numbers, struct ledger_arena *arena, int64_t number);
// Sorts them. Twice the median, since that of an even count is the mean of the middle two. 0 if
// there are none.
int64_t numbers_twice_median(struct numbers *numbers);
// How many are greater than `limit`.
size_t numbers_above(const struct numbers *numbers, int64_t limit);

// The numbers of the ids, in order of their texts. NULL when out of memory.
size_t *ids_in_order(const struct projection_ids *ids);

// The order in which facts happened: by time, then by position. Unknown times come before all
// others.
int happened_order(const struct ledger_moment *a, uint64_t a_position,
                   const struct ledger_moment *b, uint64_t b_position);

// A way in which a fact can fail to fit the others.
struct contradiction_text {
    const char *code, *meaning;
};
// The table `contradictions`: those of which there are any.
void answer_contradictions(struct projection_answer *answer, const struct contradiction_text *texts,
                           const uint64_t *counts, size_t count);

#endif
