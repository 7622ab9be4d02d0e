// A fact becomes one row under what it is about, and rows without a value under what else it is
// asked by: whoever asks about one client, survey or campaign reads that one's rows alone.
#include <string.h>

#include "deals.h"
#include "documents.h"
#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "outreach.h"
#include "preference.h"
#include "runtime/amounts.h"

// ---- rows
static void put_row(struct projection_rows *rows, uint8_t table, const char *id,
                    enum outreach_shape shape, const void *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    outreach_row_write(shape, row, value);
    projection_rows_put(rows, table, &key, ledger_buffer_span(value));
}

static void put_link(struct projection_rows *rows, uint8_t table, const char *from,
                     const char *to) {
    struct projection_key key = {0};
    projection_key_text(&key, from);
    projection_key_text(&key, to);
    projection_rows_put(rows, table, &key, (struct ledger_span){0});
}

static const char *client_of(const struct projection_fact *fact, const char *client_id) {
    return client_id ? client_id : projection_subject(fact->record, "client");
}

// ---- said and asked
static enum ledger_err map_answer(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__SurveyAnswered *said = (const Facts__V1__SurveyAnswered *)fact->payload;
    const struct answer_row row = {.survey = said->survey_id,
                                   .question = said->question_code,
                                   .answer = said->answer,
                                   .client = client_of(fact, said->client_id),
                                   .person = said->person_id,
                                   .actor = projection_actor(fact)};
    (void)error;
    put_row(rows, ANSWERS, row.client, ANSWER_ROW, &row);
    put_row(rows, SURVEY_ANSWERS, row.survey, ANSWER_ROW, &row);
    return LEDGER_E_OK;
}

// `row` says what the fact itself says; this adds who, when and of which client.
static void put_contact(const struct projection_fact *fact, struct projection_rows *rows,
                        const uint8_t tables[3], const char *id, const Ledger__V1__Instant *started,
                        struct interaction_row *row) {
    row->client = client_of(fact, row->client);
    row->actor = projection_actor(fact);
    row->has_started = started != NULL;
    row->started_micros = started ? started->micros : 0;
    row->started_offset = started ? started->utc_offset_minutes : 0;
    put_row(rows, tables[0], id, INTERACTION_ROW, row);
    put_link(rows, tables[1], row->actor, id);
    if (row->client)
        put_link(rows, tables[2], row->client, id);
}

static enum ledger_err map_interaction(const struct projection_fact *fact,
                                       struct projection_rows *rows, struct ledger_error *error) {
    static const uint8_t tables[] = {INTERACTIONS, ACTOR_INTERACTIONS, CLIENT_INTERACTIONS};
    const Facts__V1__InteractionLogged *logged =
        (const Facts__V1__InteractionLogged *)fact->payload;
    struct interaction_row row = {.client = logged->client_id,
                                  .person = logged->person_id,
                                  .outcome = logged->outcome,
                                  .channel = logged->channel,
                                  .direction = logged->direction,
                                  .automatic = logged->automatic,
                                  .has_seconds = logged->has_seconds,
                                  .seconds = logged->seconds};
    (void)error;
    put_contact(fact, rows, tables, logged->interaction_id, logged->started, &row);
    return LEDGER_E_OK;
}

// A visit is begun by us.
static enum ledger_err map_visit(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    static const uint8_t tables[] = {VISITS, ACTOR_VISITS, CLIENT_VISITS};
    const Facts__V1__VisitReported *visit = (const Facts__V1__VisitReported *)fact->payload;
    struct interaction_row row = {.client = visit->client_id,
                                  .person = visit->person_id,
                                  .outcome = visit->result_code,
                                  .channel =
                                      visit->channel ? visit->channel : FACTS__V1__CHANNEL__MEETING,
                                  .direction = FACTS__V1__INTERACTION_LOGGED__DIRECTION__OUTBOUND};
    (void)error;
    put_contact(fact, rows, tables, visit->visit_id, visit->started, &row);
    return LEDGER_E_OK;
}

static enum ledger_err map_feedback(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__FeedbackReceived *said = (const Facts__V1__FeedbackReceived *)fact->payload;
    const struct feedback_row row = {.client = client_of(fact, said->client_id),
                                     .person = said->person_id,
                                     .topic = said->topic,
                                     .ref = said->ref,
                                     .actor = projection_actor(fact),
                                     .channel = said->channel,
                                     .sentiment = said->sentiment};
    (void)error;
    put_row(rows, FEEDBACK, row.client, FEEDBACK_ROW, &row);
    return LEDGER_E_OK;
}

