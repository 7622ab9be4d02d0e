// Steps in the life of clients, deals and tasks: one row each under the object, and one under
// whoever is given it, so that what somebody holds is found without looking at everything.
#include <string.h>

#include "directory.h"
#include "facts/v1/client.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/task.pb-c.h"

static void put_step(struct projection_rows *rows, enum directory_table table, const char *id,
                     const struct step_row *step) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    projection_value_number(value, step->kind);
    projection_value_number(value, step->type);
    projection_value_text(value, step->from);
    projection_value_text(value, step->to);
    projection_value_number(value, step->reason);
    projection_value_text(value, step->client);
    projection_value_number(value, step->client_kind);
    projection_value_text(value, step->label);
    projection_value_text(value, step->pipeline);
    projection_value_text(value, step->stage);
    projection_value_text(value, step->first_contact);
    projection_value_text(value, step->correlation);
    projection_value_text(value, step->actor);
    projection_value_number(value, step->has_start);
    projection_value_number(value, step->start);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

struct step_row step_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct step_row step;
    step.kind = (enum step_kind)projection_read_number(&reader);
    step.type = projection_read_number(&reader);
    step.from = projection_read_text(&reader);
    step.to = projection_read_text(&reader);
    step.reason = projection_read_number(&reader);
    step.client = projection_read_text(&reader);
    step.client_kind = projection_read_number(&reader);
    step.label = projection_read_text(&reader);
    step.pipeline = projection_read_text(&reader);
    step.stage = projection_read_text(&reader);
    step.first_contact = projection_read_text(&reader);
    step.correlation = projection_read_text(&reader);
    step.actor = projection_read_text(&reader);
    step.has_start = projection_read_number(&reader);
    step.start = (int32_t)projection_read_number(&reader);
    return step;
}

// ---- what each fact says
#define PAYLOAD(type, name) const Facts__V1__##type *name = (const Facts__V1__##type *)payload

static const char *registered(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(ClientRegistered, client);
    step->client_kind = client->has_kind ? client->kind : 0;
    return client->client_id;
}

static const char *assigned(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(ClientAssigned, given);
    if (given->has_role && given->role == FACTS__V1__CLIENT_ASSIGNED__ROLE__SUPPORT)
        step->kind = STEP_SUPPORT;
    step->to = given->employee_id;
    step->has_start = given->from;
    step->start = given->from ? given->from->days : 0;
    return given->client_id;
}

static const char *client_reassigned(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(ClientReassigned, change);
    step->from = change->from_employee;
    step->to = change->to_employee;
    step->reason = change->has_reason ? change->reason : 0;
    return change->client_id;
}

static const char *deactivated(const ProtobufCMessage *payload, struct step_row *step) {
    (void)step;
    PAYLOAD(ClientDeactivated, client);
    return client->client_id;
}

static const char *deal_opened(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(DealOpened, deal);
    if (deal->client_id)
        step->client = deal->client_id;
    step->to = deal->owner_id;
    step->pipeline = deal->pipeline_id;
    step->stage = deal->stage;
    return deal->deal_id;
}

static const char *deal_moved(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(DealStageChanged, change);
    step->pipeline = change->pipeline_to;
    step->stage = change->to;
    return change->deal_id;
}

static const char *deal_terms(const ProtobufCMessage *payload, struct step_row *step) {
    (void)step;
    PAYLOAD(DealTermsChanged, change);
    return change->deal_id;
}

static const char *deal_reassigned(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(DealReassigned, change);
    step->from = change->from_employee;
    step->to = change->to_employee;
    step->reason = change->has_reason ? change->reason : 0;
    return change->deal_id;
}

static const char *deal_won(const ProtobufCMessage *payload, struct step_row *step) {
    (void)step;
    PAYLOAD(DealWon, deal);
    return deal->deal_id;
}

static const char *deal_lost(const ProtobufCMessage *payload, struct step_row *step) {
    (void)step;
    PAYLOAD(DealLost, deal);
    return deal->deal_id;
}

static const char *deal_reopened(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(DealReopened, reopened);
    step->stage = reopened->to_stage;
    return reopened->deal_id;
}

static const char *task_created(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(TaskCreated, task);
    if (task->client_id)
        step->client = task->client_id;
    step->to = task->assignee;
    step->label = task->subject;
    return task->task_id;
}

