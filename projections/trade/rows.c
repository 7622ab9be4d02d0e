// The one place that says in which order a row's fields are stored; and months.
#include <stddef.h>
#include <string.h>

#include "trade.h"

struct field {
    bool text; // else a number
    size_t offset;
};
#define TEXT(row, name)                                                                            \
    { true, offsetof(struct row, name) }
#define NUMBER(row, name)                                                                          \
    { false, offsetof(struct row, name) }
#define SHAPE(fields)                                                                              \
    { (fields), sizeof(fields) / sizeof((fields)[0]) }

static const struct field invoice_fields[] = {
    TEXT(invoice_row, client),   TEXT(invoice_row, order),     TEXT(invoice_row, payment),
    TEXT(invoice_row, currency), TEXT(invoice_row, reason),    TEXT(invoice_row, actor),
    NUMBER(invoice_row, kind),   NUMBER(invoice_row, minor),   NUMBER(invoice_row, has_day),
    NUMBER(invoice_row, day),    NUMBER(invoice_row, has_due), NUMBER(invoice_row, due)};
static const struct field order_fields[] = {
    TEXT(order_row, client),   TEXT(order_row, deal),        TEXT(order_row, territory),
    TEXT(order_row, from),     TEXT(order_row, to),          TEXT(order_row, actor),
    TEXT(order_row, currency), NUMBER(order_row, kind),      NUMBER(order_row, channel),
    NUMBER(order_row, minor),  NUMBER(order_row, line_count)};
static const struct field line_fields[] = {TEXT(order_line, product), TEXT(order_line, currency),
                                           NUMBER(order_line, has_qty), NUMBER(order_line, qty),
                                           NUMBER(order_line, price)};
static const struct field sale_fields[] = {TEXT(sale_row, currency),  TEXT(sale_row, territory),
                                           TEXT(sale_row, source),    NUMBER(sale_row, minor),
                                           NUMBER(sale_row, has_qty), NUMBER(sale_row, qty),
                                           NUMBER(sale_row, has_day), NUMBER(sale_row, day)};
static const struct field plan_fields[] = {TEXT(plan_row, plan), TEXT(plan_row, currency),
                                           NUMBER(plan_row, minor), NUMBER(plan_row, has_qty),
                                           NUMBER(plan_row, qty)};
static const struct field terms_fields[] = {NUMBER(terms_row, from),     NUMBER(terms_row, to),
                                            TEXT(terms_row, currency),   NUMBER(terms_row, limit),
                                            NUMBER(terms_row, has_days), NUMBER(terms_row, days)};
static const struct field owner_fields[] = {NUMBER(owner_row, from), NUMBER(owner_row, to),
                                            TEXT(owner_row, employee)};
static const struct field segment_fields[] = {NUMBER(segment_row, from), NUMBER(segment_row, to),
                                              TEXT(segment_row, segment)};
static const struct field territory_fields[] = {
    NUMBER(territory_row, from), NUMBER(territory_row, to), TEXT(territory_row, parent),
    TEXT(territory_row, employee)};
static const struct field visit_fields[] = {TEXT(visit_row, currency), NUMBER(visit_row, minor),
                                            NUMBER(visit_row, line_count)};
static const struct field shelf_fields[] = {TEXT(shelf_line, product), TEXT(shelf_line, currency),
                                            NUMBER(shelf_line, has_qty), NUMBER(shelf_line, qty),
                                            NUMBER(shelf_line, price)};
static const struct field deal_fields[] = {TEXT(deal_row, client),   TEXT(deal_row, owner),
                                           TEXT(deal_row, pipeline), TEXT(deal_row, stage),
                                           TEXT(deal_row, currency), NUMBER(deal_row, kind),
                                           NUMBER(deal_row, minor)};

