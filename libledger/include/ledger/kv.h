// An ordered key-value store with transactions: a thin face of LMDB that keeps our rules (see
// ARCHITECTURE.md, "Storage"). One environment is one directory.
//
// Transactions carry a sticky error: after the first failure every call does nothing and the
// commit returns that failure, so a run of puts is checked once.
#ifndef LEDGER_KV_H
#define LEDGER_KV_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"

enum { LEDGER_KV_KEY_SIZE_MAX = 511 };

struct ledger_kv;     // an environment; any thread
struct ledger_kv_txn; // one thread at a time; not bound to the thread that began it, if read-only
struct ledger_kv_cursor;

struct ledger_kv_options {
    const char *path;   // directory; made if absent (its parent must exist)
    uint64_t map_bytes; // size of the sparse map; 0 = 256 GiB (64 GiB under ThreadSanitizer)
    unsigned tables_max;
    unsigned readers_max; // 0 = 1024
    bool read_only;
    bool lazy_sync;      // derived data only: a commit may be lost with the last seconds
                         // (never torn: NOMETASYNC, not NOSYNC)
    bool unsafe_no_sync; // tests only: commits return before the disk has them, and a power cut
                         // may leave a file that opens and lies
};

// Takes an exclusive lock on the directory: a second process gets LEDGER_E_LOCKED.
// LEDGER_E_CORRUPT: the file has been cut short, or what derived data it has ended a process
// (ledger_kv_report_faults): make them anew.
LEDGER_MUST_CHECK enum ledger_err ledger_kv_open(const struct ledger_kv_options *options,
                                                 struct ledger_kv **kv, struct ledger_error *error);
void ledger_kv_close(struct ledger_kv *kv);
// From here on, a page that cannot be read (SIGBUS, SIGSEGV in a map) ends the process with status
// 74 and a line on stderr that names the file; the file `damaged` beside derived data makes their
// next opening fail. Once a process, by its main program.
void ledger_kv_report_faults(void);

struct ledger_kv_table {
    unsigned handle;
};
// Opens or makes a table; before other threads use the environment.
LEDGER_MUST_CHECK enum ledger_err ledger_kv_table(struct ledger_kv *kv, const char *name,
                                                  struct ledger_kv_table *table,
                                                  struct ledger_error *error);

// Bytes in use by data pages, and bytes of the file.
struct ledger_kv_stat {
    uint64_t file_bytes;
    uint64_t used_bytes;
    uint64_t map_bytes;
};
void ledger_kv_stat(struct ledger_kv *kv, struct ledger_kv_stat *stat);
// Bytes that the map still has for new pages; asks the file system nothing.
uint64_t ledger_kv_map_free(struct ledger_kv *kv);

// ---- transactions
LEDGER_MUST_CHECK enum ledger_err ledger_kv_read(struct ledger_kv *kv, struct ledger_kv_txn **txn,
                                                 struct ledger_error *error);
// Waits for the one write transaction there may be. A write transaction stays on its thread.
LEDGER_MUST_CHECK enum ledger_err ledger_kv_write(struct ledger_kv *kv, struct ledger_kv_txn **txn,
                                                  struct ledger_error *error);
// Durability: on LEDGER_E_OK everything is on the disk (unless lazy_sync). Any error: nothing is
// known of what is there; the process must end and open the environment again. Frees txn.
LEDGER_MUST_CHECK enum ledger_err ledger_kv_commit(struct ledger_kv_txn *txn,
                                                   struct ledger_error *error);
// Ends a read transaction, or drops what a write transaction did. NULL is allowed.
void ledger_kv_abort(struct ledger_kv_txn *txn);
// The sticky error so far.
enum ledger_err ledger_kv_failed(const struct ledger_kv_txn *txn);

// ---- rows. Values are borrowed until the transaction ends or, in a write transaction, until its
// next put.
// LEDGER_E_NOT_FOUND is an answer, not a failure: it does not stick.
enum ledger_err ledger_kv_get(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                              struct ledger_span key, struct ledger_span *value);
void ledger_kv_put(struct ledger_kv_txn *txn, struct ledger_kv_table table, struct ledger_span key,
                   struct ledger_span value);
// The key must be greater than all keys of the table; packs pages full.
void ledger_kv_append(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                      struct ledger_span key, struct ledger_span value);
// As put, but the caller fills the value: `*place` points to `size` bytes until the next call on
// txn, or is NULL after a failure. `append` as in ledger_kv_append.
void ledger_kv_put_reserve(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                           struct ledger_span key, size_t size, bool append, uint8_t **place);
// Nothing happens if there is no such row.
void ledger_kv_delete(struct ledger_kv_txn *txn, struct ledger_kv_table table,
                      struct ledger_span key);
// Deletes all rows.
void ledger_kv_clear(struct ledger_kv_txn *txn, struct ledger_kv_table table);
uint64_t ledger_kv_count(struct ledger_kv_txn *txn, struct ledger_kv_table table);

// ---- cursors. Close them before their transaction ends. Each move returns false at the end (or
// after a failure: see ledger_kv_failed).
struct ledger_kv_cursor *ledger_kv_cursor_open(struct ledger_kv_txn *txn,
                                               struct ledger_kv_table table);
void ledger_kv_cursor_close(struct ledger_kv_cursor *cursor);
struct ledger_kv_pair {
    struct ledger_span key;
    struct ledger_span value;
};
bool ledger_kv_first(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair);
bool ledger_kv_last(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair);
// The first key >= `key`.
bool ledger_kv_seek(struct ledger_kv_cursor *cursor, struct ledger_span key,
                    struct ledger_kv_pair *pair);
bool ledger_kv_next(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair);
bool ledger_kv_previous(struct ledger_kv_cursor *cursor, struct ledger_kv_pair *pair);
// Why a move returned false: LEDGER_E_OK at the end, else the transaction's failure.
enum ledger_err ledger_kv_cursor_failed(const struct ledger_kv_cursor *cursor);
// As ledger_kv_put_reserve, through a cursor of a write transaction: rows that come in the order of
// their keys cost a fraction so. The cursor is then at the row.
void ledger_kv_cursor_put_reserve(struct ledger_kv_cursor *cursor, struct ledger_span key,
                                  size_t size, uint8_t **place);

// ---- keys that sort as their parts do
static inline void ledger_key_u64(uint8_t bytes[8], uint64_t number) {
    for (int i = 7; i >= 0; i--) {
        bytes[i] = (uint8_t)number;
        number >>= 8;
    }
}
static inline uint64_t ledger_key_u64_read(const uint8_t bytes[8]) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | bytes[i];
    return number;
}

#endif
