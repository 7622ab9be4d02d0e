// Appending: queue -> judged into the open block (judge.h) -> committed (commit.c) -> answered.
//
// Whoever brings an append does what is to be done at once: with nothing else going on it judges,
// commits and answers on its own, without waking anybody. While a block is being committed others
// judge what comes into the next; when it is done, its thread answers, and one of the mates, if it
// is quicker, goes on to the next commit.
#include <stdlib.h>

#include "judge.h"

enum {
    QUEUE_BYTES_MAX = 64 << 20,
    BUSY_RETRY_MS = 50,
    // With nobody committing, so much is worth a commit of its own.
    BLOCK_SIZE_WORTH = 64 << 10,
};

static void fatal(struct ledger_log *log, const struct ledger_error *error) {
    log->options.fatal(error);
    abort();
}

// ---- judging; all with the queue lock held

static bool block_has_room(const struct ledger_log *log) {
    size_t enough = log->committing ? LOG_BLOCK_SIZE_ENOUGH : BLOCK_SIZE_WORTH;
    return block_builder_size(&log->open->builder) < enough;
}

static bool can_judge(const struct ledger_log *log) {
    return !log->judging && log->first_job != NULL && block_has_room(log);
}

static struct ledger_append_job *take_job(struct ledger_log *log) {
    struct ledger_append_job *job = log->first_job;
    if (job == NULL || !block_has_room(log))
        return NULL;
    log->first_job = job->next;
    if (log->first_job == NULL)
        log->last_job = NULL;
    log->queued_bytes -= job->bytes;
    job->next = NULL;
    return job;
}

static void keep_job(struct pending *block, struct ledger_append_job *job) {
    if (block->last_job != NULL)
        block->last_job->next = job;
    else
        block->first_job = job;
    block->last_job = job;
}

// Let go of while a job is judged. With nobody committing it ends as soon as the block is worth it.
static void judge_queued(struct ledger_log *log) {
    struct ledger_append_job *job;
    log->judging = true;
    while ((job = take_job(log)) != NULL) {
        struct ledger_error error = {0};
        pthread_mutex_unlock(&log->queue_lock);
        if (judge_take(log, job, &error) != LEDGER_E_OK)
            fatal(log, &error);
        pthread_mutex_lock(&log->queue_lock);
        keep_job(log->open, job);
    }
    log->judging = false;
}

// ---- committing; all with the queue lock held

static bool can_commit(const struct ledger_log *log) {
    return !log->committing && !log->judging && log->open->first_job != NULL;
}

// The open block becomes the one to be committed, the other the open one.
static void close_block(struct ledger_log *log) {
    struct pending *block = log->open;
    struct ledger_error error = {0};
    if (judge_close_block(log, &error) != LEDGER_E_OK)
        fatal(log, &error);
    log->open = log->closed;
    log->closed = block;
    block_builder_clear(&log->open->builder);
    fold_freeze_if_due(log, false);
}

// Let go of while the block is committed, and while it is answered: then the next may be committed.
static void commit_open(struct ledger_log *log) {
    struct ledger_error error = {0};
    log->committing = true;
    close_block(log);
    struct pending *block = log->closed;
    struct ledger_append_job *jobs = block->first_job;
    struct ledger_buffer touched = block->touched;
    bool wrote = block->builder.count != 0;
    block->first_job = block->last_job = NULL;
    block->touched = (struct ledger_buffer){0};
    if (can_judge(log))
        pthread_cond_signal(&log->work_wanted);
    pthread_mutex_unlock(&log->queue_lock);

    if (wrote && commit_closed(log, &error) != LEDGER_E_OK)
        fatal(log, &error);

    pthread_mutex_lock(&log->queue_lock);
    log->committing = false;
    if (can_commit(log) || can_judge(log))
        pthread_cond_signal(&log->work_wanted);
    pthread_mutex_unlock(&log->queue_lock);

    while (jobs != NULL) {
        struct ledger_append_job *job = jobs;
        jobs = job->next;
        job->done(job);
    }
    if (wrote && log->options.advanced != NULL)
        log->options.advanced(log->options.user, &touched);
    ledger_buffer_fini(&touched);
    pthread_mutex_lock(&log->queue_lock);
}

// ---- who does it

// With the queue lock held, which is let go meanwhile. Everybody who adds work, or lets go of a
// role, comes by here, so nothing is left lying.
static void work(struct ledger_log *log) {
    for (;;) {
        if (can_commit(log))
            commit_open(log);
        else if (can_judge(log))
            judge_queued(log);
        else
            return;
    }
}

static void *mate(void *context) {
    struct ledger_log *log = context;
    pthread_mutex_lock(&log->queue_lock);
    for (;;) {
        work(log);
        if (log->closing)
            break;
        pthread_cond_wait(&log->work_wanted, &log->queue_lock);
    }
    pthread_mutex_unlock(&log->queue_lock);
    return NULL;
}

enum ledger_err append_start(struct ledger_log *log, struct ledger_error *error) {
    for (; log->mates_run < LOG_MATES; log->mates_run++) {
        if (pthread_create(&log->mates[log->mates_run], NULL, mate, log) != 0)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for appends");
    }
    return LEDGER_E_OK;
}

void append_stop(struct ledger_log *log) {
    pthread_mutex_lock(&log->queue_lock);
    log->closing = true;
    pthread_cond_broadcast(&log->work_wanted);
    pthread_mutex_unlock(&log->queue_lock);
    while (log->mates_run > 0)
        pthread_join(log->mates[--log->mates_run], NULL);
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
    work(log);
    pthread_mutex_unlock(&log->queue_lock);
    return LEDGER_E_OK;
}
