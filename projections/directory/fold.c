// The map: what every fact leaves under the clients that it names, and what those about employees,
// territories, plans and pipelines say. Objects are in fold_object.c, clients in fold_client.c.
#include <string.h>

#include "directory.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/planning.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "ledger/uuid.h"

#define PAYLOAD(type, name) const Facts__V1__##type *name = (const Facts__V1__##type *)fact->payload

void put_text(struct projection_rows *rows, enum directory_table table, const char *id,
              const char *text) {
    struct projection_key key = {0};
    if (!text)
        return;
    projection_key_text(&key, id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, text);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

void event_id_text(const ProtobufCBinaryData *id, char text[40]) {
    struct ledger_uuid uuid = {0};
    if (id->len == sizeof uuid.bytes)
        memcpy(uuid.bytes, id->data, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, text);
}

void put_date(struct ledger_buffer *value, const Ledger__V1__Date *date) {
    projection_value_number(value, date != NULL);
    projection_value_number(value, date ? date->days : 0);
}

void read_date(struct projection_reader *reader, bool *has, int32_t *day) {
    *has = projection_read_number(reader);
    *day = (int32_t)projection_read_number(reader);
}

// ---- employees
struct staff_dates {
    const Ledger__V1__Date *from, *to;
};

static void put_staff(struct projection_rows *rows, const char *employee,
                      const struct staff_row *row, struct staff_dates dates) {
    struct projection_key key = {0};
    projection_key_text(&key, employee);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, row->kind);
    projection_value_number(value, row->team);
    projection_value_text(value, row->position);
    projection_value_text(value, row->manager);
    projection_value_text(value, row->text);
    put_date(value, dates.from);
    put_date(value, dates.to);
    projection_rows_put(rows, STAFF, &key, ledger_buffer_span(value));
}

struct staff_row staff_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct staff_row row;
    row.kind = (enum staff_kind)projection_read_number(&reader);
    row.team = projection_read_number(&reader);
    row.position = projection_read_text(&reader);
    row.manager = projection_read_text(&reader);
    row.text = projection_read_text(&reader);
    read_date(&reader, &row.has_from, &row.from);
    read_date(&reader, &row.has_to, &row.to);
    return row;
}

static void map_hired(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(EmployeeHired, hired);
    const char *id = hired->employee_id;
    const struct staff_row row = {
        .kind = STAFF_HIRED,
        .team = hired->has_kind && hired->kind == FACTS__V1__EMPLOYEE_HIRED__KIND__FIELD_TEAM,
        .position = hired->position,
        .manager = hired->manager_id,
    };
    put_text(rows, EMPLOYEES, id,
             hired->team_name ? hired->team_name : projection_person_name(fact, id));
    put_staff(rows, id, &row, (struct staff_dates){hired->from, NULL});
}

static void map_changed(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(EmployeeChanged, change);
    struct staff_row row = {.position = change->position, .manager = change->manager_id};
    switch (change->kind) {
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__POSITION:
        row.kind = STAFF_POSITION;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__MANAGER:
        row.kind = STAFF_MANAGER;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__ABSENCE:
        row.kind = STAFF_ABSENCE;
        row.text = change->absence;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__TRAINING:
        row.kind = STAFF_TRAINING;
        row.text = change->course;
        break;
    case FACTS__V1__EMPLOYEE_CHANGED__KIND__KIND_UNSPECIFIED:
    case _FACTS__V1__EMPLOYEE_CHANGED__KIND_IS_INT_SIZE:
        return;
    }
    put_staff(rows, change->employee_id, &row, (struct staff_dates){change->from, change->to});
}

static void map_terminated(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(EmployeeTerminated, leaver);
    const struct staff_row row = {.kind = STAFF_TERMINATED, .text = leaver->reason};
    put_staff(rows, leaver->employee_id, &row, (struct staff_dates){NULL, leaver->last_day});
}

// ---- territories, plans, pipelines
static void map_territory(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(TerritoryAssigned, place);
    struct projection_key key = {0};
    projection_key_text(&key, place->territory_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, place->parent_id);
    projection_value_text(value, place->employee_id);
    put_date(value, place->from);
    put_date(value, place->to);
    projection_rows_put(rows, TERRITORIES, &key, ledger_buffer_span(value));
    if (!place->employee_id)
        return;
    struct projection_key holder = {0};
    projection_key_text(&holder, place->employee_id);
    projection_key_text(&holder, place->territory_id);
    projection_rows_put(rows, TERRITORY_HOLDERS, &holder, (struct ledger_span){0});
}

struct assignment_row assignment_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct assignment_row row;
    row.parent = projection_read_text(&reader);
    row.employee = projection_read_text(&reader);
    read_date(&reader, &row.has_from, &row.from);
    read_date(&reader, &row.has_to, &row.to);
    return row;
}

