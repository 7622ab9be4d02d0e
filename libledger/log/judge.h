// Judging appends, and packing those that are accepted into the block that is being made.
//
// In this order: an id twice in the append; ids the ledger knows (with the same bytes: duplicates;
// with others: refused); expected versions; room. Nothing is written before all of it holds, so a
// refused append leaves no trace. Accepted events go to the active tail at once, where later
// appends see them; readers do not, since they stop at `head`.
#ifndef LEDGER_LOG_JUDGE_H
#define LEDGER_LOG_JUDGE_H

#include "log_internal.h"
#include "room.h"

// What judging needs to see beside the active tail; from the first append of a block to its close.
struct judge {
    struct ledger_log *log;
    bool begun;
    struct ledger_kv_txn *log_txn;
    struct tail_generation *frozen;
    struct store_reader reader;
    struct room room;
};

LEDGER_MUST_CHECK enum ledger_err judge_start(struct ledger_log *log, struct ledger_error *error);
// When nothing is judged any more.
void judge_stop(struct ledger_log *log);

// With the judging role: judges the appends of a job, and adds those that are accepted to the open
// block. The outcomes stand in the appends. Anything but LEDGER_E_OK is fatal: the tail may hold a
// part of one.
LEDGER_MUST_CHECK enum ledger_err judge_take(struct ledger_log *log, struct ledger_append_job *job,
                                             struct ledger_error *fatal);
// The open block takes in no more. What fails is fatal.
LEDGER_MUST_CHECK enum ledger_err judge_close_block(struct ledger_log *log,
                                                    struct ledger_error *fatal);

#endif
