// What stands beside the money as rows: owners, segments, territories, visits, deals and names.
#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "fold.h"

// ---- whose, and where
enum ledger_err map_assigned(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    const Facts__V1__ClientAssigned *assigned = (const Facts__V1__ClientAssigned *)fact->payload;
    const char *client = client_of(fact, assigned->client_id);
    const struct owner_row row = {first_day(assigned->from, fact), INT32_MAX,
                                  assigned->employee_id};
    if (assigned->role == FACTS__V1__CLIENT_ASSIGNED__ROLE__SUPPORT)
        return LEDGER_E_OK;
    if (!client)
        return missing(error, "payload.client_id", "the fact names no client");
    put_row(rows, OWNERS, client, OWNER_ROW, &row);
    return LEDGER_E_OK;
}

enum ledger_err map_reassigned(const struct projection_fact *fact, struct projection_rows *rows,
                               struct ledger_error *error) {
    const Facts__V1__ClientReassigned *change = (const Facts__V1__ClientReassigned *)fact->payload;
    const char *client = client_of(fact, change->client_id);
    const struct owner_row row = {first_day(NULL, fact), INT32_MAX, change->to_employee};
    if (!client)
        return missing(error, "payload.client_id", "the fact names no client");
    put_row(rows, OWNERS, client, OWNER_ROW, &row);
    return LEDGER_E_OK;
}

enum ledger_err map_segment(const struct projection_fact *fact, struct projection_rows *rows,
                            struct ledger_error *error) {
    static const char *const schemes[] = {"", "abc", "potential", "loyalty", "target"};
    const Facts__V1__ClientSegmented *segmented = (const Facts__V1__ClientSegmented *)fact->payload;
    const char *client = client_of(fact, segmented->client_id);
    const struct segment_row row = {first_day(NULL, fact), INT32_MAX, segmented->segment};
    if (!client)
        return missing(error, "payload.client_id", "the fact names no client");
    if (segmented->scheme > 0 && (size_t)segmented->scheme < sizeof schemes / sizeof schemes[0])
        put_under(rows, SEGMENTS, client, schemes[segmented->scheme], SEGMENT_ROW, &row);
    return LEDGER_E_OK;
}

enum ledger_err map_territory(const struct projection_fact *fact, struct projection_rows *rows,
                              struct ledger_error *error) {
    const Facts__V1__TerritoryAssigned *assigned =
        (const Facts__V1__TerritoryAssigned *)fact->payload;
    const struct territory_row row = {first_day(assigned->from, fact),
                                      assigned->to ? assigned->to->days : INT32_MAX,
                                      assigned->parent_id, assigned->employee_id};
    if (!assigned->territory_id)
        return missing(error, "payload.territory_id", "the fact names no territory");
    put_row(rows, TERRITORIES, assigned->territory_id, TERRITORY_ROW, &row);
    put_link(rows, HOLDERS, assigned->employee_id, assigned->territory_id);
    return LEDGER_E_OK;
}

