#include "orders.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct flag_text order_flag_texts[ORDER_FLAGS] = {
    [PLACED_TWICE] = {"placed_twice", "The order was placed already: the first placing counts."},
    [NEVER_PLACED] = {"never_placed", "The order's status changed, but no fact places it."},
    [LEFT_ANOTHER_STATUS] = {"left_another_status",
                             "The change starts from another status than the order had."},
    [AMOUNT_NOT_OF_LINES] = {"amount_not_of_lines",
                             "The order's amount is not the sum of its lines; the amount stands, "
                             "and the difference is of no product."},
    [TWO_CURRENCIES] = {"two_currencies",
                        "The order is in more than one currency: lines that are not in that of "
                        "its amount count by packs alone; without an amount, each line counts in "
                        "its own."},
};

// ---- what was bought
static void flag(struct order *order, struct order_event *event, enum order_flag which) {
    if (!(event->flags & 1u << which))
        order->flags[which]++;
    event->flags |= 1u << which;
}

static void take_line(struct order *order, struct order_event *event, const struct order_line *line,
                      __int128 *sum, const char **currency) {
    bool priced = line->currency && line->has_qty;
    bool other = priced && *currency && strcmp(*currency, line->currency) != 0;
    struct order_item item = {line->product, NULL, 0, line->has_qty, line->qty};
    if (line->has_qty) {
        order->has_qty = true;
        order->qty += line->qty;
    }
    if (priced && !*currency)
        *currency = line->currency;
    if (other)
        flag(order, event, TWO_CURRENCIES);
    if (priced && !(other && event->row.currency)) {
        item.currency = line->currency;
        item.minor = (__int128)line->qty * line->price;
    }
    if (priced && !other)
        *sum += item.minor;
    order->items[order->item_count++] = item;
}

static bool take_items(struct order *order, struct order_event *event, struct ledger_arena *arena) {
    const struct order_row *row = &event->row;
    const char *currency = row->currency;
    size_t lines = (size_t)row->line_count;
    __int128 sum = 0;
    order->items = ledger_arena_calloc(arena, (lines + 1) * sizeof *order->items);
    if (!order->items)
        return false;
    for (size_t i = 0; i < lines; i++)
        take_line(order, event, &row->lines[i], &sum, &currency);
    bool mixed = event->flags & 1u << TWO_CURRENCIES;
    order->currency = row->currency || !mixed ? currency : NULL;
    order->minor = row->currency ? row->minor : sum;
    if (!row->currency || row->minor == sum)
        return true;
    if (sum || mixed)
        flag(order, event, AMOUNT_NOT_OF_LINES);
    order->items[order->item_count++] =
        (struct order_item){.currency = row->currency, .minor = row->minor - sum};
    return true;
}

// ---- the fold
static int by_time(const void *a, const void *b) {
    const struct order_event *left = a;
    const struct order_event *right = b;
    bool left_places = left->row.kind == ORDER_PLACED;
    if (left_places != (right->row.kind == ORDER_PLACED))
        return left_places ? -1 : 1;
    return projection_statement_order(&left->at, &right->at);
}

static bool place(struct projection_view *view, struct order *order, struct order_event *event) {
    const struct order_row *row = &event->row;
    if (order->placed) {
        flag(order, event, PLACED_TWICE);
        return true;
    }
    order->placed = true;
    order->row = row;
    order->placed_at = event->at.occurred;
    order->left_out =
        projection_view_occurred(view) && event->at.occurred.when == LEDGER_WHEN_UNKNOWN;
    if (row->client)
        order->client = projection_view_client(view, row->client);
    order->deal = row->deal;
    order->territory = row->territory;
    order->channel = row->channel;
    return take_items(order, event, projection_view_arena(view));
}

static void change_status(struct order *order, struct order_event *event) {
    const struct order_row *row = &event->row;
    if (row->from && order->status && strcmp(row->from, order->status) != 0)
        flag(order, event, LEFT_ANOTHER_STATUS);
    order->status = row->to;
}

