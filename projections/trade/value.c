// What each client is worth: ordered, sold, paid, what visits to it cost; ranked in classes.
#include <string.h>

#include "orders.h"
#include "sums.h"
#include "turnover.h"

// Numbers of a sum, by client and currency. VISITS_MADE is of no currency.
enum value_number { ORDERED, SOLD, PAID, ORDERS, EXPENSE, VISITS_MADE };
enum { CLASSES = 3 };
static const struct {
    const char *name;
    int below_percent; // of the cumulative share before the client
} classes[CLASSES] = {{"A", 80}, {"B", 95}, {"C", 100}};

struct value {
    struct projection_view *view;
    const char *client; // asked for; NULL = all
    struct projection_period period;
    struct sums sums;   // key: client
    struct sums visits; // the same; of no currency
    size_t of;          // ORDERED, SOLD or PAID: what the value is
    uint64_t no_client; // orders, sales, payments and visits
};

static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"currency", "Currency", PROJECTION_TEXT},
    {"value", "Value", PROJECTION_MONEY},
    {"share_before", "Cumulative share before", PROJECTION_RATIO},
    {"class", "Class", PROJECTION_TEXT},
    {"visits", "Visits", PROJECTION_INTEGER},
    {"value_per_visit", "Value per visit", PROJECTION_RATIO},
    {"expense", "Expense of visits", PROJECTION_MONEY},
    {"orders", "Orders", PROJECTION_INTEGER},
    {"ordered", "Ordered", PROJECTION_MONEY},
    {"sold", "Sales reported", PROJECTION_MONEY},
    {"paid", "Paid", PROJECTION_MONEY},
};
static const struct projection_column class_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"class", "Class", PROJECTION_TEXT},
    {"clients", "Clients", PROJECTION_INTEGER},
    {"value", "Value", PROJECTION_MONEY},
};

// ---- collecting
static bool is_asked_for(const struct value *value, const char *client) {
    return !value->client ||
           (client && projection_view_is_client(value->view, client, value->client));
}

static bool add(struct value *value, struct sums *sums, const char *client, const char *currency,
                enum value_number number, __int128 amount) {
    value->no_client += !client;
    if (!client)
        return true;
    struct sum *sum = sums_by(sums, client, currency);
    if (sum)
        sum->numbers[number] += amount;
    return sum;
}

// An order counts once in each of its currencies.
static bool add_order(struct value *value, const struct order *order) {
    for (size_t i = 0; i < order->item_count; i++) {
        const struct order_item *item = &order->items[i];
        bool earlier = false;
        for (size_t j = 0; j < i && item->currency && !earlier; j++)
            earlier =
                order->items[j].currency && strcmp(order->items[j].currency, item->currency) == 0;
        if (!item->currency)
            continue;
        if (!add(value, &value->sums, order->client, item->currency, ORDERED, item->minor) ||
            (!earlier && order->client &&
             !add(value, &value->sums, order->client, item->currency, ORDERS, 1)))
            return false;
    }
    return true;
}

static enum ledger_err add_orders(struct value *value, struct orders *orders,
                                  struct ledger_error *error) {
    const struct order *order = NULL;
    enum ledger_err err = orders_of_client(orders, value->view, value->client, error);
    while (!err) {
        err = orders_next(orders, &order, error);
        if (err || !order)
            break;
        if (is_asked_for(value, order->client) && order_counts(order) &&
            projection_period_holds(&value->period, &order->placed_at) && !add_order(value, order))
            err = projection_no_memory(error);
    }
    return err;
}

static enum ledger_err add_sales(struct value *value, struct ledger_error *error) {
    struct turnover turnover;
    struct piece piece;
    bool found = true;
    enum ledger_err err = turnover_begin(&turnover, value->view, false, value->client, error);
    while (!err && found) {
        err = turnover_next(&turnover, &piece, &found, error);
        if (err || !found || !piece.currency)
            continue;
        const struct ledger_moment day =
            piece.has_day ? ledger_moment_date(piece.day) : ledger_moment_unknown();
        if (projection_period_holds(&value->period, &day) &&
            !add(value, &value->sums, piece.client, piece.currency, SOLD, piece.minor))
            err = projection_no_memory(error);
    }
    return err;
}

