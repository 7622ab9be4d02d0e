// What clients owe and how they pay, over a period.
#include <string.h>

#include "credit.h"

enum { PERIOD_DAYS = 90 }; // if the question does not say from when

static const struct projection_column figure_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"open_start", "Open at the start", PROJECTION_MONEY},
    {"credit_sales", "Invoiced", PROJECTION_MONEY},
    {"open_end", "Open at the end", PROJECTION_MONEY},
    {"not_yet_due", "Of it not yet due", PROJECTION_MONEY},
    {"disputed", "Of it in dispute", PROJECTION_MONEY},
    {"days", "Days", PROJECTION_INTEGER, .detail = true},
    {"dso", "DSO, days", PROJECTION_RATIO},
    {"best_possible_dso", "Best possible DSO, days", PROJECTION_RATIO},
    {"add", "Average days delinquent", PROJECTION_RATIO},
    {"cei", "Collection effectiveness, %", PROJECTION_RATIO},
    {"due", "Invoices due", PROJECTION_INTEGER},
    {"late", "Of them late", PROJECTION_INTEGER},
    {"late_share", "Share late", PROJECTION_RATIO},
    {"mean_days_late", "Mean days late", PROJECTION_RATIO},
};
static const struct projection_column age_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"current", "Not overdue", PROJECTION_MONEY},
    {"overdue_1_30", "Overdue 1-30 days", PROJECTION_MONEY},
    {"overdue_31_60", "31-60 days", PROJECTION_MONEY},
    {"overdue_61_90", "61-90 days", PROJECTION_MONEY},
    {"overdue_over_90", "Over 90 days", PROJECTION_MONEY},
    {"disputed", "In dispute", PROJECTION_MONEY},
    {"open", "All open", PROJECTION_MONEY},
};
static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"open", "Open", PROJECTION_MONEY},
    {"overdue", "Overdue", PROJECTION_MONEY},
    {"disputed", "In dispute", PROJECTION_MONEY},
    {"oldest_days", "Oldest overdue, days", PROJECTION_INTEGER},
    {"credit_sales", "Invoiced", PROJECTION_MONEY},
    {"dso", "DSO, days", PROJECTION_RATIO},
    {"due", "Invoices due", PROJECTION_INTEGER},
    {"late", "Of them late", PROJECTION_INTEGER},
    {"late_share", "Share late", PROJECTION_RATIO},
    {"mean_days_late", "Mean days late", PROJECTION_RATIO},
};
static const struct projection_column limit_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"open", "Open", PROJECTION_MONEY},
    {"limit", "Credit limit", PROJECTION_MONEY},
    {"over", "Over the limit", PROJECTION_MONEY},
    {"since", "Limit in force since", PROJECTION_DATE},
};
static const struct projection_column stray_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"amount", "Paid", PROJECTION_MONEY},
};

// ---- the period
// Up to now, and over 90 days, unless the question says otherwise.
static enum ledger_err read_period(struct projection_view *view,
                                   const struct projection_arguments *arguments, int32_t *from,
                                   int32_t *to, struct ledger_error *error) {
    bool has_from, has_to;
    char text[LEDGER_DATE_TEXT_SIZE];
    enum ledger_err err = projection_argument_day(arguments, "from", from, &has_from, error);
    if (!err)
        err = projection_argument_day(arguments, "to", to, &has_to, error);
    if (err)
        return err;
    if (!has_to && !today(view, to))
        *to = has_from ? *from : 0; // nothing is recorded: any day will do
    if (!has_from)
        *from = *to - PERIOD_DAYS + 1;
    if (*from <= *to)
        return LEDGER_E_OK;
    ledger_date_format(*to, text);
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, "from", "%s is later than %s, %s",
                       projection_argument(arguments, "from"), has_to ? "to" : "now", text);
}

// ---- the answer
static void answer_punctuality(struct projection_answer *answer, const struct sum *sum) {
    projection_answer_integer(answer, (int64_t)sum->numbers[DUE_COUNT]);
    projection_answer_integer(answer, (int64_t)sum->numbers[LATE_COUNT]);
    projection_answer_ratio(answer, sum->numbers[LATE_COUNT], sum->numbers[DUE_COUNT]);
    projection_answer_ratio(answer, sum->numbers[LATE_DAYS], sum->numbers[LATE_COUNT]);
}

static void answer_figures(struct projection_answer *answer, const struct sums *totals,
                           int64_t days) {
    projection_answer_table(answer, "figures", "Receivables", PROJECTION_COLUMNS(figure_columns));
    for (size_t i = 0; i < totals->ids.count; i++) {
        const struct sum *sum = &totals->list[i];
        const __int128 *numbers = sum->numbers;
        __int128 reach = numbers[OPEN_START] + numbers[CREDIT_SALES];
        projection_answer_text(answer, sum->currency);
        for (size_t n = OPEN_START; n <= DISPUTED; n++)
            projection_answer_money(answer, numbers[n], sum->currency);
        projection_answer_integer(answer, days);
        projection_answer_ratio(answer, numbers[OPEN_END] * days, numbers[CREDIT_SALES]);
        projection_answer_ratio(answer, numbers[NOT_DUE] * days, numbers[CREDIT_SALES]);
        projection_answer_ratio(answer, (numbers[OPEN_END] - numbers[NOT_DUE]) * days,
                                numbers[CREDIT_SALES]);
        projection_answer_ratio(answer, (reach - numbers[OPEN_END]) * 100,
                                reach - numbers[NOT_DUE]);
        answer_punctuality(answer, sum);
    }
}

