// A fact of a representative's work becomes one row under who did it. The local day is the fact's
// own; the delay is worked out here, since it needs the envelope.
#include "rep_activity.h"

#include "facts/v1/client.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/visit.pb-c.h"

static const char *client_of(const struct projection_fact *fact, const char *client_id) {
    return client_id ? client_id : projection_subject(fact->record, "client");
}

static enum ledger_err map_visit(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__VisitReported *visit = (const Facts__V1__VisitReported *)fact->payload;
    const char *client = client_of(fact, visit->client_id);
    struct projection_key key = {0};
    int64_t delay = 0;
    if (!client)
        return ledger_fail(error, LEDGER_E_MISSING_SUBJECT, "subjects", "the visit has no client");
    bool assessed = projection_entry_delay(fact, &delay);
    projection_key_text(&key, projection_actor(fact));
    projection_key_text(&key, client);
    projection_key_day(&key, fact->occurred.day);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, visit->visit_id);
    projection_value_text(value, visit->kind);
    projection_value_text(value, visit->result_code);
    projection_value_number(value, assessed);
    projection_value_number(value, delay);
    projection_rows_put(rows, VISITS, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

struct visit_row visit_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct visit_row row;
    row.visit_id = projection_read_text(&reader);
    row.kind = projection_read_text(&reader);
    row.result = projection_read_text(&reader);
    row.assessed = projection_read_number(&reader);
    row.delay_seconds = projection_read_number(&reader);
    return row;
}

static enum ledger_err map_transfer(const struct projection_fact *fact,
                                    struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__TransferOfValueRecorded *transfer =
        (const Facts__V1__TransferOfValueRecorded *)fact->payload;
    struct projection_key key = {0};
    if (!transfer->amount || !transfer->amount->currency)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.amount",
                           "the transfer has no amount");
    projection_key_text(&key, projection_actor(fact));
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, client_of(fact, transfer->client_id));
    projection_value_text(value, transfer->nature);
    projection_value_text(value, transfer->form);
    projection_value_text(value, transfer->amount->currency);
    projection_value_number(value, transfer->amount->minor);
    projection_rows_put(rows, TRANSFERS, &key, ledger_buffer_span(value));
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

static void put_name(struct projection_rows *rows, enum rep_activity_table table, const char *id,
                     const char *name) {
    struct projection_key key = {0};
    projection_key_text(&key, id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    if (fact->type->fact == LEDGER_FACT_VisitReported)
        return map_visit(fact, rows, error);
    if (fact->type->fact == LEDGER_FACT_TransferOfValueRecorded)
        return map_transfer(fact, rows, error);
    if (fact->type->fact == LEDGER_FACT_InteractionLogged) {
        struct projection_key key = {0};
        projection_key_text(&key, projection_actor(fact));
        projection_rows_put(rows, INTERACTIONS, &key, (struct ledger_span){0});
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
    LEDGER_FACT_VisitReported, LEDGER_FACT_TransferOfValueRecorded, LEDGER_FACT_InteractionLogged,
    LEDGER_FACT_EmployeeHired, LEDGER_FACT_ClientRegistered};

#define REP_PARAMETER                                                                              \
    { "rep", "ID", "only this representative" }
#define LIMIT_PARAMETER                                                                            \
    { "limit", "N", "at most so many rows" }
static const struct projection_parameter scorecard_parameters[] = {
    REP_PARAMETER, PROJECTION_PERIOD_PARAMETERS, LIMIT_PARAMETER, {0}};
static const struct projection_parameter months_parameters[] = {
    REP_PARAMETER, PROJECTION_PERIOD_PARAMETERS, {0}};
static const struct projection_parameter gaps_parameters[] = {
    REP_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    {"by", "rep", "also a row for each representative"},
    LIMIT_PARAMETER,
    {0}};
static const struct projection_parameter register_parameters[] = {
    REP_PARAMETER,
    {"client", "ID", "only this client, with those merged into it"},
    PROJECTION_PERIOD_PARAMETERS,
    LIMIT_PARAMETER,
    {0}};

static const struct projection_query queries[] = {
    {"scorecard",
     "contacts, coverage, field days and entry delay of each representative. A contact is one "
     "representative, one client and one local day; a field day is a local day with a visit; "
     "coverage is the part of the registered clients that was reached.",
     scorecard_parameters, scorecard_answer},
    {"months",
     "contacts by calendar month. A contact is one representative, one client and one local day, "
     "however many visits were reported of it.",
     months_parameters, months_answer},
    {"gaps",
     "days between a representative's successive contacts with one client. A gap is the difference "
     "of their local days.",
     gaps_parameters, gaps_answer},
    {"transfers",
     "transfers of value by nature. A transfer counts for whoever gave it, and currencies are "
     "never "
     "added up.",
     register_parameters, transfers_answer},
    {"visits",
     "the visits reported, latest first. Entry delay is from the visit to its first record.",
     register_parameters, visits_answer},
};

const struct projection rep_activity = {
    .name = "rep-activity",
    .summary = "What representatives did: visits, contacts, coverage, entry delay, transfers.",
    .fold_version = 2,
    .types = types,
    .type_count = sizeof types / sizeof types[0],
    .map = map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
