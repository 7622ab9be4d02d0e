#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/clock.h"
#include "log_internal.h"
#include "verify_internal.h"

enum { ARENA_BYTES = 64 << 10 };

// ---- faults

bool verify_time_is_up(const struct verify *verify) {
    return ledger_clock_system.steady_micros(ledger_clock_system.context) >= verify->until;
}

enum ledger_err verify_fault(struct verify *verify, uint64_t position, const char *where,
                             const char *format, ...) {
    struct ledger_verify_fault *fault = &verify->fault;
    if (fault->position != 0 && fault->position <= position)
        return LEDGER_E_CORRUPT;
    va_list arguments;
    va_start(arguments, format);
    fault->position = position;
    fault->where = where;
    (void)vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    return LEDGER_E_CORRUPT;
}

enum ledger_err verify_failed(struct verify *verify, enum ledger_err err, uint64_t position,
                              const char *where) {
    return verify_is_damage(err)
               ? verify_fault(verify, position, where, "the store cannot be read there: %s",
                              ledger_err_text(err))
               : err;
}

// ---- a step's means

static enum ledger_err begin(struct verify *verify, struct ledger_error *error) {
    verify->hasher = ledger_hasher_new();
    verify->arena = ledger_arena_new(ARENA_BYTES);
    verify->nothing = tail_new(1);
    verify->places = calloc(INDEX_RUN_POSITIONS_MAX, sizeof *verify->places);
    if (verify->hasher == NULL || verify->arena == NULL || verify->nothing == NULL ||
        verify->places == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "verifying");
    enum ledger_err err = LEDGER_E_OK;
    if (verify->index != NULL) {
        err = ledger_kv_read(index_kv(verify->index), &verify->index_txn, error);
        if (err != LEDGER_E_OK)
            return err;
        verify->folded_to = index_folded_to(verify->index, verify->index_txn);
    }
    // After the index's: what is folded is in the log.
    return ledger_kv_read(verify->store->kv, &verify->log_txn, error);
}

static void end(struct verify *verify) {
    ledger_kv_abort(verify->log_txn);
    ledger_kv_abort(verify->index_txn);
    free(verify->places);
    tail_release(verify->nothing);
    ledger_arena_free(verify->arena);
    ledger_hasher_free(verify->hasher);
}

// ---- where a run begins

// How far the indexes go, before any transaction is begun: what a later one sees is no less.
static enum ledger_err begin_index(struct verify *verify, struct ledger_error *error) {
    struct verify_state *state = &verify->state;
    struct index_state of;
    bool present;
    enum ledger_err err = index_state(verify->index, &of, &present, error);
    if (verify_is_damage(err)) {
        state->index_stale = 1;
        return LEDGER_E_OK;
    }
    if (err != LEDGER_E_OK)
        return err;
    const struct ledger_log_identity *ours = &verify->store->identity;
    if (!present || memcmp(&of.identity.ledger_id, &ours->ledger_id, sizeof ours->ledger_id) != 0 ||
        of.identity.epoch != ours->epoch) {
        state->index_stale = 1;
        return LEDGER_E_OK;
    }
    state->indexed_to = of.folded_to;
    state->indexed_root = of.root;
    return LEDGER_E_OK;
}

// The last position that the log has, by its blocks' keys.
static enum ledger_err find_last(struct verify *verify, uint64_t *last) {
    struct ledger_kv_pair pair;
    *last = 0;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(verify->log_txn, verify->store->blocks);
    if (ledger_kv_last(cursor, &pair) && pair.key.size == 8)
        *last = ledger_key_u64_read(pair.key.data);
    enum ledger_err err = ledger_kv_cursor_failed(cursor);
    ledger_kv_cursor_close(cursor);
    return verify_is_damage(err) ? LEDGER_E_OK : err; // the walk will meet it
}

static enum ledger_err begin_log(struct verify *verify, struct ledger_error *error) {
    struct verify_state *state = &verify->state;
    struct ledger_merkle tree;
    uint64_t last;
    enum ledger_err err = find_last(verify, &last);
    if (err == LEDGER_E_OK)
        err = store_tree(verify->store, verify->log_txn, &tree, error);
    if (err != LEDGER_E_OK && !verify_is_damage(err))
        return ledger_fail(error, err, NULL, "verifying");
    state->tree_size = err == LEDGER_E_OK ? tree.size : UINT64_MAX;
    if (tree.size == 0 && last != 0)
        state->tree_size = UINT64_MAX;
    if (err == LEDGER_E_OK)
        state->tree_root = ledger_merkle_root(&tree, verify->hasher);
    state->target = err == LEDGER_E_OK && tree.size > last ? tree.size : last;
    state->blocks_there = ledger_kv_count(verify->log_txn, verify->store->blocks);
    if (state->indexed_to > state->target) {
        state->lost_from = state->target + 1;
        state->indexed_to = 0;
    }
    return LEDGER_E_OK;
}

