// The rows of the store's table "meta".
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "store_internal.h"

enum { IDENTITY_FORMAT = 0, IDENTITY_SIZE = 4 + 16 + 8 };

static const struct ledger_span identity_key = {(const uint8_t *)"identity", 8};
static const struct ledger_span tree_key = {(const uint8_t *)"tree", 4};
static const struct ledger_span journal_key = {(const uint8_t *)"journal", 7};

// ---- the identity

void store_put_identity(struct store *store, struct ledger_kv_txn *txn,
                        const struct ledger_log_identity *identity) {
    uint8_t bytes[IDENTITY_SIZE];
    store->identity = *identity;
    le_write32(bytes, IDENTITY_FORMAT);
    memcpy(bytes + 4, identity->ledger_id.bytes, 16);
    le_write64(bytes + 20, identity->epoch);
    ledger_kv_put(txn, store->meta, identity_key, ledger_span_of(bytes, sizeof bytes));
}

static enum ledger_err make_identity(struct store *store, struct ledger_kv_txn *txn,
                                     struct ledger_error *error) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    struct ledger_log_identity identity = {.epoch = 1};
    if (ledger_uuid_v7(ms, &identity.ledger_id) != LEDGER_E_OK)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "no random bytes for the ledger's id");
    store_put_identity(store, txn, &identity);
    return LEDGER_E_OK;
}

enum ledger_err store_read_identity(struct store *store, struct ledger_kv_txn *txn,
                                    struct ledger_error *error) {
    struct ledger_span bytes;
    enum ledger_err err = ledger_kv_get(txn, store->meta, identity_key, &bytes);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "the log has no identity");
    if (bytes.size != IDENTITY_SIZE || le_read32(bytes.data) != IDENTITY_FORMAT)
        return ledger_fail(error, LEDGER_E_FORMAT, NULL, "the log has another format");
    memcpy(store->identity.ledger_id.bytes, bytes.data + 4, 16);
    store->identity.epoch = le_read64(bytes.data + 20);
    return LEDGER_E_OK;
}

enum ledger_err store_open_identity(struct store *store, struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_write(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = store_read_identity(store, txn, error);
    if (err == LEDGER_E_NOT_FOUND) {
        err = ledger_kv_count(txn, store->blocks) == 0
                  ? make_identity(store, txn, error)
                  : ledger_fail(error, LEDGER_E_CORRUPT, NULL, "the log has no identity");
        if (err == LEDGER_E_OK)
            return ledger_kv_commit(txn, error);
    }
    ledger_kv_abort(txn);
    return err;
}

// ---- the tree

void store_put_tree(struct store *store, struct ledger_kv_txn *txn,
                    const struct ledger_merkle *tree) {
    uint8_t bytes[LEDGER_MERKLE_PACKED_MAX];
    ledger_kv_put(txn, store->meta, tree_key,
                  ledger_span_of(bytes, ledger_merkle_pack(tree, bytes)));
}

enum ledger_err store_tree(struct store *store, struct ledger_kv_txn *txn,
                           struct ledger_merkle *tree, struct ledger_error *error) {
    struct ledger_span bytes;
    enum ledger_err err = ledger_kv_get(txn, store->meta, tree_key, &bytes);
    *tree = (struct ledger_merkle){0};
    if (err == LEDGER_E_NOT_FOUND)
        return LEDGER_E_OK;
    if (err == LEDGER_E_OK)
        err = ledger_merkle_unpack(tree, bytes);
    return err == LEDGER_E_OK
               ? err
               : ledger_fail(error, err, NULL, "the stored Merkle tree cannot be read");
}

// ---- the journal's run

void store_put_run(struct store *store, struct ledger_kv_txn *txn, uint64_t run) {
    uint8_t bytes[8];
    le_write64(bytes, run);
    ledger_kv_put(txn, store->meta, journal_key, ledger_span_of(bytes, sizeof bytes));
}

void store_delete_run(struct store *store, struct ledger_kv_txn *txn) {
    ledger_kv_delete(txn, store->meta, journal_key);
}

enum ledger_err store_run(struct store *store, struct ledger_kv_txn *txn, uint64_t *run,
                          struct ledger_error *error) {
    struct ledger_span bytes;
    enum ledger_err err = ledger_kv_get(txn, store->meta, journal_key, &bytes);
    if (err == LEDGER_E_OK && bytes.size != 8)
        err = LEDGER_E_CORRUPT;
    if (err == LEDGER_E_OK)
        *run = le_read64(bytes.data);
    return err == LEDGER_E_OK || err == LEDGER_E_NOT_FOUND
               ? err
               : ledger_fail(error, err, NULL, "which journal is the log's cannot be read");
}
