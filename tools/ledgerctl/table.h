// A table for people: columns as wide as their widest value, numbers to the right, a bold header.
// Where the width is short, headings are wrapped, then lesser columns left out (and named below),
// then long texts cut, then columns of prose left out; if all that does not help, each row is
// printed downwards, a line a value.
#ifndef LEDGERCTL_TABLE_H
#define LEDGERCTL_TABLE_H

#include "ledger/error.h"
#include "ledger/span.h"

struct table;

enum table_kind {
    TABLE_WORD,     // left, never cut
    TABLE_NUMBER,   // right, never cut
    TABLE_PROSE,    // left, cut where room is short
    TABLE_DOCUMENT, // left, cut too, but keeps more room than prose as long as that goes
};

// Which columns go first where room is short: those of the highest rank.
enum table_rank {
    TABLE_ALWAYS,
    TABLE_DETAIL,
    TABLE_EMPTY, // no row has a value
};

// NULL when out of memory.
struct table *table_new(void);
void table_free(struct table *table);

// Columns first, then cells, row by row. Texts are copied. What runs out of memory is remembered
// and told by table_write.
void table_column(struct table *table, const char *title, enum table_kind kind);
// Of the column made last; TABLE_ALWAYS if not told.
void table_column_rank(struct table *table, enum table_rank rank);
void table_cell(struct table *table, const char *text);

// Adds the table, in lines of at most `width` as long as it is not printed downwards; INT_MAX =
// everything, in one line a row. LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err table_write(const struct table *table, int width,
                                              struct ledger_buffer *out);
// The same to standard output.
LEDGER_MUST_CHECK enum ledger_err table_print(const struct table *table, int width);

#endif
