// The once_by facts of a run: which are in the ledger, which row carries which, and who disagrees.
#ifndef LEDGERCTL_IMPORT_ONCE_H
#define LEDGERCTL_IMPORT_ONCE_H

#include "index.h"
#include "rows.h"

enum import_once_state {
    IMPORT_ONCE_NEW,     // no row carries it yet
    IMPORT_ONCE_CARRIED, // a row of the request under way does
    IMPORT_ONCE_THERE,   // in the ledger
};

struct import_once_entry {
    enum import_once_state state;
    uint8_t digest[16]; // of the content that was sent first
    bool refused;       // the ledger has another content, which we have not seen
    uint64_t differing_rows;
};

// {0} is empty.
struct import_once {
    struct import_index ids;
    struct import_once_entry *entries;
    size_t capacity;
};

void import_once_fini(struct import_once *once);
// The entry of an event's id, made if it is new; valid until the next call. Ids are copied into
// `arena`. NULL when out of memory.
struct import_once_entry *import_once_entry(struct import_once *once, struct ledger_arena *arena,
                                            const struct import_event *event);
// Keys that differ, and rows that say so.
void import_once_count(const struct import_once *once, uint64_t *keys, uint64_t *rows);

#endif
