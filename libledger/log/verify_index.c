// Does the index know what the log says? Looked up as readers do, through the postings.
#include <inttypes.h>
#include <stdio.h>

#include "ledger/event.h"
#include "postings.h"
#include "verify_internal.h"

// What a term is, for people: "subject client/42".
static void describe(struct ledger_span key, char *text, size_t size) {
    static const struct {
        enum term_kind kind;
        const char *name;
        bool is_text;
    } kinds[] = {
        {TERM_ACTOR, "actor", true},
        {TERM_CATEGORY, "category", true},
        {TERM_CORRELATION, "correlation", false},
        {TERM_SHARE, "share of streams", false},
        {TERM_STREAM, "stream", true},
        {TERM_SUBJECT, "subject", true},
        {TERM_TYPE, "type", true},
    };
    size_t at = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if ((enum term_kind)key.data[0] != kinds[i].kind)
            continue;
        int wrote = snprintf(text, size, "%s ", kinds[i].name);
        at = wrote > 0 ? (size_t)wrote : 0;
        for (size_t j = 1; kinds[i].is_text && j < key.size && at + 1 < size; j++)
            text[at++] = key.data[j] == 0 ? '/' : (char)key.data[j];
    }
    while (at != 0 && text[at - 1] == ' ')
        at--;
    text[at] = '\0';
}

static enum ledger_err fault_of_term(struct verify *verify, const struct tail_term *term,
                                     uint64_t position, const char *what) {
    char name[260];
    describe(term->key, name, sizeof name);
    return verify_fault(verify, position, "index", "the index of %s %s position %" PRIu64, name,
                        what, position);
}

// ---- stream versions

static enum ledger_err version_at(struct verify *verify, uint64_t position, uint64_t *version) {
    struct ledger_span bytes, record;
    struct block block;
    struct ledger_record_parts parts;
    struct ledger_envelope envelope;
    enum ledger_err err = verify_block(verify, position, &bytes, &block);
    if (err != LEDGER_E_OK)
        return err;
    ledger_arena_reset(verify->arena);
    err = verify_record(verify, &block, position, &record, &parts, &envelope);
    if (err == LEDGER_E_OK)
        *version = parts.stream_version;
    return err;
}

// The stream's event before these has the version before theirs.
static enum ledger_err check_base(struct verify *verify, const struct tail_term *term,
                                  struct postings *postings) {
    uint64_t before = postings_at_or_before(postings, term->positions[0] - 1), version = 0;
    if (before != 0) {
        enum ledger_err err = version_at(verify, before, &version);
        if (err != LEDGER_E_OK)
            return err;
    }
    if (version == term->base)
        return LEDGER_E_OK;
    return verify_fault(verify, term->positions[0], "record",
                        "the record has version %" PRIu64 " of its stream instead of %" PRIu64,
                        term->base + 1, version + 1);
}

// ---- terms and ids

static enum ledger_err check_positions(struct verify *verify, const struct tail_generation *tail,
                                       const struct tail_term *term, struct postings *postings) {
    uint64_t at = postings_at_or_after(postings, tail->first);
    for (uint32_t i = 0; i < term->count; i++) {
        uint64_t position = term->positions[i];
        if (at != 0 && at < position)
            return fault_of_term(verify, term, at, "wrongly leads to");
        if (at != position)
            return fault_of_term(verify, term, position, "does not lead to");
        at = postings_at_or_after(postings, position + 1);
        verify->state.index_entries++;
    }
    if (at != 0 && at <= tail->last)
        return fault_of_term(verify, term, at, "wrongly leads to");
    return LEDGER_E_OK;
}

static enum ledger_err check_term(struct verify *verify, const struct tail_generation *tail,
                                  const struct tail_term *term) {
    const struct snapshot snapshot = {.index = verify->index,
                                      .txn = verify->index_txn,
                                      .folded_to = verify->folded_to,
                                      .head = verify->folded_to,
                                      .active = verify->nothing};
    // Only streams are asked for what was before.
    bool stream = term->key.data[0] == TERM_STREAM;
    verify_at(verify, term->positions[0], true);
    struct position_range range = {stream ? 1 : tail->first, tail->last};
    enum ledger_err err, checked = LEDGER_E_OK;
    struct postings *postings = postings_open(&snapshot, term->key, range, &err);
    if (postings != NULL) {
        checked = check_positions(verify, tail, term, postings);
        if (checked == LEDGER_E_OK && stream)
            checked = check_base(verify, term, postings);
        err = postings_failed(postings);
        postings_close(postings);
    }
    if (err == LEDGER_E_OK)
        return checked;
    return verify_is_damage(err)
               ? fault_of_term(verify, term, term->positions[0], "cannot be read for")
               : err;
}

static enum ledger_err check_id(struct verify *verify, struct ids_reader *ids,
                                const struct tail_id *id) {
    struct id_candidates found;
    enum ledger_err err = ids_find(ids, &id->id, &found);
    if (err != LEDGER_E_OK)
        return verify_failed(verify, err, id->position, "index");
    for (size_t i = 0; i < found.count; i++) {
        if (found.positions[i] == id->position) {
            verify->state.index_entries++;
            return LEDGER_E_OK;
        }
    }
    return verify_fault(verify, id->position, "index",
                        "the index of event ids does not lead to position %" PRIu64, id->position);
}

static enum ledger_err check_ids(struct verify *verify, const struct tail_generation *tail) {
    struct ids_reader *ids = ids_reader_open(index_ids(verify->index), verify->index_txn);
    enum ledger_err err = ids == NULL ? LEDGER_E_NO_MEMORY : LEDGER_E_OK;
    for (size_t i = 0; i < tail->id_slots && (err == LEDGER_E_OK || err == LEDGER_E_CORRUPT); i++) {
        if (tail->ids[i].position != 0)
            err = check_id(verify, ids, &tail->ids[i]);
    }
    ids_reader_close(ids);
    return err == LEDGER_E_CORRUPT ? LEDGER_E_OK : err;
}

// All are looked at, as they come in no order: the first bad position is asked for.
enum ledger_err verify_index_has(struct verify *verify, const struct tail_generation *tail) {
    enum ledger_err err = check_ids(verify, tail);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t i = 0; i < tail->term_slots; i++) {
        if (tail->terms[i].count == 0)
            continue;
        err = check_term(verify, tail, &tail->terms[i]);
        if (err != LEDGER_E_OK && err != LEDGER_E_CORRUPT)
            return err;
        verify->state.pairs += tail->terms[i].count;
    }
    return verify->fault.position == 0 ? LEDGER_E_OK : LEDGER_E_CORRUPT;
}
