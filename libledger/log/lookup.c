// Where a single thing is: events by their id, positions by their time.
#include <stdlib.h>

#include "page.h"

// In memory an id is exact, in the index it has candidates.
struct sought {
    uint64_t position; // 0 = not found
    struct id_candidates candidates;
};

// With the tail lock held.
static void find_in_tail(const struct snapshot *snapshot, const struct ledger_uuid *ids,
                         size_t count, struct sought *sought) {
    for (size_t i = 0; i < count; i++) {
        uint64_t at = tail_find_id(snapshot->active, &ids[i]);
        if (at == 0 && snapshot->frozen != NULL)
            at = tail_find_id(snapshot->frozen, &ids[i]);
        if (at <= snapshot->head)
            sought[i].position = at;
    }
}

// An event of a block that is not durable yet stands in no index, so looking for it harms nothing.
static enum ledger_err find_in_index(const struct snapshot *snapshot, const struct ledger_uuid *ids,
                                     size_t count, struct sought *sought) {
    struct ids_reader *reader = ids_reader_open(index_ids(snapshot->index), snapshot->txn);
    enum ledger_err err = reader == NULL ? LEDGER_E_NO_MEMORY : LEDGER_E_OK;
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++) {
        if (sought[i].position == 0)
            err = ids_find(reader, &ids[i], &sought[i].candidates);
    }
    ids_reader_close(reader);
    return err;
}

static enum ledger_err add_sought(struct open_page *page, struct store_reader *reader,
                                  const struct ledger_uuid *id, struct sought *sought,
                                  struct ledger_error *error) {
    static const struct ledger_read all = {.max_events = UINT32_MAX, .max_bytes = UINT32_MAX};
    enum ledger_err err = LEDGER_E_OK;
    bool taken;
    if (sought->candidates.count != 0)
        err = confirm_id(reader, &sought->candidates, id, &sought->position, error);
    if (err != LEDGER_E_OK || sought->position == 0)
        return err;
    return page_add_position(page, reader, &all, sought->position, &taken, error);
}

enum ledger_err ledger_log_fetch(struct ledger_log *log, const struct ledger_uuid *ids,
                                 size_t count, struct ledger_page **out,
                                 struct ledger_error *error) {
    struct snapshot snapshot;
    *out = NULL;
    struct sought *sought = calloc(count + 1, sizeof *sought);
    if (sought == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "fetching %zu events", count);
    enum ledger_err err = snapshot_begin(log, &snapshot, error);
    if (err != LEDGER_E_OK)
        goto out;
    find_in_tail(&snapshot, ids, count, sought);
    snapshot_unlock(log, &snapshot);
    err = find_in_index(&snapshot, ids, count, sought);
    if (err != LEDGER_E_OK) {
        ledger_fail(error, err, NULL, "the index cannot be read");
        goto out_snapshot;
    }
    struct open_page *page = page_new(log, error, &err);
    if (page == NULL)
        goto out_snapshot;
    struct store_reader reader = {.store = &log->store, .view = &page->view};
    page->page.head = snapshot.head;
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++)
        err = add_sought(page, &reader, &ids[i], &sought[i], error);
    store_reader_end(&reader);
    if (err == LEDGER_E_OK)
        *out = &page->page;
    else
        ledger_page_free(&page->page);
out_snapshot:
    snapshot_end(&snapshot);
out:
    free(sought);
    return err;
}

// Recorded times rise from block to block: bisect over positions.
enum ledger_err recorded_by(struct store *store, const struct store_view *view, uint64_t head,
                            int64_t recorded_at, uint64_t *position, struct ledger_error *error) {
    struct block block;
    uint64_t low = 0, high = head; // all of 1..low was recorded by then; nothing beyond high was
    while (low < high) {
        uint64_t middle = high - (high - low) / 2;
        enum ledger_err err = store_block(store, view, middle, &block, error);
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
    struct store_view view;
    enum ledger_err err = store_view_begin(&log->store, &view, error);
    if (err != LEDGER_E_OK)
        return err;
    err = recorded_by(&log->store, &view, *head, recorded_at, position, error);
    store_view_end(&view);
    return err;
}

enum ledger_err ledger_log_recorded_at(struct ledger_log *log, uint64_t position, int64_t *micros,
                                       struct ledger_error *error) {
    struct store_view view;
    struct block block;
    enum ledger_err err = store_view_begin(&log->store, &view, error);
    if (err != LEDGER_E_OK)
        return err;
    err = store_block(&log->store, &view, position, &block, error);
    if (err == LEDGER_E_OK)
        *micros = block.recorded_at;
    store_view_end(&view);
    return err;
}
