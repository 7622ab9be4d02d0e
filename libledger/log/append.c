// Appending: take what queued, judge each append, pack the accepted ones into one block, apply it,
// sync, answer them all.
//
// Judging an append, in this order: an id twice in it; ids the ledger knows (with the same bytes:
// duplicates; with others: refused); expected versions; room. Nothing is written before all of it
// holds, so a refused append leaves no trace. Events that are accepted go to the active tail at
// once, where later appends of the same block see them; readers do not, since they stop at `head`.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "ledger/limits.h"
#include "ledger/logging.h"
#include "log_internal.h"

enum {
    QUEUE_BYTES_MAX = 64 << 20,
    BLOCK_BYTES_MAX = 4 << 20, // stop adding appends to a block that is this large
    // What the largest block may take, with LMDB's own pages: a block under its limit takes in one
    // more request as it is.
    ROOM_BYTES = 2 * (BLOCK_BYTES_MAX + LEDGER_REQUEST_SIZE_MAX),
    BUSY_RETRY_MS = 50,
};

// What judging needs to see beside the active tail.
struct judge {
    struct ledger_log *log;
    struct ledger_kv_txn *index_txn;
    struct ledger_kv_txn *log_txn;
    struct tail_generation *frozen;
    struct store_reader reader;
    uint64_t next; // position of the next event
    int64_t recorded_at;
    uint64_t disk_free;
    bool clock_jumped;
    struct ledger_span principal;
};

static enum ledger_err judge_begin(struct judge *judge, struct ledger_log *log,
                                   struct ledger_error *error) {
    *judge = (struct judge){.log = log, .next = log->end.head + 1};
    enum ledger_err err = ledger_kv_read(log->store.kv, &judge->log_txn, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&log->tail_lock);
    err = ledger_kv_read(index_kv(log->index), &judge->index_txn, error);
    judge->frozen = log->frozen;
    tail_hold(judge->frozen);
    pthread_mutex_unlock(&log->tail_lock);
    judge->reader = (struct store_reader){.store = &log->store, .txn = judge->log_txn};
    return err;
}

static void judge_end(struct judge *judge) {
    tail_release(judge->frozen);
    ledger_kv_abort(judge->index_txn);
    ledger_kv_abort(judge->log_txn);
}

// ---- the clock and the disk

// recorded_at of the block to come. The clock may be off by what a slow machine or a time server
// explains, not more: a jump ahead would be in the record for ever.
static void read_clock(struct judge *judge) {
    struct ledger_log *log = judge->log;
    const struct ledger_clock *clock = log->options.clock;
    int64_t wall = clock->wall_micros(clock->context);
    int64_t steady = clock->steady_micros(clock->context);
    int64_t jump = log->options.clock_jump_micros;
    judge->recorded_at = wall > log->end.recorded_at ? wall : log->end.recorded_at + 1;
    bool behind = log->end.recorded_at - wall > jump;
    bool ahead =
        log->steady_seen != 0 && (wall - log->wall_seen) - (steady - log->steady_seen) > jump;
    judge->clock_jumped = behind || ahead;
    if (!judge->clock_jumped) {
        log->wall_seen = wall;
        log->steady_seen = steady;
    }
}

static void read_disk(struct judge *judge) {
    struct statvfs disk;
    struct ledger_kv_stat stat;
    judge->disk_free = UINT64_MAX;
    if (statvfs(judge->log->options.data, &disk) == 0)
        judge->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
    struct ledger_kv *const environments[] = {judge->log->store.kv, index_kv(judge->log->index)};
    for (size_t i = 0; i < sizeof environments / sizeof *environments; i++) {
        ledger_kv_stat(environments[i], &stat);
        uint64_t map_free = stat.map_bytes - stat.used_bytes;
        if (map_free < judge->disk_free)
            judge->disk_free = map_free;
    }
}

