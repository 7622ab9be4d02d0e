// The commit block: what one group commit stores, and the unit of replication.
//
//   offset  size  what
//   0       4     magic "FLB0"
//   4       2     format version, 0
//   6       2     flags, 0
//   8       8     epoch of the ledger
//   16      8     position of the first record
//   24      4     count of records, at least 1
//   28      4     size of the body
//   32      8     recorded_at: microseconds since 1970-01-01T00:00:00Z, of all its records
//   40      32    Merkle root of all records before this block
//   72      32    Merkle root including this block
//   104     4     CRC-32C of the whole block with these four bytes left out
//   108     4     0
//   112     body  each record as 0x0A, its size as a varint, its bytes: entries of
//                 `repeated Record records = 1`, so that a page is a copy of stored bytes
//   ...     4*n   offset of each entry within the body
//
// Numbers are little-endian. A block is stored under its last position, big-endian, so that the
// first key >= p is the block that holds p.
#ifndef LEDGER_LOG_BLOCK_H
#define LEDGER_LOG_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"
#include "merkle.h"

enum { BLOCK_HEADER_SIZE = 112, BLOCK_FORMAT = 0 };

// A stored block, borrowed.
struct block {
    uint64_t epoch;
    uint64_t first;
    uint32_t count;
    int64_t recorded_at;
    const uint8_t *root_before;
    const uint8_t *root_after;
    struct ledger_span body;
    const uint8_t *offsets;
};

static inline uint64_t block_last(const struct block *block) {
    return block->first + block->count - 1;
}

// LEDGER_E_FORMAT: another version. LEDGER_E_CORRUPT: sizes that cannot be. Looks at the header
// only.
LEDGER_MUST_CHECK enum ledger_err block_parse(struct ledger_span bytes, struct block *block,
                                              struct ledger_error *error);
// LEDGER_E_CORRUPT: the checksum is wrong. One pass over a block that was parsed.
LEDGER_MUST_CHECK enum ledger_err block_check(struct ledger_span bytes, const struct block *block,
                                              struct ledger_error *error);
// Both.
LEDGER_MUST_CHECK enum ledger_err block_open(struct ledger_span bytes, struct block *block,
                                             struct ledger_error *error);

// The entries of records i .. i+n-1, as they stand in the body.
struct ledger_span block_entries(const struct block *block, uint32_t i, uint32_t n);
// Where a block's header lies, and the offset of the entry at a position; `last` is the block's.
// For fetching ahead: nothing is looked at.
static inline const uint8_t *block_header_place(struct ledger_span bytes) {
    return bytes.data;
}
static inline const uint8_t *block_offset_place(struct ledger_span bytes, uint64_t position,
                                                uint64_t last) {
    uint64_t back = 4 * (last - position + 1);
    return back < bytes.size ? bytes.data + bytes.size - back : bytes.data;
}
// The bytes of record i. LEDGER_E_CORRUPT if its entry is not well formed.
LEDGER_MUST_CHECK enum ledger_err block_record(const struct block *block, uint32_t i,
                                               struct ledger_span *record);

// ---- making one
struct block_builder {
    struct ledger_buffer bytes;   // header, body; then offsets
    struct ledger_buffer offsets; // u32 each
    uint32_t count;
};
void block_builder_fini(struct block_builder *builder);
void block_builder_clear(struct block_builder *builder);
// Room for a record of `size` bytes; NULL when out of memory. Fill it before the next call.
uint8_t *block_builder_add(struct block_builder *builder, size_t size);
static inline size_t block_builder_size(const struct block_builder *builder) {
    return builder->bytes.size;
}
// Record i, as added.
struct ledger_span block_builder_record(const struct block_builder *builder, uint32_t i);

struct block_seal {
    uint64_t epoch;
    uint64_t first;
    int64_t recorded_at;
    struct ledger_hash root_before;
    struct ledger_hash root_after;
};
// Writes header, offsets and checksum; the block's bytes are then builder->bytes.
// LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err block_builder_seal(struct block_builder *builder,
                                                     const struct block_seal *seal);

#endif
