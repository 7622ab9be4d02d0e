// trade: what merges, corrections, late and useless facts do to its answers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_trade_facts.h"

static void unmerge(struct world *world, uint64_t position) {
    fact(world, "MergeReversed", "2025-12-02", "'mergeEventId':'%s'", event_id(world, position));
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

static void amounts_that_are_too_large_are_set_aside(void **state) {
    (void)state;
#define TOO_LARGE "{'minor':'9223372036854775807','currency':'USD'}"
    static const struct {
        const char *type, *payload, *reason;
    } rows[] = {
        {"InvoiceIssued",
         "'invoiceId':'x','clientId':'a','issuedOn':'2025-01-05','dueOn':'2025-01-06',"
         "'amount':" TOO_LARGE,
         "payload.amount.minor: more than one fact may state: at most 1000000000000000 of the "
         "currency's minor unit"},
        {"PaymentReceived", "'invoiceId':'i','paymentId':'y','amount':" TOO_LARGE,
         "payload.amount.minor: "},
        {"CreditTermsSet", "'clientId':'a','limit':" TOO_LARGE, "payload.limit.minor: "},
        {"OrderPlaced", "'orderId':'o','clientId':'a','amount':" TOO_LARGE,
         "payload.amount.minor: "},
        {"OrderPlaced",
         "'orderId':'o','clientId':'a','lines':[{'productId':'p','price':" TOO_LARGE "}]",
         "payload.lines.price.minor: "},
        {"OrderPlaced",
         "'orderId':'o','clientId':'a','lines':[{'productId':'p','qty':'1000000000000',"
         "'price':{'minor':'1001','currency':'USD'}}]",
         "payload.lines: "},
        {"SaleReported", "'clientId':'a','amount':" TOO_LARGE, "payload.amount.minor: "},
        {"SalesPlanSet", "'territoryId':'t','period':'2025-01','amount':" TOO_LARGE,
         "payload.amount.minor: "},
        {"VisitReported", "'visitId':'v','clientId':'a','expense':" TOO_LARGE,
         "payload.expense.minor: "},
        {"VisitReported",
         "'visitId':'v','clientId':'a','stock':[{'productId':'p','price':" TOO_LARGE "}]",
         "payload.stock.price.minor: "},
        {"VisitReported",
         "'visitId':'v','clientId':'a','stock':[{'productId':'p','qty':'9223372036854775807'}]",
         "payload.stock.qty: more packs than there can be: at most 1000000000000"},
        {"DealOpened", "'dealId':'d','clientId':'a','amount':" TOO_LARGE, "payload.amount.minor: "},
    };
#undef TOO_LARGE
    const size_t count = sizeof rows / sizeof rows[0];
    static const char *const asked[] = {"receivables", "sales",  "value",    "shelf",
                                        "plan",        "rhythm", "histories"};
    struct world *world = world_open(&trade);
    issue(world, "i", "a", "2025-01-01", "2025-01-10", 300);
    pay(world, "i", "p", "2025-01-02", 100);
    sale(world, "a", "p", "2025-01", 1, 100);
    uint64_t before = world_head(world);
    for (size_t i = 0; i < count; i++)
        fact(world, rows[i].type, "2025-01-05", "%s", rows[i].payload);
    const Ledger__V1__QueryReply *reply = world_ask(world, "parked", NULL);
    assert_int_equal(row_count(reply, "parked"), count);
    for (size_t i = 0; i < count; i++) {
        char position[24];
        (void)snprintf(position, sizeof position, "%zu", (size_t)before + 1 + i);
        assert_cell(reply, "parked", i, "position", position);
        assert_cell(reply, "parked", i, "code", "invalid_value");
        const char *reason = cell(world, reply, "parked", i, "reason");
        assert_ptr_equal(strstr(reason, rows[i].reason), reason);
    }
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_false(has_note(world_ask(world, asked[i], NULL), "too large"));
    reply = world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-01-31", NULL);
    assert_cell(reply, "figures", 0, "open_end", "2.00 USD");
    world_close(world);
}

static void the_largest_amounts_add_up(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    for (int i = 0; i < 3; i++)
        fact(world, "SaleReported", "2025-01-05",
             "'clientId':'a','qty':'1000000000000','amount':{'minor':'1000000000000000',"
             "'currency':'USD'}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "sales", NULL);
    assert_cell(reply, "totals", 0, "amount", "30000000000000.00 USD");
    assert_cell(reply, "totals", 0, "qty", "3000000000000");
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 0);
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
    {"shelf", "now", "2025-03-31"},
};
enum { EVERYTHING = sizeof everything / sizeof everything[0] };

static struct ledger_span ask_number(struct world *world, size_t i) {
    const char *const *row = everything[i];
    return answer_bytes(world, world_ask(world, row[0], row[1], row[2], row[3], row[4], NULL));
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
        {"VisitReported", "2025-01-21",
         "'visitId':'v1','clientId':'a','stock':[{'productId':'p','qty':'4'}]"},
        {"VisitReported", "2025-01-22",
         "'visitId':'v2','clientId':'a','stock':[{'productId':'p','qty':'0'}]"},
        {"VisitReported", "2025-01-22",
         "'visitId':'v3','clientId':'b','stock':[{'productId':'p','qty':'2'}]"},
    };
    static const char *const reports[][5] = {
        {"receivables", "from", "2025-01-01", "to", "2025-03-01"},
        {"rhythm", "client", "a"},
        {"sales", "by", "territory,product"},
        {"sales", "of", "orders"},
        {"plan"},
        {"value"},
        {"histories", "now", "2025-03-01"},
        {"shelf", "now", "2025-03-01"},
    };
    enum { FACTS = sizeof facts / sizeof facts[0], REPORTS = sizeof reports / sizeof reports[0] };
    _Static_assert(FACTS % 3 != 0, "every third of them, round and round, is all of them");
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
        cmocka_unit_test(unusable_facts_are_set_aside),
        cmocka_unit_test(amounts_that_are_too_large_are_set_aside),
        cmocka_unit_test(the_largest_amounts_add_up),
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
