// Each fact becomes rows under what it is about, and under the days that it sets. The facts of
// tasks are mapped by fold_tasks.c.
#include "fold.h"

#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/visit.pb-c.h"

struct ledger_moment moment_of(const Ledger__V1__Instant *instant, const Ledger__V1__Date *date) {
    if (instant)
        return ledger_moment_instant(instant->micros, instant->utc_offset_minutes);
    return date ? ledger_moment_date(date->days) : ledger_moment_unknown();
}

static const char *client_of(const struct projection_fact *fact, const char *client_id) {
    return client_id ? client_id : projection_subject(fact->record, "client");
}

// ---- visits and interactions
static enum ledger_err put_visit(struct projection_rows *rows, const char *id,
                                 const struct visit_fact *fact, struct ledger_error *error) {
    if (!id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.visit_id",
                           "the fact names no visit");
    put_visit_fact(rows, id, fact);
    put_calendar(rows, &fact->start, CALENDAR_VISIT, id);
    return LEDGER_E_OK;
}

static enum ledger_err map_visit_planned(const struct projection_fact *fact,
                                         struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__VisitPlanned *plan = (const Facts__V1__VisitPlanned *)fact->payload;
    const struct visit_fact visit = {.kind = VISIT_PLANNED,
                                     .client = client_of(fact, plan->client_id),
                                     .person = plan->person_id,
                                     .employee = plan->employee_id ? plan->employee_id
                                                                   : projection_actor(fact),
                                     .text = plan->kind,
                                     .start = moment_of(plan->start, plan->date)};
    return put_visit(rows, plan->visit_id, &visit, error);
}

static enum ledger_err map_visit_rescheduled(const struct projection_fact *fact,
                                             struct projection_rows *rows,
                                             struct ledger_error *error) {
    const Facts__V1__VisitRescheduled *change = (const Facts__V1__VisitRescheduled *)fact->payload;
    const struct visit_fact visit = {.kind = VISIT_RESCHEDULED,
                                     .start = moment_of(change->new_start, change->new_date)};
    return put_visit(rows, change->visit_id, &visit, error);
}

static enum ledger_err map_visit_cancelled(const struct projection_fact *fact,
                                           struct projection_rows *rows,
                                           struct ledger_error *error) {
    const Facts__V1__VisitCancelled *cancelled = (const Facts__V1__VisitCancelled *)fact->payload;
    const struct visit_fact visit = {.kind = VISIT_CANCELLED};
    return put_visit(rows, cancelled->visit_id, &visit, error);
}

static enum ledger_err map_visit_reported(const struct projection_fact *fact,
                                          struct projection_rows *rows,
                                          struct ledger_error *error) {
    const Facts__V1__VisitReported *report = (const Facts__V1__VisitReported *)fact->payload;
    const char *client = client_of(fact, report->client_id);
    const struct visit_fact visit = {.kind = VISIT_REPORTED};
    const struct ledger_moment started =
        report->started ? moment_of(report->started, NULL) : fact->occurred;
    if (client)
        put_contact(rows, client, &started);
    return put_visit(rows, report->visit_id, &visit, error);
}

static enum ledger_err map_interaction(const struct projection_fact *fact,
                                       struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__InteractionLogged *logged =
        (const Facts__V1__InteractionLogged *)fact->payload;
    const char *client = client_of(fact, logged->client_id);
    const struct ledger_moment started =
        logged->started ? moment_of(logged->started, NULL) : fact->occurred;
    (void)error;
    if (client && !(logged->has_automatic && logged->automatic))
        put_contact(rows, client, &started);
    return LEDGER_E_OK;
}

// ---- deals
static void put_stage(struct projection_rows *rows, const char *deal, bool opens,
                      const char *pipeline, const char *stage) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, deal);
    projection_value_number(value, opens);
    projection_value_text(value, pipeline);
    projection_value_text(value, stage);
    projection_rows_put(rows, DEAL_STAGES, &key, ledger_buffer_span(value));
}

static enum ledger_err map_deal_opened(const struct projection_fact *fact,
                                       struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__DealOpened *opened = (const Facts__V1__DealOpened *)fact->payload;
    (void)error;
    put_stage(rows, opened->deal_id, true, opened->pipeline_id, opened->stage);
    return LEDGER_E_OK;
}

static enum ledger_err map_deal_moved(const struct projection_fact *fact,
                                      struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__DealStageChanged *change = (const Facts__V1__DealStageChanged *)fact->payload;
    (void)error;
    put_stage(rows, change->deal_id, false, change->pipeline_to, change->to);
    return LEDGER_E_OK;
}

static enum ledger_err map_deal_reopened(const struct projection_fact *fact,
                                         struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__DealReopened *reopened = (const Facts__V1__DealReopened *)fact->payload;
    (void)error;
    put_stage(rows, reopened->deal_id, false, NULL, reopened->to_stage);
    return LEDGER_E_OK;
}

// ---- clients
static enum ledger_err map_registered(const struct projection_fact *fact,
                                      struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__ClientRegistered *client = (const Facts__V1__ClientRegistered *)fact->payload;
    const char *id = client->client_id;
    (void)error;
    put_number(rows, CLIENTS, id, true);
    put_text(rows, CLIENT_NAMES, id,
             client->name ? client->name : projection_person_name(fact, id));
    return LEDGER_E_OK;
}

static enum ledger_err map_deactivated(const struct projection_fact *fact,
                                       struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__ClientDeactivated *end = (const Facts__V1__ClientDeactivated *)fact->payload;
    (void)error;
    put_number(rows, CLIENTS, end->client_id, false);
    return LEDGER_E_OK;
}

