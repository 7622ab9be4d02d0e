// Orders, sales, invoices and payments: what clients buy, when they will buy again, and how they
// pay.
#ifndef TRADE_H
#define TRADE_H

#include "runtime/months.h"
#include "runtime/order.h"
#include "runtime/queries.h"

enum trade_table {
    INVOICE_FACTS = 1, // key: invoice id; value: struct invoice_row
    CLIENT_INVOICES,   // key: client id, invoice id; no value. Every invoice that a fact ties to it
    ORDER_FACTS,       // key: order id; value: struct order_row
    CLIENT_ORDERS,     // key: client id, order id; no value
    ORDER_INVOICES,    // key: order id, invoice id; no value
    SALES,             // key: client id ("" = none), product id ("" = none); value: sale_row
    SALES_PLANS,       // key: territory, product ("" = all), month_of; value: struct plan_row
    TERMS,             // key: client id; value: struct terms_row
    OWNERS,            // key: client id; value: struct owner_row
    SEGMENTS,          // key: client id, scheme; value: struct segment_row
    TERRITORIES,       // key: territory; value: struct territory_row
    HOLDERS,           // key: employee, territory; no value. Every territory ever given to them
    VISITS,            // key: client id ("" = none); value: struct visit_row
    DEAL_FACTS,        // key: deal id; value: struct deal_row
    CLIENT_DEALS,      // key: client id, deal id; no value
    PIPELINES,         // key: pipeline id, stage id; value: enum stage_end
    CLIENTS,           // key: client id; value: name
    PRODUCTS,          // key: product id; value: name
    EMPLOYEES,         // key: employee id; value: name
};

// Rows are texts (NULL = not said) and numbers; see rows.c. Amounts are in minor units.
enum invoice_fact_kind { INVOICE_ISSUED = 1, INVOICE_PAID, DISPUTE_OPENED, DISPUTE_RESOLVED };
struct invoice_row {
    const char *client, *order, *payment, *currency, *reason, *actor;
    int64_t kind, minor;
    int64_t has_day, day; // issued or paid on, or the local day of the fact
    int64_t has_due, due;
};

enum order_fact_kind { ORDER_PLACED = 1, ORDER_STATUS_CHANGED };
struct order_line {
    const char *product, *currency; // currency NULL = no price
    int64_t has_qty, qty, price;    // packs; of a pack
};
struct order_row {
    const char *client, *deal, *territory, *from, *to, *actor;
    const char *currency; // NULL = no amount stated
    int64_t kind, channel, minor;
    int64_t line_count;
    struct order_line *lines; // in the arena given to order_row_read
};

struct sale_row {
    const char *currency, *territory, *source; // currency NULL = no amount
    int64_t minor, has_qty, qty;
    int64_t has_day, day; // see sale_day in fold_money.c
};

struct plan_row {
    const char *plan, *currency; // currency NULL = no amount
    int64_t minor, has_qty, qty;
};

// What holds from one day to another. Each begins with the same two numbers: see dated.h.
struct terms_row {
    int64_t from, to;
    const char *currency; // NULL = no limit
    int64_t limit, has_days, days;
};
struct owner_row {
    int64_t from, to;
    const char *employee; // NULL = nobody
};
struct segment_row {
    int64_t from, to;
    const char *segment; // NULL = taken out of the scheme
};
struct territory_row {
    int64_t from, to;
    const char *parent, *employee; // NULL = top, vacant
};

struct shelf_line {
    const char *product, *currency; // currency NULL = no price
    int64_t has_qty, qty, price;    // packs on the shelf; of a pack
};
struct visit_row {
    const char *currency; // NULL = no expense
    int64_t minor;
    int64_t line_count; // of the stock that was found; see shelf_lines_read
};

enum deal_fact_kind {
    DEAL_OPENED = 1,
    DEAL_MOVED,
    DEAL_AMOUNT,
    DEAL_OWNER,
    DEAL_ENDED,
    DEAL_AGAIN
};
enum stage_end { STAGE_OPEN, STAGE_CLOSED };
struct deal_row {
    const char *client, *owner, *pipeline, *stage, *currency; // currency NULL = no amount
    int64_t kind, minor;
};

enum trade_shape {
    INVOICE_ROW,
    ORDER_ROW,
    ORDER_LINE,
    SALE_ROW,
    PLAN_ROW,
    TERMS_ROW,
    OWNER_ROW,
    SEGMENT_ROW,
    TERRITORY_ROW,
    VISIT_ROW,
    SHELF_LINE,
    DEAL_ROW,
};
// `row` is the struct that the shape is of. The lines of an order, and of the stock that a visit
// found, are written after it, one by one.
void trade_row_write(enum trade_shape shape, const void *row, struct ledger_buffer *value);
// Texts point into the value. Not for orders: those have lines.
void trade_row_read(enum trade_shape shape, struct ledger_span value, void *row);
// False when out of memory.
bool order_row_read(struct ledger_span value, struct ledger_arena *arena, struct order_row *row);
// The lines of a visit's row: *count of them. NULL when out of memory, or if there are none.
struct shelf_line *shelf_lines_read(struct ledger_span value, struct ledger_arena *arena,
                                    size_t *count);

// The fold.
enum { TRADE_TYPES = 24 };
extern const enum ledger_fact trade_types[TRADE_TYPES];
enum ledger_err trade_map(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error);

extern const struct projection trade;

// ---- queries
typedef enum ledger_err trade_query(struct projection_view *view,
                                    const struct projection_arguments *arguments,
                                    struct projection_answer *answer, struct ledger_error *error);
trade_query receivables_answer, invoice_answer, rhythm_answer, sales_answer, plan_answer,
    value_answer, order_answer, histories_answer, shelf_answer;

// The number of the parameter's value among the choices; 0 if it is not given.
LEDGER_MUST_CHECK enum ledger_err choice_of(const struct projection_arguments *arguments,
                                            const char *name, const char *const choices[],
                                            size_t count, size_t *choice,
                                            struct ledger_error *error);
// none if there is no currency.
void answer_amount(struct projection_answer *answer, __int128 minor, const char *currency);
void answer_client(struct projection_view *view, struct projection_answer *answer,
                   const char *client);
// Notes the client, product and territory that were asked for, if nothing is known of them.
void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer);

// The day of what the question takes for now. False if nothing is recorded.
bool today(struct projection_view *view, int32_t *day);

#endif
