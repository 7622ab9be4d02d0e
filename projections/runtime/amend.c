// Corrections and retractions. An amendment names the root fact, or an earlier amendment of it. It
// joins the root's chain; if the chain then makes something else of the fact, the rows of the
// version that was in force are closed at this position, and those of the new one opened.
//
// The version that was in force is mapped again to find its rows, which is why map must be pure.
// The records are fetched from the ledger: amendments are rare, and keeping every event for them is
// what a model exists to avoid.
#include "projection_internal.h"

#include <inttypes.h>

#include "facts/v1/integration.pb-c.h"

struct amendment {
    const Ledger__V1__Record *record;
    enum ledger_fact kind;
    Ledger__V1__Record *root;
    const struct ledger_fact_type *type; // of the root; NULL = external or unknown
    struct chain_place place;            // in the root's chain, of what the amendment names
    bool mapped;                         // the root's type has rows
};

static bool is_amendment(const Ledger__V1__Record *record) {
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(record->event->type));
    return type &&
           (type->fact == LEDGER_FACT_FactCorrected || type->fact == LEDGER_FACT_FactRetracted);
}

// An amendment before this one that leads to a root has its place in a chain. So what is named is
// in one, or is a root that was never amended, or leads nowhere: amendment->root is NULL then.
static enum ledger_err find_root(struct projection_batch *batch, struct amendment *amendment,
                                 struct ledger_error *error) {
    const Ledger__V1__Record *record = amendment->record;
    const ProtobufCBinaryData *named = &record->event->corrects_event_id;
    struct chain_place *place = &amendment->place;
    if (named->len != 16)
        return LEDGER_E_OK;
    bool known =
        chain_find(batch->model, batch->txn, ledger_span_of(named->data, named->len), place);
    enum ledger_err err = projection_fetch_before(batch, known ? place->root_id : named->data,
                                                  record->position, &amendment->root, error);
    if (err || !amendment->root)
        return err;
    if (is_amendment(amendment->root) || amendment->root->event->event_id.len != 16) {
        amendment->root = NULL;
    } else if (!known) {
        *place = (struct chain_place){.root_position = amendment->root->position};
        memcpy(place->root_id, amendment->root->event->event_id.data, 16);
    }
    return LEDGER_E_OK;
}

// Later amendments may name this one, although it does not join the chain.
static void stay_outside(struct projection_batch *batch, const struct amendment *amendment) {
    struct chain_place place = amendment->place;
    place.number = CHAIN_OUTSIDE;
    chain_place_write(batch->model, batch->txn, amendment->record->event->event_id.data, &place);
}

// The fact as corrected by `record`, a FactCorrected.
static enum ledger_err corrected_fact(struct projection_batch *batch,
                                      const struct amendment *amendment,
                                      const Ledger__V1__Record *record,
                                      struct projection_fact *fact, struct ledger_error *reason,
                                      struct ledger_error *error) {
    const Ledger__V1__Event *event = record->event;
    const struct ledger_fact_type *type;
    ProtobufCMessage *message = NULL;
    enum ledger_err err = ledger_payload_unpack(
        ledger_span_text(event->type), ledger_span_of(event->payload.data, event->payload.len),
        batch->arena, &type, &message, reason);
    const Facts__V1__FactCorrected *correction = (const Facts__V1__FactCorrected *)message;
    if (!err && correction->type && strcmp(correction->type, amendment->root->event->type) != 0)
        err = ledger_fail(reason, LEDGER_E_INVALID_VALUE, "payload.type",
                          "the corrected fact is a %.100s", amendment->root->event->type);
    if (!err && correction->has_payload)
        err =
            ledger_payload_unpack(ledger_span_text(amendment->root->event->type),
                                  ledger_span_of(correction->payload.data, correction->payload.len),
                                  batch->arena, &fact->type, &message, reason);
    if (err == LEDGER_E_NO_MEMORY)
        return ledger_fail(error, err, NULL, "no memory for a correction");
    reason->code = err;
    if (err)
        return LEDGER_E_OK;
    if (correction->has_payload)
        fact->payload = message;
    if (correction->occurred)
        fact->occurred = ledger_moment_of(correction->occurred);
    fact->version = record;
    return LEDGER_E_OK;
}