static enum ledger_err map_details(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__ClientDetailsChanged *change =
        (const Facts__V1__ClientDetailsChanged *)fact->payload;
    const char *id = change->client_id;
    (void)error;
    if (!change->field || strcmp(change->field, "name") != 0)
        return LEDGER_E_OK;
    const char *name = change->new_ ? change->new_ : projection_person_name(fact, id);
    if (name)
        put_text(rows, CLIENT_NAMES, id, name);
    return LEDGER_E_OK;
}

static enum ledger_err map_assigned(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__ClientAssigned *assigned = (const Facts__V1__ClientAssigned *)fact->payload;
    (void)error;
    if (assigned->role == FACTS__V1__CLIENT_ASSIGNED__ROLE__SUPPORT)
        return LEDGER_E_OK;
    const struct owner_row owner = {.employee = assigned->employee_id,
                                    .has_from = assigned->from != NULL,
                                    .from = assigned->from ? assigned->from->days : 0};
    put_owner(rows, assigned->client_id, &owner);
    return LEDGER_E_OK;
}

static enum ledger_err map_reassigned(const struct projection_fact *fact,
                                      struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__ClientReassigned *change = (const Facts__V1__ClientReassigned *)fact->payload;
    const struct owner_row owner = {.employee = change->to_employee};
    (void)error;
    put_owner(rows, change->client_id, &owner);
    return LEDGER_E_OK;
}

// ---- people
static enum ledger_err map_contact_person(const struct projection_fact *fact,
                                          struct projection_rows *rows,
                                          struct ledger_error *error) {
    const Facts__V1__ContactPersonSet *set = (const Facts__V1__ContactPersonSet *)fact->payload;
    const struct person_row row = {.name = projection_person_name(fact, set->person_id),
                                   .removed = set->has_removed && set->removed};
    (void)error;
    put_person(rows, set->person_id, set->client_id, &row);
    return LEDGER_E_OK;
}

static enum ledger_err map_personal(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__PersonalFactRecorded *recorded =
        (const Facts__V1__PersonalFactRecorded *)fact->payload;
    const char *person = recorded->person_id;
    const Ledger__V1__PersonalValues *values = projection_personal(fact, person);
    struct personal_row row = {.topic = recorded->topic,
                               .code = recorded->code,
                               .client = client_of(fact, recorded->client_id),
                               .has_valid_until = recorded->valid_until != NULL,
                               .valid_until =
                                   recorded->valid_until ? recorded->valid_until->days : 0};
    if (row.topic == TOPIC_BIRTHDAY && values && values->birthday) {
        struct projection_key key = {0};
        if (!birthday_key(values->birthday, &row.birthday))
            return ledger_fail(error, LEDGER_E_INVALID_VALUE, "personal.birthday",
                               "the birthday is no day of a year (--MM-DD or YYYY-MM-DD)");
        projection_key_day(&key, row.birthday);
        projection_key_text(&key, person);
        projection_rows_put(rows, BIRTHDAYS, &key, (struct ledger_span){0});
    }
    put_personal(rows, person, &row);
    if (row.has_valid_until) {
        const struct ledger_moment last = ledger_moment_date(row.valid_until);
        put_calendar(rows, &last, CALENDAR_EXPIRY, person);
    }
    return LEDGER_E_OK;
}

static enum ledger_err map_erased(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__PersonalDataErased *erased =
        (const Facts__V1__PersonalDataErased *)fact->payload;
    (void)error;
    put_text(rows, ERASURES, erased->person_id, NULL);
    return LEDGER_E_OK;
}

static enum ledger_err map_hired(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
    const char *id = hired->employee_id;
    (void)error;
    put_text(rows, EMPLOYEES, id,
             hired->team_name ? hired->team_name : projection_person_name(fact, id));
    return LEDGER_E_OK;
}

// ---- the table of types
static const struct {
    enum ledger_fact fact;
    enum ledger_err (*map)(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error);
} mappers[] = {
    {LEDGER_FACT_VisitPlanned, map_visit_planned},
    {LEDGER_FACT_VisitRescheduled, map_visit_rescheduled},
    {LEDGER_FACT_VisitCancelled, map_visit_cancelled},
    {LEDGER_FACT_VisitReported, map_visit_reported},
    {LEDGER_FACT_InteractionLogged, map_interaction},
    {LEDGER_FACT_ClientRegistered, map_registered},
    {LEDGER_FACT_ClientDeactivated, map_deactivated},
    {LEDGER_FACT_ClientDetailsChanged, map_details},
    {LEDGER_FACT_ClientAssigned, map_assigned},
    {LEDGER_FACT_ClientReassigned, map_reassigned},
    {LEDGER_FACT_ContactPersonSet, map_contact_person},
    {LEDGER_FACT_PersonalFactRecorded, map_personal},
    {LEDGER_FACT_PersonalDataErased, map_erased},
    {LEDGER_FACT_EmployeeHired, map_hired},
    {LEDGER_FACT_DealOpened, map_deal_opened},
    {LEDGER_FACT_DealStageChanged, map_deal_moved},
    {LEDGER_FACT_DealReopened, map_deal_reopened},
};

enum ledger_err agenda_map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    bool done;
    enum ledger_err err = map_task(fact, rows, &done, error);
    for (size_t i = 0; !done && i < sizeof mappers / sizeof mappers[0]; i++)
        if (mappers[i].fact == fact->type->fact)
            return mappers[i].map(fact, rows, error);
    return err;
}
