// Open deals of a client: only what tells that they are open, whose, and for how much.
#ifndef TRADE_DEALS_H
#define TRADE_DEALS_H

#include "runtime/histories.h"
#include "trade.h"

struct deal {
    const char *id, *client, *owner; // client: after merges; NULL = none named
    bool open;
    struct ledger_moment opened; // unknown if no fact with a time says
    const char *currency;        // NULL = no amount
    int64_t minor;
};

// Of the client, in order of their first being met; only those that a fact ties to it.
LEDGER_MUST_CHECK enum ledger_err deals_of_client(struct projection_histories *histories,
                                                  struct projection_view *view, const char *client,
                                                  struct ledger_error *error);
// The next; *found is false after the last. Texts live as long as the view.
LEDGER_MUST_CHECK enum ledger_err deals_next(struct projection_histories *histories,
                                             struct deal *deal, bool *found,
                                             struct ledger_error *error);

#endif
