// What was sold, one piece after the other, each with its day, client, product and place: the
// reported sales or the orders placed, never both.
#ifndef TRADE_TURNOVER_H
#define TRADE_TURNOVER_H

#include "orders.h"
#include "places.h"

struct piece {
    const char *client, *product, *stated_territory; // client: after merges; NULL = none
    bool has_day;
    int32_t day;          // as of which it is judged
    const char *currency; // NULL = no amount
    __int128 minor;
    int64_t has_qty, qty;
};

struct turnover {
    struct projection_view *view;
    bool of_orders;
    const char *client; // asked for; NULL = all
    struct orders orders;
    const struct order *order; // whose items are being given
    size_t item;
    struct projection_cursor *cursor;
    const char *const *ids; // of the client asked for
    size_t id_count, id;
    uint64_t unknown_day; // pieces given without a day
};
LEDGER_MUST_CHECK enum ledger_err turnover_begin(struct turnover *turnover,
                                                 struct projection_view *view, bool of_orders,
                                                 const char *client, struct ledger_error *error);
// *found is false after the last. As of a time, pieces of unknown days are not given.
LEDGER_MUST_CHECK enum ledger_err turnover_next(struct turnover *turnover, struct piece *piece,
                                                bool *found, struct ledger_error *error);
void turnover_notes(const struct turnover *turnover, struct projection_answer *answer);

#endif