static void map_target(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(CyclePlanTargetSet, target);
    struct projection_key key = {0};
    projection_key_text(&key, target->plan_id);
    projection_key_text(&key, target->employee_id);
    projection_key_text(&key, target->client_id);
    projection_key_u64(&key, target->has_channel ? (uint64_t)target->channel : 0);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, target->has_version ? target->version : 0);
    projection_value_number(value, target->planned_calls);
    projection_value_text(value, fact->record->event->territory);
    put_date(value, target->from);
    put_date(value, target->to);
    projection_rows_put(rows, TARGETS, &key, ledger_buffer_span(value));
}

struct target_row target_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct target_row row;
    row.version = projection_read_number(&reader);
    row.planned_calls = projection_read_number(&reader);
    row.territory = projection_read_text(&reader);
    read_date(&reader, &row.has_from, &row.from);
    read_date(&reader, &row.has_to, &row.to);
    return row;
}

static void map_pipeline(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(PipelineDefined, pipeline);
    struct projection_key key = {0};
    projection_key_text(&key, pipeline->pipeline_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, (int64_t)pipeline->n_stages);
    for (size_t i = 0; i < pipeline->n_stages; i++) {
        const Facts__V1__PipelineDefined__Stage *stage = pipeline->stages[i];
        bool closes =
            stage->has_kind && (stage->kind == FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__WON ||
                                stage->kind == FACTS__V1__PIPELINE_DEFINED__STAGE__KIND__LOST);
        projection_value_text(value, stage->id);
        projection_value_number(value, closes);
    }
    projection_rows_put(rows, PIPELINES, &key, ledger_buffer_span(value));
}

// ---- what every fact leaves
static void put_client_facts(const struct projection_fact *fact, struct projection_rows *rows) {
    const Ledger__V1__Event *event = fact->record->event;
    const char *named[64]; // the ledger takes at most as many subjects
    size_t count = 0;
    for (size_t i = 0; i < event->n_subjects && count < sizeof named / sizeof named[0]; i++) {
        const Ledger__V1__Subject *subject = event->subjects[i];
        if (!subject->kind || !subject->id || strcmp(subject->kind, "client") != 0)
            continue;
        size_t same = 0;
        while (same < count && strcmp(named[same], subject->id) != 0)
            same++;
        if (same < count)
            continue;
        struct projection_key key = {0};
        projection_key_text(&key, subject->id);
        struct ledger_buffer *value = projection_rows_value(rows);
        projection_value_text(value, event->territory);
        projection_value_number(value, (int64_t)count);
        for (size_t j = 0; j < count; j++)
            projection_value_text(value, named[j]);
        projection_rows_put(rows, CLIENT_FACTS, &key, ledger_buffer_span(value));
        named[count++] = subject->id;
    }
}

struct client_fact_row client_fact_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct client_fact_row row;
    row.territory = projection_read_text(&reader);
    row.earlier_count = (size_t)projection_read_number(&reader);
    row.earlier = reader;
    return row;
}

static bool is_contact(enum ledger_fact fact) {
    return fact == LEDGER_FACT_VisitReported || fact == LEDGER_FACT_InteractionLogged ||
           fact == LEDGER_FACT_EnquiryReceived || fact == LEDGER_FACT_FeedbackReceived ||
           fact == LEDGER_FACT_SurveyAnswered || fact == LEDGER_FACT_VisitCheckedIn;
}

static void put_contact(const struct projection_fact *fact, struct projection_rows *rows) {
    struct projection_key key = {0};
    char id[40];
    event_id_text(&fact->record->event->event_id, id);
    projection_key_text(&key, id);
    projection_rows_put(rows, CONTACTS, &key, (struct ledger_span){0});
}

static const struct {
    enum ledger_fact fact;
    void (*map)(const struct projection_fact *fact, struct projection_rows *rows);
} maps[] = {
    {LEDGER_FACT_EmployeeHired, map_hired},
    {LEDGER_FACT_EmployeeChanged, map_changed},
    {LEDGER_FACT_EmployeeTerminated, map_terminated},
    {LEDGER_FACT_TerritoryAssigned, map_territory},
    {LEDGER_FACT_CyclePlanTargetSet, map_target},
    {LEDGER_FACT_PipelineDefined, map_pipeline},
};

// The first text field that the type must have and this fact has not; NULL if there is none.
static const char *missing_field(const struct projection_fact *fact) {
    for (const char *const *name = fact->type->fields; *name; name++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(fact->type->payload, *name);
        const char *text = "";
        if (field && field->type == PROTOBUF_C_TYPE_STRING &&
            field->label != PROTOBUF_C_LABEL_REPEATED)
            memcpy(&text, (const uint8_t *)fact->payload + field->offset, sizeof text);
        if (!text)
            return *name;
    }
    return NULL;
}

enum ledger_err directory_map(const struct projection_fact *fact, struct projection_rows *rows,
                              struct ledger_error *error) {
    const char *missing = missing_field(fact);
    if (missing)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload", "the fact has no %s", missing);
    put_client_facts(fact, rows);
    if (is_contact(fact->type->fact))
        put_contact(fact, rows);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        if (maps[i].fact == fact->type->fact)
            maps[i].map(fact, rows);
    map_object(fact, rows);
    map_client(fact, rows);
    return LEDGER_E_OK;
}
