#include "entities.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "facts/v1/reference.pb-c.h"

static const struct entity {
    enum ledger_fact fact;
    enum entity_role role;
    const char *kind, *id;                  // the payload's field
    const char *subkind, *stage, *pipeline; // likewise; NULL = none
} table[] = {
    {LEDGER_FACT_ClientRegistered, ENTITY_STATED, "client", "client_id", "kind", "stage", NULL},
    {LEDGER_FACT_ClientDetailsChanged, ENTITY_CHANGED, "client", "client_id", NULL, "new", NULL},
    {LEDGER_FACT_ContactPersonSet, ENTITY_STATED, "person", "person_id", NULL, NULL, NULL},
    {LEDGER_FACT_EmployeeHired, ENTITY_STATED, "employee", "employee_id", "kind", NULL, NULL},
    {LEDGER_FACT_ProductRegistered, ENTITY_STATED, "product", "product_id", NULL, NULL, NULL},
    {LEDGER_FACT_DealOpened, ENTITY_STATED, "deal", "deal_id", NULL, "stage", "pipeline_id"},
    {LEDGER_FACT_DealStageChanged, ENTITY_MOVED, "deal", "deal_id", NULL, "to", "pipeline_to"},
    {LEDGER_FACT_DealReopened, ENTITY_MOVED, "deal", "deal_id", NULL, "to_stage", NULL},
    {LEDGER_FACT_DealTermsChanged, ENTITY_CHANGED, "deal", "deal_id", NULL, NULL, NULL},
    {LEDGER_FACT_DealReassigned, ENTITY_CHANGED, "deal", "deal_id", NULL, NULL, NULL},
    {LEDGER_FACT_DealWon, ENTITY_WON, "deal", "deal_id", NULL, NULL, NULL},
    {LEDGER_FACT_DealLost, ENTITY_LOST, "deal", "deal_id", NULL, NULL, NULL},
    {LEDGER_FACT_VisitReported, ENTITY_STATED, "visit", "visit_id", "kind", NULL, NULL},
    {LEDGER_FACT_TaskCreated, ENTITY_STATED, "task", "task_id", "kind", NULL, NULL},
    {LEDGER_FACT_OrderPlaced, ENTITY_STATED, "order", "order_id", "channel", NULL, NULL},
    {LEDGER_FACT_InvoiceIssued, ENTITY_STATED, "invoice", "invoice_id", NULL, NULL, NULL},
    {LEDGER_FACT_PaymentReceived, ENTITY_STATED, "payment", "payment_id", NULL, NULL, NULL},
    {LEDGER_FACT_InteractionLogged, ENTITY_STATED, "interaction", "interaction_id", "channel", NULL,
     NULL},
    {LEDGER_FACT_EnquiryReceived, ENTITY_STATED, "enquiry", "enquiry_id", "channel", NULL, NULL},
    {LEDGER_FACT_TechnicalNeedRecorded, ENTITY_STATED, "need", "need_id", NULL, NULL, NULL},
};
enum { ROWS = sizeof table / sizeof table[0] };

// A changed field is called otherwise where the entity is stated.
static const struct {
    const char *changed, *stated;
} renamed[] = {
    {"owner", "owner_id"},
    {"probability", "probability_bp"},
    {"products", "product_ids"},
};

bool entity_kind_known(const char *kind) {
    for (size_t i = 0; i < ROWS; i++)
        if (kind && strcmp(table[i].kind, kind) == 0)
            return true;
    return false;
}

// ---- what a fact fills
static const char *text_of(const struct field_list *fields, const char *path) {
    const struct field *field = path ? fields_find(fields, path) : NULL;
    return field ? field->text : NULL;
}

static bool has_personal(const Ledger__V1__Record *record, const char *id) {
    for (size_t i = 0; i < record->n_personal && id; i++)
        if (record->personal[i]->person_id && strcmp(record->personal[i]->person_id, id) == 0)
            return true;
    return false;
}

