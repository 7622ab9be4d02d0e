// Invoices, orders, sales and plans as rows.
#include "facts/v1/order.pb-c.h"
#include "facts/v1/planning.pb-c.h"
#include "fold.h"

enum { CREDIT_DAYS_MAX = 36500 }; // a fact that gives more is set aside

// ---- invoices
static enum ledger_err put_invoice(const struct projection_fact *fact, struct projection_rows *rows,
                                   const char *id, struct invoice_row *row,
                                   const Ledger__V1__Money *amount, struct ledger_error *error) {
    bool dispute = row->kind == DISPUTE_OPENED || row->kind == DISPUTE_RESOLVED;
    if (!id)
        return missing(error, "payload.invoice_id", "the fact names no invoice");
    if (!dispute && !amount)
        return missing(error, "payload.amount", "the fact states no amount");
    enum ledger_err err = projection_check_amount(amount, "payload.amount", error);
    if (err)
        return err;
    row->currency = currency_of(amount);
    row->minor = minor_of(amount);
    row->actor = projection_actor(fact);
    put_row(rows, INVOICE_FACTS, id, INVOICE_ROW, row);
    put_link(rows, CLIENT_INVOICES, row->client, id);
    put_link(rows, ORDER_INVOICES, row->order, id);
    return LEDGER_E_OK;
}

enum ledger_err map_issued(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const Facts__V1__InvoiceIssued *issued = (const Facts__V1__InvoiceIssued *)fact->payload;
    struct invoice_row row = {.kind = INVOICE_ISSUED,
                              .client = client_of(fact, issued->client_id),
                              .order = issued->order_id,
                              .has_due = issued->due_on != NULL,
                              .due = issued->due_on ? issued->due_on->days : 0};
    row.has_day = day_of(issued->issued_on, fact, &row.day);
    return put_invoice(fact, rows, issued->invoice_id, &row, issued->amount, error);
}

enum ledger_err map_paid(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    const Facts__V1__PaymentReceived *paid = (const Facts__V1__PaymentReceived *)fact->payload;
    struct invoice_row row = {.kind = INVOICE_PAID,
                              .client = client_of(fact, paid->client_id),
                              .payment = paid->payment_id};
    row.has_day = day_of(paid->paid_on, fact, &row.day);
    return put_invoice(fact, rows, paid->invoice_id, &row, paid->amount, error);
}

enum ledger_err map_dispute(const struct projection_fact *fact, struct projection_rows *rows,
                            struct ledger_error *error) {
    const Facts__V1__DisputeChanged *dispute = (const Facts__V1__DisputeChanged *)fact->payload;
    struct invoice_row row = {.kind = DISPUTE_OPENED, .reason = dispute->reason};
    if (dispute->status == FACTS__V1__DISPUTE_CHANGED__STATUS__RESOLVED)
        row.kind = DISPUTE_RESOLVED;
    else if (dispute->status != FACTS__V1__DISPUTE_CHANGED__STATUS__OPENED)
        return missing(error, "payload.status", "the dispute is neither opened nor resolved");
    row.has_day = day_of(NULL, fact, &row.day);
    return put_invoice(fact, rows, dispute->invoice_id, &row, NULL, error);
}

enum ledger_err map_terms(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    const Facts__V1__CreditTermsSet *terms = (const Facts__V1__CreditTermsSet *)fact->payload;
    const char *client = client_of(fact, terms->client_id);
    const struct terms_row row = {.from = first_day(terms->from, fact),
                                  .to = INT32_MAX,
                                  .currency = currency_of(terms->limit),
                                  .limit = minor_of(terms->limit),
                                  .has_days = terms->has_days,
                                  .days = terms->days};
    if (!client)
        return missing(error, "payload.client_id", "the fact names no client");
    if (terms->days > CREDIT_DAYS_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "payload.days",
                           "credit for more than %d days", CREDIT_DAYS_MAX);
    enum ledger_err err = projection_check_amount(terms->limit, "payload.limit", error);
    if (!err)
        put_row(rows, TERMS, client, TERMS_ROW, &row);
    return err;
}

// ---- orders and sales
static void put_order(struct projection_rows *rows, const Facts__V1__OrderPlaced *placed,
                      const struct order_row *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, placed->order_id);
    trade_row_write(ORDER_ROW, row, value);
    for (size_t i = 0; i < placed->n_lines; i++) {
        const Facts__V1__OrderPlaced__Line *from = placed->lines[i];
        const struct order_line line = {from->product_id, currency_of(from->price), from->has_qty,
                                        from->qty, minor_of(from->price)};
        trade_row_write(ORDER_LINE, &line, value);
    }
    projection_rows_put(rows, ORDER_FACTS, &key, ledger_buffer_span(value));
    put_link(rows, CLIENT_ORDERS, row->client, placed->order_id);
}

