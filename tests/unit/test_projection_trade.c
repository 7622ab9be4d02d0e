// trade: what is owed and paid, and the facts that do not fit; every answer worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_fixture.h"
#include "trade/trade.h"

enum { TEXT_MAX = 2048 };

// Single quotes stand for double ones. `more` are further fields of the envelope, or "".
static uint64_t put(struct world *world, const char *type, const char *occurred, const char *more,
                    const char *payload) {
    char text[3 * TEXT_MAX];
    (void)snprintf(text, sizeof text,
                   "{'type':'%s','stream':'trade/x','occurred':'%s','actor':'e1',%s"
                   "'payload':{%s}}",
                   type, occurred, more, payload);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return world_write(world, "%s", text);
}

static LEDGER_PRINTF(4, 5) uint64_t
    fact(struct world *world, const char *type, const char *occurred, const char *format, ...) {
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put(world, type, occurred, "", text);
}

static uint64_t retract(struct world *world, uint64_t position) {
    char more[TEXT_MAX];
    (void)snprintf(more, sizeof more, "'correctsEventId':'%s',", event_id(world, position));
    return put(world, "FactRetracted", "2026-01-01", more, "");
}

static uint64_t issue(struct world *world, const char *invoice, const char *client,
                      const char *issued, const char *due, int minor) {
    return fact(world, "InvoiceIssued", issued,
                "'invoiceId':'%s','clientId':'%s','issuedOn':'%s','dueOn':'%s',"
                "'amount':{'minor':'%d','currency':'USD'}",
                invoice, client, issued, due, minor);
}

static uint64_t pay(struct world *world, const char *invoice, const char *payment, const char *day,
                    int minor) {
    return fact(world, "PaymentReceived", day,
                "'paymentId':'%s','invoiceId':'%s','paidOn':'%s',"
                "'amount':{'minor':'%d','currency':'USD'}",
                payment, invoice, day, minor);
}

static uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return fact(world, "ClientsMerged", "2025-12-01", "'survivor':'%s','merged':'%s'", survivor,
                merged);
}

static void unmerge(struct world *world, uint64_t position) {
    fact(world, "MergeReversed", "2025-12-02", "'mergeEventId':'%s'", event_id(world, position));
}

// ---- receivables
// The quarter from 1 January to 31 March 2025, 90 days.
//   i0  100.00  issued 2024-12-01  due 2024-12-31  paid 2025-02-01: owed at the start
//   i1  300.00  issued 2025-01-10  due 2025-02-09  paid 100.00 on 02-09, 200.00 on 02-19: 10 late
//   i2  200.00  issued 2025-02-01  due 2025-03-03  paid 50.00 on 03-01: 28 late at the end
//   i3  400.00  issued 2025-03-15  due 2025-04-14  unpaid, not due
//   i4   80.00  issued 2025-01-05  due 2025-01-20  in dispute from 01-18
//   i5   60.00  issued 2025-01-02  due 2025-01-12  paid 2025-01-12: in time
// Open at the start 100, invoiced 300+200+400+80+60 = 1040, open at the end 150+400+80 = 630,
// not yet due 400.
static void quarter(struct world *world) {
    issue(world, "i0", "a", "2024-12-01", "2024-12-31", 10000);
    issue(world, "i1", "a", "2025-01-10", "2025-02-09", 30000);
    issue(world, "i2", "b", "2025-02-01", "2025-03-03", 20000);
    issue(world, "i3", "b", "2025-03-15", "2025-04-14", 40000);
    issue(world, "i4", "b", "2025-01-05", "2025-01-20", 8000);
    issue(world, "i5", "a", "2025-01-02", "2025-01-12", 6000);
    pay(world, "i0", "p0", "2025-02-01", 10000);
    pay(world, "i1", "p1", "2025-02-09", 10000);
    pay(world, "i1", "p2", "2025-02-19", 20000);
    pay(world, "i2", "p3", "2025-03-01", 5000);
    pay(world, "i5", "p4", "2025-01-12", 6000);
    fact(world, "DisputeChanged", "2025-01-18",
         "'invoiceId':'i4','status':'OPENED','reason':'short'");
}

static const Ledger__V1__QueryReply *ask_quarter(struct world *world) {
    return world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-31", NULL);
}

static void receivables_follow_the_formulas(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    quarter(world);
    const Ledger__V1__QueryReply *reply = ask_quarter(world);
    assert_int_equal(row_count(reply, "figures"), 1);
    assert_cell(reply, "figures", 0, "currency", "USD");
    assert_cell(reply, "figures", 0, "open_start", "100.00 USD");
    assert_cell(reply, "figures", 0, "credit_sales", "1040.00 USD");
    assert_cell(reply, "figures", 0, "open_end", "630.00 USD");
    assert_cell(reply, "figures", 0, "not_yet_due", "400.00 USD");
    assert_cell(reply, "figures", 0, "disputed", "80.00 USD");
    assert_cell(reply, "figures", 0, "days", "90");
    assert_cell(reply, "figures", 0, "dso", "54.5192");               // 630/1040 x 90
    assert_cell(reply, "figures", 0, "best_possible_dso", "34.6154"); // 400/1040 x 90
    assert_cell(reply, "figures", 0, "add", "19.9038");               // 230/1040 x 90
    assert_cell(reply, "figures", 0, "cei", "68.9189");               // (1140-630)/(1140-400) x 100
    assert_cell(reply, "figures", 0, "due", "3");                     // i1, i2, i5
    assert_cell(reply, "figures", 0, "late", "2");
    assert_cell(reply, "figures", 0, "late_share", "0.6667");
    assert_cell(reply, "figures", 0, "mean_days_late", "19.0000"); // 10 and 28
    assert_cell(reply, "ageing", 0, "current", "400.00 USD");
    assert_cell(reply, "ageing", 0, "overdue_1_30", "150.00 USD");
    assert_cell(reply, "ageing", 0, "overdue_31_60", "0.00 USD");
    assert_cell(reply, "ageing", 0, "disputed", "80.00 USD");
    assert_cell(reply, "ageing", 0, "open", "630.00 USD");
    assert_cell(reply, "clients", 0, "client", "b");
    assert_cell(reply, "clients", 0, "open", "630.00 USD");
    assert_cell(reply, "clients", 0, "overdue", "150.00 USD");
    assert_cell(reply, "clients", 0, "oldest_days", "28");
    assert_cell(reply, "clients", 1, "open", "0.00 USD");
    assert_cell(reply, "clients", 1, "late_share", "0.5000");
    assert_int_equal(row_count(reply, "contradictions"), 0);
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-31", "client", "a",
                      NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "figures", 0, "credit_sales", "360.00 USD");
    assert_cell(reply, "figures", 0, "dso", "0.0000");
    world_close(world);
}

static void ages_end_on_their_days(void **state) {
    (void)state;
    static const struct {
        const char *to, *column;
    } rows[] = {{"2025-01-10", "current"},         {"2025-01-11", "overdue_1_30"},
                {"2025-02-09", "overdue_1_30"},    {"2025-02-10", "overdue_31_60"},
                {"2025-03-11", "overdue_31_60"},   {"2025-03-12", "overdue_61_90"},
                {"2025-04-10", "overdue_61_90"},   {"2025-04-11", "overdue_over_90"},
                {"2026-04-11", "overdue_over_90"}, {"2025-01-01", "current"}};
    struct world *world = world_open(&trade);
    issue(world, "i", "a", "2025-01-01", "2025-01-10", 100);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Ledger__V1__QueryReply *reply =
            world_ask(world, "receivables", "from", "2024-12-01", "to", rows[i].to, NULL);
        assert_cell(reply, "ageing", 0, rows[i].column, "1.00 USD");
    }
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2024-12-01", "to", "2024-12-31", NULL);
    assert_int_equal(row_count(reply, "figures"), 0); // not issued yet
    reply = world_ask(world, "receivables", "from", "2025-02-01", "to", "2025-02-10", NULL);
    assert_cell(reply, "figures", 0, "dso", "none"); // nothing invoiced
    assert_cell(reply, "figures", 0, "late_share", "none");
    assert_cell(reply, "figures", 0, "cei", "0.0000");
    reply = world_ask(world, "receivables", "now", "2025-01-10", NULL);
    assert_cell(reply, "figures", 0, "days", "90");
    assert_cell(reply, "figures", 0, "due", "0"); // its due day is not over
    assert_cell(reply, "figures", 0, "cei", "none");
    assert_false(has_note(reply, "gives no now"));
    world_close(world);
}

