// Deals from opened to won or lost: the funnel, its conversion, its value and its speed.
#ifndef SALES_FUNNEL_H
#define SALES_FUNNEL_H

#include "runtime/projection.h"

enum sales_funnel_table {
    DEAL_FACTS = 1, // key: deal id; value: struct deal_fact
    EMPLOYEES,      // key: employee id; value: name
    PRODUCTS,       // key: product id; value: name
    CLIENTS,        // key: client id; value: name
    PIPELINES,      // key: pipeline id; value: name, stages, allowed moves (see pipelines.c)
    DEAL_TASKS,     // key: deal id, task id; value: struct task_row
    TASK_FACTS,     // key: task id; value: struct task_row, of what came after it was created
    ENQUIRIES,      // key: enquiry id; value: struct enquiry_row
    ENQUIRY_DEALS,  // key: enquiry id; value: deal id. One for each opening that names an enquiry
    REFUSALS,       // key: deal id ("" = none), event id; value: struct refusal_row
    OBSTACLES,      // key: event id of a refusal; value: how the obstacle was removed
    POTENTIALS,     // key: client id; value: segment of the scheme POTENTIAL, NULL = taken out
};

enum deal_fact_kind {
    DEAL_OPENED = 1,
    DEAL_STAGE_CHANGED,
    DEAL_AMOUNT_CHANGED,
    DEAL_PRODUCTS_CHANGED,
    DEAL_CLOSE_DATE_CHANGED,
    DEAL_PROBABILITY_CHANGED,
    DEAL_TERMS_CHANGED, // others
    DEAL_REASSIGNED,
    DEAL_WON,
    DEAL_LOST,
    DEAL_REOPENED,
};

// What a fact says of a deal; NULL and false where it says nothing.
struct deal_fact {
    enum deal_fact_kind kind;
    const char *actor, *client, *owner, *pipeline, *stage, *territory;
    const char *reason;        // of the loss or reopening; of a win, the success factor
    const char *from_stage;    // that it says the deal left
    const char *from_pipeline; // the same
    const char *source, *enquiry, *competitor, *detail;
    bool has_amount;
    int64_t minor;
    const char *currency;
    bool has_closed_on;
    int32_t closed_on;
    bool has_close_date; // expected
    int32_t close_date;
    bool has_old_close_date;
    int32_t old_close_date;
    bool has_probability; // the deal's own
    int32_t probability_bp;
    const char **products; // in the arena given to deal_fact_read
    size_t product_count;
};
void deal_fact_put(struct projection_rows *rows, const char *deal_id, struct deal_fact *fact);
// False when out of memory.
bool deal_fact_read(struct ledger_span value, struct ledger_arena *arena, struct deal_fact *fact);

// Texts of rows point into the row.
enum task_fact_kind { TASK_CREATED = 1, TASK_RESCHEDULED, TASK_COMPLETED, TASK_CANCELLED };
struct task_row {
    enum task_fact_kind kind;
    const char *subject, *assignee; // of TASK_CREATED
    bool has_due;
    int32_t due; // the local day
};
struct task_row task_row_read(struct ledger_span value);

struct enquiry_row {
    const char *client, *channel, *subject, *actor;
};
struct enquiry_row enquiry_row_read(struct ledger_span value);

struct refusal_row {
    const char *client, *reason, *detail;
    bool removable;
};
struct refusal_row refusal_row_read(struct ledger_span value);
// An event id as keys hold it: hexadecimal.
enum { EVENT_KEY_SIZE = 33 };
void event_key(const uint8_t *id, size_t size, char text[EVENT_KEY_SIZE]);

enum stage_kind { STAGE_UNDEFINED, STAGE_OPEN, STAGE_WON, STAGE_LOST };

extern const struct projection sales_funnel;

typedef enum ledger_err sales_funnel_query(struct projection_view *view,
                                           const struct projection_arguments *arguments,
                                           struct projection_answer *answer,
                                           struct ledger_error *error);
sales_funnel_query summary_answer, snapshot_answer, flow_answer, stages_answer, cohort_answer,
    times_answer, forecast_answer, losses_answer, by_answer, abc_answer, abc_potential_answer,
    migration_answer, unassigned_answer, enquiries_answer, idle_answer, skipped_answer,
    contradictions_answer, deal_answer;

enum { SALES_FUNNEL_QUERIES = 18 };
extern const struct projection_query sales_funnel_queries[SALES_FUNNEL_QUERIES]; // queries.c

#endif
