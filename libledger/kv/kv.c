// Transactions, rows and cursors; then what can go wrong is translated once, in kv_error().
#include <errno.h>
#include <stdlib.h>

#include "kv_internal.h"

struct ledger_kv_txn {
    MDB_txn *txn;
    enum ledger_err failed;
    int lmdb_code; // of the first failure
};

struct ledger_kv_cursor {
    MDB_cursor *cursor;
    struct ledger_kv_txn *txn;
};

enum ledger_err kv_error(int code) {
    switch (code) {
    case MDB_SUCCESS:
        return LEDGER_E_OK;
    case MDB_NOTFOUND:
        return LEDGER_E_NOT_FOUND;
    case MDB_MAP_FULL:
        return LEDGER_E_MAP_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return LEDGER_E_CORRUPT;
    case MDB_PANIC: // a commit of this process could not write its root
        return LEDGER_E_IO;
    case MDB_VERSION_MISMATCH:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
        return LEDGER_E_FORMAT;
    case MDB_READERS_FULL:
        return LEDGER_E_BUSY;
    case MDB_BAD_VALSIZE:
    case MDB_BAD_TXN:
    case MDB_TXN_FULL:
        return LEDGER_E_INTERNAL;
    default:
        return code > 0 ? ledger_err_from_errno(code) : LEDGER_E_INTERNAL;
    }
}

enum ledger_err kv_fail(struct ledger_error *error, int code, const char *doing) {
    return ledger_fail(error, kv_error(code), NULL, "%s: %s", doing, mdb_strerror(code));
}

// ---- transactions

static enum ledger_err begin(struct ledger_kv *kv, unsigned flags, struct ledger_kv_txn **txn,
                             struct ledger_error *error) {
    *txn = NULL;
    struct ledger_kv_txn *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "beginning a transaction");
    int code = mdb_txn_begin(kv->env, NULL, flags, &made->txn);
    if (code != MDB_SUCCESS) {
        free(made);
        return kv_fail(error, code, "beginning a transaction");
    }
    *txn = made;
    return LEDGER_E_OK;
}

enum ledger_err ledger_kv_read(struct ledger_kv *kv, struct ledger_kv_txn **txn,
                               struct ledger_error *error) {
    return begin(kv, MDB_RDONLY, txn, error);
}

enum ledger_err ledger_kv_write(struct ledger_kv *kv, struct ledger_kv_txn **txn,
                                struct ledger_error *error) {
    return begin(kv, 0, txn, error);
}

enum ledger_err ledger_kv_commit(struct ledger_kv_txn *txn, struct ledger_error *error) {
    enum ledger_err err = txn->failed;
    if (err != LEDGER_E_OK) {
        (void)kv_fail(error, txn->lmdb_code, "writing");
        mdb_txn_abort(txn->txn);
    } else {
        int code = mdb_txn_commit(txn->txn);
        if (code != MDB_SUCCESS)
            err = kv_fail(error, code, "committing");
    }
    free(txn);
    return err;
}

void ledger_kv_abort(struct ledger_kv_txn *txn) {
    if (txn == NULL)
        return;
    mdb_txn_abort(txn->txn);
    free(txn);
}

enum ledger_err ledger_kv_failed(const struct ledger_kv_txn *txn) {
    return txn->failed;
}

// Keeps the first failure. Not-found is an answer.
static enum ledger_err stick(struct ledger_kv_txn *txn, int code) {
    enum ledger_err err = kv_error(code);
    if (err != LEDGER_E_OK && err != LEDGER_E_NOT_FOUND && txn->failed == LEDGER_E_OK) {
        txn->failed = err;
        txn->lmdb_code = code;
    }
    return err;
}

// ---- rows

static MDB_val val(struct ledger_span span) {
    return (MDB_val){.mv_size = span.size, .mv_data = (void *)(uintptr_t)span.data};
}

static struct ledger_span span(MDB_val value) {
    return ledger_span_of(value.mv_data, value.mv_size);
}

enum ledger_err ledger_kv_get(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                              struct ledger_span key, struct ledger_span *value) {
    if (txn->failed != LEDGER_E_OK)
        return txn->failed;
    MDB_val k = val(key), v;
    enum ledger_err err = stick(txn, mdb_get(txn->txn, table.handle, &k, &v));
    *value = err == LEDGER_E_OK ? span(v) : ledger_span_of(NULL, 0);
    return err;
}