static enum ledger_err version_fact(struct projection_batch *batch,
                                    const struct amendment *amendment,
                                    const struct chain_entry *correction,
                                    struct projection_fact *fact, struct ledger_error *reason,
                                    struct ledger_error *error) {
    enum ledger_err err = projection_fact_read(batch, amendment->root, fact, reason, error);
    if (err || !correction)
        return err;
    const Ledger__V1__Record *record = amendment->record;
    if (correction->position != record->position) {
        Ledger__V1__Record *fetched;
        err =
            projection_fetch_before(batch, correction->event_id, record->position, &fetched, error);
        if (!err && !fetched)
            err = ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                              "the ledger lost the correction at position %" PRIu64,
                              correction->position);
        if (err)
            return err;
        record = fetched;
    }
    // A root that does not decode is made good by a whole new payload.
    struct ledger_error root_reason = *reason;
    *reason = (struct ledger_error){0};
    err = corrected_fact(batch, amendment, record, fact, reason, error);
    if (!err && !reason->code && !fact->payload)
        *reason = root_reason;
    return err;
}

// Rows of one version into batch->rows; none if it is retracted, or cannot be used (*reason).
static enum ledger_err map_version(struct projection_batch *batch,
                                   const struct amendment *amendment, const struct chain *chain,
                                   enum chain_state state, size_t winner, uint64_t known_from,
                                   struct projection_fact *fact, struct ledger_error *reason,
                                   struct ledger_error *error) {
    projection_rows_clear(&batch->rows);
    *reason = (struct ledger_error){0};
    if (state == CHAIN_RETRACTED)
        return LEDGER_E_OK;
    enum ledger_err err =
        version_fact(batch, amendment, state == CHAIN_CORRECTED ? &chain->entries[winner] : NULL,
                     fact, reason, error);
    if (err || reason->code)
        return err;
    fact->known_from = known_from;
    return projection_batch_map(batch, fact, reason, error);
}

static enum ledger_err close_rows(struct projection_batch *batch, const struct chain *chain,
                                  uint64_t until, struct ledger_error *error) {
    const struct projection_rows *rows = &batch->rows;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row_entry *entry = &rows->entries[i];
        uint8_t bytes[LEDGER_KV_KEY_SIZE_MAX];
        memcpy(bytes, rows->bytes.data + entry->key_offset, entry->key_size);
        projection_batch_touches(batch, bytes[0], until);
        ledger_key_u64(bytes + entry->key_size, chain->root_position);
        ledger_key_u64(bytes + entry->key_size + 8, chain->since);
        struct ledger_span key = ledger_span_of(bytes, entry->key_size + ROW_KEY_SUFFIX);
        struct ledger_span value;
        if (run_get(batch->model, batch->txn, &batch->runs, key, &value) ||
            value.size < ROW_HEADER_SIZE)
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the fact at position %" PRIu64 " has no rows as this program maps "
                               "it: was fold_version raised?",
                               chain->root_position);
        ledger_buffer_clear(&batch->scratch);
        ledger_buffer_add_span(&batch->scratch, value);
        if (batch->scratch.failed)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a row");
        put_le64(batch->scratch.data, until);
        runs_replace(batch->model, batch->txn, key, ledger_buffer_span(&batch->scratch));
    }
    return LEDGER_E_OK;
}

static enum ledger_err replace(struct projection_batch *batch, const struct amendment *amendment,
                               struct chain *chain, const enum chain_state states[2],
                               const size_t winners[2], struct ledger_error *error) {
    struct projection_fact fact;
    struct ledger_error reason;
    uint64_t position = amendment->record->position;
    enum ledger_err err = map_version(batch, amendment, chain, states[0], winners[0], chain->since,
                                      &fact, &reason, error);
    if (!err)
        err = close_rows(batch, chain, position, error);
    if (!err)
        err = map_version(batch, amendment, chain, states[1], winners[1], position, &fact, &reason,
                          error);
    if (err)
        return err;
    if (states[1] != CHAIN_RETRACTED && !reason.code)
        err = projection_merges_repeated(batch, &fact, &reason, error);
    if (err)
        return err;
    projection_batch_put(batch, &fact);
    if (reason.code)
        projection_batch_park(batch, position, &reason);
    chain->since = position;
    return LEDGER_E_OK;
}

