// The facts of a file that are in, by id: from which line each is and what it says. For rows that
// repeat a key, which a dry run must find by itself and the ledger cannot tell the line of.
#ifndef LEDGERCTL_IMPORT_SEEN_H
#define LEDGERCTL_IMPORT_SEEN_H

#include "rows.h"

// No more are remembered; it bounds what a long file costs to 256 MiB.
enum { IMPORT_SEEN_MAX = 6 << 20 };

struct import_seen_entry {
    uint8_t id[16];
    uint64_t digest; // of the event's bytes and its personal parts'
    uint64_t line;   // 0 = a free slot
};

// {0} is empty.
struct import_seen {
    struct import_seen_entry *slots; // a power of two
    size_t slot_count;
    size_t count;
};

void import_seen_fini(struct import_seen *seen);
// NULL if it is not there.
const struct import_seen_entry *import_seen_find(const struct import_seen *seen,
                                                 const struct import_event *event);
bool import_seen_same(const struct import_seen_entry *entry, const struct import_event *event);
// The first one stays. LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err import_seen_add(struct import_seen *seen,
                                                  const struct import_event *event, uint64_t line);

#endif
