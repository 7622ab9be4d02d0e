// Each fact of a deal becomes one row under the deal, small enough that a question can fold them
// anew for any time and position. What a deal is, deals.c says.
//
// A row's value is written by put_deal_fact and read by deal_fact_read, in the same order.
#include "sales_funnel.h"

#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/reference.pb-c.h"

static void put_deal_fact(struct projection_rows *rows, const char *deal_id,
                          const struct deal_fact *fact) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, deal_id);
    projection_value_number(value, fact->kind);
    projection_value_text(value, fact->actor);
    projection_value_text(value, fact->client);
    projection_value_text(value, fact->owner);
    projection_value_text(value, fact->pipeline);
    projection_value_text(value, fact->stage);
    projection_value_text(value, fact->territory);
    projection_value_text(value, fact->reason);
    projection_value_number(value, fact->has_amount);
    projection_value_number(value, fact->minor);
    projection_value_text(value, fact->currency);
    projection_value_number(value, fact->has_closed_on);
    projection_value_number(value, fact->closed_on);
    projection_value_number(value, (int64_t)fact->product_count);
    for (size_t i = 0; i < fact->product_count; i++)
        projection_value_text(value, fact->products[i]);
    projection_rows_put(rows, DEAL_FACTS, &key, ledger_buffer_span(value));
}

bool deal_fact_read(struct ledger_span value, struct ledger_arena *arena, struct deal_fact *fact) {
    struct projection_reader reader = {value};
    *fact = (struct deal_fact){.kind = (enum deal_fact_kind)projection_read_number(&reader)};
    fact->actor = projection_read_text(&reader);
    fact->client = projection_read_text(&reader);
    fact->owner = projection_read_text(&reader);
    fact->pipeline = projection_read_text(&reader);
    fact->stage = projection_read_text(&reader);
    fact->territory = projection_read_text(&reader);
    fact->reason = projection_read_text(&reader);
    fact->has_amount = projection_read_number(&reader);
    fact->minor = projection_read_number(&reader);
    fact->currency = projection_read_text(&reader);
    fact->has_closed_on = projection_read_number(&reader);
    fact->closed_on = (int32_t)projection_read_number(&reader);
    fact->product_count = (size_t)projection_read_number(&reader);
    if (!fact->product_count)
        return true;
    fact->products = ledger_arena_calloc(arena, fact->product_count * sizeof *fact->products);
    for (size_t i = 0; i < fact->product_count && fact->products; i++)
        fact->products[i] = projection_read_text(&reader);
    return fact->products;
}

static void set_amount(struct deal_fact *fact, const Ledger__V1__Money *amount) {
    if (!amount)
        return;
    fact->has_amount = true;
    fact->minor = amount->minor;
    fact->currency = amount->currency;
}

static void set_closed_on(struct deal_fact *fact, const Ledger__V1__Date *date) {
    if (!date)
        return;
    fact->has_closed_on = true;
    fact->closed_on = date->days;
}

static void set_products(struct deal_fact *fact, char **ids, size_t count) {
    fact->products = (const char **)ids;
    fact->product_count = count;
}

static const char *read_opened(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealOpened *opened = (const Facts__V1__DealOpened *)payload;
    fact->kind = DEAL_OPENED;
    if (opened->client_id)
        fact->client = opened->client_id;
    fact->owner = opened->owner_id;
    fact->pipeline = opened->pipeline_id;
    fact->stage = opened->stage;
    set_products(fact, opened->product_ids, opened->n_product_ids);
    set_amount(fact, opened->amount);
    return opened->deal_id;
}

static const char *read_stage(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealStageChanged *change = (const Facts__V1__DealStageChanged *)payload;
    fact->kind = DEAL_STAGE_CHANGED;
    fact->pipeline = change->pipeline_to;
    fact->stage = change->to;
    return change->deal_id;
}

