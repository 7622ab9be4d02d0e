// Pages in the making, and what a reader may see.
#ifndef LEDGER_LOG_PAGE_H
#define LEDGER_LOG_PAGE_H

#include "log_internal.h"

// A page, with what keeps its bytes alive.
struct open_page {
    struct ledger_page page; // first: the caller holds a pointer to it
    struct store_view view;
    size_t part_capacity;
};

// NULL after a failure (*err). Free it with ledger_page_free(&page->page).
struct open_page *page_new(struct ledger_log *log, struct ledger_error *error,
                           enum ledger_err *err);
LEDGER_MUST_CHECK enum ledger_err page_add(struct open_page *page, struct ledger_span part,
                                           uint64_t events, struct ledger_error *error);
// Adds an entry if `read` has room for it in the page.
LEDGER_MUST_CHECK enum ledger_err page_add_entry(struct open_page *page,
                                                 const struct ledger_read *read,
                                                 struct ledger_span entry, bool *taken,
                                                 struct ledger_error *error);
// The same, of the record at a position.
LEDGER_MUST_CHECK enum ledger_err page_add_position(struct open_page *page,
                                                    struct store_reader *reader,
                                                    const struct ledger_read *read,
                                                    uint64_t position, bool *taken,
                                                    struct ledger_error *error);

// The last of positions 1..head that was recorded at or before the time; 0 = none.
LEDGER_MUST_CHECK enum ledger_err recorded_by(struct store *store, const struct store_view *view,
                                              uint64_t head, int64_t recorded_at,
                                              uint64_t *position, struct ledger_error *error);

// Everything a reader may see, now. The tail lock is held on return from begin until
// snapshot_unlock.
LEDGER_MUST_CHECK enum ledger_err snapshot_begin(struct ledger_log *log, struct snapshot *snapshot,
                                                 struct ledger_error *error);
void snapshot_unlock(struct ledger_log *log, struct snapshot *snapshot);
void snapshot_end(struct snapshot *snapshot);

#endif
