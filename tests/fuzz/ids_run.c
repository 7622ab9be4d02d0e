// Runs of ids: any bytes as a stored one, and any entries written as one.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "log/ids_run.h"

// Every slot lies within the run, and if none is corrupt they make up all entries, in order.
// Returns whether none is.
static bool slots_lie_within(const struct ids_run *run) {
    const uint8_t *next = run->entries.data;
    bool whole = true;
    for (uint64_t slot = 0; slot < UINT64_C(1) << run->bits; slot++) {
        struct ledger_span found = {0};
        enum ledger_err err = ids_run_slot(run, slot << (8 * IDS_HASH_BYTES - run->bits), &found);
        if (err != LEDGER_E_OK) {
            MUST(err == LEDGER_E_CORRUPT);
            whole = false;
            continue;
        }
        size_t before = (size_t)(found.data - run->entries.data);
        MUST(found.data >= run->entries.data && before <= run->entries.size);
        MUST(found.size <= run->entries.size - before);
        MUST(before % IDS_ENTRY_SIZE == 0 && found.size % IDS_ENTRY_SIZE == 0);
        MUST(!whole || found.data == next);
        next = found.data + found.size;
    }
    MUST(!whole || next == run->entries.data + run->entries.size);
    return whole;
}

static void read_any(struct ledger_span bytes) {
    struct ids_run run;
    enum ledger_err err = ids_run_read(bytes, &run);
    if (err != LEDGER_E_OK) {
        MUST(err == LEDGER_E_CORRUPT);
        return;
    }
    MUST(run.entries.size > 0 && run.entries.size % IDS_ENTRY_SIZE == 0);
    MUST(run.directory > bytes.data && run.directory < run.entries.data);
    MUST(run.entries.data + run.entries.size == bytes.data + bytes.size);
    (void)slots_lie_within(&run);
}

// ---- writing

static int by_hash(const void *a, const void *b) {
    return memcmp(a, b, IDS_HASH_BYTES);
}

static uint8_t *room(size_t size) {
    uint8_t *place = malloc(size); // exact, for the sanitizer
    MUST(place != NULL);
    return place;
}

// Each half in order, then both as one.
static void sort(uint8_t *entries, size_t count, uint8_t *sorted) {
    size_t half = count / 2 * IDS_ENTRY_SIZE, size = count * IDS_ENTRY_SIZE;
    qsort(entries, count / 2, IDS_ENTRY_SIZE, by_hash);
    qsort(entries + half, count - count / 2, IDS_ENTRY_SIZE, by_hash);
    MUST(ids_entries_merge(ledger_span_of(entries, half),
                           ledger_span_of(entries + half, size - half), sorted) == size);
    for (size_t at = IDS_ENTRY_SIZE; at < size; at += IDS_ENTRY_SIZE)
        MUST(by_hash(sorted + at - IDS_ENTRY_SIZE, sorted + at) <= 0);
}

static void is_found(const struct ids_run *run, const uint8_t *entry) {
    uint8_t again[IDS_ENTRY_SIZE];
    struct ledger_span found;
    uint64_t hash = ids_entry_hash(entry), position = ids_entry_position(entry);
    bool there = false;
    MUST(hash == ids_hash_in_bucket(hash) && position < IDS_POSITION_LIMIT);
    MUST(ids_entry_write(again, hash, position) == again + sizeof again);
    MUST(memcmp(again, entry, sizeof again) == 0);
    ids_run_prefetch(run, hash);
    MUST(ids_run_slot(run, hash, &found) == LEDGER_E_OK);
    for (size_t at = 0; at < found.size && !there; at += IDS_ENTRY_SIZE)
        there = memcmp(found.data + at, entry, IDS_ENTRY_SIZE) == 0;
    MUST(there);
}

static void write_one(struct ledger_span bytes) {
    size_t count = bytes.size / IDS_ENTRY_SIZE, size = count * IDS_ENTRY_SIZE;
    uint8_t *entries = room(size), *sorted = room(size);
    struct ids_run run;
    memcpy(entries, bytes.data, size);
    sort(entries, count, sorted);
    size_t stored_size = ids_run_size(ledger_span_of(sorted, size));
    uint8_t *stored = room(stored_size);
    ids_run_write(ledger_span_of(sorted, size), stored);
    MUST(ids_run_read(ledger_span_of(stored, stored_size), &run) == LEDGER_E_OK);
    MUST(ledger_span_equal(run.entries, ledger_span_of(sorted, size)));
    MUST(slots_lie_within(&run));
    for (size_t at = 0; at < size; at += IDS_ENTRY_SIZE)
        is_found(&run, entries + at);
    free(stored);
    free(sorted);
    free(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_any(ledger_span_of(data, size));
    if (size >= IDS_ENTRY_SIZE)
        write_one(ledger_span_of(data, size));
    return 0;
}
