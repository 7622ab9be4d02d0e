#include "sums.h"

#include <stdlib.h>
#include <string.h>

struct sums sums_in(struct ledger_arena *arena) {
    return (struct sums){.arena = arena, .ids = {.arena = arena}};
}

// The texts as one; lengths first, so that no two lists of texts make the same. Short ones, as most
// are, take no memory of the arena. NULL when out of memory.
enum { JOINED_SIZE = 512 };
static const char *joined(struct ledger_arena *arena, const char *const keys[], size_t count,
                          const char *currency, char place[JOINED_SIZE]) {
    size_t size = strlen(currency) + 1;
    for (size_t i = 0; i < count; i++)
        size += (keys[i] ? strlen(keys[i]) : 0) + sizeof size + 1;
    char *text = size <= JOINED_SIZE ? place : ledger_arena_alloc(arena, size);
    if (!text)
        return NULL;
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        size_t length = keys[i] ? strlen(keys[i]) : 0;
        for (size_t rest = length, digit = 0; digit < sizeof rest; digit++, rest >>= 7)
            *at++ = (char)(rest % 128 + 1); // never 0
        *at++ = ' ';
        if (length)
            memcpy(at, keys[i], length);
        at += length;
    }
    memcpy(at, currency, strlen(currency) + 1);
    return text;
}

struct sum *sums_of(struct sums *sums, const char *const keys[], size_t count,
                    const char *currency) {
    char place[JOINED_SIZE];
    currency = currency ? currency : "";
    const char *text = joined(sums->arena, keys, count, currency, place);
    size_t number = text ? projection_ids_add(&sums->ids, text) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(sums->arena, &sums->list, &sums->capacity, number, sizeof(struct sum)))
        return NULL;
    struct sum *sum = &sums->list[number];
    for (size_t i = 0; i < SUM_KEYS; i++)
        sum->keys[i] = i < count && keys[i] ? keys[i] : "";
    sum->currency = currency;
    return sum;
}

struct sum *sums_by(struct sums *sums, const char *key, const char *currency) {
    return sums_of(sums, &key, 1, currency);
}

struct sum *sums_find(const struct sums *sums, const char *const keys[], size_t count,
                      const char *currency) {
    char place[JOINED_SIZE];
    const char *text = joined(sums->arena, keys, count, currency ? currency : "", place);
    size_t number = text ? projection_ids_find(&sums->ids, text) : PROJECTION_ID_NONE;
    return number == PROJECTION_ID_NONE ? NULL : &sums->list[number];
}

static int by_keys(const void *a, const void *b) {
    const struct sum *left = a;
    const struct sum *right = b;
    int order = 0;
    for (size_t i = 0; i < SUM_KEYS && !order; i++)
        order = strcmp(left->keys[i], right->keys[i]);
    return order ? order : strcmp(left->currency, right->currency);
}

static int by_number(const void *a, const void *b, void *context) {
    const struct sum *left = a;
    const struct sum *right = b;
    size_t number = *(const size_t *)context;
    if (!*left->currency != !*right->currency)
        return *left->currency ? -1 : 1;
    int currency = strcmp(left->currency, right->currency);
    if (currency)
        return currency;
    if (left->numbers[number] != right->numbers[number])
        return left->numbers[number] > right->numbers[number] ? -1 : 1;
    return by_keys(a, b);
}

void sums_sort(struct sums *sums) {
    if (sums->ids.count)
        qsort(sums->list, sums->ids.count, sizeof(struct sum), by_keys);
}

void sums_sort_by_number(struct sums *sums, size_t number) {
    if (sums->ids.count)
        qsort_r(sums->list, sums->ids.count, sizeof(struct sum), by_number, &number);
}

const char *sum_text(const char *text) {
    return *text ? text : NULL;
}
