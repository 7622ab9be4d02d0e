// Reading: which positions, then the stored bytes at them, as spans into the map.
//
// Without conditions a page is runs of whole entries, so its cost is a copy of the bytes. With
// conditions the positions come from the postings and each record is looked up in its block.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "page.h"

// ---- where a read may look

// Positions low..high can pass; those outside count as examined.
static enum ledger_err find_range(struct store *store, const struct store_view *view, uint64_t head,
                                  const struct ledger_read *read, struct position_range *range,
                                  struct ledger_error *error) {
    *range =
        (struct position_range){read->reverse ? 1 : read->from, read->reverse ? read->from : head};
    uint64_t at;
    if (read->recorded_from > 0) {
        enum ledger_err err = recorded_by(store, view, head, read->recorded_from - 1, &at, error);
        if (err != LEDGER_E_OK)
            return err;
        if (at + 1 > range->low)
            range->low = at + 1;
    }
    if (read->recorded_before != 0) {
        enum ledger_err err = recorded_by(store, view, head, read->recorded_before - 1, &at, error);
        if (err != LEDGER_E_OK)
            return err;
        if (at < range->high)
            range->high = at;
    }
    return LEDGER_E_OK;
}

// ---- pages without conditions

// Of records i.. of the block, upwards: how many the page takes. By bytes, it is the largest n
// whose entries end within what is left.
static uint32_t entries_taken(const struct open_page *page, const struct ledger_read *read,
                              const struct block *block, uint32_t i, uint64_t left) {
    uint64_t room = read->max_events - page->page.events;
    uint32_t most = block->count - i;
    if (most > room)
        most = (uint32_t)room;
    if (most > left)
        most = (uint32_t)left;
    uint32_t low = page->page.events == 0 ? 1 : 0, high = most;
    while (low < high) {
        uint32_t middle = high - (high - low) / 2;
        if (page->page.bytes + block_entries(block, i, middle).size <= read->max_bytes)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static enum ledger_err read_forward(struct open_page *page, struct store_reader *reader,
                                    const struct ledger_read *read, struct position_range range,
                                    struct ledger_error *error) {
    uint64_t position = range.low;
    while (position <= range.high && page->page.events < read->max_events) {
        enum ledger_err err = store_reader_at(reader, position, error);
        if (err != LEDGER_E_OK)
            return err;
        uint32_t i = (uint32_t)(position - reader->block.first);
        uint32_t n = entries_taken(page, read, &reader->block, i, range.high - position + 1);
        if (n == 0)
            break;
        err = page_add(page, block_entries(&reader->block, i, n), n, error);
        if (err != LEDGER_E_OK)
            return err;
        position += n;
    }
    page->page.examined = position > range.high ? page->page.head : position - 1;
    page->page.more = page->page.examined < page->page.head;
    return LEDGER_E_OK;
}

// ---- pages by position

// Positions that pass, in the range, from range->low on, which moves behind them.
static size_t next_positions(struct filter *filter, struct position_range *range, size_t most,
                             uint64_t *positions) {
    size_t count = 0;
    while (count < most && range->low <= range->high) {
        uint64_t at = filter_at_or_after(filter, range->low);
        if (at == 0 || at > range->high)
            break;
        positions[count++] = at;
        range->low = at + 1;
    }
    return count;
}

static enum ledger_err read_filtered(struct open_page *page, struct store_reader *reader,
                                     const struct ledger_read *read, struct position_range range,
                                     struct filter *filter, struct ledger_error *error) {
    uint64_t positions[STORE_ENTRIES_MAX];
    struct ledger_span entries[STORE_ENTRIES_MAX];
    struct ledger_page *made = &page->page;
    bool taken = true;
    made->examined = made->head;
    for (bool last = false; taken && !last;) {
        // One that the page has no room for says how far it goes.
        size_t room = read->max_events - made->events;
        size_t asked = room < STORE_ENTRIES_MAX ? room + 1 : STORE_ENTRIES_MAX;
        size_t found = next_positions(filter, &range, asked, positions);
        size_t count = found < room ? found : room;
        enum ledger_err err = store_reader_entries(reader, positions, count, entries, error);
        for (size_t i = 0; err == LEDGER_E_OK && taken && i < found; i++) {
            taken = i < count;
            if (taken)
                err = page_add_entry(page, read, entries[i], &taken, error);
            if (!taken)
                made->examined = positions[i] - 1;
        }
        if (err != LEDGER_E_OK)
            return err;
        last = found < asked;
    }
    if (taken && filter->undecided != 0 && filter->undecided <= range.high)
        made->examined = filter->undecided - 1;
    made->more = made->examined < made->head;
    return LEDGER_E_OK;
}

static enum ledger_err read_reverse(struct open_page *page, struct store_reader *reader,
                                    const struct ledger_read *read, struct position_range range,
                                    struct filter *filter, struct ledger_error *error) {
    uint64_t position = range.high;
    bool taken = true;
    while (position >= range.low && position != 0) {
        uint64_t at = filter->count == 0 ? position : filter_at_or_before(filter, position);
        if (filter->undecided >= range.low) {
            page->page.examined = filter->undecided + 1;
            page->page.more = true;
            return LEDGER_E_OK;
        }
        if (at < range.low)
            break;
        enum ledger_err err = page_add_position(page, reader, read, at, &taken, error);
        if (err != LEDGER_E_OK)
            return err;
        if (!taken) {
            page->page.examined = at + 1;
            page->page.more = true;
            return LEDGER_E_OK;
        }
        position = at - 1;
    }
    page->page.examined = page->page.head != 0 ? 1 : 0;
    page->page.more = false;
    return LEDGER_E_OK;
}

// ---- the requests

// Where the reading starts, or why it cannot.
static enum ledger_err place_start(struct ledger_read *read, uint64_t head,
                                   struct ledger_error *error) {
    if (read->from > head + 1)
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "from",
                           "position %" PRIu64 " lies beyond the end of this ledger, %" PRIu64
                           ": was it restored from an older copy?",
                           read->from, head);
    if (read->from == 0)
        read->from = read->reverse ? head : 1;
    if (read->reverse && read->from > head)
        read->from = head;
    return LEDGER_E_OK;
}

// Where the reading starts, what the tail has for the filter from there on, and the head they go
// with. Holds the tail lock no longer than that takes.
static enum ledger_err take_snapshot(struct ledger_log *log, struct snapshot *snapshot,
                                     struct filter *filter, struct ledger_read *read,
                                     struct ledger_error *error) {
    enum ledger_err err = snapshot_begin(log, snapshot, error);
    if (err != LEDGER_E_OK)
        return err;
    err = place_start(read, snapshot->head, error);
    if (err == LEDGER_E_OK) {
        // The times are looked up later; they can only narrow this.
        struct position_range range = {read->reverse ? 1 : read->from,
                                       read->reverse ? read->from : UINT64_MAX - 1};
        err = filter_take_tail(filter, snapshot, range);
        if (err != LEDGER_E_OK)
            ledger_fail(error, err, NULL, "opening the postings of a filter");
    }
    snapshot_unlock(log, snapshot);
    if (err != LEDGER_E_OK)
        snapshot_end(snapshot);
    return err;
}

static enum ledger_err fill_page(struct ledger_log *log, struct open_page *page,
                                 const struct ledger_read *read, struct filter *filter,
                                 struct ledger_error *error) {
    struct store_reader reader = {.store = &log->store, .view = &page->view};
    struct position_range range;
    enum ledger_err err =
        find_range(&log->store, &page->view, page->page.head, read, &range, error);
    if (err != LEDGER_E_OK)
        return err;
    if (read->reverse)
        err = read_reverse(page, &reader, read, range, filter, error);
    else if (filter->count == 0)
        err = read_forward(page, &reader, read, range, error);
    else
        err = read_filtered(page, &reader, read, range, filter, error);
    store_reader_end(&reader);
    if (err != LEDGER_E_OK)
        return err;
    err = filter_failed(filter);
    return err == LEDGER_E_OK ? err
                              : ledger_fail(error, err, NULL,
                                            "stored postings are damaged; stop the service and "
                                            "delete its index directory: it is rebuilt from the "
                                            "log");
}

// After the snapshot, so that the log's transaction holds all of it.
static enum ledger_err read_page(struct ledger_log *log, const struct ledger_read *read,
                                 const struct snapshot *snapshot, struct filter *filter,
                                 struct ledger_page **out, struct ledger_error *error) {
    enum ledger_err err = filter_take_index(filter);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "opening the postings of a filter");
    struct open_page *page = page_new(log, error, &err);
    if (page == NULL)
        return err;
    page->page.head = snapshot->head;
    err = fill_page(log, page, read, filter, error);
    if (err == LEDGER_E_OK)
        *out = &page->page;
    else
        ledger_page_free(&page->page);
    return err;
}

