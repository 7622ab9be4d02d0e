#include "restore.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/files.h"
#include "log_internal.h"
#include "record_check.h"
#include "verify.h"

enum {
    COMMIT_BYTES = 32 << 20, // of blocks, in one transaction
    PATH_SIZE = 4096,
    ARENA_BYTES = 64 << 10,
};

struct ledger_restore {
    char data[PATH_SIZE - 64], made[PATH_SIZE - 32]; // DIR, and DIR/restoring
    bool made_data;
    struct store store;
    bool open;
    struct store_end end;
    struct ledger_kv_txn *txn; // NULL = none is under way
    size_t txn_bytes;

    struct ledger_hasher *hasher;
    struct ledger_arena *arena;
    struct block_builder builder; // the block that is being filled
    int64_t recorded_at;          // its records'
    struct ledger_merkle tree;    // over all records so far
};

// ---- directories

static void path_in(const char *directory, const char *name, char path[PATH_SIZE]) {
    (void)snprintf(path, PATH_SIZE, "%s/%s", directory, name); // ledger_restore_new has measured
}

static enum ledger_err fail_errno(struct ledger_error *error, const char *path) {
    int code = errno;
    return ledger_fail(error, ledger_err_from_errno(code), NULL, "%s: %s", path, strerror(code));
}

// Of what stands in a new data directory only this is no reason to refuse it: what a restore left
// that was killed, at last when the indexes were in their place, and what a file system makes for
// itself.
static bool may_be_there(const char *name, bool left_over) {
    static const char *const names[] = {".", "..", RESTORING_NAME, "lost+found"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return left_over && strcmp(name, "index") == 0;
}

// A restore was killed here: it left its folder, and no log.
static bool has_left_over(const char *data) {
    char made[PATH_SIZE], log[PATH_SIZE];
    path_in(data, RESTORING_NAME, made);
    path_in(data, "log", log);
    return access(made, F_OK) == 0 && access(log, F_OK) != 0;
}

static enum ledger_err check_empty(const char *data, struct ledger_error *error) {
    DIR *directory = opendir(data);
    if (directory == NULL)
        return errno == ENOENT ? LEDGER_E_OK : fail_errno(error, data);
    enum ledger_err err = LEDGER_E_OK;
    bool left_over = has_left_over(data);
    const struct dirent *entry;
    while (err == LEDGER_E_OK && (entry = readdir(directory)) != NULL) {
        if (!may_be_there(entry->d_name, left_over))
            err = ledger_fail(error, LEDGER_E_USAGE, "data",
                              "%s holds something (%s): a ledger is restored into a directory that "
                              "is new or empty",
                              data, entry->d_name);
    }
    closedir(directory);
    return err;
}

// The files of one environment, and its directory. What else is in there stays, and is told when
// the directory cannot be removed.
static void remove_environment(const char *path) {
    static const char *const names[] = {"data.mdb", "lock.mdb", "owner"};
    char file[PATH_SIZE + 16];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", path, names[i]);
        (void)unlink(file);
    }
    (void)rmdir(path);
}

static enum ledger_err remove_made(const struct ledger_restore *restore,
                                   struct ledger_error *error) {
    char path[PATH_SIZE];
    path_in(restore->made, "index", path);
    remove_environment(path);
    path_in(restore->made, "log", path);
    remove_environment(path);
    path_in(restore->data, "log", path);
    if (access(path, F_OK) != 0) { // the indexes may have been moved, and the log not
        path_in(restore->data, "index", path);
        remove_environment(path);
    }
    return rmdir(restore->made) == 0 || errno == ENOENT ? LEDGER_E_OK
                                                        : fail_errno(error, restore->made);
}

// Whoever has its log open is at work on it.
static enum ledger_err remove_left_over(const struct ledger_restore *restore,
                                        struct ledger_error *error) {
    char path[PATH_SIZE];
    struct ledger_kv *kv;
    path_in(restore->made, "log", path);
    if (access(path, F_OK) != 0)
        return remove_made(restore, error);
    const struct ledger_kv_options options = {.path = path, .tables_max = 2};
    enum ledger_err err = ledger_kv_open(&options, &kv, error);
    if (err == LEDGER_E_LOCKED)
        return err;
    if (err == LEDGER_E_OK)
        ledger_kv_close(kv);
    return remove_made(restore, error);
}

