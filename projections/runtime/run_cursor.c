// Reading all places at once. Each has a cursor of its own, and the smallest of their keys is the
// next row; of equal keys the newest place's counts.
#include <stdlib.h>

#include "projection_internal.h"
#include "runs.h"

// The tree, or one run.
struct source {
    struct ledger_kv_cursor *cursor;
    uint32_t number;        // of the run; 0 = the tree
    struct run_block block; // of a run: where it is
    uint32_t at;
    struct ledger_kv_pair row;
};

struct run_cursor {
    struct ledger_kv_txn *txn;
    struct ledger_span prefix;
    struct source **live; // those that have a row, in the order of sources
    uint32_t live_count, source_count;
    bool corrupt;
    struct source sources[]; // the newest first
};

// ---- one place
static bool source_row(struct run_cursor *cursor, struct source *source) {
    if (run_block_row(&source->block, source->at, &source->row))
        return true;
    cursor->corrupt = true;
    return false;
}

// The pair as a block of the source's run. False if it is another run's.
static bool enter_block(struct run_cursor *cursor, struct source *source,
                        const struct ledger_kv_pair *pair) {
    if (pair->key.size < RUN_KEY_PREFIX || get_be32(pair->key.data) != source->number)
        return false;
    if (run_block_open(pair->value, &source->block))
        return true;
    cursor->corrupt = true;
    return false;
}

static bool seek_run(struct run_cursor *cursor, struct source *source, struct ledger_span from) {
    uint8_t key[LEDGER_KV_KEY_SIZE_MAX];
    struct ledger_kv_pair pair;
    put_be32(key, source->number);
    if (from.size)
        memcpy(key + RUN_KEY_PREFIX, from.data, from.size);
    struct ledger_span wanted = ledger_span_of(key, RUN_KEY_PREFIX + from.size);
    // The row is in the block that begins with it, or in the one before.
    bool found = ledger_kv_seek(source->cursor, wanted, &pair);
    if (found && run_key_order(pair.key, wanted) == 0) {
        source->at = 0;
        return enter_block(cursor, source, &pair) && source_row(cursor, source);
    }
    bool before =
        found ? ledger_kv_previous(source->cursor, &pair) : ledger_kv_last(source->cursor, &pair);
    if (before && enter_block(cursor, source, &pair)) {
        source->at = run_block_find(&source->block, from);
        if (source->at < source->block.count)
            return source_row(cursor, source);
    }
    if (cursor->corrupt || !found)
        return false;
    source->at = 0;
    bool next =
        before ? ledger_kv_next(source->cursor, &pair) : ledger_kv_first(source->cursor, &pair);
    return next && enter_block(cursor, source, &pair) && source_row(cursor, source);
}

static bool next_in_run(struct run_cursor *cursor, struct source *source) {
    struct ledger_kv_pair pair;
    if (++source->at == source->block.count) {
        source->at = 0;
        if (!ledger_kv_next(source->cursor, &pair) || !enter_block(cursor, source, &pair))
            return false;
    }
    return source_row(cursor, source);
}

static bool under(struct ledger_span prefix, struct ledger_span key) {
    return key.size >= prefix.size &&
           (!prefix.size || memcmp(key.data, prefix.data, prefix.size) == 0);
}

static bool seek_tree(struct source *source, struct ledger_span from) {
    return from.size ? ledger_kv_seek(source->cursor, from, &source->row)
                     : ledger_kv_first(source->cursor, &source->row);
}

static bool source_seek(struct run_cursor *cursor, struct source *source, struct ledger_span from) {
    bool found = source->number ? seek_run(cursor, source, from) : seek_tree(source, from);
    return found && under(cursor->prefix, source->row.key);
}

static bool source_next(struct run_cursor *cursor, struct source *source) {
    bool found =
        source->number ? next_in_run(cursor, source) : ledger_kv_next(source->cursor, &source->row);
    return found && under(cursor->prefix, source->row.key);
}

