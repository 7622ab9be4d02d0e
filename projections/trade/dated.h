// What holds from one day to another: credit terms, owners, segments, territories. On any day that
// statement is in force that has begun and not ended; of several, the one that began last.
#ifndef TRADE_DATED_H
#define TRADE_DATED_H

#include "runtime/ids.h"
#include "trade.h"

struct dated {
    int64_t from, to; // days, both included
    struct ledger_moment occurred;
    uint64_t position;
    struct ledger_span value;
};

struct dated_list {
    bool read;
    struct dated *list;
    size_t count, capacity;
};

// The statements of one table, read when first asked for, id by id. `failed` sticks: out of memory.
struct dated_table {
    struct projection_view *view;
    uint8_t table;
    bool of_clients;    // all ids that stand for the client count
    const char *scheme; // second part of the key; NULL = it has none
    struct projection_ids ids;
    struct dated_list *lists; // by number
    size_t capacity;
    bool failed;
};
struct dated_table dated_table(struct projection_view *view, uint8_t table, bool of_clients,
                               const char *scheme);
// NULL if none is. A NULL id has none.
const struct dated *dated_in_force(struct dated_table *table, const char *id, int32_t day);

#endif