static enum ledger_err make_directories(struct ledger_restore *restore,
                                        struct ledger_error *error) {
    enum ledger_err err = check_empty(restore->data, error);
    if (err != LEDGER_E_OK)
        return err;
    restore->made_data = access(restore->data, F_OK) != 0;
    err = ledger_directory_make(restore->data, error);
    if (err == LEDGER_E_OK)
        err = remove_left_over(restore, error);
    return err == LEDGER_E_OK ? ledger_directory_make(restore->made, error) : err;
}

// ---- begin and give up

static enum ledger_err open_store(struct ledger_restore *restore,
                                  const struct ledger_log_identity *identity,
                                  struct ledger_error *error) {
    char path[PATH_SIZE];
    path_in(restore->made, "log", path);
    enum ledger_err err = store_create(&restore->store, path, 0, identity, &restore->end, error);
    restore->open = err == LEDGER_E_OK;
    return err;
}

enum ledger_err ledger_restore_new(const char *data, const struct ledger_log_identity *identity,
                                   struct ledger_restore **out, struct ledger_error *error) {
    *out = NULL;
    struct ledger_restore *restore = calloc(1, sizeof *restore);
    if (restore == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "restoring");
    if (snprintf(restore->data, sizeof restore->data, "%s", data) >= (int)sizeof restore->data) {
        free(restore);
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    }
    (void)snprintf(restore->made, sizeof restore->made, "%s/" RESTORING_NAME, restore->data);
    enum ledger_err err = make_directories(restore, error);
    if (err != LEDGER_E_OK) {
        free(restore); // nothing of it is ours
        return err;
    }
    restore->hasher = ledger_hasher_new();
    restore->arena = ledger_arena_new(ARENA_BYTES);
    err = restore->hasher == NULL || restore->arena == NULL
              ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "restoring")
              : open_store(restore, identity, error);
    if (err == LEDGER_E_OK)
        *out = restore;
    else
        ledger_restore_free(restore);
    return err;
}

static void close_store(struct ledger_restore *restore) {
    ledger_kv_abort(restore->txn);
    restore->txn = NULL;
    if (restore->open)
        store_close(&restore->store);
    restore->open = false;
}

void ledger_restore_free(struct ledger_restore *restore) {
    if (restore == NULL)
        return;
    close_store(restore);
    if (restore->made[0] != '\0' && remove_made(restore, NULL) == LEDGER_E_OK && restore->made_data)
        (void)rmdir(restore->data);
    block_builder_fini(&restore->builder);
    ledger_arena_free(restore->arena);
    ledger_hasher_free(restore->hasher);
    free(restore);
}

// ---- records

static enum ledger_err commit(struct ledger_restore *restore, struct ledger_error *error) {
    struct ledger_kv_txn *txn = restore->txn;
    restore->txn = NULL;
    restore->txn_bytes = 0;
    return txn == NULL ? LEDGER_E_OK : ledger_kv_commit(txn, error);
}

static enum ledger_err apply(struct ledger_restore *restore, struct ledger_error *error) {
    struct ledger_span bytes = ledger_buffer_span(&restore->builder.bytes);
    enum ledger_err err = LEDGER_E_OK;
    if (restore->txn == NULL)
        err = ledger_kv_write(restore->store.kv, &restore->txn, error);
    if (err == LEDGER_E_OK)
        err =
            store_apply(&restore->store, restore->txn, bytes, &restore->tree, &restore->end, error);
    restore->txn_bytes += bytes.size;
    return err == LEDGER_E_OK && restore->txn_bytes >= COMMIT_BYTES ? commit(restore, error) : err;
}

// Records that share a time were one block.
static enum ledger_err end_block(struct ledger_restore *restore, struct ledger_error *error) {
    if (restore->builder.count == 0)
        return LEDGER_E_OK;
    struct block_seal seal = {
        .epoch = restore->store.identity.epoch,
        .first = restore->end.head + 1,
        .recorded_at = restore->recorded_at,
        .root_before = ledger_merkle_root(&restore->end.tree, restore->hasher),
        .root_after = ledger_merkle_root(&restore->tree, restore->hasher),
    };
    enum ledger_err err = block_builder_seal(&restore->builder, &seal);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "packing a block");
    err = apply(restore, error);
    block_builder_clear(&restore->builder);
    return err;
}

static enum ledger_err fail_record(const struct ledger_restore *restore, const char *what,
                                   struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                       "what should be the record of position %" PRIu64 " %s",
                       restore->tree.size + 1, what);
}

