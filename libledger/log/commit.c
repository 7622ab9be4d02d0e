// Making a block durable: hash its records, seal it, apply it, sync.
#include "log_internal.h"

static void hash_records(struct ledger_log *log, struct ledger_merkle *tree) {
    const struct block_builder *builder = &log->closed->builder;
    for (uint32_t i = 0; i < builder->count; i++) {
        struct ledger_hash leaf = ledger_merkle_leaf(log->hasher, block_builder_record(builder, i));
        ledger_merkle_add(tree, log->hasher, &leaf);
    }
}

static enum ledger_err store(struct ledger_log *log, const struct ledger_merkle *tree,
                             struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_write(log->store.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_span bytes = ledger_buffer_span(&log->closed->builder.bytes);
    err = store_apply(&log->store, txn, bytes, tree, &log->end, error);
    if (err == LEDGER_E_OK)
        return ledger_kv_commit(txn, error);
    ledger_kv_abort(txn);
    return err;
}

enum ledger_err commit_closed(struct ledger_log *log, struct ledger_error *error) {
    struct pending *block = log->closed;
    struct ledger_merkle tree = log->end.tree;
    hash_records(log, &tree);
    struct block_seal seal = {
        .epoch = log->store.identity.epoch,
        .first = block->first,
        .recorded_at = block->recorded_at,
        .root_before = log->root, // changed by nobody else
        .root_after = ledger_merkle_root(&tree, log->hasher),
    };
    block_builder_seal(&block->builder, &seal);
    enum ledger_err err = store(log, &tree, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&log->tail_lock);
    log->root = seal.root_after;
    log->recorded_at = block->recorded_at;
    atomic_store(&log->head, log->end.head);
    fold_touch(log);
    pthread_mutex_unlock(&log->tail_lock);
    return LEDGER_E_OK;
}
