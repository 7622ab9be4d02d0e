// Each fact of a deal becomes one row under the deal, small enough that a question can fold them
// anew for any time and position. What a deal is, deal_fold.c says.
#include "facts/v1/client.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/task.pb-c.h"
#include "map.h"

enum ledger_err map_missing(struct ledger_error *error, const char *field, const char *text) {
    return ledger_fail(error, LEDGER_E_MISSING_FIELD, field, "%s", text);
}

// ---- names and definitions
static void put_name(struct projection_rows *rows, enum sales_funnel_table table, const char *id,
                     const char *name) {
    struct projection_key key = {0};
    projection_key_text(&key, id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

static enum ledger_err map_product(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__ProductRegistered *product =
        (const Facts__V1__ProductRegistered *)fact->payload;
    (void)error;
    put_name(rows, PRODUCTS, product->product_id, product->name);
    return LEDGER_E_OK;
}

static enum ledger_err map_employee(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
    const char *id = hired->employee_id;
    (void)error;
    put_name(rows, EMPLOYEES, id,
             hired->team_name ? hired->team_name : projection_person_name(fact, id));
    return LEDGER_E_OK;
}

static enum ledger_err map_client(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__ClientRegistered *client = (const Facts__V1__ClientRegistered *)fact->payload;
    const char *id = client->client_id;
    (void)error;
    put_name(rows, CLIENTS, id, client->name ? client->name : projection_person_name(fact, id));
    return LEDGER_E_OK;
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

// Read by pipelines.c.
static enum ledger_err map_pipeline(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__PipelineDefined *pipeline = (const Facts__V1__PipelineDefined *)fact->payload;
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    projection_key_text(&key, pipeline->pipeline_id);
    projection_value_text(value, pipeline->name);
    projection_value_number(value, (int64_t)pipeline->n_stages);
    for (size_t i = 0; i < pipeline->n_stages; i++) {
        const Facts__V1__PipelineDefined__Stage *stage = pipeline->stages[i];
        projection_value_text(value, stage->id);
        projection_value_text(value, stage->name);
        projection_value_number(value, kind_of(stage));
        projection_value_number(value, stage->has_order ? stage->order : (int64_t)i + 1);
        projection_value_number(value,
                                stage->has_probability_bp ? (int64_t)stage->probability_bp : -1);
        projection_value_number(value, stage->has_norm_days ? (int64_t)stage->norm_days : -1);
    }
    projection_value_number(value, (int64_t)pipeline->n_allowed_moves);
    for (size_t i = 0; i < pipeline->n_allowed_moves; i++) {
        projection_value_text(value, pipeline->allowed_moves[i]->from);
        projection_value_text(value, pipeline->allowed_moves[i]->to);
    }
    projection_rows_put(rows, PIPELINES, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

// Only of the scheme POTENTIAL: A, B and C are counted from the deals themselves.
static enum ledger_err map_segment(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__ClientSegmented *segmented = (const Facts__V1__ClientSegmented *)fact->payload;
    if (segmented->scheme != FACTS__V1__CLIENT_SEGMENTED__SCHEME__POTENTIAL)
        return LEDGER_E_OK;
    if (!segmented->client_id)
        return map_missing(error, "payload.client_id", "the fact names no client");
    put_name(rows, POTENTIALS, segmented->client_id, segmented->segment);
    return LEDGER_E_OK;
}

// ---- enquiries and refusals
static enum ledger_err map_enquiry(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__EnquiryReceived *enquiry = (const Facts__V1__EnquiryReceived *)fact->payload;
    const char *subject = projection_subject(fact->record, "client");
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    if (!enquiry->enquiry_id)
        return map_missing(error, "payload.enquiry_id", "the fact names no enquiry");
    projection_key_text(&key, enquiry->enquiry_id);
    projection_value_text(value, enquiry->client_id ? enquiry->client_id : subject);
    const ProtobufCEnumValue *channel =
        enquiry->has_channel ? protobuf_c_enum_descriptor_get_value(&facts__v1__channel__descriptor,
                                                                    enquiry->channel)
                             : NULL;
    projection_value_text(value, channel ? channel->name : NULL);
    projection_value_text(value, enquiry->subject);
    projection_value_text(value, fact->record->event->actor);
    projection_rows_put(rows, ENQUIRIES, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

static enum ledger_err map_refusal(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__RefusalRecorded *refusal = (const Facts__V1__RefusalRecorded *)fact->payload;
    const char *subject = projection_subject(fact->record, "client");
    const ProtobufCBinaryData *id = &fact->record->event->event_id;
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    char event[EVENT_KEY_SIZE];
    (void)error;
    event_key(id->data, id->len, event);
    projection_key_text(&key, refusal->deal_id);
    projection_key_text(&key, event);
    projection_value_text(value, refusal->client_id ? refusal->client_id : subject);
    projection_value_text(value, refusal->reason_code);
    projection_value_text(value, refusal->detail);
    projection_value_number(value, refusal->removable);
    projection_rows_put(rows, REFUSALS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

static enum ledger_err map_obstacle(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__ObstacleRemoved *removed = (const Facts__V1__ObstacleRemoved *)fact->payload;
    char event[EVENT_KEY_SIZE];
    if (!removed->has_refusal_event_id)
        return map_missing(error, "payload.refusal_event_id", "the fact names no refusal");
    event_key(removed->refusal_event_id.data, removed->refusal_event_id.len, event);
    put_name(rows, OBSTACLES, event, removed->how);
    return LEDGER_E_OK;
}

// ---- tasks
static int32_t day_of(const Ledger__V1__Instant *instant) {
    return ledger_moment_instant(instant->micros, instant->utc_offset_minutes).day;
}

static void set_due(struct task_row *task, const Ledger__V1__Instant *due,
                    const Ledger__V1__Date *due_on) {
    task->has_due = due || due_on;
    task->due = due ? day_of(due) : due_on ? due_on->days : 0;
}

static void put_task(struct projection_rows *rows, enum sales_funnel_table table,
                     const struct projection_key *key, const struct task_row *task) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, task->kind);
    projection_value_text(value, task->subject);
    projection_value_text(value, task->assignee);
    projection_value_number(value, task->has_due);
    projection_value_number(value, task->due);
    projection_rows_put(rows, (uint8_t)table, key, ledger_buffer_span(value));
}

// Tasks of no deal are nothing to this projection; what becomes of a task does not say of which.
static enum ledger_err map_task(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    const Facts__V1__TaskCreated *created = (const Facts__V1__TaskCreated *)fact->payload;
    struct task_row task = {TASK_CREATED, created->subject, created->assignee};
    struct projection_key key = {0};
    if (!created->task_id)
        return map_missing(error, "payload.task_id", "the fact names no task");
    if (!created->deal_id)
        return LEDGER_E_OK;
    set_due(&task, created->due, created->due_on);
    projection_key_text(&key, created->deal_id);
    projection_key_text(&key, created->task_id);
    put_task(rows, DEAL_TASKS, &key, &task);
    return LEDGER_E_OK;
}

static enum ledger_err map_task_change(const struct projection_fact *fact,
                                       struct projection_rows *rows, struct ledger_error *error) {
    struct task_row task = {0};
    struct projection_key key = {0};
    const char *id;
    if (fact->type->fact == LEDGER_FACT_TaskCompleted) {
        task.kind = TASK_COMPLETED;
        id = ((const Facts__V1__TaskCompleted *)fact->payload)->task_id;
    } else if (fact->type->fact == LEDGER_FACT_TaskCancelled) {
        task.kind = TASK_CANCELLED;
        id = ((const Facts__V1__TaskCancelled *)fact->payload)->task_id;
    } else {
        const Facts__V1__TaskRescheduled *change =
            (const Facts__V1__TaskRescheduled *)fact->payload;
        task.kind = TASK_RESCHEDULED;
        set_due(&task, change->new_due, change->new_due_on);
        id = change->task_id;
    }
    if (!id)
        return map_missing(error, "payload.task_id", "the fact names no task");
    projection_key_text(&key, id);
    put_task(rows, TASK_FACTS, &key, &task);
    return LEDGER_E_OK;
}

// ---- the map
static const struct {
    enum ledger_fact fact;
    enum ledger_err (*map)(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error);
} maps[] = {
    {LEDGER_FACT_DealOpened, map_deal},
    {LEDGER_FACT_DealStageChanged, map_deal},
    {LEDGER_FACT_DealTermsChanged, map_deal},
    {LEDGER_FACT_DealReassigned, map_deal},
    {LEDGER_FACT_DealWon, map_deal},
    {LEDGER_FACT_DealLost, map_deal},
    {LEDGER_FACT_DealReopened, map_deal},
    {LEDGER_FACT_PipelineDefined, map_pipeline},
    {LEDGER_FACT_ProductRegistered, map_product},
    {LEDGER_FACT_EmployeeHired, map_employee},
    {LEDGER_FACT_ClientRegistered, map_client},
    {LEDGER_FACT_ClientSegmented, map_segment},
    {LEDGER_FACT_EnquiryReceived, map_enquiry},
    {LEDGER_FACT_RefusalRecorded, map_refusal},
    {LEDGER_FACT_ObstacleRemoved, map_obstacle},
    {LEDGER_FACT_TaskCreated, map_task},
    {LEDGER_FACT_TaskRescheduled, map_task_change},
    {LEDGER_FACT_TaskCompleted, map_task_change},
    {LEDGER_FACT_TaskCancelled, map_task_change},
};

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        if (maps[i].fact == fact->type->fact)
            return maps[i].map(fact, rows, error);
    return LEDGER_E_OK;
}

static const enum ledger_fact types[] = {
    LEDGER_FACT_DealOpened,      LEDGER_FACT_DealStageChanged, LEDGER_FACT_DealTermsChanged,
    LEDGER_FACT_DealReassigned,  LEDGER_FACT_DealWon,          LEDGER_FACT_DealLost,
    LEDGER_FACT_DealReopened,    LEDGER_FACT_PipelineDefined,  LEDGER_FACT_ProductRegistered,
    LEDGER_FACT_EmployeeHired,   LEDGER_FACT_ClientRegistered, LEDGER_FACT_ClientSegmented,
    LEDGER_FACT_EnquiryReceived, LEDGER_FACT_RefusalRecorded,  LEDGER_FACT_ObstacleRemoved,
    LEDGER_FACT_TaskCreated,     LEDGER_FACT_TaskRescheduled,  LEDGER_FACT_TaskCompleted,
    LEDGER_FACT_TaskCancelled};

const struct projection sales_funnel = {
    .name = "sales-funnel",
    .summary = "Deals from enquiry to won or lost: the funnel, its value, its speed, its losses.",
    .fold_version = 5,
    .rows_since = 4,
    .types = types,
    .type_count = sizeof types / sizeof types[0],
    .map = map,
    .queries = sales_funnel_queries,
    .query_count = SALES_FUNNEL_QUERIES,
};
