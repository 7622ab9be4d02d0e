// Sales plans against sales, by territory, product and month.
#include <string.h>

#include "sums.h"
#include "turnover.h"

enum plan_number { PLAN, ACTUAL, OWN };      // OWN: set for the territory itself
enum plan_key { TERRITORY, PRODUCT, MONTH }; // of a sum
enum { PLAN_KEYS = MONTH + 1 };

struct statement {
    const char *keys[PLAN_KEYS];
    int64_t month;
    struct ledger_moment occurred;
    uint64_t position;
    struct plan_row row;
};

struct plans {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct places places;
    struct projection_period period;
    const char *territory, *product, *plan; // asked for
    struct statement *list;                 // those that stand
    size_t count, capacity;
    struct sums amounts, packs; // keys: enum plan_key; packs have no currency
    uint64_t replaced;          // statements of another plan, of which the later stands
    uint64_t unplanned, ambiguous;
};

#define KEY_COLUMNS                                                                                \
    {"territory", "Territory", PROJECTION_ID}, {"product", "Product", PROJECTION_ID},              \
        {"product_name", "Product's name", PROJECTION_TEXT}, {"month", "Month", PROJECTION_TEXT},  \
    {                                                                                              \
        "own", "Set for the territory itself", PROJECTION_FLAG, .detail = true                     \
    }
static const struct projection_column amount_columns[] = {
    KEY_COLUMNS,
    {"plan", "Plan", PROJECTION_MONEY},
    {"actual", "Actual", PROJECTION_MONEY},
    {"attainment", "Attainment", PROJECTION_RATIO},
};
static const struct projection_column pack_columns[] = {
    KEY_COLUMNS,
    {"plan", "Plan, packs", PROJECTION_INTEGER},
    {"actual", "Actual, packs", PROJECTION_INTEGER},
    {"attainment", "Attainment", PROJECTION_RATIO},
};

// ---- plans
static bool is_later(const struct statement *a, const struct statement *b) {
    return projection_fact_order(&a->occurred, a->position, &b->occurred, b->position) > 0;
}

static bool is_asked_for(const struct plans *plans, const struct statement *statement) {
    return projection_month_last(statement->month) >= plans->period.from &&
           projection_month_first(statement->month) <= plans->period.to &&
           (!plans->plan || (statement->row.plan && strcmp(statement->row.plan, plans->plan) == 0));
}

// Rows come by key: what is said again of one territory, product and month follows at once.
static bool add_statement(struct plans *plans, const struct statement *statement) {
    struct statement *last = plans->count ? &plans->list[plans->count - 1] : NULL;
    if (last && last->month == statement->month &&
        strcmp(last->keys[TERRITORY], statement->keys[TERRITORY]) == 0 &&
        strcmp(last->keys[PRODUCT], statement->keys[PRODUCT]) == 0) {
        const char *a = last->row.plan ? last->row.plan : "";
        const char *b = statement->row.plan ? statement->row.plan : "";
        plans->replaced += strcmp(a, b) != 0;
        if (is_later(statement, last))
            *last = *statement;
        return true;
    }
    if (!projection_grow(plans->arena, &plans->list, &plans->capacity, plans->count,
                         sizeof *plans->list))
        return false;
    plans->list[plans->count++] = *statement;
    return true;
}

static bool read_plans(struct plans *plans) {
    struct projection_cursor *cursor = projection_scan(plans->view, SALES_PLANS, NULL, false);
    struct projection_row row;
    bool ok = true;
    while (ok && projection_next(cursor, &row)) {
        struct ledger_span territory, product;
        struct statement statement = {.occurred = row.occurred, .position = row.position};
        if (!projection_key_read_text(&row.key, &territory) ||
            !projection_key_read_text(&row.key, &product) ||
            !projection_key_read_i64(&row.key, &statement.month))
            continue;
        trade_row_read(PLAN_ROW, row.value, &statement.row);
        if (!is_asked_for(plans, &statement))
            continue;
        statement.keys[TERRITORY] = (const char *)territory.data;
        statement.keys[PRODUCT] = product.size ? (const char *)product.data : "";
        statement.keys[MONTH] = projection_month_text(plans->arena, statement.month);
        ok = statement.keys[MONTH] && add_statement(plans, &statement);
    }
    projection_scan_end(cursor);
    return ok;
}

