// What a question sees: the rows known at its position, of facts that had happened by its time.
//
// A row of a fact carries the span of positions in which it was known. So a view needs no copy and
// no lock: it is a read transaction, and two numbers that each row is held against.
#include "projection_internal.h"

#include "ids.h"

struct projection_cursor {
    struct projection_view *view;
    struct run_cursor *rows;
    struct projection_cursor *next; // among the view's open ones, or its spare ones
    enum scan_mode mode;
    bool open, started;
    size_t prefix_size, from_size; // table number and key
    uint8_t prefix[1 + PROJECTION_KEY_SIZE_MAX];
    uint8_t from[1 + PROJECTION_KEY_SIZE_MAX]; // begins with the prefix
};

// Positions of facts passed over because their time is unknown: one fact may have several rows.
struct projection_positions {
    uint64_t *slots; // 0 = free
    size_t slot_count;
    size_t count;
};

// Chains read for the view: a reader asks for one again for each of its amendments.
struct known_chain {
    uint64_t position; // of the root; 0 = a free slot
    const struct projection_amendment *amendments;
    size_t count;
};
struct projection_chains {
    struct known_chain *slots;
    size_t slot_count;
    size_t count;
};

uint64_t projection_view_position(const struct projection_view *view) {
    return view->position;
}

const struct ledger_moment *projection_view_occurred(const struct projection_view *view) {
    return view->has_occurred ? &view->occurred : NULL;
}

const struct ledger_moment *projection_view_now(const struct projection_view *view) {
    return &view->now;
}

struct ledger_arena *projection_view_arena(struct projection_view *view) {
    return view->arena;
}

void projection_view_fail(struct projection_view *view, enum ledger_err err) {
    if (!view->failed)
        view->failed = err;
}

void projection_view_end(struct projection_view *view) {
    while (view->cursors)
        projection_scan_end(view->cursors);
    projection_merges_end(view);
    for (; view->spare; view->spare = view->spare->next)
        run_cursor_close(view->spare->rows);
}

const struct run_list *projection_view_runs(struct projection_view *view) {
    if (view->runs)
        return view->runs;
    struct run_list *list = ledger_arena_alloc(view->arena, sizeof *list);
    enum ledger_err err = list ? run_list_read(view->model, view->txn, list) : LEDGER_E_NO_MEMORY;
    if (err)
        projection_view_fail(view, err);
    else
        view->runs = list;
    return view->runs;
}

// ---- facts with an unknown time
uint64_t projection_view_unknown(const struct projection_view *view) {
    return view->unknown ? view->unknown->count : 0;
}

static uint64_t *position_slot(const struct projection_positions *set, uint64_t position) {
    size_t mask = set->slot_count - 1;
    size_t slot = (size_t)(position * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (set->slots[slot] && set->slots[slot] != position)
        slot = (slot + 1) & mask;
    return &set->slots[slot];
}

static bool positions_grow(struct projection_view *view, struct projection_positions *set) {
    const struct projection_positions old = *set;
    set->slot_count = old.slot_count ? 2 * old.slot_count : 64;
    set->slots = ledger_arena_calloc(view->arena, set->slot_count * sizeof *set->slots);
    if (!set->slots) {
        *set = old;
        return false;
    }
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i])
            *position_slot(set, old.slots[i]) = old.slots[i];
    return true;
}

static void count_unknown(struct projection_view *view, uint64_t position) {
    if (!view->unknown)
        view->unknown = ledger_arena_calloc(view->arena, sizeof *view->unknown);
    struct projection_positions *set = view->unknown;
    if (!set || (2 * (set->count + 1) > set->slot_count && !positions_grow(view, set))) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return;
    }
    uint64_t *slot = position_slot(set, position);
    set->count += *slot == 0;
    *slot = position;
}

// ---- scans. A question may make one for each of many things, so ended ones are used again.
static struct projection_cursor *cursor_take(struct projection_view *view) {
    struct projection_cursor *cursor = view->spare;
    if (!cursor) {
        cursor = ledger_arena_calloc(view->arena, sizeof *cursor);
        if (!cursor)
            return NULL;
        const struct run_list *list = projection_view_runs(view);
        cursor->view = view;
        if (list)
            cursor->rows = run_cursor_open(view->model, view->txn, list, 0, list->count, true);
        return cursor->rows ? cursor : NULL;
    }
    view->spare = cursor->next;
    return cursor;
}

static size_t put_key(uint8_t *place, uint8_t table, const struct projection_key *key) {
    place[0] = table;
    if (key)
        memcpy(place + 1, key->bytes, key->size);
    return 1 + (key ? key->size : 0);
}

