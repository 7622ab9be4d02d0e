// One run of ids, as it is stored: what stands in one row of `ids` (see ids.h).
//
//   count (4 bytes), directory (4 bytes a slot), entries (12 bytes each, ascending)
//
// An entry is 7 bytes of the id's hash (BE) and 5 bytes of position. A slot holds the hashes that
// begin with its bits, some four to eight of them; the directory says where the first of each
// slot stands. So a hash is found, or found missing, by looking at two places of the run.
#ifndef LEDGER_LOG_IDS_RUN_H
#define LEDGER_LOG_IDS_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"

enum { IDS_HASH_BYTES = 7, IDS_POSITION_BYTES = 5 };
enum { IDS_ENTRY_SIZE = IDS_HASH_BYTES + IDS_POSITION_BYTES };
#define IDS_POSITION_LIMIT (UINT64_C(1) << (8 * IDS_POSITION_BYTES))

// Of a hash, the bytes that an entry has; the one before them is the bucket.
static inline uint64_t ids_hash_in_bucket(uint64_t hash) {
    return hash & ((UINT64_C(1) << (8 * IDS_HASH_BYTES)) - 1);
}

uint8_t *ids_entry_write(uint8_t *place, uint64_t hash, uint64_t position); // the place behind it
// Both are whole entries, ascending, and `place` has room for all. Returns their size together.
size_t ids_entries_merge(struct ledger_span older, struct ledger_span newer, uint8_t *place);

struct ids_run {
    const uint8_t *directory;
    unsigned bits; // of a slot's number
    struct ledger_span entries;
};
// LEDGER_E_CORRUPT: the value is none.
LEDGER_MUST_CHECK enum ledger_err ids_run_read(struct ledger_span value, struct ids_run *run);
size_t ids_run_size(struct ledger_span entries);
void ids_run_write(struct ledger_span entries, uint8_t *place); // ids_run_size bytes

// The entries of a hash's slot. LEDGER_E_CORRUPT.
LEDGER_MUST_CHECK enum ledger_err ids_run_slot(const struct ids_run *run, uint64_t hash,
                                               struct ledger_span *entries);
static inline void ids_run_prefetch(const struct ids_run *run, uint64_t hash) {
    __builtin_prefetch(run->directory + 4 * (hash >> (8 * IDS_HASH_BYTES - run->bits)));
}
uint64_t ids_entry_hash(const uint8_t *entry);
uint64_t ids_entry_position(const uint8_t *entry);

#endif
