// One order: what was ordered, how its status changed, and what was invoiced for it.
#include <string.h>

#include "facts/v1/communication.pb-c.h"
#include "orders.h"

static const struct projection_column state_columns[] = {
    {"order", "Order", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"placed", "Placed", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT},
    {"deal", "Deal", PROJECTION_ID},
    {"territory", "Territory", PROJECTION_ID, .detail = true},
    {"qty", "Packs", PROJECTION_INTEGER},
    {"amount", "Amount", PROJECTION_MONEY},
    {"contradictions", "Contradicting facts", PROJECTION_INTEGER},
};
static const struct projection_column line_columns[] = {
    {"product", "Product", PROJECTION_ID},  {"name", "Name", PROJECTION_TEXT},
    {"qty", "Packs", PROJECTION_INTEGER},   {"price", "Price of a pack", PROJECTION_MONEY},
    {"amount", "Amount", PROJECTION_MONEY},
};
static const struct projection_column event_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
    {"to", "To", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID},
    {"contradicts", "Contradiction", PROJECTION_TEXT},
};
static const struct projection_column invoice_columns[] = {
    {"invoice", "Invoice", PROJECTION_ID},    {"issued_on", "Issued on", PROJECTION_DATE},
    {"due_on", "Due on", PROJECTION_DATE},    {"amount", "Amount", PROJECTION_MONEY},
    {"balance", "Balance", PROJECTION_MONEY},
};

static const char *channel_text(int64_t channel) {
    const ProtobufCEnumValue *value =
        channel
            ? protobuf_c_enum_descriptor_get_value(&facts__v1__channel__descriptor, (int)channel)
            : NULL;
    return value ? value->name : NULL;
}

static void answer_state(struct projection_view *view, struct projection_answer *answer,
                         const struct order *order) {
    uint64_t contradictions = 0;
    for (size_t i = 0; i < ORDER_FLAGS; i++)
        contradictions += order->flags[i];
    projection_answer_table(answer, "order", "Order", PROJECTION_COLUMNS(state_columns));
    projection_answer_text(answer, order->id);
    projection_answer_text(answer, order->status ? order->status : order->placed ? "placed" : NULL);
    answer_client(view, answer, order->client);
    projection_answer_moment(answer, &order->placed_at);
    projection_answer_text(answer, channel_text(order->channel));
    projection_answer_text(answer, order->deal);
    projection_answer_text(answer, order->territory);
    if (order->has_qty)
        projection_answer_integer(answer, order->qty);
    else
        projection_answer_none(answer);
    answer_amount(answer, order->minor, order->currency);
    projection_answer_integer(answer, (int64_t)contradictions);
}

static void answer_lines(struct projection_view *view, struct projection_answer *answer,
                         const struct order *order) {
    projection_answer_table(answer, "lines", "Lines", PROJECTION_COLUMNS(line_columns));
    for (int64_t i = 0; order->row && i < order->row->line_count; i++) {
        const struct order_line *line = &order->row->lines[i];
        projection_answer_text(answer, line->product);
        projection_answer_text(answer, projection_name(view, PRODUCTS, line->product));
        if (line->has_qty)
            projection_answer_integer(answer, line->qty);
        else
            projection_answer_none(answer);
        answer_amount(answer, line->price, line->currency);
        answer_amount(answer, (__int128)line->qty * line->price,
                      line->has_qty ? line->currency : NULL);
    }
}

static void answer_events(struct projection_view *view, struct projection_answer *answer,
                          const struct order *order) {
    projection_answer_table(answer, "facts", "Facts", PROJECTION_COLUMNS(event_columns));
    for (size_t i = 0; i < order->event_count; i++) {
        const struct order_event *event = &order->events[i];
        projection_answer_integer(answer, (int64_t)event->at.position);
        projection_answer_moment(answer, &event->at.occurred);
        projection_answer_text(answer,
                               event->row.kind == ORDER_PLACED ? "placed" : "status changed");
        projection_answer_text(answer, event->row.from);
        projection_answer_text(answer, event->row.to);
        projection_answer_text(answer, event->row.actor);
        answer_codes(view, answer, order_flag_texts, ORDER_FLAGS, event->flags);
    }
}

// Invoices that name the order now: one that was corrected may not any more.
static enum ledger_err answer_invoices(struct projection_view *view,
                                       struct projection_answer *answer, const char *order,
                                       struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_ids ids = {.arena = projection_view_arena(view)};
    struct projection_row row;
    struct ledger_span first, id;
    int32_t day = 0;
    enum ledger_err err = LEDGER_E_OK;
    projection_key_text(&prefix, order);
    struct projection_cursor *cursor = projection_scan(view, ORDER_INVOICES, &prefix, true);
    while (!err && projection_next(cursor, &row))
        if (projection_key_read_text(&row.key, &first) && projection_key_read_text(&row.key, &id) &&
            projection_ids_add(&ids, (const char *)id.data) == PROJECTION_ID_NONE)
            err = projection_no_memory(error);
    projection_scan_end(cursor);
    projection_answer_table(answer, "invoices", "Invoices", PROJECTION_COLUMNS(invoice_columns));
    for (size_t i = 0; i < ids.count && !err && today(view, &day); i++) {
        struct invoices invoices;
        const struct invoice *invoice = NULL;
        err = invoices_one(&invoices, view, ids.texts[i], error);
        if (!err)
            err = invoices_next(&invoices, &invoice, error);
        if (err || !invoice || !invoice->order || strcmp(invoice->order, order) != 0)
            continue;
        projection_answer_text(answer, invoice->id);
        projection_answer_day_if(answer, invoice->has_issued_day, invoice->issued_day);
        projection_answer_day_if(answer, invoice->has_due, invoice->due);
        projection_answer_money(answer, invoice->minor, invoice->currency);
        projection_answer_money(answer, invoice_open_at(invoice, day), invoice->currency);
    }
    return err;
}

enum ledger_err order_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    const char *id = projection_argument(arguments, "order");
    struct orders orders;
    const struct order *order = NULL;
    enum ledger_err err = orders_one(&orders, view, id, error);
    if (!err)
        err = orders_next(&orders, &order, error);
    if (!err && !order)
        err = ledger_fail(error, LEDGER_E_NOT_FOUND, "order", "no fact is of the order %.100s", id);
    if (err)
        return err;
    answer_state(view, answer, order);
    answer_lines(view, answer, order);
    answer_events(view, answer, order);
    err = answer_invoices(view, answer, id, error);
    answer_flags(answer, order_flag_texts, order->flags, ORDER_FLAGS);
    projection_answer_note_today(answer, view);
    orders_notes(&orders, answer);
    return err;
}