static bool set_own(struct plans *plans) {
    for (size_t i = 0; i < plans->count; i++) {
        const struct statement *statement = &plans->list[i];
        struct sum *sum;
        if (statement->row.currency) {
            sum = sums_of(&plans->amounts, statement->keys, PLAN_KEYS, statement->row.currency);
            if (!sum)
                return false;
            sum->numbers[PLAN] = statement->row.minor;
            sum->numbers[OWN] = 1;
        }
        if (statement->row.has_qty) {
            sum = sums_of(&plans->packs, statement->keys, PLAN_KEYS, NULL);
            if (!sum)
                return false;
            sum->numbers[PLAN] = statement->row.qty;
            sum->numbers[OWN] = 1;
        }
    }
    return true;
}

// To those above, up to the first with a plan of its own.
static bool raise(struct sums *sums, const char *const chain[], size_t levels,
                  const struct statement *statement, int64_t number, const char *currency) {
    for (size_t i = 1; i < levels; i++) {
        const char *const keys[] = {chain[i], statement->keys[PRODUCT], statement->keys[MONTH]};
        struct sum *sum = sums_of(sums, keys, PLAN_KEYS, currency);
        if (!sum)
            return false;
        if (sum->numbers[OWN])
            return true;
        sum->numbers[PLAN] += number;
    }
    return true;
}

// Territories lie as they did on the last day of the month.
static bool raise_all(struct plans *plans) {
    for (size_t i = 0; i < plans->count; i++) {
        const struct statement *statement = &plans->list[i];
        const struct plan_row *row = &statement->row;
        const char *chain[PLACE_LEVELS_MAX];
        size_t levels = place_chain(&plans->places, statement->keys[TERRITORY],
                                    projection_month_last(statement->month), chain);
        if ((row->currency &&
             !raise(&plans->amounts, chain, levels, statement, row->minor, row->currency)) ||
            (row->has_qty && !raise(&plans->packs, chain, levels, statement, row->qty, NULL)))
            return false;
    }
    return true;
}

// ---- sales
static bool count_actual(struct plans *plans, const char *const keys[], const struct piece *piece) {
    struct sum *amount =
        piece->currency ? sums_find(&plans->amounts, keys, PLAN_KEYS, piece->currency) : NULL;
    struct sum *packs = piece->has_qty ? sums_find(&plans->packs, keys, PLAN_KEYS, NULL) : NULL;
    if (amount)
        amount->numbers[ACTUAL] += piece->minor;
    if (packs)
        packs->numbers[ACTUAL] += piece->qty;
    return amount || packs;
}

static bool add_piece(struct plans *plans, const struct piece *piece) {
    const char *chain[PLACE_LEVELS_MAX];
    bool several;
    bool counted = false;
    if (!piece->has_day)
        return true;
    int64_t month = projection_month_of(piece->day);
    if (projection_month_last(month) < plans->period.from ||
        projection_month_first(month) > plans->period.to)
        return true;
    const char *text = projection_month_text(plans->arena, month);
    const char *territory = place_territory(&plans->places, piece->stated_territory, piece->client,
                                            piece->day, &several);
    size_t levels = place_chain(&plans->places, territory, piece->day, chain);
    for (size_t i = 0; i < levels && text; i++) {
        const char *const of_product[] = {chain[i], piece->product, text};
        const char *const of_all[] = {chain[i], "", text};
        if (piece->product)
            counted |= count_actual(plans, of_product, piece);
        counted |= count_actual(plans, of_all, piece);
    }
    plans->ambiguous += several;
    plans->unplanned += !counted;
    return text && !places_failed(&plans->places);
}

