// The journal: where a small block is made durable with one write, before the log's environment
// takes it in together with many others (store.h).
//
// A file whose bytes were all written before it is used, so that a write changes nothing of the
// file system's own; one write with O_DIRECT and O_DSYNC is on the disk when it returns. A record
// begins at a multiple of 4,096 bytes:
//
//   offset  size  what
//   0       8     magic "FLJRNL00"
//   8       8     run: a random number, of one opening of the ledger
//   16      8     position of the block's first record
//   24      4     size of the block
//   28      4     CRC-32C of the 28 bytes before
//   32      ...   the block (block.h), which has a checksum of its own; then zeros
//
// Numbers are little-endian. Records follow each other by position. When the environment has taken
// them in, the next one is written at the start again; those that it does not reach are older, and
// those of another run are nobody's.
#ifndef LEDGER_LOG_JOURNAL_H
#define LEDGER_LOG_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "block.h"

enum {
    JOURNAL_PAGE = 4096,
    JOURNAL_HEADER_SIZE = 32,
    // A larger block goes into the environment at once: to write it twice would cost more than the
    // environment's second flush.
    JOURNAL_BLOCK_SIZE_MAX = 64 << 10,
};

struct journal;

// Makes the file if it is not there or has another size: what it holds must not be needed any more.
// `size` is rounded down to whole pages.
LEDGER_MUST_CHECK enum ledger_err journal_open(const char *directory, uint64_t size,
                                               bool unsafe_no_sync, struct journal **journal,
                                               struct ledger_error *error);
void journal_close(struct journal *journal); // NULL is allowed
// Deletes the file, if there is one.
LEDGER_MUST_CHECK enum ledger_err journal_remove(const char *directory, struct ledger_error *error);
uint64_t journal_run(const struct journal *journal);
// How many records it can hold at most.
uint32_t journal_records_max(const struct journal *journal);

// Is a block of that size to go through the journal, and has it room for it now?
bool journal_takes(const struct journal *journal, size_t block_size);
// A record of the block, in memory of the caller's (free()). NULL when out of memory.
uint8_t *journal_pack(uint64_t run, struct ledger_span block, uint64_t first);
// Bytes of its record, with what fills its last page.
static inline size_t journal_record_size(size_t block_size) {
    return (JOURNAL_HEADER_SIZE + block_size + JOURNAL_PAGE - 1) / JOURNAL_PAGE * JOURNAL_PAGE;
}
// Where the block lies in a record that was packed.
static inline struct ledger_span journal_block(const uint8_t *record, size_t block_size) {
    return ledger_span_of(record + JOURNAL_HEADER_SIZE, block_size);
}
// Durability: on LEDGER_E_OK the record is on the disk. LEDGER_E_IO: nothing is known of it; the
// process must end.
LEDGER_MUST_CHECK enum ledger_err journal_write(struct journal *journal, const uint8_t *record,
                                                size_t block_size, struct ledger_error *error);
// All that it holds is in the environment: the next record is written at the start.
void journal_restart(struct journal *journal);

// ---- what a run that has ended left
struct journal_leavings {
    uint8_t *bytes;
    size_t size, at;
    uint64_t run;
};
// LEDGER_E_NOT_FOUND: there is no such file.
LEDGER_MUST_CHECK enum ledger_err journal_load(const char *directory, uint64_t run,
                                               struct journal_leavings *leavings,
                                               struct ledger_error *error);
void journal_unload(struct journal_leavings *leavings);
// The next block, if it begins at `position`; borrowed from the leavings. LEDGER_E_NOT_FOUND: there
// is none; what stands in its place was never acknowledged. LEDGER_E_CORRUPT: it was, since later
// ones stand behind it.
LEDGER_MUST_CHECK enum ledger_err journal_next(struct journal_leavings *leavings, uint64_t position,
                                               struct ledger_span *block,
                                               struct ledger_error *error);

#endif
