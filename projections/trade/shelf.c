// The stock that visits found with clients.
#include <stdlib.h>
#include <string.h>

#include "runtime/ids.h"
#include "trade.h"

struct finding {
    const char *client, *product;
    struct ledger_moment occurred;
    uint64_t position;
    struct shelf_line line;
};

struct shelf_sum {
    const char *product;
    uint64_t findings, out;
    uint64_t clients, clients_out;
    __int128 packs; // of the last findings
};

struct shelf {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct projection_period period;
    const char *product; // NULL = all
    struct finding *list;
    size_t count, capacity;
    uint64_t uncounted; // no quantity is stated
    struct projection_ids products;
    struct shelf_sum *sums; // by number
    size_t sum_capacity;
    struct ledger_error *error;
};

#define SUM_COLUMNS                                                                                \
    {"findings", "Findings", PROJECTION_INTEGER},                                                  \
        {"out", "Of those, out of stock", PROJECTION_INTEGER},                                     \
        {"out_share", "Out-of-stock share", PROJECTION_RATIO},                                     \
        {"clients", "Clients looked at", PROJECTION_INTEGER},                                      \
        {"clients_out", "Out of stock when last seen", PROJECTION_INTEGER},                        \
        {"clients_out_share", "Share of those", PROJECTION_RATIO}, {                               \
        "packs", "Packs when last seen", PROJECTION_INTEGER                                        \
    }
static const struct projection_column product_columns[] = {
    {"product", "Product", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    SUM_COLUMNS,
};
static const struct projection_column total_columns[] = {SUM_COLUMNS};
static const struct projection_column stock_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"product", "Product", PROJECTION_ID},
    {"product_name", "Product's name", PROJECTION_TEXT},
    {"found", "Last seen", PROJECTION_TEXT},
    {"days_since", "Days since", PROJECTION_INTEGER},
    {"packs", "Packs", PROJECTION_INTEGER},
    {"out", "Out of stock", PROJECTION_FLAG},
    {"price", "Price of a pack", PROJECTION_MONEY},
};

// ---- reading
static bool take(struct shelf *shelf, const char *client, const struct projection_row *row) {
    size_t count;
    const struct shelf_line *lines = shelf_lines_read(row->value, shelf->arena, &count);
    if (count && !lines)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!lines[i].product || (shelf->product && strcmp(lines[i].product, shelf->product) != 0))
            continue;
        if (!lines[i].has_qty) {
            shelf->uncounted++;
            continue;
        }
        if (!projection_grow(shelf->arena, &shelf->list, &shelf->capacity, shelf->count,
                             sizeof *shelf->list))
            return false;
        shelf->list[shelf->count++] =
            (struct finding){client, lines[i].product, row->occurred, row->position, lines[i]};
    }
    return true;
}

