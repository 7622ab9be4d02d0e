// What the parts of the store share (store_meta.c, store_open.c, store.c).
#ifndef LEDGER_LOG_STORE_INTERNAL_H
#define LEDGER_LOG_STORE_INTERNAL_H

#include "store.h"

// ---- rows of "meta" (store_meta.c)
void store_put_identity(struct store *store, struct ledger_kv_txn *txn,
                        const struct ledger_log_identity *identity);
// LEDGER_E_NOT_FOUND: there is none.
LEDGER_MUST_CHECK enum ledger_err
store_read_identity(struct store *store, struct ledger_kv_txn *txn, struct ledger_error *error);
// Reads it, or makes one for a new ledger.
LEDGER_MUST_CHECK enum ledger_err store_open_identity(struct store *store,
                                                      struct ledger_error *error);
void store_put_tree(struct store *store, struct ledger_kv_txn *txn,
                    const struct ledger_merkle *tree);
void store_put_run(struct store *store, struct ledger_kv_txn *txn, uint64_t run);
void store_delete_run(struct store *store, struct ledger_kv_txn *txn);
// LEDGER_E_NOT_FOUND: the environment has all there is.
LEDGER_MUST_CHECK enum ledger_err store_run(struct store *store, struct ledger_kv_txn *txn,
                                            uint64_t *run, struct ledger_error *error);

#endif
