// The store's journal: what it has beyond the environment when the ledger is opened, and its begin
// and end.
#include <inttypes.h>

#include "ledger/logging.h"
#include "store_internal.h"

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
            err = store_add_leaves(&block, &tree, hasher, error);
        if (err == LEDGER_E_OK)
            err = store_check_root(&block, &tree, hasher, error);
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
    enum ledger_err err = store_read_end(store, &end, error);
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
enum ledger_err store_recover(struct store *store, const struct store_options *options,
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
enum ledger_err store_begin_journal(struct store *store, const struct store_options *options,
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

// The environment has all there is: the journal's file may be lost from now on. After a failure the
// next opening takes in what stands there.
void store_end_journal(struct store *store) {
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
