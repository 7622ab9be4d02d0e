// The one place that says in which order a row's fields are stored.
#include "runtime/fields.h"

#include "trade.h"

#define TEXT PROJECTION_TEXT_FIELD
#define NUMBER PROJECTION_NUMBER_FIELD

static const struct projection_shape shapes[] = {
    [INVOICE_ROW] = PROJECTION_SHAPE(
        TEXT(invoice_row, client), TEXT(invoice_row, order), TEXT(invoice_row, payment),
        TEXT(invoice_row, currency), TEXT(invoice_row, reason), TEXT(invoice_row, actor),
        NUMBER(invoice_row, kind), NUMBER(invoice_row, minor), NUMBER(invoice_row, has_day),
        NUMBER(invoice_row, day), NUMBER(invoice_row, has_due), NUMBER(invoice_row, due)),
    [ORDER_ROW] = PROJECTION_SHAPE(
        TEXT(order_row, client), TEXT(order_row, deal), TEXT(order_row, territory),
        TEXT(order_row, from), TEXT(order_row, to), TEXT(order_row, actor),
        TEXT(order_row, currency), NUMBER(order_row, kind), NUMBER(order_row, channel),
        NUMBER(order_row, minor), NUMBER(order_row, line_count)),
    [ORDER_LINE] = PROJECTION_SHAPE(TEXT(order_line, product), TEXT(order_line, currency),
                                    NUMBER(order_line, has_qty), NUMBER(order_line, qty),
                                    NUMBER(order_line, price)),
    [SALE_ROW] =
        PROJECTION_SHAPE(TEXT(sale_row, currency), TEXT(sale_row, territory),
                         TEXT(sale_row, source), NUMBER(sale_row, minor), NUMBER(sale_row, has_qty),
                         NUMBER(sale_row, qty), NUMBER(sale_row, has_day), NUMBER(sale_row, day)),
    [PLAN_ROW] =
        PROJECTION_SHAPE(TEXT(plan_row, plan), TEXT(plan_row, currency), NUMBER(plan_row, minor),
                         NUMBER(plan_row, has_qty), NUMBER(plan_row, qty)),
    [TERMS_ROW] = PROJECTION_SHAPE(NUMBER(terms_row, from), NUMBER(terms_row, to),
                                   TEXT(terms_row, currency), NUMBER(terms_row, limit),
                                   NUMBER(terms_row, has_days), NUMBER(terms_row, days)),
    [OWNER_ROW] =
        PROJECTION_SHAPE(NUMBER(owner_row, from), NUMBER(owner_row, to), TEXT(owner_row, employee)),
    [SEGMENT_ROW] = PROJECTION_SHAPE(NUMBER(segment_row, from), NUMBER(segment_row, to),
                                     TEXT(segment_row, segment)),
    [TERRITORY_ROW] = PROJECTION_SHAPE(NUMBER(territory_row, from), NUMBER(territory_row, to),
                                       TEXT(territory_row, parent), TEXT(territory_row, employee)),
    [VISIT_ROW] = PROJECTION_SHAPE(TEXT(visit_row, currency), NUMBER(visit_row, minor),
                                   NUMBER(visit_row, line_count)),
    [SHELF_LINE] = PROJECTION_SHAPE(TEXT(shelf_line, product), TEXT(shelf_line, currency),
                                    NUMBER(shelf_line, has_qty), NUMBER(shelf_line, qty),
                                    NUMBER(shelf_line, price)),
    [DEAL_ROW] =
        PROJECTION_SHAPE(TEXT(deal_row, client), TEXT(deal_row, owner), TEXT(deal_row, pipeline),
                         TEXT(deal_row, stage), TEXT(deal_row, currency), NUMBER(deal_row, kind),
                         NUMBER(deal_row, minor)),
};

void trade_row_write(enum trade_shape shape, const void *row, struct ledger_buffer *value) {
    projection_fields_write(&shapes[shape], row, value);
}

void trade_row_read(enum trade_shape shape, struct ledger_span value, void *row) {
    struct projection_reader reader = {value};
    projection_fields_read(&shapes[shape], &reader, row);
}

bool order_row_read(struct ledger_span value, struct ledger_arena *arena, struct order_row *row) {
    struct projection_reader reader = {value};
    projection_fields_read(&shapes[ORDER_ROW], &reader, row);
    row->lines = NULL;
    if (!row->line_count)
        return true;
    row->lines = ledger_arena_calloc(arena, (size_t)row->line_count * sizeof *row->lines);
    for (int64_t i = 0; i < row->line_count && row->lines; i++)
        projection_fields_read(&shapes[ORDER_LINE], &reader, &row->lines[i]);
    return row->lines;
}

struct shelf_line *shelf_lines_read(struct ledger_span value, struct ledger_arena *arena,
                                    size_t *count) {
    struct projection_reader reader = {value};
    struct visit_row visit;
    projection_fields_read(&shapes[VISIT_ROW], &reader, &visit);
    *count = (size_t)visit.line_count;
    struct shelf_line *lines = *count ? ledger_arena_calloc(arena, *count * sizeof *lines) : NULL;
    for (size_t i = 0; i < *count && lines; i++)
        projection_fields_read(&shapes[SHELF_LINE], &reader, &lines[i]);
    return lines;
}