static bool fold(struct projection_view *view, struct order *order) {
    bool ok = true;
    if (order->event_count)
        qsort(order->events, order->event_count, sizeof *order->events, by_time);
    for (size_t i = 0; i < order->event_count && !order->client; i++)
        order->client = projection_view_client(view, order->events[i].row.client);
    for (size_t i = 0; i < order->event_count && ok; i++) {
        struct order_event *event = &order->events[i];
        if (i == 0 && event->row.kind != ORDER_PLACED)
            flag(order, event, NEVER_PLACED);
        if (event->row.kind == ORDER_PLACED)
            ok = place(view, order, event);
        else
            change_status(order, event);
    }
    order->cancelled = order->status && (strcasecmp(order->status, "cancelled") == 0 ||
                                         strcasecmp(order->status, "canceled") == 0);
    return ok;
}

bool order_counts(const struct order *order) {
    return order->placed && !order->cancelled && !order->left_out;
}

// ---- one after the other
enum ledger_err orders_of_client(struct orders *orders, struct projection_view *view,
                                 const char *client, struct ledger_error *error) {
    *orders = (struct orders){0};
    const char *const *ids;
    if (client) {
        size_t count = projection_view_client_ids(view, client, &ids);
        return projection_histories_under(&orders->histories, view, ORDER_FACTS, true,
                                          CLIENT_ORDERS, ids, count, error);
    }
    projection_histories_all(&orders->histories, view, ORDER_FACTS, true);
    return LEDGER_E_OK;
}

enum ledger_err orders_one(struct orders *orders, struct projection_view *view, const char *id,
                           struct ledger_error *error) {
    *orders = (struct orders){0};
    return projection_histories_one(&orders->histories, view, ORDER_FACTS, true, id, error);
}

// As of a time, a change of status that is not known to have happened by then is passed over; but
// the placing says what the order is.
static bool read_events(struct orders *orders, const struct projection_history *history,
                        struct order *order) {
    struct projection_view *view = orders->histories.view;
    struct ledger_arena *arena = projection_view_arena(view);
    bool as_of = projection_view_occurred(view) != NULL;
    for (size_t i = 0; i < history->count; i++) {
        struct order_event event = {.at = history->list[i]};
        bool known = event.at.occurred.when != LEDGER_WHEN_UNKNOWN;
        if (!order_row_read(event.at.value, arena, &event.row) ||
            !projection_grow(arena, &orders->events, &orders->capacity, order->event_count,
                             sizeof event))
            return false;
        orders->unknown_time += !known && (as_of || event.row.kind == ORDER_PLACED);
        if (known || !as_of || event.row.kind == ORDER_PLACED)
            orders->events[order->event_count++] = event;
    }
    order->events = orders->events;
    return true;
}

enum ledger_err orders_next(struct orders *orders, const struct order **next,
                            struct ledger_error *error) {
    struct order *order = &orders->current;
    const struct projection_history *history;
    *next = NULL;
    do {
        enum ledger_err err = projection_histories_next(&orders->histories, &history, error);
        if (err || !history)
            return err;
        *order = (struct order){.id = history->id, .placed_at = ledger_moment_unknown()};
        if (!read_events(orders, history, order) || !fold(orders->histories.view, order))
            return projection_no_memory(error);
    } while (!order->event_count);
    orders->cancelled += order->cancelled;
    for (size_t i = 0; i < ORDER_FLAGS; i++)
        orders->flags[i] += order->flags[i];
    *next = order;
    return LEDGER_E_OK;
}

void orders_notes(const struct orders *orders, struct projection_answer *answer) {
    if (orders->cancelled)
        projection_answer_note(
            answer, "%s cancelled, and in no figure.",
            projection_count(answer, orders->cancelled, "order is", "orders are"));
    if (orders->unknown_time)
        projection_answer_note(
            answer, "%s of orders at an unknown time: in no figure that needs a day.",
            projection_count(answer, orders->unknown_time, "fact is", "facts are"));
}