static enum ledger_err check_room(struct judge *judge, struct ledger_append *append) {
    struct ledger_log *log = judge->log;
    if (judge->clock_jumped)
        return ledger_fail(&append->error, LEDGER_E_CLOCK_JUMP, NULL,
                           "the clock has jumped; nothing is recorded until it agrees with the "
                           "last block again, or the service is restarted after a look at it");
    if (judge->disk_free < log->options.disk_reserve_bytes + ROOM_BYTES)
        return ledger_fail(&append->error, LEDGER_E_DISK_RESERVE, NULL,
                           "only %" PRIu64 " MiB are free at %s, and %" PRIu64 " are kept in "
                           "reserve",
                           judge->disk_free >> 20, log->options.data,
                           log->options.disk_reserve_bytes >> 20);
    size_t held = log->active->bytes + (judge->frozen != NULL ? judge->frozen->bytes : 0);
    if (held > log->options.tail_bytes_max) {
        append->error.retry_after_ms = BUSY_RETRY_MS;
        return ledger_fail(&append->error, LEDGER_E_BUSY, NULL,
                           "the indexes are behind; retry in a moment");
    }
    return LEDGER_E_OK;
}

// ---- ids

static const struct ledger_uuid *event_id(const struct ledger_append_event *event) {
    return (const struct ledger_uuid *)event->event->event_id.data;
}

static enum ledger_err refuse_id(struct ledger_append *append, enum ledger_err code, size_t i,
                                 const char *why) {
    char field[40], text[LEDGER_UUID_TEXT_SIZE];
    const struct ledger_uuid *id = event_id(&append->events[i]);
    snprintf(field, sizeof field, "events[%zu].event_id", i);
    ledger_uuid_format(id, text);
    ledger_fail(&append->error, code, field, "event %s %s", text, why);
    memcpy(append->error.event_id, id->bytes, sizeof id->bytes);
    append->error.has_event_id = true;
    return code;
}

static int by_event_id(const void *a, const void *b) {
    return memcmp((*(const struct ledger_append_event *const *)a)->event->event_id.data,
                  (*(const struct ledger_append_event *const *)b)->event->event_id.data, 16);
}

static enum ledger_err check_repeats(struct judge *judge, struct ledger_append *append) {
    if (append->event_count < 2)
        return LEDGER_E_OK;
    const struct ledger_append_event **order = ledger_arena_alloc(
        judge->log->scratch, append->event_count * sizeof(struct ledger_append_event *));
    if (order == NULL)
        return ledger_fail(&append->error, LEDGER_E_NO_MEMORY, NULL, "judging an append");
    for (size_t i = 0; i < append->event_count; i++)
        order[i] = &append->events[i];
    qsort(order, append->event_count, sizeof(struct ledger_append_event *), by_event_id);
    for (size_t i = 1; i < append->event_count; i++) {
        if (by_event_id(&order[i - 1], &order[i]) == 0)
            return refuse_id(append, LEDGER_E_EVENT_ID_REPEATED,
                             (size_t)(order[i] - append->events), "stands twice in the append");
    }
    return LEDGER_E_OK;
}

// An index that cannot be read must not pass for one that does not know: what it failed to find
// would be stored twice.
static enum ledger_err refuse_index(enum ledger_err err, struct ledger_error *error) {
    return err == LEDGER_E_OK ? err
                              : ledger_fail(error, err, NULL,
                                            "the index cannot be read; stop the service and "
                                            "delete its index directory: it is rebuilt from "
                                            "the log");
}

static enum ledger_err find_id(struct judge *judge, const struct ledger_uuid *id,
                               uint64_t *position, struct ledger_error *error) {
    *position = tail_find_id(judge->log->active, id);
    if (*position == 0 && judge->frozen != NULL)
        *position = tail_find_id(judge->frozen, id);
    if (*position != 0)
        return LEDGER_E_OK;
    return refuse_index(index_find_id(judge->log->index, judge->index_txn, id, position), error);
}

// The record at a position, stored or in the block that is being made.
static enum ledger_err find_record(struct judge *judge, uint64_t position,
                                   struct ledger_span *record, struct ledger_error *error) {
    uint64_t head = judge->log->end.head;
    if (position > head) {
        *record = block_builder_record(&judge->log->builder, (uint32_t)(position - head - 1));
        return LEDGER_E_OK;
    }
    return store_reader_record(&judge->reader, position, record, error);
}

