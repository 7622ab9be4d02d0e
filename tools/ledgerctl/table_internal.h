// A table shared between its files: what it holds, and how it is laid out.
#ifndef LEDGERCTL_TABLE_INTERNAL_H
#define LEDGERCTL_TABLE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "ledger/arena.h"
#include "table.h"

enum { TABLE_COLUMN_GAP = 2 };

struct column {
    const char *title;
    enum table_kind kind;
    enum table_rank rank;
    int width; // of the widest cell
};

struct table {
    struct ledger_arena *arena;
    struct column *columns;
    size_t column_count;
    const char **cells;
    size_t cell_count;
    size_t cell_capacity;
    bool failed;
};

// A column's place in a layout.
struct table_place {
    bool shown;
    int width;
};

struct table_layout {
    struct table_place *places; // one for each column; the caller's
    int heading_lines;          // 0 = no column has a title
    bool downwards;             // across does not fit: `places` does not count
};

void table_lay_out(const struct table *table, int limit, struct table_layout *layout);

// The next line of a heading that is wrapped at spaces to `width`: its bytes, and the rest in
// *text. A word longer than the width is a line of its own.
size_t table_heading_line(const char **text, int width);
// How many lines that makes.
int table_heading_lines(const char *text, int width);

#endif
