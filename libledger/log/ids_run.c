#include "ids_run.h"

#include <endian.h>
#include <string.h>

#include "bytes.h"

enum { COUNT_SIZE = 4, SLOT_SIZE = 4, ENTRIES_A_SLOT = 4 };

// ---- entries

// An entry is longer than the eight bytes that are loaded.
uint64_t ids_entry_hash(const uint8_t *entry) {
    uint64_t wide;
    memcpy(&wide, entry, sizeof wide);
    return be64toh(wide) >> (64 - 8 * IDS_HASH_BYTES);
}

uint64_t ids_entry_position(const uint8_t *entry) {
    uint64_t position = 0;
    for (int i = IDS_POSITION_BYTES - 1; i >= 0; i--)
        position = position << 8 | entry[IDS_HASH_BYTES + i];
    return position;
}

uint8_t *ids_entry_write(uint8_t *place, uint64_t hash, uint64_t position) {
    for (int i = IDS_HASH_BYTES - 1; i >= 0; i--)
        *place++ = (uint8_t)(hash >> (8 * i));
    for (int i = 0; i < IDS_POSITION_BYTES; i++)
        *place++ = (uint8_t)(position >> (8 * i));
    return place;
}

size_t ids_entries_merge(struct ledger_span older, struct ledger_span newer, uint8_t *place) {
    const uint8_t *a = older.data, *a_end = older.data + older.size;
    const uint8_t *b = newer.data, *b_end = newer.data + newer.size;
    uint8_t *start = place;
    while (a < a_end && b < b_end) {
        const uint8_t **least = memcmp(a, b, IDS_HASH_BYTES) <= 0 ? &a : &b;
        memcpy(place, *least, IDS_ENTRY_SIZE);
        *least += IDS_ENTRY_SIZE;
        place += IDS_ENTRY_SIZE;
    }
    memcpy(place, a, (size_t)(a_end - a));
    place += a_end - a;
    memcpy(place, b, (size_t)(b_end - b));
    return (size_t)(place - start) + (size_t)(b_end - b);
}

// ---- runs

static unsigned bits_of(size_t count) {
    unsigned bits = 0;
    while (count >> bits >= 2 * ENTRIES_A_SLOT)
        bits++;
    return bits;
}

static size_t directory_size(size_t count) {
    return SLOT_SIZE * ((size_t)1 << bits_of(count));
}

size_t ids_run_size(struct ledger_span entries) {
    return COUNT_SIZE + directory_size(entries.size / IDS_ENTRY_SIZE) + entries.size;
}

static size_t slot_of(uint64_t hash, unsigned bits) {
    return (size_t)(hash >> (8 * IDS_HASH_BYTES - bits));
}

void ids_run_write(struct ledger_span entries, uint8_t *place) {
    size_t count = entries.size / IDS_ENTRY_SIZE, next = 0;
    unsigned bits = bits_of(count);
    uint8_t *directory = place + COUNT_SIZE;
    le_write32(place, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        size_t slot = slot_of(ids_entry_hash(entries.data + i * IDS_ENTRY_SIZE), bits);
        for (; next <= slot; next++)
            le_write32(directory + next * SLOT_SIZE, (uint32_t)i);
    }
    for (; next < (size_t)1 << bits; next++)
        le_write32(directory + next * SLOT_SIZE, (uint32_t)count);
    memcpy(directory + directory_size(count), entries.data, entries.size);
}

enum ledger_err ids_run_read(struct ledger_span value, struct ids_run *run) {
    if (value.size < COUNT_SIZE)
        return LEDGER_E_CORRUPT;
    size_t count = le_read32(value.data), size = count * IDS_ENTRY_SIZE;
    if (count == 0 || value.size != COUNT_SIZE + directory_size(count) + size)
        return LEDGER_E_CORRUPT;
    run->directory = value.data + COUNT_SIZE;
    run->bits = bits_of(count);
    run->entries = ledger_span_of(value.data + value.size - size, size);
    return LEDGER_E_OK;
}

enum ledger_err ids_run_slot(const struct ids_run *run, uint64_t hash,
                             struct ledger_span *entries) {
    size_t slot = slot_of(hash, run->bits), count = run->entries.size / IDS_ENTRY_SIZE;
    size_t first = le_read32(run->directory + slot * SLOT_SIZE), end = count;
    if (slot + 1 < (size_t)1 << run->bits)
        end = le_read32(run->directory + (slot + 1) * SLOT_SIZE);
    if (first > end || end > count || (slot == 0 && first > 0))
        return LEDGER_E_CORRUPT;
    *entries =
        ledger_span_of(run->entries.data + first * IDS_ENTRY_SIZE, (end - first) * IDS_ENTRY_SIZE);
    return LEDGER_E_OK;
}
