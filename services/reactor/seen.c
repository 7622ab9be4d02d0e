#include "seen.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1024, SLOTS_MAX = 1 << 20 };

static const struct ledger_uuid nothing;

static bool is_same(const struct ledger_uuid *a, const struct ledger_uuid *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

// The key's slot, or the free one where it would be. There is always a free one. Keys are hashes.
static size_t find(const struct ledger_uuid *slots, size_t capacity,
                   const struct ledger_uuid *key) {
    size_t at = 0;
    memcpy(&at, key->bytes, sizeof at);
    for (at &= capacity - 1; !is_same(&slots[at], &nothing); at = (at + 1) & (capacity - 1))
        if (is_same(&slots[at], key))
            return at;
    return at;
}

bool seen_has(const struct seen *seen, const struct ledger_uuid *key) {
    return seen->capacity > 0 && is_same(&seen->slots[find(seen->slots, seen->capacity, key)], key);
}

static bool grow(struct seen *seen) {
    size_t capacity = seen->capacity > 0 ? seen->capacity * 2 : SLOTS_FIRST;
    struct ledger_uuid *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < seen->capacity; i++)
        if (!is_same(&seen->slots[i], &nothing))
            slots[find(slots, capacity, &seen->slots[i])] = seen->slots[i];
    free(seen->slots);
    seen->slots = slots;
    seen->capacity = capacity;
    return true;
}

void seen_add(struct seen *seen, const struct ledger_uuid *key) {
    if (seen_has(seen, key))
        return;
    if (seen->count >= SLOTS_MAX / 2)
        seen_fini(seen);
    if (seen->count >= seen->capacity / 2 && !grow(seen))
        return;
    seen->slots[find(seen->slots, seen->capacity, key)] = *key;
    seen->count++;
}

void seen_fini(struct seen *seen) {
    free(seen->slots);
    *seen = (struct seen){0};
}
