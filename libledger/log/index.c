#include "index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "ledger/event.h"

// meta "state"
enum { STATE_FORMAT = 2, STATE_SIZE = 4 + 16 + 8 + 8 + LEDGER_HASH_SIZE };
// a row of `terms`
enum {
    TERM_AT_NUMBER = 0,
    TERM_AT_NEWEST_COUNT = 4,
    TERM_AT_COUNT = 8,
    TERM_AT_LAST = 16,
    TERM_AT_NEWEST = 24,
};
// a row of `postings`: count, then packed positions
enum { RUN_AT_COUNT = 0, RUN_AT_POSITIONS = 4, RUN_KEY_SIZE = 4 + 8 };
// Postings kept in the term's own row, at most. A run is cut at this size: long enough to make
// the row overhead small, short enough that a page holds several.
enum { NEWEST_BYTES_MAX = 480 };
// Longer than what keys of one kind begin with alike.
enum { SORT_PREFIX = 24 };

struct index {
    struct ledger_kv *kv;
    struct ledger_kv_table meta, terms, postings;
    struct ids ids;
};

static const struct ledger_span state_key = {(const uint8_t *)"state", 5};
static const struct ledger_span next_number_key = {(const uint8_t *)"next-number", 11};
static const struct ledger_span ids_seed_key = {(const uint8_t *)"ids-seed", 8};
static const struct ledger_span streams_key = {(const uint8_t *)"streams", 7};

// ---- numbers in meta

static uint64_t counter_read(struct index *index, struct ledger_kv_txn *txn,
                             struct ledger_span key) {
    struct ledger_span bytes;
    if (ledger_kv_get(txn, index->meta, key, &bytes) != LEDGER_E_OK || bytes.size != 8)
        return 0;
    return le_read64(bytes.data);
}

static void counter_write(struct index *index, struct ledger_kv_txn *txn, struct ledger_span key,
                          uint64_t number) {
    uint8_t bytes[8];
    le_write64(bytes, number);
    ledger_kv_put(txn, index->meta, key, ledger_span_of(bytes, sizeof bytes));
}

// Who knows the seed can make ids collide.
static enum ledger_err random_seed(uint64_t *seed, struct ledger_error *error) {
    struct ledger_uuid random;
    if (ledger_uuid_v7(0, &random) != LEDGER_E_OK)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "no random bytes for the indexes");
    memcpy(seed, random.bytes + 8, sizeof *seed);
    return LEDGER_E_OK;
}

static enum ledger_err read_seed(struct index *index, struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_read(index->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    index->ids.seed = counter_read(index, txn, ids_seed_key);
    err = ledger_kv_failed(txn);
    ledger_kv_abort(txn);
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "the index's seed");
}

// ---- opening

static enum ledger_err open_as(const struct ledger_kv_options *options, struct index **index,
                               struct ledger_error *error) {
    *index = NULL;
    struct index *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the indexes");
    enum ledger_err err = ledger_kv_open(options, &made->kv, error);
    const struct {
        const char *name;
        struct ledger_kv_table *table;
    } tables[] = {{"meta", &made->meta},
                  {"ids", &made->ids.table},
                  {"terms", &made->terms},
                  {"postings", &made->postings}};
    for (size_t i = 0; err == LEDGER_E_OK && i < sizeof tables / sizeof *tables; i++)
        err = ledger_kv_table(made->kv, tables[i].name, tables[i].table, error);
    struct index_state state;
    bool present;
    if (err == LEDGER_E_OK)
        err = index_state(made, &state, &present, error);
    if (err == LEDGER_E_OK)
        err = read_seed(made, error);
    if (err != LEDGER_E_OK) {
        index_close(made);
        return err;
    }
    *index = made;
    return LEDGER_E_OK;
}

enum ledger_err index_open(const char *path, uint64_t map_bytes, struct index **index,
                           struct ledger_error *error) {
    struct ledger_kv_options options = {
        .path = path, .map_bytes = map_bytes, .tables_max = 4, .lazy_sync = true};
    return open_as(&options, index, error);
}

enum ledger_err index_open_read_only(const char *path, struct index **index,
                                     struct ledger_error *error) {
    struct ledger_kv_options options = {.path = path, .tables_max = 4, .read_only = true};
    return open_as(&options, index, error);
}

