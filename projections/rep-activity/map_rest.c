// Facts beside the visits as rows, and how those are read again: what representatives gave and
// wrote, and what is in force: targets, territories, posts, norms, segments, names.
#include "rep_activity.h"

#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/planning.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "runtime/amounts.h"

static void put(struct projection_rows *rows, enum rep_activity_table table, const char *id,
                const struct ledger_buffer *value) {
    struct projection_key key = {0};
    projection_key_text(&key, id);
    projection_rows_put(rows, (uint8_t)table, &key,
                        value ? ledger_buffer_span(value) : (struct ledger_span){0});
}

static void put_pair(struct projection_rows *rows, enum rep_activity_table table, const char *first,
                     const char *second) {
    struct projection_key key = {0};
    projection_key_text(&key, first);
    projection_key_text(&key, second);
    projection_rows_put(rows, (uint8_t)table, &key, (struct ledger_span){0});
}

static void put_name(struct projection_rows *rows, enum rep_activity_table table, const char *id,
                     const char *name) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    put(rows, table, id, value);
}

// The first day of something: as stated, else the day of the fact, else open.
static int32_t first_day(const Ledger__V1__Date *date, const struct projection_fact *fact) {
    if (date)
        return date->days;
    return fact->occurred.when == LEDGER_WHEN_UNKNOWN ? INT32_MIN : fact->occurred.day;
}

static int32_t last_day(const Ledger__V1__Date *date) {
    return date ? date->days : INT32_MAX;
}

// ---- given and written
enum ledger_err map_transfer(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    const Facts__V1__TransferOfValueRecorded *transfer =
        (const Facts__V1__TransferOfValueRecorded *)fact->payload;
    if (!transfer->amount)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.amount",
                           "the transfer has no amount");
    enum ledger_err err = projection_check_amount(transfer->amount, "payload.amount", error);
    if (err)
        return err;
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, client_of(fact, transfer->client_id));
    projection_value_text(value, transfer->nature);
    projection_value_text(value, transfer->form);
    projection_value_text(value, transfer->amount->currency);
    projection_value_number(value, transfer->amount->minor);
    put(rows, TRANSFERS, projection_actor(fact), value);
    return LEDGER_E_OK;
}

struct transfer_row transfer_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct transfer_row row;
    row.client = projection_read_text(&reader);
    row.nature = projection_read_text(&reader);
    row.form = projection_read_text(&reader);
    row.currency = projection_read_text(&reader);
    row.minor = projection_read_number(&reader);
    return row;
}

enum ledger_err map_interaction(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    (void)error;
    const Facts__V1__InteractionLogged *logged =
        (const Facts__V1__InteractionLogged *)fact->payload;
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, logged->channel);
    projection_value_number(value, logged->seconds);
    projection_value_number(value, logged->automatic);
    put(rows, INTERACTIONS, projection_actor(fact), value);
    return LEDGER_E_OK;
}

struct interaction_row interaction_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct interaction_row row;
    row.channel = projection_read_number(&reader);
    row.seconds = projection_read_number(&reader);
    row.automatic = projection_read_number(&reader);
    return row;
}

// ---- targets
enum ledger_err map_target(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    const Facts__V1__CyclePlanTargetSet *target =
        (const Facts__V1__CyclePlanTargetSet *)fact->payload;
    const char *territory = fact->record->event->territory;
    const char *client = client_of(fact, target->client_id);
    struct projection_key key = {0};
    if (!target->employee_id && !territory)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.employee_id",
                           "the target is neither an employee's nor a territory's");
    if (!target->plan_id || !client)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.plan_id",
                           "the target has no plan or no client");
    projection_key_text(&key, target->employee_id ? "rep" : "territory");
    projection_key_text(&key, target->employee_id ? target->employee_id : territory);
    projection_key_text(&key, target->plan_id);
    projection_key_text(&key, client);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, target->version);
    projection_value_number(value, target->channel);
    projection_value_number(value, first_day(target->from, fact));
    projection_value_number(value, last_day(target->to));
    projection_value_number(value, target->planned_calls);
    projection_value_text(value, territory);
    projection_value_number(value, (int64_t)target->n_product_goals);
    for (size_t i = 0; i < target->n_product_goals; i++) {
        projection_value_text(value, target->product_goals[i]->product_id);
        projection_value_number(value, target->product_goals[i]->calls);
    }
    projection_rows_put(rows, TARGETS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

bool target_row_read(struct ledger_span value, struct ledger_arena *arena, struct target_row *row) {
    struct projection_reader reader = {value};
    *row = (struct target_row){.version = projection_read_number(&reader)};
    row->channel = projection_read_number(&reader);
    row->from = (int32_t)projection_read_number(&reader);
    row->to = (int32_t)projection_read_number(&reader);
    row->planned_calls = projection_read_number(&reader);
    row->territory = projection_read_text(&reader);
    row->goal_count = (size_t)projection_read_number(&reader);
    if (!row->goal_count)
        return true;
    row->goals = ledger_arena_calloc(arena, row->goal_count * sizeof *row->goals);
    for (size_t i = 0; i < row->goal_count && row->goals; i++) {
        row->goals[i].product = projection_read_text(&reader);
        row->goals[i].calls = projection_read_number(&reader);
    }
    return row->goals;
}

// ---- territories
enum ledger_err map_territory(const struct projection_fact *fact, struct projection_rows *rows,
                              struct ledger_error *error) {
    const Facts__V1__TerritoryAssigned *assigned =
        (const Facts__V1__TerritoryAssigned *)fact->payload;
    const char *territory = assigned->territory_id;
    if (!territory)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.territory_id",
                           "the fact names no territory");
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, assigned->parent_id);
    projection_value_text(value, assigned->employee_id);
    projection_value_number(value, first_day(assigned->from, fact));
    projection_value_number(value, last_day(assigned->to));
    put(rows, TERRITORIES, territory, value);
    if (assigned->employee_id)
        put_pair(rows, HOLDERS, assigned->employee_id, territory);
    if (assigned->parent_id)
        put_pair(rows, PARTS, assigned->parent_id, territory);
    return LEDGER_E_OK;
}

