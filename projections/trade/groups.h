// The rows of one thing (an invoice, an order, a deal) together, one thing after the other.
#ifndef TRADE_GROUPS_H
#define TRADE_GROUPS_H

#include "runtime/ids.h"
#include "trade.h"

struct group_row {
    uint64_t position;
    struct ledger_moment occurred;
    struct ledger_span value;
};

// Rows of facts with an unknown time are among them, whatever the question is as of.
struct groups {
    struct projection_view *view;
    uint8_t table;
    bool listed;               // only the things in `ids`
    struct projection_ids ids; // taken in order of number
    size_t next;
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    const char *id; // the thing; lives as long as the view
    struct group_row *rows;
    size_t count, capacity;
};

// Every thing that the table has.
void groups_all(struct groups *groups, struct projection_view *view, uint8_t table);
// Only what `index` names under one of the ids that stand for the client: its keys are that id,
// then the thing's.
LEDGER_MUST_CHECK enum ledger_err groups_of_client(struct groups *groups,
                                                   struct projection_view *view, uint8_t table,
                                                   uint8_t index, const char *client,
                                                   struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err groups_one(struct groups *groups, struct projection_view *view,
                                             uint8_t table, const char *id,
                                             struct ledger_error *error);
// The next that the view sees a row of: its rows by position, valid until the next call. *found is
// false after the last.
LEDGER_MUST_CHECK enum ledger_err groups_next(struct groups *groups, bool *found,
                                              struct ledger_error *error);

// By time, then position; unknown times before all others.
int group_row_order(const struct group_row *a, const struct group_row *b);

#endif
