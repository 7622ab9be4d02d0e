// Deals from opened to won or lost: the funnel, its conversion, its value and its speed.
#ifndef SALES_FUNNEL_H
#define SALES_FUNNEL_H

#include "runtime/projection.h"

enum sales_funnel_table {
    DEAL_FACTS = 1, // key: deal id; value: struct deal_fact
    EMPLOYEES,      // key: employee id; value: name
    PRODUCTS,       // key: product id; value: name
    CLIENTS,        // key: client id; value: name
    PIPELINES,      // key: pipeline id; value: name, then the stages (see pipelines.c)
};

enum deal_fact_kind {
    DEAL_OPENED = 1,
    DEAL_STAGE_CHANGED,
    DEAL_AMOUNT_CHANGED,
    DEAL_PRODUCTS_CHANGED,
    DEAL_TERMS_CHANGED, // others
    DEAL_REASSIGNED,
    DEAL_WON,
    DEAL_LOST,
    DEAL_REOPENED,
};

// What a fact says of a deal; NULL and false where it says nothing.
struct deal_fact {
    enum deal_fact_kind kind;
    const char *actor, *client, *owner, *pipeline, *stage, *territory, *reason;
    bool has_amount;
    int64_t minor;
    const char *currency;
    bool has_closed_on;
    int32_t closed_on;
    const char **products; // in the arena given to deal_fact_read
    size_t product_count;
};
// False when out of memory.
bool deal_fact_read(struct ledger_span value, struct ledger_arena *arena, struct deal_fact *fact);

// ---- stages as defined
enum stage_kind { STAGE_UNDEFINED, STAGE_OPEN, STAGE_WON, STAGE_LOST };
struct stage_row {
    const char *id, *name;
    enum stage_kind kind;
    uint32_t order;
};

extern const struct projection sales_funnel;

typedef enum ledger_err sales_funnel_query(struct projection_view *view,
                                           const struct projection_arguments *arguments,
                                           struct projection_answer *answer,
                                           struct ledger_error *error);
sales_funnel_query summary_answer, snapshot_answer, stages_answer, by_answer, abc_answer,
    unassigned_answer, deal_answer;

#endif