// `filled` and `cleared` of a fact that changes. A personal value is in no payload: that there is a
// personal part says that it is filled.
static void add_changed(const struct projection_fact *fact, const char *id,
                        struct field_list *filled, struct field_list *cleared) {
    struct change_list changes = {.arena = filled->arena};
    changes_of_fact(&changes, fact->type->fact, fact->payload);
    filled->failed |= changes.failed;
    for (size_t i = 0; i < changes.count; i++) {
        const char *name = changes.list[i].field;
        bool is_filled = changes.list[i].to || has_personal(fact->version, id) ||
                         (fact->type->fact == LEDGER_FACT_ClientDetailsChanged &&
                          field_text(fact->payload, "hco_id", filled->arena));
        for (size_t at = 0; at < sizeof renamed / sizeof renamed[0]; at++)
            if (strcmp(renamed[at].changed, name) == 0)
                name = renamed[at].stated;
        fields_add_text(is_filled ? filled : cleared, name, "yes");
    }
}

static void put_names(struct ledger_buffer *value, const struct field_list *fields) {
    for (size_t i = 0; i < fields->count; i++)
        projection_value_text(value, fields->list[i].path);
}

// A change of a client's details moves it to a stage if that is the detail.
static const char *stage_of(const struct entity *entity, const struct field_list *payload) {
    const char *field = text_of(payload, "field");
    bool moves =
        entity->fact != LEDGER_FACT_ClientDetailsChanged || (field && strcmp(field, "stage") == 0);
    return moves ? text_of(payload, entity->stage) : NULL;
}

static void put_entity(const struct projection_fact *fact, const struct entity *entity,
                       const struct field_list *payload, const struct field_list *filled,
                       const struct field_list *cleared, struct projection_rows *rows) {
    int64_t delay = 0;
    bool assessed = projection_entry_delay(fact, &delay);
    const char *id = text_of(payload, entity->id);
    char unnamed[32];
    struct projection_key key = {0};
    struct projection_key by_actor = {0};
    (void)snprintf(unnamed, sizeof unnamed, "#%" PRIu64, fact->position);
    projection_key_text(&key, entity->kind);
    key_text_cut(&key, id ? id : unnamed);
    projection_key_text(&by_actor, projection_actor(fact));
    projection_key_text(&by_actor, entity->kind);
    key_text_cut(&by_actor, id ? id : unnamed);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, entity->role);
    projection_value_text(value, projection_actor(fact));
    projection_value_text(value, text_of(payload, entity->subkind));
    projection_value_text(value, stage_of(entity, payload));
    projection_value_text(value, text_of(payload, entity->pipeline));
    projection_value_number(value, assessed);
    projection_value_number(value, delay);
    projection_value_number(value, (int64_t)fields_filled(payload));
    projection_value_number(value, (int64_t)filled->count);
    projection_value_number(value, (int64_t)cleared->count);
    put_names(value, filled);
    put_names(value, cleared);
    projection_rows_put(rows, ENTITY_FACTS, &key, ledger_buffer_span(value));
    projection_rows_put(rows, ENTITIES_BY_ACTOR, &by_actor, (struct ledger_span){0});
}

enum ledger_err map_entity(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const struct entity *entity = NULL;
    for (size_t i = 0; i < ROWS && !entity; i++)
        if (table[i].fact == fact->type->fact)
            entity = &table[i];
    if (!entity)
        return LEDGER_E_OK;
    struct ledger_arena *arena = ledger_arena_new(4096);
    if (!arena)
        return projection_no_memory(error);
    struct field_list payload = {.arena = arena};
    struct field_list filled = {.arena = arena};
    struct field_list cleared = {.arena = arena};
    fields_add(&payload, fact->payload, "");
    const char *id = text_of(&payload, entity->id);
    const Ledger__V1__PersonalValues *personal = projection_personal(fact, id);
    if (entity->role == ENTITY_CHANGED)
        add_changed(fact, id, &filled, &cleared);
    else if (entity->role != ENTITY_MOVED)
        fields_add(&filled, fact->payload, "");
    if (personal)
        fields_add(&filled, &personal->base, "");
    bool failed = payload.failed || filled.failed || cleared.failed;
    if (!failed)
        put_entity(fact, entity, &payload, &filled, &cleared, rows);
    ledger_arena_free(arena);
    return failed ? projection_no_memory(error) : LEDGER_E_OK;
}