struct projection_cursor *scan_begin(struct projection_view *view, uint8_t table,
                                     const struct projection_key *prefix, enum scan_mode mode) {
    if (prefix && prefix->failed)
        return NULL; // no row has it: the fact was set aside
    struct projection_cursor *cursor = cursor_take(view);
    if (!cursor) {
        enum ledger_err err = ledger_kv_failed(view->txn);
        projection_view_fail(view, err ? err : LEDGER_E_NO_MEMORY);
        return NULL;
    }
    cursor->mode = mode;
    cursor->started = false;
    cursor->prefix_size = put_key(cursor->prefix, table, prefix);
    cursor->from_size = put_key(cursor->from, table, prefix);
    cursor->open = true;
    cursor->next = view->cursors;
    view->cursors = cursor;
    return cursor;
}

struct projection_cursor *projection_scan(struct projection_view *view, uint8_t table,
                                          const struct projection_key *prefix,
                                          bool with_unknown_time) {
    return scan_begin(view, table, prefix, with_unknown_time ? SCAN_WITH_UNKNOWN : SCAN_HAPPENED);
}

struct projection_cursor *projection_scan_from(struct projection_view *view, uint8_t table,
                                               const struct projection_key *prefix,
                                               const struct projection_key *from,
                                               bool with_unknown_time) {
    if (from->failed)
        return NULL;
    struct projection_cursor *cursor = projection_scan(view, table, prefix, with_unknown_time);
    if (cursor)
        cursor->from_size = put_key(cursor->from, table, from);
    return cursor;
}

void projection_scan_end(struct projection_cursor *cursor) {
    if (!cursor || !cursor->open)
        return;
    struct projection_view *view = cursor->view;
    struct projection_cursor **link = &view->cursors;
    while (*link != cursor)
        link = &(*link)->next;
    *link = cursor->next;
    cursor->open = false;
    cursor->next = view->spare;
    view->spare = cursor;
}

static bool happened(struct projection_cursor *cursor, const struct projection_row *row) {
    struct projection_view *view = cursor->view;
    if (!view->has_occurred || cursor->mode == SCAN_ANY_TIME)
        return true;
    if (row->occurred.when != LEDGER_WHEN_UNKNOWN)
        return ledger_moment_by(&row->occurred, &view->occurred);
    if (cursor->mode == SCAN_HAPPENED)
        count_unknown(view, row->position);
    return cursor->mode == SCAN_WITH_UNKNOWN;
}

bool projection_next(struct projection_cursor *cursor, struct projection_row *row) {
    struct ledger_kv_pair pair;
    while (cursor && cursor->open && !cursor->view->failed) {
        const struct ledger_span prefix = ledger_span_of(cursor->prefix, cursor->prefix_size);
        const struct ledger_span from = ledger_span_of(cursor->from, cursor->from_size);
        bool more = cursor->started ? run_cursor_next(cursor->rows, &pair)
                                    : run_cursor_seek(cursor->rows, prefix, from, &pair);
        cursor->started = true;
        if (!more || pair.key.size < cursor->prefix_size + ROW_KEY_SUFFIX ||
            pair.value.size < ROW_HEADER_SIZE)
            break;
        const uint8_t *suffix = pair.key.data + pair.key.size - ROW_KEY_SUFFIX;
        struct row_header header = row_header_read(pair.value.data);
        *row = (struct projection_row){
            .key = ledger_span_of(pair.key.data + 1, pair.key.size - 1 - ROW_KEY_SUFFIX),
            .value = ledger_span_of(pair.value.data + ROW_HEADER_SIZE,
                                    pair.value.size - ROW_HEADER_SIZE),
            .position = ledger_key_u64_read(suffix),
            .known_from = ledger_key_u64_read(suffix + 8),
            .occurred = header.occurred,
        };
        uint64_t position = cursor->view->position;
        if (row->known_from <= position && position < header.known_until && happened(cursor, row))
            return true;
    }
    enum ledger_err err = cursor && cursor->open ? run_cursor_failed(cursor->rows) : LEDGER_E_OK;
    if (err)
        projection_view_fail(cursor->view, err);
    return false;
}

// ---- the row that counts
static int order(const struct projection_row *a, const struct projection_row *b) {
    bool a_known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (a_known != b_known)
        return a_known ? 1 : -1;
    if (a_known && a->occurred.micros != b->occurred.micros)
        return a->occurred.micros > b->occurred.micros ? 1 : -1;
    return a->position > b->position ? 1 : a->position < b->position ? -1 : 0;
}

bool projection_latest(struct projection_view *view, uint8_t table,
                       const struct projection_key *prefix, struct projection_row *latest) {
    struct projection_cursor *cursor = scan_begin(view, table, prefix, SCAN_WITH_UNKNOWN);
    struct projection_row row;
    bool found = false;
    while (projection_next(cursor, &row))
        if (!found || order(&row, latest) > 0) {
            *latest = row;
            found = true;
        }
    projection_scan_end(cursor);
    return found;
}

