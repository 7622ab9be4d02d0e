// Nothing may be in the indexes that the log does not have. Each posting of the log was found in
// its place before; here all that the indexes hold are counted, and there must be as many. Terms
// are walked by key, each by position, so that a service that folds meanwhile does not disturb: it
// only adds at the end of a term, beyond `indexed_to`.
#include <inttypes.h>
#include <string.h>

#include "verify_internal.h"

// Spreads numbers, so that a sum over them shows if one of them is another.
static uint64_t mix(uint64_t number) {
    number = (number ^ number >> 31) * UINT64_C(0x7FB5D329728EA185);
    number = (number ^ number >> 27) * UINT64_C(0x81DADEF4BC2DD44D);
    return number ^ number >> 33;
}

static uint64_t somewhere(const struct verify *verify) {
    return verify->state.indexed_to != 0 ? verify->state.indexed_to : 1;
}

enum ledger_err verify_count_begin(struct verify *verify) {
    struct verify_state *state = &verify->state;
    uint64_t ids;
    verify_at(verify, somewhere(verify), true);
    enum ledger_err err = ids_count(index_ids(verify->index), verify->index_txn, &ids);
    if (err != LEDGER_E_OK)
        return verify_failed(verify, err, somewhere(verify), "index");
    state->phase = VERIFY_TERMS;
    state->numbers = index_next_number(verify->index, verify->index_txn);
    state->streams = index_stream_count(verify->index, verify->index_txn);
    if (ids != verify->folded_to)
        return verify_fault(verify, somewhere(verify), "index",
                            "the index holds %" PRIu64 " event ids for %" PRIu64 " events", ids,
                            verify->folded_to);
    return LEDGER_E_OK;
}

// ---- one term

// Has the record this term?
static enum ledger_err locate(struct verify *verify, uint64_t position) {
    struct verify_state *state = &verify->state;
    struct ledger_span bytes, record, key = ledger_span_of(state->key, state->key_size);
    struct block block;
    struct ledger_record_parts parts;
    struct ledger_envelope envelope;
    struct event_terms terms;
    if (state->lowest != 0 && position >= state->lowest)
        return LEDGER_E_OK;
    ledger_arena_reset(verify->arena);
    enum ledger_err err = verify_block(verify, position, &bytes, &block);
    if (err == LEDGER_E_OK)
        err = verify_record(verify, &block, position, &record, &parts, &envelope);
    if (err != LEDGER_E_OK)
        return err;
    event_terms(&envelope, &terms);
    for (size_t i = 0; i < terms.count; i++) {
        if (ledger_span_equal(terms.keys[i], key))
            return LEDGER_E_OK;
    }
    state->lowest = position;
    return LEDGER_E_OK;
}