static void resolved_dispute_and_terms_count_from_their_day(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    fact(world, "CreditTermsSet", "2025-01-01",
         "'clientId':'a','days':10,'limit':{'minor':'5000','currency':'USD'}");
    fact(world, "CreditTermsSet", "2025-01-01",
         "'clientId':'a','days':30,'limit':{'minor':'9000','currency':'USD'},'from':'2025-02-01'");
    fact(world, "InvoiceIssued", "2025-01-05",
         "'invoiceId':'i1','clientId':'a','amount':{'minor':'6000','currency':'USD'}");
    fact(world, "InvoiceIssued", "2025-02-05",
         "'invoiceId':'i2','clientId':'a','amount':{'minor':'2000','currency':'USD'}");
    fact(world, "InvoiceIssued", "2025-02-05",
         "'invoiceId':'i3','clientId':'c','amount':{'minor':'700','currency':'USD'}");
    fact(world, "DisputeChanged", "2025-01-16", "'invoiceId':'i1','status':'OPENED'");
    fact(world, "DisputeChanged", "2025-01-25", "'invoiceId':'i1','status':'RESOLVED'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-20", NULL);
    assert_cell(reply, "ageing", 0, "disputed", "60.00 USD");
    assert_cell(reply, "figures", 0, "due", "0");
    assert_cell(reply, "limits", 0, "limit", "50.00 USD");
    assert_cell(reply, "limits", 0, "over", "10.00 USD");
    assert_cell(reply, "limits", 0, "since", "2025-01-01");
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-25", NULL);
    assert_cell(reply, "ageing", 0, "overdue_1_30", "60.00 USD"); // due on 15 January
    assert_cell(reply, "figures", 0, "mean_days_late", "10.0000");
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-02-20", NULL);
    assert_int_equal(row_count(reply, "limits"), 0); // 80.00 of 90.00
    assert_cell(reply, "ageing", 0, "current", "27.00 USD");
    assert_true(has_note(reply, "1 open invoice has no due day"));
    reply = world_ask(world, "invoice", "invoice", "i2", "now", "2025-03-08", NULL);
    assert_cell(reply, "invoice", 0, "due_on", "2025-03-07");
    assert_cell(reply, "invoice", 0, "due_by", "the credit terms");
    assert_cell(reply, "invoice", 0, "status", "overdue");
    assert_cell(reply, "invoice", 0, "days_late", "1");
    world_close(world);
}

static void contradictions_corrupt_no_total(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    issue(world, "i1", "a", "2025-01-10", "2025-02-09", 10000);
    pay(world, "i1", "early", "2025-01-05", 1000); // before the issue
    issue(world, "i1", "a", "2025-01-11", "2025-02-09", 99999);
    pay(world, "i1", "p1", "2025-01-20", 2000);
    pay(world, "i1", "p1", "2025-01-21", 2000); // the same
    fact(world, "PaymentReceived", "2025-01-22",
         "'paymentId':'p2','invoiceId':'i1','amount':{'minor':'500','currency':'EUR'}");
    fact(world, "PaymentReceived", "2025-01-23",
         "'paymentId':'p3','invoiceId':'i1','clientId':'z',"
         "'amount':{'minor':'1000','currency':'USD'}");
    pay(world, "ghost", "p4", "2025-01-24", 700);
    issue(world, "i2", "b", "2025-01-10", "2025-01-01", 300);
    pay(world, "i2", "p5", "2025-01-12", 500); // too much
    issue(world, "i3", "b", "2025-01-10", "2025-01-20", 0);
    fact(world, "DisputeChanged", "2025-01-18", "'invoiceId':'i2','status':'RESOLVED'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_cell(reply, "figures", 0, "credit_sales", "103.00 USD");
    assert_cell(reply, "figures", 0, "open_end", "60.00 USD"); // 100 - 10 - 20 - 10
    static const char *const codes[] = {"issued_twice",
                                        "amount_not_positive",
                                        "due_before_issued",
                                        "payment_of_unknown_invoice",
                                        "payment_twice",
                                        "payment_in_another_currency",
                                        "payment_of_another_client",
                                        "paid_before_issued",
                                        "paid_more_than_invoiced",
                                        "resolved_not_disputed"};
    assert_int_equal(row_count(reply, "contradictions"), sizeof codes / sizeof codes[0]);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_cell(reply, "contradictions", i, "code", codes[i]);
        assert_cell(reply, "contradictions", i, "count", "1");
    }
    assert_int_equal(row_count(reply, "strays"), 2);
    assert_cell(reply, "strays", 0, "client", "none"); // no fact says whose it is
    assert_cell(reply, "strays", 0, "amount", "7.00 USD");
    assert_cell(reply, "strays", 1, "client", "a");
    assert_cell(reply, "strays", 1, "amount", "5.00 EUR");
    reply = world_ask(world, "invoice", "invoice", "i1", "now", "2025-01-21", NULL);
    assert_cell(reply, "invoice", 0, "status", "partly paid");
    assert_cell(reply, "invoice", 0, "amount", "100.00 USD");
    assert_cell(reply, "invoice", 0, "paid", "30.00 USD");
    assert_cell(reply, "invoice", 0, "balance", "70.00 USD");
    assert_cell(reply, "invoice", 0, "contradictions", "5");
    assert_int_equal(row_count(reply, "facts"), 7);
    assert_cell(reply, "facts", 0, "fact", "issued");
    assert_cell(reply, "facts", 1, "counts", "0");
    assert_cell(reply, "facts", 1, "contradicts", "issued_twice");
    assert_cell(reply, "facts", 2, "payment", "early");
    assert_cell(reply, "facts", 2, "status", "not issued");
    assert_cell(reply, "facts", 2, "contradicts", "paid_before_issued");
    reply = world_ask(world, "invoice", "invoice", "i2", "now", "2025-01-31", NULL);
    assert_cell(reply, "invoice", 0, "status", "paid");
    assert_cell(reply, "invoice", 0, "paid", "5.00 USD");
    assert_cell(reply, "invoice", 0, "balance", "0.00 USD");
    assert_cell(reply, "invoice", 0, "settled_on", "2025-01-12");
    reply = world_ask(world, "invoice", "invoice", "ghost", NULL);
    assert_cell(reply, "invoice", 0, "status", "unknown");
    assert_cell(reply, "invoice", 0, "balance", "none");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "invoice", "invoice", "i9", NULL),
                     LEDGER_E_NOT_FOUND);
    world_close(world);
}

