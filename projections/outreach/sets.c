#include "sets.h"

#include <stdio.h>

#include "runtime/order.h"

// Most keys are known already: only new ones are to stay in the arena.
enum { KEY_SIZE = 512 };

bool set_add(struct projection_ids *set, size_t *number, bool *fresh, const char *a, const char *b,
             const char *c) {
    static const char format[] = "%s\x1f%s\x1f%s";
    size_t before = set->count;
    char text[KEY_SIZE];
    const char *key = text;
    const char *parts[] = {a ? a : "", b ? b : "", c ? c : ""};
    int size = snprintf(text, sizeof text, format, parts[0], parts[1], parts[2]);
    if (size < 0 || (size_t)size >= sizeof text)
        key = ledger_arena_printf(set->arena, format, parts[0], parts[1], parts[2]);
    *number = key ? projection_ids_add(set, key) : PROJECTION_ID_NONE;
    if (fresh)
        *fresh = set->count != before;
    return *number != PROJECTION_ID_NONE;
}

int by_first_text(const void *a, const void *b) {
    return projection_text_order(*(const char *const *)a, *(const char *const *)b);
}
