// The tree against the published reference tree of RFC 6962, and its stored form.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "log/merkle.h"

static const char *const leaves[] = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
};
enum { LEAVES = sizeof leaves / sizeof *leaves };

// roots[n]: of the first n leaves.
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static size_t from_hex(const char *text, uint8_t *bytes) {
    size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    return size;
}

static void assert_root(const struct ledger_merkle *tree, struct ledger_hasher *hasher) {
    uint8_t want[LEDGER_HASH_SIZE];
    from_hex(roots[tree->size], want);
    struct ledger_hash root = ledger_merkle_root(tree, hasher);
    assert_memory_equal(root.bytes, want, sizeof want);
}

static void roots_are_those_of_the_reference_tree(void **state) {
    (void)state;
    struct ledger_hasher *hasher = ledger_hasher_new();
    struct ledger_merkle tree = {0};
    assert_non_null(hasher);
    assert_root(&tree, hasher);
    for (size_t i = 0; i < LEAVES; i++) {
        uint8_t bytes[32];
        size_t size = from_hex(leaves[i], bytes);
        struct ledger_hash leaf = ledger_merkle_leaf(hasher, ledger_span_of(bytes, size));
        ledger_merkle_add(&tree, hasher, &leaf);
        assert_root(&tree, hasher);
    }
    ledger_hasher_free(hasher);
}

static void a_stored_tree_goes_on_as_if_it_had_not_been(void **state) {
    (void)state;
    struct ledger_hasher *hasher = ledger_hasher_new();
    struct ledger_merkle whole = {0}, stored = {0};
    for (uint8_t i = 0; i < 200; i++) {
        uint8_t packed[LEDGER_MERKLE_PACKED_MAX];
        struct ledger_hash leaf = ledger_merkle_leaf(hasher, ledger_span_of(&i, 1));
        ledger_merkle_add(&whole, hasher, &leaf);
        ledger_merkle_add(&stored, hasher, &leaf);
        size_t size = ledger_merkle_pack(&stored, packed);
        struct ledger_merkle read;
        assert_int_equal(ledger_merkle_unpack(&read, ledger_span_of(packed, size)), LEDGER_E_OK);
        assert_int_equal(ledger_merkle_unpack(&stored, ledger_span_of(packed, size - 1)),
                         LEDGER_E_CORRUPT);
        stored = read;
        struct ledger_hash a = ledger_merkle_root(&whole, hasher);
        struct ledger_hash b = ledger_merkle_root(&stored, hasher);
        assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
    }
    ledger_hasher_free(hasher);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_the_reference_tree),
        cmocka_unit_test(a_stored_tree_goes_on_as_if_it_had_not_been),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