static void views_see_what_was_known_and_had_happened(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    issue(world, "i1", "a", "2025-01-10", "2025-02-09", 10000);
    uint64_t paid = pay(world, "i1", "p1", "2025-02-01", 4000);
    const Ledger__V1__QueryReply *before =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-01", NULL);
    assert_cell(before, "figures", 0, "open_end", "60.00 USD");
    struct ledger_span bytes = answer_bytes(world, before);
    char known[16];
    (void)snprintf(known, sizeof known, "%d", (int)paid);
    retract(world, paid);
    pay(world, "i1", "p2", "2025-02-05", 10000);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-01", NULL);
    assert_cell(reply, "figures", 0, "open_end", "0.00 USD");
    assert_cell(reply, "figures", 0, "late", "0");
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-01",
                      "as-of-position", known, NULL);
    assert_true(ledger_span_equal(bytes, answer_bytes(world, reply)));
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-01",
                      "as-of-occurred", "2025-02-04", NULL);
    assert_cell(reply, "figures", 0, "open_end", "100.00 USD");
    world_close(world);
}

static void unknown_days_are_counted_and_told(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    issue(world, "i1", "a", "2025-01-10", "2025-02-09", 10000);
    fact(world, "PaymentReceived", "unknown",
         "'paymentId':'p1','invoiceId':'i1','amount':{'minor':'500','currency':'USD'}");
    fact(world, "PaymentReceived", "unknown",
         "'paymentId':'p2','invoiceId':'i1','paidOn':'2025-01-20',"
         "'amount':{'minor':'700','currency':'USD'}");
    fact(world, "InvoiceIssued", "unknown",
         "'invoiceId':'i2','clientId':'a','amount':{'minor':'100','currency':'USD'}");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_cell(reply, "figures", 0, "open_end", "93.00 USD");
    assert_true(has_note(reply, "1 payment or dispute is of an unknown day"));
    assert_true(has_note(reply, "1 invoice was issued on an unknown day"));
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-31",
                      "as-of-occurred", "2025-01-31", NULL);
    assert_cell(reply, "figures", 0, "open_end", "100.00 USD");
    assert_true(has_note(reply, "2 payments and disputes happened at an unknown time"));
    assert_true(has_note(reply, "1 invoice was issued at an unknown time"));
    assert_int_equal(row_count(reply, "contradictions"), 0);
    world_close(world);
}

// ---- rhythm
static uint64_t order(struct world *world, const char *id, const char *client, const char *day,
                      const char *product, int qty, int price) {
    return fact(world, "OrderPlaced", day,
                "'orderId':'%s','clientId':'%s','lines':[{'productId':'%s','qty':'%d',"
                "'price':{'minor':'%d','currency':'USD'}}]",
                id, client, product, qty, price);
}

// Gaps of a: 10, 20, 10 (two orders on one day make no gap); lots 4, 6, 8, 2, 10.
static void habits(struct world *world) {
    order(world, "o1", "a", "2025-01-01", "p", 4, 100);
    order(world, "o2", "a", "2025-01-11", "p", 6, 100);
    order(world, "o3", "a", "2025-01-31", "q", 8, 100);
    order(world, "o4", "a", "2025-01-31", "p", 2, 100);
    order(world, "o5", "a", "2025-02-10", "p", 10, 100);
    order(world, "o6", "b", "2025-01-01", "p", 5, 100);
    order(world, "o7", "b", "2025-01-11", "p", 5, 100);
    order(world, "o8", "b", "2025-01-21", "p", 5, 100);
    order(world, "o9", "a", "2025-02-20", "p", 99, 100);
    fact(world, "OrderStatusChanged", "2025-02-21", "'orderId':'o9','to':'Cancelled'");
    order(world, "oa", "a", "2025-02-25", "p", -3, 100); // brought back
}

static void rhythm_is_of_order_days(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    habits(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "rhythm", "now", "2025-02-25", NULL);
    assert_int_equal(row_count(reply, "clients"), 2);
    assert_cell(reply, "clients", 0, "client", "a");
    assert_cell(reply, "clients", 0, "orders", "5");
    assert_cell(reply, "clients", 0, "order_days", "4");
    assert_cell(reply, "clients", 0, "usual_lot", "6.0000");
    assert_cell(reply, "clients", 0, "gaps", "3");
    assert_cell(reply, "clients", 0, "median_gap_days", "10.0000");
    assert_cell(reply, "clients", 0, "gap_cv", "0.3536"); // sqrt(200/9) / (40/3) = sqrt(2)/4
    assert_cell(reply, "clients", 0, "next_order", "2025-02-20");
    assert_cell(reply, "clients", 0, "days_since_last", "15");
    assert_cell(reply, "clients", 0, "overdue", "0"); // 15 is not more than 15
    assert_cell(reply, "clients", 1, "gaps", "2");
    assert_cell(reply, "clients", 1, "gap_cv", "0.0000");
    assert_cell(reply, "clients", 1, "overdue", "0"); // too few gaps to tell
    assert_int_equal(row_count(reply, "overdue"), 0);
    assert_true(has_note(reply, "1 order is cancelled"));
    assert_true(has_note(reply, "no whole calendar year"));
    reply = world_ask(world, "rhythm", "now", "2025-02-26", NULL);
    assert_int_equal(row_count(reply, "overdue"), 1);
    assert_cell(reply, "overdue", 0, "client", "a");
    reply = world_ask(world, "rhythm", "now", "2025-02-25", "client", "a", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "client", "a");
    assert_int_equal(row_count(reply, "products"), 2);
    assert_cell(reply, "products", 0, "product", "p");
    assert_cell(reply, "products", 0, "usual_lot", "5.0000"); // 4, 6, 2, 10
    assert_cell(reply, "products", 1, "orders", "1");
    assert_cell(reply, "products", 1, "median_gap_days", "none");
    assert_cell(reply, "products", 1, "next_order", "none");
    // As known before the cancelling, the order counts.
    reply = world_ask(world, "rhythm", "now", "2025-02-25", "as-of-occurred", "2025-02-20", NULL);
    assert_cell(reply, "clients", 0, "order_days", "5");
    merge(world, "b", "a");
    reply = world_ask(world, "rhythm", "now", "2025-02-25", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "orders", "8");
    assert_cell(reply, "clients", 0, "order_days", "5");
    world_close(world);
}

static void seasons_are_of_whole_years(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    order(world, "o1", "a", "2023-03-01", "p", 1000, 1); // 2023 is not whole
    order(world, "o2", "a", "2024-02-29", "p", 6, 1);
    order(world, "o3", "a", "2024-03-01", "p", 6, 1);
    order(world, "o4", "a", "2025-03-01", "p", 12, 1);
    order(world, "o5", "a", "2026-01-05", "p", 1000, 1); // nor is 2026
    const Ledger__V1__QueryReply *reply = world_ask(world, "rhythm", "now", "2025-12-31", NULL);
    assert_int_equal(row_count(reply, "seasons"), 12);
    assert_cell(reply, "seasons", 0, "seasonal_index", "0.0000");
    assert_cell(reply, "seasons", 1, "qty", "6");
    assert_cell(reply, "seasons", 1, "seasonal_index", "3.0000");
    assert_cell(reply, "seasons", 2, "qty", "18");
    assert_cell(reply, "seasons", 2, "seasonal_index", "9.0000");
    reply = world_ask(world, "rhythm", "now", "2025-12-30", "client", "a", NULL);
    assert_int_equal(row_count(reply, "seasons"), 24); // the client and its product
    assert_cell(reply, "seasons", 1, "seasonal_index", "6.0000");
    assert_cell(reply, "seasons", 13, "product", "p");
    reply = world_ask(world, "rhythm", "now", "2024-12-30", NULL);
    assert_int_equal(row_count(reply, "seasons"), 0);
    world_close(world);
}

// ---- sales
static uint64_t sale_in(struct world *world, const char *client, const char *product,
                        const char *month, const char *occurred, int qty, int minor,
                        const char *territory) {
    char more[TEXT_MAX];
    char payload[TEXT_MAX];
    (void)snprintf(more, sizeof more, *territory ? "'territory':'%s'," : "%s", territory);
    (void)snprintf(payload, sizeof payload,
                   "'clientId':'%s','productId':'%s','period':'%s','qty':'%d',"
                   "'amount':{'minor':'%d','currency':'USD'}",
                   client, product, month, qty, minor);
    return put(world, "SaleReported", occurred, more, payload);
}

