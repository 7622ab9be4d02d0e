#include "memo.h"

#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1 << 15 };

enum ledger_err import_memo_init(struct import_memo *memo) {
    *memo = (struct import_memo){.arena = ledger_arena_new(0),
                                 .items = calloc(ITEMS_MAX, sizeof(struct import_memo_item))};
    return memo->arena != NULL && memo->items != NULL ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
}

void import_memo_fini(struct import_memo *memo) {
    import_index_fini(&memo->keys);
    ledger_buffer_fini(&memo->key);
    ledger_arena_free(memo->arena);
    free(memo->items);
    *memo = (struct import_memo){0};
}

const struct import_memo_item *import_memo_find(struct import_memo *memo,
                                                const struct import_map *map,
                                                const struct import_fact *fact,
                                                const struct import_csv_row *row) {
    size_t number = (size_t)(fact - map->facts);
    ledger_buffer_clear(&memo->key);
    ledger_buffer_add(&memo->key, &number, sizeof number);
    for (const struct import_placeholder *p = fact->columns; p != fact->columns_end; p = p->next) {
        const char *cell = p->column < row->count ? row->cells[p->column] : "";
        ledger_buffer_add(&memo->key, cell, strlen(cell) + 1);
    }
    bool found = !memo->key.failed &&
                 import_index_find(&memo->keys, ledger_buffer_span(&memo->key), &number);
    return found ? &memo->items[number] : NULL;
}

static bool span_keep(struct ledger_arena *arena, struct ledger_span *span) {
    span->data = ledger_arena_copy(arena, span->data, span->size);
    return span->data != NULL;
}

static enum ledger_err event_keep(struct ledger_arena *arena, struct import_event *event) {
    struct ledger_event_bytes *bytes = &event->bytes;
    bool kept = span_keep(arena, &bytes->event);
    if (bytes->personal_count > 0) {
        bytes->personal = ledger_arena_copy(arena, bytes->personal,
                                            bytes->personal_count * sizeof *bytes->personal);
        kept = kept && bytes->personal != NULL;
    }
    for (size_t i = 0; kept && i < bytes->personal_count; i++)
        kept = span_keep(arena, &bytes->personal[i]);
    return kept ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
}

enum ledger_err import_memo_keep(struct import_memo *memo, const struct import_memo_item *item) {
    size_t number = 0;
    bool added = false;
    if (memo->key.failed || memo->keys.count == ITEMS_MAX)
        return LEDGER_E_OK;
    enum ledger_err err =
        import_index_add(&memo->keys, memo->arena, ledger_buffer_span(&memo->key), &number, &added);
    if (err != LEDGER_E_OK)
        return err;
    memo->items[number] = *item;
    return item->applies ? event_keep(memo->arena, &memo->items[number].event) : LEDGER_E_OK;
}