struct entity_row entity_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct entity_row row = {.role = (enum entity_role)projection_read_number(&reader)};
    row.actor = projection_read_text(&reader);
    row.subkind = projection_read_text(&reader);
    row.stage = projection_read_text(&reader);
    row.pipeline = projection_read_text(&reader);
    row.assessed = projection_read_number(&reader);
    row.delay_seconds = projection_read_number(&reader);
    row.payload_fields = projection_read_number(&reader);
    row.filled = projection_read_number(&reader);
    row.cleared = projection_read_number(&reader);
    row.names = reader;
    return row;
}

// ---- policies
enum ledger_err map_policy(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const Facts__V1__FieldPolicyDefined *policy =
        (const Facts__V1__FieldPolicyDefined *)fact->payload;
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    key_text_cut(&key, policy->kind);
    key_text_cut(&key, policy->field);
    projection_value_text(value, policy->kind);
    projection_value_text(value, policy->field);
    projection_value_text(value, policy->policy_id);
    projection_value_text(value, policy->required_from_stage);
    projection_value_text(value, policy->waiver);
    projection_value_number(value, policy->version);
    projection_rows_put(rows, POLICIES, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

struct policy_row policy_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct policy_row row = {.kind = projection_read_text(&reader)};
    row.field = projection_read_text(&reader);
    row.policy = projection_read_text(&reader);
    row.stage = projection_read_text(&reader);
    row.waiver = projection_read_text(&reader);
    row.version = projection_read_number(&reader);
    return row;
}

// ---- stages
enum ledger_err map_pipeline(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    const Facts__V1__PipelineDefined *pipeline = (const Facts__V1__PipelineDefined *)fact->payload;
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    key_text_cut(&key, pipeline->pipeline_id);
    projection_value_number(value, (int64_t)pipeline->n_stages);
    for (size_t i = 0; i < pipeline->n_stages; i++) {
        const Facts__V1__PipelineDefined__Stage *stage = pipeline->stages[i];
        projection_value_text(value, stage->id);
        projection_value_number(value, stage->has_order ? stage->order : (int64_t)i + 1);
        projection_value_number(value, stage->kind);
    }
    projection_rows_put(rows, PIPELINE_STAGES, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

static bool same(const char *a, const char *b) {
    return a && b && strcmp(a, b) == 0;
}

// A lost deal has come to no stage but the lost one; a won one has come to all that are not.
bool stage_reaches(struct projection_view *view, const char *pipeline,
                   const struct entity_row *entered, const char *required) {
    struct projection_key key = {0};
    struct projection_row row;
    key_text_cut(&key, pipeline);
    bool lost = entered->role == ENTITY_LOST;
    // A client's stages are these two; a deal's are those of its pipeline.
    if (same(entered->stage, required) ||
        (same(entered->stage, "CUSTOMER") && same(required, "PROSPECT")))
        return true;
    if (!projection_standing(view, PIPELINE_STAGES, &key, &row))
        return false;
    struct projection_reader reader = {row.value};
    int64_t entered_order = entered->role == ENTITY_WON ? INT64_MAX : INT64_MIN;
    int64_t required_order = INT64_MAX;
    bool required_is_lost = false;
    for (int64_t count = projection_read_number(&reader); count > 0; count--) {
        const char *id = projection_read_text(&reader);
        int64_t order = projection_read_number(&reader);
        bool is_lost =
            projection_read_number(&reader) == FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__LOST;
        if (same(id, required)) {
            required_order = order;
            required_is_lost = is_lost;
        }
        if (same(id, entered->stage)) {
            entered_order = order;
            lost |= is_lost;
        }
    }
    if (lost || required_is_lost)
        return entered->role == ENTITY_LOST && required_is_lost;
    return required_order != INT64_MAX && entered_order >= required_order;
}