// `id` is NULL for all clients.
static enum ledger_err scan(struct shelf *shelf, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (id)
        projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(shelf->view, VISITS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct ledger_span client;
        if (!projection_period_holds(&shelf->period, &row.occurred) ||
            !projection_key_read_text(&row.key, &client) || !client.size)
            continue;
        if (!take(shelf, projection_view_client(shelf->view, (const char *)client.data), &row))
            return projection_no_memory(shelf->error);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static enum ledger_err read_all(struct shelf *shelf, const char *client) {
    const char *const *ids;
    size_t count = client ? projection_view_client_ids(shelf->view, client, &ids) : 0;
    enum ledger_err err = client ? LEDGER_E_OK : scan(shelf, NULL);
    for (size_t i = 0; i < count && !err; i++)
        err = scan(shelf, ids[i]);
    return err;
}

// ---- what stands
// By client and product, then time (unknown times first) and position.
static int in_order(const void *a, const void *b) {
    const struct finding *left = a;
    const struct finding *right = b;
    int order = strcmp(left->client, right->client);
    if (!order)
        order = strcmp(left->product, right->product);
    if (order)
        return order;
    return projection_fact_order(&left->occurred, left->position, &right->occurred,
                                 right->position);
}

static bool is_same(const struct finding *a, const struct finding *b) {
    return strcmp(a->client, b->client) == 0 && strcmp(a->product, b->product) == 0;
}

static bool is_same_day(const struct finding *a, const struct finding *b) {
    return a->occurred.when != LEDGER_WHEN_UNKNOWN && b->occurred.when != LEDGER_WHEN_UNKNOWN &&
           a->occurred.day == b->occurred.day;
}

static struct shelf_sum *sum_of(struct shelf *shelf, const char *product) {
    size_t number = projection_ids_add(&shelf->products, product);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(shelf->arena, &shelf->sums, &shelf->sum_capacity, number,
                         sizeof *shelf->sums))
        return NULL;
    shelf->sums[number].product = shelf->products.texts[number];
    return &shelf->sums[number];
}

// Keeps in the list the last finding of each client and product.
static enum ledger_err settle(struct shelf *shelf) {
    size_t kept = 0;
    if (shelf->count)
        qsort(shelf->list, shelf->count, sizeof *shelf->list, in_order);
    for (size_t i = 0; i < shelf->count; i++) {
        const struct finding finding = shelf->list[i];
        const struct finding *next = i + 1 < shelf->count ? &shelf->list[i + 1] : NULL;
        bool last = !next || !is_same(&finding, next);
        bool out = finding.line.qty <= 0;
        struct shelf_sum *sum = sum_of(shelf, finding.product);
        if (!sum)
            return projection_no_memory(shelf->error);
        if (!last && is_same_day(&finding, next))
            continue;
        sum->findings++;
        sum->out += out;
        if (!last)
            continue;
        sum->clients++;
        sum->clients_out += out;
        sum->packs += finding.line.qty;
        shelf->list[kept++] = finding;
    }
    shelf->count = kept;
    return LEDGER_E_OK;
}

// ---- the answer
static int by_product(const void *a, const void *b) {
    const struct shelf_sum *left = a;
    const struct shelf_sum *right = b;
    return strcmp(left->product, right->product);
}

static void answer_sum(struct projection_answer *answer, const struct shelf_sum *sum) {
    projection_answer_integer(answer, (int64_t)sum->findings);
    projection_answer_integer(answer, (int64_t)sum->out);
    projection_answer_ratio(answer, sum->out, sum->findings);
    projection_answer_integer(answer, (int64_t)sum->clients);
    projection_answer_integer(answer, (int64_t)sum->clients_out);
    projection_answer_ratio(answer, sum->clients_out, sum->clients);
    projection_answer_integer(answer, sum->packs);
}

static void answer_sums(struct shelf *shelf, struct projection_answer *answer, uint64_t limit) {
    struct shelf_sum total = {0};
    if (shelf->products.count)
        qsort(shelf->sums, shelf->products.count, sizeof *shelf->sums, by_product);
    projection_answer_table(answer, "products", "By product", PROJECTION_COLUMNS(product_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < shelf->products.count; i++) {
        const struct shelf_sum *sum = &shelf->sums[i];
        projection_answer_text(answer, sum->product);
        projection_answer_text(answer, projection_name(shelf->view, PRODUCTS, sum->product));
        answer_sum(answer, sum);
        total.findings += sum->findings;
        total.out += sum->out;
        total.clients += sum->clients;
        total.clients_out += sum->clients_out;
        total.packs += sum->packs;
    }
    projection_answer_table(answer, "totals", "Clients and products together",
                            PROJECTION_COLUMNS(total_columns));
    answer_sum(answer, &total);
}

static void answer_stock(const struct shelf *shelf, struct projection_answer *answer,
                         uint64_t limit) {
    int32_t day;
    bool dated = today(shelf->view, &day);
    projection_answer_table(answer, "stock", "As last seen", PROJECTION_COLUMNS(stock_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < shelf->count; i++) {
        const struct finding *finding = &shelf->list[i];
        answer_client(shelf->view, answer, finding->client);
        projection_answer_text(answer, finding->product);
        projection_answer_text(answer, projection_name(shelf->view, PRODUCTS, finding->product));
        projection_answer_moment(answer, &finding->occurred);
        if (dated && finding->occurred.when != LEDGER_WHEN_UNKNOWN)
            projection_answer_integer(answer, (int64_t)day - finding->occurred.day);
        else
            projection_answer_none(answer);
        projection_answer_integer(answer, finding->line.qty);
        projection_answer_flag(answer, finding->line.qty <= 0);
        answer_amount(answer, finding->line.price, finding->line.currency);
    }
}

enum ledger_err shelf_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct shelf shelf = {.view = view,
                          .arena = arena,
                          .product = projection_argument(arguments, "product"),
                          .products = {.arena = arena},
                          .error = error};
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = projection_argument_period(arguments, &shelf.period, error);
    if (!err)
        err = read_all(&shelf, projection_argument(arguments, "client"));
    if (!err)
        err = settle(&shelf);
    if (err)
        return err;
    answer_sums(&shelf, answer, limit);
    answer_stock(&shelf, answer, limit);
    if (shelf.uncounted)
        projection_answer_note(
            answer, "%s no number of packs, and left out.",
            projection_count(answer, shelf.uncounted, "finding states", "findings state"));
    projection_answer_note_today(answer, view);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
