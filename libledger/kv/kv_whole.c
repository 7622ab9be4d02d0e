// Is the file as long as what is in it? LMDB reads through a memory map, and a page beyond the end
// of the file ends the process.
//
// A file may be shorter than its last page number says: a page that was taken and given back in
// one transaction is never written. Such pages stand in the list of free ones, and only they may
// be missing. The list itself may be cut off; LMDB then ends in an assertion, which is caught.
#include <inttypes.h>
#include <setjmp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv_internal.h"

enum { FREE_LIST = 0 }; // LMDB's table of the pages that are free, a list for each transaction

static _Thread_local jmp_buf after_assertion;

static void leave(MDB_env *env, const char *message) {
    (void)env;
    (void)message;
    longjmp(after_assertion, 1);
}

// A list is a number of pages, then so many page numbers.
static size_t count_from(const MDB_val *list, size_t first_page) {
    size_t count, numbers = list->mv_size / sizeof(size_t), missing = 0;
    if (numbers == 0)
        return 0;
    memcpy(&count, list->mv_data, sizeof count);
    for (size_t i = 1; i <= count && i < numbers; i++) {
        size_t page;
        memcpy(&page, (const uint8_t *)list->mv_data + i * sizeof page, sizeof page);
        missing += page >= first_page;
    }
    return missing;
}

// How many of the pages from `first_page` on are free. LMDB's code if the list cannot be read.
static int free_pages(MDB_env *env, size_t first_page, size_t *count) {
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, list;
    *count = 0;
    int code = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (code != MDB_SUCCESS)
        return code;
    code = mdb_cursor_open(txn, FREE_LIST, &cursor);
    while (code == MDB_SUCCESS) {
        code = mdb_cursor_get(cursor, &key, &list, MDB_NEXT);
        if (code == MDB_SUCCESS)
            *count += count_from(&list, first_page);
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return code == MDB_NOTFOUND ? MDB_SUCCESS : code;
}

// In a function of its own, for the sake of what longjmp does to variables.
static bool all_are_free(MDB_env *env, size_t first_page, size_t missing) {
    size_t count;
    if (setjmp(after_assertion) != 0)
        return false; // the environment is closed next; what it held of a transaction goes with it
    return free_pages(env, first_page, &count) == MDB_SUCCESS && count == missing;
}

enum ledger_err kv_check_whole(MDB_env *env, const char *path, struct ledger_error *error) {
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    if (mdb_env_info(env, &info) != MDB_SUCCESS || mdb_env_stat(env, &stat) != MDB_SUCCESS ||
        mdb_env_get_fd(env, &fd) != MDB_SUCCESS || fstat(fd, &file) != 0)
        return ledger_fail(error, LEDGER_E_IO, NULL, "%s: its size is not known", path);
    size_t pages = info.me_last_pgno + 1, there = (size_t)file.st_size / stat.ms_psize;
    if (there >= pages)
        return LEDGER_E_OK;
    // With zeros in their places, the missing pages can be looked at without harm.
    if (ftruncate(fd, (off_t)(pages * stat.ms_psize)) != 0)
        return ledger_fail(error, LEDGER_E_IO, NULL, "%s: cannot be made longer", path);
    (void)mdb_env_set_assert(env, leave);
    bool whole = all_are_free(env, there, pages - there);
    (void)mdb_env_set_assert(env, NULL);
    if (whole)
        return LEDGER_E_OK;
    (void)!ftruncate(fd, file.st_size); // as it was found
    return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                       "%s/data.mdb has been cut short: it has %" PRIu64 " bytes, and had %" PRIu64,
                       path, (uint64_t)file.st_size, (uint64_t)pages * stat.ms_psize);
}
