// How clients pay: what is owed at the ends of a period, what was invoiced in it, and which of the
// invoices due in it were paid late. For `receivables` and `histories`.
#ifndef TRADE_CREDIT_H
#define TRADE_CREDIT_H

#include "invoices.h"
#include "sums.h"

// Numbers of a sum, by client and currency. Amounts in minor units.
enum credit_number {
    OPEN_START,           // owed at the end of the day before the period
    CREDIT_SALES,         // invoiced in the period
    OPEN_END,             // owed at its end, in dispute or not
    NOT_DUE,              // of that, not yet due
    DISPUTED,             // of OPEN_END, in dispute
    AGED,                 // of OPEN_END, not in dispute: AGES numbers, by days overdue
    DUE_COUNT = AGED + 5, // invoices due in the period and not in dispute, of which it is known
                          // whether they were paid in time
    LATE_COUNT,           // of these, late
    LATE_DAYS,            // days by which those were late; of unpaid ones, up to the end
    OLDEST_DAYS,          // the most days that an invoice not in dispute is overdue
};
enum { AGES = 5 }; // current, 1-30, 31-60, 61-90, over 90

struct credit {
    struct projection_view *view;
    int32_t from, to;  // both included
    struct sums sums;  // key: client
    struct sums stray; // payments that lessen no debt: key: client; number 0
    uint64_t flags[INVOICE_FLAGS];
    uint64_t no_due_day, no_issue_day, unknown_day, unknown_time, left_out;
};
// Of one client, or of all (NULL). Scans once.
LEDGER_MUST_CHECK enum ledger_err credit_read(struct credit *credit, struct projection_view *view,
                                              const char *client, int32_t from, int32_t to,
                                              struct ledger_error *error);
// Adds the numbers of one to another; of OLDEST_DAYS, keeps the larger.
void credit_add(struct sum *to, const struct sum *from);
__int128 credit_overdue(const struct sum *sum); // not in dispute
void credit_notes(const struct credit *credit, struct projection_answer *answer);

#endif