void index_close(struct index *index) {
    if (index == NULL)
        return;
    ledger_kv_close(index->kv);
    free(index);
}

enum ledger_err index_discard(const char *path, struct ledger_error *error) {
    static const char *const names[] = {"data.mdb", "lock.mdb", "damaged"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[4096];
        if (snprintf(file, sizeof file, "%s/%s", path, names[i]) >= (int)sizeof file)
            return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
        if (unlink(file) != 0 && errno != ENOENT)
            return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", file,
                               strerror(errno));
    }
    return LEDGER_E_OK;
}

struct ledger_kv *index_kv(struct index *index) {
    return index->kv;
}

// ---- state

static void state_write(struct index *index, struct ledger_kv_txn *txn,
                        const struct index_state *state) {
    uint8_t bytes[STATE_SIZE];
    le_write32(bytes, STATE_FORMAT);
    memcpy(bytes + 4, state->identity.ledger_id.bytes, 16);
    le_write64(bytes + 20, state->identity.epoch);
    le_write64(bytes + 28, state->folded_to);
    memcpy(bytes + 36, state->root.bytes, LEDGER_HASH_SIZE);
    ledger_kv_put(txn, index->meta, state_key, ledger_span_of(bytes, sizeof bytes));
}

static bool state_read(struct index *index, struct ledger_kv_txn *txn, struct index_state *state) {
    struct ledger_span bytes;
    if (ledger_kv_get(txn, index->meta, state_key, &bytes) != LEDGER_E_OK ||
        bytes.size != STATE_SIZE || le_read32(bytes.data) != STATE_FORMAT)
        return false;
    memcpy(state->identity.ledger_id.bytes, bytes.data + 4, 16);
    state->identity.epoch = le_read64(bytes.data + 20);
    state->folded_to = le_read64(bytes.data + 28);
    memcpy(state->root.bytes, bytes.data + 36, LEDGER_HASH_SIZE);
    return true;
}

enum ledger_err index_state(struct index *index, struct index_state *state, bool *present,
                            struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_read(index->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    *present = state_read(index, txn, state);
    err = ledger_kv_failed(txn);
    ledger_kv_abort(txn);
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "the index's state");
}

uint64_t index_folded_to(struct index *index, struct ledger_kv_txn *txn) {
    struct index_state state;
    return state_read(index, txn, &state) ? state.folded_to : 0;
}

