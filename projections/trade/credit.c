#include "credit.h"

#include <string.h>

_Static_assert((int)OLDEST_DAYS < (int)SUM_NUMBERS, "a sum holds all credit numbers");
_Static_assert((int)DUE_COUNT == (int)AGED + (int)AGES, "as many numbers as ages");

static size_t age_of(int64_t days_overdue) {
    static const int64_t last[] = {0, 30, 60, 90};
    size_t age = 0;
    while (age < AGES - 1 && days_overdue > last[age])
        age++;
    return age;
}

// An invoice without a due day is never overdue.
static int64_t overdue_days(const struct invoice *invoice, int64_t day) {
    return invoice->has_due && day > invoice->due ? day - invoice->due : 0;
}

static void add_punctuality(const struct credit *credit, struct sum *sum,
                            const struct invoice *invoice) {
    int64_t day = credit->to;
    if (!invoice->has_due || invoice->due < credit->from || invoice->due > credit->to ||
        invoice->issued_day > credit->to)
        return;
    bool settled = invoice_settled(invoice, credit->to, &day);
    if (!settled && credit->to == invoice->due)
        return; // the due day is not over
    // One that was paid before its issue was paid in time, whatever day it was due.
    bool late = day > invoice->due && (!settled || day > invoice->issued_day);
    sum->numbers[DUE_COUNT]++;
    sum->numbers[LATE_COUNT] += late;
    sum->numbers[LATE_DAYS] += late ? day - invoice->due : 0;
}

static void add_debt(const struct credit *credit, struct sum *sum, const struct invoice *invoice) {
    __int128 open = invoice_open_at(invoice, credit->to);
    int64_t overdue = overdue_days(invoice, credit->to);
    sum->numbers[OPEN_START] += invoice_open_at(invoice, (int64_t)credit->from - 1);
    if (credit->from <= invoice->issued_day && invoice->issued_day <= credit->to)
        sum->numbers[CREDIT_SALES] += invoice->minor;
    sum->numbers[OPEN_END] += open;
    sum->numbers[NOT_DUE] += overdue ? 0 : open;
    if (invoice_disputed_at(invoice, credit->to)) {
        sum->numbers[DISPUTED] += open;
        return;
    }
    sum->numbers[AGED + age_of(overdue)] += open;
    if (open && overdue > sum->numbers[OLDEST_DAYS])
        sum->numbers[OLDEST_DAYS] = overdue;
    add_punctuality(credit, sum, invoice);
}

// What the flags say lessens no debt.
static bool add_stray(struct credit *credit, const struct invoice *invoice) {
    for (size_t i = 0; i < invoice->event_count; i++) {
        const struct invoice_event *event = &invoice->events[i];
        bool stray =
            event->flags & (1u << PAYMENT_OF_UNKNOWN_INVOICE | 1u << PAYMENT_IN_ANOTHER_CURRENCY);
        if (!stray || !event->row.has_day || event->row.day > credit->to)
            continue;
        struct sum *sum = sums_by(&credit->stray, invoice->client, event->row.currency);
        if (!sum)
            return false;
        sum->numbers[0] += event->row.minor;
    }
    return true;
}

static bool add_invoice(struct credit *credit, const struct invoice *invoice) {
    for (size_t i = 0; i < INVOICE_FLAGS; i++)
        credit->flags[i] += invoice->flags[i];
    credit->unknown_day += invoice->unknown_day;
    credit->left_out += invoice->left_out;
    credit->no_issue_day += invoice->issued && !invoice->has_issued_day && !invoice->left_out;
    if (!add_stray(credit, invoice))
        return false;
    if (!invoice_is_debt(invoice) || invoice->issued_day > credit->to)
        return true;
    struct sum *sum = sums_by(&credit->sums, invoice->client, invoice->currency);
    if (!sum)
        return false;
    credit->no_due_day += !invoice->has_due && invoice_open_at(invoice, credit->to) > 0;
    add_debt(credit, sum, invoice);
    return true;
}

enum ledger_err credit_read(struct credit *credit, struct projection_view *view, const char *client,
                            int32_t from, int32_t to, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct invoices invoices;
    const struct invoice *invoice = NULL;
    *credit = (struct credit){
        .view = view, .from = from, .to = to, .sums = sums_in(arena), .stray = sums_in(arena)};
    enum ledger_err err = invoices_of_client(&invoices, view, client, error);
    while (!err) {
        err = invoices_next(&invoices, &invoice, error);
        if (err || !invoice)
            break;
        if (client &&
            (!invoice->client || !projection_view_is_client(view, invoice->client, client)))
            continue;
        if (!add_invoice(credit, invoice))
            err = projection_no_memory(error);
    }
    credit->unknown_time = invoices.unknown_time;
    return err;
}

void credit_add(struct sum *to, const struct sum *from) {
    for (size_t i = 0; i < OLDEST_DAYS; i++)
        to->numbers[i] += from->numbers[i];
    if (from->numbers[OLDEST_DAYS] > to->numbers[OLDEST_DAYS])
        to->numbers[OLDEST_DAYS] = from->numbers[OLDEST_DAYS];
}

__int128 credit_overdue(const struct sum *sum) {
    __int128 overdue = 0;
    for (size_t age = 1; age < AGES; age++)
        overdue += sum->numbers[AGED + age];
    return overdue;
}

void credit_notes(const struct credit *credit, struct projection_answer *answer) {
    const struct {
        uint64_t count;
        const char *one, *many, *text;
    } rows[] = {
        {credit->no_due_day, "open invoice has", "open invoices have",
         "no due day, and no credit terms were in force when issued: taken as not yet due."},
        {credit->no_issue_day, "invoice was issued", "invoices were issued",
         "on an unknown day: in no figure."},
        {credit->left_out, "invoice was issued", "invoices were issued",
         "at an unknown time: not known to have been by the time asked for, and in no figure."},
        {credit->unknown_day, "payment or dispute is", "payments and disputes are",
         "of an unknown day: not known to have been by any day, and not counted."},
        {credit->unknown_time, "payment or dispute happened", "payments and disputes happened",
         "at an unknown time: not known to have by the time asked for, and not counted."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].count)
            projection_answer_note(
                answer, "%s %s", projection_count(answer, rows[i].count, rows[i].one, rows[i].many),
                rows[i].text);
}
