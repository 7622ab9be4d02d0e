// What the parts of the store share (store_meta.c, store_open.c, store_journal.c, store.c).
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

// ---- where the log ends (store_open.c)
// Adds a block's records to the tree. LEDGER_E_CORRUPT: one of them is damaged.
LEDGER_MUST_CHECK enum ledger_err store_add_leaves(const struct block *block,
                                                   struct ledger_merkle *tree,
                                                   struct ledger_hasher *hasher,
                                                   struct ledger_error *error);
// Does the block say what the tree up to its end says? LEDGER_E_CORRUPT: it does not.
LEDGER_MUST_CHECK enum ledger_err store_check_root(const struct block *block,
                                                   const struct ledger_merkle *tree,
                                                   struct ledger_hasher *hasher,
                                                   struct ledger_error *error);
// Of the environment alone; its last block is checked.
LEDGER_MUST_CHECK enum ledger_err store_read_end(struct store *store, struct store_end *end,
                                                 struct ledger_error *error);

// ---- the journal (store_journal.c)
// Takes in what the journal of a run that was not closed has. LEDGER_E_CORRUPT: it is damaged or
// missing, and not to be forgotten.
LEDGER_MUST_CHECK enum ledger_err store_recover(struct store *store,
                                                const struct store_options *options,
                                                struct store_end *end, struct ledger_error *error);
// After that: begins one, if there is to be one and there is room.
LEDGER_MUST_CHECK enum ledger_err store_begin_journal(struct store *store,
                                                      const struct store_options *options,
                                                      struct ledger_error *error);
// Settles, and says that the environment has all. A failure is logged: the next opening goes on.
void store_end_journal(struct store *store);

#endif
