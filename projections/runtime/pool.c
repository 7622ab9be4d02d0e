// Rows on their way into the model. A tree takes rows that come in order of their keys several
// times faster than such that come in the order of the ledger, so a batch keeps them until there
// are many.
#include <stdlib.h>

#include "projection_internal.h"

enum { POOL_BYTES_MAX = 48 << 20 };

void row_pool_fini(struct row_pool *pool) {
    ledger_buffer_fini(&pool->bytes);
    free(pool->rows);
    *pool = (struct row_pool){0};
}

bool row_pool_is_full(const struct row_pool *pool) {
    return pool->bytes.size >= POOL_BYTES_MAX;
}

static uint64_t prefix_of(struct ledger_span key) {
    uint8_t bytes[8] = {0};
    memcpy(bytes, key.data, key.size < sizeof bytes ? key.size : sizeof bytes);
    return ledger_key_u64_read(bytes);
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
    pool->rows[pool->count++] = (struct pooled_row){.prefix = prefix_of(key),
                                                    .offset = pool->bytes.size,
                                                    .key_size = (uint32_t)key.size,
                                                    .value_size = (uint32_t)value_size};
    pool->bytes.size += key.size + value_size;
    return place + key.size;
}

static int by_key(const void *a, const void *b, void *bytes) {
    const struct pooled_row *left = a;
    const struct pooled_row *right = b;
    if (left->prefix != right->prefix)
        return left->prefix < right->prefix ? -1 : 1;
    const uint8_t *base = bytes;
    size_t shorter = left->key_size < right->key_size ? left->key_size : right->key_size;
    int order = memcmp(base + left->offset, base + right->offset, shorter);
    return order ? order : (left->key_size > right->key_size) - (left->key_size < right->key_size);
}

void row_pool_put(struct row_pool *pool, struct ledger_kv_txn *txn, struct ledger_kv_table table) {
    if (!pool->count)
        return;
    qsort_r(pool->rows, pool->count, sizeof *pool->rows, by_key, pool->bytes.data);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, table);
    for (size_t i = 0; i < pool->count; i++) {
        const struct pooled_row *row = &pool->rows[i];
        const uint8_t *key = pool->bytes.data + row->offset;
        uint8_t *place;
        ledger_kv_cursor_put_reserve(cursor, ledger_span_of(key, row->key_size), row->value_size,
                                     &place);
        if (!place)
            break; // the transaction keeps the failure
        memcpy(place, key + row->key_size, row->value_size);
    }
    ledger_kv_cursor_close(cursor);
    ledger_buffer_clear(&pool->bytes);
    pool->count = 0;
}
