// Taking blocks in.
#include "store.h"

#include <inttypes.h>
#include <stdlib.h>

#include "store_internal.h"

enum ledger_err store_follow(const struct store *store, const struct block *block,
                             const struct ledger_merkle *tree_after, struct store_end *end,
                             struct ledger_error *error) {
    if (block->first != end->head + 1 || block->epoch != store->identity.epoch ||
        block->recorded_at <= end->recorded_at || block_last(block) != tree_after->size)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the block at position %" PRIu64 " does not follow position %" PRIu64,
                           block->first, end->head);
    end->head = block_last(block);
    end->recorded_at = block->recorded_at;
    end->tree = *tree_after;
    return LEDGER_E_OK;
}

// Is the tree after the block stored with it?
static bool keeps_tree(uint64_t head_before, uint64_t head_after) {
    return head_before == 0 || head_before / STORE_TREE_EVENTS != head_after / STORE_TREE_EVENTS;
}

static void put_block(struct store *store, struct ledger_kv_txn *txn, uint64_t last,
                      struct ledger_span bytes, const struct ledger_merkle *tree) {
    uint8_t key[8];
    ledger_key_u64(key, last);
    ledger_kv_append(txn, store->blocks, ledger_span_of(key, sizeof key), bytes);
    if (tree != NULL)
        store_put_tree(store, txn, tree);
}

enum ledger_err store_apply(struct store *store, struct ledger_kv_txn *txn,
                            struct ledger_span bytes, const struct ledger_merkle *tree_after,
                            struct store_end *end, struct ledger_error *error) {
    struct block block;
    uint64_t head = end->head;
    enum ledger_err err = block_open(bytes, &block, error);
    if (err == LEDGER_E_OK)
        err = store_follow(store, &block, tree_after, end, error);
    if (err != LEDGER_E_OK)
        return err;
    put_block(store, txn, end->head, bytes, keeps_tree(head, end->head) ? tree_after : NULL);
    return ledger_kv_failed(txn);
}

// ---- through the journal

// False: it is not for the journal, or there is no memory for a copy.
static bool pack(struct store *store, struct ledger_span bytes, uint64_t head,
                 const struct ledger_merkle *tree_after, struct pending_block *made) {
    if (store->journal == NULL || store->pending == NULL ||
        !journal_takes(store->journal, bytes.size))
        return false;
    *made = (struct pending_block){.first = head + 1, .last = tree_after->size};
    if (keeps_tree(head, made->last) && (made->tree = malloc(sizeof *made->tree)) == NULL)
        return false;
    made->memory = journal_pack(journal_run(store->journal), bytes, made->first);
    if (made->memory == NULL) {
        free(made->tree);
        return false;
    }
    if (made->tree != NULL)
        *made->tree = *tree_after;
    made->bytes = journal_block(made->memory, bytes.size);
    return true;
}

static enum ledger_err write_to_journal(struct store *store, struct pending_block *made,
                                        const struct ledger_merkle *tree_after,
                                        struct store_end *end, struct ledger_error *error) {
    struct block block;
    enum ledger_err err = block_parse(made->bytes, &block, error);
    if (err == LEDGER_E_OK)
        err = store_follow(store, &block, tree_after, end, error);
    if (err == LEDGER_E_OK)
        err = journal_write(store->journal, made->memory, made->bytes.size, error);
    if (err != LEDGER_E_OK) {
        free(made->memory);
        free(made->tree);
        return err;
    }
    pending_add(store->pending, made);
    return LEDGER_E_OK;
}

// ---- into the environment

static void put_pending(struct store *store, struct ledger_kv_txn *txn) {
    uint32_t count = store->pending == NULL ? 0 : pending_count(store->pending);
    for (uint32_t i = 0; i < count; i++) {
        const struct pending_block *block = &store->pending->blocks[i];
        put_block(store, txn, block->last, block->bytes, block->tree);
    }
}

// What was pending is settled. Readers that began before may still read it.
static void forget_pending(struct store *store) {
    if (store->journal == NULL || (store->pending != NULL && pending_count(store->pending) == 0))
        return;
    journal_restart(store->journal);
    struct pending *old = store->pending;
    struct pending *fresh = pending_new(journal_records_max(store->journal)); // NULL: none for now
    pthread_mutex_lock(&store->pending_lock);
    store->pending = fresh;
    pthread_mutex_unlock(&store->pending_lock);
    pending_release(old);
}

enum ledger_err store_add(struct store *store, struct ledger_span bytes,
                          const struct ledger_merkle *tree_after, struct store_end *end,
                          struct ledger_error *error) {
    struct pending_block made;
    struct ledger_kv_txn *txn;
    if (pack(store, bytes, end->head, tree_after, &made))
        return write_to_journal(store, &made, tree_after, end, error);
    enum ledger_err err = ledger_kv_write(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    put_pending(store, txn);
    err = store_apply(store, txn, bytes, tree_after, end, error);
    if (err != LEDGER_E_OK) {
        ledger_kv_abort(txn);
        return err;
    }
    err = ledger_kv_commit(txn, error);
    if (err == LEDGER_E_OK)
        forget_pending(store);
    return err;
}

enum ledger_err store_settle(struct store *store, struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    if (store->pending == NULL || pending_count(store->pending) == 0)
        return LEDGER_E_OK;
    enum ledger_err err = ledger_kv_write(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    put_pending(store, txn);
    err = ledger_kv_commit(txn, error);
    if (err == LEDGER_E_OK)
        forget_pending(store);
    return err;
}
