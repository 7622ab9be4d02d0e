// Clients that pay badly and with whom a new contract is being made: the alert on open deals.
#include "credit.h"
#include "deals.h"

enum { LATE_PERCENT = 30, OVERDUE_DAYS = 30 }; // if the question does not say

struct limits {
    uint64_t late_percent, overdue_days;
};

static const struct projection_column deal_columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"opened", "Opened", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"amount", "Amount", PROJECTION_MONEY},
    {"why", "Why", PROJECTION_TEXT},
    {"due", "Invoices due so far", PROJECTION_INTEGER},
    {"late", "Of them late", PROJECTION_INTEGER},
    {"late_share", "Share late", PROJECTION_RATIO},
    {"mean_days_late", "Mean days late", PROJECTION_RATIO},
    {"oldest_days", "Oldest overdue, days", PROJECTION_INTEGER},
};
static const struct projection_column debt_columns[] = {
    {"client", "Client", PROJECTION_ID},          {"name", "Name", PROJECTION_TEXT},
    {"open", "Open", PROJECTION_MONEY},           {"overdue", "Overdue", PROJECTION_MONEY},
    {"disputed", "In dispute", PROJECTION_MONEY},
};

static enum ledger_err read_limits(const struct projection_arguments *arguments,
                                   struct limits *limits, struct ledger_error *error) {
    bool given;
    *limits = (struct limits){LATE_PERCENT, OVERDUE_DAYS};
    enum ledger_err err =
        projection_argument_u64(arguments, "late-percent", &limits->late_percent, &given, error);
    if (!err)
        err = projection_argument_u64(arguments, "overdue-days", &limits->overdue_days, &given,
                                      error);
    if (!err && limits->late_percent > 100)
        err = ledger_fail(error, LEDGER_E_INVALID_VALUE, "late-percent", "at most 100");
    return err;
}

// A client's invoices of all currencies: they are counted, not summed.
static const char *why_bad(const struct sum *sum, const struct limits *limits) {
    bool late =
        sum->numbers[LATE_COUNT] * 100 > sum->numbers[DUE_COUNT] * (__int128)limits->late_percent;
    bool old = sum->numbers[OLDEST_DAYS] > (__int128)limits->overdue_days;
    return late && old ? "often late, old debt" : late ? "often late" : old ? "old debt" : NULL;
}

static void answer_deal(struct projection_view *view, struct projection_answer *answer,
                        const struct deal *deal, const struct sum *sum, const char *why) {
    projection_answer_text(answer, deal->id);
    answer_client(view, answer, deal->client);
    projection_answer_moment(answer, &deal->opened);
    projection_answer_text(answer, deal->owner);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, deal->owner));
    answer_amount(answer, deal->minor, deal->currency);
    projection_answer_text(answer, why);
    projection_answer_integer(answer, (int64_t)sum->numbers[DUE_COUNT]);
    projection_answer_integer(answer, (int64_t)sum->numbers[LATE_COUNT]);
    projection_answer_ratio(answer, sum->numbers[LATE_COUNT], sum->numbers[DUE_COUNT]);
    projection_answer_ratio(answer, sum->numbers[LATE_DAYS], sum->numbers[LATE_COUNT]);
    projection_answer_integer(answer, (int64_t)sum->numbers[OLDEST_DAYS]);
}

// One client's open deals. `listed` gets the client if there are any.
static enum ledger_err answer_client_deals(struct projection_view *view,
                                           struct projection_answer *answer, const struct sum *sum,
                                           const char *why, struct projection_ids *listed,
                                           struct ledger_error *error) {
    const char *client = sum->keys[0];
    struct projection_histories deals;
    struct deal deal;
    bool found = true;
    enum ledger_err err = deals_of_client(&deals, view, client, error);
    while (!err && found) {
        err = deals_next(&deals, &deal, &found, error);
        if (err || !found || !deal.open || !deal.client ||
            !projection_view_is_client(view, deal.client, client))
            continue;
        answer_deal(view, answer, &deal, sum, why);
        if (projection_ids_add(listed, client) == PROJECTION_ID_NONE)
            err = projection_no_memory(error);
    }
    return err;
}

static enum ledger_err answer_deals(const struct credit *credit, struct projection_answer *answer,
                                    const struct limits *limits, uint64_t limit,
                                    struct projection_ids *listed, struct ledger_error *error) {
    struct sums clients = sums_in(listed->arena);
    enum ledger_err err = LEDGER_E_OK;
    uint64_t bad = 0;
    for (size_t i = 0; i < credit->sums.ids.count && !err; i++) {
        const struct sum *from = &credit->sums.list[i];
        struct sum *client = *from->keys[0] ? sums_by(&clients, from->keys[0], NULL) : NULL;
        if (client)
            credit_add(client, from);
        else if (*from->keys[0])
            err = projection_no_memory(error);
    }
    sums_sort(&clients);
    projection_answer_table(answer, "deals", "Open deals with clients that pay badly",
                            PROJECTION_COLUMNS(deal_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < clients.ids.count && !err; i++) {
        const char *why = why_bad(&clients.list[i], limits);
        bad += why != NULL;
        if (why)
            err = answer_client_deals(credit->view, answer, &clients.list[i], why, listed, error);
    }
    if (!err && bad > listed->count)
        projection_answer_note(answer, "%s badly and no open deal.",
                               projection_count(answer, bad - listed->count,
                                                "other client has "
                                                "paid",
                                                "other clients have paid"));
    return err;
}

static void answer_debts(struct credit *credit, struct projection_answer *answer,
                         const struct projection_ids *listed, uint64_t limit) {
    sums_sort(&credit->sums);
    projection_answer_table(answer, "debts", "What these clients owe",
                            PROJECTION_COLUMNS(debt_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < credit->sums.ids.count; i++) {
        const struct sum *sum = &credit->sums.list[i];
        if (projection_ids_find(listed, sum->keys[0]) == PROJECTION_ID_NONE)
            continue;
        answer_client(credit->view, answer, sum->keys[0]);
        projection_answer_money(answer, sum->numbers[OPEN_END], sum->currency);
        projection_answer_money(answer, credit_overdue(sum), sum->currency);
        projection_answer_money(answer, sum->numbers[DISPUTED], sum->currency);
    }
}

enum ledger_err histories_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct projection_ids listed = {.arena = projection_view_arena(view)};
    struct credit credit;
    struct limits limits;
    int32_t day = LEDGER_DAY_MIN;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_limits(arguments, &limits, error);
    (void)today(view, &day); // nothing is recorded: nothing is owed on any day
    if (!err)
        err = credit_read(&credit, view, projection_argument(arguments, "client"), LEDGER_DAY_MIN,
                          day, error);
    if (!err)
        err = answer_deals(&credit, answer, &limits, limit, &listed, error);
    if (err)
        return err;
    answer_debts(&credit, answer, &listed, limit);
    answer_flags(answer, invoice_flag_texts, credit.flags, INVOICE_FLAGS);
    projection_answer_note_today(answer, view);
    credit_notes(&credit, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