// The visit's row, and behind it a line for each product that was looked for on the shelf.
enum ledger_err map_visit(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    const Facts__V1__VisitReported *visit = (const Facts__V1__VisitReported *)fact->payload;
    const struct visit_row row = {currency_of(visit->expense), minor_of(visit->expense),
                                  (int64_t)visit->n_stock};
    struct projection_key key = {0};
    enum ledger_err err = projection_check_amount(visit->expense, "payload.expense", error);
    for (size_t i = 0; !err && i < visit->n_stock; i++) {
        const Facts__V1__VisitReported__Stock *stock = visit->stock[i];
        err = projection_check_amount(stock->price, "payload.stock.price", error);
        if (!err)
            err = projection_check_packs(stock->qty, "payload.stock.qty", error);
    }
    if (err)
        return err;
    struct ledger_buffer *value = projection_rows_value(rows);
    trade_row_write(VISIT_ROW, &row, value);
    for (size_t i = 0; i < visit->n_stock; i++) {
        const Facts__V1__VisitReported__Stock *stock = visit->stock[i];
        const struct shelf_line line = {stock->product_id, currency_of(stock->price),
                                        stock->has_qty, stock->qty, minor_of(stock->price)};
        trade_row_write(SHELF_LINE, &line, value);
    }
    projection_key_text(&key, client_of(fact, visit->client_id));
    projection_rows_put(rows, VISITS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

// ---- deals: only what tells whether they are open
enum ledger_err map_deal(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    struct deal_row row = {.client = projection_subject(fact->record, "client")};
    const Ledger__V1__Money *amount = NULL;
    const char *id = NULL;
    if (fact->type->fact == LEDGER_FACT_DealOpened) {
        const Facts__V1__DealOpened *opened = (const Facts__V1__DealOpened *)fact->payload;
        row = (struct deal_row){.kind = DEAL_OPENED,
                                .client = client_of(fact, opened->client_id),
                                .owner = opened->owner_id,
                                .pipeline = opened->pipeline_id,
                                .stage = opened->stage};
        amount = opened->amount;
        id = opened->deal_id;
    } else if (fact->type->fact == LEDGER_FACT_DealStageChanged) {
        const Facts__V1__DealStageChanged *move =
            (const Facts__V1__DealStageChanged *)fact->payload;
        row.kind = DEAL_MOVED;
        row.pipeline = move->pipeline_to;
        row.stage = move->to;
        id = move->deal_id;
    } else if (fact->type->fact == LEDGER_FACT_DealTermsChanged) {
        const Facts__V1__DealTermsChanged *terms =
            (const Facts__V1__DealTermsChanged *)fact->payload;
        if (terms->field != FACTS__V1__DEAL_TERMS_CHANGED__FIELD__AMOUNT)
            return LEDGER_E_OK;
        row.kind = DEAL_AMOUNT;
        amount = terms->new_ ? terms->new_->amount : NULL;
        id = terms->deal_id;
    } else if (fact->type->fact == LEDGER_FACT_DealReassigned) {
        const Facts__V1__DealReassigned *change = (const Facts__V1__DealReassigned *)fact->payload;
        row.kind = DEAL_OWNER;
        row.owner = change->to_employee;
        id = change->deal_id;
    } else if (fact->type->fact == LEDGER_FACT_DealReopened) {
        const Facts__V1__DealReopened *again = (const Facts__V1__DealReopened *)fact->payload;
        row.kind = DEAL_AGAIN;
        row.stage = again->to_stage;
        id = again->deal_id;
    } else {
        row.kind = DEAL_ENDED;
        id = fact->type->fact == LEDGER_FACT_DealWon
                 ? ((const Facts__V1__DealWon *)fact->payload)->deal_id
                 : ((const Facts__V1__DealLost *)fact->payload)->deal_id;
    }
    if (!id)
        return missing(error, "payload.deal_id", "the fact names no deal");
    row.currency = currency_of(amount);
    row.minor = minor_of(amount);
    enum ledger_err err = projection_check_amount(amount, "payload.amount", error);
    if (err)
        return err;
    put_row(rows, DEAL_FACTS, id, DEAL_ROW, &row);
    put_link(rows, CLIENT_DEALS, row.client, id);
    return LEDGER_E_OK;
}

enum ledger_err map_pipeline(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    const Facts__V1__PipelineDefined *pipeline = (const Facts__V1__PipelineDefined *)fact->payload;
    (void)error;
    for (size_t i = 0; i < pipeline->n_stages; i++) {
        const Facts__V1__PipelineDefined__Stage *stage = pipeline->stages[i];
        struct projection_key key = {0};
        struct ledger_buffer *value = projection_rows_value(rows);
        bool again = false; // a stage stated twice: its first row stands
        for (size_t before = 0; before < i && !again; before++)
            again = pipeline->stages[before]->id && stage->id &&
                    strcmp(pipeline->stages[before]->id, stage->id) == 0;
        if (again || !stage->id)
            continue;
        projection_key_text(&key, pipeline->pipeline_id);
        projection_key_text(&key, stage->id);
        projection_value_number(
            value, stage->kind == FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__WON ||
                           stage->kind == FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__LOST
                       ? STAGE_CLOSED
                       : STAGE_OPEN);
        projection_rows_put(rows, PIPELINES, &key, ledger_buffer_span(value));
    }
    return LEDGER_E_OK;
}

// ---- names
static enum ledger_err put_name(struct projection_rows *rows, enum trade_table table,
                                const char *id, const char *name) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    projection_value_text(value, name);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

enum ledger_err map_client(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const Facts__V1__ClientRegistered *client = (const Facts__V1__ClientRegistered *)fact->payload;
    const char *id = client->client_id;
    (void)error;
    return put_name(rows, CLIENTS, id,
                    client->name ? client->name : projection_person_name(fact, id));
}

enum ledger_err map_product(const struct projection_fact *fact, struct projection_rows *rows,
                            struct ledger_error *error) {
    const Facts__V1__ProductRegistered *product =
        (const Facts__V1__ProductRegistered *)fact->payload;
    (void)error;
    return put_name(rows, PRODUCTS, product->product_id, product->name);
}

enum ledger_err map_employee(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
    const char *id = hired->employee_id;
    (void)error;
    return put_name(rows, EMPLOYEES, id,
                    hired->team_name ? hired->team_name : projection_person_name(fact, id));
}
