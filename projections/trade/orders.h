// Orders, each folded from its facts as the view sees them: placed, and its status since.
#ifndef TRADE_ORDERS_H
#define TRADE_ORDERS_H

#include "invoices.h"
#include "runtime/histories.h"
#include "trade.h"

enum order_flag {
    PLACED_TWICE,
    NEVER_PLACED, // of the order's first fact
    LEFT_ANOTHER_STATUS,
    AMOUNT_NOT_OF_LINES,
    TWO_CURRENCIES,
};
enum { ORDER_FLAGS = TWO_CURRENCIES + 1 };
extern const struct flag_text order_flag_texts[ORDER_FLAGS];

struct order_event {
    struct projection_statement at;
    struct order_row row;
    unsigned flags; // bits by enum order_flag
};

// What was bought, as it is summed: the lines, and what the order's amount says beyond them.
struct order_item {
    const char *product;  // NULL = none
    const char *currency; // NULL = no amount
    __int128 minor;
    int64_t has_qty, qty;
};

struct order {
    const char *id, *client, *deal, *territory; // client: after merges; NULL = none named
    const char *status;                         // the last; NULL = none was said
    bool placed, cancelled;
    bool left_out;                  // as of a time, and it is not known to have been placed by then
    struct ledger_moment placed_at; // unknown if it was not
    int64_t channel;
    const char *currency; // NULL = no amount, or lines in several currencies
    __int128 minor;
    bool has_qty;
    int64_t qty;                 // of all lines
    const struct order_row *row; // of the placing; NULL if there is none
    struct order_item *items;
    size_t item_count;
    struct order_event *events; // by time and position; the placing before all others
    size_t event_count;
    uint64_t flags[ORDER_FLAGS];
};
// Whether it is in sums and rhythms: placed, and not cancelled.
bool order_counts(const struct order *order);

struct orders {
    struct projection_histories histories;
    struct order_event *events;
    size_t capacity;
    struct order current;
    uint64_t cancelled, unknown_time; // of those met: no sum has them; no day is known
    uint64_t flags[ORDER_FLAGS];
};
LEDGER_MUST_CHECK enum ledger_err orders_of_client(struct orders *orders,
                                                   struct projection_view *view,
                                                   const char *client, // NULL = of all
                                                   struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err orders_one(struct orders *orders, struct projection_view *view,
                                             const char *id, struct ledger_error *error);
// NULL after the last. Borrowed until the next call; texts and items live as long as the view.
LEDGER_MUST_CHECK enum ledger_err orders_next(struct orders *orders, const struct order **order,
                                              struct ledger_error *error);
// Of those met: cancelled, and of unknown times.
void orders_notes(const struct orders *orders, struct projection_answer *answer);

#endif
