// The facts that the tests of field-route write, each in a line.
#ifndef TEST_PROJECTION_ROUTE_FACTS_H
#define TEST_PROJECTION_ROUTE_FACTS_H

#include "field-route/field_route.h"
#include "field-route/rules.h"
#include "test_projection_fixture.h"

// Places: a and c are 1,112 m apart, a and b 171,338 m, b and c 171,285 m.
#define A "{\"latE7\":416000000,\"lonE7\":-936100000}"
#define B "{\"latE7\":416600000,\"lonE7\":-915500000}"
#define C "{\"latE7\":416100000,\"lonE7\":-936100000}"
#define C_556M_NORTH "{\"latE7\":416150000,\"lonE7\":-936100000}"
// The ledger of the tests records from 2026-01-01 on: visits of this day are not late.
#define DAY "2025-12-31"
#define AT(time) DAY "T" time "Z"

uint64_t hire(struct world *world, const char *id, const char *kind, const char *position);
uint64_t client(struct world *world, const char *id, const char *geo);
void base(struct world *world);

// `more` is further JSON of the payload, with a comma before it, or "".
uint64_t check(struct world *world, const char *which, const char *rep, const char *visit,
               const char *at, const char *geo, const char *more);

// `more` is further JSON of the envelope, with a comma before it, or "".
uint64_t report_from(struct world *world, const char *rep, const char *visit, const char *client_id,
                     const char *at, const char *more);
uint64_t report(struct world *world, const char *rep, const char *visit, const char *client_id,
                const char *at);
void visited(struct world *world, const char *rep, const char *visit, const char *client_id,
             const char *geo, const char *from, const char *to);
uint64_t point(struct world *world, const char *rep, const char *at, const char *geo,
               const char *more);
uint64_t route(struct world *world, const char *id, int version, const char *rep,
               const char *occurred, const char *day, const char *stops);
uint64_t mark(struct world *world, const char *rep, const char *kind, const char *at,
              int odometer_km);
uint64_t amend(struct world *world, const char *type, uint64_t position, const char *payload);
Ledger__V1__QueryReply *ask_day(struct world *world, const char *rep);

// The value of a column in the first row whose `key` column reads `text`.
const char *where(struct world *world, const Ledger__V1__QueryReply *reply, const char *table,
                  const char *key, const char *text, const char *column);
#define assert_where(reply, table, key, text, column, value)                                       \
    assert_string_equal(where(world, reply, table, key, text, column), value)

#endif