static enum ledger_err add_sales(struct plans *plans, struct turnover *turnover,
                                 struct ledger_error *error) {
    struct piece piece;
    bool found = true;
    enum ledger_err err = turnover_begin(turnover, plans->view, false, NULL, error);
    while (!err && found) {
        err = turnover_next(turnover, &piece, &found, error);
        if (!err && found && !add_piece(plans, &piece))
            err = projection_no_memory(error);
    }
    return err;
}

// ---- the answer
static bool is_within(struct plans *plans, const char *territory, const char *month) {
    const char *chain[PLACE_LEVELS_MAX];
    int64_t number = 0;
    (void)projection_month_parse(month, &number);
    size_t levels = place_chain(&plans->places, territory, projection_month_last(number), chain);
    for (size_t i = 0; i < levels; i++)
        if (strcmp(chain[i], plans->territory) == 0)
            return true;
    return false;
}

static void answer_sums(struct plans *plans, struct projection_answer *answer, struct sums *sums,
                        bool amounts) {
    sums_sort(sums);
    for (size_t i = 0; i < sums->ids.count; i++) {
        const struct sum *sum = &sums->list[i];
        const char *product = sum_text(sum->keys[PRODUCT]);
        if ((plans->product && (!product || strcmp(product, plans->product) != 0)) ||
            (plans->territory && !is_within(plans, sum->keys[TERRITORY], sum->keys[MONTH])))
            continue;
        projection_answer_text(answer, sum->keys[TERRITORY]);
        projection_answer_text(answer, product);
        projection_answer_text(answer, projection_name(plans->view, PRODUCTS, product));
        projection_answer_text(answer, sum->keys[MONTH]);
        projection_answer_flag(answer, sum->numbers[OWN] != 0);
        for (size_t n = PLAN; n <= ACTUAL; n++)
            if (amounts)
                projection_answer_money(answer, sum->numbers[n], sum->currency);
            else
                projection_answer_integer(answer, sum->numbers[n]);
        projection_answer_ratio(answer, sum->numbers[ACTUAL], sum->numbers[PLAN]);
    }
}

static void answer_notes(const struct plans *plans, struct projection_answer *answer) {
    const struct {
        uint64_t count;
        const char *one, *many, *text;
    } rows[] = {
        {plans->replaced, "figure was", "figures were",
         "set by more than one plan: the one said last stands. `plan` asks for one plan."},
        {plans->unplanned, "sale is", "sales are",
         "of these months, and for no territory and product that has a plan."},
        {plans->ambiguous, "sale was", "sales were",
         "of a client whose owner held several territories on the day: counted for none."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].count)
            projection_answer_note(
                answer, "%s %s", projection_count(answer, rows[i].count, rows[i].one, rows[i].many),
                rows[i].text);
}

enum ledger_err plan_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct plans plans = {.view = view,
                          .arena = arena,
                          .places = places_of(view, "abc"),
                          .territory = projection_argument(arguments, "territory"),
                          .product = projection_argument(arguments, "product"),
                          .plan = projection_argument(arguments, "plan"),
                          .amounts = sums_in(arena),
                          .packs = sums_in(arena)};
    struct turnover turnover;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = projection_argument_period(arguments, &plans.period, error);
    if (!err && (!read_plans(&plans) || !set_own(&plans) || !raise_all(&plans)))
        err = projection_no_memory(error);
    if (!err)
        err = add_sales(&plans, &turnover, error);
    if (err)
        return err;
    projection_answer_table(answer, "amounts", "Plan and sales in money",
                            PROJECTION_COLUMNS(amount_columns));
    projection_answer_limit(answer, limit);
    answer_sums(&plans, answer, &plans.amounts, true);
    projection_answer_table(answer, "packs", "Plan and sales in packs",
                            PROJECTION_COLUMNS(pack_columns));
    projection_answer_limit(answer, limit);
    answer_sums(&plans, answer, &plans.packs, false);
    answer_notes(&plans, answer);
    turnover_notes(&turnover, answer);
    note_unknown_ids(view, arguments, answer);
    return places_failed(&plans.places) ? projection_no_memory(error) : LEDGER_E_OK;
}
