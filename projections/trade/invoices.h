// Invoices, each folded from its facts as the view sees them: issued, paid in parts, disputed. And
// the facts that do not fit, which are kept and never put into a total.
#ifndef TRADE_INVOICES_H
#define TRADE_INVOICES_H

#include "dated.h"
#include "flags.h"
#include "runtime/histories.h"
#include "trade.h"

enum invoice_flag {
    ISSUED_TWICE,
    AMOUNT_NOT_POSITIVE,
    DUE_BEFORE_ISSUED,
    PAYMENT_OF_UNKNOWN_INVOICE,
    PAYMENT_TWICE,
    PAYMENT_IN_ANOTHER_CURRENCY,
    PAYMENT_OF_ANOTHER_CLIENT,
    PAID_BEFORE_ISSUED,
    PAID_MORE_THAN_INVOICED,
    PAID_BACK_MORE_THAN_PAID,
    DISPUTE_OF_UNKNOWN_INVOICE,
    DISPUTE_OPENED_TWICE,
    RESOLVED_NOT_DISPUTED,
};
enum { INVOICE_FLAGS = RESOLVED_NOT_DISPUTED + 1 };
extern const struct flag_text invoice_flag_texts[INVOICE_FLAGS];

struct invoice_event {
    struct projection_statement at;
    struct invoice_row row;
    bool counts;    // in what is owed
    unsigned flags; // bits by enum invoice_flag
};

struct invoice {
    const char *id, *client, *order; // client: after merges; NULL = none named
    bool issued;
    bool left_out; // as of a time, and it is not known to have been issued by then
    bool has_issued_day;
    int64_t issued_day;
    bool has_due, due_by_terms; // as stated, else by the credit terms on the day of issue
    int64_t due;
    const char *currency; // of the issue
    int64_t minor;
    struct invoice_event *events; // by day, then time and position; the issue before all others
    size_t event_count;
    uint64_t unknown_day; // payments and disputes that count, and of which no day is known
    uint64_t flags[INVOICE_FLAGS];
};
// Whether it is a debt at all: issued, for more than nothing, on a known day.
bool invoice_is_debt(const struct invoice *invoice);
// What counts as paid by the end of that day.
__int128 invoice_paid_by(const struct invoice *invoice, int64_t day);
// What is owed at the end of that day: never less than nothing, never more than the amount.
__int128 invoice_open_at(const struct invoice *invoice, int64_t day);
bool invoice_disputed_at(const struct invoice *invoice, int64_t day);
// Whether nothing is owed at the end of `by`, and since when.
bool invoice_settled(const struct invoice *invoice, int64_t by, int64_t *day);

struct invoices {
    struct projection_histories histories;
    struct dated_table terms;
    struct invoice_event *events;
    size_t capacity;
    uint64_t unknown_time; // payments and disputes passed over, as of a time
    struct invoice current;
};
LEDGER_MUST_CHECK enum ledger_err invoices_of_client(struct invoices *invoices,
                                                     struct projection_view *view,
                                                     const char *client, // NULL = of all
                                                     struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err invoices_one(struct invoices *invoices,
                                               struct projection_view *view, const char *id,
                                               struct ledger_error *error);
// NULL after the last. Borrowed until the next call. Of one client,
// every invoice that a fact ties to it: `client` tells whose it is.
LEDGER_MUST_CHECK enum ledger_err invoices_next(struct invoices *invoices,
                                                const struct invoice **invoice,
                                                struct ledger_error *error);

#endif
