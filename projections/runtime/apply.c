// Some pages of the ledger become rows, and wait for their commit. What cannot be used is set aside
// with its reason and does not stop the rest.
//
// Plain facts need nothing of the model: their rows wait in a pool. An amendment or a merge looks
// at rows before it: it waits until the batch is committed (commit.c).
#include "projection_internal.h"

#include "ledger/limits.h"

enum {
    POOL_BYTES_MAX = 32 << 20,
    WAITING_MAX = 4096, // each asks the ledger for the facts that it names
};

bool projection_wants(const struct projection *projection, enum ledger_fact fact) {
    if (!projection->map)
        return false;
    if (!projection->types)
        return true;
    for (size_t i = 0; i < projection->type_count; i++)
        if (projection->types[i] == fact)
            return true;
    return false;
}

bool projection_is_merge(const struct ledger_fact_type *type) {
    return type->fact == LEDGER_FACT_ClientsMerged || type->fact == LEDGER_FACT_MergeReversed;
}

enum ledger_err projection_batch_begin(struct projection_batch *batch,
                                       struct projection_model *model,
                                       const struct projection_ledger *ledger,
                                       struct ledger_error *error) {
    *batch = (struct projection_batch){.model = model, .ledger = ledger};
    batch->arena = ledger_arena_new(0);
    struct ledger_kv_txn *txn = NULL;
    enum ledger_err err = batch->arena
                              ? ledger_kv_read(model->kv, &txn, error)
                              : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for facts");
    if (!err)
        err = projection_state_read(model, txn, &batch->state, error);
    ledger_kv_abort(txn);
    if (err)
        projection_batch_abort(batch);
    return err;
}

bool projection_batch_is_full(const struct projection_batch *batch) {
    return batch->pool.bytes.size + batch->waiting.size >= POOL_BYTES_MAX ||
           batch->waiting_count >= WAITING_MAX;
}

void projection_batch_abort(struct projection_batch *batch) {
    ledger_kv_abort(batch->txn);
    batch->txn = NULL;
    ledger_arena_free(batch->arena);
    batch->arena = NULL;
    projection_rows_fini(&batch->rows);
    row_pool_fini(&batch->pool);
    row_pool_fini(&batch->parked);
    row_pool_fini(&batch->days);
    ledger_buffer_fini(&batch->waiting);
    ledger_arena_free(batch->fetched_arena);
    batch->fetched_arena = NULL;
    batch->fetched_count = 0;
    ledger_buffer_fini(&batch->scratch);
    batch->rows = (struct projection_rows){0};
    batch->scratch = (struct ledger_buffer){0};
}

void projection_batch_park(struct projection_batch *batch, uint64_t position,
                           const struct ledger_error *reason) {
    uint8_t key[8];
    uint8_t code[4];
    uint8_t *place = NULL;
    ledger_key_u64(key, position);
    put_le32(code, (uint32_t)reason->code);
    ledger_buffer_clear(&batch->scratch);
    ledger_buffer_add(&batch->scratch, code, sizeof code);
    if (reason->field[0])
        ledger_buffer_printf(&batch->scratch, "%s: ", reason->field);
    ledger_buffer_add_text(&batch->scratch, reason->message);
    if (!batch->scratch.failed)
        place = row_pool_add(&batch->parked, ledger_span_of(key, sizeof key), batch->scratch.size);
    if (place)
        memcpy(place, batch->scratch.data, batch->scratch.size);
    batch->no_memory |= !place;
}

enum ledger_err projection_fact_read(struct projection_batch *batch,
                                     const Ledger__V1__Record *record, struct projection_fact *fact,
                                     struct ledger_error *reason, struct ledger_error *error) {
    const Ledger__V1__Event *event = record->event;
    ProtobufCMessage *payload = NULL;
    *reason = (struct ledger_error){0};
    *fact = (struct projection_fact){.position = record->position,
                                     .known_from = record->position,
                                     .record = record,
                                     .version = record,
                                     .occurred = ledger_moment_of(event->occurred)};
    enum ledger_err err = ledger_payload_unpack(
        ledger_span_text(event->type), ledger_span_of(event->payload.data, event->payload.len),
        batch->arena, &fact->type, &payload, reason);
    if (err == LEDGER_E_NO_MEMORY)
        return ledger_fail(error, err, NULL, "no memory for a fact");
    fact->payload = payload;
    reason->code = err;
    return LEDGER_E_OK;
}

