// Orders at each client's own rhythm, their invoices, and what was paid of them and when.
#include "world.h"

enum { LINES_MAX = 3, DUE_DAYS = 30, PAID_IN_TIME = 70, PAID_LATE = 85 };

struct order {
    struct world *world;
    const struct client *client;
    char id[ID_SIZE], invoice[ID_SIZE];
    int64_t minor;
    int32_t issued, due, paid; // INT32_MAX = never
};

static void put(const struct order *order, const char *type, const char *kind, const char *id,
                int64_t at, json_t *payload) {
    outbox_put(&order->world->outbox,
               &(struct fact){.type = type,
                              .category = kind,
                              .id = id,
                              .occurred = at,
                              .recorded = at + MINUTE,
                              .actor = "office-01",
                              .subjects = {{kind, id, NULL}, {"client", order->client->id, NULL}},
                              .payload = payload},
               NULL);
}

static json_t *lines_of(struct order *order) {
    struct chance *chance = &order->world->chance;
    json_t *lines = json_array();
    int64_t count = chance_between(chance, 1, LINES_MAX);
    uint64_t first = chance_below(chance, PRODUCTS);
    for (int64_t i = 0; i < count; i++) {
        uint64_t product = (first + (uint64_t)i) % PRODUCTS;
        int64_t qty = chance_between(chance, 5, 60);
        int64_t price = 400 + 150 * (int64_t)product;
        order->minor += qty * price;
        value_add(&lines, json_pack("{s:s,s:I,s:o}", "productId", product_ids[product], "qty",
                                    (json_int_t)qty, "price", value_money(price)));
    }
    return lines;
}

static void put_order(struct order *order) {
    json_t *lines = lines_of(order);
    put(order, "OrderPlaced", "order", order->id, at_time(order->world->today, 12, 0),
        json_pack("{s:s,s:s,s:s,s:o}", "orderId", order->id, "clientId", order->client->id,
                  "channel", "SELF_SERVICE", "lines", lines));
    if (order->issued <= order->world->last_day)
        put(order, "OrderStatusChanged", "order", order->id, at_time(order->issued, 9, 0),
            json_pack("{s:s,s:s,s:s}", "orderId", order->id, "from", "placed", "to", "shipped"));
}

static void put_invoice(const struct order *order) {
    put(order, "InvoiceIssued", "invoice", order->invoice, at_time(order->issued, 10, 0),
        json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "invoiceId", order->invoice, "clientId",
                  order->client->id, "orderId", order->id, "issuedOn", value_date(order->issued),
                  "dueOn", value_date(order->due), "amount", value_money(order->minor)));
}

static void put_payment(const struct order *order, int32_t day, int64_t minor) {
    struct world *world = order->world;
    char id[ID_SIZE];
    (void)snprintf(id, sizeof id, "payment-%06llu", (unsigned long long)++world->payment_count);
    put(order, "PaymentReceived", "invoice", order->invoice, at_time(day, 11, 0),
        json_pack("{s:s,s:s,s:s,s:o,s:o}", "paymentId", id, "invoiceId", order->invoice, "clientId",
                  order->client->id, "paidOn", value_date(day), "amount", value_money(minor)));
}

// One in five in two parts, the first a week earlier.
static void put_payments(const struct order *order) {
    struct world *world = order->world;
    int64_t first = world->order_count % 5 == 0 ? order->minor / 2 : 0;
    int64_t open = order->minor;
    if (first && order->paid != INT32_MAX && order->paid - 7 <= world->last_day) {
        put_payment(order, order->paid - 7, first);
        open -= first;
    }
    if (order->paid <= world->last_day) {
        put_payment(order, order->paid, order->minor - first);
        open = 0;
    }
    world->owed_minor += open;
    if (order->due < world->last_day && order->paid > order->due)
        truth_list(&world->truth, "invoices_late", NULL, order->invoice);
    if (order->due < world->last_day && open) {
        truth_list(&world->truth, "invoices_overdue", NULL, order->invoice);
        world->overdue_minor += open;
    }
}

static void choose_days(struct order *order) {
    struct chance *chance = &order->world->chance;
    uint64_t roll = chance_below(chance, 100);
    order->issued = order->world->today + 1;
    order->due = order->issued + DUE_DAYS;
    order->paid = INT32_MAX;
    if (roll < PAID_IN_TIME)
        order->paid = order->due - (int32_t)chance_below(chance, 15);
    else if (roll < PAID_LATE)
        order->paid = order->due + (int32_t)chance_between(chance, 3, 25);
}

static void place(struct world *world, const struct client *client) {
    struct order order = {.world = world, .client = client};
    world->order_count++;
    (void)snprintf(order.id, ID_SIZE, "order-%06llu", (unsigned long long)world->order_count);
    (void)snprintf(order.invoice, ID_SIZE, "invoice-%06llu",
                   (unsigned long long)world->order_count);
    choose_days(&order);
    put_order(&order);
    truth_count(&world->truth, "orders_by_client", client->id, 1);
    if (order.issued > world->last_day)
        return;
    put_invoice(&order);
    put_payments(&order);
}

void orders_day(struct world *world) {
    for (int i = 0; i < world->client_count; i++) {
        struct client *client = &world->clients[i];
        if (!client->rhythm || world->today != client->next_order ||
            world->today > client->last_order_day)
            continue;
        place(world, client);
        client->next_order =
            world->today + client->rhythm + (int32_t)chance_between(&world->chance, -1, 1);
    }
}

void orders_end(struct world *world) {
    truth_set(&world->truth, "owed_minor", json_integer(world->owed_minor));
    truth_set(&world->truth, "overdue_minor", json_integer(world->overdue_minor));
}
