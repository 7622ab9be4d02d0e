// Folding: the tail goes from memory into the index environment, by a thread of its own, behind
// the log. At start the log's part beyond the index comes into the tail the same way.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/event.h"
#include "ledger/logging.h"
#include "log_internal.h"

enum { IDLE_MS = 50, FULL_RETRY_MS = 1000, CATCH_UP_ARENA_BYTES = 64 << 10 };

static struct timespec steady_after(long ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return until;
}

// With the tail lock held, and no block being made: only whole blocks may be frozen.
static bool freeze(struct ledger_log *log) {
    struct tail_generation *next = tail_new(log->active->last + 1);
    if (next == NULL)
        return false; // no memory now: the tail grows until there is, or "busy"
    log->frozen = log->active;
    log->frozen_state = (struct index_state){
        .identity = log->store.identity, .folded_to = log->active->last, .root = log->root};
    log->active = next;
    log->active_since = 0;
    pthread_cond_signal(&log->fold_wanted);
    return true;
}

static int64_t steady_now(const struct ledger_log *log) {
    return log->options.clock->steady_micros(log->options.clock->context);
}

void fold_touch(struct ledger_log *log) {
    log->active_touched = steady_now(log);
    if (log->active_since != 0)
        return;
    log->active_since = log->active_touched;
    pthread_cond_signal(&log->fold_wanted); // the folder sleeps while there is nothing
}

// With the tail lock held.
static bool is_due(const struct ledger_log *log, bool now) {
    return log->frozen == NULL && log->active->id_count != 0 &&
           (now || log->active->id_count >= log->options.fold_events ||
            log->active->bytes >= log->options.tail_bytes_max / 2 ||
            steady_now(log) - log->active_since >= (int64_t)log->options.fold_interval_ms * 1000);
}

void fold_freeze_if_due(struct ledger_log *log, bool now) {
    pthread_mutex_lock(&log->tail_lock);
    bool due = is_due(log, now);
    pthread_mutex_unlock(&log->tail_lock);
    if (!due)
        return;
    log_settle(log); // the indexes never know more than the log's environment
    pthread_mutex_lock(&log->tail_lock);
    freeze(log); // still due: nobody else freezes
    pthread_mutex_unlock(&log->tail_lock);
}

// False: the index has no room, and keeps what it had. Nothing was committed, so it may be tried
// again; meanwhile the tail fills and appends get "busy". Any other failure is fatal.
static bool fold_frozen(struct ledger_log *log) {
    struct ledger_error error = {0};
    enum ledger_err err = index_fold(log->index, log->frozen, &log->frozen_state, &error);
    if (err == LEDGER_E_MAP_FULL) {
        ledger_log_error("the index has no room; restart with a larger map size", "error=\"%s\"",
                         error.message);
        return false;
    }
    if (err != LEDGER_E_OK) {
        log->options.fatal(&error);
        abort();
    }
    pthread_mutex_lock(&log->tail_lock);
    struct tail_generation *done = log->frozen;
    log->frozen = NULL;
    log->folds++;
    pthread_mutex_unlock(&log->tail_lock);
    tail_release(done);
    return true;
}

static void pause_after_failure(struct ledger_log *log) {
    struct timespec until = steady_after(FULL_RETRY_MS);
    pthread_mutex_lock(&log->tail_lock);
    while (!log->stopping &&
           pthread_cond_timedwait(&log->fold_wanted, &log->tail_lock, &until) != ETIMEDOUT)
        continue;
    pthread_mutex_unlock(&log->tail_lock);
}

// Sleeps until a generation is frozen, or it is time to look whether the active one should be.
static void wait_for_work(struct ledger_log *log) {
    while (log->frozen == NULL && log->active_since == 0 && !log->stopping)
        pthread_cond_wait(&log->fold_wanted, &log->tail_lock);
    struct timespec until = steady_after(IDLE_MS);
    while (log->frozen == NULL && !log->stopping) {
        if (pthread_cond_timedwait(&log->fold_wanted, &log->tail_lock, &until) == ETIMEDOUT)
            break;
    }
}

// A tail that nobody has added to for a moment is folded whatever its size. Nobody can become the
// writer while the queue is locked.
static void freeze_idle(struct ledger_log *log) {
    pthread_mutex_lock(&log->queue_lock);
    if (!log->writing)
        fold_freeze_if_due(log, steady_now(log) - log->active_touched >= IDLE_MS * 1000);
    pthread_mutex_unlock(&log->queue_lock);
}

static void *folder(void *context) {
    struct ledger_log *log = context;
    for (;;) {
        pthread_mutex_lock(&log->tail_lock);
        wait_for_work(log);
        bool stopping = log->stopping, work = log->frozen != NULL;
        bool idle_tail = !work && log->active_since != 0;
        pthread_mutex_unlock(&log->tail_lock);
        if (work) {
            if (fold_frozen(log))
                continue;
            if (stopping)
                return NULL; // the next start folds it from the log
            pause_after_failure(log);
        } else if (stopping) {
            return NULL;
        } else if (idle_tail) {
            freeze_idle(log);
        }
    }
}