static const struct {
    const struct field *fields;
    size_t count;
} shapes[] = {
    [INVOICE_ROW] = SHAPE(invoice_fields),     [ORDER_ROW] = SHAPE(order_fields),
    [ORDER_LINE] = SHAPE(line_fields),         [SALE_ROW] = SHAPE(sale_fields),
    [PLAN_ROW] = SHAPE(plan_fields),           [TERMS_ROW] = SHAPE(terms_fields),
    [OWNER_ROW] = SHAPE(owner_fields),         [SEGMENT_ROW] = SHAPE(segment_fields),
    [TERRITORY_ROW] = SHAPE(territory_fields), [VISIT_ROW] = SHAPE(visit_fields),
    [SHELF_LINE] = SHAPE(shelf_fields),        [DEAL_ROW] = SHAPE(deal_fields),
};

void trade_row_write(enum trade_shape shape, const void *row, struct ledger_buffer *value) {
    for (size_t i = 0; i < shapes[shape].count; i++) {
        const struct field *field = &shapes[shape].fields[i];
        const uint8_t *at = (const uint8_t *)row + field->offset;
        const char *text = NULL;
        int64_t number = 0;
        if (field->text) {
            memcpy(&text, at, sizeof text);
            projection_value_text(value, text);
        } else {
            memcpy(&number, at, sizeof number);
            projection_value_number(value, number);
        }
    }
}

static void read_fields(enum trade_shape shape, struct projection_reader *reader, void *row) {
    for (size_t i = 0; i < shapes[shape].count; i++) {
        const struct field *field = &shapes[shape].fields[i];
        uint8_t *at = (uint8_t *)row + field->offset;
        if (field->text) {
            const char *text = projection_read_text(reader);
            memcpy(at, &text, sizeof text);
        } else {
            int64_t number = projection_read_number(reader);
            memcpy(at, &number, sizeof number);
        }
    }
}

void trade_row_read(enum trade_shape shape, struct ledger_span value, void *row) {
    struct projection_reader reader = {value};
    read_fields(shape, &reader, row);
}

bool order_row_read(struct ledger_span value, struct ledger_arena *arena, struct order_row *row) {
    struct projection_reader reader = {value};
    read_fields(ORDER_ROW, &reader, row);
    row->lines = NULL;
    if (!row->line_count)
        return true;
    row->lines = ledger_arena_calloc(arena, (size_t)row->line_count * sizeof *row->lines);
    for (int64_t i = 0; i < row->line_count && row->lines; i++)
        read_fields(ORDER_LINE, &reader, &row->lines[i]);
    return row->lines;
}

struct shelf_line *shelf_lines_read(struct ledger_span value, struct ledger_arena *arena,
                                    size_t *count) {
    struct projection_reader reader = {value};
    struct visit_row visit;
    read_fields(VISIT_ROW, &reader, &visit);
    *count = (size_t)visit.line_count;
    struct shelf_line *lines = *count ? ledger_arena_calloc(arena, *count * sizeof *lines) : NULL;
    for (size_t i = 0; i < *count && lines; i++)
        read_fields(SHELF_LINE, &reader, &lines[i]);
    return lines;
}

// ---- months
int64_t month_of(int32_t day) {
    int year, month, of_month;
    ledger_civil_from_days(day, &year, &month, &of_month);
    return 12 * (int64_t)year + month - 1;
}

int32_t month_first(int64_t month) {
    if (month < 12)
        return LEDGER_DAY_MIN; // there are no days before the year 1
    return ledger_days_from_civil((int)(month / 12), (int)(month % 12) + 1, 1);
}

int32_t month_last(int64_t month) {
    return month_first(month + 1) - 1;
}

bool month_parse(const char *text, int64_t *month) {
    char date[] = "YYYY-MM-01";
    int32_t day;
    if (strlen(text) != 7)
        return false;
    memcpy(date, text, 7);
    if (!ledger_date_parse(ledger_span_text(date), &day))
        return false;
    *month = month_of(day);
    return true;
}

const char *month_text(struct ledger_arena *arena, int64_t month) {
    return ledger_arena_printf(arena, "%04d-%02d", (int)(month / 12), (int)(month % 12) + 1);
}