static const char *read_terms(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealTermsChanged *change = (const Facts__V1__DealTermsChanged *)payload;
    const Facts__V1__DealTermsChanged__Terms *terms = change->new_;
    fact->kind = DEAL_TERMS_CHANGED;
    if (change->field == FACTS__V1__DEAL_TERMS_CHANGED__FIELD__AMOUNT) {
        fact->kind = DEAL_AMOUNT_CHANGED;
        set_amount(fact, terms ? terms->amount : NULL);
    } else if (change->field == FACTS__V1__DEAL_TERMS_CHANGED__FIELD__PRODUCTS) {
        fact->kind = DEAL_PRODUCTS_CHANGED;
        if (terms)
            set_products(fact, terms->product_ids, terms->n_product_ids);
    }
    return change->deal_id;
}

static const char *read_reassigned(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealReassigned *change = (const Facts__V1__DealReassigned *)payload;
    fact->kind = DEAL_REASSIGNED;
    fact->owner = change->to_employee;
    return change->deal_id;
}

static const char *read_won(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealWon *won = (const Facts__V1__DealWon *)payload;
    fact->kind = DEAL_WON;
    fact->reason = won->success_factor;
    set_amount(fact, won->amount);
    set_closed_on(fact, won->closed_on);
    return won->deal_id;
}

static const char *read_lost(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealLost *lost = (const Facts__V1__DealLost *)payload;
    fact->kind = DEAL_LOST;
    fact->reason = lost->reason_code;
    set_closed_on(fact, lost->closed_on);
    return lost->deal_id;
}

static const char *read_reopened(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealReopened *reopened = (const Facts__V1__DealReopened *)payload;
    fact->kind = DEAL_REOPENED;
    fact->stage = reopened->to_stage;
    fact->reason = reopened->reason;
    return reopened->deal_id;
}

// Each fills in what its fact says, and returns the deal's id.
static const struct {
    enum ledger_fact fact;
    const char *(*read)(const ProtobufCMessage *payload, struct deal_fact *fact);
} deal_readers[] = {
    {LEDGER_FACT_DealOpened, read_opened},         {LEDGER_FACT_DealStageChanged, read_stage},
    {LEDGER_FACT_DealTermsChanged, read_terms},    {LEDGER_FACT_DealWon, read_won},
    {LEDGER_FACT_DealReassigned, read_reassigned}, {LEDGER_FACT_DealLost, read_lost},
    {LEDGER_FACT_DealReopened, read_reopened},
};

static void put_name(struct projection_rows *rows, enum sales_funnel_table table, const char *id,
                     const char *name) {
    struct projection_key key = {0};
    projection_key_text(&key, id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

static enum stage_kind kind_of(const Facts__V1__PipelineDefined__Stage *stage) {
    switch (stage->kind) {
    case FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__WON:
        return STAGE_WON;
    case FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__LOST:
        return STAGE_LOST;
    case FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__OPEN:
    case FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__KIND_UNSPECIFIED:
    case _FACTS__V1__PIPELINE_DEFINED__STAGE__KIND_IS_INT_SIZE:
        break;
    }
    return STAGE_OPEN;
}

static void put_pipeline(struct projection_rows *rows, const Facts__V1__PipelineDefined *pipeline) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, pipeline->pipeline_id);
    projection_value_text(value, pipeline->name);
    projection_value_number(value, (int64_t)pipeline->n_stages);
    for (size_t i = 0; i < pipeline->n_stages; i++) {
        const Facts__V1__PipelineDefined__Stage *stage = pipeline->stages[i];
        projection_value_text(value, stage->id);
        projection_value_text(value, stage->name);
        projection_value_number(value, kind_of(stage));
        projection_value_number(value, stage->has_order ? stage->order : (int64_t)i + 1);
    }
    projection_rows_put(rows, PIPELINES, &key, ledger_buffer_span(value));
}

