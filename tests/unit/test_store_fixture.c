#include "test_store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_BYTES = 16 << 20 };

enum ledger_err try_open_store(struct fixture *f, struct ledger_error *error) {
    struct store_options options = {
        .path = f->path, .map_bytes = MAP_BYTES, .journal_bytes = f->journal_bytes};
    return store_open(&f->store, &options, &f->end, error);
}

void open_store(struct fixture *f) {
    struct ledger_error error = {0};
    if (try_open_store(f, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

int store_fixture_setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-store-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    f->hasher = ledger_hasher_new();
    assert_non_null(f->hasher);
    open_store(f);
    *state = f;
    return 0;
}

int store_fixture_teardown(void **state) {
    struct fixture *f = *state;
    char command[100];
    store_close(&f->store);
    ledger_hasher_free(f->hasher);
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    int status = system(command);
    free(f);
    return status;
}

struct wanted next_block(const struct fixture *f) {
    return (struct wanted){.first = f->end.head + 1,
                           .epoch = f->store.identity.epoch,
                           .recorded_at = f->end.recorded_at + 1,
                           .tree_size = f->end.head + 1,
                           .record_size = 3};
}

void build_block(struct fixture *f, const struct wanted *wanted, struct block_builder *builder,
                 struct ledger_merkle *tree) {
    *tree = f->end.tree;
    uint8_t *place = block_builder_add(builder, wanted->record_size);
    assert_non_null(place);
    memset(place, 'x', wanted->record_size);
    memcpy(place, "abc", 3);
    struct ledger_hash leaf =
        ledger_merkle_leaf(f->hasher, ledger_span_of(place, wanted->record_size));
    struct block_seal seal = {.epoch = wanted->epoch,
                              .first = wanted->first,
                              .recorded_at = wanted->recorded_at,
                              .root_before = ledger_merkle_root(tree, f->hasher)};
    ledger_merkle_add(tree, f->hasher, &leaf);
    seal.root_after = ledger_merkle_root(tree, f->hasher);
    tree->size = wanted->tree_size;
    assert_int_equal(block_builder_seal(builder, &seal), LEDGER_E_OK);
}
