// What was sold, by whatever the question names: the cube of sales.
#include <stdlib.h>
#include <string.h>

#include "sums.h"
#include "turnover.h"

enum dimension { BY_PRODUCT, BY_SEGMENT, BY_TERRITORY, BY_REGION, BY_CLIENT, BY_MONTH };
enum { DIMENSIONS = BY_MONTH + 1 };
static const struct {
    const char *name, *title, *name_column, *name_title;
    uint8_t names; // table of names; 0 = none
    enum projection_kind kind;
} dimensions[DIMENSIONS] = {
    [BY_PRODUCT] = {"product", "Product", "product_name", "Product's name", PRODUCTS,
                    PROJECTION_ID},
    [BY_SEGMENT] = {"segment", "Segment", .kind = PROJECTION_TEXT},
    [BY_TERRITORY] = {"territory", "Territory", .kind = PROJECTION_ID},
    [BY_REGION] = {"region", "Region", .kind = PROJECTION_ID},
    [BY_CLIENT] = {"client", "Client", "client_name", "Client's name", CLIENTS, PROJECTION_ID},
    [BY_MONTH] = {"month", "Month", .kind = PROJECTION_TEXT},
};

enum sale_number { PIECES, QTY, AMOUNT, QTY_BEFORE, AMOUNT_BEFORE };

static const struct projection_column number_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"sales", "Sales or order lines", PROJECTION_INTEGER},
    {"qty", "Packs", PROJECTION_INTEGER},
    {"qty_share", "Share of packs", PROJECTION_RATIO, .detail = true},
    {"amount", "Amount", PROJECTION_MONEY},
    {"share", "Share of amount", PROJECTION_RATIO},
    {"qty_before", "Packs before", PROJECTION_INTEGER, .detail = true},
    {"qty_growth", "Growth in packs", PROJECTION_RATIO, .detail = true},
    {"amount_before", "Amount before", PROJECTION_MONEY, .detail = true},
    {"growth", "Growth in amount", PROJECTION_RATIO},
};
enum { NUMBER_COLUMNS = sizeof number_columns / sizeof number_columns[0] };

struct cube {
    struct projection_view *view;
    struct ledger_arena *arena;
    enum dimension by[DIMENSIONS]; // in the order asked for
    size_t by_count;
    bool by_month, by_territory;             // among them; a region is told by the territory
    struct projection_period period, before; // `before` only if has_before
    bool has_before;
    const char *product;
    struct places places;
    struct sums sums, totals;
    uint64_t ambiguous; // pieces of the period under no territory, since there were several
};

// ---- the question
static enum ledger_err read_dimensions(struct cube *cube, const char *text,
                                       struct ledger_error *error) {
    for (const char *at = text; *at; at += *at == ',') {
        size_t length = strcspn(at, ",");
        size_t found = 0;
        while (found < DIMENSIONS && (strlen(dimensions[found].name) != length ||
                                      strncmp(dimensions[found].name, at, length) != 0))
            found++;
        for (size_t i = 0; i < cube->by_count && found < DIMENSIONS; i++)
            if (cube->by[i] == found)
                return ledger_fail(error, LEDGER_E_INVALID_VALUE, "by", "%s is named twice",
                                   dimensions[found].name);
        if (found == DIMENSIONS)
            return ledger_fail(error, LEDGER_E_INVALID_VALUE, "by",
                               "%.60s is none of product, segment, territory, region, client and "
                               "month",
                               at);
        cube->by[cube->by_count++] = (enum dimension)found;
        cube->by_month |= found == BY_MONTH;
        cube->by_territory |= found == BY_TERRITORY || found == BY_REGION;
        at += length;
    }
    return LEDGER_E_OK;
}

// The period before: as many whole months, if the period is of whole months, else as many days.
static void set_before(struct cube *cube) {
    const struct projection_period *period = &cube->period;
    cube->has_before = period->from != INT32_MIN && period->to != INT32_MAX;
    if (!cube->has_before)
        return;
    int64_t first = projection_month_of(period->from);
    int64_t last = projection_month_of(period->to);
    cube->before.to = period->from - 1;
    if (projection_month_first(first) == period->from && projection_month_last(last) == period->to)
        cube->before.from = projection_month_first(first - (last - first + 1));
    else
        cube->before.from = period->from - (period->to - period->from + 1);
}

// ---- one sale
static const char *key_of(struct cube *cube, enum dimension by, const struct piece *piece,
                          const char *territory, int64_t month) {
    const char *parent;
    switch (by) {
    case BY_PRODUCT:
        return piece->product;
    case BY_CLIENT:
        return piece->client;
    case BY_SEGMENT:
        return piece->has_day ? place_segment(&cube->places, piece->client, piece->day) : NULL;
    case BY_TERRITORY:
        return territory;
    case BY_REGION:
        parent = place_parent(&cube->places, territory, piece->day);
        return parent ? parent : territory;
    case BY_MONTH:
        return piece->has_day ? projection_month_text(cube->arena, month) : NULL;
    }
    return NULL;
}