struct territory_row territory_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct territory_row row;
    row.parent = projection_read_text(&reader);
    row.employee = projection_read_text(&reader);
    row.from = (int32_t)projection_read_number(&reader);
    row.to = (int32_t)projection_read_number(&reader);
    return row;
}

// ---- staff
static void put_staff(struct projection_rows *rows, const char *employee,
                      const struct staff_row *row) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, row->kind);
    projection_value_number(value, row->from);
    projection_value_number(value, row->to);
    projection_value_text(value, row->text);
    put(rows, STAFF, employee, value);
}

struct staff_row staff_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct staff_row row;
    row.kind = (enum staff_kind)projection_read_number(&reader);
    row.from = (int32_t)projection_read_number(&reader);
    row.to = (int32_t)projection_read_number(&reader);
    row.text = projection_read_text(&reader);
    return row;
}

enum ledger_err map_hired(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    (void)error;
    const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
    const char *id = hired->employee_id;
    put_name(rows, EMPLOYEES, id,
             hired->team_name ? hired->team_name : projection_person_name(fact, id));
    put_staff(
        rows, id,
        &(struct staff_row){STAFF_HIRED, first_day(hired->from, fact), INT32_MAX, hired->position});
    return LEDGER_E_OK;
}

enum ledger_err map_staff(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    (void)error;
    const Facts__V1__EmployeeChanged *changed = (const Facts__V1__EmployeeChanged *)fact->payload;
    struct staff_row row = {.from = first_day(changed->from, fact), .to = last_day(changed->to)};
    switch (changed->kind) {
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__POSITION:
        row.kind = STAFF_POSITION;
        row.text = changed->position;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__ABSENCE:
        row.kind = STAFF_ABSENT;
        row.text = changed->absence;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__TRAINING:
        row.kind = STAFF_TRAINED;
        row.text = changed->course;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__MANAGER:
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__KIND_UNSPECIFIED:
    case _FACTS__V1__EMPLOYEE_CHANGED__KIND_IS_INT_SIZE:
        return LEDGER_E_OK;
    }
    put_staff(rows, changed->employee_id, &row);
    return LEDGER_E_OK;
}

enum ledger_err map_left(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    (void)error;
    const Facts__V1__EmployeeTerminated *left =
        (const Facts__V1__EmployeeTerminated *)fact->payload;
    int32_t last = left->last_day ? left->last_day->days : first_day(NULL, fact);
    put_staff(rows, left->employee_id,
              &(struct staff_row){STAFF_LEFT, INT32_MIN, last, left->reason});
    return LEDGER_E_OK;
}

// ---- norms, segments, names
enum { VISITS_PER_DAY_MAX = 1440 };

enum ledger_err map_norm(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    const Facts__V1__WorkNormSet *norm = (const Facts__V1__WorkNormSet *)fact->payload;
    if (!norm->metric || strcmp(norm->metric, "visits_per_day") != 0)
        return LEDGER_E_OK;
    if (norm->value > VISITS_PER_DAY_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "payload.value",
                           "more visits than a day has minutes: %d", VISITS_PER_DAY_MAX);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, first_day(norm->from, fact));
    projection_value_number(value, norm->value);
    put(rows, NORMS, norm->role ? norm->role : "", value);
    return LEDGER_E_OK;
}

struct norm_row norm_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct norm_row row;
    row.from = (int32_t)projection_read_number(&reader);
    row.value = projection_read_number(&reader);
    return row;
}

enum ledger_err map_segment(const struct projection_fact *fact, struct projection_rows *rows,
                            struct ledger_error *error) {
    (void)error;
    const Facts__V1__ClientSegmented *segmented = (const Facts__V1__ClientSegmented *)fact->payload;
    const char *client = client_of(fact, segmented->client_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, segmented->scheme);
    projection_value_text(value, segmented->segment);
    if (client)
        put(rows, SEGMENTS, client, value);
    return LEDGER_E_OK;
}

struct segment_row segment_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct segment_row row;
    row.scheme = projection_read_number(&reader);
    row.segment = projection_read_text(&reader);
    return row;
}

enum ledger_err map_client(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    (void)error;
    const Facts__V1__ClientRegistered *client = (const Facts__V1__ClientRegistered *)fact->payload;
    const char *id = client->client_id;
    put_name(rows, CLIENTS, id, client->name ? client->name : projection_person_name(fact, id));
    put(rows, REGISTERED, id, NULL);
    return LEDGER_E_OK;
}

enum ledger_err map_product(const struct projection_fact *fact, struct projection_rows *rows,
                            struct ledger_error *error) {
    (void)error;
    const Facts__V1__ProductRegistered *product =
        (const Facts__V1__ProductRegistered *)fact->payload;
    put_name(rows, PRODUCTS, product->product_id, product->name);
    return LEDGER_E_OK;
}