// Is the stored event what the writer sends again?
static enum ledger_err same_bytes(struct judge *judge, uint64_t position,
                                  const struct ledger_append_event *event, bool *same,
                                  struct ledger_error *error) {
    struct ledger_span record, personal[LEDGER_SUBJECTS_MAX];
    struct ledger_record_parts parts;
    size_t count = LEDGER_SUBJECTS_MAX;
    enum ledger_err err = find_record(judge, position, &record, error);
    if (err == LEDGER_E_OK && ledger_record_split(record, &parts, personal, &count) != LEDGER_E_OK)
        err = ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                          "the record at position %" PRIu64 " is damaged", position);
    if (err != LEDGER_E_OK)
        return err;
    *same = ledger_span_equal(parts.event, event->bytes) && count == event->personal_count;
    for (size_t i = 0; *same && i < count; i++)
        *same = ledger_span_equal(personal[i], event->personal[i]);
    return LEDGER_E_OK;
}

// Fills positions of known events (0 = new) and counts them.
static enum ledger_err find_duplicates(struct judge *judge, struct ledger_append *append) {
    append->duplicates = 0;
    size_t known = 0;
    for (size_t i = 0; i < append->event_count; i++) {
        uint64_t *position = &append->positions[i];
        enum ledger_err err =
            find_id(judge, event_id(&append->events[i]), position, &append->error);
        if (err != LEDGER_E_OK)
            return err;
        if (*position == 0)
            continue;
        bool same;
        err = same_bytes(judge, *position, &append->events[i], &same, &append->error);
        if (err != LEDGER_E_OK)
            return err;
        if (!same)
            return refuse_id(append, LEDGER_E_EVENT_ID_REUSED, i, "is known with other bytes");
        append->duplicates++;
        known = i;
    }
    if (append->duplicates != 0 && append->duplicates != append->event_count &&
        !append->allow_duplicates)
        return refuse_id(append, LEDGER_E_EVENT_ID_KNOWN, known,
                         "is known, and other events of the append are new");
    return LEDGER_E_OK;
}

// ---- versions

