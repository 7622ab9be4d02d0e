// Blocks that the journal has and the log's environment has not yet, in memory, for reading.
//
// The writer alone adds; readers hold the list while they read. A list is left behind when the
// environment has taken in what it has.
#ifndef LEDGER_LOG_PENDING_H
#define LEDGER_LOG_PENDING_H

#include <stdatomic.h>
#include <stdint.h>

#include "ledger/span.h"
#include "merkle.h"

struct pending_block {
    uint64_t first, last;       // positions
    struct ledger_span bytes;   // the block
    struct ledger_merkle *tree; // after it; NULL: it need not be stored
    uint8_t *memory;            // that holds it
};

struct pending {
    atomic_uint holders;
    _Atomic uint32_t count; // a block is whole before it counts
    uint32_t capacity;
    struct pending_block blocks[];
};

// Held once. NULL when out of memory.
struct pending *pending_new(uint32_t capacity);
void pending_hold(struct pending *pending);    // NULL is allowed, here and below
void pending_release(struct pending *pending); // with its blocks' memory

static inline uint32_t pending_count(const struct pending *pending) {
    return atomic_load_explicit(&pending->count, memory_order_acquire);
}
// Of how many blocks the last position is beyond `position`. NULL is allowed.
uint32_t pending_count_after(const struct pending *pending, uint64_t position);
// Takes the block's memory and tree. There must be room.
void pending_add(struct pending *pending, const struct pending_block *block);
// The block that holds the position, if one does.
const struct pending_block *pending_find(const struct pending *pending, uint64_t position);

#endif
