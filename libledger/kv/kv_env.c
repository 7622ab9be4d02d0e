// Environments: opened by one process at a time, looked at before they are trusted, closed.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv_internal.h"
#include "ledger/files.h"

#if defined(__SANITIZE_THREAD__)
#define MAP_BYTES_DEFAULT (UINT64_C(64) << 30) // ThreadSanitizer cannot map more
#else
#define MAP_BYTES_DEFAULT (UINT64_C(256) << 30) // sparse: costs address space only
#endif
enum { READERS_DEFAULT = 1024, FILE_MODE = 0640 };

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
        return kv_fail(error, code, options->path);
    if ((code = mdb_env_set_mapsize(*env, map_bytes)) != MDB_SUCCESS ||
        (code = mdb_env_set_maxdbs(*env, options->tables_max)) != MDB_SUCCESS ||
        (code = mdb_env_set_maxreaders(*env, readers)) != MDB_SUCCESS ||
        (code = mdb_env_open(*env, options->path, flags, FILE_MODE)) != MDB_SUCCESS) {
        mdb_env_close(*env);
        *env = NULL;
        return kv_fail(error, code, options->path);
    }
    return LEDGER_E_OK;
}

static enum ledger_err refuse_marked(const struct ledger_kv_options *options,
                                     struct ledger_error *error) {
    return kv_fault_was_noted(options->path)
               ? ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                             "%s: the process that read it last could not go on", options->path)
               : LEDGER_E_OK;
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
    err = options->read_only ? LEDGER_E_OK : refuse_marked(options, error);
    if (err == LEDGER_E_OK)
        err = open_env(options, &made->env, error);
    if (err != LEDGER_E_OK)
        goto fail2;
    if (!options->read_only)
        err = kv_check_whole(made->env, options->path, error);
    if (err == LEDGER_E_OK && !options->read_only)
        err = ledger_directory_sync(options->path, error);
    if (err != LEDGER_E_OK)
        goto fail3;
    kv_fault_watch(made->env, options);
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
    kv_fault_forget(kv->env);
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
        return kv_fail(error, code, name);
    code = mdb_dbi_open(txn, name, flags == 0 ? MDB_CREATE : 0, &handle);
    if (code != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return kv_fail(error, code, name);
    }
    if ((code = mdb_txn_commit(txn)) != MDB_SUCCESS)
        return kv_fail(error, code, name);
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
