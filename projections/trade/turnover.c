#include "turnover.h"

static void open_sales(struct turnover *turnover) {
    struct projection_key prefix = {0};
    if (turnover->client)
        projection_key_text(&prefix, turnover->ids[turnover->id]);
    turnover->id++;
    turnover->cursor = projection_scan(turnover->view, SALES, &prefix, false);
}

enum ledger_err turnover_begin(struct turnover *turnover, struct projection_view *view,
                               bool of_orders, const char *client, struct ledger_error *error) {
    *turnover =
        (struct turnover){.view = view, .of_orders = of_orders, .client = client, .id_count = 1};
    if (of_orders)
        return orders_of_client(&turnover->orders, view, client, error);
    if (client)
        turnover->id_count = projection_view_client_ids(view, client, &turnover->ids);
    if (turnover->id_count)
        open_sales(turnover);
    return LEDGER_E_OK;
}

static bool next_sale(struct turnover *turnover, struct piece *piece) {
    struct projection_row row;
    struct ledger_span client, product;
    struct sale_row sale;
    while (turnover->cursor) {
        if (!projection_next(turnover->cursor, &row)) {
            projection_scan_end(turnover->cursor);
            turnover->cursor = NULL;
            if (turnover->id < turnover->id_count)
                open_sales(turnover);
            continue;
        }
        if (!projection_key_read_text(&row.key, &client) ||
            !projection_key_read_text(&row.key, &product))
            continue;
        trade_row_read(SALE_ROW, row.value, &sale);
        const char *id = client.size ? (const char *)client.data : NULL;
        *piece = (struct piece){.client = projection_view_client(turnover->view, id),
                                .product = product.size ? (const char *)product.data : NULL,
                                .stated_territory = sale.territory,
                                .has_day = sale.has_day,
                                .day = (int32_t)sale.day,
                                .currency = sale.currency,
                                .minor = sale.minor,
                                .has_qty = sale.has_qty,
                                .qty = sale.qty};
        return true;
    }
    return false;
}

static bool order_is_asked_for(const struct turnover *turnover, const struct order *order) {
    return order_counts(order) &&
           (!turnover->client ||
            (order->client &&
             projection_view_is_client(turnover->view, order->client, turnover->client)));
}

static enum ledger_err next_item(struct turnover *turnover, struct piece *piece, bool *found,
                                 struct ledger_error *error) {
    while (!turnover->order || turnover->item == turnover->order->item_count ||
           !order_is_asked_for(turnover, turnover->order)) {
        enum ledger_err err = orders_next(&turnover->orders, &turnover->order, error);
        turnover->item = 0;
        if (err || !turnover->order)
            return err;
    }
    const struct order *order = turnover->order;
    const struct order_item *item = &order->items[turnover->item++];
    *piece = (struct piece){.client = order->client,
                            .product = item->product,
                            .stated_territory = order->territory,
                            .has_day = order->placed_at.when != LEDGER_WHEN_UNKNOWN,
                            .day = order->placed_at.day,
                            .currency = item->currency,
                            .minor = item->minor,
                            .has_qty = item->has_qty,
                            .qty = item->qty};
    *found = true;
    return LEDGER_E_OK;
}

enum ledger_err turnover_next(struct turnover *turnover, struct piece *piece, bool *found,
                              struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    *found = false;
    if (turnover->of_orders)
        err = next_item(turnover, piece, found, error);
    else
        *found = next_sale(turnover, piece);
    turnover->unknown_day += *found && !piece->has_day;
    return err;
}

void turnover_notes(const struct turnover *turnover, struct projection_answer *answer) {
    if (turnover->of_orders)
        orders_notes(&turnover->orders, answer);
    else if (turnover->unknown_day)
        projection_answer_note(
            answer, "%s of an unknown month: in no period, territory or segment.",
            projection_count(answer, turnover->unknown_day, "sale is", "sales are"));
}
