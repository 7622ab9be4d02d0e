// once_by facts are made from every row, to be compared, and are nearly always the same as before:
// what a fact's columns gave once is kept. For one file, whose columns are bound.
#ifndef LEDGERCTL_IMPORT_MEMO_H
#define LEDGERCTL_IMPORT_MEMO_H

#include "index.h"
#include "rows.h"

struct import_memo {
    struct ledger_arena *arena;
    struct import_index keys;
    struct import_memo_item *items;
    struct ledger_buffer key; // of the look-up under way
};

struct import_memo_item {
    bool applies; // false: the fact's condition does not hold for such rows
    struct import_event event;
};

LEDGER_MUST_CHECK enum ledger_err import_memo_init(struct import_memo *memo);
void import_memo_fini(struct import_memo *memo);

// NULL if it is not known what the fact makes of such a row.
const struct import_memo_item *import_memo_find(struct import_memo *memo,
                                                const struct import_map *map,
                                                const struct import_fact *fact,
                                                const struct import_csv_row *row);
// Right after import_memo_find. Keeps no more than so many, and forgets none.
LEDGER_MUST_CHECK enum ledger_err import_memo_keep(struct import_memo *memo,
                                                   const struct import_memo_item *item);

#endif
