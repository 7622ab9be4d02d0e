#include "test_projection_trade_facts.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t put(struct world *world, const char *type, const char *occurred, const char *more,
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

uint64_t fact(struct world *world, const char *type, const char *occurred, const char *format,
              ...) {
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return put(world, type, occurred, "", text);
}

uint64_t issue(struct world *world, const char *invoice, const char *client, const char *issued,
               const char *due, int minor) {
    return fact(world, "InvoiceIssued", issued,
                "'invoiceId':'%s','clientId':'%s','issuedOn':'%s','dueOn':'%s',"
                "'amount':{'minor':'%d','currency':'USD'}",
                invoice, client, issued, due, minor);
}

uint64_t pay(struct world *world, const char *invoice, const char *payment, const char *day,
             int minor) {
    return fact(world, "PaymentReceived", day,
                "'paymentId':'%s','invoiceId':'%s','paidOn':'%s',"
                "'amount':{'minor':'%d','currency':'USD'}",
                payment, invoice, day, minor);
}

uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return fact(world, "ClientsMerged", "2025-12-01", "'survivor':'%s','merged':'%s'", survivor,
                merged);
}

void quarter(struct world *world) {
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

const Ledger__V1__QueryReply *ask_quarter(struct world *world) {
    return world_ask(world, "receivables", "from", "2025-01-01", "to", "2025-03-31", NULL);
}

uint64_t order(struct world *world, const char *id, const char *client, const char *day,
               const char *product, int qty, int price) {
    return fact(world, "OrderPlaced", day,
                "'orderId':'%s','clientId':'%s','lines':[{'productId':'%s','qty':'%d',"
                "'price':{'minor':'%d','currency':'USD'}}]",
                id, client, product, qty, price);
}

void habits(struct world *world) {
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

uint64_t sale_in(struct world *world, const char *client, const char *product, const char *month,
                 const char *occurred, int qty, int minor, const char *territory) {
    char more[TEXT_MAX];
    char payload[TEXT_MAX];
    (void)snprintf(more, sizeof more, *territory ? "'territory':'%s'," : "%s", territory);
    (void)snprintf(payload, sizeof payload,
                   "'clientId':'%s','productId':'%s','period':'%s','qty':'%d',"
                   "'amount':{'minor':'%d','currency':'USD'}",
                   client, product, month, qty, minor);
    return put(world, "SaleReported", occurred, more, payload);
}

uint64_t sale(struct world *world, const char *client, const char *product, const char *month,
              int qty, int minor) {
    char occurred[16];
    (void)snprintf(occurred, sizeof occurred, "%s-15", month);
    return sale_in(world, client, product, month, occurred, qty, minor, "");
}

void map_of_places(struct world *world) {
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

void turnover_of(struct world *world) {
    map_of_places(world);
    sale(world, "a", "p", "2025-02", 10, 1000);
    sale(world, "a", "p", "2025-03", 30, 3000);
    sale(world, "b", "q", "2025-02", 4, 2000);
    sale(world, "b", "q", "2025-03", 2, 1000);
    sale_in(world, "a", "q", "2025-02", "2025-03-10", 1, 500, ""); // told late: of 28 February
    sale_in(world, "b", "p", "2025-03", "2025-03-02", 5, 1000, "t1");
}

uint64_t plan(struct world *world, const char *id, const char *territory, const char *product,
              const char *month, int qty, int minor) {
    return fact(world, "SalesPlanSet", "2025-01-01",
                "'planId':'%s','territoryId':'%s',%s%s%s'period':'%s','qty':'%d',"
                "'amount':{'minor':'%d','currency':'USD'}",
                id, territory, *product ? "'productId':'" : "", product, *product ? "'," : "",
                month, qty, minor);
}

uint64_t visit(struct world *world, const char *client, const char *day, int expense) {
    return fact(world, "VisitReported", day,
                "'visitId':'v','clientId':'%s','expense':{'minor':'%d','currency':'USD'},"
                "'stock':[{'productId':'p','qty':'%d'}]",
                client, expense, expense % 3);
}

void worth(struct world *world) {
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

void deals_of_the_quarter(struct world *world) {
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

void much(struct world *world) {
    quarter(world);
    habits(world);
    turnover_of(world);
    plan(world, "pl", "t2", "p", "2025-03", 10, 4000);
    worth(world);
    deals_of_the_quarter(world);
}