// Postings in verify->places, of which those before were seen already if the walk was broken off.
static enum ledger_err take(struct verify *verify, uint32_t count) {
    struct verify_state *state = &verify->state;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t position = verify->places[i];
        if (position <= state->walked_to)
            continue;
        state->walked_to = position;
        state->walked++;
        if (position > state->indexed_to)
            continue;
        state->counted += state->phase == VERIFY_TERMS;
        enum ledger_err err =
            state->phase == VERIFY_LOCATE ? locate(verify, position) : LEDGER_E_OK;
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err fault_of_order(struct verify *verify) {
    uint64_t position = verify->state.walked_to;
    return verify_fault(verify, position != 0 ? position : somewhere(verify), "index",
                        "postings cannot be read or are out of order after position %" PRIu64,
                        position);
}

// Runs are later than one another; the first that is looked at when a walk goes on was seen.
static enum ledger_err take_packed(struct verify *verify, struct ledger_span packed, uint32_t count,
                                   uint64_t first, bool seen) {
    if (count > INDEX_RUN_POSITIONS_MAX ||
        index_unpack(packed, count, verify->places) != LEDGER_E_OK)
        return fault_of_order(verify);
    if (count != 0 && ((first != 0 && verify->places[0] != first) ||
                       (!seen && verify->places[0] <= verify->state.walked_to)))
        return fault_of_order(verify);
    return take(verify, count);
}

static enum ledger_err walk_runs(struct verify *verify, const struct index_term *term, bool *over) {
    struct verify_state *state = &verify->state;
    struct index_run run;
    bool seen = state->inside != 0;
    struct ledger_kv_cursor *cursor = index_postings_cursor(verify->index, verify->index_txn);
    enum ledger_err err = index_run_at(cursor, term->number, state->walked_to, &run);
    while (err == LEDGER_E_OK && run.count != 0) {
        err = take_packed(verify, run.packed, run.count, run.first, seen);
        if (err != LEDGER_E_OK)
            break;
        state->inside = 1;
        *over = seen || !verify_time_is_up(verify); // each step takes one that is new
        seen = false;
        if (!*over)
            break;
        err = index_run_next(cursor, term->number, &run);
    }
    ledger_kv_cursor_close(cursor);
    return verify_is_damage(err) ? fault_of_order(verify) : err;
}

// *over is false if the time is up before the end of the term.
static enum ledger_err walk_term(struct verify *verify, const struct index_term *term, bool *over) {
    struct verify_state *state = &verify->state;
    enum ledger_err err = LEDGER_E_OK;
    *over = true;
    if (term->count > term->newest_count)
        err = walk_runs(verify, term, over);
    if (err != LEDGER_E_OK || !*over)
        return err;
    err = take_packed(verify, term->newest, term->newest_count, 0, false);
    if (err != LEDGER_E_OK)
        return err;
    state->inside = 0;
    if (state->walked == term->count && state->walked_to == term->last && term->count != 0)
        return LEDGER_E_OK;
    return verify_fault(verify, state->walked_to != 0 ? state->walked_to : somewhere(verify),
                        "index",
                        "a term says %" PRIu64 " postings up to position %" PRIu64
                        " and has %" PRIu64 " up to %" PRIu64,
                        term->count, term->last, state->walked, state->walked_to);
}

// ---- all terms

static int compare(struct ledger_span a, struct ledger_span b) {
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size != 0 ? memcmp(a.data, b.data, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

// The next term: the one that was broken off, or the one after the last. *there is false at the
// end.
static enum ledger_err next_term(struct verify *verify, struct ledger_kv_cursor *cursor,
                                 struct index_term *term, bool *there) {
    struct verify_state *state = &verify->state;
    uint8_t after[TERM_SIZE_MAX + 1];
    struct ledger_span key;
    size_t size = state->key_size;
    memcpy(after, state->key, size);
    if (size != 0 && state->inside == 0)
        after[size++] = 0; // nothing sorts between a key and this
    enum ledger_err err = index_term_at(cursor, ledger_span_of(after, size), &key, term);
    *there = err == LEDGER_E_OK && key.size != 0;
    if (verify_is_damage(err) || (*there && key.size > sizeof state->key))
        return verify_fault(verify, somewhere(verify), "index", "a term cannot be read");
    if (!*there)
        return err;
    // In a damaged page a search may end before what it looks for, and the walk would go in
    // circles.
    int order = compare(key, ledger_span_of(state->key, state->key_size));
    if (state->inside != 0 ? order != 0 : order <= 0)
        return verify_fault(verify, somewhere(verify), "index", "terms are out of order");
    if (state->inside == 0)
        state->walked_to = state->walked = 0;
    state->key_size = key.size;
    memcpy(state->key, key.data, key.size);
    return LEDGER_E_OK;
}

static enum ledger_err count_number(struct verify *verify, const struct index_term *term) {
    struct verify_state *state = &verify->state;
    if (term->number >= index_next_number(verify->index, verify->index_txn))
        return verify_fault(verify, somewhere(verify), "index", "a term has a number never given");
    if (term->number >= state->numbers)
        return LEDGER_E_OK;
    state->mix_seen += mix(term->number);
    state->mix_expected += mix(state->numbers_seen++);
    state->streams_seen += state->key[0] == TERM_STREAM;
    return LEDGER_E_OK;
}

static enum ledger_err end_of_terms(struct verify *verify) {
    struct verify_state *state = &verify->state;
    if (state->phase == VERIFY_LOCATE)
        return verify_fault(verify, state->lowest != 0 ? state->lowest : somewhere(verify), "index",
                            "the indexes lead to position %" PRIu64
                            " by something that its event does not have",
                            state->lowest);
    if (state->numbers_seen != state->numbers || state->mix_seen != state->mix_expected ||
        state->streams_seen != state->streams)
        return verify_fault(verify, somewhere(verify), "index",
                            "terms are missing, or two have one number");
    state->phase = state->counted == state->pairs ? VERIFY_RUNS : VERIFY_LOCATE;
    state->key_size = 0;
    return LEDGER_E_OK;
}

enum ledger_err verify_count_terms(struct verify *verify) {
    struct verify_state *state = &verify->state;
    struct ledger_kv_cursor *cursor = index_terms_cursor(verify->index, verify->index_txn);
    enum ledger_err err;
    bool there, over = true;
    do {
        struct index_term term;
        err = next_term(verify, cursor, &term, &there);
        if (err != LEDGER_E_OK || !there)
            break;
        if (state->phase == VERIFY_TERMS && state->inside == 0)
            err = count_number(verify, &term);
        if (err == LEDGER_E_OK)
            err = walk_term(verify, &term, &over);
    } while (err == LEDGER_E_OK && !verify_time_is_up(verify));
    ledger_kv_cursor_close(cursor);
    return err == LEDGER_E_OK && !there ? end_of_terms(verify) : err;
}

// ---- all runs

enum ledger_err verify_count_runs(struct verify *verify) {
    struct verify_state *state = &verify->state;
    uint64_t next_number = index_next_number(verify->index, verify->index_txn);
    struct ledger_kv_cursor *cursor = index_postings_cursor(verify->index, verify->index_txn);
    enum ledger_err err = LEDGER_E_OK;
    bool found = true;
    do {
        uint32_t number = 0;
        struct index_run run = {0};
        err = index_run_after(cursor, (uint32_t)state->run_number, state->run_first, &found,
                              &number, &run);
        if (verify_is_damage(err))
            err = verify_fault(verify, somewhere(verify), "index", "stored postings are damaged");
        if (err != LEDGER_E_OK || !found)
            break;
        if (number < state->run_number ||
            (number == state->run_number && run.first < state->run_first)) {
            err = verify_fault(verify, somewhere(verify), "index", "postings are out of order");
            break;
        }
        if (number >= next_number || (number >= state->numbers && run.first <= state->indexed_to))
            err = verify_fault(verify, run.first != 0 ? run.first : 1, "index",
                               "there are postings of a term that is not there");
        state->run_number = number;
        state->run_first = run.first + 1;
    } while (err == LEDGER_E_OK && !verify_time_is_up(verify));
    ledger_kv_cursor_close(cursor);
    if (err == LEDGER_E_OK && !found)
        state->phase = VERIFY_END;
    return err;
}
