// Finding blocks, in the environment and in what is not in it yet.
#include "store.h"

#include <inttypes.h>

#include "ledger/event.h"

// ---- blocks whose checksums are known

static uint64_t spread(uint64_t last) {
    return last * UINT64_C(0x9E3779B97F4A7C15) >> 32;
}

// Positions follow no pattern that would make blocks share sets more than chance does, once they
// are spread by an odd factor.
static struct store_checked *checked_set(const struct store *store, uint64_t last) {
    return &store->checked[spread(last) % STORE_CHECKED_SETS];
}

static bool is_checked(const struct store *store, uint64_t last) {
    const struct store_checked *set = checked_set(store, last);
    for (size_t i = 0; i < STORE_CHECKED_WAYS; i++)
        if (atomic_load_explicit(&set->last[i], memory_order_relaxed) == last)
            return true;
    return false;
}

static void set_checked(struct store *store, uint64_t last) {
    struct store_checked *set = checked_set(store, last);
    size_t way = 0;
    while (way < STORE_CHECKED_WAYS &&
           atomic_load_explicit(&set->last[way], memory_order_relaxed) != 0)
        way++;
    if (way == STORE_CHECKED_WAYS) // another one each time
        way = atomic_fetch_add_explicit(&store->checked_turn, 1, memory_order_relaxed) %
              STORE_CHECKED_WAYS;
    atomic_store_explicit(&set->last[way], last, memory_order_relaxed);
}

static enum ledger_err check_once(struct store *store, struct ledger_span bytes,
                                  const struct block *block, struct ledger_error *error) {
    if (is_checked(store, block_last(block)))
        return LEDGER_E_OK;
    enum ledger_err err = block_check(bytes, block, error);
    if (err == LEDGER_E_OK)
        set_checked(store, block_last(block));
    return err;
}

// ---- views

enum ledger_err store_view_begin(struct store *store, struct store_view *view,
                                 struct ledger_error *error) {
    // First what is pending: what it loses meanwhile, the transaction then has.
    pthread_mutex_lock(&store->pending_lock);
    view->pending = store->pending;
    pending_hold(view->pending);
    pthread_mutex_unlock(&store->pending_lock);
    enum ledger_err err = ledger_kv_read(store->kv, &view->txn, error);
    if (err == LEDGER_E_OK)
        return err;
    pending_release(view->pending);
    *view = (struct store_view){0};
    return err;
}

void store_view_end(struct store_view *view) {
    ledger_kv_abort(view->txn);
    pending_release(view->pending);
    *view = (struct store_view){0};
}

uint64_t store_block_count(const struct store *store, const struct store_view *view) {
    uint64_t settled = ledger_kv_count(view->txn, store->blocks), last = 0;
    struct ledger_kv_pair pair;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(view->txn, store->blocks);
    if (ledger_kv_last(cursor, &pair) && pair.key.size == 8)
        last = ledger_key_u64_read(pair.key.data);
    ledger_kv_cursor_close(cursor);
    return settled + pending_count_after(view->pending, last);
}

// ---- blocks

// A block that was found, and not looked into.
struct found {
    struct ledger_span bytes;
    uint64_t last;
    bool pending; // in memory: its checksum need not be looked at
};

static enum ledger_err find_block(const struct store_view *view, struct ledger_kv_cursor *cursor,
                                  uint64_t position, struct found *found,
                                  struct ledger_error *error) {
    uint8_t key[8];
    struct ledger_kv_pair pair;
    const struct pending_block *pending = pending_find(view->pending, position);
    if (pending != NULL) {
        *found = (struct found){pending->bytes, pending->last, true};
        return LEDGER_E_OK;
    }
    ledger_key_u64(key, position);
    if (!ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair)) {
        enum ledger_err err = ledger_kv_cursor_failed(cursor);
        return ledger_fail(error, err != LEDGER_E_OK ? err : LEDGER_E_NOT_FOUND, NULL,
                           "no block holds position %" PRIu64, position);
    }
    *found = (struct found){
        pair.value, pair.key.size == sizeof key ? ledger_key_u64_read(pair.key.data) : 0, false};
    return LEDGER_E_OK;
}

static enum ledger_err open_found(struct store *store, const struct found *found, uint64_t position,
                                  struct block *block, struct ledger_error *error) {
    enum ledger_err err = block_parse(found->bytes, block, error);
    if (err == LEDGER_E_OK && !found->pending)
        err = check_once(store, found->bytes, block, error);
    if (err != LEDGER_E_OK)
        return err;
    if (position < block->first || position > block_last(block))
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "no block holds position %" PRIu64 ", though later ones are there",
                           position);
    return LEDGER_E_OK;
}

