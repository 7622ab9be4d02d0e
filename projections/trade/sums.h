// Numbers summed by some texts and a currency: the rows of most reports.
#ifndef TRADE_SUMS_H
#define TRADE_SUMS_H

#include "runtime/ids.h"
#include "trade.h"

enum { SUM_KEYS = 6, SUM_NUMBERS = 16 };
struct sum {
    const char *keys[SUM_KEYS]; // "" = none
    const char *currency;       // "" = none
    __int128 numbers[SUM_NUMBERS];
};

struct sums {
    struct ledger_arena *arena;
    struct projection_ids ids;
    struct sum *list; // by number; as many as ids
    size_t capacity;
};
struct sums sums_in(struct ledger_arena *arena);
// The sum of these; NULL texts = "". NULL when out of memory. Valid until the next is asked for;
// not to be called after sorting.
struct sum *sums_of(struct sums *sums, const char *const keys[], size_t count,
                    const char *currency);
// The same of one key or none.
struct sum *sums_by(struct sums *sums, const char *key, const char *currency);
// Only if it is there already.
struct sum *sums_find(const struct sums *sums, const char *const keys[], size_t count,
                      const char *currency);
// By keys, then currency.
void sums_sort(struct sums *sums);
// By currency, none last; then by that number, largest first; then by keys.
void sums_sort_by_number(struct sums *sums, size_t number);
// NULL if it is "".
const char *sum_text(const char *text);

#endif
