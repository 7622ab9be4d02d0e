#include "invoices.h"

#include <stdlib.h>
#include <string.h>

const struct flag_text invoice_flag_texts[INVOICE_FLAGS] = {
    [ISSUED_TWICE] = {"issued_twice", "The invoice was issued already: the first issue counts."},
    [AMOUNT_NOT_POSITIVE] = {"amount_not_positive",
                             "The invoice is for nothing or less: it is in no sum."},
    [DUE_BEFORE_ISSUED] = {"due_before_issued",
                           "The invoice is due before the day of its issue; the due day stands."},
    [PAYMENT_OF_UNKNOWN_INVOICE] = {"payment_of_unknown_invoice",
                                    "No fact issues the invoice that was paid: the payment "
                                    "lessens no debt."},
    [PAYMENT_TWICE] = {"payment_twice",
                       "A payment with this id was received for the invoice already: the first "
                       "counts."},
    [PAYMENT_IN_ANOTHER_CURRENCY] = {"payment_in_another_currency",
                                     "The payment is not in the invoice's currency: it lessens no "
                                     "debt."},
    [PAYMENT_OF_ANOTHER_CLIENT] = {"payment_of_another_client",
                                   "The payment names another client than the invoice; it counts "
                                   "for the invoice."},
    [PAID_BEFORE_ISSUED] = {"paid_before_issued",
                            "The payment came before the day of issue; it counts from then on."},
    [PAID_MORE_THAN_INVOICED] = {"paid_more_than_invoiced",
                                 "With this payment more is paid than was invoiced; what is over "
                                 "lessens no other debt."},
    [PAID_BACK_MORE_THAN_PAID] = {"paid_back_more_than_paid",
                                  "More is paid back than was paid; no more than the invoice's "
                                  "amount is owed."},
    [DISPUTE_OF_UNKNOWN_INVOICE] = {"dispute_of_unknown_invoice",
                                    "No fact issues the invoice that is disputed."},
    [DISPUTE_OPENED_TWICE] = {"dispute_opened_twice", "The invoice was in dispute already."},
    [RESOLVED_NOT_DISPUTED] = {"resolved_not_disputed",
                               "A dispute was resolved that was not open."},
};

// ---- what is owed
bool invoice_is_debt(const struct invoice *invoice) {
    return invoice->issued && !invoice->left_out && invoice->has_issued_day && invoice->minor > 0;
}

static bool is_payment(const struct invoice_event *event) {
    return event->row.kind == INVOICE_PAID && event->counts;
}

__int128 invoice_paid_by(const struct invoice *invoice, int64_t day) {
    __int128 paid = 0;
    for (size_t i = 0; i < invoice->event_count; i++) {
        const struct invoice_event *event = &invoice->events[i];
        if (is_payment(event) && event->row.has_day && event->row.day <= day)
            paid += event->row.minor;
    }
    return paid;
}

static __int128 owed(const struct invoice *invoice, __int128 paid) {
    __int128 open = invoice->minor - paid;
    return open < 0 ? 0 : open > invoice->minor ? invoice->minor : open;
}

__int128 invoice_open_at(const struct invoice *invoice, int64_t day) {
    if (!invoice_is_debt(invoice) || invoice->issued_day > day)
        return 0;
    return owed(invoice, invoice_paid_by(invoice, day));
}

bool invoice_disputed_at(const struct invoice *invoice, int64_t day) {
    bool disputed = false;
    for (size_t i = 0; i < invoice->event_count; i++) {
        const struct invoice_row *row = &invoice->events[i].row;
        if (row->has_day && row->day <= day && row->kind >= DISPUTE_OPENED)
            disputed = row->kind == DISPUTE_OPENED;
    }
    return disputed;
}

bool invoice_settled(const struct invoice *invoice, int64_t by, int64_t *day) {
    __int128 paid = 0;
    bool settled = false;
    for (size_t i = 0; i < invoice->event_count; i++) {
        const struct invoice_event *event = &invoice->events[i];
        if (!is_payment(event) || !event->row.has_day || event->row.day > by)
            continue;
        paid += event->row.minor;
        if (!settled && paid >= invoice->minor)
            *day = event->row.day;
        settled = paid >= invoice->minor;
    }
    return settled;
}

