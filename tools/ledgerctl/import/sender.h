// Sends rows to the ledger, many to a request and in the order of the file, and tells what became
// of each.
//
// One request is under way while the next rows are being mapped; a second one beside it might be
// taken in first, and then neither the order of the file nor which row came first would hold.
#ifndef LEDGERCTL_IMPORT_SENDER_H
#define LEDGERCTL_IMPORT_SENDER_H

#include "bookkeeping.h"
#include "rows.h"

enum import_outcome { IMPORT_ACCEPTED, IMPORT_DUPLICATE, IMPORT_REJECTED };

// Called once for each row of the file, in its order. `row->error` says why one is rejected.
typedef void (*import_on_row)(void *user, const struct import_row *row,
                              enum import_outcome outcome);

struct import_sender_options {
    const char *url;                     // NULL = dry run: events are checked, nothing is sent
    uint32_t timeout_ms;                 // of a request
    const struct import_batch_id *batch; // that rejected rows are recorded under
    import_on_row on_row;
    void *user;
};

struct import_sender;
// LEDGER_E_UNAVAILABLE if nobody listens.
LEDGER_MUST_CHECK enum ledger_err import_sender_new(const struct import_sender_options *options,
                                                    struct import_sender **sender,
                                                    struct ledger_error *error);
void import_sender_free(struct import_sender *sender);

// Makes room for one row, which must then live in *arena. An error ends the import: it is the
// ledger's, never a row's.
LEDGER_MUST_CHECK enum ledger_err import_sender_room(struct import_sender *sender,
                                                     struct ledger_arena **arena,
                                                     struct ledger_error *error);
// After import_sender_room: a row of the file, which may be rejected already, or (of_file false) a
// fact about the import. LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err import_sender_add(struct import_sender *sender,
                                                    const struct import_row *row, bool of_file);
// Waits until everything is there.
LEDGER_MUST_CHECK enum ledger_err import_sender_flush(struct import_sender *sender,
                                                      struct ledger_error *error);
// How many facts the ledger has gained, and what is known of once_by facts.
void import_sender_count(const struct import_sender *sender, struct import_counts *counts);

#endif
