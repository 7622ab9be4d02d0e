#include <stdlib.h>

#include "display.h"
#include "table_internal.h"

struct table *table_new(void) {
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->arena = ledger_arena_new(0);
    if (table->arena == NULL) {
        free(table);
        return NULL;
    }
    return table;
}

void table_free(struct table *table) {
    if (table == NULL)
        return;
    ledger_arena_free(table->arena);
    free(table->columns);
    free(table->cells);
    free(table);
}

static const char *keep_clean(struct table *table, const char *text) {
    struct ledger_buffer buffer = {0};
    display_add_clean(&buffer, text);
    const char *kept =
        buffer.failed ? NULL : ledger_arena_text(table->arena, ledger_buffer_span(&buffer));
    ledger_buffer_fini(&buffer);
    table->failed = table->failed || kept == NULL;
    return kept;
}

void table_column(struct table *table, const char *title, enum table_kind kind) {
    struct column *grown =
        reallocarray(table->columns, table->column_count + 1, sizeof *table->columns);
    const char *kept = keep_clean(table, title);
    if (grown != NULL)
        table->columns = grown;
    if (grown == NULL || kept == NULL) {
        table->failed = true;
        return;
    }
    table->columns[table->column_count++] = (struct column){.title = kept, .kind = kind};
}

void table_column_rank(struct table *table, enum table_rank rank) {
    if (!table->failed)
        table->columns[table->column_count - 1].rank = rank;
}

static bool grow_cells(struct table *table) {
    if (table->cell_count < table->cell_capacity)
        return true;
    size_t capacity = table->cell_capacity == 0 ? 64 : 2 * table->cell_capacity;
    const char **grown = reallocarray(table->cells, capacity, sizeof *table->cells);
    if (grown == NULL)
        return false;
    table->cells = grown;
    table->cell_capacity = capacity;
    return true;
}

void table_cell(struct table *table, const char *text) {
    const char *kept = table->failed ? NULL : keep_clean(table, text);
    if (kept == NULL || !grow_cells(table)) {
        table->failed = true;
        return;
    }
    struct column *column = &table->columns[table->cell_count % table->column_count];
    int width = display_width(kept);
    if (width > column->width)
        column->width = width;
    table->cells[table->cell_count++] = kept;
}