// ---- the fold
static int by_day(const void *a, const void *b) {
    const struct invoice_event *left = a;
    const struct invoice_event *right = b;
    bool left_issues = left->row.kind == INVOICE_ISSUED;
    bool right_issues = right->row.kind == INVOICE_ISSUED;
    if (left_issues != right_issues)
        return left_issues ? -1 : 1;
    if (!left_issues && left->row.has_day != right->row.has_day)
        return left->row.has_day ? -1 : 1;
    if (!left_issues && left->row.day != right->row.day)
        return left->row.day < right->row.day ? -1 : 1;
    return projection_statement_order(&left->at, &right->at);
}

static void flag(struct invoice *invoice, struct invoice_event *event, enum invoice_flag which) {
    event->flags |= 1u << which;
    invoice->flags[which]++;
}

static void set_due(struct invoices *invoices, struct invoice *invoice,
                    const struct invoice_row *row) {
    invoice->has_due = row->has_due;
    invoice->due = row->due;
    if (row->has_due || !row->has_day)
        return;
    const struct dated *dated =
        dated_in_force(&invoices->terms, invoice->client, (int32_t)row->day);
    struct terms_row terms;
    if (!dated)
        return;
    trade_row_read(TERMS_ROW, dated->value, &terms);
    invoice->has_due = invoice->due_by_terms = terms.has_days;
    invoice->due = row->day + terms.days;
}

static void take_issue(struct invoices *invoices, struct invoice *invoice,
                       struct invoice_event *event) {
    struct projection_view *view = invoices->histories.view;
    const struct invoice_row *row = &event->row;
    if (invoice->issued) {
        flag(invoice, event, ISSUED_TWICE);
        return;
    }
    event->counts = true;
    invoice->issued = true;
    invoice->left_out =
        projection_view_occurred(view) && event->at.occurred.when == LEDGER_WHEN_UNKNOWN;
    if (row->client)
        invoice->client = projection_view_client(view, row->client);
    invoice->order = row->order;
    invoice->has_issued_day = row->has_day;
    invoice->issued_day = row->day;
    invoice->currency = row->currency;
    invoice->minor = row->minor;
    set_due(invoices, invoice, row);
    if (row->minor <= 0)
        flag(invoice, event, AMOUNT_NOT_POSITIVE);
    if (row->has_due && row->has_day && row->due < row->day)
        flag(invoice, event, DUE_BEFORE_ISSUED);
}

static bool is_repeated(const struct invoice *invoice, const struct invoice_event *event) {
    for (const struct invoice_event *before = invoice->events; before < event; before++)
        if (before->row.kind == INVOICE_PAID && before->row.payment && event->row.payment &&
            strcmp(before->row.payment, event->row.payment) == 0)
            return true;
    return false;
}

static void take_payment(struct projection_view *view, struct invoice *invoice,
                         struct invoice_event *event, __int128 *paid) {
    const struct invoice_row *row = &event->row;
    const char *client = projection_view_client(view, row->client);
    if (!invoice->issued) {
        flag(invoice, event, PAYMENT_OF_UNKNOWN_INVOICE);
        return;
    }
    if (client && invoice->client && strcmp(client, invoice->client) != 0)
        flag(invoice, event, PAYMENT_OF_ANOTHER_CLIENT);
    if (is_repeated(invoice, event)) {
        flag(invoice, event, PAYMENT_TWICE);
        return;
    }
    if (strcmp(row->currency, invoice->currency) != 0) {
        flag(invoice, event, PAYMENT_IN_ANOTHER_CURRENCY);
        return;
    }
    event->counts = true;
    *paid += row->minor;
    invoice->unknown_day += !row->has_day;
    if (row->has_day && invoice->has_issued_day && row->day < invoice->issued_day)
        flag(invoice, event, PAID_BEFORE_ISSUED);
    if (row->minor > 0 && *paid > invoice->minor)
        flag(invoice, event, PAID_MORE_THAN_INVOICED);
    if (row->minor < 0 && *paid < 0)
        flag(invoice, event, PAID_BACK_MORE_THAN_PAID);
}

