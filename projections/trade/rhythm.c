// How often clients order, how much at once, in which months, and who is late with the next order.
#include <stdlib.h>
#include <string.h>

#include "orders.h"
#include "rhythm.h"

enum { MONTHS = 12 };

#define RHYTHM_COLUMNS                                                                             \
    {"orders", "Orders", PROJECTION_INTEGER}, {"order_days", "Order days", PROJECTION_INTEGER},    \
        {"first", "First order", PROJECTION_DATE, .detail = true},                                 \
        {"last", "Last order", PROJECTION_DATE}, {"usual_lot", "Usual lot", PROJECTION_RATIO},     \
        {"gaps", "Gaps", PROJECTION_INTEGER, .detail = true},                                      \
        {"median_gap_days", "Median gap, days", PROJECTION_RATIO},                                 \
        {"gap_cv", "Variation of gaps", PROJECTION_RATIO},                                         \
        {"next_order", "Next order", PROJECTION_DATE},                                             \
        {"days_since_last", "Days since the last", PROJECTION_INTEGER}, {                          \
        "overdue", "Overdue", PROJECTION_FLAG                                                      \
    }
static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID}, {"name", "Name", PROJECTION_TEXT}, RHYTHM_COLUMNS};
static const struct projection_column product_columns[] = {
    {"product", "Product", PROJECTION_ID}, {"name", "Name", PROJECTION_TEXT}, RHYTHM_COLUMNS};
static const struct projection_column season_columns[] = {
    {"product", "Product", PROJECTION_ID},
    {"month", "Month", PROJECTION_INTEGER},
    {"qty", "Packs", PROJECTION_INTEGER},
    {"seasonal_index", "Seasonal index", PROJECTION_RATIO},
};

// ---- purchases
static bool add_purchase(struct rhythm *rhythm, const char *id, int32_t day, bool has_qty,
                         int64_t qty) {
    size_t number = projection_ids_add(&rhythm->ids, id);
    if (has_qty && qty <= 0)
        return number != PROJECTION_ID_NONE; // a return is no purchase
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(rhythm->arena, &rhythm->list, &rhythm->capacity, rhythm->count,
                         sizeof *rhythm->list))
        return false;
    rhythm->list[rhythm->count++] = (struct purchase){number, day, has_qty, qty};
    return true;
}

// Several lines of one product are one purchase.
static bool add_products(struct rhythm *rhythm, const struct order *order) {
    int32_t day = order->placed_at.day;
    for (size_t i = 0; i < order->item_count; i++) {
        const char *product = order->items[i].product;
        bool earlier = !product || !*product;
        struct order_item sum = {.product = product};
        for (size_t j = 0; j < order->item_count && !earlier; j++) {
            const struct order_item *item = &order->items[j];
            if (!item->product || strcmp(item->product, product) != 0)
                continue;
            earlier = j < i;
            sum.has_qty |= item->has_qty;
            sum.qty += item->qty;
        }
        if (!earlier && !add_purchase(rhythm, product, day, sum.has_qty, sum.qty))
            return false;
    }
    return true;
}

static bool add_order(struct rhythm *rhythm, const struct order *order) {
    if (!order_counts(order) || order->placed_at.when == LEDGER_WHEN_UNKNOWN)
        return true;
    rhythm->no_client += !order->client;
    if (!order->client)
        return true;
    const char *id = rhythm->client ? "" : order->client;
    if (!add_purchase(rhythm, id, order->placed_at.day, order->has_qty, order->qty))
        return false;
    return !rhythm->client || add_products(rhythm, order);
}

// ---- the answer
static int by_id(const void *a, const void *b) {
    const struct series *left = *(const struct series *const *)a;
    const struct series *right = *(const struct series *const *)b;
    const char *left_id = left->client ? left->client : left->product ? left->product : "";
    const char *right_id = right->client ? right->client : right->product ? right->product : "";
    return strcmp(left_id, right_id);
}

// Those first whose next order was due first.
static int by_lateness(const void *a, const void *b) {
    const struct series *left = *(const struct series *const *)a;
    const struct series *right = *(const struct series *const *)b;
    if (left->next != right->next)
        return left->next < right->next ? -1 : 1;
    return by_id(a, b);
}

static void answer_median(struct projection_answer *answer, bool has, int64_t twice) {
    projection_answer_ratio(answer, twice, has ? 2 : 0);
}

static void answer_series(const struct rhythm *rhythm, struct projection_answer *answer,
                          const struct series *series) {
    const char *client = series->client ? series->client : rhythm->client;
    if (series->product) {
        projection_answer_text(answer, series->product);
        projection_answer_text(answer, projection_name(rhythm->view, PRODUCTS, series->product));
    } else {
        answer_client(rhythm->view, answer, projection_view_client(rhythm->view, client));
    }
    projection_answer_integer(answer, (int64_t)series->orders);
    projection_answer_integer(answer, series->days);
    projection_answer_day(answer, series->first);
    projection_answer_day(answer, series->last);
    answer_median(answer, series->has_lot, series->twice_lot);
    projection_answer_integer(answer, (int64_t)series->gaps);
    answer_median(answer, series->gaps, series->twice_gap);
    projection_answer_ratio(answer, series->cv_scaled, series->cv_scaled < 0 ? 0 : CV_SCALE);
    projection_answer_day_if(answer, series->gaps, series->next);
    if (rhythm->has_today)
        projection_answer_integer(answer, (int64_t)rhythm->today - series->last);
    else
        projection_answer_none(answer);
    projection_answer_flag(answer, series->overdue);
}