static uint64_t sale(struct world *world, const char *client, const char *product,
                     const char *month, int qty, int minor) {
    char occurred[16];
    (void)snprintf(occurred, sizeof occurred, "%s-15", month);
    return sale_in(world, client, product, month, occurred, qty, minor, "");
}

// e1 holds t1, e2 holds t2, both below r; a goes from e1 to e2 on 1 March, and from A to B.
static void map_of_places(struct world *world) {
    fact(world, "TerritoryAssigned", "2025-01-01",
         "'territoryId':'t1','parentId':'r','employeeId':'e1'");
    fact(world, "TerritoryAssigned", "2025-01-01",
         "'territoryId':'t2','parentId':'r','employeeId':'e2'");
    fact(world, "ClientAssigned", "2025-01-01", "'clientId':'a','employeeId':'e1'");
    fact(world, "ClientReassigned", "2025-03-01", "'clientId':'a','toEmployee':'e2'");
    fact(world, "ClientAssigned", "2025-01-01", "'clientId':'b','employeeId':'e2','role':'OWNER'");
    fact(world, "ClientSegmented", "2025-01-01", "'clientId':'a','scheme':'ABC','segment':'A'");
    fact(world, "ClientSegmented", "2025-03-01", "'clientId':'a','scheme':'ABC','segment':'B'");
    fact(world, "ClientSegmented", "2025-01-01",
         "'clientId':'a','scheme':'POTENTIAL','segment':'high'");
}

static void turnover_of(struct world *world) {
    map_of_places(world);
    sale(world, "a", "p", "2025-02", 10, 1000);
    sale(world, "a", "p", "2025-03", 30, 3000);
    sale(world, "b", "q", "2025-02", 4, 2000);
    sale(world, "b", "q", "2025-03", 2, 1000);
    sale_in(world, "a", "q", "2025-02", "2025-03-10", 1, 500, ""); // told late: of 28 February
    sale_in(world, "b", "p", "2025-03", "2025-03-02", 5, 1000, "t1");
}

static void sales_are_placed_as_of_the_sale(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    turnover_of(world);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "sales", "from", "2025-03-01", "to", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "sales"), 2);
    assert_cell(reply, "sales", 0, "product", "p");
    assert_cell(reply, "sales", 0, "sales", "2");
    assert_cell(reply, "sales", 0, "qty", "35");
    assert_cell(reply, "sales", 0, "qty_share", "0.9459"); // 35 of 37
    assert_cell(reply, "sales", 0, "amount", "40.00 USD");
    assert_cell(reply, "sales", 0, "share", "0.8000");
    assert_cell(reply, "sales", 0, "growth", "3.0000");  // from 10.00
    assert_cell(reply, "sales", 1, "growth", "-0.6000"); // from 25.00 to 10.00
    assert_cell(reply, "totals", 0, "amount", "50.00 USD");
    assert_cell(reply, "totals", 0, "share", "1.0000");
    assert_cell(reply, "totals", 0, "growth", "0.4286"); // from 35.00
    assert_true(has_note(reply, "from 2025-02-01 to 2025-02-28"));
    reply = world_ask(world, "sales", "by", "territory,segment", NULL);
    assert_int_equal(row_count(reply, "sales"), 4);
    assert_cell(reply, "sales", 0, "territory", "t2");
    assert_cell(reply, "sales", 0, "segment", "none");
    assert_cell(reply, "sales", 0, "amount", "30.00 USD"); // b in both months
    assert_cell(reply, "sales", 1, "territory", "t2");
    assert_cell(reply, "sales", 1, "segment", "B");
    assert_cell(reply, "sales", 1, "amount", "30.00 USD"); // a in March
    assert_cell(reply, "sales", 2, "segment", "A");
    assert_cell(reply, "sales", 2, "amount", "15.00 USD"); // a in February, the late one too
    assert_cell(reply, "sales", 3, "territory", "t1");     // stated
    assert_cell(reply, "sales", 3, "growth", "none");      // an open period
    reply = world_ask(world, "sales", "by", "region", NULL);
    assert_int_equal(row_count(reply, "sales"), 1);
    assert_cell(reply, "sales", 0, "region", "r");
    assert_cell(reply, "sales", 0, "amount", "85.00 USD");
    reply = world_ask(world, "sales", "by", "segment", "scheme", "potential", NULL);
    assert_cell(reply, "sales", 0, "segment", "high");
    assert_cell(reply, "sales", 0, "amount", "45.00 USD");
    reply = world_ask(world, "sales", "by", "month,client", NULL);
    assert_int_equal(row_count(reply, "sales"), 4);
    assert_cell(reply, "sales", 0, "month", "2025-02");
    assert_cell(reply, "sales", 0, "amount", "15.00 USD");
    assert_cell(reply, "sales", 0, "growth", "none");
    assert_cell(reply, "sales", 2, "month", "2025-03");
    assert_cell(reply, "sales", 2, "client", "a");
    assert_cell(reply, "sales", 2, "growth", "1.0000"); // 15.00 to 30.00
    assert_cell(reply, "sales", 3, "growth", "0.0000"); // 20.00 to 20.00
    reply = world_ask(world, "sales", "by", "client", "client", "a", "product", "q", NULL);
    assert_cell(reply, "sales", 0, "amount", "5.00 USD");
    world_close(world);
}

