// Transfers of value: how many, and how much, by nature and currency.
#include <stdlib.h>
#include <string.h>

#include "rep_activity.h"
#include "runtime/ids.h"

struct sum {
    const char *nature, *currency;
    uint64_t count;
    __int128 minor;
};

struct sums {
    struct projection_ids keys; // currency and nature
    struct sum *list;           // by number
    size_t capacity;
};

static const struct projection_column nature_columns[] = {
    {"nature", "Nature", PROJECTION_TEXT},
    {"transfers", "Transfers", PROJECTION_INTEGER},
    {"amount", "Amount", PROJECTION_MONEY},
};
static const struct projection_column total_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"transfers", "Transfers", PROJECTION_INTEGER},
    {"amount", "Amount", PROJECTION_MONEY},
};

static bool add(struct sums *sums, const char *nature, const struct transfer_row *transfer) {
    struct ledger_arena *arena = sums->keys.arena;
    const char *key =
        ledger_arena_printf(arena, "%s\n%s", transfer->currency, nature ? nature : "");
    size_t number = key ? projection_ids_add(&sums->keys, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(arena, &sums->list, &sums->capacity, number, sizeof(struct sum)))
        return false;
    struct sum *sum = &sums->list[number];
    sum->nature = nature;
    sum->currency = transfer->currency;
    sum->count++;
    sum->minor += transfer->minor;
    return true;
}

static int by_amount(const void *a, const void *b) {
    const struct sum *left = a;
    const struct sum *right = b;
    int currency = strcmp(left->currency, right->currency);
    if (currency)
        return currency;
    if (left->minor != right->minor)
        return left->minor > right->minor ? -1 : 1;
    return strcmp(left->nature ? left->nature : "", right->nature ? right->nature : "");
}

static void answer_sums(struct projection_answer *answer, struct sums *sums, bool natures) {
    if (sums->keys.count)
        qsort(sums->list, sums->keys.count, sizeof(struct sum), by_amount);
    for (size_t i = 0; i < sums->keys.count; i++) {
        const struct sum *sum = &sums->list[i];
        projection_answer_text(answer, natures ? sum->nature : sum->currency);
        projection_answer_integer(answer, (int64_t)sum->count);
        projection_answer_money(answer, sum->minor, sum->currency);
    }
}

enum ledger_err transfers_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct sums natures = {.keys = {.arena = arena}};
    struct sums totals = {.keys = {.arena = arena}};
    const char *rep = projection_argument(arguments, "rep");
    const char *client = projection_view_client(view, projection_argument(arguments, "client"));
    struct projection_period period;
    struct projection_key prefix = {0};
    struct projection_row row;
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (err)
        return err;
    if (rep)
        projection_key_text(&prefix, rep);
    struct projection_cursor *cursor = projection_scan(view, TRANSFERS, &prefix, false);
    while (projection_next(cursor, &row)) {
        const struct transfer_row transfer = transfer_row_read(row.value);
        if (!projection_period_holds(&period, &row.occurred) ||
            (client && !projection_view_is_client(view, transfer.client, client)))
            continue;
        if (!add(&natures, transfer.nature, &transfer) || !add(&totals, NULL, &transfer))
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    projection_answer_table(answer, "natures", "Transfers of value by nature",
                            PROJECTION_COLUMNS(nature_columns));
    projection_answer_limit(answer, limit);
    answer_sums(answer, &natures, true);
    projection_answer_table(answer, "totals", "Transfers of value",
                            PROJECTION_COLUMNS(total_columns));
    answer_sums(answer, &totals, false);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