static enum ledger_err map_deal(const struct projection_fact *fact, size_t reader,
                                struct projection_rows *rows, struct ledger_error *error) {
    struct deal_fact deal = {.actor = fact->record->event->actor,
                             .client = projection_subject(fact->record, "client"),
                             .territory = fact->record->event->territory};
    const char *id = deal_readers[reader].read(fact->payload, &deal);
    if (!id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.deal_id",
                           "the fact names no deal");
    if (deal.has_amount && !deal.currency)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.amount.currency",
                           "the amount has no currency");
    put_deal_fact(rows, id, &deal);
    return LEDGER_E_OK;
}

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    for (size_t i = 0; i < sizeof deal_readers / sizeof deal_readers[0]; i++)
        if (deal_readers[i].fact == fact->type->fact)
            return map_deal(fact, i, rows, error);
    if (fact->type->fact == LEDGER_FACT_PipelineDefined) {
        put_pipeline(rows, (const Facts__V1__PipelineDefined *)fact->payload);
    } else if (fact->type->fact == LEDGER_FACT_ProductRegistered) {
        const Facts__V1__ProductRegistered *product =
            (const Facts__V1__ProductRegistered *)fact->payload;
        put_name(rows, PRODUCTS, product->product_id, product->name);
    } else if (fact->type->fact == LEDGER_FACT_EmployeeHired) {
        const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
        const char *id = hired->employee_id;
        put_name(rows, EMPLOYEES, id,
                 hired->team_name ? hired->team_name : projection_person_name(fact, id));
    } else {
        const Facts__V1__ClientRegistered *client =
            (const Facts__V1__ClientRegistered *)fact->payload;
        const char *id = client->client_id;
        put_name(rows, CLIENTS, id, client->name ? client->name : projection_person_name(fact, id));
    }
    return LEDGER_E_OK;
}

static const enum ledger_fact types[] = {
    LEDGER_FACT_DealOpened,     LEDGER_FACT_DealStageChanged, LEDGER_FACT_DealTermsChanged,
    LEDGER_FACT_DealReassigned, LEDGER_FACT_DealWon,          LEDGER_FACT_DealLost,
    LEDGER_FACT_DealReopened,   LEDGER_FACT_PipelineDefined,  LEDGER_FACT_ProductRegistered,
    LEDGER_FACT_EmployeeHired,  LEDGER_FACT_ClientRegistered};

static const struct projection_parameter pipeline_parameters[] = {
    {"pipeline", "ID", "only this pipeline"},
    {0},
};
static const struct projection_parameter by_parameters[] = {
    {"group", "GROUP", "owner, territory, product, client, quarter or pipeline", true},
    {"pipeline", "ID", "only this pipeline"},
    {"limit", "N", "at most so many rows"},
    {0},
};
static const struct projection_parameter abc_parameters[] = {
    {"pipeline", "ID", "only this pipeline"},
    {"limit", "N", "at most so many rows"},
    {0},
};
static const struct projection_parameter deal_parameters[] = {
    {"deal", "ID", "which deal", true},
    {0},
};

static const struct projection_query queries[] = {
    {"summary",
     "how many deals are open, won and lost, for how much, and how fast. Win rate is won of won "
     "and lost; velocity is open deals x mean won value x win rate / mean days to win.",
     pipeline_parameters, summary_answer},
    {"snapshot",
     "deals by the stage they stand in, with their value. A closed deal stands in the "
     "stage that closed it.",
     pipeline_parameters, snapshot_answer},
    {"stages",
     "how many deals went through each stage. A deal entered a stage if it was in it, passed it if "
     "it was in it or in a later open one, and skipped it if it passed but never entered.",
     pipeline_parameters, stages_answer},
    {"by",
     "won, lost and open by owner, territory, product, client, quarter or pipeline. A deal of "
     "several products counts whole in each; a quarter is that of the closing day.",
     by_parameters, by_answer},
    {"abc",
     "clients by won value, in classes A, B and C. The clients that make the first 80% of it are "
     "A, "
     "those up to 95% B, the rest C.",
     abc_parameters, abc_answer},
    {"unassigned", "open deals that have no client, by the stage they stand in",
     pipeline_parameters, unassigned_answer},
    {"deal",
     "one deal: its facts and what they make of it. A fact contradicts if it does not fit what "
     "came before it, such as a move after the close; it is kept and counted.",
     deal_parameters, deal_answer},
};

const struct projection sales_funnel = {
    .name = "sales-funnel",
    .summary = "Deals from opened to won or lost: the funnel, its value and its speed.",
    .fold_version = 2,
    .types = types,
    .type_count = sizeof types / sizeof types[0],
    .map = map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