// A run that goes on finds the log and the indexes no shorter than they were.
static enum ledger_err check_resumed(struct verify *verify, struct ledger_error *error) {
    const struct verify_state *state = &verify->state;
    uint64_t last;
    enum ledger_err err = find_last(verify, &last);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "verifying");
    if (state->target > last)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "the log is shorter than when the run began");
    bool counting = state->phase != VERIFY_LOG;
    if ((counting || state->indexed_to != 0) && verify->index == NULL)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "the indexes that the run began with are not there; begin again");
    if (state->indexed_to > verify->folded_to)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "the indexes were made anew since the run began; begin again");
    return LEDGER_E_OK;
}

// ---- a step

static enum ledger_err end_of_log(struct verify *verify) {
    struct verify_state *state = &verify->state;
    enum ledger_err err = verify_log_end(verify);
    if (err != LEDGER_E_OK)
        return err;
    state->phase = VERIFY_END;
    return verify->index != NULL && state->log_only == 0 ? verify_count_begin(verify) : LEDGER_E_OK;
}

static enum ledger_err advance(struct verify *verify) {
    enum ledger_err err;
    switch ((enum verify_phase)verify->state.phase) {
    case VERIFY_LOG:
        err = verify_log_records(verify);
        if (err == LEDGER_E_OK && verify_position(verify) == verify->state.target)
            err = end_of_log(verify);
        return err;
    case VERIFY_TERMS:
    case VERIFY_LOCATE:
        return verify_count_terms(verify);
    case VERIFY_RUNS:
        return verify_count_runs(verify);
    case VERIFY_END:
        break;
    }
    return LEDGER_E_OK;
}

static void fill_report(struct verify *verify, struct ledger_verify_report *report) {
    const struct verify_state *state = &verify->state;
    *report = (struct ledger_verify_report){
        .position = verify_position(verify),
        .target = state->target,
        .blocks = state->blocks,
        .bytes = state->bytes,
        .indexed_to = state->indexed_to,
        .index_entries = state->index_entries,
        .index_counted = state->counted,
        .root = ledger_merkle_root(&state->tree, verify->hasher),
        .fault = verify->fault,
    };
    if (verify->fault.position != 0) {
        if (report->position >= verify->fault.position)
            report->position = verify->fault.position - 1;
        memset(&report->root, 0, sizeof report->root); // it may be of more than that
    } else if (state->phase != VERIFY_END) {
        report->resume_size = verify_token_pack(state, &verify->store->identity, report->resume);
    }
}