enum ledger_err index_reset(struct index *index, const struct ledger_log_identity *identity,
                            const struct ledger_hash *root, struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    uint64_t seed = 0;
    enum ledger_err err = random_seed(&seed, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_write(index->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    ledger_kv_clear(txn, index->meta);
    ledger_kv_clear(txn, index->ids.table);
    ledger_kv_clear(txn, index->terms);
    ledger_kv_clear(txn, index->postings);
    counter_write(index, txn, ids_seed_key, seed);
    index->ids.seed = seed;
    state_write(index, txn, &(struct index_state){.identity = *identity, .root = *root});
    return ledger_kv_commit(txn, error);
}

uint64_t index_stream_count(struct index *index, struct ledger_kv_txn *txn) {
    return counter_read(index, txn, streams_key);
}

// ---- fold

// A term on its way: the row as it will be written.
struct folding {
    uint32_t number;
    uint64_t count;
    uint64_t last;
    uint32_t newest_count;
    uint64_t newest_first; // absolute position of the first of the newest
    uint8_t newest[NEWEST_BYTES_MAX + 16];
    size_t newest_size;
};

static void run_key(uint8_t key[RUN_KEY_SIZE], uint32_t number, uint64_t first) {
    uint8_t wide[8];
    ledger_key_u64(wide, number);
    memcpy(key, wide + 4, 4);
    ledger_key_u64(key + 4, first);
}

// The newest postings are full: they become a run.
static void cut_run(struct index *index, struct ledger_kv_txn *txn, struct folding *term) {
    uint8_t key[RUN_KEY_SIZE];
    uint8_t value[RUN_AT_POSITIONS + sizeof term->newest];
    run_key(key, term->number, term->newest_first);
    le_write32(value + RUN_AT_COUNT, term->newest_count);
    memcpy(value + RUN_AT_POSITIONS, term->newest, term->newest_size);
    ledger_kv_put(txn, index->postings, ledger_span_of(key, sizeof key),
                  ledger_span_of(value, RUN_AT_POSITIONS + term->newest_size));
    term->newest_count = 0;
    term->newest_size = 0;
}

static void fold_position(struct index *index, struct ledger_kv_txn *txn, struct folding *term,
                          uint64_t position) {
    if (term->newest_size >= NEWEST_BYTES_MAX)
        cut_run(index, txn, term);
    if (term->newest_count == 0)
        term->newest_first = position;
    uint64_t number = term->newest_count == 0 ? position : position - term->last;
    uint8_t *end = ledger_varint_write(term->newest + term->newest_size, number);
    term->newest_size = (size_t)(end - term->newest);
    term->newest_count++;
    term->count++;
    term->last = position;
}

static enum ledger_err term_read(struct ledger_span row, struct index_term *term) {
    if (row.size < TERM_AT_NEWEST || row.size > TERM_AT_NEWEST + NEWEST_BYTES_MAX + 16)
        return LEDGER_E_CORRUPT;
    term->number = le_read32(row.data + TERM_AT_NUMBER);
    term->newest_count = le_read32(row.data + TERM_AT_NEWEST_COUNT);
    term->count = le_read64(row.data + TERM_AT_COUNT);
    term->last = le_read64(row.data + TERM_AT_LAST);
    term->newest = ledger_span_of(row.data + TERM_AT_NEWEST, row.size - TERM_AT_NEWEST);
    return term->newest_count <= term->newest.size && term->newest_count <= term->count
               ? LEDGER_E_OK
               : LEDGER_E_CORRUPT;
}

enum ledger_err index_find_term(struct index *index, struct ledger_kv_txn *txn,
                                struct ledger_span key, struct index_term *term) {
    struct ledger_span row;
    *term = (struct index_term){0};
    if (key.size == 0)
        return LEDGER_E_OK;
    enum ledger_err err = ledger_kv_get(txn, index->terms, key, &row);
    if (err == LEDGER_E_NOT_FOUND)
        return LEDGER_E_OK;
    return err == LEDGER_E_OK ? term_read(row, term) : err;
}

// Where a fold is in `terms`: keys come in order, so most are in the page of the one before.
struct fold_place {
    struct index *index;
    struct ledger_kv_txn *txn;
    struct ledger_kv_cursor *terms;
    uint64_t next_number, streams;
};

// Takes up what is known of a term; leaves `term` empty if it is new.
static enum ledger_err take_known(struct fold_place *place, struct ledger_span key,
                                  struct folding *term) {
    struct ledger_kv_pair pair;
    struct index_term known;
    if (!ledger_kv_seek(place->terms, key, &pair))
        return ledger_kv_cursor_failed(place->terms);
    if (!ledger_span_equal(pair.key, key))
        return LEDGER_E_OK;
    enum ledger_err err = term_read(pair.value, &known);
    if (err != LEDGER_E_OK)
        return err;
    term->number = known.number;
    term->count = known.count;
    term->last = known.last;
    term->newest_count = known.newest_count;
    term->newest_size = known.newest.size;
    memcpy(term->newest, known.newest.data, known.newest.size);
    (void)ledger_varint_read(term->newest, term->newest + term->newest_size, &term->newest_first);
    return LEDGER_E_OK;
}

static enum ledger_err fold_term(struct fold_place *place, const struct tail_term *tail) {
    struct folding term;
    term.count = term.last = term.newest_first = 0;
    term.newest_count = 0;
    term.newest_size = 0;
    enum ledger_err err = take_known(place, tail->key, &term);
    if (err != LEDGER_E_OK)
        return err;
    if (term.count == 0) {
        term.number = (uint32_t)place->next_number++;
        place->streams += tail->key.data[0] == TERM_STREAM;
    }
    for (uint32_t i = 0; i < tail->count; i++)
        fold_position(place->index, place->txn, &term, tail->positions[i]);

    uint8_t *row;
    ledger_kv_cursor_put_reserve(place->terms, tail->key, TERM_AT_NEWEST + term.newest_size, &row);
    if (row == NULL)
        return ledger_kv_cursor_failed(place->terms);
    le_write32(row + TERM_AT_NUMBER, term.number);
    le_write32(row + TERM_AT_NEWEST_COUNT, term.newest_count);
    le_write64(row + TERM_AT_COUNT, term.count);
    le_write64(row + TERM_AT_LAST, term.last);
    memcpy(row + TERM_AT_NEWEST, term.newest, term.newest_size);
    return LEDGER_E_OK;
}

// A term and the beginning of its key, so that sorting seldom has to look at the key itself.
struct sorted_term {
    uint8_t prefix[SORT_PREFIX]; // filled up with zeros
    const struct tail_term *term;
};

static int by_key(const void *a, const void *b) {
    const struct sorted_term *one = a, *other = b;
    int order = memcmp(one->prefix, other->prefix, SORT_PREFIX);
    if (order != 0)
        return order;
    struct ledger_span x = one->term->key, y = other->term->key;
    order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);
    return order != 0 ? order : (x.size > y.size) - (x.size < y.size);
}

static size_t sort_terms(const struct tail_generation *tail, struct sorted_term *order) {
    size_t count = 0;
    for (size_t i = 0; i < tail->term_slots; i++) {
        const struct tail_term *term = &tail->terms[i];
        if (term->count == 0)
            continue;
        size_t size = term->key.size < SORT_PREFIX ? term->key.size : SORT_PREFIX;
        order[count] = (struct sorted_term){.term = term};
        memcpy(order[count++].prefix, term->key.data, size);
    }
    qsort(order, count, sizeof *order, by_key);
    return count;
}

static enum ledger_err fold_terms(struct index *index, struct ledger_kv_txn *txn,
                                  const struct tail_generation *tail, struct sorted_term *order) {
    size_t count = sort_terms(tail, order);
    struct fold_place place = {
        .index = index,
        .txn = txn,
        .terms = ledger_kv_cursor_open(txn, index->terms),
        .next_number = counter_read(index, txn, next_number_key),
        .streams = counter_read(index, txn, streams_key),
    };
    enum ledger_err err = place.terms == NULL ? LEDGER_E_NO_MEMORY : LEDGER_E_OK;
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++)
        err = fold_term(&place, order[i].term);
    ledger_kv_cursor_close(place.terms);
    counter_write(index, txn, next_number_key, place.next_number);
    counter_write(index, txn, streams_key, place.streams);
    return err;
}

