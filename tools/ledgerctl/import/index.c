// Open addressing with linear probing, at most half full.
#include "index.h"

#include <stdlib.h>

static uint64_t hash_of(struct ledger_span key) {
    uint64_t hash = UINT64_C(14695981039346656037); // FNV-1a
    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ key.data[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32;
}

void import_index_fini(struct import_index *index) {
    free(index->keys);
    free(index->slots);
    *index = (struct import_index){0};
}

// The key's slot, or the free one where it belongs.
static size_t slot_of(const struct import_index *index, struct ledger_span key) {
    size_t mask = index->slot_count - 1;
    size_t slot = (size_t)hash_of(key) & mask;
    while (index->slots[slot] != 0 && !ledger_span_equal(index->keys[index->slots[slot] - 1], key))
        slot = (slot + 1) & mask;
    return slot;
}

bool import_index_find(const struct import_index *index, struct ledger_span key, size_t *number) {
    if (index->slot_count == 0)
        return false;
    uint32_t found = index->slots[slot_of(index, key)];
    if (found == 0)
        return false;
    *number = found - 1;
    return true;
}

static enum ledger_err grow(struct import_index *index) {
    if (index->count == index->capacity) {
        size_t capacity = index->capacity == 0 ? 64 : index->capacity * 2;
        struct ledger_span *keys = realloc(index->keys, capacity * sizeof *keys);
        if (keys == NULL)
            return LEDGER_E_NO_MEMORY;
        index->keys = keys;
        index->capacity = capacity;
    }
    if (index->count * 2 < index->slot_count)
        return LEDGER_E_OK;
    size_t slot_count = index->slot_count == 0 ? 128 : index->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL || index->count >= UINT32_MAX - 1) {
        free(slots);
        return LEDGER_E_NO_MEMORY;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = slot_count;
    for (size_t i = 0; i < index->count; i++)
        index->slots[slot_of(index, index->keys[i])] = (uint32_t)i + 1;
    return LEDGER_E_OK;
}

enum ledger_err import_index_add(struct import_index *index, struct ledger_arena *arena,
                                 struct ledger_span key, size_t *number, bool *added) {
    *added = false;
    if (import_index_find(index, key, number))
        return LEDGER_E_OK;
    enum ledger_err err = grow(index);
    if (err != LEDGER_E_OK)
        return err;
    const void *copy = ledger_arena_copy(arena, key.data, key.size);
    if (copy == NULL)
        return LEDGER_E_NO_MEMORY;
    size_t slot = slot_of(index, key);
    *number = index->count;
    index->keys[index->count++] = ledger_span_of(copy, key.size);
    index->slots[slot] = (uint32_t)index->count;
    *added = true;
    return LEDGER_E_OK;
}