static void answer_all(const struct rhythm *rhythm, struct projection_answer *answer, bool products,
                       bool overdue) {
    for (size_t i = 0; i < rhythm->sorted_count; i++) {
        const struct series *series = rhythm->sorted[i];
        if ((series->product != NULL) == products && (!overdue || series->overdue))
            answer_series(rhythm, answer, series);
    }
}

static void answer_tables(const struct rhythm *rhythm, struct projection_answer *answer,
                          uint64_t limit) {
    if (rhythm->sorted_count)
        qsort(rhythm->sorted, rhythm->sorted_count, sizeof(struct series *), by_id);
    projection_answer_table(answer, "clients", "Clients", PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    answer_all(rhythm, answer, false, false);
    if (rhythm->client) {
        projection_answer_table(answer, "products", "Its products",
                                PROJECTION_COLUMNS(product_columns));
        projection_answer_limit(answer, limit);
        answer_all(rhythm, answer, true, false);
        return;
    }
    if (rhythm->sorted_count)
        qsort(rhythm->sorted, rhythm->sorted_count, sizeof(struct series *), by_lateness);
    projection_answer_table(answer, "overdue", "Clients whose order is overdue",
                            PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    answer_all(rhythm, answer, false, true);
}

// Calendar years that lie wholly between the first order and now; the year of the first order is
// whole if that was in January.
static bool whole_years(const struct rhythm *rhythm, int32_t first, int *from, int *to) {
    int month, day;
    ledger_civil_from_days(first, from, &month, &day);
    *from += month > 1;
    ledger_civil_from_days(rhythm->today, to, &month, &day);
    *to -= month < MONTHS || day < 31;
    return rhythm->has_today && *from <= *to;
}

// Of the series of that number; of all together if it is SIZE_MAX.
static bool answer_season(const struct rhythm *rhythm, struct projection_answer *answer,
                          size_t number) {
    __int128 months[MONTHS] = {0};
    __int128 total = 0;
    int32_t first = INT32_MAX;
    int from, to;
    for (size_t i = 0; i < rhythm->count; i++)
        if ((number == SIZE_MAX || rhythm->list[i].series == number) && rhythm->list[i].day < first)
            first = rhythm->list[i].day;
    if (first == INT32_MAX || !whole_years(rhythm, first, &from, &to))
        return false;
    for (size_t i = 0; i < rhythm->count; i++) {
        const struct purchase *purchase = &rhythm->list[i];
        int year, month, day;
        ledger_civil_from_days(purchase->day, &year, &month, &day);
        if ((number != SIZE_MAX && purchase->series != number) || year < from || year > to)
            continue;
        months[month - 1] += purchase->qty;
        total += purchase->qty;
    }
    const char *product = number == SIZE_MAX ? NULL : rhythm->ids.texts[number];
    for (int month = 0; month < MONTHS; month++) {
        projection_answer_text(answer, product && *product ? product : NULL);
        projection_answer_integer(answer, month + 1);
        projection_answer_integer(answer, months[month]);
        projection_answer_ratio(answer, MONTHS * months[month], total);
    }
    return true;
}

static void answer_seasons(const struct rhythm *rhythm, struct projection_answer *answer) {
    bool any = false;
    projection_answer_table(answer, "seasons", "Packs by calendar month, in whole years",
                            PROJECTION_COLUMNS(season_columns));
    if (!rhythm->client)
        any = answer_season(rhythm, answer, SIZE_MAX);
    for (size_t i = 0; rhythm->client && i < rhythm->ids.count; i++)
        any |= answer_season(rhythm, answer, i);
    if (!any)
        projection_answer_note(answer, "There is no whole calendar year of orders: no season can "
                                       "be told.");
}

static enum ledger_err collect(struct rhythm *rhythm, struct orders *orders,
                               struct ledger_error *error) {
    const struct order *order = NULL;
    enum ledger_err err = orders_of_client(orders, rhythm->view, rhythm->client, error);
    while (!err) {
        err = orders_next(orders, &order, error);
        if (err || !order)
            break;
        if (rhythm->client && (!order->client || !projection_view_is_client(
                                                     rhythm->view, order->client, rhythm->client)))
            continue;
        if (!add_order(rhythm, order))
            err = projection_no_memory(error);
    }
    return err ? err : rhythm_measure(rhythm) ? LEDGER_E_OK : projection_no_memory(error);
}

enum ledger_err rhythm_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct rhythm rhythm = {.view = view,
                            .arena = arena,
                            .client = projection_argument(arguments, "client"),
                            .ids = {.arena = arena}};
    struct orders orders;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    rhythm.has_today = today(view, &rhythm.today);
    if (!err)
        err = collect(&rhythm, &orders, error);
    if (err)
        return err;
    answer_tables(&rhythm, answer, limit);
    answer_seasons(&rhythm, answer);
    answer_flags(answer, order_flag_texts, orders.flags, ORDER_FLAGS);
    projection_answer_note_today(answer, view);
    if (rhythm.no_client)
        projection_answer_note(
            answer, "%s no client, and is in no figure.",
            projection_count(answer, rhythm.no_client, "order has", "orders have"));
    orders_notes(&orders, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