static const char *task_reassigned(const ProtobufCMessage *payload, struct step_row *step) {
    PAYLOAD(TaskReassigned, change);
    step->from = change->from_employee;
    step->to = change->to_employee;
    step->reason = change->has_reason ? change->reason : 0;
    return change->task_id;
}

static const char *task_completed(const ProtobufCMessage *payload, struct step_row *step) {
    (void)step;
    PAYLOAD(TaskCompleted, task);
    return task->task_id;
}

static const char *task_cancelled(const ProtobufCMessage *payload, struct step_row *step) {
    (void)step;
    PAYLOAD(TaskCancelled, task);
    return task->task_id;
}

// Each fills in what its fact says beside the kind, and returns the object's id.
static const struct {
    enum ledger_fact fact;
    enum directory_table table;
    enum step_kind kind;
    const char *(*read)(const ProtobufCMessage *payload, struct step_row *step);
} readers[] = {
    {LEDGER_FACT_ClientRegistered, CLIENT_STEPS, STEP_STARTED, registered},
    {LEDGER_FACT_ClientAssigned, CLIENT_STEPS, STEP_ASSIGNED, assigned},
    {LEDGER_FACT_ClientReassigned, CLIENT_STEPS, STEP_REASSIGNED, client_reassigned},
    {LEDGER_FACT_ClientDeactivated, CLIENT_STEPS, STEP_ENDED, deactivated},
    {LEDGER_FACT_DealOpened, DEAL_STEPS, STEP_STARTED, deal_opened},
    {LEDGER_FACT_DealStageChanged, DEAL_STEPS, STEP_MOVED, deal_moved},
    {LEDGER_FACT_DealTermsChanged, DEAL_STEPS, STEP_MENTIONED, deal_terms},
    {LEDGER_FACT_DealReassigned, DEAL_STEPS, STEP_REASSIGNED, deal_reassigned},
    {LEDGER_FACT_DealWon, DEAL_STEPS, STEP_ENDED, deal_won},
    {LEDGER_FACT_DealLost, DEAL_STEPS, STEP_ENDED, deal_lost},
    {LEDGER_FACT_DealReopened, DEAL_STEPS, STEP_REOPENED, deal_reopened},
    {LEDGER_FACT_TaskCreated, TASK_STEPS, STEP_STARTED, task_created},
    {LEDGER_FACT_TaskReassigned, TASK_STEPS, STEP_REASSIGNED, task_reassigned},
    {LEDGER_FACT_TaskCompleted, TASK_STEPS, STEP_ENDED, task_completed},
    {LEDGER_FACT_TaskCancelled, TASK_STEPS, STEP_ENDED, task_cancelled},
};

static void put_indexes(struct projection_rows *rows, enum directory_table table, const char *id,
                        const struct step_row *step) {
    if (step->to && step->kind != STEP_SUPPORT) {
        struct projection_key key = {0};
        projection_key_text(&key, step->to);
        projection_key_u64(&key, (uint64_t)(table - CLIENT_STEPS));
        projection_key_text(&key, id);
        projection_rows_put(rows, HOLDINGS, &key, (struct ledger_span){0});
    }
    if (step->correlation && step->from) {
        struct projection_key key = {0};
        projection_key_text(&key, step->correlation);
        projection_key_text(&key, step->from);
        projection_rows_put(rows, HANDOVERS, &key, (struct ledger_span){0});
    }
}

void map_object(const struct projection_fact *fact, struct projection_rows *rows) {
    const Ledger__V1__Event *event = fact->record->event;
    char correlation[40];
    char contact[40];
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (readers[i].fact != fact->type->fact)
            continue;
        struct step_row step = {
            .kind = readers[i].kind,
            .type = fact->type->fact,
            .actor = event->actor,
            .client = readers[i].table == CLIENT_STEPS ? NULL
                                                       : projection_subject(fact->record, "client"),
        };
        if (event->has_correlation_id && event->correlation_id.len == 16) {
            event_id_text(&event->correlation_id, correlation);
            step.correlation = correlation;
        }
        if (fact->type->fact == LEDGER_FACT_ClientRegistered) {
            const Facts__V1__ClientRegistered *client =
                (const Facts__V1__ClientRegistered *)fact->payload;
            if (client->has_first_contact_event_id && client->first_contact_event_id.len == 16) {
                event_id_text(&client->first_contact_event_id, contact);
                step.first_contact = contact;
            }
        }
        const char *id = readers[i].read(fact->payload, &step);
        put_step(rows, readers[i].table, id, &step);
        put_indexes(rows, readers[i].table, id, &step);
    }
}
