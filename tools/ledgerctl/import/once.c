#include "once.h"

#include <stdlib.h>

void import_once_fini(struct import_once *once) {
    import_index_fini(&once->ids);
    free(once->entries);
    *once = (struct import_once){0};
}

struct import_once_entry *import_once_entry(struct import_once *once, struct ledger_arena *arena,
                                            const struct import_event *event) {
    size_t number = 0;
    bool added = false;
    struct ledger_span id = ledger_span_of(event->id.bytes, sizeof event->id.bytes);
    if (once->ids.count == once->capacity) {
        size_t capacity = once->capacity == 0 ? 256 : once->capacity * 2;
        struct import_once_entry *entries = realloc(once->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return NULL;
        once->entries = entries;
        once->capacity = capacity;
    }
    if (import_index_add(&once->ids, arena, id, &number, &added) != LEDGER_E_OK)
        return NULL;
    if (added)
        once->entries[number] = (struct import_once_entry){.state = IMPORT_ONCE_NEW};
    return &once->entries[number];
}

void import_once_count(const struct import_once *once, uint64_t *keys, uint64_t *rows) {
    *keys = 0;
    *rows = 0;
    for (size_t i = 0; i < once->ids.count; i++) {
        *keys += once->entries[i].differing_rows > 0 ? 1 : 0;
        *rows += once->entries[i].differing_rows;
    }
}