static void add_numbers(struct sum *sum, const struct piece *piece, bool before) {
    sum->numbers[PIECES] += !before;
    sum->numbers[before ? QTY_BEFORE : QTY] += piece->qty;
    sum->numbers[before ? AMOUNT_BEFORE : AMOUNT] += piece->minor;
}

// Into the numbers of the period, or of what was before.
static bool add(struct cube *cube, const struct piece *piece, int64_t month, bool before) {
    const char *keys[DIMENSIONS];
    const char *territory = NULL;
    bool several = false;
    if (piece->has_day && cube->by_territory)
        territory = place_territory(&cube->places, piece->stated_territory, piece->client,
                                    piece->day, &several);
    cube->ambiguous += several && !before;
    for (size_t i = 0; i < cube->by_count; i++)
        keys[i] = key_of(cube, cube->by[i], piece, territory, month);
    struct sum *sum = sums_of(&cube->sums, keys, cube->by_count, piece->currency);
    if (!sum || places_failed(&cube->places))
        return false;
    add_numbers(sum, piece, before);
    return true;
}

static bool add_total(struct cube *cube, const struct piece *piece, bool before) {
    struct sum *total = sums_by(&cube->totals, NULL, piece->currency);
    if (total)
        add_numbers(total, piece, before);
    return total;
}

// By month, what was before is the month before: of a month that lies wholly in the period.
static bool add_piece(struct cube *cube, const struct piece *piece) {
    const struct projection_period *period = &cube->period;
    const struct ledger_moment day =
        piece->has_day ? ledger_moment_date(piece->day) : ledger_moment_unknown();
    int64_t month = piece->has_day ? projection_month_of(piece->day) : 0;
    if (cube->product && (!piece->product || strcmp(piece->product, cube->product) != 0))
        return true;
    if (projection_period_holds(period, &day) &&
        (!add(cube, piece, month, false) || !add_total(cube, piece, false)))
        return false;
    bool before =
        piece->has_day && cube->has_before && projection_period_holds(&cube->before, &day);
    if (before && !add_total(cube, piece, true))
        return false;
    if (cube->by_month)
        before = piece->has_day && period->from <= projection_month_first(month + 1) &&
                 projection_month_last(month + 1) <= period->to;
    return !before || add(cube, piece, month + cube->by_month, true);
}

static enum ledger_err collect(struct cube *cube, struct turnover *turnover,
                               struct ledger_error *error) {
    struct piece piece;
    bool found = true;
    enum ledger_err err = LEDGER_E_OK;
    while (!err && found) {
        err = turnover_next(turnover, &piece, &found, error);
        if (!err && found && !add_piece(cube, &piece))
            err = projection_no_memory(error);
    }
    return err;
}

// ---- the answer
// A month without sales has no row.
static bool is_row(const struct cube *cube, const struct sum *sum) {
    return sum->numbers[PIECES] || !cube->by_month;
}

// Growth over nothing, or over less, is none.
static void answer_growth(struct projection_answer *answer, __int128 now, __int128 before) {
    projection_answer_ratio(answer, now - before, before > 0 ? before : 0);
}

// A month is compared only if it lies wholly in the period, and other rows only if that has ends.
static bool is_compared(const struct cube *cube, const struct sum *sum) {
    int64_t month = 0;
    if (!cube->by_month)
        return cube->has_before;
    for (size_t i = 0; i < cube->by_count; i++)
        if (cube->by[i] == BY_MONTH && !projection_month_parse(sum->keys[i], &month))
            return false;
    return cube->period.from <= projection_month_first(month) &&
           projection_month_last(month) <= cube->period.to;
}

static void answer_numbers(struct projection_answer *answer, const struct sum *sum,
                           const struct sum *total, __int128 all_packs, bool compared) {
    const __int128 *numbers = sum->numbers;
    projection_answer_text(answer, sum_text(sum->currency));
    projection_answer_integer(answer, (int64_t)numbers[PIECES]);
    projection_answer_integer(answer, numbers[QTY]);
    projection_answer_ratio(answer, numbers[QTY], all_packs);
    answer_amount(answer, numbers[AMOUNT], sum->currency);
    projection_answer_ratio(answer, numbers[AMOUNT], *sum->currency ? total->numbers[AMOUNT] : 0);
    if (compared)
        projection_answer_integer(answer, numbers[QTY_BEFORE]);
    else
        projection_answer_none(answer);
    answer_growth(answer, numbers[QTY], compared ? numbers[QTY_BEFORE] : 0);
    answer_amount(answer, numbers[AMOUNT_BEFORE], compared ? sum->currency : NULL);
    answer_growth(answer, numbers[AMOUNT], compared ? numbers[AMOUNT_BEFORE] : 0);
}