static void answer_ages(struct projection_answer *answer, const struct sums *totals) {
    projection_answer_table(answer, "ageing", "Open at the end, by age",
                            PROJECTION_COLUMNS(age_columns));
    for (size_t i = 0; i < totals->ids.count; i++) {
        const struct sum *sum = &totals->list[i];
        projection_answer_text(answer, sum->currency);
        for (size_t age = 0; age < AGES; age++)
            projection_answer_money(answer, sum->numbers[AGED + age], sum->currency);
        projection_answer_money(answer, sum->numbers[DISPUTED], sum->currency);
        projection_answer_money(answer, sum->numbers[OPEN_END], sum->currency);
    }
}

static void answer_clients(struct projection_answer *answer, struct credit *credit, int64_t days,
                           uint64_t limit) {
    sums_sort_by_number(&credit->sums, OPEN_END);
    projection_answer_table(answer, "clients", "Clients, the largest debts first",
                            PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < credit->sums.ids.count; i++) {
        const struct sum *sum = &credit->sums.list[i];
        answer_client(credit->view, answer, sum_text(sum->keys[0]));
        projection_answer_money(answer, sum->numbers[OPEN_END], sum->currency);
        projection_answer_money(answer, credit_overdue(sum), sum->currency);
        projection_answer_money(answer, sum->numbers[DISPUTED], sum->currency);
        projection_answer_integer(answer, (int64_t)sum->numbers[OLDEST_DAYS]);
        projection_answer_money(answer, sum->numbers[CREDIT_SALES], sum->currency);
        projection_answer_ratio(answer, sum->numbers[OPEN_END] * days, sum->numbers[CREDIT_SALES]);
        answer_punctuality(answer, sum);
    }
}

// A limit is in one currency, and only debts in that are held against it.
static enum ledger_err answer_limits(struct projection_answer *answer, const struct credit *credit,
                                     uint64_t limit, struct ledger_error *error) {
    struct dated_table table = dated_table(credit->view, TERMS, true, NULL);
    projection_answer_table(answer, "limits", "Credit limits exceeded",
                            PROJECTION_COLUMNS(limit_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < credit->sums.ids.count; i++) {
        const struct sum *sum = &credit->sums.list[i];
        const struct dated *dated = dated_in_force(&table, sum_text(sum->keys[0]), credit->to);
        struct terms_row terms;
        if (!dated)
            continue;
        trade_row_read(TERMS_ROW, dated->value, &terms);
        if (!terms.currency || strcmp(terms.currency, sum->currency) != 0 ||
            sum->numbers[OPEN_END] <= terms.limit)
            continue;
        answer_client(credit->view, answer, sum_text(sum->keys[0]));
        projection_answer_money(answer, sum->numbers[OPEN_END], sum->currency);
        projection_answer_money(answer, terms.limit, sum->currency);
        projection_answer_money(answer, sum->numbers[OPEN_END] - terms.limit, sum->currency);
        projection_answer_day_if(answer, terms.from != INT32_MIN, terms.from);
    }
    return table.failed ? projection_no_memory(error) : LEDGER_E_OK;
}

static void answer_strays(struct projection_answer *answer, struct credit *credit, uint64_t limit) {
    sums_sort(&credit->stray);
    projection_answer_table(answer, "strays", "Payments that lessen no debt",
                            PROJECTION_COLUMNS(stray_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < credit->stray.ids.count; i++) {
        const struct sum *sum = &credit->stray.list[i];
        answer_client(credit->view, answer, sum_text(sum->keys[0]));
        projection_answer_money(answer, sum->numbers[0], sum->currency);
    }
}

static bool add_totals(const struct credit *credit, struct sums *totals) {
    for (size_t i = 0; i < credit->sums.ids.count; i++) {
        struct sum *total = sums_by(totals, NULL, credit->sums.list[i].currency);
        if (!total)
            return false;
        credit_add(total, &credit->sums.list[i]);
    }
    sums_sort(totals);
    return true;
}

static void note_period(struct projection_answer *answer, const struct credit *credit) {
    char from[LEDGER_DATE_TEXT_SIZE];
    char to[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(credit->from, from);
    ledger_date_format(credit->to, to);
    projection_answer_note(answer, "The period is from %s to %s, both included.", from, to);
}

enum ledger_err receivables_answer(struct projection_view *view,
                                   const struct projection_arguments *arguments,
                                   struct projection_answer *answer, struct ledger_error *error) {
    struct credit credit;
    struct sums totals = sums_in(projection_view_arena(view));
    int32_t from, to;
    uint64_t limit = 0;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_period(view, arguments, &from, &to, error);
    if (!err)
        err = credit_read(&credit, view, projection_argument(arguments, "client"), from, to, error);
    if (!err && !add_totals(&credit, &totals))
        err = projection_no_memory(error);
    if (err)
        return err;
    int64_t days = (int64_t)to - from + 1;
    answer_figures(answer, &totals, days);
    answer_ages(answer, &totals);
    answer_clients(answer, &credit, days, limit);
    err = answer_limits(answer, &credit, limit, error);
    answer_strays(answer, &credit, limit);
    answer_flags(answer, invoice_flag_texts, credit.flags, INVOICE_FLAGS);
    note_period(answer, &credit);
    if (!projection_argument(arguments, "to"))
        projection_answer_note_today(answer, view);
    credit_notes(&credit, answer);
    note_unknown_ids(view, arguments, answer);
    return err;
}