enum ledger_err map_order(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    const Facts__V1__OrderPlaced *placed = (const Facts__V1__OrderPlaced *)fact->payload;
    const struct order_row row = {.kind = ORDER_PLACED,
                                  .client = client_of(fact, placed->client_id),
                                  .deal = placed->deal_id,
                                  .territory = fact->record->event->territory,
                                  .actor = projection_actor(fact),
                                  .channel = placed->channel,
                                  .currency = currency_of(placed->amount),
                                  .minor = minor_of(placed->amount),
                                  .line_count = (int64_t)placed->n_lines};
    if (!placed->order_id)
        return missing(error, "payload.order_id", "the fact names no order");
    enum ledger_err err = projection_check_amount(placed->amount, "payload.amount", error);
    for (size_t i = 0; i < placed->n_lines && !err; i++) {
        const Facts__V1__OrderPlaced__Line *line = placed->lines[i];
        err = projection_check_amount(line->price, "payload.lines.price", error);
        if (!err)
            err = projection_check_packs(line->qty, "payload.lines.qty", error);
        if (!err) // what the line comes to
            err = projection_check_minor((__int128)line->qty * minor_of(line->price),
                                         "payload.lines", error);
    }
    if (!err)
        put_order(rows, placed, &row);
    return err;
}

enum ledger_err map_status(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const Facts__V1__OrderStatusChanged *change =
        (const Facts__V1__OrderStatusChanged *)fact->payload;
    const struct order_row row = {.kind = ORDER_STATUS_CHANGED,
                                  .client = projection_subject(fact->record, "client"),
                                  .from = change->from,
                                  .to = change->to,
                                  .actor = projection_actor(fact)};
    if (!change->order_id)
        return missing(error, "payload.order_id", "the fact names no order");
    put_row(rows, ORDER_FACTS, change->order_id, ORDER_ROW, &row);
    return LEDGER_E_OK;
}

// The day as of which a sale of a month is judged: that of the fact if it lies in the month, else
// the last of the month.
static enum ledger_err sale_day(const struct projection_fact *fact, const char *period,
                                struct sale_row *row, struct ledger_error *error) {
    int64_t month;
    row->has_day = day_of(NULL, fact, &row->day);
    if (!period)
        return LEDGER_E_OK;
    if (!projection_month_parse(period, &month))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "payload.period",
                           "%.60s is no month (YYYY-MM)", period);
    if (!row->has_day || projection_month_of((int32_t)row->day) != month)
        row->day = projection_month_last(month);
    row->has_day = true;
    return LEDGER_E_OK;
}

enum ledger_err map_sale(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    const Facts__V1__SaleReported *sale = (const Facts__V1__SaleReported *)fact->payload;
    struct sale_row row = {.currency = currency_of(sale->amount),
                           .minor = minor_of(sale->amount),
                           .territory = fact->record->event->territory,
                           .source = sale->source,
                           .has_qty = sale->has_qty,
                           .qty = sale->qty};
    enum ledger_err err = projection_check_amount(sale->amount, "payload.amount", error);
    if (!err)
        err = projection_check_packs(sale->qty, "payload.qty", error);
    if (!err)
        err = sale_day(fact, sale->period, &row, error);
    if (!err)
        put_under(rows, SALES, client_of(fact, sale->client_id), sale->product_id, SALE_ROW, &row);
    return err;
}

enum ledger_err map_plan(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    const Facts__V1__SalesPlanSet *plan = (const Facts__V1__SalesPlanSet *)fact->payload;
    const char *territory =
        plan->territory_id ? plan->territory_id : fact->record->event->territory;
    const struct plan_row row = {plan->plan_id, currency_of(plan->amount), minor_of(plan->amount),
                                 plan->has_qty, plan->qty};
    struct projection_key key = {0};
    int64_t month;
    if (!territory)
        return missing(error, "payload.territory_id", "the plan is of no territory");
    if (!plan->period || !projection_month_parse(plan->period, &month))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "payload.period",
                           "the plan is of no month (YYYY-MM)");
    enum ledger_err err = projection_check_amount(plan->amount, "payload.amount", error);
    if (!err)
        err = projection_check_packs(plan->qty, "payload.qty", error);
    if (err)
        return err;
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, territory);
    projection_key_text(&key, plan->product_id);
    projection_key_i64(&key, month);
    trade_row_write(PLAN_ROW, &row, value);
    projection_rows_put(rows, SALES_PLANS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}
