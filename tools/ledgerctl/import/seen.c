// Open addressing with linear probing, at most three quarters full. Ids of imported facts are
// hashes: their first bytes place them.
#include "seen.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 1024 };

void import_seen_fini(struct import_seen *seen) {
    free(seen->slots);
    *seen = (struct import_seen){0};
}

// The id's slot, or the free one where it belongs.
static struct import_seen_entry *slot_of(const struct import_seen *seen, const uint8_t id[16]) {
    uint64_t hash = 0;
    memcpy(&hash, id, sizeof hash);
    size_t slot = hash & (seen->slot_count - 1);
    while (seen->slots[slot].line != 0 && memcmp(seen->slots[slot].id, id, 16) != 0)
        slot = (slot + 1) & (seen->slot_count - 1);
    return &seen->slots[slot];
}

const struct import_seen_entry *import_seen_find(const struct import_seen *seen,
                                                 const struct import_event *event) {
    if (seen->slot_count == 0)
        return NULL;
    const struct import_seen_entry *slot = slot_of(seen, event->id.bytes);
    return slot->line != 0 ? slot : NULL;
}

static uint64_t hash_add(uint64_t hash, struct ledger_span bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(1099511628211); // FNV-1a
    return (hash ^ bytes.size) * UINT64_C(1099511628211);
}

static uint64_t digest_of(const struct import_event *event) {
    uint64_t hash = hash_add(UINT64_C(14695981039346656037), event->bytes.event);
    for (size_t i = 0; i < event->bytes.personal_count; i++)
        hash = hash_add(hash, event->bytes.personal[i]);
    return hash;
}

bool import_seen_same(const struct import_seen_entry *entry, const struct import_event *event) {
    return entry->digest == digest_of(event);
}

static enum ledger_err grow(struct import_seen *seen) {
    struct import_seen larger = {.slot_count =
                                     seen->slot_count == 0 ? SLOTS_MIN : seen->slot_count * 2};
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (larger.slots == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < seen->slot_count; i++)
        if (seen->slots[i].line != 0)
            *slot_of(&larger, seen->slots[i].id) = seen->slots[i];
    larger.count = seen->count;
    free(seen->slots);
    *seen = larger;
    return LEDGER_E_OK;
}

enum ledger_err import_seen_add(struct import_seen *seen, const struct import_event *event,
                                uint64_t line) {
    if (seen->count == IMPORT_SEEN_MAX)
        return LEDGER_E_OK;
    if (seen->count + 1 > seen->slot_count / 4 * 3 && grow(seen) != LEDGER_E_OK)
        return LEDGER_E_NO_MEMORY;
    struct import_seen_entry *slot = slot_of(seen, event->id.bytes);
    if (slot->line != 0)
        return LEDGER_E_OK;
    *slot = (struct import_seen_entry){.digest = digest_of(event), .line = line};
    memcpy(slot->id, event->id.bytes, sizeof slot->id);
    seen->count++;
    return LEDGER_E_OK;
}
