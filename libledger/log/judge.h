// Judging appends, and packing those that are accepted into the block that is being made.
//
// In this order: an id twice in the append; ids the ledger knows (with the same bytes: duplicates;
// with others: refused); expected versions; room. Nothing is written before all of it holds, so a
// refused append leaves no trace. Accepted events go to the active tail at once, where later
// appends of the same block see them; readers do not, since they stop at `head`.
#ifndef LEDGER_LOG_JUDGE_H
#define LEDGER_LOG_JUDGE_H

#include "log_internal.h"
#include "room.h"

// What judging needs to see beside the active tail; for one block.
struct judge {
    struct ledger_log *log;
    struct store_view view;
    struct tail_generation *frozen;
    struct store_reader reader;
    struct room room;
    uint64_t next; // position of the next event
};

LEDGER_MUST_CHECK enum ledger_err judge_begin(struct judge *judge, struct ledger_log *log,
                                              struct ledger_error *error);
void judge_end(struct judge *judge);
// When nothing is judged any more.
void judge_forget_index(struct ledger_log *log);

// LEDGER_E_OK: judged, and the outcome stands in `append`. Anything else is fatal: the tail may
// hold a part of it.
LEDGER_MUST_CHECK enum ledger_err judge_take(struct judge *judge, struct ledger_append *append,
                                             struct ledger_span principal,
                                             struct ledger_error *fatal);

#endif
