// The only file that includes lmdb.h. Open, transact, read, write; then what can go wrong is
// translated once, in lmdb_error().
#include "ledger/kv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/files.h"

#if defined(__SANITIZE_THREAD__)
#define MAP_BYTES_DEFAULT (UINT64_C(64) << 30) // ThreadSanitizer cannot map more
#else
#define MAP_BYTES_DEFAULT (UINT64_C(256) << 30) // sparse: costs address space only
#endif
enum { READERS_DEFAULT = 1024, FILE_MODE = 0640 };

struct ledger_kv {
    MDB_env *env;
    int lock; // flock on <path>/owner: LMDB itself would let a second process in
};

struct ledger_kv_txn {
    MDB_txn *txn;
    enum ledger_err failed;
    int lmdb_code; // of the first failure
};

struct ledger_kv_cursor {
    MDB_cursor *cursor;
    struct ledger_kv_txn *txn;
};

static enum ledger_err lmdb_error(int code) {
    switch (code) {
    case MDB_SUCCESS:
        return LEDGER_E_OK;
    case MDB_NOTFOUND:
        return LEDGER_E_NOT_FOUND;
    case MDB_MAP_FULL:
        return LEDGER_E_MAP_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
        return LEDGER_E_CORRUPT;
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

static enum ledger_err fail_lmdb(struct ledger_error *error, int code, const char *doing) {
    return ledger_fail(error, lmdb_error(code), NULL, "%s: %s", doing, mdb_strerror(code));
}

static enum ledger_err take_lock(const char *path, int *lock, struct ledger_error *error) {
    char name[4096];
    if (snprintf(name, sizeof name, "%s/owner", path) >= (int)sizeof name)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, NULL, "the path is too long: %s", path);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", name,
                           strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int code = errno;
        close(fd);
        if (code == EWOULDBLOCK)
            return ledger_fail(error, LEDGER_E_LOCKED, NULL, "%s is in use by another process",
                               path);
        return ledger_fail(error, ledger_err_from_errno(code), NULL, "locking %s: %s", name,
                           strerror(code));
    }
    *lock = fd;
    return LEDGER_E_OK;
}

static enum ledger_err open_env(const struct ledger_kv_options *options, MDB_env **env,
                                struct ledger_error *error) {
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
    if (options->lazy_sync)
        flags |= MDB_NOMETASYNC;
    if (options->unsafe_no_sync)
        flags |= MDB_NOSYNC;
    if (options->read_only)
        flags |= MDB_RDONLY;
    uint64_t map_bytes = options->map_bytes != 0 ? options->map_bytes : MAP_BYTES_DEFAULT;
    unsigned readers = options->readers_max != 0 ? options->readers_max : READERS_DEFAULT;
    int code = mdb_env_create(env);
    if (code != MDB_SUCCESS)
        return fail_lmdb(error, code, options->path);
    if ((code = mdb_env_set_mapsize(*env, map_bytes)) != MDB_SUCCESS ||
        (code = mdb_env_set_maxdbs(*env, options->tables_max)) != MDB_SUCCESS ||
        (code = mdb_env_set_maxreaders(*env, readers)) != MDB_SUCCESS ||
        (code = mdb_env_open(*env, options->path, flags, FILE_MODE)) != MDB_SUCCESS) {
        mdb_env_close(*env);
        *env = NULL;
        return fail_lmdb(error, code, options->path);
    }
    return LEDGER_E_OK;
}

enum ledger_err ledger_kv_open(const struct ledger_kv_options *options, struct ledger_kv **kv,
                               struct ledger_error *error) {
    *kv = NULL;
    enum ledger_err err =
        options->read_only ? LEDGER_E_OK : ledger_directory_make(options->path, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_kv *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening %s", options->path);
    err = take_lock(options->path, &made->lock, error);
    if (err != LEDGER_E_OK)
        goto fail1;
    err = open_env(options, &made->env, error);
    if (err != LEDGER_E_OK)
        goto fail2;
    if (!options->read_only && (err = ledger_directory_sync(options->path, error)) != LEDGER_E_OK)
        goto fail3;
    *kv = made;
    return LEDGER_E_OK;

fail3:
    mdb_env_close(made->env);
fail2:
    close(made->lock);
fail1:
    free(made);
    return err;
}

void ledger_kv_close(struct ledger_kv *kv) {
    if (kv == NULL)
        return;
    mdb_env_close(kv->env);
    close(kv->lock);
    free(kv);
}

enum ledger_err ledger_kv_table(struct ledger_kv *kv, const char *name,
                                struct ledger_kv_table *table, struct ledger_error *error) {
    MDB_txn *txn;
    MDB_dbi handle;
    unsigned flags = 0;
    if (mdb_env_get_flags(kv->env, &flags) == MDB_SUCCESS && (flags & MDB_RDONLY) != 0)
        flags = MDB_RDONLY;
    else
        flags = 0;
    int code = mdb_txn_begin(kv->env, NULL, flags, &txn);
    if (code != MDB_SUCCESS)
        return fail_lmdb(error, code, name);
    code = mdb_dbi_open(txn, name, flags == 0 ? MDB_CREATE : 0, &handle);
    if (code != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return fail_lmdb(error, code, name);
    }
    if ((code = mdb_txn_commit(txn)) != MDB_SUCCESS)
        return fail_lmdb(error, code, name);
    table->handle = handle;
    return LEDGER_E_OK;
}

void ledger_kv_stat(struct ledger_kv *kv, struct ledger_kv_stat *stat) {
    *stat = (struct ledger_kv_stat){0};
    MDB_envinfo info;
    MDB_stat env;
    int fd;
    struct stat file;
    if (mdb_env_info(kv->env, &info) != MDB_SUCCESS || mdb_env_stat(kv->env, &env) != MDB_SUCCESS)
        return;
    stat->map_bytes = info.me_mapsize;
    stat->used_bytes = (uint64_t)(info.me_last_pgno + 1) * env.ms_psize;
    if (mdb_env_get_fd(kv->env, &fd) == MDB_SUCCESS && fstat(fd, &file) == 0)
        stat->file_bytes = (uint64_t)file.st_blocks * 512;
}

uint64_t ledger_kv_map_free(struct ledger_kv *kv) {
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(kv->env, &info) != MDB_SUCCESS || mdb_env_stat(kv->env, &stat) != MDB_SUCCESS)
        return 0;
    return info.me_mapsize - (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
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
        return fail_lmdb(error, code, "beginning a transaction");
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
        (void)fail_lmdb(error, txn->lmdb_code, "writing");
        mdb_txn_abort(txn->txn);
    } else {
        int code = mdb_txn_commit(txn->txn);
        if (code != MDB_SUCCESS)
            err = fail_lmdb(error, code, "committing");
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
    enum ledger_err err = lmdb_error(code);
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
