// Writes a table as it was laid out.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "display.h"
#include "table_internal.h"

static void add_spaces(struct ledger_buffer *out, int count) {
    if (count > 0)
        ledger_buffer_printf(out, "%*s", count, "");
}

// A text in `width` columns.
static void add_cell(struct ledger_buffer *out, enum table_kind kind, struct ledger_span text,
                     int width) {
    const char *start = (const char *)text.data;
    int used = display_width_of(start, text.size);
    if (used > width) {
        ledger_buffer_add(out, start, display_fit(start, width - 1, &used));
        ledger_buffer_add_text(out, "…");
        used++;
        kind = TABLE_PROSE;
    } else {
        add_spaces(out, kind == TABLE_NUMBER ? width - used : 0);
        ledger_buffer_add_span(out, text);
    }
    add_spaces(out, kind == TABLE_NUMBER ? 0 : width - used);
}

// The gap after the last column, and what it was padded with.
static void trim(struct ledger_buffer *out) {
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
}

// One of the heading's lines; a heading of fewer stands at the bottom. Where it starts is kept
// between calls in *rest.
static void add_heading_line(struct ledger_buffer *out, const struct column *column,
                             const struct table_place *place, int lines_left, const char **rest) {
    struct ledger_span line = ledger_span_text("");
    if (table_heading_lines(*rest, place->width) >= lines_left) {
        line.data = (const uint8_t *)*rest;
        line.size = table_heading_line(rest, place->width);
    }
    add_cell(out, column->kind, line, place->width);
}

static enum ledger_err add_header(struct ledger_buffer *out, const struct table *table,
                                  const struct table_layout *layout) {
    const char **rests = calloc(table->column_count, sizeof *rests);
    if (rests == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < table->column_count; i++)
        rests[i] = table->columns[i].title;
    for (int left = layout->heading_lines; left > 0; left--) {
        ledger_buffer_add_text(out, display_bold());
        for (size_t i = 0; i < table->column_count; i++) {
            if (!layout->places[i].shown)
                continue;
            add_heading_line(out, &table->columns[i], &layout->places[i], left, &rests[i]);
            add_spaces(out, TABLE_COLUMN_GAP);
        }
        trim(out);
        ledger_buffer_printf(out, "%s\n", display_plain());
    }
    free(rests);
    return LEDGER_E_OK;
}

static void add_row(struct ledger_buffer *out, const struct table *table,
                    const struct table_layout *layout, const char *const *cells) {
    for (size_t i = 0; i < table->column_count; i++) {
        if (!layout->places[i].shown)
            continue;
        add_cell(out, table->columns[i].kind, ledger_span_text(cells[i]), layout->places[i].width);
        add_spaces(out, TABLE_COLUMN_GAP);
    }
    trim(out);
    ledger_buffer_add_byte(out, '\n');
}

static void add_left_out(struct ledger_buffer *out, const struct table *table,
                         const struct table_layout *layout) {
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (layout->places[i].shown)
            continue;
        ledger_buffer_printf(out, "%s%s", count == 0 ? display_dim() : "",
                             count == 0 ? "left out: " : " · ");
        ledger_buffer_add_text(out, table->columns[i].title);
        count++;
    }
    if (count > 0)
        ledger_buffer_printf(out, "; --wide shows all%s\n", display_plain());
}

static enum ledger_err add_across(struct ledger_buffer *out, const struct table *table,
                                  const struct table_layout *layout) {
    enum ledger_err err = add_header(out, table, layout);
    for (size_t at = 0; at < table->cell_count; at += table->column_count)
        add_row(out, table, layout, &table->cells[at]);
    add_left_out(out, table, layout);
    return err;
}

static void add_downwards(struct ledger_buffer *out, const struct table *table) {
    size_t count = table->column_count;
    int width = 0;
    for (size_t i = 0; i < count; i++)
        if (display_width(table->columns[i].title) > width)
            width = display_width(table->columns[i].title);
    for (size_t at = 0; at < table->cell_count; at++) {
        if (at > 0 && at % count == 0)
            ledger_buffer_add_byte(out, '\n');
        add_cell(out, TABLE_WORD, ledger_span_text(table->columns[at % count].title), width);
        add_spaces(out, TABLE_COLUMN_GAP);
        ledger_buffer_add_text(out, table->cells[at]);
        ledger_buffer_add_byte(out, '\n');
    }
}

enum ledger_err table_write(const struct table *table, int width, struct ledger_buffer *out) {
    if (table->failed)
        return LEDGER_E_NO_MEMORY;
    assert(table->column_count > 0 && table->cell_count % table->column_count == 0);
    struct table_layout layout = {.places = calloc(table->column_count, sizeof *layout.places)};
    if (layout.places == NULL)
        return LEDGER_E_NO_MEMORY;
    enum ledger_err err = LEDGER_E_OK;
    table_lay_out(table, width, &layout);
    if (layout.downwards)
        add_downwards(out, table);
    else
        err = add_across(out, table, &layout);
    free(layout.places);
    return out->failed ? LEDGER_E_NO_MEMORY : err;
}

enum ledger_err table_print(const struct table *table, int width) {
    struct ledger_buffer out = {0};
    enum ledger_err err = table_write(table, width, &out);
    if (err == LEDGER_E_OK)
        (void)fwrite(out.data, 1, out.size, stdout);
    ledger_buffer_fini(&out);
    return err;
}