enum ledger_err fold_start(struct ledger_log *log, struct ledger_error *error) {
    if (pthread_create(&log->folder, NULL, folder, log) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for the indexes");
    log->folder_runs = true;
    return LEDGER_E_OK;
}

void fold_stop(struct ledger_log *log) {
    if (!log->folder_runs)
        return;
    pthread_mutex_lock(&log->tail_lock);
    log->stopping = true;
    pthread_cond_signal(&log->fold_wanted);
    pthread_mutex_unlock(&log->tail_lock);
    pthread_join(log->folder, NULL); // it folds what is frozen first
    log->folder_runs = false;
    fold_freeze_if_due(log, true);
    if (log->frozen != NULL)
        (void)fold_frozen(log);
}

// ---- at start

static enum ledger_err add_record(struct ledger_log *log, struct ledger_span record,
                                  uint64_t position, struct ledger_arena *arena,
                                  struct ledger_error *error) {
    struct ledger_record_parts parts;
    struct ledger_envelope envelope;
    size_t none = 0;
    ledger_arena_reset(arena);
    if (ledger_record_split(record, &parts, NULL, &none) != LEDGER_E_OK ||
        parts.position != position || parts.stream_version == 0 ||
        ledger_envelope_read(parts.event, arena, &envelope) != LEDGER_E_OK)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the record at position %" PRIu64 " is damaged", position);
    struct event_terms terms;
    struct ledger_uuid id;
    memcpy(id.bytes, envelope.event_id.data, sizeof id.bytes);
    event_terms(&envelope, &terms);
    enum ledger_err err =
        tail_add(log->active, position, &id, &terms, parts.stream_version - 1, NULL);
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "reading the log");
}

static enum ledger_err add_block(struct ledger_log *log, const struct block *block, uint64_t from,
                                 struct ledger_arena *arena, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (uint32_t i = (uint32_t)(from - block->first); err == LEDGER_E_OK && i < block->count;
         i++) {
        struct ledger_span record;
        if (block_record(block, i, &record) != LEDGER_E_OK)
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the record at position %" PRIu64 " is damaged", block->first + i);
        err = add_record(log, record, block->first + i, arena, error);
    }
    if (err == LEDGER_E_OK)
        memcpy(log->root.bytes, block->root_after, LEDGER_HASH_SIZE);
    return err;
}

// An index is of use if it was folded from this very log.
static enum ledger_err check_index(struct ledger_log *log, const struct store_view *view,
                                   uint64_t *folded_to, struct ledger_error *error) {
    struct index_state state;
    bool present;
    enum ledger_err err = index_state(log->index, &state, &present, error);
    if (err != LEDGER_E_OK)
        return err;
    struct block block;
    bool fits = present && state.folded_to <= log->end.head &&
                memcmp(&state.identity.ledger_id, &log->store.identity.ledger_id, 16) == 0 &&
                state.identity.epoch == log->store.identity.epoch;
    if (fits && state.folded_to != 0) {
        err = store_block(&log->store, view, state.folded_to, &block, error);
        if (err != LEDGER_E_OK)
            return err;
        fits = block_last(&block) == state.folded_to &&
               memcmp(block.root_after, state.root.bytes, LEDGER_HASH_SIZE) == 0;
    }
    *folded_to = fits ? state.folded_to : 0;
    if (fits)
        return LEDGER_E_OK;
    if (log->end.head != 0)
        ledger_log_warn("the indexes are missing or of another log; rebuilding them",
                        "head=%" PRIu64, log->end.head);
    struct ledger_merkle empty = {0};
    struct ledger_hash root = ledger_merkle_root(&empty, log->hasher);
    return index_reset(log->index, &log->store.identity, &root, error);
}

static void log_progress(struct ledger_log *log, uint64_t position, int64_t *said) {
    const struct ledger_clock *clock = log->options.clock;
    int64_t now = clock->steady_micros(clock->context);
    if (now - *said < 1000000)
        return;
    *said = now;
    ledger_log_info("bringing the indexes up to the log", "position=%" PRIu64 " head=%" PRIu64,
                    position, log->end.head);
}

static enum ledger_err catch_up_from(struct ledger_log *log, const struct store_view *view,
                                     uint64_t position, struct ledger_arena *arena,
                                     struct ledger_error *error) {
    int64_t said = log->options.clock->steady_micros(log->options.clock->context);
    enum ledger_err err = LEDGER_E_OK;
    while (err == LEDGER_E_OK && position <= log->end.head) {
        struct block block;
        err = store_block(&log->store, view, position, &block, error);
        if (err == LEDGER_E_OK)
            err = add_block(log, &block, position, arena, error);
        if (err != LEDGER_E_OK)
            break;
        position = block_last(&block) + 1;
        if (log->active->id_count >= log->options.fold_events) {
            fold_freeze_if_due(log, true);
            if (log->frozen != NULL && !fold_frozen(log))
                return ledger_fail(error, LEDGER_E_MAP_FULL, "map-size",
                                   "the index needs a larger map than it has");
            log_progress(log, position, &said);
        }
    }
    return err;
}

enum ledger_err fold_catch_up(struct ledger_log *log, struct ledger_error *error) {
    struct store_view view;
    uint64_t folded_to = 0;
    enum ledger_err err = store_view_begin(&log->store, &view, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_arena *arena = ledger_arena_new(CATCH_UP_ARENA_BYTES);
    err = arena == NULL ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the log")
                        : check_index(log, &view, &folded_to, error);
    if (err == LEDGER_E_OK) {
        log->active = tail_new(folded_to + 1);
        err = log->active == NULL ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the log")
                                  : catch_up_from(log, &view, folded_to + 1, arena, error);
    }
    ledger_arena_free(arena);
    store_view_end(&view);
    return err;
}
