// The log environment: what it refuses to apply, and what it refuses to open.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "test_store_fixture.h"

static enum ledger_err apply(struct fixture *f, const struct wanted *wanted) {
    struct block_builder builder = {0};
    struct ledger_merkle tree;
    build_block(f, wanted, &builder, &tree);
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
    struct wanted wanted = next_block(f);
    assert_int_equal(apply(f, &wanted), LEDGER_E_OK);
    assert_int_equal(f->end.head, 1);
    wanted = next_block(f);
    wanted.first++;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next_block(f);
    wanted.first--;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next_block(f);
    wanted.epoch++;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next_block(f);
    wanted.recorded_at--;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next_block(f);
    wanted.tree_size++;
    assert_int_equal(apply(f, &wanted), LEDGER_E_CORRUPT);
    wanted = next_block(f);
    assert_int_equal(apply(f, &wanted), LEDGER_E_OK);
    assert_int_equal(f->end.head, 2);
}

static void what_was_applied_is_there_after_opening_again(void **state) {
    struct fixture *f = *state;
    struct ledger_uuid id = f->store.identity.ledger_id;
    for (int i = 0; i < 3; i++) {
        struct wanted wanted = next_block(f);
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
    struct wanted wanted = next_block(f);
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
    assert_int_equal(try_open_store(f, &error), LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "position 1"));
}

int main(void) {
#define STORE_TEST(name)                                                                           \
    cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(only_the_next_block_is_applied),
        STORE_TEST(what_was_applied_is_there_after_opening_again),
        STORE_TEST(a_tree_that_is_not_the_last_blocks_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
