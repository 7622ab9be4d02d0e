// Rows on their way into the model. A tree takes rows that come in order of their keys several
// times faster than such that come in the order of the ledger, so a batch keeps them until there
// are many.
#include <stdlib.h>

#include "projection_internal.h"

void row_pool_fini(struct row_pool *pool) {
    ledger_buffer_fini(&pool->bytes);
    free(pool->rows);
    *pool = (struct row_pool){0};
}

static void take_prefix(struct ledger_span key, uint64_t prefix[2]) {
    uint8_t bytes[16] = {0};
    memcpy(bytes, key.data, key.size < sizeof bytes ? key.size : sizeof bytes);
    prefix[0] = ledger_key_u64_read(bytes);
    prefix[1] = ledger_key_u64_read(bytes + 8);
}

uint8_t *row_pool_add(struct row_pool *pool, struct ledger_span key, size_t value_size) {
    if (pool->count == pool->capacity) {
        size_t capacity = pool->capacity ? 2 * pool->capacity : 1024;
        struct pooled_row *grown = realloc(pool->rows, capacity * sizeof *grown);
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

static int by_key(const void *a, const void *b, void *bytes) {
    const struct pooled_row *left = a;
    const struct pooled_row *right = b;
    for (int i = 0; i < 2; i++)
        if (left->prefix[i] != right->prefix[i])
            return left->prefix[i] < right->prefix[i] ? -1 : 1;
    const uint8_t *base = bytes;
    size_t shorter = left->key_size < right->key_size ? left->key_size : right->key_size;
    int order = memcmp(base + left->offset, base + right->offset, shorter);
    if (!order)
        order = (left->key_size > right->key_size) - (left->key_size < right->key_size);
    return order ? order : (left->offset > right->offset) - (left->offset < right->offset);
}

void row_pool_clear(struct row_pool *pool) {
    ledger_buffer_clear(&pool->bytes);
    pool->count = 0;
}

void row_pool_sort(struct row_pool *pool) {
    if (pool->count)
        qsort_r(pool->rows, pool->count, sizeof *pool->rows, by_key, pool->bytes.data);
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