static enum ledger_err read_chain(struct projection_batch *batch, const Ledger__V1__Record *root,
                                  struct chain *chain, struct ledger_error *error) {
    enum ledger_err err = chain_read(batch->model, batch->txn, root->position, batch->arena, chain);
    if (err == LEDGER_E_NOT_FOUND) {
        *chain = (struct chain){.root_position = root->position, .since = root->position};
        memcpy(chain->root_id, root->event->event_id.data, 16);
        chain->entries = ledger_arena_alloc(batch->arena, sizeof *chain->entries);
        err = chain->entries ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
    }
    return err ? ledger_fail(error, err, NULL, "the amendments of a fact cannot be read")
               : LEDGER_E_OK;
}

static enum ledger_err extend(struct projection_batch *batch, const struct amendment *amendment,
                              struct ledger_error *error) {
    const Ledger__V1__Record *record = amendment->record;
    struct chain chain;
    enum ledger_err err = read_chain(batch, amendment->root, &chain, error);
    if (err)
        return err;
    struct chain_entry *entry = &chain.entries[chain.count++];
    *entry = (struct chain_entry){.position = record->position,
                                  .target = amendment->place.number,
                                  .retraction = amendment->kind == LEDGER_FACT_FactRetracted};
    memcpy(entry->event_id, record->event->event_id.data, 16);
    bool *taken_back = ledger_arena_alloc(batch->arena, chain.count * sizeof *taken_back);
    if (!taken_back)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact's amendments");
    size_t winners[2] = {0};
    const enum chain_state states[2] = {
        chain_evaluate(&chain, chain.count - 1, &winners[0], taken_back),
        chain_evaluate(&chain, chain.count, &winners[1], taken_back)};
    bool changed =
        states[0] != states[1] || (states[1] == CHAIN_CORRECTED && winners[0] != winners[1]);
    if (changed && amendment->mapped)
        err = replace(batch, amendment, &chain, states, winners, error);
    if (!err)
        chain_write_last(batch->model, batch->txn, &chain);
    return err;
}

// A correction that could never be in force does not join the chain.
static enum ledger_err check_correction(struct projection_batch *batch,
                                        const struct amendment *amendment,
                                        struct ledger_error *reason, struct ledger_error *error) {
    struct projection_fact fact;
    *reason = (struct ledger_error){0};
    if (amendment->kind != LEDGER_FACT_FactCorrected || !amendment->type)
        return LEDGER_E_OK;
    return corrected_fact(batch, amendment, amendment->record, &fact, reason, error);
}

enum ledger_err projection_amend(struct projection_batch *batch, const Ledger__V1__Record *record,
                                 enum ledger_fact kind, Ledger__V1__Record **root,
                                 struct ledger_error *error) {
    const struct projection *projection = batch->model->projection;
    struct amendment amendment = {.record = record, .kind = kind};
    struct ledger_error reason = {0};
    enum ledger_err err = find_root(batch, &amendment, error);
    if (err)
        return err;
    *root = amendment.root;
    if (!amendment.root) {
        (void)ledger_fail(&reason, LEDGER_E_NOT_FOUND, "corrects_event_id",
                          "it amends a fact that the ledger does not hold before it");
        projection_batch_park(batch, record->position, &reason);
        return LEDGER_E_OK;
    }
    amendment.type = ledger_fact_find(ledger_span_text(amendment.root->event->type));
    amendment.mapped = amendment.type && (projection_wants(projection, amendment.type->fact) ||
                                          projection_is_merge(amendment.type));
    if (!amendment.mapped && !projection->map_written) {
        stay_outside(batch, &amendment);
        return LEDGER_E_OK;
    }
    err = check_correction(batch, &amendment, &reason, error);
    if (err)
        return err;
    if (reason.code) {
        projection_batch_park(batch, record->position, &reason);
        stay_outside(batch, &amendment);
        return LEDGER_E_OK;
    }
    return extend(batch, &amendment, error);
}
