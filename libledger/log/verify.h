// Verifying: every stored byte is read again and held against what was written, and the indexes
// against the log.
//
//   log      each block: header, checksum, place after the former; each record: its form, position,
//            time, stream version, event; the Merkle tree over all of them
//   index    for each event, that its id and all its terms lead to it and to nothing else nearby
//   terms    all that the indexes hold, counted: nothing may be there that the log does not have
//   runs     no postings that belong to no term
//   locate   only if the counts differ: which postings are too many
//   journal  of a stopped ledger: what its service had not settled (store.h)
//
// A run is a number of steps, each bounded in time and in read transactions of its own, so that a
// service goes on beside it. What a step leaves for the next is in the token that the caller hands
// back. A run looks at positions up to the head, and in the indexes up to what was folded, when it
// began; what comes later is not its business.
#ifndef LEDGER_LOG_VERIFY_H
#define LEDGER_LOG_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/v1/service.pb-c.h"
#include "log.h"
#include "merkle.h"

enum {
    LEDGER_VERIFY_MS_DEFAULT = 200,
    LEDGER_VERIFY_MS_MAX = 5000,
    LEDGER_VERIFY_TOKEN_MAX = 4096,
};

struct ledger_verify {
    struct ledger_span resume; // the last step's token; empty = from the beginning
    uint32_t max_ms;           // of this step
    bool log_only;             // looked at in the first step alone
    // Is told where the step is; NULL = nobody asks. In memory that outlives the process it says
    // where reading damaged pages of the store ended it.
    volatile struct ledger_verify_place {
        uint64_t position;
        bool in_index;
    } * place;
};

struct ledger_verify_fault {
    uint64_t position; // the first that is bad; 0 = there is no fault
    const char *where; // "block", "record", "tree", "index"; of a stopped ledger, "journal"
    char message[320]; // for people
};

struct ledger_verify_report {
    uint64_t position;       // all to here is right
    uint64_t target;         // the head when the run began
    uint64_t blocks, bytes;  // looked at
    uint64_t indexed_to;     // up to here the indexes are looked at too
    uint64_t index_entries;  // looked up in the indexes, and found as the log has them
    uint64_t index_counted;  // entries counted, after the log
    uint64_t journal_events; // beyond the target, in the journal of a ledger that was not closed
    struct ledger_hash root; // over records 1..position, from their bytes
    struct ledger_verify_fault fault;
    size_t resume_size; // 0 = the end is reached, or something is wrong
    uint8_t resume[LEDGER_VERIFY_TOKEN_MAX];
};

// One step. LEDGER_E_INVALID_VALUE: the token is none of this ledger's, or its index was rebuilt
// since: begin again. A fault is no error. Any thread.
LEDGER_MUST_CHECK enum ledger_err ledger_log_verify(struct ledger_log *log,
                                                    const struct ledger_verify *asked,
                                                    struct ledger_verify_report *report,
                                                    struct ledger_error *error);

// As a message; it borrows from the report. `fault` is a place for that part.
void ledger_verify_to_wire(struct ledger_verify_report *report, Ledger__V1__VerifyReply *reply,
                           Ledger__V1__VerifyFault *fault);

// The same on the files of a ledger that is not running. Nothing in them is changed.
struct ledger_verify_files;
// LEDGER_E_LOCKED: a service has them open. LEDGER_E_NO_INPUT: there is no ledger.
LEDGER_MUST_CHECK enum ledger_err ledger_verify_open(const char *data,
                                                     struct ledger_verify_files **files,
                                                     struct ledger_error *error);
void ledger_verify_close(struct ledger_verify_files *files);
LEDGER_MUST_CHECK enum ledger_err ledger_verify_step(struct ledger_verify_files *files,
                                                     const struct ledger_verify *asked,
                                                     struct ledger_verify_report *report,
                                                     struct ledger_error *error);

#endif
