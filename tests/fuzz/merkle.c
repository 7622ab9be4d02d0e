// The stored right edge of the Merkle tree: what unpacks is what was packed, and can be added to.
#include "log/merkle.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ledger_hasher *hasher;
    struct ledger_merkle tree;
    uint8_t packed[LEDGER_MERKLE_PACKED_MAX];
    if (hasher == NULL)
        hasher = ledger_hasher_new();
    MUST(hasher != NULL);
    enum ledger_err err = ledger_merkle_unpack(&tree, ledger_span_of(data, size));
    if (err != LEDGER_E_OK) {
        MUST(err == LEDGER_E_CORRUPT);
        return 0;
    }
    MUST(ledger_span_equal(ledger_span_of(packed, ledger_merkle_pack(&tree, packed)),
                           ledger_span_of(data, size)));
    uint64_t before = tree.size;
    struct ledger_hash leaf = ledger_merkle_leaf(hasher, ledger_span_of(data, size));
    (void)ledger_merkle_root(&tree, hasher);
    if (before == UINT64_MAX)
        return 0; // no log comes to 2^64 records
    ledger_merkle_add(&tree, hasher, &leaf);
    MUST(tree.size == before + 1);
    struct ledger_merkle again;
    size_t room = ledger_merkle_pack(&tree, packed);
    MUST(ledger_merkle_unpack(&again, ledger_span_of(packed, room)) == LEDGER_E_OK);
    return 0;
}
