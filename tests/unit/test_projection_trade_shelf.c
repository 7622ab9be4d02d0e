// trade: the stock that visits found with clients.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_projection_fixture.h"
#include "trade/trade.h"

// `stock`: what was found, in JSON, without the brackets.
static uint64_t visit(struct world *world, const char *id, const char *client, const char *occurred,
                      const char *stock) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"visitId\":\"%s\",\"clientId\":\"%s\","
                       "\"stock\":[%s]}}",
                       id, occurred, id, client, stock);
}

static void findings(struct world *world) {
    visit(world, "v1", "a", "2025-05-05",
          "{\"productId\":\"p1\",\"qty\":4,\"price\":{\"minor\":300,\"currency\":\"EUR\"}},"
          "{\"productId\":\"p2\",\"qty\":0}");
    visit(world, "v2", "a", "2025-05-20", "{\"productId\":\"p1\",\"qty\":0}");
    visit(world, "v3", "b", "2025-05-06", "{\"productId\":\"p1\",\"qty\":7}");
    visit(world, "v4", "b", "2025-05-06",
          "{\"productId\":\"p1\",\"qty\":6},{\"productId\":\"p2\"}");
    visit(world, "v5", "c", "2025-05-07", "");
}

static void the_last_finding_stands(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    findings(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "shelf", "now", "2025-05-30", NULL);
    assert_int_equal(row_count(reply, "stock"), 3);
    assert_cell(reply, "stock", 0, "client", "a");
    assert_cell(reply, "stock", 0, "product", "p1");
    assert_cell(reply, "stock", 0, "packs", "0");
    assert_cell(reply, "stock", 0, "out", "1");
    assert_cell(reply, "stock", 0, "found", "2025-05-20");
    assert_cell(reply, "stock", 0, "days_since", "10");
    assert_cell(reply, "stock", 0, "price", "none");
    assert_cell(reply, "stock", 1, "product", "p2");
    assert_cell(reply, "stock", 2, "client", "b");
    assert_cell(reply, "stock", 2, "packs", "6"); // twice on one day: as reported last
    assert_cell(reply, "stock", 2, "out", "0");
    world_close(world);
}

static void out_of_stock_is_a_share_of_findings_and_of_clients(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    findings(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "shelf", NULL);
    assert_cell(reply, "products", 0, "product", "p1");
    assert_cell(reply, "products", 0, "findings", "3");
    assert_cell(reply, "products", 0, "out", "1");
    assert_cell(reply, "products", 0, "out_share", "0.3333");
    assert_cell(reply, "products", 0, "clients", "2");
    assert_cell(reply, "products", 0, "clients_out", "1");
    assert_cell(reply, "products", 0, "clients_out_share", "0.5000");
    assert_cell(reply, "products", 0, "packs", "6");
    assert_cell(reply, "products", 1, "out_share", "1.0000");
    assert_cell(reply, "totals", 0, "findings", "4");
    assert_cell(reply, "totals", 0, "clients_out_share", "0.6667");
    assert_true(has_note(reply, "1 finding states no number of packs"));
    world_close(world);
}

static void the_shelf_takes_a_period_a_client_and_a_product(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    assert_cell(world_ask(world, "shelf", NULL), "totals", 0, "out_share", "none");
    findings(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "shelf", "to", "2025-05-10", NULL);
    assert_cell(reply, "stock", 0, "packs", "4");
    assert_cell(reply, "stock", 0, "price", "3.00 EUR");
    reply = world_ask(world, "shelf", "as-of-occurred", "2025-05-10", "product", "p1", NULL);
    assert_int_equal(row_count(reply, "stock"), 2);
    assert_cell(reply, "stock", 0, "packs", "4");
    reply = world_ask(world, "shelf", "client", "b", NULL);
    assert_int_equal(row_count(reply, "stock"), 1);
    reply = world_ask(world, "shelf", "limit", "1", NULL);
    assert_int_equal(row_count(reply, "stock"), 1);
    assert_int_equal(rows_left_off(reply, "stock"), 2);
    assert_int_equal(row_count(reply, "products"), 1);
    assert_int_equal(rows_left_off(reply, "products"), 1);
    assert_cell(reply, "totals", 0, "findings", "4");
    assert_true(has_note(world_ask(world, "shelf", "client", "z", NULL), "Nothing is known"));
    world_close(world);
}

static void a_merged_client_has_one_shelf(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    findings(world);
    world_write(world, "{\"type\":\"ClientsMerged\",\"stream\":\"client/a\",\"occurred\":"
                       "\"2025-06-01\",\"actor\":\"r1\",\"payload\":{\"survivor\":\"a\","
                       "\"merged\":\"b\"}}");
    const Ledger__V1__QueryReply *reply = world_ask(world, "shelf", "product", "p1", NULL);
    assert_int_equal(row_count(reply, "stock"), 1);
    assert_cell(reply, "stock", 0, "packs", "0");
    assert_cell(reply, "products", 0, "findings", "3");
    assert_int_equal(row_count(world_ask(world, "shelf", "client", "b", NULL), "stock"), 2);
    world_close(world);
}

static void a_price_without_a_currency_is_set_aside(void **state) {
    (void)state;
    struct world *world = world_open(&trade);
    visit(world, "v1", "a", "2025-05-05",
          "{\"productId\":\"p1\",\"qty\":4,\"price\":{\"minor\":300}}");
    assert_int_equal(row_count(world_ask(world, "shelf", NULL), "stock"), 0);
    assert_int_equal(row_count(world_ask(world, "parked", NULL), "parked"), 1);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_finding_stands),
        cmocka_unit_test(out_of_stock_is_a_share_of_findings_and_of_clients),
        cmocka_unit_test(the_shelf_takes_a_period_a_client_and_a_product),
        cmocka_unit_test(a_merged_client_has_one_shelf),
        cmocka_unit_test(a_price_without_a_currency_is_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
