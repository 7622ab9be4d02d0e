// Whole numbers of days, and their middle and mean.
#ifndef DAYS_H
#define DAYS_H

#include "runtime/projection.h"

struct days {
    int64_t *list; // in an arena
    size_t count, capacity;
    __int128 sum;
};
// False when out of memory.
bool days_add(struct ledger_arena *arena, struct days *days, int64_t number);
// Two values: the mean and the median of (number + shift) / unit; none of an empty list. Sorts.
void days_answer(struct projection_answer *answer, struct days *days, int64_t shift, int64_t unit);

#endif
