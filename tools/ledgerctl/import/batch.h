// Rows that are sent together, and which of their facts go into the request.
#ifndef LEDGERCTL_IMPORT_BATCH_H
#define LEDGERCTL_IMPORT_BATCH_H

#include "ledger/v1/service.pb-c.h"
#include "once.h"
#include "rows.h"

enum { IMPORT_BATCH_ROWS_MAX = 512, IMPORT_BATCH_BYTES_MAX = 2 << 20 };

// A fact and what has become of it.
struct import_sent_fact {
    const struct import_event *event;
    bool included; // in the request that was made last
    bool settled;  // another content is in the ledger under its id
    bool counted;  // as a difference
};

struct import_sent_row {
    struct import_row row;
    bool of_file; // not a fact of ours about the import
    struct import_sent_fact *facts;
    size_t included; // facts in the request that was made last
    uint32_t added;  // facts the ledger has gained by it
    bool unsent;     // waits for the next request
};

struct import_batch {
    struct ledger_arena *arena;
    struct import_sent_row *rows; // IMPORT_BATCH_ROWS_MAX
    size_t count;
    size_t bytes;
};

LEDGER_MUST_CHECK enum ledger_err import_batch_init(struct import_batch *batch);
void import_batch_fini(struct import_batch *batch);
void import_batch_reset(struct import_batch *batch);
bool import_batch_full(const struct import_batch *batch);

// `row` lives in the batch's arena. LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err import_batch_add(struct import_batch *batch,
                                                   const struct import_row *row, bool of_file);

// An append for each unsent row that has something to add, in `request`; once_by facts that are
// there, or that an earlier row of the request carries, are left out and compared.
// LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err import_batch_compose(struct import_batch *batch,
                                                       struct import_once *once,
                                                       struct ledger_arena *once_arena,
                                                       Ledger__V1__AppendRequest *request);

#endif
