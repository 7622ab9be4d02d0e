// Purchases in a row, and the figures of their rhythm.
#ifndef TRADE_RHYTHM_H
#define TRADE_RHYTHM_H

#include "runtime/ids.h"
#include "trade.h"

enum { CV_SCALE = 10000 };

// An order of one client, or of one product of it.
struct purchase {
    size_t series;
    int32_t day;
    bool has_qty;
    int64_t qty;
};

// The orders of one client or product in a row.
struct series {
    const char *client, *product; // one of them; neither = the client asked for, as a whole
    uint64_t orders, gaps;
    int32_t first, last, days;
    int64_t twice_lot, twice_gap; // twice the medians
    bool has_lot;
    int64_t cv_scaled; // x CV_SCALE; -1 = none
    int32_t next;      // the day of the next order; if there are gaps
    bool overdue;
};

struct rhythm {
    struct projection_view *view;
    struct ledger_arena *arena;
    const char *client; // asked for
    struct purchase *list;
    size_t count, capacity;
    struct projection_ids ids; // of the series: clients, or "" and products
    struct series *series;     // by number
    const struct series **sorted;
    size_t sorted_count;
    bool has_today;
    int32_t today;
    uint64_t no_client;
};

// Sorts the purchases by series and day, and fills in `series` and `sorted`. False when out of
// memory.
bool rhythm_measure(struct rhythm *rhythm);

#endif
