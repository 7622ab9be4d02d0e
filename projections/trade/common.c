// What every query of this projection needs to tell.
#include <string.h>

#include "trade.h"

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

void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer) {
    static const struct projection_known known[] = {
        {"client",
         "client",
         {CLIENTS, CLIENT_INVOICES, CLIENT_ORDERS, SALES, TERMS, CLIENT_DEALS, VISITS}},
        {"product", "product", {PRODUCTS}},
        {"territory", "territory", {TERRITORIES, SALES_PLANS}},
    };
    projection_answer_note_unknown(answer, view, arguments, known, sizeof known / sizeof known[0]);
}

bool today(struct projection_view *view, int32_t *day) {
    const struct ledger_moment now = projection_view_today(view);
    *day = now.day;
    return now.when != LEDGER_WHEN_UNKNOWN;
}
