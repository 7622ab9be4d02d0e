// The facts that the tests of trade write, each in a line.
#ifndef TEST_PROJECTION_TRADE_FACTS_H
#define TEST_PROJECTION_TRADE_FACTS_H

#include "test_projection_fixture.h"
#include "trade/trade.h"

enum { TEXT_MAX = 2048 };

// Single quotes stand for double ones. `more` are further fields of the envelope, or "".
uint64_t put(struct world *world, const char *type, const char *occurred, const char *more,
             const char *payload);
LEDGER_PRINTF(4, 5)
uint64_t fact(struct world *world, const char *type, const char *occurred, const char *format, ...);
uint64_t issue(struct world *world, const char *invoice, const char *client, const char *issued,
               const char *due, int minor);
uint64_t pay(struct world *world, const char *invoice, const char *payment, const char *day,
             int minor);
uint64_t merge(struct world *world, const char *survivor, const char *merged);

// The quarter from 1 January to 31 March 2025, 90 days.
//   i0  100.00  issued 2024-12-01  due 2024-12-31  paid 2025-02-01: owed at the start
//   i1  300.00  issued 2025-01-10  due 2025-02-09  paid 100.00 on 02-09, 200.00 on 02-19: 10 late
//   i2  200.00  issued 2025-02-01  due 2025-03-03  paid 50.00 on 03-01: 28 late at the end
//   i3  400.00  issued 2025-03-15  due 2025-04-14  unpaid, not due
//   i4   80.00  issued 2025-01-05  due 2025-01-20  in dispute from 01-18
//   i5   60.00  issued 2025-01-02  due 2025-01-12  paid 2025-01-12: in time
// Open at the start 100, invoiced 300+200+400+80+60 = 1040, open at the end 150+400+80 = 630,
// not yet due 400.
void quarter(struct world *world);
const Ledger__V1__QueryReply *ask_quarter(struct world *world);
uint64_t order(struct world *world, const char *id, const char *client, const char *day,
               const char *product, int qty, int price);

// Gaps of a: 10, 20, 10 (two orders on one day make no gap); lots 4, 6, 8, 2, 10.
void habits(struct world *world);
uint64_t sale_in(struct world *world, const char *client, const char *product, const char *month,
                 const char *occurred, int qty, int minor, const char *territory);
uint64_t sale(struct world *world, const char *client, const char *product, const char *month,
              int qty, int minor);

// e1 holds t1, e2 holds t2, both below r; a goes from e1 to e2 on 1 March, and from A to B.
void map_of_places(struct world *world);
void turnover_of(struct world *world);
uint64_t plan(struct world *world, const char *id, const char *territory, const char *product,
              const char *month, int qty, int minor);
uint64_t visit(struct world *world, const char *client, const char *day, int expense);

// Ordered: a 80.00, b 15.00, c 5.00 in January.
void worth(struct world *world);
void deals_of_the_quarter(struct world *world);
void much(struct world *world);

#endif
