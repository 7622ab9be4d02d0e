// Opening and closing the log, and saying how it is.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "judge.h"
#include "ledger/files.h"
#include "ledger/logging.h"
#include "page.h"
#include "restore.h"
#include "room.h"

enum {
    FOLD_EVENTS_DEFAULT = 65536,
    FOLD_INTERVAL_MS_DEFAULT = 1000,
    TAIL_BYTES_DEFAULT = 64 << 20,
    SCRATCH_BYTES = 16 << 10,
};

static void fatal_default(const struct ledger_error *error) {
    ledger_log_error("the log cannot go on", "error=\"%s\"", error->message);
    abort();
}

static void set_defaults(struct ledger_log_options *options) {
    if (options->fold_events == 0)
        options->fold_events = FOLD_EVENTS_DEFAULT;
    if (options->fold_interval_ms == 0)
        options->fold_interval_ms = FOLD_INTERVAL_MS_DEFAULT;
    if (options->tail_bytes_max == 0)
        options->tail_bytes_max = TAIL_BYTES_DEFAULT;
    if (options->clock_jump_micros == 0)
        options->clock_jump_micros = INT64_C(300) * 1000000;
    if (options->clock == NULL)
        options->clock = &ledger_clock_system;
    if (options->fatal == NULL)
        options->fatal = fatal_default;
}

static enum ledger_err directory(struct ledger_log *log, const char *name, char *path, size_t size,
                                 struct ledger_error *error) {
    if (snprintf(path, size, "%s/%s", log->options.data, name) >= (int)size)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    return LEDGER_E_OK;
}

// A pthread condition that does not jump with the clock.
static enum ledger_err init_locks(struct ledger_log *log, struct ledger_error *error) {
    pthread_condattr_t steady;
    if (pthread_mutex_init(&log->queue_lock, NULL) != 0 ||
        pthread_mutex_init(&log->tail_lock, NULL) != 0 || pthread_condattr_init(&steady) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    int code = pthread_cond_init(&log->fold_wanted, &steady);
    if (code == 0)
        code = pthread_cond_init(&log->settled, NULL);
    pthread_condattr_destroy(&steady);
    return code == 0 ? LEDGER_E_OK
                     : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
}

// An index that cannot be opened or read is thrown away: everything in it is in the log.
static enum ledger_err open_index(struct ledger_log *log, const char *path,
                                  struct ledger_error *error) {
    enum ledger_err err = index_open(path, log->options.map_bytes, &log->index, error);
    if (err != LEDGER_E_FORMAT && err != LEDGER_E_CORRUPT)
        return err;
    ledger_log_warn("the indexes cannot be opened; they are made anew", "error=\"%s\"",
                    error->message);
    err = index_discard(path, error);
    return err == LEDGER_E_OK ? index_open(path, log->options.map_bytes, &log->index, error) : err;
}

// A restore puts the log in its place last. A ledger begun beside what a killed one left would be
// mistaken for the restored one.
static enum ledger_err refuse_unfinished(struct ledger_log *log, struct ledger_error *error) {
    char made[4096], path[4096];
    enum ledger_err err = directory(log, RESTORING_NAME, made, sizeof made, error);
    if (err == LEDGER_E_OK)
        err = directory(log, "log", path, sizeof path, error);
    if (err != LEDGER_E_OK || access(made, F_OK) != 0 || access(path, F_OK) == 0)
        return err;
    return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data",
                       "a restore into %s did not come to its end: restore again, or delete %s",
                       log->options.data, made);
}

static bool is_there(struct ledger_log *log, const char *name) {
    char path[4096];
    struct stat file;
    return directory(log, name, path, sizeof path, NULL) == LEDGER_E_OK && stat(path, &file) == 0 &&
           file.st_size != 0;
}

// A new log would be begun in the place of one that is lost, beside what else there is of it.
static enum ledger_err refuse_lost(struct ledger_log *log, struct ledger_error *error) {
    static const char *const others[] = {"index/data.mdb", "state/data.mdb"};
    bool lost = false;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        lost = lost || is_there(log, others[i]);
    if (!lost || is_there(log, "log/data.mdb"))
        return LEDGER_E_OK;
    return ledger_fail(
        error, LEDGER_E_CORRUPT, "data",
        "%s/log/data.mdb is missing or empty, and other files of a ledger are there: "
        "put the log back from a copy, or restore an export into another folder",
        log->options.data);
}

