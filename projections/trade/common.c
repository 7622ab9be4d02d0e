// What every query of this projection needs to tell.
#include <string.h>

#include "trade.h"

enum ledger_err limit_of(const struct projection_arguments *arguments, uint64_t *limit,
                         struct ledger_error *error) {
    bool limited;
    *limit = 0;
    return projection_argument_u64(arguments, "limit", limit, &limited, error);
}

enum ledger_err choice_of(const struct projection_arguments *arguments, const char *name,
                          const char *const choices[], size_t count, size_t *choice,
                          struct ledger_error *error) {
    const char *text = projection_argument(arguments, name);
    *choice = 0;
    while (text && *choice < count && strcmp(text, choices[*choice]) != 0)
        ++*choice;
    return *choice < count ? LEDGER_E_OK
                           : ledger_fail(error, LEDGER_E_INVALID_VALUE, name,
                                         "%.60s is none of those it can be", text);
}

void answer_day(struct projection_answer *answer, bool has, int64_t day) {
    if (has)
        projection_answer_day(answer, (int32_t)day);
    else
        projection_answer_none(answer);
}

void answer_amount(struct projection_answer *answer, __int128 minor, const char *currency) {
    if (currency && *currency)
        projection_answer_money(answer, minor, currency);
    else
        projection_answer_none(answer);
}

void answer_client(struct projection_view *view, struct projection_answer *answer,
                   const char *client) {
    projection_answer_text(answer, client);
    projection_answer_text(answer, projection_name(view, CLIENTS, client));
}

// ---- ids of which nothing is known: told, so that a slip of the pen is no empty answer
enum { TABLES_MAX = 8 };
static const struct {
    const char *parameter;
    uint8_t tables[TABLES_MAX]; // 0 ends them
} known[] = {
    {"client", {CLIENTS, CLIENT_INVOICES, CLIENT_ORDERS, SALES, TERMS, CLIENT_DEALS, VISITS}},
    {"product", {PRODUCTS}},
    {"territory", {TERRITORIES, SALES_PLANS}},
};

void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer) {
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *id = projection_argument(arguments, known[i].parameter);
        const char *const *ids;
        size_t count = 0;
        while (count < TABLES_MAX && known[i].tables[count])
            count++;
        if (id && projection_view_client_ids(view, id, &ids) < 2 &&
            !projection_knows(view, known[i].tables, count, id))
            projection_answer_nothing_known(answer, known[i].parameter, id);
    }
}

bool today(struct projection_view *view, int32_t *day) {
    const struct ledger_moment now = projection_view_today(view);
    *day = now.day;
    return now.when != LEDGER_WHEN_UNKNOWN;
}