static bool add_payments(struct value *value, const struct invoice *invoice) {
    for (size_t i = 0; i < invoice->event_count; i++) {
        const struct invoice_event *event = &invoice->events[i];
        const struct ledger_moment day = event->row.has_day
                                             ? ledger_moment_date((int32_t)event->row.day)
                                             : ledger_moment_unknown();
        if (event->row.kind == INVOICE_PAID && event->counts &&
            projection_period_holds(&value->period, &day) &&
            !add(value, &value->sums, invoice->client, event->row.currency, PAID, event->row.minor))
            return false;
    }
    return true;
}

static enum ledger_err add_invoices(struct value *value, struct ledger_error *error) {
    struct invoices invoices;
    const struct invoice *invoice = NULL;
    enum ledger_err err = invoices_of_client(&invoices, value->view, value->client, error);
    while (!err) {
        err = invoices_next(&invoices, &invoice, error);
        if (err || !invoice)
            break;
        if (is_asked_for(value, invoice->client) && !add_payments(value, invoice))
            err = projection_no_memory(error);
    }
    return err;
}

static bool add_visits_of(struct value *value, const struct projection_key *prefix) {
    struct projection_cursor *cursor = projection_scan(value->view, VISITS, prefix, false);
    struct projection_row row;
    bool ok = true;
    while (ok && projection_next(cursor, &row)) {
        struct ledger_span id;
        struct visit_row visit;
        if (!projection_key_read_text(&row.key, &id) ||
            !projection_period_holds(&value->period, &row.occurred))
            continue;
        const char *client =
            id.size ? projection_view_client(value->view, (const char *)id.data) : NULL;
        trade_row_read(VISIT_ROW, row.value, &visit);
        ok = add(value, &value->visits, client, NULL, VISITS_MADE, 1) &&
             (!visit.currency || !client ||
              add(value, &value->sums, client, visit.currency, EXPENSE, visit.minor));
    }
    projection_scan_end(cursor);
    return ok;
}

static enum ledger_err add_visits(struct value *value, struct ledger_error *error) {
    const char *const *ids;
    size_t count = value->client ? projection_view_client_ids(value->view, value->client, &ids) : 0;
    bool ok = value->client || add_visits_of(value, NULL);
    for (size_t i = 0; i < count && ok; i++) {
        struct projection_key prefix = {0};
        projection_key_text(&prefix, ids[i]);
        ok = add_visits_of(value, &prefix);
    }
    return ok ? LEDGER_E_OK : projection_no_memory(error);
}

// ---- the ranking
static const char *class_of(__int128 before, __int128 total, size_t *class) {
    *class = 0;
    while (*class < CLASSES - 1 && before * 100 >= total * classes[*class].below_percent)
        ++*class;
    return total > 0 ? classes[*class].name : NULL;
}

static void answer_sum(struct value *value, struct projection_answer *answer, const struct sum *sum,
                       __int128 before, __int128 total, const char *class) {
    const __int128 *numbers = sum->numbers;
    const struct sum *visits = sums_find(&value->visits, sum->keys, 1, NULL);
    __int128 count = visits ? visits->numbers[VISITS_MADE] : 0;
    answer_client(value->view, answer, sum->keys[0]);
    projection_answer_text(answer, sum->currency);
    projection_answer_money(answer, numbers[value->of], sum->currency);
    projection_answer_ratio(answer, before, total > 0 ? total : 0);
    projection_answer_text(answer, class);
    projection_answer_integer(answer, (int64_t)count);
    projection_answer_money_ratio(answer, numbers[value->of], count, sum->currency);
    projection_answer_money(answer, numbers[EXPENSE], sum->currency);
    projection_answer_integer(answer, (int64_t)numbers[ORDERS]);
    projection_answer_money(answer, numbers[ORDERED], sum->currency);
    projection_answer_money(answer, numbers[SOLD], sum->currency);
    projection_answer_money(answer, numbers[PAID], sum->currency);
}

