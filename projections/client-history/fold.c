// Each record goes under every client that it names, an amendment also under those that the amended
// fact names, and the reversal of a merge under those of the merge. Names are kept from the
// effective facts, so that a corrected name is shown.
#include "client_history.h"

#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/people.pb-c.h"

static bool is_client(const Ledger__V1__Subject *subject) {
    return subject->kind && subject->id && strcmp(subject->kind, "client") == 0;
}

static bool names_client(const Ledger__V1__Event *event, size_t count, const char *id) {
    for (size_t i = 0; i < count; i++)
        if (is_client(event->subjects[i]) && strcmp(event->subjects[i]->id, id) == 0)
            return true;
    return false;
}

// Under each client of `event` that neither an earlier subject nor `before` names.
static void put_under_clients(const Ledger__V1__Event *event, const Ledger__V1__Event *before,
                              struct projection_rows *rows, struct ledger_span record) {
    for (size_t i = 0; i < event->n_subjects; i++) {
        const Ledger__V1__Subject *subject = event->subjects[i];
        if (!is_client(subject) || names_client(event, i, subject->id) ||
            (before && names_client(before, before->n_subjects, subject->id)))
            continue;
        struct projection_key key = {0};
        projection_key_text(&key, subject->id);
        projection_rows_put(rows, CLIENT_FACTS, &key, record);
    }
}

static bool is_amendment(const Ledger__V1__Event *event) {
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(event->type));
    return type &&
           (type->fact == LEDGER_FACT_FactCorrected || type->fact == LEDGER_FACT_FactRetracted);
}

static enum ledger_err map_written(const Ledger__V1__Record *record, const Ledger__V1__Record *root,
                                   struct projection_rows *rows, struct ledger_error *error) {
    (void)error;
    struct ledger_span bytes = projection_rows_record(rows);
    put_under_clients(record->event, NULL, rows, bytes);
    if (!root)
        return LEDGER_E_OK;
    struct projection_key key = {0};
    put_under_clients(root->event, record->event, rows, bytes);
    if (!is_amendment(record->event))
        return LEDGER_E_OK;
    projection_key_u64(&key, root->position);
    projection_key_u64(&key, record->position);
    projection_rows_put(rows, AMENDMENTS, &key, bytes);
    return LEDGER_E_OK;
}

static void put_name(struct projection_rows *rows, enum client_history_table table, const char *id,
                     const char *name) {
    struct projection_key key = {0};
    if (!id || !name)
        return;
    projection_key_text(&key, id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

static void map_details(const Facts__V1__ClientDetailsChanged *change,
                        const struct projection_fact *fact, struct projection_rows *rows) {
    if (!change->field || strcmp(change->field, "name") != 0)
        return;
    const char *name =
        change->new_ ? change->new_ : projection_person_name(fact, change->client_id);
    put_name(rows, CLIENT_NAMES, change->client_id, name);
}

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    (void)error;
    if (fact->type->fact == LEDGER_FACT_EmployeeHired) {
        const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
        put_name(rows, EMPLOYEE_NAMES, hired->employee_id,
                 hired->team_name ? hired->team_name
                                  : projection_person_name(fact, hired->employee_id));
    } else if (fact->type->fact == LEDGER_FACT_ClientRegistered) {
        const Facts__V1__ClientRegistered *client =
            (const Facts__V1__ClientRegistered *)fact->payload;
        put_name(rows, CLIENT_NAMES, client->client_id,
                 client->name ? client->name : projection_person_name(fact, client->client_id));
    } else {
        map_details((const Facts__V1__ClientDetailsChanged *)fact->payload, fact, rows);
    }
    return LEDGER_E_OK;
}

static const enum ledger_fact types[] = {LEDGER_FACT_EmployeeHired, LEDGER_FACT_ClientRegistered,
                                         LEDGER_FACT_ClientDetailsChanged};

static const struct projection_parameter timeline_parameters[] = {
    {"client", "ID", "which client", true},
    PROJECTION_PERIOD_PARAMETERS,
    {"type", "TYPE", "only facts of this type"},
    {"limit", "N", "only the last N rows"},
    {0},
};
static const struct projection_parameter clients_parameters[] = {
    {"search", "TEXT", "only clients of which an id or name, merged ones too, holds this"},
    {"limit", "N", "at most so many rows"},
    {0},
};
static const struct projection_query queries[] = {
    {"timeline",
     "all facts of a client and of those merged into it, in the order of the ledger. Status says "
     "what became of a fact: as recorded, corrected or retracted; from and to go by when it "
     "happened, as corrected.",
     timeline_parameters, timeline_answer},
    {"clients",
     "the clients, with how many facts each has. A client counts the facts of all ids that were "
     "merged into it.",
     clients_parameters, clients_answer},
};

const struct projection client_history = {
    .name = "client-history",
    .summary = "Everything recorded of a client, as it was recorded and as it was amended.",
    .fold_version = 2,
    .types = types,
    .type_count = sizeof types / sizeof types[0],
    .map = map,
    .map_written = map_written,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