bool projection_standing(struct projection_view *view, uint8_t table,
                         const struct projection_key *prefix, struct projection_row *standing) {
    if (projection_latest(view, table, prefix, standing))
        return true;
    if (!view->has_occurred)
        return false;
    struct projection_cursor *cursor = scan_begin(view, table, prefix, SCAN_ANY_TIME);
    struct projection_row row;
    bool found = false;
    while (projection_next(cursor, &row))
        if (!found || order(&row, standing) < 0) {
            *standing = row;
            found = true;
        }
    projection_scan_end(cursor);
    return found;
}

bool projection_knows(struct projection_view *view, const uint8_t *tables, size_t count,
                      const char *id) {
    struct projection_key key = {0};
    struct projection_row row;
    bool known = false;
    projection_key_text(&key, id);
    for (size_t i = 0; i < count && !known; i++) {
        struct projection_cursor *cursor = scan_begin(view, tables[i], &key, SCAN_ANY_TIME);
        known = projection_next(cursor, &row);
        projection_scan_end(cursor);
    }
    return known;
}

// ---- amendments
static struct known_chain *chain_slot(const struct projection_chains *chains, uint64_t position) {
    size_t mask = chains->slot_count - 1;
    size_t slot = (size_t)(position * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (chains->slots[slot].position && chains->slots[slot].position != position)
        slot = (slot + 1) & mask;
    return &chains->slots[slot];
}

static bool chains_grow(struct projection_view *view, struct projection_chains *chains) {
    const struct projection_chains old = *chains;
    chains->slot_count = old.slot_count ? 2 * old.slot_count : 64;
    chains->slots = ledger_arena_calloc(view->arena, chains->slot_count * sizeof *chains->slots);
    if (!chains->slots) {
        *chains = old;
        return false;
    }
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i].position)
            *chain_slot(chains, old.slots[i].position) = old.slots[i];
    return true;
}

// A place for that chain among those read; NULL when out of memory.
static struct known_chain *chain_remembered(struct projection_view *view, uint64_t position) {
    if (!view->chains)
        view->chains = ledger_arena_calloc(view->arena, sizeof *view->chains);
    struct projection_chains *chains = view->chains;
    if (!chains || (2 * (chains->count + 1) > chains->slot_count && !chains_grow(view, chains)))
        return NULL;
    struct known_chain *known = chain_slot(chains, position);
    if (!known->position)
        chains->count++;
    known->position = position;
    return known;
}

static size_t list_amendments(struct projection_view *view, const struct chain *chain,
                              const struct projection_amendment **amendments) {
    size_t count = 0;
    while (count < chain->count && chain->entries[count].position <= view->position)
        count++;
    struct projection_amendment *list = ledger_arena_alloc(view->arena, (count + 1) * sizeof *list);
    bool *taken_back = ledger_arena_alloc(view->arena, count + 1);
    if (!list || !taken_back) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return 0;
    }
    size_t winner = SIZE_MAX;
    (void)chain_evaluate(chain, count, &winner, taken_back);
    for (size_t i = 0; i < count; i++) {
        const struct chain_entry *entry = &chain->entries[i];
        bool on_root = !entry->retraction || entry->target == CHAIN_ROOT;
        list[i] = (struct projection_amendment){
            .position = entry->position,
            .retraction = entry->retraction,
            .effective = !taken_back[i] && (i == winner || !on_root),
            .decides = i == winner,
            .event_id = ledger_span_of(entry->event_id, 16),
        };
    }
    *amendments = list;
    return count;
}

size_t projection_view_amendments(struct projection_view *view, uint64_t position,
                                  const struct projection_amendment **amendments) {
    struct chain chain;
    *amendments = NULL;
    struct known_chain *known =
        view->chains && view->chains->count ? chain_slot(view->chains, position) : NULL;
    if (known && known->position) {
        *amendments = known->amendments;
        return known->count;
    }
    enum ledger_err err = chain_read(view->model, view->txn, position, view->arena, &chain);
    if (err == LEDGER_E_NOT_FOUND)
        return 0;
    known = err ? NULL : chain_remembered(view, position);
    if (!known) {
        projection_view_fail(view, err ? err : LEDGER_E_NO_MEMORY);
        return 0;
    }
    known->count = list_amendments(view, &chain, &known->amendments);
    *amendments = known->amendments;
    return known->count;
}

uint64_t projection_view_root(struct projection_view *view, struct ledger_span event_id) {
    struct chain_place place;
    if (!chain_find(view->model, view->txn, event_id, &place))
        return 0;
    return place.root_position <= view->position ? place.root_position : 0;
}
