// Counts and amounts by a name or two and a currency: the rows of most reports.
#ifndef SUMS_H
#define SUMS_H

#include "deals.h"

enum { SUM_COUNTS = 6, SUM_AMOUNTS = 3 };
struct sum {
    const char *name, *second, *currency; // "" = none
    uint64_t counts[SUM_COUNTS];
    __int128 amounts[SUM_AMOUNTS];
};

struct sums {
    struct ledger_arena *arena;
    struct projection_ids keys;
    struct sum *list; // by number; as many as keys
    size_t capacity;
};
#define SUMS_IN(from)                                                                              \
    {                                                                                              \
        .arena = (from), .keys = {.arena = (from) }                                                \
    }

// The sum of these; NULL texts = "". NULL when out of memory. Valid until the next is asked for;
// not to be called after sorting.
struct sum *sums_of(struct sums *sums, const char *name, const char *second, const char *currency);
// By name, second and currency.
void sums_sort(struct sums *sums);
// By the amount of that number, largest first, in each currency; then as above. Currencies in
// order, none last.
void sums_sort_by_amount(struct sums *sums, size_t amount);
// Sums over all names: one for each currency.
LEDGER_MUST_CHECK bool sums_total(const struct sums *sums, struct sums *totals);
// NULL if it is "".
const char *sum_text(const char *text);
// None if there is no currency.
void sum_answer_money(struct projection_answer *answer, const struct sum *sum, size_t amount);

#endif