static void put(struct ledger_kv_txn *txn, struct ledger_kv_table table, struct ledger_span key,
                struct ledger_span value, unsigned flags) {
    if (txn->failed != LEDGER_E_OK)
        return;
    MDB_val k = val(key), v = val(value);
    stick(txn, mdb_put(txn->txn, table.handle, &k, &v, flags));
}

void ledger_kv_put(struct ledger_kv_txn *txn, struct ledger_kv_table table, struct ledger_span key,
                   struct ledger_span value) {
    put(txn, table, key, value, 0);
}

void ledger_kv_append(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                      struct ledger_span key, struct ledger_span value) {
    put(txn, table, key, value, MDB_APPEND);
}

void ledger_kv_put_reserve(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                           struct ledger_span key, size_t size, bool append, uint8_t **place) {
    *place = NULL;
    if (txn->failed != LEDGER_E_OK)
        return;
    MDB_val k = val(key), v = {.mv_size = size, .mv_data = NULL};
    unsigned flags = MDB_RESERVE | (append ? MDB_APPEND : 0u);
    if (stick(txn, mdb_put(txn->txn, table.handle, &k, &v, flags)) == LEDGER_E_OK)
        *place = v.mv_data;
}

void ledger_kv_delete(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                      struct ledger_span key) {
    if (txn->failed != LEDGER_E_OK)
        return;
    MDB_val k = val(key);
    stick(txn, mdb_del(txn->txn, table.handle, &k, NULL));
}

void ledger_kv_clear(struct ledger_kv_txn *txn, struct ledger_kv_table table) {
    if (txn->failed == LEDGER_E_OK)
        stick(txn, mdb_drop(txn->txn, table.handle, 0));
}

uint64_t ledger_kv_count(struct ledger_kv_txn *txn, struct ledger_kv_table table) {
    MDB_stat stat;
    if (txn->failed != LEDGER_E_OK || mdb_stat(txn->txn, table.handle, &stat) != MDB_SUCCESS)
        return 0;
    return stat.ms_entries;
}

// ---- cursors

struct ledger_kv_cursor *ledger_kv_cursor_open(struct ledger_kv_txn *txn,
                                               struct ledger_kv_table table) {
    struct ledger_kv_cursor *cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL) {
        stick(txn, ENOMEM);
        return NULL;
    }
    cursor->txn = txn;
    if (txn->failed == LEDGER_E_OK)
        stick(txn, mdb_cursor_open(txn->txn, table.handle, &cursor->cursor));
    return cursor;
}

void ledger_kv_cursor_close(struct ledger_kv_cursor *cursor) {
    if (cursor == NULL)
        return;
    if (cursor->cursor != NULL)
        mdb_cursor_close(cursor->cursor);
    free(cursor);
}

static bool move(struct ledger_kv_cursor *cursor, MDB_val *key, struct ledger_kv_pair *pair,
                 MDB_cursor_op op) {
    if (cursor == NULL || cursor->txn->failed != LEDGER_E_OK)
        return false;
    MDB_val value;
    if (stick(cursor->txn, mdb_cursor_get(cursor->cursor, key, &value, op)) != LEDGER_E_OK)
        return false;
    pair->key = span(*key);
    pair->value = span(value);
    return true;
}

bool ledger_kv_first(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair) {
    return move(cursor, &(MDB_val){0}, pair, MDB_FIRST);
}

bool ledger_kv_last(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair) {
    return move(cursor, &(MDB_val){0}, pair, MDB_LAST);
}

bool ledger_kv_seek(struct ledger_kv_cursor *cursor, struct ledger_span key,
                    struct ledger_kv_pair *pair) {
    MDB_val k = val(key);
    return move(cursor, &k, pair, MDB_SET_RANGE);
}

bool ledger_kv_next(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair) {
    return move(cursor, &(MDB_val){0}, pair, MDB_NEXT);
}

bool ledger_kv_previous(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair) {
    return move(cursor, &(MDB_val){0}, pair, MDB_PREV);
}

void ledger_kv_cursor_put_reserve(struct ledger_kv_cursor *cursor, struct ledger_span key,
                                  size_t size, uint8_t **place) {
    *place = NULL;
    if (cursor == NULL || cursor->txn->failed != LEDGER_E_OK)
        return;
    MDB_val k = val(key), v = {.mv_size = size, .mv_data = NULL};
    if (stick(cursor->txn, mdb_cursor_put(cursor->cursor, &k, &v, MDB_RESERVE)) == LEDGER_E_OK)
        *place = v.mv_data;
}

enum ledger_err ledger_kv_cursor_failed(const struct ledger_kv_cursor *cursor) {
    return cursor == NULL ? LEDGER_E_NO_MEMORY : cursor->txn->failed;
}