static void orders_and_sales_are_never_added(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    sale(world, "a", "p", "2025-01", 1, 100);
    order(world, "o1", "a", "2025-01-05", "p", 3, 200);
    fact(world, "OrderPlaced", "2025-01-06",
         "'orderId':'o2','clientId':'a','amount':{'minor':'900','currency':'USD'},"
         "'lines':[{'productId':'p','qty':'2','price':{'minor':'500','currency':'USD'}}]");
    fact(world, "OrderPlaced", "2025-01-07",
         "'orderId':'o3','clientId':'a','lines':["
         "{'productId':'p','qty':'1','price':{'minor':'10','currency':'USD'}},"
         "{'productId':'q','qty':'1','price':{'minor':'20','currency':'EUR'}}]");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", NULL);
    assert_cell(reply, "totals", 0, "amount", "1.00 USD");
    reply = world_ask(world, "sales", "of", "orders", NULL);
    assert_int_equal(row_count(reply, "sales"), 3);
    assert_cell(reply, "sales", 0, "product", "q");
    assert_cell(reply, "sales", 0, "amount", "0.20 EUR");
    assert_cell(reply, "sales", 1, "product", "p");
    assert_cell(reply, "sales", 1, "amount", "16.10 USD"); // 6.00 + 10.00 + 0.10
    assert_cell(reply, "sales", 2, "product", "none");     // what o2 was let off
    assert_cell(reply, "sales", 2, "amount", "-1.00 USD");
    assert_cell(reply, "totals", 1, "amount", "15.10 USD");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "sales", "of", "both", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "sales", "by", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "sales", "by", "product,product", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

static void owner_of_several_territories_decides_none(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    map_of_places(world);
    fact(world, "TerritoryAssigned", "2025-02-01",
         "'territoryId':'t3','parentId':'r','employeeId':'e1','to':'2025-02-20'");
    sale(world, "a", "p", "2025-01", 1, 100);
    sale(world, "a", "p", "2025-02", 1, 300);
    sale_in(world, "a", "p", "2025-02", "2025-02-21", 1, 200, "");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", "by", "territory,region", NULL);
    assert_cell(reply, "sales", 0, "territory", "none");
    assert_cell(reply, "sales", 0, "amount", "3.00 USD");
    assert_cell(reply, "sales", 1, "territory", "t1");
    assert_cell(reply, "sales", 1, "amount", "3.00 USD");
    assert_true(has_note(reply, "1 piece was of a client whose owner held several"));
    world_close(world);
}

// ---- plans
static uint64_t plan(struct world *world, const char *id, const char *territory,
                     const char *product, const char *month, int qty, int minor) {
    return fact(world, "SalesPlanSet", "2025-01-01",
                "'planId':'%s','territoryId':'%s',%s%s%s'period':'%s','qty':'%d',"
                "'amount':{'minor':'%d','currency':'USD'}",
                id, territory, *product ? "'productId':'" : "", product, *product ? "'," : "",
                month, qty, minor);
}

static void plans_roll_up_and_meet_their_sales(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    turnover_of(world);
    plan(world, "pl", "t1", "p", "2025-03", 10, 4000);
    plan(world, "pl", "t2", "p", "2025-03", 20, 2500);
    plan(world, "pl", "t2", "p", "2025-03", 40, 5000); // said again
    plan(world, "pl", "t2", "", "2025-03", 0, 8000);
    plan(world, "pl", "r", "", "2025-03", 100, 5000);
    const Ledger__V1__QueryReply *reply = world_ask(world, "plan", "from", "2025-03-10", NULL);
    assert_int_equal(row_count(reply, "amounts"), 5);
    assert_cell(reply, "amounts", 0, "territory", "r");
    assert_cell(reply, "amounts", 0, "product", "none");
    assert_cell(reply, "amounts", 0, "own", "1");
    assert_cell(reply, "amounts", 0, "plan", "50.00 USD"); // its own, not the sum of those below
    assert_cell(reply, "amounts", 0, "actual", "50.00 USD");
    assert_cell(reply, "amounts", 0, "attainment", "1.0000");
    assert_cell(reply, "amounts", 1, "territory", "r");
    assert_cell(reply, "amounts", 1, "product", "p");
    assert_cell(reply, "amounts", 1, "own", "0");
    assert_cell(reply, "amounts", 1, "plan", "90.00 USD");
    assert_cell(reply, "amounts", 1, "actual", "40.00 USD");
    assert_cell(reply, "amounts", 1, "attainment", "0.4444");
    assert_cell(reply, "amounts", 2, "territory", "t1");
    assert_cell(reply, "amounts", 2, "actual", "10.00 USD"); // the sale that states t1
    assert_cell(reply, "amounts", 3, "territory", "t2");
    assert_cell(reply, "amounts", 3, "plan", "80.00 USD");
    assert_cell(reply, "amounts", 3, "actual", "40.00 USD"); // 30.00 of a, 10.00 of b
    assert_cell(reply, "amounts", 4, "plan", "50.00 USD");
    assert_cell(reply, "amounts", 4, "attainment", "0.6000");
    assert_cell(reply, "packs", 0, "actual", "37");
    assert_cell(reply, "packs", 0, "attainment", "0.3700");
    assert_cell(reply, "packs", 3, "plan", "0");
    assert_cell(reply, "packs", 3, "attainment", "none");
    assert_int_equal(row_count(world_ask(world, "plan", "to", "2025-02-28", NULL), "amounts"), 0);
    reply = world_ask(world, "plan", "territory", "t2", "product", "p", NULL);
    assert_int_equal(row_count(reply, "amounts"), 1);
    reply = world_ask(world, "plan", "territory", "r", NULL);
    assert_int_equal(row_count(reply, "amounts"), 5);
    plan(world, "other", "t1", "p", "2025-03", 10, 1);
    assert_true(has_note(world_ask(world, "plan", NULL), "1 figure was set by more than one"));
    reply = world_ask(world, "plan", "plan", "pl", "territory", "t1", NULL);
    assert_cell(reply, "amounts", 0, "plan", "40.00 USD");
    world_close(world);
}

// Territories that lie in each other count each sale once.
static void circles_of_territories_end(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    fact(world, "TerritoryAssigned", "2025-01-01", "'territoryId':'x','parentId':'y'");
    fact(world, "TerritoryAssigned", "2025-01-01", "'territoryId':'y','parentId':'x'");
    plan(world, "pl", "x", "p", "2025-03", 10, 1000);
    sale_in(world, "a", "p", "2025-03", "2025-03-02", 5, 500, "x");
    const Ledger__V1__QueryReply *reply = world_ask(world, "plan", NULL);
    assert_int_equal(row_count(reply, "amounts"), 2);
    assert_cell(reply, "amounts", 0, "actual", "5.00 USD");
    assert_cell(reply, "amounts", 1, "plan", "10.00 USD");
    assert_cell(reply, "amounts", 1, "actual", "5.00 USD");
    world_close(world);
}

// ---- value
static uint64_t visit(struct world *world, const char *client, const char *day, int expense) {
    return fact(world, "VisitReported", day,
                "'visitId':'v','clientId':'%s','expense':{'minor':'%d','currency':'USD'}", client,
                expense);
}

// Ordered: a 80.00, b 15.00, c 5.00 in January.
static void worth(struct world *world) {
    order(world, "w1", "c", "2025-01-05", "p", 1, 500);
    order(world, "w2", "a", "2025-01-05", "p", 2, 2000);
    order(world, "w3", "a", "2025-01-06", "p", 2, 2000);
    order(world, "w4", "b", "2025-01-05", "p", 1, 1500);
    order(world, "w5", "c", "2025-02-05", "p", 1, 99999);
    sale(world, "b", "p", "2025-01", 1, 700);
    issue(world, "wi", "b", "2025-01-05", "2025-02-09", 1500);
    pay(world, "wi", "wp", "2025-01-20", 900);
    visit(world, "a", "2025-01-05", 1000);
    visit(world, "a", "2025-01-07", 500);
    visit(world, "d", "2025-01-07", 0);
    fact(world, "VisitReported", "2025-01-08", "'visitId':'v','clientId':'e'");
}

static void classes_are_of_value_before(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    worth(world);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "value", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_int_equal(row_count(reply, "clients"), 4);
    assert_cell(reply, "clients", 0, "client", "a");
    assert_cell(reply, "clients", 0, "value", "80.00 USD");
    assert_cell(reply, "clients", 0, "class", "A"); // nothing before
    assert_cell(reply, "clients", 0, "orders", "2");
    assert_cell(reply, "clients", 0, "visits", "2");
    assert_cell(reply, "clients", 0, "value_per_visit", "40.0000");
    assert_cell(reply, "clients", 0, "expense", "15.00 USD");
    assert_cell(reply, "clients", 1, "client", "b");
    assert_cell(reply, "clients", 1, "share_before", "0.8000");
    assert_cell(reply, "clients", 1, "class", "B"); // 0.80 is not below 0.80
    assert_cell(reply, "clients", 1, "sold", "7.00 USD");
    assert_cell(reply, "clients", 1, "paid", "9.00 USD");
    assert_cell(reply, "clients", 1, "visits", "0");
    assert_cell(reply, "clients", 1, "value_per_visit", "none");
    assert_cell(reply, "clients", 2, "client", "c");
    assert_cell(reply, "clients", 2, "share_before", "0.9500");
    assert_cell(reply, "clients", 2, "class", "C");
    assert_cell(reply, "classes", 1, "clients", "1");
    assert_cell(reply, "classes", 2, "value", "5.00 USD");
    assert_true(has_note(reply, "1 client was visited, and nothing in money"));
    reply = world_ask(world, "value", "of", "paid", "client", "b", NULL);
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "value", "9.00 USD");
    assert_cell(reply, "clients", 0, "class", "none");
    merge(world, "a", "b");
    reply = world_ask(world, "value", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_cell(reply, "clients", 0, "value", "95.00 USD");
    assert_cell(reply, "clients", 0, "visits", "2");
    reply = world_ask(world, "value", "of", "paid", "client", "a", NULL);
    assert_cell(reply, "clients", 0, "value", "9.00 USD");
    world_close(world);
}

// ---- one order
static void order_tells_its_status_and_invoices(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    fact(world, "OrderStatusChanged", "2025-01-09", "'orderId':'o','from':'new','to':'sent'");
    fact(world, "OrderStatusChanged", "2025-01-07", "'orderId':'o','to':'packed'");
    fact(world, "OrderPlaced", "2025-01-06",
         "'orderId':'o','clientId':'a','channel':'SELF_SERVICE','lines':["
         "{'productId':'p','qty':'2','price':{'minor':'500','currency':'USD'}},"
         "{'productId':'q','qty':'3'}]");
    fact(world, "InvoiceIssued", "2025-01-10",
         "'invoiceId':'i','clientId':'a','orderId':'o','amount':{'minor':'1000','currency':'USD'}");
    uint64_t wrong = fact(world, "InvoiceIssued", "2025-01-10",
                          "'invoiceId':'j','clientId':'a','orderId':'o',"
                          "'amount':{'minor':'7','currency':'USD'}");
    retract(world, wrong);
    const Ledger__V1__QueryReply *reply = world_ask(world, "order", "order", "o", NULL);
    assert_cell(reply, "order", 0, "status", "sent");
    assert_cell(reply, "order", 0, "channel", "SELF_SERVICE");
    assert_cell(reply, "order", 0, "qty", "5");
    assert_cell(reply, "order", 0, "amount", "10.00 USD");
    assert_cell(reply, "lines", 1, "price", "none");
    assert_cell(reply, "facts", 0, "fact", "placed");
    assert_cell(reply, "facts", 1, "to", "packed");
    assert_cell(reply, "facts", 2, "contradicts", "left_another_status"); // it was packed, not new
    assert_int_equal(row_count(reply, "invoices"), 1);
    assert_cell(reply, "invoices", 0, "invoice", "i");
    assert_cell(reply, "invoices", 0, "balance", "10.00 USD");
    reply = world_ask(world, "order", "order", "o", "as-of-occurred", "2025-01-08", NULL);
    assert_cell(reply, "order", 0, "status", "packed");
    assert_int_equal(row_count(reply, "invoices"), 0);
    fact(world, "OrderStatusChanged", "2025-01-09", "'orderId':'ghost','to':'sent'");
    reply = world_ask(world, "order", "order", "ghost", NULL);
    assert_cell(reply, "contradictions", 0, "code", "never_placed");
    assert_cell(reply, "order", 0, "amount", "none");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "order", "order", "o9", NULL), LEDGER_E_NOT_FOUND);
    world_close(world);
}