enum ledger_err ledger_restore_add(struct ledger_restore *restore, struct ledger_span record,
                                   struct ledger_error *error) {
    struct ledger_record_parts parts;
    struct ledger_envelope envelope;
    ledger_arena_reset(restore->arena);
    enum ledger_err err = record_check(record, restore->arena, &parts, &envelope);
    if (err == LEDGER_E_CORRUPT)
        return fail_record(restore, "cannot be decoded", error);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "restoring");
    if (parts.position != restore->tree.size + 1)
        return fail_record(restore, "says another position", error);
    int64_t before = restore->builder.count != 0 ? restore->recorded_at : restore->end.recorded_at;
    if (parts.recorded_at < before)
        return fail_record(restore, "was recorded before its predecessor", error);
    if (parts.recorded_at != before)
        err = end_block(restore, error);
    if (err != LEDGER_E_OK)
        return err;
    restore->recorded_at = parts.recorded_at;
    uint8_t *place = block_builder_size(&restore->builder) + record.size < LOG_BLOCK_SIZE_MAX
                         ? block_builder_add(&restore->builder, record.size)
                         : NULL;
    if (place == NULL)
        return fail_record(restore, "has no room in its block", error);
    memcpy(place, record.data, record.size);
    struct ledger_hash leaf = ledger_merkle_leaf(restore->hasher, record);
    ledger_merkle_add(&restore->tree, restore->hasher, &leaf);
    return LEDGER_E_OK;
}

// ---- the end

static enum ledger_err check_root(const struct ledger_restore *restore, uint64_t last,
                                  const struct ledger_hash *root, struct ledger_error *error) {
    struct ledger_hash ours = ledger_merkle_root(&restore->tree, restore->hasher);
    if (restore->tree.size != last)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "%" PRIu64 " records instead of the %" PRIu64 " that were exported",
                           restore->tree.size, last);
    if (memcmp(ours.bytes, root->bytes, LEDGER_HASH_SIZE) != 0)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the records have another Merkle root than those that were exported");
    return LEDGER_E_OK;
}

static enum ledger_err make_indexes(const struct ledger_restore *restore,
                                    struct ledger_error *error) {
    const struct ledger_log_options options = {.data = restore->made};
    struct ledger_log *log;
    enum ledger_err err = ledger_log_open(&options, &log, error);
    if (err == LEDGER_E_OK)
        ledger_log_close(log);
    return err;
}

// What the root does not tell: whether stream versions and event ids are as they must be.
static enum ledger_err verify_made(const struct ledger_restore *restore,
                                   struct ledger_error *error) {
    struct ledger_verify_files *files;
    struct ledger_verify_report report = {.resume_size = 0};
    enum ledger_err err = ledger_verify_open(restore->made, &files, error);
    if (err != LEDGER_E_OK)
        return err;
    do {
        struct ledger_verify_report last = report;
        const struct ledger_verify asked = {.resume = ledger_span_of(last.resume, last.resume_size),
                                            .max_ms = LEDGER_VERIFY_MS_MAX};
        err = ledger_verify_step(files, &asked, &report, error);
    } while (err == LEDGER_E_OK && report.resume_size != 0);
    ledger_verify_close(files);
    if (err == LEDGER_E_OK && report.fault.position != 0)
        err = ledger_fail(error, LEDGER_E_CORRUPT, NULL, "position %" PRIu64 ", %s: %s",
                          report.fault.position, report.fault.where, report.fault.message);
    return err;
}

// The log comes last: with it the directory becomes a ledger.
static enum ledger_err move_to_place(const struct ledger_restore *restore,
                                     struct ledger_error *error) {
    static const char *const names[] = {"index", "log"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char from[PATH_SIZE], to[PATH_SIZE];
        path_in(restore->made, names[i], from);
        path_in(restore->data, names[i], to);
        if (rename(from, to) != 0)
            return fail_errno(error, to);
        enum ledger_err err = ledger_directory_sync(restore->data, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return remove_made(restore, error);
}

enum ledger_err ledger_restore_end(struct ledger_restore *restore, uint64_t last,
                                   const struct ledger_hash *root, struct ledger_error *error) {
    enum ledger_err err = check_root(restore, last, root, error);
    if (err == LEDGER_E_OK)
        err = end_block(restore, error);
    if (err == LEDGER_E_OK)
        err = commit(restore, error);
    if (err != LEDGER_E_OK)
        return err;
    close_store(restore);
    err = make_indexes(restore, error);
    if (err == LEDGER_E_OK)
        err = verify_made(restore, error);
    if (err == LEDGER_E_OK)
        err = move_to_place(restore, error);
    if (err == LEDGER_E_OK)
        restore->made[0] = '\0'; // nothing is left to remove
    return err;
}
