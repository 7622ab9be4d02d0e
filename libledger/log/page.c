#include "page.h"

#include <stdlib.h>

struct open_page *page_new(struct ledger_log *log, struct ledger_error *error,
                           enum ledger_err *err) {
    struct open_page *page = calloc(1, sizeof *page);
    if (page == NULL) {
        *err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading a page");
        return NULL;
    }
    *err = store_view_begin(&log->store, &page->view, error);
    if (*err != LEDGER_E_OK) {
        free(page);
        return NULL;
    }
    return page;
}

void ledger_page_free(struct ledger_page *page) {
    if (page == NULL)
        return;
    struct open_page *open = (struct open_page *)page;
    store_view_end(&open->view);
    free(page->parts);
    free(open);
}

enum ledger_err page_add(struct open_page *page, struct ledger_span part, uint64_t events,
                         struct ledger_error *error) {
    if (page->page.part_count == page->part_capacity) {
        size_t capacity = page->part_capacity == 0 ? 16 : page->part_capacity * 2;
        struct ledger_span *parts = realloc(page->page.parts, capacity * sizeof *parts);
        if (parts == NULL)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading a page");
        page->page.parts = parts;
        page->part_capacity = capacity;
    }
    page->page.parts[page->page.part_count++] = part;
    page->page.bytes += part.size;
    page->page.events += events;
    return LEDGER_E_OK;
}

// One more record may always come if there is none yet.
static bool page_takes(const struct open_page *page, const struct ledger_read *read, size_t bytes) {
    return page->page.events < read->max_events &&
           (page->page.events == 0 || page->page.bytes + bytes <= read->max_bytes);
}

enum ledger_err page_add_entry(struct open_page *page, const struct ledger_read *read,
                               struct ledger_span entry, bool *taken, struct ledger_error *error) {
    *taken = page_takes(page, read, entry.size);
    return *taken ? page_add(page, entry, 1, error) : LEDGER_E_OK;
}

enum ledger_err page_add_position(struct open_page *page, struct store_reader *reader,
                                  const struct ledger_read *read, uint64_t position, bool *taken,
                                  struct ledger_error *error) {
    enum ledger_err err = store_reader_at(reader, position, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_span entry =
        block_entries(&reader->block, (uint32_t)(position - reader->block.first), 1);
    return page_add_entry(page, read, entry, taken, error);
}

// ---- what a reader may see

enum ledger_err snapshot_begin(struct ledger_log *log, struct snapshot *snapshot,
                               struct ledger_error *error) {
    *snapshot = (struct snapshot){.index = log->index};
    pthread_mutex_lock(&log->tail_lock);
    enum ledger_err err = ledger_kv_read(index_kv(log->index), &snapshot->txn, error);
    if (err != LEDGER_E_OK) {
        pthread_mutex_unlock(&log->tail_lock);
        return err;
    }
    snapshot->folded_to = index_folded_to(log->index, snapshot->txn);
    snapshot->head = atomic_load(&log->head);
    snapshot->frozen = log->frozen;
    tail_hold(snapshot->frozen);
    snapshot->active = log->active;
    return LEDGER_E_OK;
}

void snapshot_unlock(struct ledger_log *log, struct snapshot *snapshot) {
    snapshot->active = NULL;
    pthread_mutex_unlock(&log->tail_lock);
}

void snapshot_end(struct snapshot *snapshot) {
    tail_release(snapshot->frozen);
    ledger_kv_abort(snapshot->txn);
}