// ---- histories
static void deals_of_the_quarter(struct world *world) {
    fact(world, "PipelineDefined", "2024-01-01",
         "'pipelineId':'pipe','stages':[{'id':'s','kind':'OPEN'},{'id':'won','kind':'WON'}]");
    fact(world, "DealOpened", "2025-03-20",
         "'dealId':'d1','clientId':'b','ownerId':'e1','pipelineId':'pipe','stage':'s',"
         "'amount':{'minor':'5000','currency':'USD'}");
    fact(world, "DealOpened", "2025-03-20",
         "'dealId':'d2','clientId':'b','pipelineId':'pipe','stage':'s'");
    fact(world, "DealStageChanged", "2025-03-25", "'dealId':'d2','to':'won'");
    fact(world, "DealOpened", "2025-03-20",
         "'dealId':'d3','clientId':'a','pipelineId':'pipe','stage':'s'");
    fact(world, "DealLost", "2025-03-26", "'dealId':'d3'");
}

static void bad_histories_show_on_open_deals(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    quarter(world);
    deals_of_the_quarter(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "histories", "now", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "deals"), 1);
    assert_cell(reply, "deals", 0, "deal", "d1");
    assert_cell(reply, "deals", 0, "client", "b");
    assert_cell(reply, "deals", 0, "amount", "50.00 USD");
    assert_cell(reply, "deals", 0, "why", "often late"); // i2; i4 is in dispute
    assert_cell(reply, "deals", 0, "due", "1");
    assert_cell(reply, "deals", 0, "late_share", "1.0000");
    assert_cell(reply, "deals", 0, "oldest_days", "28");
    assert_cell(reply, "debts", 0, "overdue", "150.00 USD");
    assert_true(has_note(reply, "1 other client has paid badly"));
    reply = world_ask(world, "histories", "now", "2025-04-03", "client", "b", NULL);
    assert_cell(reply, "deals", 0, "why", "often late, old debt"); // 31 days
    reply = world_ask(world, "histories", "now", "2025-04-03", "late-percent", "100", NULL);
    assert_cell(reply, "deals", 0, "why", "old debt");
    reply = world_ask(world, "histories", "now", "2025-04-03", "late-percent", "100",
                      "overdue-days", "31", NULL);
    assert_int_equal(row_count(reply, "deals"), 0);
    fact(world, "DealReopened", "2025-03-28", "'dealId':'d2'");
    reply = world_ask(world, "histories", "now", "2025-03-31", NULL);
    assert_int_equal(row_count(reply, "deals"), 2);
    reply = world_ask(world, "histories", "as-of-occurred", "2025-03-21", NULL);
    assert_int_equal(row_count(reply, "deals"), 3); // none is closed by then; a was late too
    world_close(world);
}

// ---- facts that are of little use
static void unusable_facts_are_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    sale(world, "a", "p", "2025-01", 1, 100);
    fact(world, "SaleReported", "2025-01-05", "'clientId':'a','qty':'9000000000000'");
    fact(world, "OrderPlaced", "2025-01-05",
         "'orderId':'o','lines':[{'productId':'p','qty':'-9000000000000'}]");
    fact(world, "CreditTermsSet", "2025-01-05", "'clientId':'a','days':40000");
    fact(world, "InvoiceIssued", "2025-01-05", "'invoiceId':'i','clientId':'a'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), 4);
    reply = world_ask(world, "sales", NULL);
    assert_cell(reply, "totals", 0, "sales", "1");
    world_close(world);
}

static void unknown_times_are_in_no_period(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    fact(world, "SaleReported", "unknown",
         "'clientId':'a','productId':'p','qty':'2','amount':{'minor':'100','currency':'USD'}");
    fact(world, "SaleReported", "unknown",
         "'clientId':'a','productId':'p','qty':'3','amount':{'minor':'200','currency':'USD'},"
         "'period':'2025-02'");
    fact(world, "OrderPlaced", "unknown",
         "'orderId':'o1','clientId':'a','amount':{'minor':'700','currency':'USD'}");
    fact(world, "OrderStatusChanged", "2025-02-05", "'orderId':'o1','to':'sent'");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", NULL);
    assert_cell(reply, "totals", 0, "amount", "3.00 USD");
    assert_true(has_note(reply, "1 sale is of an unknown month"));
    reply = world_ask(world, "sales", "from", "2025-02-01", "to", "2025-02-28", NULL);
    assert_cell(reply, "totals", 0, "amount", "2.00 USD");
    reply = world_ask(world, "sales", "of", "orders", NULL);
    assert_cell(reply, "totals", 0, "amount", "7.00 USD");
    assert_true(has_note(reply, "1 fact is of orders at an unknown time"));
    reply = world_ask(world, "sales", "of", "orders", "as-of-occurred", "2025-03-01", NULL);
    assert_int_equal(row_count(reply, "totals"), 0);
    assert_int_equal(row_count(world_ask(world, "rhythm", NULL), "clients"), 0);
    reply = world_ask(world, "rhythm", "as-of-occurred", "2025-03-01", NULL);
    assert_int_equal(row_count(reply, "contradictions"), 0); // it was placed, at whatever time
    world_close(world);
}

