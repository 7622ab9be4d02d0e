// Where a single thing is: events by their id, positions by their time.
#include <stdlib.h>

#include "page.h"

static enum ledger_err snapshot_find_id(const struct snapshot *snapshot,
                                        const struct ledger_uuid *id, uint64_t *position) {
    enum ledger_err err = LEDGER_E_OK;
    *position = tail_find_id(snapshot->active, id);
    if (*position == 0 && snapshot->frozen != NULL)
        *position = tail_find_id(snapshot->frozen, id);
    if (*position == 0)
        err = index_find_id(snapshot->index, snapshot->txn, id, position);
    if (*position > snapshot->head)
        *position = 0;
    return err;
}

enum ledger_err ledger_log_fetch(struct ledger_log *log, const struct ledger_uuid *ids,
                                 size_t count, struct ledger_page **out,
                                 struct ledger_error *error) {
    struct snapshot snapshot;
    *out = NULL;
    uint64_t *positions = calloc(count + 1, sizeof *positions);
    if (positions == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "fetching %zu events", count);
    enum ledger_err err = snapshot_begin(log, &snapshot, error);
    if (err != LEDGER_E_OK)
        goto out;
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++)
        err = snapshot_find_id(&snapshot, &ids[i], &positions[i]);
    snapshot_unlock(log, &snapshot);
    if (err != LEDGER_E_OK) {
        ledger_fail(error, err, NULL, "the index cannot be read");
        goto out_snapshot;
    }
    struct open_page *page = page_new(log, error, &err);
    if (page == NULL)
        goto out_snapshot;
    struct store_reader reader = {.store = &log->store, .txn = page->txn};
    struct ledger_read all = {.max_events = UINT32_MAX, .max_bytes = UINT32_MAX};
    page->page.head = snapshot.head;
    bool taken;
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++) {
        if (positions[i] != 0)
            err = page_add_position(page, &reader, &all, positions[i], &taken, error);
    }
    if (err == LEDGER_E_OK)
        *out = &page->page;
    else
        ledger_page_free(&page->page);
out_snapshot:
    snapshot_end(&snapshot);
out:
    free(positions);
    return err;
}

// Recorded times rise from block to block: bisect over positions.
enum ledger_err recorded_by(struct store *store, struct ledger_kv_txn *txn, uint64_t head,
                            int64_t recorded_at, uint64_t *position, struct ledger_error *error) {
    struct block block;
    uint64_t low = 0, high = head; // all of 1..low was recorded by then; nothing beyond high was
    while (low < high) {
        uint64_t middle = high - (high - low) / 2;
        enum ledger_err err = store_block(store, txn, middle, &block, error);
        if (err != LEDGER_E_OK)
            return err;
        if (block.recorded_at <= recorded_at)
            low = block_last(&block) < high ? block_last(&block) : high;
        else
            high = block.first - 1;
    }
    *position = low;
    return LEDGER_E_OK;
}

enum ledger_err ledger_log_locate(struct ledger_log *log, int64_t recorded_at, uint64_t *position,
                                  bool *settled, uint64_t *head, struct ledger_error *error) {
    pthread_mutex_lock(&log->tail_lock);
    *head = atomic_load(&log->head);
    *settled = *head != 0 && recorded_at <= log->recorded_at;
    pthread_mutex_unlock(&log->tail_lock);
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_read(log->store.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = recorded_by(&log->store, txn, *head, recorded_at, position, error);
    ledger_kv_abort(txn);
    return err;
}

enum ledger_err ledger_log_recorded_at(struct ledger_log *log, uint64_t position, int64_t *micros,
                                       struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    struct block block;
    enum ledger_err err = ledger_kv_read(log->store.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = store_block(&log->store, txn, position, &block, error);
    if (err == LEDGER_E_OK)
        *micros = block.recorded_at;
    ledger_kv_abort(txn);
    return err;
}
