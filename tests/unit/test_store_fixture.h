// A store in a folder of its own, and blocks for it.
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include "log/store.h"

struct fixture {
    char path[64];
    uint64_t journal_bytes; // 0 at first
    struct store store;
    struct store_end end;
    struct ledger_hasher *hasher;
};

int store_fixture_setup(void **state); // *state is a struct fixture, its store open
int store_fixture_teardown(void **state);
void open_store(struct fixture *f);
enum ledger_err try_open_store(struct fixture *f, struct ledger_error *error);

// What a block says of itself: as it must be, unless a test changes it.
struct wanted {
    uint64_t first, epoch;
    int64_t recorded_at;
    uint64_t tree_size;
    size_t record_size;
};
struct wanted next_block(const struct fixture *f);
// A block of one record that begins with "abc"; and the tree after it.
void build_block(struct fixture *f, const struct wanted *wanted, struct block_builder *builder,
                 struct ledger_merkle *tree);

#endif
