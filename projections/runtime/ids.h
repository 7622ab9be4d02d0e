// Ids, numbered in the order in which they are first met: for grouping rows by them.
#ifndef PROJECTION_IDS_H
#define PROJECTION_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"

#define PROJECTION_ID_NONE SIZE_MAX

struct projection_ids {
    struct ledger_arena *arena;
    const char **texts; // by number
    size_t count;
    size_t capacity;
    size_t *slots; // number + 1; 0 = free
    size_t slot_count;
};

// {.arena = …} is an empty set. The id is copied. PROJECTION_ID_NONE when out of memory.
size_t projection_ids_add(struct projection_ids *ids, const char *id);
// PROJECTION_ID_NONE if it is not there.
size_t projection_ids_find(const struct projection_ids *ids, const char *id);

// An array in an arena that grows by doubling. `*items` holds `*capacity` of `size` bytes, and is
// moved when `count` reaches it; new places are zero. False when out of memory.
bool projection_grow(struct ledger_arena *arena, void *items, size_t *capacity, size_t count,
                     size_t size);

#endif