enum ledger_err index_fold(struct index *index, const struct tail_generation *tail,
                           const struct index_state *state, struct ledger_error *error) {
    struct sorted_term *order = calloc(tail->term_count + 1, sizeof *order);
    if (order == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "folding %zu events", tail->id_count);
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_write(index->kv, &txn, error);
    if (err == LEDGER_E_OK) {
        err = ids_fold(&index->ids, txn, tail);
        if (err == LEDGER_E_OK)
            err = fold_terms(index, txn, tail, order);
        if (err == LEDGER_E_OK) {
            state_write(index, txn, state);
            err = ledger_kv_commit(txn, error);
        } else {
            ledger_kv_abort(txn);
            bool damaged = err == LEDGER_E_CORRUPT || err == LEDGER_E_FORMAT;
            ledger_fail(error, err, NULL,
                        damaged ? "the index cannot be read; delete its directory: it is rebuilt "
                                  "from the log"
                                : "the index cannot be written");
        }
    }
    free(order);
    return err;
}

// ---- look-ups

const struct ids *index_ids(const struct index *index) {
    return &index->ids;
}

enum ledger_err index_unpack(struct ledger_span packed, uint32_t count, uint64_t *positions) {
    const uint8_t *at = packed.data, *end = packed.data + packed.size;
    uint64_t position = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t number;
        at = ledger_varint_read(at, end, &number);
        if (at == NULL || number == 0 || __builtin_add_overflow(position, number, &position))
            return LEDGER_E_CORRUPT;
        positions[i] = position;
    }
    return at == end || count == 0 ? LEDGER_E_OK : LEDGER_E_CORRUPT;
}

