#include "ids.h"

#include <stdbool.h>
#include <string.h>

bool projection_grow(struct ledger_arena *arena, void *items, size_t *capacity, size_t count,
                     size_t size) {
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? 2 * *capacity : 32;
    if (wanted > SIZE_MAX / size)
        return false;
    void *grown = ledger_arena_calloc(arena, wanted * size);
    if (!grown)
        return false;
    void *old;
    memcpy(&old, items, sizeof old);
    if (count)
        memcpy(grown, old, count * size);
    memcpy(items, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}

// FNV-1a
static size_t hash(const char *id) {
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (const char *at = id; *at; at++)
        sum = (sum ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    return (size_t)(sum ^ sum >> 32);
}

static size_t *slot_of(const struct projection_ids *ids, const char *id) {
    size_t mask = ids->slot_count - 1;
    size_t slot = hash(id) & mask;
    while (ids->slots[slot] && strcmp(ids->texts[ids->slots[slot] - 1], id) != 0)
        slot = (slot + 1) & mask;
    return &ids->slots[slot];
}

size_t projection_ids_find(const struct projection_ids *ids, const char *id) {
    return ids->slot_count ? *slot_of(ids, id) - 1 : PROJECTION_ID_NONE;
}

static bool make_room(struct projection_ids *ids) {
    if (2 * (ids->count + 1) <= ids->slot_count)
        return true;
    size_t slot_count = ids->slot_count ? 2 * ids->slot_count : 64;
    size_t *slots = ledger_arena_calloc(ids->arena, slot_count * sizeof *slots);
    if (!slots)
        return false;
    ids->slots = slots;
    ids->slot_count = slot_count;
    for (size_t i = 0; i < ids->count; i++)
        *slot_of(ids, ids->texts[i]) = i + 1;
    return true;
}

size_t projection_ids_add(struct projection_ids *ids, const char *id) {
    size_t known = projection_ids_find(ids, id);
    if (known != PROJECTION_ID_NONE)
        return known;
    if (!make_room(ids) ||
        !projection_grow(ids->arena, &ids->texts, &ids->capacity, ids->count, sizeof *ids->texts))
        return PROJECTION_ID_NONE;
    char *copy = ledger_arena_copy(ids->arena, id, strlen(id) + 1);
    if (!copy)
        return PROJECTION_ID_NONE;
    ids->texts[ids->count] = copy;
    *slot_of(ids, id) = ids->count + 1;
    return ids->count++;
}