static void take_dispute(struct invoice *invoice, struct invoice_event *event, bool *disputed) {
    bool opens = event->row.kind == DISPUTE_OPENED;
    invoice->unknown_day += !event->row.has_day;
    event->counts = event->row.has_day;
    if (!invoice->issued)
        flag(invoice, event, DISPUTE_OF_UNKNOWN_INVOICE);
    else if (opens && *disputed)
        flag(invoice, event, DISPUTE_OPENED_TWICE);
    else if (!opens && !*disputed)
        flag(invoice, event, RESOLVED_NOT_DISPUTED);
    *disputed = opens;
}

static void fold(struct invoices *invoices, struct invoice *invoice) {
    struct projection_view *view = invoices->histories.view;
    __int128 paid = 0;
    bool disputed = false;
    if (invoice->event_count)
        qsort(invoice->events, invoice->event_count, sizeof *invoice->events, by_day);
    for (size_t i = 0; i < invoice->event_count && !invoice->client; i++)
        invoice->client = projection_view_client(view, invoice->events[i].row.client);
    for (size_t i = 0; i < invoice->event_count; i++) {
        struct invoice_event *event = &invoice->events[i];
        switch ((enum invoice_fact_kind)event->row.kind) {
        case INVOICE_ISSUED:
            take_issue(invoices, invoice, event);
            break;
        case INVOICE_PAID:
            take_payment(view, invoice, event, &paid);
            break;
        case DISPUTE_OPENED:
        case DISPUTE_RESOLVED:
            take_dispute(invoice, event, &disputed);
            break;
        }
    }
}

// ---- one after the other
static void begin(struct invoices *invoices, struct projection_view *view) {
    *invoices = (struct invoices){.terms = dated_table(view, TERMS, true, NULL)};
}

enum ledger_err invoices_of_client(struct invoices *invoices, struct projection_view *view,
                                   const char *client, struct ledger_error *error) {
    begin(invoices, view);
    const char *const *ids;
    if (client) {
        size_t count = projection_view_client_ids(view, client, &ids);
        return projection_histories_under(&invoices->histories, view, INVOICE_FACTS, true,
                                          CLIENT_INVOICES, ids, count, error);
    }
    projection_histories_all(&invoices->histories, view, INVOICE_FACTS, true);
    return LEDGER_E_OK;
}

enum ledger_err invoices_one(struct invoices *invoices, struct projection_view *view,
                             const char *id, struct ledger_error *error) {
    begin(invoices, view);
    return projection_histories_one(&invoices->histories, view, INVOICE_FACTS, true, id, error);
}

// As of a time, what is not known to have happened by then is passed over; but an issue says what
// the invoice is.
static bool read_events(struct invoices *invoices, const struct projection_history *history,
                        struct invoice *invoice) {
    struct projection_view *view = invoices->histories.view;
    bool as_of = projection_view_occurred(view) != NULL;
    for (size_t i = 0; i < history->count; i++) {
        struct invoice_event event = {.at = history->list[i]};
        trade_row_read(INVOICE_ROW, event.at.value, &event.row);
        if (as_of && event.at.occurred.when == LEDGER_WHEN_UNKNOWN &&
            event.row.kind != INVOICE_ISSUED) {
            invoices->unknown_time++;
            continue;
        }
        if (!projection_grow(projection_view_arena(view), &invoices->events, &invoices->capacity,
                             invoice->event_count, sizeof event))
            return false;
        invoices->events[invoice->event_count++] = event;
    }
    invoice->events = invoices->events;
    return true;
}

enum ledger_err invoices_next(struct invoices *invoices, const struct invoice **next,
                              struct ledger_error *error) {
    struct invoice *invoice = &invoices->current;
    const struct projection_history *history;
    *next = NULL;
    do {
        enum ledger_err err = projection_histories_next(&invoices->histories, &history, error);
        if (err || !history)
            return err;
        *invoice = (struct invoice){.id = history->id};
        if (!read_events(invoices, history, invoice))
            return projection_no_memory(error);
        fold(invoices, invoice);
        if (invoices->terms.failed)
            return projection_no_memory(error);
    } while (!invoice->event_count);
    *next = invoice;
    return LEDGER_E_OK;
}