static void corrected_order_and_sale_move(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    uint64_t wrong = order(world, "o1", "a", "2025-01-05", "p", 3, 200);
    char more[TEXT_MAX];
    (void)snprintf(more, sizeof more, "'correctsEventId':'%s',", event_id(world, wrong));
    put(world, "FactCorrected", "2025-01-09", more,
        "'type':'OrderPlaced','occurred':'2025-02-05','payload':{'orderId':'o1','clientId':'b',"
        "'amount':{'minor':'400','currency':'USD'}}");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "sales", "of", "orders", "by", "client,month", NULL);
    assert_int_equal(row_count(reply, "sales"), 1);
    assert_cell(reply, "sales", 0, "client", "b");
    assert_cell(reply, "sales", 0, "month", "2025-02");
    assert_cell(reply, "sales", 0, "amount", "4.00 USD");
    assert_int_equal(row_count(world_ask(world, "rhythm", "client", "a", NULL), "clients"), 0);
    world_close(world);
}

static void money_paid_back_is_owed_again(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    issue(world, "i1", "a", "2025-01-01", "2025-01-31", 1000);
    pay(world, "i1", "p1", "2025-01-10", 1000);
    pay(world, "i1", "p2", "2025-01-20", -400);
    pay(world, "i1", "p3", "2025-02-05", 400);
    issue(world, "i2", "b", "2025-01-01", "2025-01-31", 1000);
    pay(world, "i2", "p4", "2025-01-10", -5000);
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-02-10", NULL);
    assert_cell(reply, "figures", 0, "open_end", "10.00 USD");    // of i2, no more than its amount
    assert_cell(reply, "clients", 1, "mean_days_late", "5.0000"); // paid on the 10th, then not
    assert_int_equal(row_count(reply, "contradictions"), 1);
    assert_cell(reply, "contradictions", 0, "code", "paid_back_more_than_paid");
    reply = world_ask(world, "invoice", "invoice", "i1", "now", "2025-01-25", NULL);
    assert_cell(reply, "invoice", 0, "balance", "4.00 USD");
    assert_cell(reply, "invoice", 0, "settled_on", "none");
    world_close(world);
}

static void disputes_that_do_not_fit_are_flagged(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    issue(world, "i1", "a", "2025-01-01", "2025-01-31", 1000);
    fact(world, "DisputeChanged", "2025-01-05", "'invoiceId':'i1','status':'OPENED'");
    fact(world, "DisputeChanged", "2025-01-06", "'invoiceId':'i1','status':'OPENED'");
    fact(world, "DisputeChanged", "2025-01-07", "'invoiceId':'ghost','status':'OPENED'");
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-31", NULL);
    assert_cell(reply, "contradictions", 0, "code", "dispute_of_unknown_invoice");
    assert_cell(reply, "contradictions", 1, "code", "dispute_opened_twice");
    assert_cell(reply, "contradictions", 1, "count", "1");
    assert_cell(reply, "ageing", 0, "disputed", "10.00 USD");
    world_close(world);
}

static void merged_client_has_the_facts_of_both(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    sale(world, "a", "p", "2025-01", 1, 100);
    sale(world, "b", "p", "2025-01", 1, 200);
    fact(world, "CreditTermsSet", "2025-01-01",
         "'clientId':'b','days':5,'limit':{'minor':'100','currency':'USD'}");
    fact(world, "InvoiceIssued", "2025-01-05",
         "'invoiceId':'i','clientId':'a','amount':{'minor':'300','currency':'USD'}");
    merge(world, "a", "b");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", "client", "b", NULL);
    assert_cell(reply, "totals", 0, "amount", "3.00 USD");
    reply = world_ask(world, "invoice", "invoice", "i", "now", "2025-01-06", NULL);
    assert_cell(reply, "invoice", 0, "due_on", "2025-01-10");
    reply = world_ask(world, "receivables", "now", "2025-01-06", NULL);
    assert_cell(reply, "limits", 0, "client", "a");
    assert_cell(reply, "limits", 0, "over", "2.00 USD");
    world_close(world);
}

static void amount_of_an_order_decides_its_currency(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    fact(world, "OrderPlaced", "2025-01-06",
         "'orderId':'o','clientId':'a','amount':{'minor':'900','currency':'USD'},'lines':["
         "{'productId':'p','qty':'2','price':{'minor':'300','currency':'USD'}},"
         "{'productId':'q','qty':'5','price':{'minor':'100','currency':'EUR'}}]");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", "of", "orders", NULL);
    assert_int_equal(row_count(reply, "sales"), 3);
    assert_cell(reply, "sales", 0, "amount", "6.00 USD");
    assert_cell(reply, "sales", 1, "product", "none");
    assert_cell(reply, "sales", 1, "amount", "3.00 USD");
    assert_cell(reply, "sales", 2, "product", "q");
    assert_cell(reply, "sales", 2, "qty", "5");
    assert_cell(reply, "sales", 2, "amount", "none");
    reply = world_ask(world, "order", "order", "o", NULL);
    assert_cell(reply, "order", 0, "amount", "9.00 USD");
    assert_int_equal(row_count(reply, "contradictions"), 2);
    assert_cell(reply, "contradictions", 0, "code", "amount_not_of_lines");
    assert_cell(reply, "contradictions", 1, "code", "two_currencies");
    world_close(world);
}

// ---- all queries
static const char *const everything[][6] = {
    {"receivables", "from", "2025-01-01", "to", "2025-03-31"},
    {"invoice", "invoice", "i1", "now", "2025-06-01"},
    {"rhythm", "now", "2025-06-01"},
    {"rhythm", "client", "a", "now", "2025-06-01"},
    {"sales", "by", "territory,product,client"},
    {"sales", "by", "segment,month", "of", "orders"},
    {"plan"},
    {"value"},
    {"value", "client", "a", "of", "paid"},
    {"order", "order", "o1", "now", "2025-06-01"},
    {"histories", "now", "2025-03-31"},
};
enum { EVERYTHING = sizeof everything / sizeof everything[0] };

static struct ledger_span ask_number(struct world *world, size_t i) {
    const char *const *row = everything[i];
    return answer_bytes(world, world_ask(world, row[0], row[1], row[2], row[3], row[4], NULL));
}

static void much(struct world *world) {
    quarter(world);
    habits(world);
    turnover_of(world);
    plan(world, "pl", "t2", "p", "2025-03", 10, 4000);
    worth(world);
    deals_of_the_quarter(world);
}

static void merge_and_unmerge_leave_no_trace(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    struct ledger_span before[EVERYTHING];
    much(world);
    for (size_t i = 0; i < EVERYTHING; i++)
        before[i] = ask_number(world, i);
    uint64_t merged = merge(world, "a", "b");
    const Ledger__V1__QueryReply *reply = ask_quarter(world);
    assert_cell(reply, "figures", 0, "open_end", "636.00 USD");
    assert_int_equal(row_count(reply, "clients"), 1);
    assert_cell(reply, "clients", 0, "client", "a");
    assert_cell(reply, "clients", 0, "open", "636.00 USD");
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-31", "client", "b",
                      NULL);
    assert_cell(reply, "figures", 0, "open_end", "636.00 USD");
    unmerge(world, merged);
    for (size_t i = 0; i < EVERYTHING; i++)
        assert_true(ledger_span_equal(before[i], ask_number(world, i)));
    world_close(world);
}

