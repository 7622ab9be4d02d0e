// Where events are by their id, in the index environment.
//
//   ids   bucket (1 byte), run (BE)   hashes of ids and positions, sorted: see ids_run.h
//
// A bucket holds the ids whose hash begins with its byte, in runs, the oldest first. A fold adds
// one run to each bucket and merges it with the runs before it while those are not much larger, so
// a bucket has few runs and every id is written a few times in all. A tree of ids, which was here
// before, rewrote a page for each random id: 3 KB of writing an event with 20 million of them.
//
// Hashes may collide, so a look-up gives candidates, to be confirmed in the log. The hash has a
// seed of the index's own, so that no writer can make them collide.
#ifndef LEDGER_LOG_IDS_H
#define LEDGER_LOG_IDS_H

#include "ledger/kv.h"
#include "ledger/uuid.h"
#include "tail.h"

enum { IDS_BUCKETS = 256, IDS_CANDIDATES_MAX = 8, IDS_PREFETCH_MAX = 32 };

struct ids {
    struct ledger_kv_table table;
    uint64_t seed;
};

// Adds a generation's ids. Failures stick to the transaction; else LEDGER_E_NO_MEMORY,
// LEDGER_E_CORRUPT, and LEDGER_E_INTERNAL beyond position 2^40, which an entry cannot hold.
LEDGER_MUST_CHECK enum ledger_err ids_fold(const struct ids *ids, struct ledger_kv_txn *txn,
                                           const struct tail_generation *tail);
LEDGER_MUST_CHECK enum ledger_err ids_count(const struct ids *ids, struct ledger_kv_txn *txn,
                                            uint64_t *count);

struct id_candidates {
    uint64_t positions[IDS_CANDIDATES_MAX];
    size_t count;
};
// Looks ids up in one read transaction, and remembers where each bucket's runs are. One thread.
struct ids_reader;
// NULL when out of memory. Close it before the transaction ends.
struct ids_reader *ids_reader_open(const struct ids *ids, struct ledger_kv_txn *txn);
void ids_reader_close(struct ids_reader *reader); // NULL is allowed
// Has what ids_find will look at brought from memory, for at most IDS_PREFETCH_MAX ids at a time;
// says nothing if it cannot.
void ids_prefetch(struct ids_reader *reader, const struct ledger_uuid *const *ids, size_t count);
// LEDGER_E_CORRUPT: a run cannot be read, or more candidates than chance can explain.
LEDGER_MUST_CHECK enum ledger_err ids_find(struct ids_reader *reader, const struct ledger_uuid *id,
                                           struct id_candidates *candidates);

#endif
