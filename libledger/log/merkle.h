// The right edge of an RFC 6962 Merkle tree: enough to add leaves and know the root.
#ifndef LEDGER_LOG_MERKLE_H
#define LEDGER_LOG_MERKLE_H

#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"

enum { LEDGER_HASH_SIZE = 32, LEDGER_MERKLE_LEVELS = 64 };

struct ledger_hash {
    uint8_t bytes[LEDGER_HASH_SIZE];
};

// Plain data. {0} is the empty tree. edge[k] is the root of the complete subtree of 2^k leaves
// that stands where bit k of size is set.
struct ledger_merkle {
    uint64_t size;
    struct ledger_hash edge[LEDGER_MERKLE_LEVELS];
};

// Hashing state of one thread.
struct ledger_hasher;
struct ledger_hasher *ledger_hasher_new(void); // NULL when out of memory
void ledger_hasher_free(struct ledger_hasher *hasher);

struct ledger_hash ledger_merkle_leaf(struct ledger_hasher *hasher, struct ledger_span record);
void ledger_merkle_add(struct ledger_merkle *tree, struct ledger_hasher *hasher,
                       const struct ledger_hash *leaf);
struct ledger_hash ledger_merkle_root(const struct ledger_merkle *tree,
                                      struct ledger_hasher *hasher);

// For storage: the size, then the edge hashes that are set, lowest first.
enum { LEDGER_MERKLE_PACKED_MAX = 8 + LEDGER_MERKLE_LEVELS * LEDGER_HASH_SIZE };
size_t ledger_merkle_pack(const struct ledger_merkle *tree, uint8_t place[]);
LEDGER_MUST_CHECK enum ledger_err ledger_merkle_unpack(struct ledger_merkle *tree,
                                                       struct ledger_span bytes);

#endif
