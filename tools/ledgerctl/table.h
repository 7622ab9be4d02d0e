// A table for people: columns as wide as their widest value, numbers to the right, a bold header.
// On a terminal that is too narrow prose is cut; if that does not help, each row is printed
// downwards, a line a value.
#ifndef LEDGERCTL_TABLE_H
#define LEDGERCTL_TABLE_H

#include "ledger/error.h"

struct table;

enum table_kind {
    TABLE_WORD,   // left, never cut
    TABLE_NUMBER, // right, never cut
    TABLE_PROSE,  // left, cut where room is short
};

// NULL when out of memory.
struct table *table_new(void);
void table_free(struct table *table);

// Columns first, then cells, row by row. Texts are copied. What runs out of memory is remembered
// and told by table_print.
void table_column(struct table *table, const char *title, enum table_kind kind);
void table_cell(struct table *table, const char *text);
LEDGER_MUST_CHECK enum ledger_err table_print(const struct table *table);

#endif
