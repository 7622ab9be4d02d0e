#include "table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "display.h"
#include "ledger/arena.h"

enum { COLUMN_GAP = 2, PROSE_WIDTH_MIN = 8 };

struct column {
    const char *title;
    enum table_kind kind;
    int width;
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
    table->columns[table->column_count++] =
        (struct column){.title = kept, .kind = kind, .width = display_width(kept)};
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

// ---- printing

static int total_width(const struct column *columns, size_t count) {
    int total = count > 0 ? (int)(count - 1) * COLUMN_GAP : 0;
    for (size_t i = 0; i < count; i++)
        total += columns[i].width;
    return total;
}

// Takes from the widest column of prose, one by one. False if there is not enough to take.
static bool shrink(struct column *columns, size_t count, int limit) {
    for (int excess = total_width(columns, count) - limit; excess > 0; excess--) {
        struct column *widest = NULL;
        for (size_t i = 0; i < count; i++)
            if (columns[i].kind == TABLE_PROSE && columns[i].width > PROSE_WIDTH_MIN &&
                (widest == NULL || columns[i].width > widest->width))
                widest = &columns[i];
        if (widest == NULL)
            return false;
        widest->width--;
    }
    return true;
}

static void print_spaces(int count) {
    if (count > 0)
        printf("%*s", count, "");
}

static void print_cut(const char *text, int width, bool last) {
    int used;
    size_t fits = display_fit(text, width - 1, &used);
    printf("%.*s…", (int)fits, text);
    print_spaces(last ? 0 : width - 1 - used);
}

static void print_cell(const struct column *column, const char *text, bool last) {
    int width = display_width(text);
    if (width > column->width) {
        print_cut(text, column->width, last);
        return;
    }
    if (column->kind == TABLE_NUMBER)
        print_spaces(column->width - width);
    fputs(text, stdout);
    if (column->kind != TABLE_NUMBER && !last)
        print_spaces(column->width - width);
}

static void print_row(const struct column *columns, size_t count, const char *const *cells) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            print_spaces(COLUMN_GAP);
        print_cell(&columns[i], cells[i], i + 1 == count);
    }
    putchar('\n');
}

// A table without titles has no header.
static void print_header(const struct column *columns, size_t count) {
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any = any || columns[i].title[0] != '\0';
    if (!any)
        return;
    fputs(display_bold(), stdout);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            print_spaces(COLUMN_GAP);
        print_cell(&columns[i], columns[i].title, i + 1 == count);
    }
    printf("%s\n", display_plain());
}

static void print_across(const struct table *table, const struct column *columns) {
    size_t count = table->column_count;
    print_header(columns, count);
    for (size_t at = 0; at < table->cell_count; at += count)
        print_row(columns, count, &table->cells[at]);
}

static void print_downwards(const struct table *table) {
    size_t count = table->column_count;
    struct column title = {.kind = TABLE_WORD};
    for (size_t i = 0; i < count; i++) {
        int width = display_width(table->columns[i].title);
        title.width = width > title.width ? width : title.width;
    }
    for (size_t at = 0; at < table->cell_count; at++) {
        if (at > 0 && at % count == 0)
            putchar('\n');
        print_cell(&title, table->columns[at % count].title, false);
        print_spaces(COLUMN_GAP);
        puts(table->cells[at]);
    }
}

enum ledger_err table_print(const struct table *table) {
    if (table->failed)
        return LEDGER_E_NO_MEMORY;
    assert(table->column_count > 0 && table->cell_count % table->column_count == 0);
    struct column *columns = calloc(table->column_count, sizeof *columns);
    if (columns == NULL)
        return LEDGER_E_NO_MEMORY;
    memcpy(columns, table->columns, table->column_count * sizeof *columns);
    if (shrink(columns, table->column_count, display_width_of_terminal()))
        print_across(table, columns);
    else
        print_downwards(table);
    free(columns);
    return LEDGER_E_OK;
}