static enum ledger_err map_decision(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__DecisionRecorded *taken = (const Facts__V1__DecisionRecorded *)fact->payload;
    const struct decision_row row = {
        .decision_id = taken->decision_id,
        .client = client_of(fact, taken->client_id),
        .decision = taken->decision,
        .reason = taken->reason,
        .actor = projection_actor(fact),
        .has_basis = taken->has_basis_position,
        .basis = taken->basis_position > INT64_MAX ? INT64_MAX : (int64_t)taken->basis_position};
    (void)error;
    put_row(rows, DECISIONS, row.client, DECISION_ROW, &row);
    return LEDGER_E_OK;
}

static enum ledger_err map_need(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    const Facts__V1__TechnicalNeedRecorded *need =
        (const Facts__V1__TechnicalNeedRecorded *)fact->payload;
    const struct need_row row = {.client = client_of(fact, need->client_id),
                                 .code = need->code,
                                 .text = need->text,
                                 .product = need->product_id,
                                 .currency = need->value ? need->value->currency : NULL,
                                 .met = need->met,
                                 .has_packs = need->has_volume_qty,
                                 .packs = need->volume_qty,
                                 .minor = need->value ? need->value->minor : 0};
    enum ledger_err err = projection_check_amount(need->value, "payload.value", error);
    if (!err)
        err = projection_check_packs(need->volume_qty, "payload.volume_qty", error);
    if (err)
        return err;
    put_row(rows, NEEDS, need->need_id, NEED_ROW, &row);
    if (row.client)
        put_link(rows, CLIENT_NEEDS, row.client, need->need_id);
    return LEDGER_E_OK;
}

// ---- sent
static bool names_before(const Ledger__V1__Event *event, size_t count, const char *kind,
                         const char *id) {
    for (size_t i = 0; i < count; i++)
        if (event->subjects[i]->kind && event->subjects[i]->id &&
            strcmp(event->subjects[i]->kind, kind) == 0 && strcmp(event->subjects[i]->id, id) == 0)
            return true;
    return false;
}

// Subjects of one kind, each once.
static void put_subjects(const struct projection_fact *fact, struct projection_rows *rows,
                         const char *kind, const char *mailing) {
    const Ledger__V1__Event *event = fact->record->event;
    bool surveys = strcmp(kind, "survey") == 0;
    for (size_t i = 0; i < event->n_subjects; i++) {
        const Ledger__V1__Subject *subject = event->subjects[i];
        if (!subject->kind || !subject->id || strcmp(subject->kind, kind) != 0 ||
            names_before(event, i, kind, subject->id))
            continue;
        if (surveys)
            put_link(rows, SURVEY_MAILINGS, subject->id, mailing);
        else
            put_link(rows, RECIPIENTS, mailing, subject->id);
    }
}

static enum ledger_err map_mailing(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__MailingSent *sent = (const Facts__V1__MailingSent *)fact->payload;
    uint64_t recipients = sent->recipients;
    const struct mailing_row row = {.campaign = sent->campaign_id,
                                    .currency = sent->cost ? sent->cost->currency : NULL,
                                    .channel = sent->channel,
                                    .has_recipients = sent->has_recipients,
                                    .recipients = (int64_t)recipients,
                                    .cost_minor = sent->cost ? sent->cost->minor : 0};
    enum ledger_err err = projection_check_amount(sent->cost, "payload.cost", error);
    if (err)
        return err;
    if (recipients > INT32_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "payload.recipients",
                           "more recipients than there are people");
    put_row(rows, MAILINGS, sent->mailing_id, MAILING_ROW, &row);
    if (row.campaign)
        put_link(rows, CAMPAIGN_MAILINGS, row.campaign, sent->mailing_id);
    put_subjects(fact, rows, "survey", sent->mailing_id);
    put_subjects(fact, rows, "person", sent->mailing_id);
    return LEDGER_E_OK;
}

static enum ledger_err map_response(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__MailingResponded *said = (const Facts__V1__MailingResponded *)fact->payload;
    const struct response_row row = {
        .person = said->person_id, .client = client_of(fact, said->client_id), .kind = said->kind};
    (void)error;
    put_row(rows, RESPONSES, said->mailing_id, RESPONSE_ROW, &row);
    return LEDGER_E_OK;
}

// ---- wished
static enum ledger_err map_consent(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__ConsentChanged *change = (const Facts__V1__ConsentChanged *)fact->payload;
    const struct consent_row row = {.basis = change->basis,
                                    .actor = projection_actor(fact),
                                    .channel = change->channel,
                                    .given = change->given};
    (void)error;
    put_row(rows, CONSENTS, change->person_id, CONSENT_ROW, &row);
    return LEDGER_E_OK;
}