// One currency's clients, from `first` on; its classes go into `sums`. Returns the end.
static size_t answer_currency(struct value *value, struct projection_answer *answer, size_t first,
                              struct sum sums[CLASSES]) {
    const char *currency = value->sums.list[first].currency;
    __int128 total = 0;
    __int128 before = 0;
    size_t end = first;
    for (; end < value->sums.ids.count && strcmp(value->sums.list[end].currency, currency) == 0;
         end++)
        total += value->sums.list[end].numbers[value->of];
    if (value->client)
        total = 0; // one client has no class
    for (size_t i = first; i < end; i++) {
        const struct sum *sum = &value->sums.list[i];
        size_t number;
        const char *class = class_of(before, total, &number);
        answer_sum(value, answer, sum, before, total, class);
        before += sum->numbers[value->of];
        sums[number].currency = currency;
        sums[number].numbers[0] += class != NULL;
        sums[number].numbers[1] += sum->numbers[value->of];
    }
    return end;
}

static enum ledger_err answer_value(struct value *value, struct projection_answer *answer,
                                    uint64_t limit, struct ledger_error *error) {
    size_t clients = value->sums.ids.count;
    size_t count = 0;
    struct sum *sums =
        ledger_arena_calloc(value->sums.arena, (clients + 1) * CLASSES * sizeof *sums);
    if (!sums)
        return projection_no_memory(error);
    sums_sort_by_number(&value->sums, value->of);
    projection_answer_table(answer, "clients", "Clients by value",
                            PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t at = 0; at < clients; count += CLASSES)
        at = answer_currency(value, answer, at, sums + count);
    projection_answer_table(answer, "classes", "Classes", PROJECTION_COLUMNS(class_columns));
    for (size_t i = 0; i < count; i++) {
        if (!sums[i].numbers[0])
            continue;
        projection_answer_text(answer, sums[i].currency);
        projection_answer_text(answer, classes[i % CLASSES].name);
        projection_answer_integer(answer, (int64_t)sums[i].numbers[0]);
        projection_answer_money(answer, sums[i].numbers[1], sums[i].currency);
    }
    return LEDGER_E_OK;
}

static void note_only_visited(const struct value *value, struct projection_answer *answer) {
    struct projection_ids clients = {.arena = value->sums.arena};
    uint64_t only = 0;
    for (size_t i = 0; i < value->sums.ids.count; i++)
        (void)projection_ids_add(&clients, value->sums.list[i].keys[0]);
    for (size_t i = 0; i < value->visits.ids.count; i++)
        only += projection_ids_find(&clients, value->visits.list[i].keys[0]) == PROJECTION_ID_NONE;
    if (only)
        projection_answer_note(answer, "%s visited, and nothing in money is known of %s.",
                               projection_count(answer, only, "client was", "clients were"),
                               only == 1 ? "it" : "them");
}

enum ledger_err value_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    static const char *const values[] = {[ORDERED] = "orders", [SOLD] = "sales", [PAID] = "paid"};
    struct ledger_arena *arena = projection_view_arena(view);
    struct value value = {.view = view,
                          .client = projection_argument(arguments, "client"),
                          .sums = sums_in(arena),
                          .visits = sums_in(arena)};
    struct orders orders;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = choice_of(arguments, "of", values, PAID + 1, &value.of, error);
    if (!err)
        err = projection_argument_period(arguments, &value.period, error);
    if (!err)
        err = add_orders(&value, &orders, error);
    if (!err)
        err = add_sales(&value, error);
    if (!err)
        err = add_invoices(&value, error);
    if (!err)
        err = add_visits(&value, error);
    if (!err)
        err = answer_value(&value, answer, limit, error);
    if (err)
        return err;
    if (value.client)
        projection_answer_note(answer, "Classes are told only where all clients are asked for.");
    if (value.no_client)
        projection_answer_note(
            answer, "%s no client, and is in no figure.",
            projection_count(answer, value.no_client, "figure has", "figures have"));
    note_only_visited(&value, answer);
    orders_notes(&orders, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
