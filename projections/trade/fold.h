// What the mappers share. Each turns one fact into rows, and looks at nothing else.
#ifndef TRADE_FOLD_H
#define TRADE_FOLD_H

#include "runtime/amounts.h"
#include "trade.h"

typedef enum ledger_err trade_mapper(const struct projection_fact *fact,
                                     struct projection_rows *rows, struct ledger_error *error);
trade_mapper map_issued, map_paid, map_dispute, map_terms, map_order, map_status, map_sale,
    map_plan, map_assigned, map_reassigned, map_segment, map_territory, map_visit, map_deal,
    map_pipeline, map_client, map_product, map_employee;

void put_row(struct projection_rows *rows, enum trade_table table, const char *id,
             enum trade_shape shape, const void *row);
// Under two ids.
void put_under(struct projection_rows *rows, enum trade_table table, const char *first,
               const char *second, enum trade_shape shape, const void *row);
// No value; nothing if there is no first.
void put_link(struct projection_rows *rows, enum trade_table table, const char *first,
              const char *second);

// The client that the payload names, else the one in the subjects; may be NULL.
const char *client_of(const struct projection_fact *fact, const char *client_id);
enum ledger_err missing(struct ledger_error *error, const char *field, const char *text);
const char *currency_of(const Ledger__V1__Money *money); // NULL if there is no amount
int64_t minor_of(const Ledger__V1__Money *money);
// The day stated, else that of the fact. False if neither is known.
bool day_of(const Ledger__V1__Date *date, const struct projection_fact *fact, int64_t *day);
// The same; INT32_MIN if neither is known.
int64_t first_day(const Ledger__V1__Date *date, const struct projection_fact *fact);

#endif
