// Templates: "text ${Column|filter:argument|filter} text", filled from a row.
#ifndef LEDGERCTL_IMPORT_TEMPLATE_H
#define LEDGERCTL_IMPORT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "lookup.h"
#include "timestamps.h"

// What filters of a map may refer to. Must outlive the templates.
struct import_scope {
    struct ledger_arena *arena; // compiled templates live here
    const char *system;
    struct import_zone zone;
    const char *const *times; // the map's own patterns
    size_t time_count;
    const struct import_lookup *lookups;
    size_t lookup_count;
    struct import_placeholder *placeholders; // all of them, for import_template_bind
};

enum import_value_kind { IMPORT_TEXT, IMPORT_INTEGER, IMPORT_BOOLEAN };

// text is never NULL; "" = absent.
struct import_value {
    enum import_value_kind kind;
    const char *text;
    int64_t number; // integers; booleans as 0 and 1
};

struct import_filter;
struct import_placeholder {
    const char *name; // NULL: by number
    size_t number;    // from 1
    size_t column;    // from 0, once bound
    const struct import_filter *filters;
    size_t filter_count;
    size_t line, line_column; // in the map, from 1
    struct import_placeholder *next;
};

struct import_part {
    const char *literal;                    // or
    struct import_placeholder *placeholder; // one of both
};

struct import_template {
    const struct import_part *parts;
    size_t count;
    bool constant; // no placeholder
    const char *source;
    size_t line, line_column; // in the map, from 1
};

// (line, line_column) is where the text begins in the map. LEDGER_E_MAP_INVALID; the message does
// not say where.
LEDGER_MUST_CHECK enum ledger_err import_template_compile(struct import_scope *scope,
                                                          const char *text, size_t line,
                                                          size_t line_column,
                                                          struct import_template *out,
                                                          struct ledger_error *error);

// A column by itself, written as in "${...}" but without filters: "Name" or "#3". A bar or a brace
// is part of the name. LEDGER_E_MAP_INVALID.
LEDGER_MUST_CHECK enum ledger_err
import_column_compile(struct import_scope *scope, const char *text, size_t line, size_t line_column,
                      const struct import_placeholder **out, struct ledger_error *error);

// Finds the columns of a file. *culprit is the placeholder whose column is not there.
LEDGER_MUST_CHECK enum ledger_err import_template_bind(struct import_scope *scope,
                                                       const char *const *names, size_t count,
                                                       const struct import_placeholder **culprit,
                                                       struct ledger_error *error);

// A template whose placeholders are all empty gives an absent value, whatever text stands around
// them. The value lives in `arena` or in the row. An error names the column.
LEDGER_MUST_CHECK enum ledger_err import_template_run(const struct import_template *template,
                                                      const struct import_csv_row *row,
                                                      struct ledger_arena *arena,
                                                      struct import_value *value,
                                                      struct ledger_error *error);

#endif