struct ledger_kv_cursor *index_postings_cursor(struct index *index, struct ledger_kv_txn *txn) {
    return ledger_kv_cursor_open(txn, index->postings);
}

// Another term's run is none of ours.
static enum ledger_err run_read(const struct ledger_kv_pair *pair, uint32_t number,
                                struct index_run *run) {
    uint8_t prefix[RUN_KEY_SIZE];
    run_key(prefix, number, 0);
    *run = (struct index_run){0};
    if (pair->key.size != RUN_KEY_SIZE || pair->value.size < RUN_AT_POSITIONS)
        return LEDGER_E_CORRUPT;
    if (memcmp(pair->key.data, prefix, 4) != 0)
        return LEDGER_E_OK;
    run->first = ledger_key_u64_read(pair->key.data + 4);
    run->count = le_read32(pair->value.data + RUN_AT_COUNT);
    run->packed =
        ledger_span_of(pair->value.data + RUN_AT_POSITIONS, pair->value.size - RUN_AT_POSITIONS);
    return run->count != 0 && run->count <= INDEX_RUN_POSITIONS_MAX ? LEDGER_E_OK
                                                                    : LEDGER_E_CORRUPT;
}

// What a cursor's move found.
static enum ledger_err run_found(struct ledger_kv_cursor *cursor, bool found,
                                 const struct ledger_kv_pair *pair, uint32_t number,
                                 struct index_run *run) {
    *run = (struct index_run){0};
    return found ? run_read(pair, number, run) : ledger_kv_cursor_failed(cursor);
}

enum ledger_err index_run_next(struct ledger_kv_cursor *cursor, uint32_t number,
                               struct index_run *run) {
    struct ledger_kv_pair pair;
    bool found = ledger_kv_next(cursor, &pair);
    return run_found(cursor, found, &pair, number, run);
}

enum ledger_err index_run_at(struct ledger_kv_cursor *cursor, uint32_t number, uint64_t position,
                             struct index_run *run) {
    uint8_t key[RUN_KEY_SIZE];
    struct ledger_kv_pair pair;
    run_key(key, number, position);
    bool found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    enum ledger_err err = run_found(cursor, found, &pair, number, run);
    if (err != LEDGER_E_OK || (run->count != 0 && run->first == position))
        return err;
    found = found ? ledger_kv_previous(cursor, &pair) : ledger_kv_last(cursor, &pair);
    err = run_found(cursor, found, &pair, number, run);
    if (err != LEDGER_E_OK || run->count != 0)
        return err;
    run_key(key, number, 0); // nothing starts before it: the first, if there is one
    found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    return run_found(cursor, found, &pair, number, run);
}

// ---- the whole of it

uint64_t index_next_number(struct index *index, struct ledger_kv_txn *txn) {
    return counter_read(index, txn, next_number_key);
}

struct ledger_kv_cursor *index_terms_cursor(struct index *index, struct ledger_kv_txn *txn) {
    return ledger_kv_cursor_open(txn, index->terms);
}

enum ledger_err index_term_at(struct ledger_kv_cursor *cursor, struct ledger_span key,
                              struct ledger_span *found, struct index_term *term) {
    struct ledger_kv_pair pair;
    *found = ledger_span_of(NULL, 0);
    *term = (struct index_term){0};
    if (!(key.size == 0 ? ledger_kv_first(cursor, &pair) : ledger_kv_seek(cursor, key, &pair)))
        return ledger_kv_cursor_failed(cursor);
    *found = pair.key;
    return term_read(pair.value, term);
}

enum ledger_err index_run_after(struct ledger_kv_cursor *cursor, uint32_t number, uint64_t first,
                                bool *found, uint32_t *found_number, struct index_run *run) {
    uint8_t key[RUN_KEY_SIZE];
    struct ledger_kv_pair pair;
    run_key(key, number, first);
    *found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    if (!*found)
        return ledger_kv_cursor_failed(cursor);
    if (pair.key.size != RUN_KEY_SIZE)
        return LEDGER_E_CORRUPT;
    uint8_t wide[8] = {0};
    memcpy(wide + 4, pair.key.data, 4);
    *found_number = (uint32_t)ledger_key_u64_read(wide);
    return run_read(&pair, *found_number, run);
}
