// Opening and closing a store, and where its log ends.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store_internal.h"

// ---- where the environment ends

enum ledger_err store_add_leaves(const struct block *block, struct ledger_merkle *tree,
                                 struct ledger_hasher *hasher, struct ledger_error *error) {
    for (uint32_t i = 0; i < block->count; i++) {
        struct ledger_span record;
        enum ledger_err err = block_record(block, i, &record);
        if (err != LEDGER_E_OK)
            return ledger_fail(error, err, NULL, "the record at position %" PRIu64 " is damaged",
                               block->first + i);
        struct ledger_hash leaf = ledger_merkle_leaf(hasher, record);
        ledger_merkle_add(tree, hasher, &leaf);
    }
    return LEDGER_E_OK;
}

enum ledger_err store_check_root(const struct block *block, const struct ledger_merkle *tree,
                                 struct ledger_hasher *hasher, struct ledger_error *error) {
    struct ledger_hash root = ledger_merkle_root(tree, hasher);
    if (block_last(block) != tree->size ||
        memcmp(root.bytes, block->root_after, LEDGER_HASH_SIZE) != 0)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the block that ends at position %" PRIu64 " does not agree with the "
                           "Merkle tree",
                           block_last(block));
    return LEDGER_E_OK;
}

// The stored tree is a little behind the log: brings it to the end, and checks the last block.
static enum ledger_err walk_end(struct store *store, struct ledger_kv_txn *txn,
                                struct ledger_hasher *hasher, struct store_end *end,
                                struct ledger_error *error) {
    uint8_t key[8];
    struct ledger_kv_pair pair;
    struct block block;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, store->blocks);
    uint64_t stored = end->tree.size; // the block that ends there is looked at as well
    ledger_key_u64(key, stored != 0 ? stored : 1);
    bool found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    enum ledger_err err = found ? LEDGER_E_OK : ledger_kv_cursor_failed(cursor);
    if (!found && err == LEDGER_E_OK && stored != 0)
        err = ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                          "the log ends before position %" PRIu64 ", where its tree is", stored);
    else if (err != LEDGER_E_OK)
        ledger_fail(error, err, NULL, "reading the end of the log");
    for (; err == LEDGER_E_OK && found; found = ledger_kv_next(cursor, &pair)) {
        err = block_open(pair.value, &block, error);
        if (err == LEDGER_E_OK && block.first > stored)
            err = store_add_leaves(&block, &end->tree, hasher, error);
        if (err == LEDGER_E_OK)
            err = store_check_root(&block, &end->tree, hasher, error);
        if (err != LEDGER_E_OK)
            break;
        end->head = block_last(&block);
        end->recorded_at = block.recorded_at;
    }
    if (err == LEDGER_E_OK && (err = ledger_kv_cursor_failed(cursor)) != LEDGER_E_OK)
        ledger_fail(error, err, NULL, "reading the end of the log");
    ledger_kv_cursor_close(cursor);
    return err;
}

enum ledger_err store_read_end(struct store *store, struct store_end *end,
                               struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    *end = (struct store_end){0};
    enum ledger_err err = ledger_kv_read(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_hasher *hasher = ledger_hasher_new();
    if (hasher == NULL)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
    else
        err = store_tree(store, txn, &end->tree, error);
    if (err == LEDGER_E_OK)
        err = walk_end(store, txn, hasher, end, error);
    ledger_hasher_free(hasher);
    ledger_kv_abort(txn);
    return err;
}

// ---- opening and closing

static enum ledger_err open_tables(struct store *store, const struct ledger_kv_options *options,
                                   struct ledger_error *error) {
    memset(store, 0, sizeof *store);
    store->checked = calloc(STORE_CHECKED_SETS, sizeof *store->checked);
    if (store->checked == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
    pthread_mutex_init(&store->pending_lock, NULL);
    enum ledger_err err = ledger_kv_open(options, &store->kv, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_table(store->kv, "meta", &store->meta, error);
    return err == LEDGER_E_OK ? ledger_kv_table(store->kv, "blocks", &store->blocks, error) : err;
}

enum ledger_err store_open(struct store *store, const struct store_options *options,
                           struct store_end *end, struct ledger_error *error) {
    struct ledger_kv_options kv = {.path = options->path,
                                   .map_bytes = options->map_bytes,
                                   .tables_max = 2,
                                   .unsafe_no_sync = options->unsafe_no_sync};
    enum ledger_err err = open_tables(store, &kv, error);
    if (err == LEDGER_E_OK)
        err = store_open_identity(store, error);
    if (err == LEDGER_E_OK)
        err = store_read_end(store, end, error);
    if (err == LEDGER_E_OK)
        err = store_recover(store, options, end, error);
    if (err == LEDGER_E_OK)
        err = store_begin_journal(store, options, error);
    if (err != LEDGER_E_OK)
        store_close(store);
    return err;
}

enum ledger_err store_create(struct store *store, const char *path, uint64_t map_bytes,
                             const struct ledger_log_identity *identity, struct store_end *end,
                             struct ledger_error *error) {
    struct ledger_kv_options options = {.path = path, .map_bytes = map_bytes, .tables_max = 2};
    struct ledger_kv_txn *txn;
    *end = (struct store_end){0};
    enum ledger_err err = open_tables(store, &options, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_write(store->kv, &txn, error);
    if (err == LEDGER_E_OK) {
        store_put_identity(store, txn, identity);
        err = ledger_kv_commit(txn, error);
    }
    if (err != LEDGER_E_OK)
        store_close(store);
    return err;
}

enum ledger_err store_open_read_only(struct store *store, const char *path,
                                     struct ledger_error *error) {
    struct ledger_kv_options options = {.path = path, .tables_max = 2, .read_only = true};
    struct ledger_kv_txn *txn;
    enum ledger_err err = open_tables(store, &options, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_read(store->kv, &txn, error);
    if (err == LEDGER_E_OK) {
        err = store_read_identity(store, txn, error);
        ledger_kv_abort(txn);
    }
    if (err != LEDGER_E_OK)
        store_close(store);
    return err;
}

void store_close(struct store *store) {
    if (store->checked == NULL)
        return;
    if (store->journal != NULL)
        store_end_journal(store);
    pending_release(store->pending);
    ledger_kv_close(store->kv);
    pthread_mutex_destroy(&store->pending_lock);
    free(store->checked);
    memset(store, 0, sizeof *store);
}