static enum ledger_err block_at(struct store *store, const struct store_view *view,
                                struct ledger_kv_cursor *cursor, uint64_t position,
                                struct block *block, struct ledger_error *error) {
    struct found found;
    enum ledger_err err = find_block(view, cursor, position, &found, error);
    return err == LEDGER_E_OK ? open_found(store, &found, position, block, error) : err;
}

enum ledger_err store_block(struct store *store, const struct store_view *view, uint64_t position,
                            struct block *block, struct ledger_error *error) {
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(view->txn, store->blocks);
    if (cursor == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the log");
    enum ledger_err err = block_at(store, view, cursor, position, block, error);
    ledger_kv_cursor_close(cursor);
    return err;
}

// ---- readers

void store_reader_end(struct store_reader *reader) {
    ledger_kv_cursor_close(reader->cursor);
    reader->cursor = NULL;
    reader->valid = false;
}

static enum ledger_err open_cursor(struct store_reader *reader, struct ledger_error *error) {
    if (reader->cursor == NULL)
        reader->cursor = ledger_kv_cursor_open(reader->view->txn, reader->store->blocks);
    return reader->cursor != NULL ? LEDGER_E_OK
                                  : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the log");
}

static bool reader_holds(const struct store_reader *reader, uint64_t position) {
    return reader->valid && position >= reader->block.first &&
           position <= block_last(&reader->block);
}

enum ledger_err store_reader_at(struct store_reader *reader, uint64_t position,
                                struct ledger_error *error) {
    if (reader_holds(reader, position))
        return LEDGER_E_OK;
    enum ledger_err err = open_cursor(reader, error);
    if (err != LEDGER_E_OK)
        return err;
    err = block_at(reader->store, reader->view, reader->cursor, position, &reader->block, error);
    reader->valid = err == LEDGER_E_OK;
    return err;
}

enum ledger_err store_reader_record(struct store_reader *reader, uint64_t position,
                                    struct ledger_span *record, struct ledger_error *error) {
    enum ledger_err err = store_reader_at(reader, position, error);
    if (err != LEDGER_E_OK)
        return err;
    err = block_record(&reader->block, (uint32_t)(position - reader->block.first), record);
    return err == LEDGER_E_OK
               ? err
               : ledger_fail(error, err, NULL, "the record at position %" PRIu64 " is damaged",
                             position);
}

static enum ledger_err find_blocks(struct store_reader *reader, const uint64_t *positions,
                                   size_t count, struct found *found, struct ledger_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && positions[i] <= found[i - 1].last) {
            found[i] = found[i - 1];
        } else {
            enum ledger_err err =
                find_block(reader->view, reader->cursor, positions[i], &found[i], error);
            if (err != LEDGER_E_OK)
                return err;
            __builtin_prefetch(block_header_place(found[i].bytes));
            __builtin_prefetch(checked_set(reader->store, found[i].last));
        }
        __builtin_prefetch(block_offset_place(found[i].bytes, positions[i], found[i].last));
    }
    return LEDGER_E_OK;
}

enum ledger_err store_reader_entries(struct store_reader *reader, const uint64_t *positions,
                                     size_t count, struct ledger_span *entries,
                                     struct ledger_error *error) {
    struct found found[STORE_ENTRIES_MAX];
    enum ledger_err err = open_cursor(reader, error);
    if (err == LEDGER_E_OK)
        err = find_blocks(reader, positions, count, found, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++) {
        if (!reader_holds(reader, positions[i])) {
            err = open_found(reader->store, &found[i], positions[i], &reader->block, error);
            reader->valid = err == LEDGER_E_OK;
            if (err != LEDGER_E_OK)
                break;
        }
        entries[i] =
            block_entries(&reader->block, (uint32_t)(positions[i] - reader->block.first), 1);
        __builtin_prefetch(entries[i].data);
    }
    return err;
}

enum ledger_err confirm_id(struct store_reader *reader, const struct id_candidates *candidates,
                           const struct ledger_uuid *id, uint64_t *position,
                           struct ledger_error *error) {
    *position = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        struct ledger_span record;
        struct ledger_record_parts parts;
        size_t none = 0;
        enum ledger_err err = store_reader_record(reader, candidates->positions[i], &record, error);
        if (err == LEDGER_E_NOT_FOUND) // the index leads to where nothing is
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the index of event ids leads beyond the log; stop the service and "
                               "delete its index directory: it is rebuilt from the log");
        if (err != LEDGER_E_OK)
            return err;
        if (ledger_record_split(record, &parts, NULL, &none) != LEDGER_E_OK)
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the record at position %" PRIu64 " is damaged",
                               candidates->positions[i]);
        if (ledger_span_equal(ledger_event_id(parts.event),
                              ledger_span_of(id->bytes, sizeof id->bytes)))
            *position = candidates->positions[i];
    }
    return LEDGER_E_OK;
}