// ---- all of them
static bool source_open(struct run_cursor *cursor, struct ledger_kv_table table, uint32_t number) {
    struct source *source = &cursor->sources[cursor->source_count];
    source->number = number;
    source->cursor = ledger_kv_cursor_open(cursor->txn, table);
    cursor->source_count += source->cursor != NULL;
    return source->cursor != NULL;
}

struct run_cursor *run_cursor_open(const struct projection_model *model, struct ledger_kv_txn *txn,
                                   const struct run_list *list, uint32_t first, uint32_t count,
                                   bool tree) {
    size_t places = (size_t)count + tree;
    struct run_cursor *cursor = calloc(1, sizeof *cursor + places * sizeof(struct source));
    if (!cursor)
        return NULL;
    cursor->txn = txn;
    cursor->live = calloc(places + 1, sizeof(struct source *));
    bool opened = cursor->live && (!tree || source_open(cursor, model->rows, 0));
    for (uint32_t i = first + count; opened && i-- > first;)
        opened = source_open(cursor, model->runs, list->runs[i].number);
    if (opened)
        return cursor;
    run_cursor_close(cursor);
    return NULL;
}

void run_cursor_close(struct run_cursor *cursor) {
    if (!cursor)
        return;
    for (uint32_t i = 0; i < cursor->source_count; i++)
        ledger_kv_cursor_close(cursor->sources[i].cursor);
    free(cursor->live);
    free(cursor);
}

static void drop(struct run_cursor *cursor, uint32_t i) {
    cursor->live_count--;
    memmove(&cursor->live[i], &cursor->live[i + 1],
            (cursor->live_count - i) * sizeof(struct source *));
}

// Moves on those that stand at the same key, the one at `least` among them.
static void pass(struct run_cursor *cursor, uint32_t least) {
    struct ledger_span key = cursor->live[least]->row.key;
    for (uint32_t i = cursor->live_count; i-- > least;) // the last is moved first: key stays
        if ((i == least || run_key_order(cursor->live[i]->row.key, key) == 0) &&
            !source_next(cursor, cursor->live[i]))
            drop(cursor, i);
}

static bool take(struct run_cursor *cursor, struct ledger_kv_pair *row) {
    uint32_t least = 0;
    if (cursor->corrupt || !cursor->live_count || ledger_kv_failed(cursor->txn))
        return false;
    for (uint32_t i = 1; i < cursor->live_count; i++)
        if (run_key_order(cursor->live[i]->row.key, cursor->live[least]->row.key) < 0)
            least = i;
    *row = cursor->live[least]->row;
    pass(cursor, least);
    return true;
}

bool run_cursor_seek(struct run_cursor *cursor, struct ledger_span prefix, struct ledger_span from,
                     struct ledger_kv_pair *row) {
    cursor->prefix = prefix;
    cursor->live_count = 0;
    for (uint32_t i = 0; i < cursor->source_count; i++)
        if (source_seek(cursor, &cursor->sources[i], from))
            cursor->live[cursor->live_count++] = &cursor->sources[i];
    return take(cursor, row);
}

bool run_cursor_next(struct run_cursor *cursor, struct ledger_kv_pair *row) {
    return take(cursor, row);
}

enum ledger_err run_cursor_failed(const struct run_cursor *cursor) {
    return cursor->corrupt ? LEDGER_E_CORRUPT : ledger_kv_failed(cursor->txn);
}

enum ledger_err run_get(const struct projection_model *model, struct ledger_kv_txn *txn,
                        const struct run_list *list, struct ledger_span key,
                        struct ledger_span *value) {
    enum ledger_err err = ledger_kv_get(txn, model->rows, key, value);
    if (err != LEDGER_E_NOT_FOUND)
        return err;
    struct run_cursor *cursor = run_cursor_open(model, txn, list, 0, list->count, false);
    if (!cursor)
        return LEDGER_E_NO_MEMORY;
    struct ledger_kv_pair row;
    bool found = run_cursor_seek(cursor, key, key, &row) && row.key.size == key.size;
    err = run_cursor_failed(cursor);
    run_cursor_close(cursor);
    if (!err && !found)
        err = LEDGER_E_NOT_FOUND;
    if (!err)
        *value = row.value;
    return err;
}