static enum ledger_err take_place(struct verify *verify, const struct ledger_verify *asked,
                                  struct ledger_error *error) {
    struct verify_state *state = &verify->state;
    enum ledger_err err;
    bool first = asked->resume.size == 0;
    if (!first) {
        err = verify_token_unpack(asked->resume, &verify->store->identity, state, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    state->log_only = first ? asked->log_only : state->log_only;
    if (state->log_only != 0)
        verify->index = NULL;
    if (first && verify->index != NULL) {
        err = begin_index(verify, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    err = begin(verify, error);
    if (err != LEDGER_E_OK)
        return err;
    return first ? begin_log(verify, error) : check_resumed(verify, error);
}

static enum ledger_err step(struct verify *verify, const struct ledger_verify *asked,
                            struct ledger_verify_report *report, struct ledger_error *error) {
    verify->place = asked->place;
    verify->until = ledger_clock_system.steady_micros(ledger_clock_system.context) +
                    (int64_t)asked->max_ms * 1000;
    enum ledger_err err = take_place(verify, asked, error);
    if (err == LEDGER_E_OK) {
        do
            err = advance(verify);
        while (err == LEDGER_E_OK && verify->state.phase != VERIFY_END &&
               !verify_time_is_up(verify));
        if (err == LEDGER_E_CORRUPT)
            err = LEDGER_E_OK; // it is in the report
        else if (err != LEDGER_E_OK)
            ledger_fail(error, err, NULL, "verifying after position %" PRIu64,
                        verify_position(verify));
    }
    if (err == LEDGER_E_OK)
        fill_report(verify, report);
    end(verify);
    return err;
}

enum ledger_err ledger_log_verify(struct ledger_log *log, const struct ledger_verify *asked,
                                  struct ledger_verify_report *report, struct ledger_error *error) {
    struct verify verify = {.store = &log->store, .index = log->index};
    return step(&verify, asked, report, error);
}

void ledger_verify_to_wire(struct ledger_verify_report *report, Ledger__V1__VerifyReply *reply,
                           Ledger__V1__VerifyFault *fault) {
    ledger__v1__verify_reply__init(reply);
    reply->has_position = reply->has_target = reply->has_blocks = reply->has_bytes = 1;
    reply->has_index_entries = reply->has_indexed_to = reply->has_index_counted = 1;
    reply->position = report->position;
    reply->target = report->target;
    reply->blocks = report->blocks;
    reply->bytes = report->bytes;
    reply->index_entries = report->index_entries;
    reply->indexed_to = report->indexed_to;
    reply->index_counted = report->index_counted;
    reply->has_resume = report->resume_size != 0;
    reply->resume.data = report->resume;
    reply->resume.len = report->resume_size;
    reply->has_root_hash = report->fault.position == 0;
    reply->root_hash.data = report->root.bytes;
    reply->root_hash.len = sizeof report->root.bytes;
    if (report->fault.position == 0)
        return;
    ledger__v1__verify_fault__init(fault);
    fault->has_position = 1;
    fault->position = report->fault.position;
    fault->where = (char *)(uintptr_t)report->fault.where;
    fault->message = report->fault.message;
    reply->fault = fault;
}

// ---- files

struct ledger_verify_files {
    struct store store;
    struct index *index;
    bool index_unreadable;
};

static enum ledger_err path_of(const char *data, const char *name, char *path, size_t size,
                               struct ledger_error *error) {
    return snprintf(path, size, "%s/%s", data, name) < (int)size
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
}

static enum ledger_err open_log(struct ledger_verify_files *files, const char *data,
                                struct ledger_error *error) {
    char path[4096];
    enum ledger_err err = path_of(data, "log/data.mdb", path, sizeof path, error);
    if (err == LEDGER_E_OK && access(path, F_OK) != 0)
        return ledger_fail(error, LEDGER_E_NO_INPUT, "data", "there is no ledger in %s: %s", data,
                           strerror(errno));
    if (err == LEDGER_E_OK)
        err = path_of(data, "log", path, sizeof path, error);
    if (err == LEDGER_E_OK)
        err = store_open_read_only(&files->store, path, error);
    return err != LEDGER_E_NOT_FOUND
               ? err
               : ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                             "%s: its tables or its identity are not there", path);
}

// Without indexes there is nothing to look at: the service makes them when it starts.
static enum ledger_err open_index(struct ledger_verify_files *files, const char *data,
                                  struct ledger_error *error) {
    char path[4096];
    enum ledger_err err = path_of(data, "index/data.mdb", path, sizeof path, error);
    if (err != LEDGER_E_OK || access(path, F_OK) != 0)
        return err;
    err = path_of(data, "index", path, sizeof path, error);
    if (err == LEDGER_E_OK)
        err = index_open_read_only(path, &files->index, error);
    files->index_unreadable = verify_is_damage(err) || err == LEDGER_E_NOT_FOUND;
    return files->index_unreadable ? LEDGER_E_OK : err;
}

enum ledger_err ledger_verify_open(const char *data, struct ledger_verify_files **out,
                                   struct ledger_error *error) {
    *out = NULL;
    struct ledger_verify_files *files = calloc(1, sizeof *files);
    if (files == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening %s", data);
    enum ledger_err err = open_log(files, data, error);
    if (err == LEDGER_E_OK)
        err = open_index(files, data, error);
    if (err == LEDGER_E_OK)
        *out = files;
    else
        ledger_verify_close(files);
    return err;
}

void ledger_verify_close(struct ledger_verify_files *files) {
    if (files == NULL)
        return;
    index_close(files->index);
    store_close(&files->store);
    free(files);
}

enum ledger_err ledger_verify_step(struct ledger_verify_files *files,
                                   const struct ledger_verify *asked,
                                   struct ledger_verify_report *report,
                                   struct ledger_error *error) {
    struct verify verify = {.store = &files->store, .index = files->index};
    if (asked->resume.size == 0 && !asked->log_only)
        verify.state.index_stale = files->index_unreadable;
    return step(&verify, asked, report, error);
}
