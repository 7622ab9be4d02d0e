#include "lookup.h"

#include <stdlib.h>
#include <string.h>

void import_lookup_fini(struct import_lookup *lookup) {
    import_index_fini(&lookup->keys);
    free(lookup->cells);
    lookup->cells = NULL;
}

static bool same_cells(const struct import_lookup *lookup, size_t number,
                       const char *const *cells) {
    for (size_t i = 0; i < lookup->column_count; i++)
        if (strcmp(lookup->cells[number * lookup->column_count + i], cells[i]) != 0)
            return false;
    return true;
}

static enum ledger_err cells_store(struct import_lookup *lookup, struct ledger_arena *arena,
                                   size_t number, const char *const *cells) {
    if (number >= lookup->capacity) {
        size_t capacity = lookup->capacity == 0 ? 64 : lookup->capacity * 2;
        const char **grown =
            realloc(lookup->cells, capacity * lookup->column_count * sizeof *grown);
        if (grown == NULL)
            return LEDGER_E_NO_MEMORY;
        lookup->cells = grown;
        lookup->capacity = capacity;
    }
    for (size_t i = 0; i < lookup->column_count; i++) {
        const char *copy = ledger_arena_text(arena, ledger_span_text(cells[i]));
        if (copy == NULL)
            return LEDGER_E_NO_MEMORY;
        lookup->cells[number * lookup->column_count + i] = copy;
    }
    return LEDGER_E_OK;
}

enum ledger_err import_lookup_add(struct import_lookup *lookup, struct ledger_arena *arena,
                                  const char *key, const char *const *cells,
                                  struct ledger_error *error) {
    size_t number = 0;
    bool added = false;
    enum ledger_err err =
        import_index_add(&lookup->keys, arena, ledger_span_text(key), &number, &added);
    if (err == LEDGER_E_OK && added)
        err = cells_store(lookup, arena, number, cells);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "reading the look-up table %s", lookup->name);
    if (!added && !same_cells(lookup, number, cells))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "the key \"%s\" stands twice, with other values", key);
    return LEDGER_E_OK;
}

static enum ledger_err columns_take(struct import_lookup *lookup, struct ledger_arena *arena,
                                    const struct import_csv *csv, struct ledger_error *error) {
    const char *const *names = NULL;
    lookup->column_count = import_csv_columns(csv, &names);
    const char **columns = ledger_arena_alloc(arena, lookup->column_count * sizeof *columns);
    for (size_t i = 0; columns != NULL && i < lookup->column_count; i++) {
        columns[i] = ledger_arena_text(arena, ledger_span_text(names[i]));
        if (columns[i] == NULL)
            columns = NULL;
    }
    lookup->columns = (const char *const *)columns;
    return columns != NULL ? LEDGER_E_OK
                           : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "a look-up table");
}

static enum ledger_err rows_take(struct import_lookup *lookup, struct ledger_arena *arena,
                                 struct import_csv *csv, const char *path, size_t key,
                                 struct ledger_error *error) {
    for (;;) {
        const struct import_csv_row *row = NULL;
        enum ledger_err err = import_csv_next(csv, &row, error);
        if (err != LEDGER_E_OK || row == NULL)
            return err;
        if (row->fault != LEDGER_E_OK)
            return ledger_fail(error, row->fault, NULL, "%s:%llu: %s", path,
                               (unsigned long long)row->line, row->reason);
        struct ledger_error why = {0};
        err = import_lookup_add(lookup, arena, row->cells[key], row->cells, &why);
        if (err != LEDGER_E_OK)
            return ledger_fail(error, err, NULL, "%s:%llu: %s", path, (unsigned long long)row->line,
                               why.message);
    }
}

enum ledger_err import_lookup_read(struct import_lookup *lookup, struct ledger_arena *arena,
                                   const char *path, const struct import_csv_options *options,
                                   const char *key_column, struct ledger_error *error) {
    struct import_csv *csv = NULL;
    size_t key = 0;
    enum ledger_err err = import_csv_open(path, options, &csv, error);
    if (err != LEDGER_E_OK)
        return err;
    err = columns_take(lookup, arena, csv, error);
    if (err == LEDGER_E_OK && !import_lookup_column(lookup, key_column, &key))
        err = ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "%s has no column \"%s\"", path,
                          key_column);
    if (err == LEDGER_E_OK)
        err = rows_take(lookup, arena, csv, path, key, error);
    import_csv_close(csv);
    return err;
}

bool import_lookup_column(const struct import_lookup *lookup, const char *name, size_t *column) {
    for (size_t i = 0; lookup->columns != NULL && i < lookup->column_count; i++) {
        if (strcmp(lookup->columns[i], name) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
}

const char *import_lookup_find(const struct import_lookup *lookup, const char *key, size_t column) {
    size_t number = 0;
    if (!import_index_find(&lookup->keys, ledger_span_text(key), &number))
        return NULL;
    return lookup->cells[number * lookup->column_count + column];
}
