// trade: rhythm, sales, plans and value; every answer worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_projection_trade_facts.h"

// ---- rhythm
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rhythm_is_of_order_days),
        cmocka_unit_test(seasons_are_of_whole_years),
        cmocka_unit_test(sales_are_placed_as_of_the_sale),
        cmocka_unit_test(orders_and_sales_are_never_added),
        cmocka_unit_test(owner_of_several_territories_decides_none),
        cmocka_unit_test(plans_roll_up_and_meet_their_sales),
        cmocka_unit_test(circles_of_territories_end),
        cmocka_unit_test(classes_are_of_value_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
