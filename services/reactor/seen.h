// What has been dealt with since the start. Only saves questions: who forgets, asks again, and the
// ledger says that the fact is there.
#ifndef REACTOR_SEEN_H
#define REACTOR_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/uuid.h"

struct seen {
    struct ledger_uuid *slots; // all zero = free
    size_t count, capacity;    // capacity: a power of two, or 0
};

bool seen_has(const struct seen *seen, const struct ledger_uuid *key);
// Forgets everything rather than grow without bound. Does nothing when out of memory.
void seen_add(struct seen *seen, const struct ledger_uuid *key);
void seen_fini(struct seen *seen);

#endif