static void refuse(struct projection_rows *rows, struct ledger_error *reason, enum ledger_err err) {
    if (!reason->message[0])
        (void)ledger_fail(reason, err, NULL, "%s", ledger_err_text(err));
    reason->code = err;
    projection_rows_clear(rows);
}

enum ledger_err projection_batch_map(struct projection_batch *batch,
                                     const struct projection_fact *fact,
                                     struct ledger_error *reason, struct ledger_error *error) {
    const struct projection *projection = batch->model->projection;
    struct projection_rows *rows = &batch->rows;
    *reason = (struct ledger_error){0};
    projection_rows_clear(rows);
    enum ledger_err err = LEDGER_E_OK;
    if (projection_wants(projection, fact->type->fact))
        err = projection->map(fact, rows, reason);
    if (!err && rows->overflow)
        err = ledger_fail(reason, LEDGER_E_TOO_LARGE, NULL, "an id is too long for a row's key");
    if (err == LEDGER_E_NO_MEMORY || rows->failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact's rows");
    if (err)
        refuse(rows, reason, err);
    if (projection_is_merge(fact->type)) {
        struct ledger_error merge_reason = {0};
        err = projection_merges_map(batch, fact, &merge_reason, error);
        if (err)
            return err;
        if (merge_reason.code) {
            *reason = merge_reason;
            refuse(rows, reason, merge_reason.code);
        }
    }
    if (rows->failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact's rows");
    return LEDGER_E_OK;
}

void projection_batch_touches(struct projection_batch *batch, uint8_t table, uint64_t position) {
    if (table == PROJECTION_TABLE_MERGES && position > batch->state.merges_changed)
        batch->state.merges_changed = position;
}

static void put_header(uint8_t place[ROW_HEADER_SIZE], const struct ledger_moment *occurred) {
    uint16_t offset = htole16((uint16_t)occurred->offset_minutes);
    put_le64(place, UINT64_MAX);
    put_le64(place + 8, (uint64_t)occurred->micros);
    put_le32(place + 16, (uint32_t)occurred->day);
    memcpy(place + 20, &offset, sizeof offset);
    place[22] = (uint8_t)occurred->when;
    place[23] = 0;
}

void projection_batch_put(struct projection_batch *batch, const struct projection_fact *fact) {
    const struct projection_rows *rows = &batch->rows;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row_entry *entry = &rows->entries[i];
        uint8_t key[LEDGER_KV_KEY_SIZE_MAX];
        memcpy(key, rows->bytes.data + entry->key_offset, entry->key_size);
        projection_batch_touches(batch, key[0], fact->known_from);
        ledger_key_u64(key + entry->key_size, fact->position);
        ledger_key_u64(key + entry->key_size + 8, fact->known_from);
        uint8_t *place =
            row_pool_add(&batch->pool, ledger_span_of(key, entry->key_size + ROW_KEY_SUFFIX),
                         ROW_HEADER_SIZE + entry->value_size);
        if (!place) {
            batch->no_memory = true;
            return;
        }
        put_header(place, &fact->occurred);
        if (entry->value_size)
            memcpy(place + ROW_HEADER_SIZE, rows->bytes.data + entry->value_offset,
                   entry->value_size);
    }
}

static enum ledger_err apply_fact(struct projection_batch *batch, const Ledger__V1__Record *record,
                                  struct ledger_error *error) {
    struct projection_fact fact;
    struct ledger_error reason;
    enum ledger_err err = projection_fact_read(batch, record, &fact, &reason, error);
    if (!err && !reason.code) {
        err = projection_batch_map(batch, &fact, &reason, error);
        if (!err)
            err = projection_merges_repeated(batch, &fact, &reason, error);
        if (!err)
            projection_batch_put(batch, &fact);
    }
    if (!err && reason.code)
        projection_batch_park(batch, record->position, &reason);
    return err;
}

static enum ledger_err apply_written(struct projection_batch *batch,
                                     const Ledger__V1__Record *record,
                                     const Ledger__V1__Record *root, struct ledger_error *error) {
    const struct projection_fact fact = {.position = record->position,
                                         .known_from = record->position,
                                         .record = record,
                                         .occurred = ledger_moment_of(record->event->occurred)};
    struct ledger_error reason = {0};
    projection_rows_clear(&batch->rows);
    enum ledger_err err =
        batch->model->projection->map_written(record, root, &batch->rows, &reason);
    if (!err && batch->rows.overflow)
        err = ledger_fail(&reason, LEDGER_E_TOO_LARGE, NULL, "an id is too long for a row's key");
    if (err == LEDGER_E_NO_MEMORY || batch->rows.failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact's rows");
    if (err) {
        refuse(&batch->rows, &reason, err);
        projection_batch_park(batch, record->position, &reason);
    }
    projection_batch_put(batch, &fact);
    return LEDGER_E_OK;
}

static enum ledger_err unpack_record(struct projection_batch *batch, struct ledger_span bytes,
                                     Ledger__V1__Record **record, struct ledger_error *error) {
    enum ledger_err err = ledger_record_unpack(bytes, batch->arena, record, error);
    if (err)
        return err;
    if (!(*record)->event || !(*record)->event->type ||
        (*record)->position <= batch->state.position || (*record)->position <= batch->last)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL, "the ledger sent no record to apply");
    return LEDGER_E_OK;
}

static int32_t utc_day(int64_t micros) {
    return ledger_moment_instant(micros, 0).day;
}

static void note_day(struct projection_batch *batch, const Ledger__V1__Record *record) {
    int32_t day = utc_day(record->recorded_at);
    uint8_t key[8];
    if (batch->state.recorded_at && utc_day(batch->state.recorded_at) == day)
        return;
    ledger_key_u64(key, record->position);
    uint8_t *place = row_pool_add(&batch->days, ledger_span_of(key, sizeof key), 4);
    if (place)
        put_le32(place, (uint32_t)day);
    batch->no_memory |= !place;
}

// Whether the fact looks at the model: at rows, or at what it amends.
static bool must_wait(const struct ledger_fact_type *type) {
    return type && (type->fact == LEDGER_FACT_FactCorrected ||
                    type->fact == LEDGER_FACT_FactRetracted || projection_is_merge(type));
}

enum ledger_err projection_batch_take_in(struct projection_batch *batch,
                                         const Ledger__V1__Record *record, struct ledger_span bytes,
                                         struct ledger_error *error) {
    const struct projection *projection = batch->model->projection;
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(record->event->type));
    Ledger__V1__Record *root = NULL;
    enum ledger_err err = LEDGER_E_OK;
    bool amends = type && (type->fact == LEDGER_FACT_FactCorrected ||
                           type->fact == LEDGER_FACT_FactRetracted);
    if (amends)
        err = projection_amend(batch, record, type->fact, &root, error);
    else if (type && (projection_wants(projection, type->fact) || projection_is_merge(type)))
        err = apply_fact(batch, record, error);
    if (!err && projection->map_written && type && type->fact == LEDGER_FACT_MergeReversed)
        err = projection_merge_reversed(batch, record, &root, error);
    if (!err && projection->map_written) {
        batch->rows.record = bytes;
        err = apply_written(batch, record, root, error);
    }
    if (!err && batch->no_memory)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact's rows");
    return err;
}

static void keep_waiting(struct projection_batch *batch, struct ledger_span bytes) {
    uint8_t size[4];
    put_le32(size, (uint32_t)bytes.size);
    ledger_buffer_add(&batch->waiting, size, sizeof size);
    ledger_buffer_add_span(&batch->waiting, bytes);
    batch->waiting_count++;
    batch->no_memory |= batch->waiting.failed;
}

enum ledger_err projection_batch_apply(struct projection_batch *batch, struct ledger_span bytes,
                                       struct ledger_error *error) {
    Ledger__V1__Record *record;
    ledger_arena_reset(batch->arena);
    enum ledger_err err = unpack_record(batch, bytes, &record, error);
    if (err)
        return err;
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(record->event->type));
    if (must_wait(type))
        keep_waiting(batch, bytes);
    else
        err = projection_batch_take_in(batch, record, bytes, error);
    note_day(batch, record);
    batch->state.recorded_at = record->recorded_at;
    batch->last = record->position;
    return err;
}
