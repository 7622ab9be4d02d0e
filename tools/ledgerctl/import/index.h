// A set of byte strings, each with its number: 0, 1, 2 ... in the order they came.
#ifndef LEDGERCTL_IMPORT_INDEX_H
#define LEDGERCTL_IMPORT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"

// {0} is empty. Keys are copied into `arena`.
struct import_index {
    struct ledger_span *keys;
    size_t count;
    size_t capacity;
    uint32_t *slots; // number + 1; 0 = free
    size_t slot_count;
};

void import_index_fini(struct import_index *index);
bool import_index_find(const struct import_index *index, struct ledger_span key, size_t *number);
// *number is the key's, *added whether it is new.
LEDGER_MUST_CHECK enum ledger_err import_index_add(struct import_index *index,
                                                   struct ledger_arena *arena,
                                                   struct ledger_span key, size_t *number,
                                                   bool *added);

#endif
