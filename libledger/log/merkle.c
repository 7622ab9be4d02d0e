#include "merkle.h"

// The plain functions: a leaf is a few hundred bytes, and EVP's layers cost a third of its hashing.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

struct ledger_hasher {
    SHA256_CTX context;
};

struct ledger_hasher *ledger_hasher_new(void) {
    return calloc(1, sizeof(struct ledger_hasher));
}

void ledger_hasher_free(struct ledger_hasher *hasher) {
    free(hasher);
}

// prefix ‖ bytes. SHA-256 of bytes in memory cannot fail; if it does, the process is beyond help.
static struct ledger_hash hash(struct ledger_hasher *hasher, struct ledger_span prefix,
                               struct ledger_span bytes) {
    struct ledger_hash out;
    if (SHA256_Init(&hasher->context) != 1 ||
        SHA256_Update(&hasher->context, prefix.data, prefix.size) != 1 ||
        (bytes.size != 0 && SHA256_Update(&hasher->context, bytes.data, bytes.size) != 1) ||
        SHA256_Final(out.bytes, &hasher->context) != 1)
        abort();
    return out;
}

struct ledger_hash ledger_merkle_leaf(struct ledger_hasher *hasher, struct ledger_span record) {
    static const uint8_t prefix = 0x00;
    return hash(hasher, ledger_span_of(&prefix, 1), record);
}

static struct ledger_hash node(struct ledger_hasher *hasher, const struct ledger_hash *left,
                               const struct ledger_hash *right) {
    uint8_t bytes[1 + 2 * LEDGER_HASH_SIZE] = {0x01};
    memcpy(bytes + 1, left->bytes, LEDGER_HASH_SIZE);
    memcpy(bytes + 1 + LEDGER_HASH_SIZE, right->bytes, LEDGER_HASH_SIZE);
    return hash(hasher, ledger_span_of(bytes, sizeof bytes), ledger_span_of(NULL, 0));
}

void ledger_merkle_add(struct ledger_merkle *tree, struct ledger_hasher *hasher,
                       const struct ledger_hash *leaf) {
    struct ledger_hash h = *leaf;
    int level = 0;
    for (uint64_t size = tree->size; size & 1; size >>= 1, level++)
        h = node(hasher, &tree->edge[level], &h);
    tree->edge[level] = h;
    tree->size++;
}

struct ledger_hash ledger_merkle_root(const struct ledger_merkle *tree,
                                      struct ledger_hasher *hasher) {
    struct ledger_hash root = {0};
    bool any = false;
    for (int level = 0; level < LEDGER_MERKLE_LEVELS; level++) {
        if ((tree->size >> level & 1) == 0)
            continue;
        const struct ledger_hash *edge = &tree->edge[level];
        root = any ? node(hasher, edge, &root) : *edge;
        any = true;
    }
    if (!any) // RFC 6962: the root of an empty tree is the hash of nothing
        root = hash(hasher, ledger_span_of("", 0), ledger_span_of(NULL, 0));
    return root;
}

size_t ledger_merkle_pack(const struct ledger_merkle *tree, uint8_t place[]) {
    le_write64(place, tree->size);
    size_t size = 8;
    for (int level = 0; level < LEDGER_MERKLE_LEVELS; level++) {
        if ((tree->size >> level & 1) == 0)
            continue;
        memcpy(place + size, tree->edge[level].bytes, LEDGER_HASH_SIZE);
        size += LEDGER_HASH_SIZE;
    }
    return size;
}

enum ledger_err ledger_merkle_unpack(struct ledger_merkle *tree, struct ledger_span bytes) {
    *tree = (struct ledger_merkle){0};
    if (bytes.size < 8)
        return LEDGER_E_CORRUPT;
    tree->size = le_read64(bytes.data);
    size_t at = 8;
    for (int level = 0; level < LEDGER_MERKLE_LEVELS; level++) {
        if ((tree->size >> level & 1) == 0)
            continue;
        if (bytes.size - at < LEDGER_HASH_SIZE)
            return LEDGER_E_CORRUPT;
        memcpy(tree->edge[level].bytes, bytes.data + at, LEDGER_HASH_SIZE);
        at += LEDGER_HASH_SIZE;
    }
    return at == bytes.size ? LEDGER_E_OK : LEDGER_E_CORRUPT;
}
