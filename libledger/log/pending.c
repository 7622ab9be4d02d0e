#include "pending.h"

#include <stdlib.h>

struct pending *pending_new(uint32_t capacity) {
    struct pending *pending = malloc(sizeof *pending + capacity * sizeof *pending->blocks);
    if (pending == NULL)
        return NULL;
    atomic_init(&pending->holders, 1);
    atomic_init(&pending->count, 0);
    pending->capacity = capacity;
    return pending;
}

void pending_hold(struct pending *pending) {
    if (pending != NULL)
        atomic_fetch_add_explicit(&pending->holders, 1, memory_order_relaxed);
}

void pending_release(struct pending *pending) {
    if (pending == NULL ||
        atomic_fetch_sub_explicit(&pending->holders, 1, memory_order_acq_rel) != 1)
        return;
    uint32_t count = atomic_load_explicit(&pending->count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        free(pending->blocks[i].memory);
        free(pending->blocks[i].tree);
    }
    free(pending);
}

void pending_add(struct pending *pending, const struct pending_block *block) {
    uint32_t count = atomic_load_explicit(&pending->count, memory_order_relaxed);
    pending->blocks[count] = *block;
    atomic_store_explicit(&pending->count, count + 1, memory_order_release);
}

// The first of `count` blocks whose last position is not before it.
static uint32_t first_to(const struct pending *pending, uint32_t count, uint64_t position) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (pending->blocks[middle].last < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t pending_count_after(const struct pending *pending, uint64_t position) {
    uint32_t count = pending == NULL ? 0 : pending_count(pending);
    return count - first_to(pending, count, position + 1);
}

const struct pending_block *pending_find(const struct pending *pending, uint64_t position) {
    uint32_t count = pending == NULL ? 0 : pending_count(pending);
    if (count == 0 || position < pending->blocks[0].first)
        return NULL;
    uint32_t at = first_to(pending, count, position);
    return at < count && position >= pending->blocks[at].first ? &pending->blocks[at] : NULL;
}
