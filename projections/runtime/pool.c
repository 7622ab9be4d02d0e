// Rows on their way into the model. A tree takes rows that come in order of their keys several
// times faster than such that come in the order of the ledger, so a batch keeps them until there
// are many.
#include <stdlib.h>

#include "projection_internal.h"

enum { SORTED_IN_PLACE = 16 };

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

void row_pool_fini(struct row_pool *pool) {
    ledger_buffer_fini(&pool->bytes);
    free(pool->rows);
    *pool = (struct row_pool){0};
}

static void take_prefix(struct ledger_span key, uint64_t prefix[POOLED_PREFIX]) {
    uint8_t bytes[8 * POOLED_PREFIX] = {0};
    memcpy(bytes, key.data, key.size < sizeof bytes ? key.size : sizeof bytes);
    for (int i = 0; i < POOLED_PREFIX; i++)
        prefix[i] = ledger_key_u64_read(bytes + 8 * i);
}

uint8_t *row_pool_add(struct row_pool *pool, struct ledger_span key, size_t value_size) {
    if (pool->count == pool->capacity) {
        size_t capacity = pool->capacity ? 2 * pool->capacity : 1024;
        struct pooled_row *grown = realloc(pool->rows, 2 * capacity * sizeof *grown);
        if (!grown)
            return NULL;
        pool->rows = grown;
        pool->capacity = capacity;
    }
    uint8_t *place = ledger_buffer_reserve(&pool->bytes, key.size + value_size);
    if (!place)
        return NULL;
    memcpy(place, key.data, key.size);
    struct pooled_row *row = &pool->rows[pool->count++];
    *row = (struct pooled_row){.offset = pool->bytes.size,
                               .key_size = (uint32_t)key.size,
                               .value_size = (uint32_t)value_size};
    take_prefix(key, row->prefix);
    pool->bytes.size += key.size + value_size;
    return place + key.size;
}

// Seldom asked: most keys differ in their prefixes.
static bool whole_key_before(const struct row_pool *pool, const struct pooled_row *left,
                             const struct pooled_row *right) {
    const uint8_t *base = pool->bytes.data;
    size_t shorter = left->key_size < right->key_size ? left->key_size : right->key_size;
    int order = memcmp(base + left->offset, base + right->offset, shorter);
    return order != 0 ? order < 0 : left->key_size < right->key_size;
}

static inline bool comes_before(const struct row_pool *pool, const struct pooled_row *left,
                                const struct pooled_row *right) {
    for (int i = 0; i < POOLED_PREFIX; i++)
        if (left->prefix[i] != right->prefix[i])
            return left->prefix[i] < right->prefix[i];
    return whole_key_before(pool, left, right);
}

void row_pool_clear(struct row_pool *pool) {
    ledger_buffer_clear(&pool->bytes);
    pool->count = 0;
}

// A few rows, in place.
static void sort_few(const struct row_pool *pool, struct pooled_row *rows, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct pooled_row row = rows[i];
        size_t at = i;
        for (; at != 0 && comes_before(pool, &row, &rows[at - 1]); at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

// Of two sorted neighbours, left[0..count) and left[count..both).
static void merge(const struct row_pool *pool, const struct pooled_row *left, size_t count,
                  size_t both, struct pooled_row *merged) {
    const struct pooled_row *left_end = left + count, *right = left_end, *end = left + both;
    while (left < left_end && right < end)
        *merged++ = comes_before(pool, right, left) ? *right++ : *left++;
    for (; left < left_end; left++)
        *merged++ = *left;
    for (; right < end; right++)
        *merged++ = *right;
}

// A merge sort of our own: the C library's calls a function for each comparison and each move, and
// took a quarter of a replay.
void row_pool_sort(struct row_pool *pool) {
    size_t count = pool->count;
    struct pooled_row *from = pool->rows, *to = pool->rows + pool->capacity;
    for (size_t i = 0; i < count; i += SORTED_IN_PLACE)
        sort_few(pool, from + i, smaller(count - i, SORTED_IN_PLACE));
    for (size_t width = SORTED_IN_PLACE; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width)
            merge(pool, from + i, smaller(count - i, width), smaller(count - i, 2 * width), to + i);
        struct pooled_row *merged = to;
        to = from;
        from = merged;
    }
    if (from != pool->rows)
        memcpy(pool->rows, from, count * sizeof *from);
}

struct ledger_kv_pair row_pool_at(const struct row_pool *pool, size_t i) {
    const struct pooled_row *row = &pool->rows[i];
    const uint8_t *key = pool->bytes.data + row->offset;
    return (struct ledger_kv_pair){ledger_span_of(key, row->key_size),
                                   ledger_span_of(key + row->key_size, row->value_size)};
}

void row_pool_put(struct row_pool *pool, struct ledger_kv_txn *txn, struct ledger_kv_table table) {
    if (!pool->count)
        return;
    row_pool_sort(pool);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, table);
    for (size_t i = 0; i < pool->count; i++) {
        struct ledger_kv_pair row = row_pool_at(pool, i);
        uint8_t *place;
        ledger_kv_cursor_put_reserve(cursor, row.key, row.value.size, &place);
        if (!place)
            break; // the transaction keeps the failure
        memcpy(place, row.value.data, row.value.size);
    }
    ledger_kv_cursor_close(cursor);
    row_pool_clear(pool);
}
