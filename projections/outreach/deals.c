#include "deals.h"

#include <stdlib.h>
#include <string.h>

#include "facts/v1/deal.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "runtime/amounts.h"

// ---- rows
static enum ledger_err put(const struct projection_fact *fact, struct projection_rows *rows,
                           const char *deal_id, struct deal_row *row,
                           const Ledger__V1__Money *amount, struct ledger_error *error) {
    struct projection_key key = {0};
    if (!deal_id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.deal_id",
                           "the fact names no deal");
    enum ledger_err err = projection_check_amount(amount, "payload.amount", error);
    if (err)
        return err;
    if (!row->client)
        row->client = projection_subject(fact->record, "client");
    row->currency = amount ? amount->currency : NULL;
    row->minor = amount ? amount->minor : 0;
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, deal_id);
    outreach_row_write(DEAL_ROW, row, value);
    projection_rows_put(rows, DEAL_FACTS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

static enum ledger_err put_opened(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__DealOpened *opened = (const Facts__V1__DealOpened *)fact->payload;
    struct deal_row row = {.kind = DEAL_OPENED,
                           .client = opened->client_id,
                           .source = opened->source,
                           .pipeline = opened->pipeline_id,
                           .stage = opened->stage};
    if (opened->deal_id && opened->source) {
        struct projection_key key = {0};
        projection_key_text(&key, opened->source);
        projection_key_text(&key, opened->deal_id);
        projection_rows_put(rows, CAMPAIGN_DEALS, &key, (struct ledger_span){0});
    }
    return put(fact, rows, opened->deal_id, &row, opened->amount, error);
}

static enum stage_end end_of(const Facts__V1__PipelineDefined__Stage *stage) {
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

static void put_pipeline(const Facts__V1__PipelineDefined *pipeline, struct projection_rows *rows) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, pipeline->pipeline_id);
    projection_value_number(value, (int64_t)pipeline->n_stages);
    for (size_t i = 0; i < pipeline->n_stages; i++) {
        projection_value_text(value, pipeline->stages[i]->id);
        projection_value_number(value, end_of(pipeline->stages[i]));
    }
    projection_rows_put(rows, PIPELINES, &key, ledger_buffer_span(value));
}

static enum ledger_err put_terms(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__DealTermsChanged *terms = (const Facts__V1__DealTermsChanged *)fact->payload;
    bool amount = terms->field == FACTS__V1__DEAL_TERMS_CHANGED__FIELD__AMOUNT;
    struct deal_row row = {.kind = amount ? DEAL_AMOUNT : DEAL_OTHER};
    return put(fact, rows, terms->deal_id, &row, amount && terms->new_ ? terms->new_->amount : NULL,
               error);
}

enum ledger_err deal_map(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    struct deal_row row = {0};
    if (fact->type->fact == LEDGER_FACT_DealOpened)
        return put_opened(fact, rows, error);
    if (fact->type->fact == LEDGER_FACT_DealTermsChanged)
        return put_terms(fact, rows, error);
    if (fact->type->fact == LEDGER_FACT_DealStageChanged) {
        const Facts__V1__DealStageChanged *move =
            (const Facts__V1__DealStageChanged *)fact->payload;
        row =
            (struct deal_row){.kind = DEAL_MOVED, .pipeline = move->pipeline_to, .stage = move->to};
        return put(fact, rows, move->deal_id, &row, NULL, error);
    }
    if (fact->type->fact == LEDGER_FACT_DealWon) {
        const Facts__V1__DealWon *won = (const Facts__V1__DealWon *)fact->payload;
        row.kind = DEAL_WON;
        return put(fact, rows, won->deal_id, &row, won->amount, error);
    }
    if (fact->type->fact == LEDGER_FACT_DealLost) {
        row.kind = DEAL_LOST;
        return put(fact, rows, ((const Facts__V1__DealLost *)fact->payload)->deal_id, &row, NULL,
                   error);
    }
    if (fact->type->fact == LEDGER_FACT_DealReopened) {
        const Facts__V1__DealReopened *again = (const Facts__V1__DealReopened *)fact->payload;
        row = (struct deal_row){.kind = DEAL_REOPENED, .stage = again->to_stage};
        return put(fact, rows, again->deal_id, &row, NULL, error);
    }
    put_pipeline((const Facts__V1__PipelineDefined *)fact->payload, rows);
    return LEDGER_E_OK;
}

