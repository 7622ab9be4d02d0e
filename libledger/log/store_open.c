// Opening a store: where the log ends, and what its journal has beyond that.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/logging.h"
#include "store_internal.h"

// ---- where the environment ends

static enum ledger_err add_leaves(const struct block *block, struct ledger_merkle *tree,
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

// Does the block say what the tree up to its end says?
static enum ledger_err check_root(const struct block *block, const struct ledger_merkle *tree,
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
            err = add_leaves(&block, &end->tree, hasher, error);
        if (err == LEDGER_E_OK)
            err = check_root(&block, &end->tree, hasher, error);
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

static enum ledger_err read_end(struct store *store, struct store_end *end,
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

// ---- what the journal has beyond it

// Goes through the blocks that a run left; into the environment with `txn`, else only looking.
static enum ledger_err take_leavings(struct store *store, struct ledger_kv_txn *txn,
                                     struct journal_leavings *leavings,
                                     struct ledger_hasher *hasher, struct store_end *end,
                                     struct ledger_error *error) {
    struct ledger_span bytes;
    enum ledger_err err;
    while ((err = journal_next(leavings, end->head + 1, &bytes, error)) == LEDGER_E_OK) {
        struct block block;
        struct ledger_merkle tree = end->tree;
        err = block_open(bytes, &block, error);
        if (err == LEDGER_E_OK)
            err = add_leaves(&block, &tree, hasher, error);
        if (err == LEDGER_E_OK)
            err = check_root(&block, &tree, hasher, error);
        if (err == LEDGER_E_OK)
            err = txn != NULL ? store_apply(store, txn, bytes, &tree, end, error)
                              : store_follow(store, &block, &tree, end, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return err == LEDGER_E_NOT_FOUND ? LEDGER_E_OK : err;
}

static enum ledger_err load_and_take(struct store *store, const char *path, uint64_t run,
                                     struct ledger_kv_txn *txn, struct store_end *end,
                                     struct ledger_error *error) {
    struct journal_leavings leavings;
    enum ledger_err err = journal_load(path, run, &leavings, error);
    if (err == LEDGER_E_NOT_FOUND)
        return ledger_fail(error, LEDGER_E_CORRUPT, "data",
                           "%s/journal is missing, and the log was not closed: its last facts may "
                           "stand there; put the file back, or see ledgerd --forget-journal",
                           path);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_hasher *hasher = ledger_hasher_new();
    err = hasher == NULL ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the journal")
                         : take_leavings(store, txn, &leavings, hasher, end, error);
    ledger_hasher_free(hasher);
    journal_unload(&leavings);
    return err;
}

enum ledger_err store_ahead(struct store *store, const char *path, uint64_t *events,
                            struct ledger_error *error) {
    struct store_end end;
    struct ledger_kv_txn *txn;
    uint64_t run;
    *events = 0;
    enum ledger_err err = read_end(store, &end, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_read(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = store_run(store, txn, &run, error);
    ledger_kv_abort(txn);
    uint64_t head = end.head;
    if (err == LEDGER_E_OK)
        err = load_and_take(store, path, run, NULL, &end, error);
    *events = end.head - head;
    return err == LEDGER_E_NOT_FOUND ? LEDGER_E_OK : err;
}

// Whether to go on without what cannot be read of the journal.
static bool forgets(const struct store_options *options, enum ledger_err err,
                    const struct store_end *end, const struct ledger_error *error) {
    if (err != LEDGER_E_CORRUPT || !options->forget_journal)
        return false;
    ledger_log_warn("going on without what only the journal had", "head=%" PRIu64 " error=\"%s\"",
                    end->head, error->message);
    return true;
}

// Once the environment has it all, the journal is needed no more.
static enum ledger_err recover(struct store *store, const struct store_options *options,
                               struct store_end *end, struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    struct ledger_error why = {0};
    uint64_t run, head = end->head;
    enum ledger_err err = ledger_kv_write(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = store_run(store, txn, &run, error);
    bool closed = err == LEDGER_E_NOT_FOUND;
    if (err == LEDGER_E_OK) {
        err = load_and_take(store, options->path, run, txn, end, &why);
        if (forgets(options, err, end, &why))
            err = LEDGER_E_OK; // the next opening will ask for it again
        else if (err == LEDGER_E_OK)
            store_delete_run(store, txn);
        else if (error != NULL)
            *error = why;
    }
    if (err != LEDGER_E_OK) {
        ledger_kv_abort(txn);
        return closed ? LEDGER_E_OK : err;
    }
    err = ledger_kv_commit(txn, error);
    if (err == LEDGER_E_OK && end->head != head)
        ledger_log_info("took in what stood in the journal", "events=%" PRIu64 " head=%" PRIu64,
                        end->head - head, end->head);
    return err;
}

// The environment says from now on that there is one.
static enum ledger_err use_journal(struct store *store, struct journal *journal,
                                   struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    store->pending = pending_new(journal_records_max(journal));
    if (store->pending == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the journal");
    enum ledger_err err = ledger_kv_write(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    store_put_run(store, txn, journal_run(journal));
    return ledger_kv_commit(txn, error);
}

// What was in it has been taken in. Without one (the disk may be full) appends are slower, and no
// less safe.
static enum ledger_err begin_journal(struct store *store, const struct store_options *options,
                                     struct ledger_error *error) {
    struct ledger_error why = {0};
    struct journal *journal;
    if (options->forget_journal)
        return LEDGER_E_OK;
    if (options->journal_bytes < JOURNAL_PAGE)
        return journal_remove(options->path, error);
    if (journal_open(options->path, options->journal_bytes, options->unsafe_no_sync, &journal,
                     &why) != LEDGER_E_OK) {
        ledger_log_warn("there is no journal; each append is committed by itself", "error=\"%s\"",
                        why.message);
        return LEDGER_E_OK;
    }
    enum ledger_err err = use_journal(store, journal, error);
    if (err == LEDGER_E_OK)
        store->journal = journal;
    else
        journal_close(journal);
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
        err = read_end(store, end, error);
    if (err == LEDGER_E_OK)
        err = recover(store, options, end, error);
    if (err == LEDGER_E_OK)
        err = begin_journal(store, options, error);
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

// The environment has all there is: the journal's file may be lost from now on. After a failure the
// next opening takes in what stands there.
static void end_journal(struct store *store) {
    struct ledger_error error = {0};
    struct ledger_kv_txn *txn;
    enum ledger_err err = store_settle(store, &error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_write(store->kv, &txn, &error);
    if (err == LEDGER_E_OK) {
        store_delete_run(store, txn);
        err = ledger_kv_commit(txn, &error);
    }
    if (err != LEDGER_E_OK)
        ledger_log_error("the log could not be closed", "error=\"%s\"", error.message);
    journal_close(store->journal);
}

void store_close(struct store *store) {
    if (store->checked == NULL)
        return;
    if (store->journal != NULL)
        end_journal(store);
    pending_release(store->pending);
    ledger_kv_close(store->kv);
    pthread_mutex_destroy(&store->pending_lock);
    free(store->checked);
    memset(store, 0, sizeof *store);
}
