// Shared by sender.c and sender_judge.c.
#ifndef LEDGERCTL_IMPORT_SENDER_INTERNAL_H
#define LEDGERCTL_IMPORT_SENDER_INTERNAL_H

#include "batch.h"
#include "ledger/client.h"
#include "once.h"
#include "seen.h"
#include "sender.h"

struct import_sender {
    struct import_sender_options options;
    struct ledger_client *client; // NULL in a dry run
    struct import_batch batches[2];
    struct import_batch *filling, *flying;
    bool under_way; // a request with the rows of `flying`
    struct ledger_call *call;
    Ledger__V1__AppendRequest appends; // what `call` asks
    struct import_once once;
    struct ledger_arena *once_arena;
    struct import_seen seen; // facts of rows that are in; in a dry run, that would be
    struct ledger_arena *reply_arena;
    struct import_rejection *rejections; // IMPORT_BATCH_ROWS_MAX; of the batch judged last
    size_t rejection_count;
    struct ledger_error begin_error; // why there is no `call`, if there should be one
    uint64_t facts_added;            // of rows of the file
    uint64_t records_added;          // of ours about the import
    int64_t last_success;            // steady microseconds
};

struct import_rejection {
    uint64_t line;
    struct ledger_error error;
};

// What became of a row's append.
struct import_verdict {
    struct ledger_error error;
    uint32_t added;
};

// A verdict for each append of the request with the unsent rows of `flying`, in its order. Sets
// which rows are still unsent and which are rejected. An error is the ledger's; with LEDGER_E_OK
// error->code may say why rows are to be sent once more.
LEDGER_MUST_CHECK enum ledger_err import_sender_judge(struct import_sender *sender,
                                                      const struct import_verdict *verdicts,
                                                      struct ledger_error *error);
// The once_by facts that the row carried in the last request.
LEDGER_MUST_CHECK enum ledger_err import_sender_set_carried(struct import_sender *sender,
                                                            struct import_sent_row *row,
                                                            enum import_once_state state);

#endif