static enum ledger_err stream_version(struct judge *judge, struct ledger_span stream,
                                      uint64_t *version, struct ledger_error *error) {
    struct term key = term_of(TERM_STREAM, stream);
    const struct tail_term *tail = tail_find_term(judge->log->active, term_span(&key));
    if (tail == NULL && judge->frozen != NULL)
        tail = tail_find_term(judge->frozen, term_span(&key));
    if (tail != NULL) {
        *version = tail->base + tail->count;
        return LEDGER_E_OK;
    }
    struct index_term known;
    enum ledger_err err =
        index_find_term(judge->log->index, judge->index_txn, term_span(&key), &known);
    *version = known.count;
    return refuse_index(err, error);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The streams that gain events, sorted.
struct gaining {
    const char **streams;
    size_t count;
};

static enum ledger_err find_gaining(struct judge *judge, struct ledger_append *append,
                                    struct gaining *gaining) {
    *gaining = (struct gaining){
        .streams = ledger_arena_alloc(judge->log->scratch, append->event_count * sizeof(char *))};
    if (gaining->streams == NULL)
        return ledger_fail(&append->error, LEDGER_E_NO_MEMORY, NULL, "judging an append");
    for (size_t i = 0; i < append->event_count; i++) {
        if (append->positions[i] == 0)
            gaining->streams[gaining->count++] = append->events[i].event->stream;
    }
    qsort(gaining->streams, gaining->count, sizeof *gaining->streams, by_text);
    return LEDGER_E_OK;
}

static bool gains(const struct gaining *gaining, struct judge *judge, struct ledger_span stream) {
    const char *text = ledger_arena_text(judge->log->scratch, stream);
    return text != NULL && bsearch(&text, gaining->streams, gaining->count,
                                   sizeof *gaining->streams, by_text) != NULL;
}

// With duplicates among the events, only streams that gain events are held to their versions.
static enum ledger_err check_versions(struct judge *judge, struct ledger_append *append) {
    struct ledger_error *error = &append->error;
    struct gaining gaining = {0};
    enum ledger_err err = LEDGER_E_OK;
    if (append->duplicates != 0 && append->expected_count != 0)
        err = find_gaining(judge, append, &gaining);
    for (size_t i = 0; err == LEDGER_E_OK && i < append->expected_count; i++) {
        const struct ledger_append_expected *expected = &append->expected[i];
        if (append->duplicates != 0 && !gains(&gaining, judge, expected->stream))
            continue;
        uint64_t actual;
        err = stream_version(judge, expected->stream, &actual, error);
        if (err != LEDGER_E_OK || actual == expected->version)
            continue;
        char field[40];
        snprintf(field, sizeof field, "expected[%zu]", i);
        err = ledger_fail(error, LEDGER_E_WRONG_EXPECTED_VERSION, field,
                          "stream %.*s is at version %" PRIu64 ", not %" PRIu64,
                          (int)expected->stream.size, (const char *)expected->stream.data, actual,
                          expected->version);
        snprintf(error->stream, sizeof error->stream, "%.*s", (int)expected->stream.size,
                 (const char *)expected->stream.data);
        error->actual_version = actual;
    }
    return err;
}

// ---- one append

// Once an append is accepted, running out of memory half-way would leave it torn in the tail:
// that is for `fatal`.
static enum ledger_err add_event(struct judge *judge, const struct ledger_append_event *event,
                                 uint64_t *position, struct ledger_error *error) {
    struct ledger_log *log = judge->log;
    uint64_t before;
    enum ledger_err err =
        stream_version(judge, ledger_span_text(event->event->stream), &before, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_record_parts parts = {
        .position = judge->next,
        .recorded_at = judge->recorded_at,
        .stream_version = before + 1,
        .principal = judge->principal,
        .event = event->bytes,
        .personal = event->personal,
        .personal_count = event->personal_count,
    };
    uint8_t *place = block_builder_add(&log->builder, ledger_record_size(&parts));
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing a block");
    ledger_record_write(&parts, place);
    pthread_mutex_lock(&log->tail_lock);
    err = tail_add(log->active, judge->next, event->event, before);
    pthread_mutex_unlock(&log->tail_lock);
    *position = judge->next++;
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "packing a block");
}

static enum ledger_err judge_append(struct judge *judge, struct ledger_append *append) {
    enum ledger_err err = check_repeats(judge, append);
    if (err == LEDGER_E_OK)
        err = find_duplicates(judge, append);
    if (err != LEDGER_E_OK)
        return err;
    if (append->duplicates == append->event_count && append->event_count != 0)
        return LEDGER_E_OK;
    err = check_versions(judge, append);
    if (err == LEDGER_E_OK && append->event_count != 0)
        err = check_room(judge, append);
    return err;
}

// LEDGER_E_OK: judged, whatever the outcome. Anything else is fatal.
static enum ledger_err take_append(struct judge *judge, struct ledger_append *append,
                                   struct ledger_error *fatal) {
    append->added = 0;
    append->error.code = LEDGER_E_OK;
    ledger_arena_reset(judge->log->scratch);
    enum ledger_err err = judge_append(judge, append);
    if (err != LEDGER_E_OK) {
        append->error.code = err;
        append->duplicates = 0;
        return LEDGER_E_OK;
    }
    for (size_t i = 0; i < append->event_count; i++) {
        if (append->positions[i] != 0)
            continue;
        err = add_event(judge, &append->events[i], &append->positions[i], fatal);
        if (err != LEDGER_E_OK)
            return err;
        append->added++;
    }
    return LEDGER_E_OK;
}

// ---- one block

static enum ledger_err commit_block(struct ledger_log *log, int64_t recorded_at,
                                    struct ledger_error *error) {
    struct block_builder *builder = &log->builder;
    struct ledger_merkle tree = log->end.tree;
    for (uint32_t i = 0; i < builder->count; i++) {
        struct ledger_hash leaf = ledger_merkle_leaf(log->hasher, block_builder_record(builder, i));
        ledger_merkle_add(&tree, log->hasher, &leaf);
    }
    struct block_seal seal = {
        .epoch = log->store.identity.epoch,
        .first = log->end.head + 1,
        .recorded_at = recorded_at,
        .root_before = log->root,
        .root_after = ledger_merkle_root(&tree, log->hasher),
    };
    enum ledger_err err = block_builder_seal(builder, &seal);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "packing a block");
    struct ledger_kv_txn *txn;
    err = ledger_kv_write(log->store.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err =
        store_apply(&log->store, txn, ledger_buffer_span(&builder->bytes), &tree, &log->end, error);
    if (err != LEDGER_E_OK) {
        ledger_kv_abort(txn);
        return err;
    }
    err = ledger_kv_commit(txn, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&log->tail_lock);
    log->root = seal.root_after;
    log->recorded_at = recorded_at;
    if (log->active_since == 0)
        log->active_since = log->options.clock->steady_micros(log->options.clock->context);
    atomic_store(&log->head, log->end.head);
    pthread_mutex_unlock(&log->tail_lock);
    return LEDGER_E_OK;
}

// Judges jobs until the block is large enough. Returns the first that was left for the next block.
static enum ledger_err judge_jobs(struct ledger_log *log, struct ledger_append_job *jobs,
                                  struct ledger_append_job **rest, int64_t *recorded_at,
                                  struct ledger_error *error) {
    struct judge judge;
    enum ledger_err err = judge_begin(&judge, log, error);
    *rest = jobs;
    if (err == LEDGER_E_OK) {
        read_clock(&judge);
        read_disk(&judge);
        *recorded_at = judge.recorded_at;
    }
    while (err == LEDGER_E_OK && *rest != NULL &&
           block_builder_size(&log->builder) < BLOCK_BYTES_MAX) {
        struct ledger_append_job *job = *rest;
        judge.principal = job->principal;
        for (size_t i = 0; err == LEDGER_E_OK && i < job->count; i++) {
            if (!job->appends[i].refused)
                err = take_append(&judge, &job->appends[i], error);
        }
        *rest = job->next;
    }
    judge_end(&judge);
    return err;
}

// Writes some of the jobs as one block and answers them. Returns the rest.
static struct ledger_append_job *write_block(struct ledger_log *log,
                                             struct ledger_append_job *jobs) {
    struct ledger_append_job *rest = NULL;
    struct ledger_error error = {0};
    int64_t recorded_at = 0;
    block_builder_clear(&log->builder);
    enum ledger_err err = judge_jobs(log, jobs, &rest, &recorded_at, &error);
    bool wrote = log->builder.count != 0;
    if (err == LEDGER_E_OK && wrote)
        err = commit_block(log, recorded_at, &error);
    if (err != LEDGER_E_OK) {
        log->options.fatal(&error);
        abort();
    }
    while (jobs != rest) {
        struct ledger_append_job *job = jobs;
        jobs = job->next;
        job->done(job);
    }
    if (wrote && log->options.advanced != NULL)
        log->options.advanced(log->options.user, log->end.head);
    return rest;
}

// ---- the queue

static struct ledger_append_job *take_queue(struct ledger_log *log) {
    pthread_mutex_lock(&log->queue_lock);
    struct ledger_append_job *jobs = log->first_job;
    log->first_job = log->last_job = NULL;
    log->queued_bytes = 0;
    if (jobs == NULL)
        log->writing = false;
    pthread_mutex_unlock(&log->queue_lock);
    return jobs;
}

// The writer's turn: until nothing is queued.
static void write_queued(struct ledger_log *log) {
    struct ledger_append_job *jobs;
    while ((jobs = take_queue(log)) != NULL) {
        while (jobs != NULL) {
            jobs = write_block(log, jobs);
            fold_freeze_if_due(log, false);
        }
    }
}

enum ledger_err ledger_log_append(struct ledger_log *log, struct ledger_append_job *job,
                                  struct ledger_error *error) {
    pthread_mutex_lock(&log->queue_lock);
    if (log->queued_bytes + job->bytes > QUEUE_BYTES_MAX && log->first_job != NULL) {
        pthread_mutex_unlock(&log->queue_lock);
        enum ledger_err err = ledger_fail(error, LEDGER_E_BUSY, NULL, "too many appends wait");
        if (error != NULL)
            error->retry_after_ms = BUSY_RETRY_MS;
        return err;
    }
    job->next = NULL;
    if (log->last_job != NULL)
        log->last_job->next = job;
    else
        log->first_job = job;
    log->last_job = job;
    log->queued_bytes += job->bytes;
    bool mine = !log->writing;
    log->writing = true;
    pthread_mutex_unlock(&log->queue_lock);
    if (mine)
        write_queued(log);
    return LEDGER_E_OK;
}