static enum ledger_err map_preference(const struct projection_fact *fact,
                                      struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__PersonalFactRecorded *wish =
        (const Facts__V1__PersonalFactRecorded *)fact->payload;
    const Ledger__V1__PersonalValues *values = projection_personal(fact, wish->person_id);
    const char *words = values ? values->value : NULL;
    char hours[PREFERENCE_HOURS_SIZE];
    struct preference_row row = {.code = wish->code,
                                 .has_until = wish->valid_until != NULL,
                                 .until = wish->valid_until ? wish->valid_until->days : 0};
    (void)error;
    if (wish->topic != FACTS__V1__PERSONAL_FACT_RECORDED__TOPIC__PREFERENCE || !wish->code)
        return LEDGER_E_OK;
    if (strcmp(wish->code, PREFERRED_CHANNEL) == 0)
        row.channels = words ? preference_channels(words) : 0;
    else if (strcmp(wish->code, PREFERRED_HOUR) == 0)
        row.hours = words && preference_hours(words, hours) ? hours : NULL;
    else
        return LEDGER_E_OK;
    put_row(rows, PREFERENCES, wish->person_id, PREFERENCE_ROW, &row);
    return LEDGER_E_OK;
}

// ---- names
static void put_name(struct projection_rows *rows, enum outreach_table table, const char *id,
                     const char *name) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    projection_value_text(value, name);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

static enum ledger_err map_name(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    (void)error;
    if (fact->type->fact == LEDGER_FACT_EmployeeHired) {
        const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
        const char *id = hired->employee_id;
        put_name(rows, EMPLOYEES, id,
                 hired->team_name ? hired->team_name : projection_person_name(fact, id));
    } else if (fact->type->fact == LEDGER_FACT_ProductRegistered) {
        const Facts__V1__ProductRegistered *product =
            (const Facts__V1__ProductRegistered *)fact->payload;
        put_name(rows, PRODUCTS, product->product_id, product->name);
    } else {
        const Facts__V1__ClientRegistered *client =
            (const Facts__V1__ClientRegistered *)fact->payload;
        const char *id = client->client_id;
        put_name(rows, CLIENTS, id, client->name ? client->name : projection_person_name(fact, id));
    }
    return LEDGER_E_OK;
}

// ---- the table of types
const enum ledger_fact outreach_types[] = {
    LEDGER_FACT_SurveyAnswered,    LEDGER_FACT_InteractionLogged,
    LEDGER_FACT_VisitReported,     LEDGER_FACT_FeedbackReceived,
    LEDGER_FACT_DecisionRecorded,  LEDGER_FACT_TechnicalNeedRecorded,
    LEDGER_FACT_MailingSent,       LEDGER_FACT_MailingResponded,
    LEDGER_FACT_ConsentChanged,    LEDGER_FACT_PersonalFactRecorded,
    LEDGER_FACT_EmployeeHired,     LEDGER_FACT_ClientRegistered,
    LEDGER_FACT_ProductRegistered, LEDGER_FACT_PipelineDefined,
    LEDGER_FACT_DealOpened,        LEDGER_FACT_DealStageChanged,
    LEDGER_FACT_DealTermsChanged,  LEDGER_FACT_DealWon,
    LEDGER_FACT_DealLost,          LEDGER_FACT_DealReopened,
    LEDGER_FACT_DocumentIssued,    LEDGER_FACT_DocumentStatusChanged,
};

enum ledger_err outreach_map(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    static enum ledger_err (*const maps[LEDGER_FACT_COUNT])(const struct projection_fact *fact,
                                                            struct projection_rows *rows,
                                                            struct ledger_error *error) = {
        [LEDGER_FACT_SurveyAnswered] = map_answer,
        [LEDGER_FACT_InteractionLogged] = map_interaction,
        [LEDGER_FACT_VisitReported] = map_visit,
        [LEDGER_FACT_FeedbackReceived] = map_feedback,
        [LEDGER_FACT_DecisionRecorded] = map_decision,
        [LEDGER_FACT_TechnicalNeedRecorded] = map_need,
        [LEDGER_FACT_MailingSent] = map_mailing,
        [LEDGER_FACT_MailingResponded] = map_response,
        [LEDGER_FACT_ConsentChanged] = map_consent,
        [LEDGER_FACT_PersonalFactRecorded] = map_preference,
        [LEDGER_FACT_EmployeeHired] = map_name,
        [LEDGER_FACT_ClientRegistered] = map_name,
        [LEDGER_FACT_ProductRegistered] = map_name,
        [LEDGER_FACT_DocumentIssued] = document_map,
        [LEDGER_FACT_DocumentStatusChanged] = document_map,
    };
    return maps[fact->type->fact] ? maps[fact->type->fact](fact, rows, error)
                                  : deal_map(fact, rows, error);
}