static size_t set_columns(const struct cube *cube, struct projection_column *columns) {
    size_t count = 0;
    for (size_t i = 0; i < cube->by_count; i++) {
        enum dimension by = cube->by[i];
        columns[count++] = (struct projection_column){dimensions[by].name, dimensions[by].title,
                                                      dimensions[by].kind};
        if (dimensions[by].names)
            columns[count++] = (struct projection_column){
                dimensions[by].name_column, dimensions[by].name_title, PROJECTION_TEXT};
    }
    memcpy(columns + count, number_columns, sizeof number_columns);
    return count + NUMBER_COLUMNS;
}

// There is one for every row.
static const struct sum *total_of(const struct sums *totals, const char *currency) {
    size_t i = 0;
    while (strcmp(totals->list[i].currency, currency) != 0)
        i++;
    return &totals->list[i];
}

static enum ledger_err answer_cube(struct cube *cube, struct projection_answer *answer,
                                   uint64_t limit, struct ledger_error *error) {
    const struct sums *totals = &cube->totals;
    struct projection_column *columns =
        ledger_arena_calloc(cube->arena, (2 * DIMENSIONS + NUMBER_COLUMNS) * sizeof *columns);
    __int128 all_packs = 0;
    if (!columns)
        return projection_no_memory(error);
    sums_sort(&cube->totals);
    for (size_t i = 0; i < totals->ids.count; i++)
        all_packs += totals->list[i].numbers[QTY];
    if (cube->by_month)
        sums_sort(&cube->sums);
    else
        sums_sort_by_number(&cube->sums, AMOUNT);
    projection_answer_table(answer, "sales", "Sales", columns, set_columns(cube, columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < cube->sums.ids.count; i++) {
        const struct sum *sum = &cube->sums.list[i];
        for (size_t k = 0; k < cube->by_count && is_row(cube, sum); k++) {
            uint8_t names = dimensions[cube->by[k]].names;
            projection_answer_text(answer, sum_text(sum->keys[k]));
            if (names)
                projection_answer_text(answer, projection_name(cube->view, names, sum->keys[k]));
        }
        if (is_row(cube, sum))
            answer_numbers(answer, sum, total_of(totals, sum->currency), all_packs,
                           is_compared(cube, sum));
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(number_columns));
    for (size_t i = 0; i < totals->ids.count; i++)
        answer_numbers(answer, &totals->list[i], &totals->list[i], all_packs, cube->has_before);
    return LEDGER_E_OK;
}

static void note_before(const struct cube *cube, struct projection_answer *answer) {
    char from[LEDGER_DATE_TEXT_SIZE];
    char to[LEDGER_DATE_TEXT_SIZE];
    if (cube->by_month)
        projection_answer_note(answer, "Growth of a month is over the month before; of months "
                                       "that are wholly in the period.");
    if (!cube->has_before)
        return;
    ledger_date_format(cube->before.from, from);
    ledger_date_format(cube->before.to, to);
    projection_answer_note(answer,
                           cube->by_month
                               ? "Growth of the totals is over the period from "
                                 "%s to %s, both included."
                               : "Growth is over the period from %s to %s, both included.",
                           from, to);
}

enum ledger_err sales_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    static const char *const sources[] = {"sales", "orders"};
    static const char *const schemes[] = {"abc", "potential", "loyalty", "target"};
    struct ledger_arena *arena = projection_view_arena(view);
    const char *by = projection_argument(arguments, "by");
    struct cube cube = {.view = view,
                        .arena = arena,
                        .product = projection_argument(arguments, "product"),
                        .sums = sums_in(arena),
                        .totals = sums_in(arena)};
    struct turnover turnover;
    size_t source, scheme;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_dimensions(&cube, by ? by : "product", error);
    if (!err)
        err = choice_of(arguments, "of", sources, 2, &source, error);
    if (!err)
        err = choice_of(arguments, "scheme", schemes, 4, &scheme, error);
    if (!err)
        err = projection_argument_period(arguments, &cube.period, error);
    if (!err)
        err = turnover_begin(&turnover, view, source == 1, projection_argument(arguments, "client"),
                             error);
    if (err)
        return err;
    cube.places = places_of(view, schemes[scheme]);
    set_before(&cube);
    err = collect(&cube, &turnover, error);
    if (!err)
        err = answer_cube(&cube, answer, limit, error);
    if (err)
        return err;
    note_before(&cube, answer);
    if (cube.ambiguous)
        projection_answer_note(
            answer,
            "%s of a client whose owner held several territories on "
            "the day: under none of them.",
            projection_count(answer, cube.ambiguous, "piece was", "pieces were"));
    turnover_notes(&turnover, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
