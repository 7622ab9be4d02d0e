#include "verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        err = verify_begin_index(verify, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    err = begin(verify, error);
    if (err != LEDGER_E_OK)
        return err;
    return first ? verify_begin_log(verify, error) : verify_check_resumed(verify, error);
}

enum ledger_err verify_step(struct verify *verify, const struct ledger_verify *asked,
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
    if (asked->resume.size == 0)
        log_settle_and_wait(log); // what is stored is looked at, not what is in memory
    return verify_step(&verify, asked, report, error);
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
