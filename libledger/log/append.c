// Appending: take what queued, judge each append (judge.h), pack the accepted ones into one block,
// apply it, sync, answer them all.
#include <stdlib.h>

#include "judge.h"

enum { QUEUE_BYTES_MAX = 64 << 20, BUSY_RETRY_MS = 50 };

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
    err = store_add(&log->store, ledger_buffer_span(&builder->bytes), &tree, &log->end, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&log->tail_lock);
    log->root = seal.root_after;
    log->recorded_at = recorded_at;
    fold_touch(log);
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
    *recorded_at = judge.room.recorded_at;
    while (err == LEDGER_E_OK && *rest != NULL &&
           block_builder_size(&log->builder) < LOG_BLOCK_SIZE_ENOUGH) {
        struct ledger_append_job *job = *rest;
        for (size_t i = 0; err == LEDGER_E_OK && i < job->count; i++) {
            if (!job->appends[i].refused)
                err = judge_take(&judge, &job->appends[i], job->principal, error);
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
    ledger_buffer_clear(&log->touched);
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
        log->options.advanced(log->options.user, &log->touched);
    return rest;
}

// ---- the queue

static struct ledger_append_job *take_queue(struct ledger_log *log) {
    pthread_mutex_lock(&log->queue_lock);
    struct ledger_append_job *jobs = log->first_job;
    log->first_job = log->last_job = NULL;
    log->queued_bytes = 0;
    if (jobs == NULL) {
        log->writing = false;
        pthread_cond_broadcast(&log->settled);
    }
    pthread_mutex_unlock(&log->queue_lock);
    return jobs;
}

// The writer's turn: until nothing is queued.
static void write_queued(struct ledger_log *log) {
    struct ledger_append_job *jobs;
    while ((jobs = take_queue(log)) != NULL) {
        while (jobs != NULL) {
            jobs = write_block(log, jobs);
            log_settle_if_asked(log);
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
