// The log environment: what it refuses to apply, and what it refuses to open.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/store.h"

struct fixture {
    char path[64];
    struct store store;
    struct store_end end;
    struct ledger_hasher *hasher;
};

static void open_store(struct fixture *f) {
    struct ledger_error error = {0};
    if (store_open(&f->store, f->path, 16u << 20, false, &f->end, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-store-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    f->hasher = ledger_hasher_new();
    assert_non_null(f->hasher);
    open_store(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char command[100];
    store_close(&f->store);
    ledger_hasher_free(f->hasher);
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    int status = system(command);
    free(f);
    return status;
}

// A block of one record that follows the end, unless `seal` says otherwise.
struct wanted {
    uint64_t first, epoch;
    int64_t recorded_at;
    uint64_t tree_size;
};

static struct wanted next(const struct fixture *f) {
    return (struct wanted){.first = f->end.head + 1,
                           .epoch = f->store.identity.epoch,
                           .recorded_at = f->end.recorded_at + 1,
                           .tree_size = f->end.head + 1};
}

static enum ledger_err apply(struct fixture *f, const struct wanted *wanted) {
    struct block_builder builder = {0};
    struct ledger_merkle tree = f->end.tree;
    uint8_t *place = block_builder_add(&builder, 3);
    assert_non_null(place);
    memcpy(place, "abc", 3);
    struct ledger_hash leaf = ledger_merkle_leaf(f->hasher, ledger_span_text("abc"));
    struct block_seal seal = {.epoch = wanted->epoch,
                              .first = wanted->first,
                              .recorded_at = wanted->recorded_at,
                              .root_before = ledger_merkle_root(&tree, f->hasher)};
    ledger_merkle_add(&tree, f->hasher, &leaf);
    seal.root_after = ledger_merkle_root(&tree, f->hasher);
    tree.size = wanted->tree_size;
    assert_int_equal(block_builder_seal(&builder, &seal), LEDGER_E_OK);
    struct ledger_kv_txn *txn;
    assert_int_equal(ledger_kv_write(f->store.kv, &txn, NULL), LEDGER_E_OK);
    struct store_end end = f->end;
    enum ledger_err err =
        store_apply(&f->store, txn, ledger_buffer_span(&builder.bytes), &tree, &end, NULL);
    if (err == LEDGER_E_OK) {
        f->end = end;
        assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
    } else {
        ledger_kv_abort(txn);
    }
    block_builder_fini(&builder);
    return err;
}

static void only_the_next_block_is_applied(void **state) {
    struct fixture *f = *state;
    struct wanted wanted = next(f);
    assert_int_equal(apply(f, &wanted), LEDGER_E_OK);
    assert_int_equal(f->end.head, 1);
    wanted = next(f);
    wanted.first++;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next(f);
    wanted.first--;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next(f);
    wanted.epoch++;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next(f);
    wanted.recorded_at--;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next(f);
    wanted.tree_size++;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next(f);
    assert_int_equal(apply(f, &wanted), LEDGER_E_OK);
    assert_int_equal(f->end.head, 2);
}

static void what_was_applied_is_there_after_opening_again(void **state) {
    struct fixture *f = *state;
    struct ledger_uuid id = f->store.identity.ledger_id;
    for (int i = 0; i < 3; i++) {
        struct wanted wanted = next(f);
        assert_int_equal(apply(f, &wanted), LEDGER_E_OK);
    }
    struct store_end before = f->end;
    store_close(&f->store);
    open_store(f);
    assert_memory_equal(&id, &f->store.identity.ledger_id, sizeof id);
    assert_int_equal(f->end.head, 3);
    assert_int_equal(f->end.recorded_at, before.recorded_at);
    assert_memory_equal(&f->end.tree, &before.tree, sizeof before.tree);
}

static void a_tree_that_is_not_the_last_blocks_is_refused(void **state) {
    struct fixture *f = *state;
    struct wanted wanted = next(f);
    assert_int_equal(apply(f, &wanted), LEDGER_E_OK);
    uint8_t packed[LEDGER_MERKLE_PACKED_MAX];
    struct ledger_merkle other = {0};
    struct ledger_hash leaf = ledger_merkle_leaf(f->hasher, ledger_span_text("other"));
    ledger_merkle_add(&other, f->hasher, &leaf);
    size_t size = ledger_merkle_pack(&other, packed);
    struct ledger_kv_txn *txn;
    assert_int_equal(ledger_kv_write(f->store.kv, &txn, NULL), LEDGER_E_OK);
    ledger_kv_put(txn, f->store.meta, ledger_span_text("tree"), ledger_span_of(packed, size));
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
    store_close(&f->store);
    struct ledger_error error = {0};
    assert_int_equal(store_open(&f->store, f->path, 16u << 20, false, &f->end, &error),
                     LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "position 1"));
}

int main(void) {
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(only_the_next_block_is_applied),
        STORE_TEST(what_was_applied_is_there_after_opening_again),
        STORE_TEST(a_tree_that_is_not_the_last_blocks_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
