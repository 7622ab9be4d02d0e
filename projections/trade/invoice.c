// One invoice: what was paid of it when, what is owed, and which facts do not fit.
#include "invoices.h"

static const struct projection_column state_columns[] = {
    {"invoice", "Invoice", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"order", "Order", PROJECTION_ID},
    {"issued_on", "Issued on", PROJECTION_DATE},
    {"due_on", "Due on", PROJECTION_DATE},
    {"due_by", "Due day stated by", PROJECTION_TEXT, .detail = true},
    {"amount", "Amount", PROJECTION_MONEY},
    {"paid", "Paid", PROJECTION_MONEY},
    {"balance", "Balance", PROJECTION_MONEY},
    {"disputed", "In dispute", PROJECTION_FLAG},
    {"settled_on", "Paid in full on", PROJECTION_DATE},
    {"days_late", "Days late", PROJECTION_INTEGER},
    {"contradictions", "Contradicting facts", PROJECTION_INTEGER},
};
static const struct projection_column event_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"day", "Day", PROJECTION_DATE},
    {"fact", "Fact", PROJECTION_TEXT},
    {"payment", "Payment", PROJECTION_ID},
    {"amount", "Amount", PROJECTION_MONEY},
    {"counts", "Counts", PROJECTION_FLAG},
    {"balance", "Balance after the day", PROJECTION_MONEY},
    {"status", "Status after the day", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT},
    {"contradicts", "Contradiction", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID, .detail = true},
};

static const char *status_at(const struct invoice *invoice, int64_t day) {
    int64_t settled;
    if (!invoice->issued || !invoice->has_issued_day || invoice->left_out)
        return "unknown";
    if (invoice->issued_day > day)
        return "not issued";
    if (!invoice_is_debt(invoice))
        return "void";
    if (invoice_settled(invoice, day, &settled))
        return "paid";
    if (invoice_disputed_at(invoice, day))
        return "disputed";
    if (invoice->has_due && invoice->due < day)
        return "overdue";
    return invoice_paid_by(invoice, day) > 0 ? "partly paid" : "open";
}

static const char *fact_text(int64_t kind) {
    switch ((enum invoice_fact_kind)kind) {
    case INVOICE_ISSUED:
        return "issued";
    case INVOICE_PAID:
        return "paid";
    case DISPUTE_OPENED:
        return "dispute opened";
    case DISPUTE_RESOLVED:
        return "dispute resolved";
    }
    return NULL;
}

static uint64_t flag_count(const struct invoice *invoice) {
    uint64_t count = 0;
    for (size_t i = 0; i < INVOICE_FLAGS; i++)
        count += invoice->flags[i];
    return count;
}

static void answer_state(struct projection_view *view, struct projection_answer *answer,
                         const struct invoice *invoice, int64_t day) {
    const char *currency = invoice->issued ? invoice->currency : NULL;
    int64_t settled_day = day;
    bool debt = invoice_is_debt(invoice) && invoice->issued_day <= day;
    bool settled = debt && invoice_settled(invoice, day, &settled_day);
    bool late = debt && invoice->has_due && settled_day > invoice->due &&
                (!settled || settled_day > invoice->issued_day);
    projection_answer_table(answer, "invoice", "Invoice", PROJECTION_COLUMNS(state_columns));
    projection_answer_text(answer, invoice->id);
    projection_answer_text(answer, status_at(invoice, day));
    answer_client(view, answer, invoice->client);
    projection_answer_text(answer, invoice->order);
    projection_answer_day_if(answer, invoice->has_issued_day, invoice->issued_day);
    projection_answer_day_if(answer, invoice->has_due, invoice->due);
    projection_answer_text(answer, !invoice->has_due       ? NULL
                                   : invoice->due_by_terms ? "the credit terms"
                                                           : "the invoice");
    answer_amount(answer, invoice->minor, currency);
    answer_amount(answer, invoice_paid_by(invoice, day), currency);
    answer_amount(answer, invoice_open_at(invoice, day), currency);
    projection_answer_flag(answer, invoice_disputed_at(invoice, day));
    projection_answer_day_if(answer, settled, settled_day);
    if (debt && invoice->has_due)
        projection_answer_integer(answer, late ? settled_day - invoice->due : 0);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)flag_count(invoice));
}

static void answer_event(struct projection_view *view, struct projection_answer *answer,
                         const struct invoice *invoice, const struct invoice_event *event) {
    const struct invoice_row *row = &event->row;
    projection_answer_integer(answer, (int64_t)event->at.position);
    projection_answer_day_if(answer, row->has_day, row->day);
    projection_answer_text(answer, fact_text(row->kind));
    projection_answer_text(answer, row->payment);
    answer_amount(answer, row->minor, row->currency);
    projection_answer_flag(answer, event->counts);
    answer_amount(answer, row->has_day ? invoice_open_at(invoice, row->day) : 0,
                  row->has_day ? invoice->currency : NULL);
    projection_answer_text(answer, row->has_day ? status_at(invoice, row->day) : NULL);
    projection_answer_text(answer, row->reason);
    answer_codes(view, answer, invoice_flag_texts, INVOICE_FLAGS, event->flags);
    projection_answer_text(answer, row->actor);
}

enum ledger_err invoice_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    const char *id = projection_argument(arguments, "invoice");
    struct invoices invoices;
    const struct invoice *invoice = NULL;
    int32_t day;
    enum ledger_err err = invoices_one(&invoices, view, id, error);
    if (!err)
        err = invoices_next(&invoices, &invoice, error);
    if (err)
        return err;
    if (!invoice || !today(view, &day))
        return ledger_fail(error, LEDGER_E_NOT_FOUND, "invoice", "no fact is of the invoice %.100s",
                           id);
    answer_state(view, answer, invoice, day);
    projection_answer_table(answer, "facts", "Facts", PROJECTION_COLUMNS(event_columns));
    for (size_t i = 0; i < invoice->event_count; i++)
        answer_event(view, answer, invoice, &invoice->events[i]);
    answer_flags(answer, invoice_flag_texts, invoice->flags, INVOICE_FLAGS);
    projection_answer_note_today(answer, view);
    if (invoice->unknown_day)
        projection_answer_note(
            answer, "%s of an unknown day, and not in the balance.",
            projection_count(answer, invoice->unknown_day, "fact is", "facts are"));
    if (invoices.unknown_time)
        projection_answer_note(
            answer, "%s at an unknown time: not known to have by the time asked for.",
            projection_count(answer, invoices.unknown_time, "fact happened", "facts happened"));
    return LEDGER_E_OK;
}