static void pages_change_nothing(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    much(world);
    merge(world, "a", "b");
    world_apply(world, world_head(world), 1000);
    for (uint64_t page = 1; page < 8; page += 3) {
        struct world *copy = world_copy(world, world_head(world), page);
        assert_string_equal(world_dump(world), world_dump(copy));
        for (size_t i = 0; i < EVERYTHING; i++)
            assert_true(ledger_span_equal(ask_number(world, i), ask_number(copy, i)));
        world_close(copy);
    }
    world_close(world);
}

// Facts are told by their days, so the order in which they are recorded changes nothing but
// positions, which no report shows.
static void order_of_recording_changes_no_report(void **state) {
    (void)state;
    static const struct {
        const char *type, *occurred, *payload;
    } facts[] = {
        {"InvoiceIssued", "2025-01-10",
         "'invoiceId':'i1','clientId':'a','dueOn':'2025-02-01',"
         "'amount':{'minor':'1000','currency':'USD'}"},
        {"PaymentReceived", "2025-02-03",
         "'paymentId':'p','invoiceId':'i1','amount':{'minor':'600','currency':'USD'}"},
        {"PaymentReceived", "2025-02-13",
         "'paymentId':'q','invoiceId':'i1','amount':{'minor':'600','currency':'USD'}"},
        {"DisputeChanged", "2025-01-12", "'invoiceId':'i1','status':'OPENED'"},
        {"DisputeChanged", "2025-01-20", "'invoiceId':'i1','status':'RESOLVED'"},
        {"InvoiceIssued", "2025-02-10",
         "'invoiceId':'i2','clientId':'a','amount':{'minor':'500','currency':'USD'}"},
        {"CreditTermsSet", "2025-01-01",
         "'clientId':'a','days':14,'limit':{'minor':'100','currency':'USD'}"},
        {"OrderPlaced", "2025-01-03",
         "'orderId':'o1','clientId':'a','lines':["
         "{'productId':'p','qty':'2','price':{'minor':'500','currency':'USD'}}]"},
        {"OrderPlaced", "2025-01-04",
         "'orderId':'o1','clientId':'a','lines':["
         "{'productId':'p','qty':'9','price':{'minor':'500','currency':'USD'}}]"},
        {"OrderPlaced", "2025-01-23",
         "'orderId':'o2','clientId':'a','amount':{'minor':'70','currency':'USD'}"},
        {"OrderStatusChanged", "2025-01-24", "'orderId':'o2','to':'cancelled'"},
        {"OrderStatusChanged", "2025-01-25", "'orderId':'o2','from':'cancelled','to':'new'"},
        {"TerritoryAssigned", "2025-01-01", "'territoryId':'t1','employeeId':'e1'"},
        {"ClientAssigned", "2025-01-01", "'clientId':'a','employeeId':'e2'"},
        {"ClientReassigned", "2025-01-15", "'clientId':'a','toEmployee':'e1'"},
        {"SaleReported", "2025-01-20",
         "'clientId':'a','productId':'p','period':'2025-01','qty':'3',"
         "'amount':{'minor':'900','currency':'USD'}"},
        {"SalesPlanSet", "2025-01-02",
         "'planId':'x','territoryId':'t1','period':'2025-01','qty':'3'"},
        {"SalesPlanSet", "2025-01-03",
         "'planId':'x','territoryId':'t1','period':'2025-01','qty':'6'"},
        {"DealOpened", "2025-01-20", "'dealId':'d','clientId':'a'"},
    };
    static const char *const reports[][5] = {
        {"receivables", "from", "2025-01-01", "to", "2025-03-01"},
        {"rhythm", "client", "a"},
        {"sales", "by", "territory,product"},
        {"sales", "of", "orders"},
        {"plan"},
        {"value"},
        {"histories", "now", "2025-03-01"},
    };
    enum { FACTS = sizeof facts / sizeof facts[0], REPORTS = sizeof reports / sizeof reports[0] };
    struct ledger_span first[REPORTS] = {0};
    struct world *keep = NULL;
    for (size_t turn = 0; turn < FACTS; turn++) {
        struct world *world = world_open(&trade);
        for (size_t i = 0; i < FACTS; i++) {
            size_t step = turn % 2 ? FACTS - 1 - i : i;
            size_t number = (step * 3 + turn) % FACTS;
            fact(world, facts[number].type, facts[number].occurred, "%s", facts[number].payload);
        }
        for (size_t i = 0; i < REPORTS; i++) {
            const char *const *row = reports[i];
            struct ledger_span bytes =
                answer_bytes(world, world_ask(world, row[0], row[1], row[2], row[3], row[4], NULL));
            if (keep)
                assert_true(ledger_span_equal(first[i], bytes));
            else
                first[i] = bytes;
        }
        if (keep)
            world_close(world);
        else
            keep = world;
    }
    struct world *world = keep;
    assert_cell(world_ask(world, "plan", NULL), "packs", 0, "plan", "6");
    assert_cell(world_ask(world, "plan", NULL), "packs", 0, "attainment", "0.5000");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", "of", "orders", NULL);
    assert_cell(reply, "totals", 0, "amount", "10.70 USD"); // o1 as placed first, o2 not cancelled
    assert_cell(world_ask(world, "rhythm", NULL), "contradictions", 0, "code", "placed_twice");
    world_close(keep);
}

static void nothing_is_an_empty_answer(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    struct ledger_error error;
    assert_int_equal(row_count(world_ask(world, "receivables", NULL), "figures"), 0);
    assert_int_equal(row_count(world_ask(world, "rhythm", NULL), "clients"), 0);
    assert_int_equal(world_refuse(world, &error, "invoice", "invoice", "i1", NULL),
                     LEDGER_E_NOT_FOUND);
    quarter(world);
    assert_true(has_note(world_ask(world, "receivables", "client", "nobody", NULL),
                         "Nothing is known of client nobody."));
    assert_int_equal(
        world_refuse(world, &error, "receivables", "from", "2025-02-01", "to", "2025-01-01", NULL),
        LEDGER_E_INVALID_VALUE);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receivables_follow_the_formulas),
        cmocka_unit_test(ages_end_on_their_days),
        cmocka_unit_test(resolved_dispute_and_terms_count_from_their_day),
        cmocka_unit_test(contradictions_corrupt_no_total),
        cmocka_unit_test(views_see_what_was_known_and_had_happened),
        cmocka_unit_test(unknown_days_are_counted_and_told),
        cmocka_unit_test(rhythm_is_of_order_days),
        cmocka_unit_test(seasons_are_of_whole_years),
        cmocka_unit_test(sales_are_placed_as_of_the_sale),
        cmocka_unit_test(orders_and_sales_are_never_added),
        cmocka_unit_test(owner_of_several_territories_decides_none),
        cmocka_unit_test(plans_roll_up_and_meet_their_sales),
        cmocka_unit_test(circles_of_territories_end),
        cmocka_unit_test(classes_are_of_value_before),
        cmocka_unit_test(order_tells_its_status_and_invoices),
        cmocka_unit_test(bad_histories_show_on_open_deals),
        cmocka_unit_test(unusable_facts_are_set_aside),
        cmocka_unit_test(unknown_times_are_in_no_period),
        cmocka_unit_test(corrected_order_and_sale_move),
        cmocka_unit_test(money_paid_back_is_owed_again),
        cmocka_unit_test(disputes_that_do_not_fit_are_flagged),
        cmocka_unit_test(merged_client_has_the_facts_of_both),
        cmocka_unit_test(amount_of_an_order_decides_its_currency),
        cmocka_unit_test(merge_and_unmerge_leave_no_trace),
        cmocka_unit_test(pages_change_nothing),
        cmocka_unit_test(order_of_recording_changes_no_report),
        cmocka_unit_test(nothing_is_an_empty_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