enum ledger_err ledger_log_read(struct ledger_log *log, const struct ledger_read *asked,
                                struct ledger_page **out, struct ledger_error *error) {
    struct ledger_read read = *asked;
    struct snapshot snapshot;
    struct filter filter;
    *out = NULL;
    enum ledger_err err = filter_begin(&filter, &read);
    if (err != LEDGER_E_OK) {
        ledger_fail(error, err, NULL, "opening a filter");
    } else {
        err = take_snapshot(log, &snapshot, &filter, &read, error);
        if (err == LEDGER_E_OK) {
            err = read_page(log, &read, &snapshot, &filter, out, error);
            filter_close(&filter); // before the transaction that its postings are of
            snapshot_end(&snapshot);
        }
    }
    filter_close(&filter);
    return err;
}

// ---- waiting

static size_t watch(const struct term *term, uint64_t *watches) {
    watches[0] = term_hash(term_span(term));
    return 1;
}

static size_t watch_text(enum term_kind kind, struct ledger_span text, uint64_t *watches) {
    struct term term = term_of(kind, text);
    return watch(&term, watches);
}

size_t ledger_read_watches(const struct ledger_read *read, uint64_t watches[LEDGER_WATCHES_MAX]) {
    size_t count = 0;
    if (read->stream.size != 0)
        return watch_text(TERM_STREAM, read->stream, watches);
    if (read->correlation_id.size != 0)
        return watch_text(TERM_CORRELATION, read->correlation_id, watches);
    if (read->subject_kind.size != 0) {
        struct term term = term_of_subject(read->subject_kind, read->subject_id);
        return watch(&term, watches);
    }
    if (read->actor.size != 0)
        return watch_text(TERM_ACTOR, read->actor, watches);
    for (size_t i = 0; i < read->type_count; i++)
        count += watch_text(TERM_TYPE, read->types[i], watches + count);
    if (count != 0)
        return count;
    if (read->category.size != 0)
        return watch_text(TERM_CATEGORY, read->category, watches);
    for (uint32_t b = read->share_index - 1; read->share_count != 0 && b < LEDGER_SHARE_BUCKETS;
         b += read->share_count) {
        struct term term = term_of_share(b);
        count += watch(&term, watches + count);
    }
    return count;
}
