#include "sums.h"

#include <stdlib.h>
#include <string.h>

struct sum *sums_of(struct sums *sums, const char *name, const char *second, const char *currency) {
    name = name ? name : "";
    second = second ? second : "";
    currency = currency ? currency : "";
    const char *key = ledger_arena_printf(sums->arena, "%zu %zu %s%s%s", strlen(name),
                                          strlen(second), name, second, currency);
    size_t number = key ? projection_ids_add(&sums->keys, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(sums->arena, &sums->list, &sums->capacity, number, sizeof(struct sum)))
        return NULL;
    struct sum *sum = &sums->list[number];
    sum->name = name;
    sum->second = second;
    sum->currency = currency;
    return sum;
}

static int by_name(const void *a, const void *b) {
    const struct sum *left = a;
    const struct sum *right = b;
    int order = strcmp(left->name, right->name);
    if (!order)
        order = strcmp(left->second, right->second);
    return order ? order : strcmp(left->currency, right->currency);
}

static int by_amount(const void *a, const void *b, void *context) {
    const struct sum *left = a;
    const struct sum *right = b;
    size_t amount = *(const size_t *)context;
    if (!*left->currency != !*right->currency)
        return *left->currency ? -1 : 1;
    int currency = strcmp(left->currency, right->currency);
    if (currency)
        return currency;
    if (left->amounts[amount] != right->amounts[amount])
        return left->amounts[amount] > right->amounts[amount] ? -1 : 1;
    return by_name(a, b);
}

void sums_sort(struct sums *sums) {
    if (sums->keys.count)
        qsort(sums->list, sums->keys.count, sizeof(struct sum), by_name);
}

void sums_sort_by_amount(struct sums *sums, size_t amount) {
    if (sums->keys.count)
        qsort_r(sums->list, sums->keys.count, sizeof(struct sum), by_amount, &amount);
}

bool sums_total(const struct sums *sums, struct sums *totals) {
    for (size_t i = 0; i < sums->keys.count; i++) {
        const struct sum *sum = &sums->list[i];
        struct sum *total = sums_of(totals, NULL, NULL, sum->currency);
        if (!total)
            return false;
        for (size_t c = 0; c < SUM_COUNTS; c++)
            total->counts[c] += sum->counts[c];
        for (size_t a = 0; a < SUM_AMOUNTS; a++)
            total->amounts[a] += sum->amounts[a];
    }
    sums_sort(totals);
    return true;
}

const char *sum_text(const char *text) {
    return *text ? text : NULL;
}

void sum_answer_money(struct projection_answer *answer, const struct sum *sum, size_t amount) {
    if (*sum->currency)
        projection_answer_money(answer, sum->amounts[amount], sum->currency);
    else
        projection_answer_none(answer);
}
