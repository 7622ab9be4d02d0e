// Prints an answer as tables, with what it holds for above and what to know about it below.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "display.h"
#include "format.h"
#include "ledger/moment.h"
#include "table.h"

static void print_clean(const char *text) {
    struct ledger_buffer buffer = {0};
    display_add_clean(&buffer, text);
    const char *clean = ledger_buffer_text(&buffer);
    if (clean != NULL)
        fputs(clean, stdout);
    ledger_buffer_fini(&buffer);
}

static void print_heading(const Ledger__V1__QueryReply *answer) {
    struct ledger_buffer position = {0};
    format_integer(&position, (int64_t)answer->position);
    const char *text = ledger_buffer_text(&position);
    fputs(display_dim(), stdout);
    print_clean(answer->projection != NULL ? answer->projection : "");
    fputs(" ", stdout);
    print_clean(answer->query != NULL ? answer->query : "");
    printf(", as known at position %s", text != NULL ? text : "?");
    if (answer->has_settled && !answer->settled)
        fputs(" (not settled: more may still be recorded by then)", stdout);
    if (answer->as_of_occurred != NULL) {
        fputs(", as of ", stdout);
        print_clean(answer->as_of_occurred);
    }
    printf("%s\n", display_plain());
    ledger_buffer_fini(&position);
}

// One row of many columns is easier to read downwards.
enum { COLUMNS_DOWNWARDS_MIN = 7 };

// A row that is short, against the protocol, has none in the columns it lacks.
static const Ledger__V1__Value *value_at(const Ledger__V1__Table *from, size_t row, size_t column) {
    static const Ledger__V1__Value none = LEDGER__V1__VALUE__INIT;
    const Ledger__V1__Row *values = from->rows[row];
    return column < values->n_values ? values->values[column] : &none;
}

static enum table_rank rank_of(const Ledger__V1__Table *from, size_t column) {
    const Ledger__V1__Column *about = from->columns[column];
    for (size_t row = 0; row < from->n_rows; row++)
        if (!format_is_none(about->kind, value_at(from, row, column)))
            return about->detail ? TABLE_DETAIL : TABLE_ALWAYS;
    return TABLE_EMPTY;
}

// When something happened may be known to the day only, so such columns are texts: a part of a time
// is a wrong time, and they are never cut.
static bool holds_times(const Ledger__V1__Table *from, size_t column) {
    struct ledger_moment moment;
    for (size_t row = 0; row < from->n_rows; row++) {
        const Ledger__V1__Value *value = value_at(from, row, column);
        if (!format_is_none(from->columns[column]->kind, value) &&
            strcmp(value->text, "unknown") != 0 &&
            !ledger_moment_parse(ledger_span_text(value->text), &moment))
            return false;
    }
    return true;
}

static enum table_kind kind_of(const Ledger__V1__Table *from, size_t column) {
    Ledger__V1__ValueKind kind = from->columns[column]->kind;
    if (format_is_numeric(kind))
        return TABLE_NUMBER;
    if (kind == LEDGER__V1__VALUE_KIND__JSON)
        return TABLE_DOCUMENT;
    return kind == LEDGER__V1__VALUE_KIND__TEXT && !holds_times(from, column) ? TABLE_PROSE
                                                                              : TABLE_WORD;
}

static void add_value(struct table *table, const Ledger__V1__Table *from, size_t row,
                      size_t column) {
    struct ledger_buffer buffer = {0};
    format_value(&buffer, from->columns[column]->kind, value_at(from, row, column));
    const char *text = ledger_buffer_text(&buffer);
    table_cell(table, text != NULL ? text : "");
    ledger_buffer_fini(&buffer);
}

static const char *title_of(const Ledger__V1__Column *column) {
    return column->title != NULL ? column->title : column->name != NULL ? column->name : "";
}

static void fill_across(struct table *table, const Ledger__V1__Table *from) {
    for (size_t i = 0; i < from->n_columns; i++) {
        table_column(table, title_of(from->columns[i]), kind_of(from, i));
        table_column_rank(table, rank_of(from, i));
    }
    for (size_t i = 0; i < from->n_rows; i++)
        for (size_t j = 0; j < from->n_columns; j++)
            add_value(table, from, i, j);
}

static void fill_downwards(struct table *table, const Ledger__V1__Table *from) {
    table_column(table, "", TABLE_WORD);
    table_column(table, "", TABLE_PROSE);
    for (size_t j = 0; j < from->n_columns; j++) {
        table_cell(table, title_of(from->columns[j]));
        add_value(table, from, 0, j);
    }
}

static enum ledger_err print_table(const Ledger__V1__Table *from, int width) {
    const char *title = from->title != NULL ? from->title : from->name;
    if (title != NULL) {
        printf("\n%s", display_bold());
        print_clean(title);
        printf("%s\n", display_plain());
    }
    if (from->n_rows == 0 || from->n_columns == 0) {
        puts("(none)");
        return LEDGER_E_OK;
    }
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    if (from->n_rows == 1 && from->n_columns >= COLUMNS_DOWNWARDS_MIN)
        fill_downwards(table, from);
    else
        fill_across(table, from);
    enum ledger_err err = table_print(table, width);
    table_free(table);
    if (err == LEDGER_E_OK && from->rows_left_off > 0)
        printf("(%" PRIu64 " more rows; see --limit)\n", from->rows_left_off);
    return err;
}

enum ledger_err answer_print(const Ledger__V1__QueryReply *answer, int width) {
    print_heading(answer);
    for (size_t i = 0; i < answer->n_tables; i++) {
        enum ledger_err err = print_table(answer->tables[i], width);
        if (err != LEDGER_E_OK)
            return err;
    }
    if (answer->n_notes > 0)
        putchar('\n');
    for (size_t i = 0; i < answer->n_notes; i++) {
        fputs("note: ", stdout);
        print_clean(answer->notes[i]);
        putchar('\n');
    }
    return LEDGER_E_OK;
}
