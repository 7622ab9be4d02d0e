// trade: what is owed and paid, and the facts that do not fit; every answer worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "test_projection_trade_facts.h"

static uint64_t retract(struct world *world, uint64_t position) {
    char more[TEXT_MAX];
    (void)snprintf(more, sizeof more, "'correctsEventId':'%s',", event_id(world, position));
    return put(world, "FactRetracted", "2026-01-01", more, "");
}

// ---- receivables
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
    reply = world_ask(world, "histories", "as-of-occurred", "2025-03-21", "limit", "1", NULL);
    assert_int_equal(rows_left_off(reply, "deals"), 2);
    assert_int_equal(rows_left_off(reply, "debts"), 1);
    world_close(world);
}

static void each_list_of_receivables_has_its_limit(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    static const char *const clients[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        fact(world, "CreditTermsSet", "2025-01-01",
             "'clientId':'%s','days':10,'limit':{'minor':'5000','currency':'USD'}", clients[i]);
        fact(world, "InvoiceIssued", "2025-01-05",
             "'invoiceId':'i%s','clientId':'%s','amount':{'minor':'6000','currency':'USD'}",
             clients[i], clients[i]);
        fact(world, "PaymentReceived", "2025-01-06",
             "'paymentId':'p%s','invoiceId':'i%s','amount':{'minor':'100','currency':'EUR'}",
             clients[i], clients[i]);
    }
    const Ledger__V1__QueryReply *reply =
        world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-20", NULL);
    assert_int_equal(row_count(reply, "limits"), 3);
    assert_int_equal(row_count(reply, "strays"), 3);
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-20", "limit", "1",
                      NULL);
    assert_int_equal(row_count(reply, "limits"), 1);
    assert_int_equal(rows_left_off(reply, "limits"), 2);
    assert_int_equal(row_count(reply, "strays"), 1);
    assert_int_equal(rows_left_off(reply, "strays"), 2);
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
        cmocka_unit_test(order_tells_its_status_and_invoices),
        cmocka_unit_test(each_list_of_receivables_has_its_limit),
        cmocka_unit_test(bad_histories_show_on_open_deals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