// ---- the fold
struct deal_event {
    struct projection_statement at;
    struct deal_row row;
};

struct deal_state {
    struct projection_view *view;
    const char *pipeline;
    enum stage_end end; // STAGE_OPEN = the deal is open
    bool opened;
};

// At one time the opening comes first, wherever it stands in the ledger.
static int by_time(const void *a, const void *b) {
    const struct deal_event *left = a;
    const struct deal_event *right = b;
    struct projection_statement same = right->at;
    same.position = left->at.position;
    if (projection_statement_order(&left->at, &same) == 0 &&
        (left->row.kind == DEAL_OPENED) != (right->row.kind == DEAL_OPENED))
        return left->row.kind == DEAL_OPENED ? -1 : 1;
    return projection_statement_order(&left->at, &right->at);
}

// How the stage ends a deal, by the definition of the pipeline that stands.
static enum stage_end stage_end(struct projection_view *view, const char *pipeline,
                                const char *stage) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, pipeline);
    if (!projection_standing(view, PIPELINES, &key, &row))
        return STAGE_OPEN;
    struct projection_reader reader = {row.value};
    for (int64_t left = projection_read_number(&reader); left > 0; left--) {
        const char *id = projection_read_text(&reader);
        enum stage_end end = (enum stage_end)projection_read_number(&reader);
        if (id && strcmp(id, stage) == 0)
            return end;
    }
    return STAGE_OPEN;
}

// A closed deal that is moved to an open stage stays closed.
static void move(struct deal_state *state, const struct deal_row *row) {
    if (row->pipeline)
        state->pipeline = row->pipeline;
    enum stage_end end =
        row->stage ? stage_end(state->view, state->pipeline, row->stage) : STAGE_OPEN;
    if (end != STAGE_OPEN)
        state->end = end;
}

static void set_amount(struct deal_outcome *deal, const struct deal_row *row) {
    deal->currency = row->currency;
    deal->minor = row->minor;
}

static void fold(struct deal_state *state, struct deal_outcome *deal, const struct deal_row *row) {
    if (row->client)
        deal->client = row->client;
    switch ((enum deal_fact_kind)row->kind) {
    case DEAL_OPENED:
        if (state->opened)
            return; // opened twice: the first stands
        state->opened = true;
        deal->source = row->source;
        if (row->currency)
            set_amount(deal, row);
        move(state, row);
        return;
    case DEAL_MOVED:
        move(state, row);
        return;
    case DEAL_AMOUNT:
        set_amount(deal, row);
        return;
    case DEAL_WON:
        state->end = STAGE_WON;
        if (row->currency)
            set_amount(deal, row);
        return;
    case DEAL_LOST:
        state->end = STAGE_LOST;
        return;
    case DEAL_REOPENED:
        state->end = STAGE_OPEN;
        move(state, row);
        return;
    case DEAL_OTHER:
        return;
    }
}

static const char *first_pipeline(const struct deal_event *events, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (events[i].row.kind == DEAL_OPENED)
            return events[i].row.pipeline;
    return NULL;
}

enum ledger_err deal_fold(struct projection_view *view, const struct projection_history *history,
                          struct deal_outcome *deal, struct ledger_error *error) {
    bool as_of = projection_view_occurred(view) != NULL;
    struct deal_state state = {.view = view};
    struct deal_event *events =
        ledger_arena_alloc(projection_view_arena(view), history->count * sizeof *events);
    *deal = (struct deal_outcome){.left_out = as_of};
    if (!events)
        return projection_no_memory(error);
    for (size_t i = 0; i < history->count; i++) {
        events[i].at = history->list[i];
        outreach_row_read(DEAL_ROW, history->list[i].value, &events[i].row);
    }
    qsort(events, history->count, sizeof *events, by_time);
    state.pipeline = first_pipeline(events, history->count);
    for (size_t i = 0; i < history->count; i++) {
        bool known = events[i].at.occurred.when != LEDGER_WHEN_UNKNOWN;
        deal->left_out &= !known;
        if (known || !as_of || events[i].row.kind == DEAL_OPENED)
            fold(&state, deal, &events[i].row);
    }
    deal->won = state.end == STAGE_WON;
    deal->client = projection_view_client(view, deal->client);
    return LEDGER_E_OK;
}
