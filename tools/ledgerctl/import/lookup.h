// Look-up tables: one key column, named value columns. From the map itself or from a CSV file.
#ifndef LEDGERCTL_IMPORT_LOOKUP_H
#define LEDGERCTL_IMPORT_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "csv_reader.h"
#include "index.h"
#include "ledger/arena.h"
#include "ledger/error.h"

enum import_missing {
    IMPORT_MISSING_ERROR, // the row is rejected
    IMPORT_MISSING_KEEP,  // the key itself is the result
    IMPORT_MISSING_EMPTY,
};

struct import_lookup {
    const char *name;
    enum import_missing missing;
    const char *const *columns; // NULL for a table written in the map: it has one, without a name
    size_t column_count;
    struct import_index keys;
    const char **cells; // key number * column_count + column
    size_t capacity;    // in keys
};

void import_lookup_fini(struct import_lookup *lookup);

// `cells` are column_count texts; they and the key are copied. LEDGER_E_INVALID_VALUE if the key
// is there with other cells.
LEDGER_MUST_CHECK enum ledger_err import_lookup_add(struct import_lookup *lookup,
                                                    struct ledger_arena *arena, const char *key,
                                                    const char *const *cells,
                                                    struct ledger_error *error);
// Fills an empty table from a file with a header row.
LEDGER_MUST_CHECK enum ledger_err import_lookup_read(struct import_lookup *lookup,
                                                     struct ledger_arena *arena, const char *path,
                                                     const struct import_csv_options *options,
                                                     const char *key_column,
                                                     struct ledger_error *error);
bool import_lookup_column(const struct import_lookup *lookup, const char *name, size_t *column);
// NULL if the key is not there.
const char *import_lookup_find(const struct import_lookup *lookup, const char *key, size_t column);

#endif
