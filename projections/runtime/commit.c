// One transaction: the rows of a batch, then what looked at the model and waited, in its order, and
// the checkpoint. By whichever thread commits. Rows say from which position they are known, so that
// it does not show that some were taken in later than others.
#include <assert.h>

#include "projection_internal.h"

// A row is merged once a tier, and what a commit adds is merged by later ones.
enum { MERGED_TIMES = 3, MERGED_LEAST = 4 << 20 };

static enum ledger_err add_rows(struct projection_batch *batch, struct ledger_error *error) {
    enum ledger_err err = runs_add(batch->model, batch->txn, &batch->runs, &batch->pool);
    return err ? ledger_fail(error, err, NULL, "a model's rows cannot be written") : LEDGER_E_OK;
}

bool projection_batch_waiting(struct ledger_span *rest, struct ledger_span *record) {
    if (!rest->size)
        return false;
    *record = ledger_span_of(rest->data + 4, get_le32(rest->data));
    *rest = ledger_span_of(record->data + record->size, rest->size - 4 - record->size);
    return true;
}

static enum ledger_err take_in_waiting(struct projection_batch *batch, struct ledger_error *error) {
    struct ledger_span rest = ledger_buffer_span(&batch->waiting);
    struct ledger_span bytes;
    enum ledger_err err = projection_fetch_ahead(batch, error);
    while (!err && projection_batch_waiting(&rest, &bytes)) {
        Ledger__V1__Record *record;
        ledger_arena_reset(batch->arena);
        err = ledger_record_unpack(bytes, batch->arena, &record, error);
        if (!err)
            err = projection_batch_take_in(batch, record, bytes, error);
        if (!err)
            err = add_rows(batch, error);
    }
    return err;
}

static enum ledger_err write_out(struct projection_batch *batch, uint64_t examined,
                                 struct ledger_error *error) {
    struct projection_model *model = batch->model;
    struct projection_state before;
    uint64_t budget = MERGED_LEAST + MERGED_TIMES * (uint64_t)batch->pool.bytes.size;
    enum ledger_err err = projection_state_read(model, batch->txn, &before, error);
    if (err)
        return err;
    batch->state.merges_changed = before.merges_changed;
    err = run_list_read(model, batch->txn, &batch->runs);
    if (!err)
        err = runs_merge(model, batch->txn, &batch->runs, budget, false);
    if (err)
        return ledger_fail(error, err, NULL, "a model's rows cannot be merged");
    err = add_rows(batch, error);
    if (!err)
        err = take_in_waiting(batch, error);
    if (err)
        return err;
    row_pool_put(&batch->parked, batch->txn, model->parked);
    row_pool_put(&batch->days, batch->txn, model->days);
    run_list_write(model, batch->txn, &batch->runs);
    batch->state.position = examined;
    projection_state_write(model, batch->txn, &batch->state);
    return LEDGER_E_OK;
}

static enum ledger_err begin(struct projection_batch *batch, struct ledger_error *error) {
    bool more = true;
    enum ledger_err err = LEDGER_E_OK;
    while (!err && more)
        err = runs_tidy(batch->model, false, &more, error);
    return err ? err : ledger_kv_write(batch->model->kv, &batch->txn, error);
}

enum ledger_err projection_batch_commit(struct projection_batch *batch, uint64_t examined,
                                        bool *fatal, struct ledger_error *error) {
    assert(examined >= batch->state.position);
    *fatal = true;
    enum ledger_err err = begin(batch, error);
    if (!err) {
        err = write_out(batch, examined, error);
        *fatal = !err || ledger_kv_failed(batch->txn);
    }
    if (!err) {
        err = ledger_kv_commit(batch->txn, error);
        batch->txn = NULL;
    }
    projection_batch_abort(batch);
    return err;
}