static enum ledger_err open_store(struct ledger_log *log, const char *path,
                                  struct ledger_error *error) {
    struct store_options options = {
        .path = path,
        .map_bytes = log->options.map_bytes,
        .journal_bytes = log->options.journal_bytes,
        .forget_journal = log->options.forget_journal,
        .unsafe_no_sync = log->options.unsafe_no_sync,
    };
    return store_open(&log->store, &options, &log->end, error);
}

static enum ledger_err open_environments(struct ledger_log *log, struct ledger_error *error) {
    char path[4096];
    enum ledger_err err = ledger_directory_make(log->options.data, error);
    if (err == LEDGER_E_OK)
        err = refuse_unfinished(log, error);
    if (err == LEDGER_E_OK)
        err = refuse_lost(log, error);
    if (err == LEDGER_E_OK)
        err = directory(log, "log", path, sizeof path, error);
    if (err == LEDGER_E_OK)
        err = open_store(log, path, error);
    if (err == LEDGER_E_OK)
        err = directory(log, "index", path, sizeof path, error);
    return err == LEDGER_E_OK ? open_index(log, path, error) : err;
}

enum ledger_err ledger_log_open(const struct ledger_log_options *options, struct ledger_log **out,
                                struct ledger_error *error) {
    *out = NULL;
    struct ledger_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
    log->options = *options;
    set_defaults(&log->options);
    enum ledger_err err = init_locks(log, error);
    if (err == LEDGER_E_OK)
        err = open_environments(log, error);
    if (err != LEDGER_E_OK)
        goto fail;
    log->hasher = ledger_hasher_new();
    log->scratch = ledger_arena_new(SCRATCH_BYTES);
    if (log->hasher == NULL || log->scratch == NULL) {
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
        goto fail;
    }
    err = fold_catch_up(log, error);
    if (err != LEDGER_E_OK)
        goto fail;
    log->root = ledger_merkle_root(&log->end.tree, log->hasher);
    log->recorded_at = log->end.recorded_at;
    atomic_store(&log->head, log->end.head);
    if (log->active->id_count != 0)
        fold_touch(log);
    err = fold_start(log, error);
    if (err != LEDGER_E_OK)
        goto fail;
    *out = log;
    return LEDGER_E_OK;

fail:
    ledger_log_close(log);
    return err;
}

void ledger_log_close(struct ledger_log *log) {
    if (log == NULL)
        return;
    fold_stop(log);
    judge_forget_index(log);
    tail_release(log->active);
    tail_release(log->frozen);
    index_close(log->index);
    store_close(&log->store);
    block_builder_fini(&log->builder);
    ledger_buffer_fini(&log->touched);
    ledger_hasher_free(log->hasher);
    ledger_arena_free(log->scratch);
    pthread_cond_destroy(&log->settled);
    pthread_cond_destroy(&log->fold_wanted);
    pthread_mutex_destroy(&log->tail_lock);
    pthread_mutex_destroy(&log->queue_lock);
    free(log);
}

struct ledger_log_identity ledger_log_identity(const struct ledger_log *log) {
    return log->store.identity;
}

uint64_t ledger_log_head(struct ledger_log *log) {
    return atomic_load(&log->head);
}

enum ledger_err ledger_log_status(struct ledger_log *log, struct ledger_log_status *status,
                                  struct ledger_error *error) {
    *status = (struct ledger_log_status){0};
    struct snapshot snapshot;
    enum ledger_err err = snapshot_begin(log, &snapshot, error);
    if (err != LEDGER_E_OK)
        return err;
    memcpy(status->root, log->root.bytes, sizeof status->root);
    status->last_recorded_at = log->recorded_at;
    status->streams = snapshot.active->streams_begun;
    if (snapshot.frozen != NULL && snapshot.frozen->last > snapshot.folded_to)
        status->streams += snapshot.frozen->streams_begun;
    snapshot_unlock(log, &snapshot);
    status->head = snapshot.head;
    status->folded_to = snapshot.folded_to;
    status->streams += index_stream_count(log->index, snapshot.txn);
    snapshot_end(&snapshot);

    struct store_view view;
    err = store_view_begin(&log->store, &view, error);
    if (err != LEDGER_E_OK)
        return err;
    status->blocks = store_block_count(&log->store, &view);
    store_view_end(&view);
    struct ledger_kv_stat stat;
    ledger_kv_stat(log->store.kv, &stat);
    status->log_bytes = stat.used_bytes;
    ledger_kv_stat(index_kv(log->index), &stat);
    status->index_bytes = stat.used_bytes;
    status->disk_least_bytes = room_disk_least(log);
    struct statvfs disk;
    if (statvfs(log->options.data, &disk) == 0)
        status->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return LEDGER_E_OK;
}
