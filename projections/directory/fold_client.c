// What is known of clients beside who owns them: one row for each thing that a later fact can
// replace. Rows are written and read here, in the same order.
#include <string.h>

#include "directory.h"
#include "facts/v1/client.pb-c.h"
#include "geo.h"

#define PAYLOAD(type, name) const Facts__V1__##type *name = (const Facts__V1__##type *)fact->payload

static struct projection_key key_of(const char *first, const char *second) {
    struct projection_key key = {0};
    projection_key_text(&key, first);
    projection_key_text(&key, second);
    return key;
}

static struct projection_key key_numbered(const char *id, int64_t number) {
    struct projection_key key = {0};
    projection_key_text(&key, id);
    projection_key_u64(&key, (uint64_t)number);
    return key;
}

static void put(struct projection_rows *rows, enum directory_table table,
                const struct projection_key *key, struct ledger_buffer *value) {
    projection_rows_put(rows, (uint8_t)table, key,
                        value ? ledger_buffer_span(value) : (struct ledger_span){0});
}

// As parts of a key, none and empty are the same.
static bool is_same_part(const char *a, const char *b) {
    return projection_text_order(a, b) == 0;
}

// ---- details
static void put_detail(struct projection_rows *rows, const char *client, const char *field,
                       const Facts__V1__ClientDetailsChanged *change, const char *text) {
    struct projection_key key = key_of(client, field);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, text);
    projection_value_text(value, change ? change->hco_id : NULL);
    projection_value_text(value, change ? change->role : NULL);
    put_date(value, change ? change->from : NULL);
    put_date(value, change ? change->to : NULL);
    put(rows, DETAILS, &key, value);
}

struct detail_row detail_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct detail_row row;
    row.value = projection_read_text(&reader);
    row.hco = projection_read_text(&reader);
    row.role = projection_read_text(&reader);
    read_date(&reader, &row.has_from, &row.from);
    read_date(&reader, &row.has_to, &row.to);
    return row;
}

// ---- places
static void put_client_place(struct projection_rows *rows, const char *client,
                             const struct place *place) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, client);
    geo_place_write(value, place);
    put(rows, CLIENT_PLACES, &key, value);
}

static void map_registered(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(ClientRegistered, client);
    const char *id = client->client_id;
    const char *name = client->name ? client->name : projection_person_name(fact, id);
    const struct place place = geo_place(client->geo);
    put_text(rows, CLIENTS, id, name);
    if (place.known)
        put_client_place(rows, id, &place);
    const struct {
        const char *field, *value;
    } details[] = {
        {"name", name},
        {"parent_id", client->parent_id},
        {"address", client->address},
        {"stage", client->stage == FACTS__V1__CLIENT_REGISTERED__STAGE__PROSPECT   ? "prospect"
                  : client->stage == FACTS__V1__CLIENT_REGISTERED__STAGE__CUSTOMER ? "customer"
                                                                                   : NULL},
    };
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        if (details[i].value)
            put_detail(rows, id, details[i].field, NULL, details[i].value);
    for (size_t i = 0; i < client->n_external_ids; i++) {
        const Facts__V1__ClientRegistered__ExternalId *other = client->external_ids[i];
        struct projection_key key = key_of(id, other->system);
        bool again = false; // one fact puts but one row under a key
        for (size_t j = 0; j < i && !again; j++)
            again = is_same_part(client->external_ids[j]->system, other->system) &&
                    is_same_part(client->external_ids[j]->id, other->id);
        projection_key_text(&key, other->id);
        if (!again)
            put(rows, EXTERNAL_IDS, &key, NULL);
    }
}

static void map_details(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(ClientDetailsChanged, change);
    const char *text = change->new_;
    if (strcmp(change->field, "name") == 0) {
        if (!text)
            text = projection_person_name(fact, change->client_id);
        put_text(rows, CLIENTS, change->client_id, text);
    }
    // The place was that of the address before.
    if (strcmp(change->field, "address") == 0)
        put_client_place(rows, change->client_id, &(struct place){0});
    put_detail(rows, change->client_id, change->field, change, text);
}

// ---- people
static void put_joined(struct ledger_buffer *value, char **texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i)
            ledger_buffer_add(value, ", ", 2);
        ledger_buffer_add(value, texts[i], strlen(texts[i]));
    }
    if (count)
        ledger_buffer_add_byte(value, 0);
    else
        projection_value_text(value, NULL);
}

static void map_person(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(ContactPersonSet, person);
    const Ledger__V1__PersonalValues *personal = projection_personal(fact, person->person_id);
    struct projection_key key = key_of(person->client_id, person->person_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, person->has_removed && person->removed);
    projection_value_text(value, person->post);
    projection_value_text(value, projection_person_name(fact, person->person_id));
    put_joined(value, personal ? personal->phones : NULL, personal ? personal->n_phones : 0);
    put_joined(value, personal ? personal->emails : NULL, personal ? personal->n_emails : 0);
    put(rows, CONTACT_PERSONS, &key, value);
}

struct person_row person_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct person_row row;
    row.removed = projection_read_number(&reader);
    row.post = projection_read_text(&reader);
    row.name = projection_read_text(&reader);
    row.phones = projection_read_text(&reader);
    row.emails = projection_read_text(&reader);
    return row;
}

static void map_personal_fact(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(PersonalFactRecorded, personal);
    const Ledger__V1__PersonalValues *values = projection_personal(fact, personal->person_id);
    bool birthday = personal->topic == FACTS__V1__PERSONAL_FACT_RECORDED__TOPIC__BIRTHDAY;
    struct projection_key key = key_numbered(personal->person_id, personal->topic);
    projection_key_text(&key, personal->code);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, !values ? NULL : birthday ? values->birthday : values->value);
    put_date(value, personal->valid_until);
    put(rows, PREFERENCES, &key, value);
}

struct preference_row preference_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct preference_row row;
    row.value = projection_read_text(&reader);
    read_date(&reader, &row.has_until, &row.until);
    return row;
}

static void map_consent(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(ConsentChanged, consent);
    struct projection_key key =
        key_numbered(consent->person_id, consent->has_channel ? consent->channel : 0);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, consent->has_given && consent->given);
    projection_value_text(value, consent->basis);
    put(rows, CONSENTS, &key, value);
}

static void map_erased(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(PersonalDataErased, erased);
    struct projection_key key = {0};
    projection_key_text(&key, erased->person_id);
    put(rows, ERASURES, &key, NULL);
}

// ---- needs and segments
static void map_need(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(TechnicalNeedRecorded, need);
    struct projection_key key = key_of(need->client_id, need->need_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, need->code);
    projection_value_text(value, need->text);
    projection_value_text(value, need->product_id);
    projection_value_number(value, need->has_met ? need->met : 0);
    projection_value_number(value, need->has_volume_qty);
    projection_value_number(value, need->volume_qty);
    projection_value_text(value, need->value ? need->value->currency : NULL);
    projection_value_number(value, need->value ? need->value->minor : 0);
    put(rows, NEEDS, &key, value);
}

struct need_row need_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct need_row row;
    row.code = projection_read_text(&reader);
    row.text = projection_read_text(&reader);
    row.product = projection_read_text(&reader);
    row.met = projection_read_number(&reader);
    row.has_volume = projection_read_number(&reader);
    row.volume = projection_read_number(&reader);
    row.currency = projection_read_text(&reader);
    row.minor = projection_read_number(&reader);
    row.has_value = row.currency;
    return row;
}

static void map_segmented(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(ClientSegmented, segmented);
    struct projection_key key = key_numbered(segmented->client_id, segmented->scheme);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, segmented->segment);
    projection_value_number(value, segmented->has_basis ? segmented->basis : 0);
    projection_value_text(value, segmented->rule_version);
    projection_value_text(value, segmented->period);
    put(rows, SEGMENTS, &key, value);
}

struct segment_row segment_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct segment_row row;
    row.segment = projection_read_text(&reader);
    row.basis = projection_read_number(&reader);
    row.rule_version = projection_read_text(&reader);
    row.period = projection_read_text(&reader);
    return row;
}

// ---- duplicates and merges
static void map_suspected(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(DuplicateSuspected, pair);
    bool turned = strcmp(pair->a, pair->b) > 0;
    struct projection_key key = key_of(turned ? pair->b : pair->a, turned ? pair->a : pair->b);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, pair->has_score_bp);
    projection_value_number(value, pair->score_bp);
    projection_value_number(value, pair->has_verdict ? pair->verdict : 0);
    projection_value_text(value, pair->rule);
    put(rows, DUPLICATES, &key, value);
}

struct duplicate_row duplicate_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct duplicate_row row;
    row.has_score = projection_read_number(&reader);
    row.score_bp = projection_read_number(&reader);
    row.verdict = projection_read_number(&reader);
    row.rule = projection_read_text(&reader);
    return row;
}

static void map_merged(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(ClientsMerged, merge);
    const char *const ids[] = {merge->survivor, merge->merged};
    char event_id[40];
    event_id_text(&fact->record->event->event_id, event_id);
    bool itself = strcmp(ids[0], ids[1]) == 0;
    for (size_t i = 0; i < (itself ? 1 : 2); i++) {
        struct projection_key key = {0};
        projection_key_text(&key, ids[i]);
        struct ledger_buffer *value = projection_rows_value(rows);
        projection_value_text(value, event_id);
        projection_value_text(value, merge->survivor);
        projection_value_text(value, merge->merged);
        projection_value_text(value, fact->record->event->actor);
        put(rows, MERGES, &key, value);
    }
    for (size_t i = 0; i < merge->n_field_choices; i++) {
        const Facts__V1__ClientsMerged__FieldChoice *choice = merge->field_choices[i];
        struct projection_key key = key_of(merge->survivor, choice->field);
        bool again = false; // one fact may put but one row under a key: the first of a field counts
        for (size_t j = 0; j < i && !again; j++)
            again = is_same_part(merge->field_choices[j]->field, choice->field);
        if (again)
            continue;
        struct ledger_buffer *value = projection_rows_value(rows);
        projection_value_text(value, choice->client_id);
        put(rows, FIELD_CHOICES, &key, value);
    }
}

struct merge_row merge_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct merge_row row;
    row.event_id = projection_read_text(&reader);
    row.survivor = projection_read_text(&reader);
    row.merged = projection_read_text(&reader);
    row.actor = projection_read_text(&reader);
    return row;
}

static void map_reversed(const struct projection_fact *fact, struct projection_rows *rows) {
    PAYLOAD(MergeReversed, reversal);
    struct projection_key key = {0};
    char event_id[40];
    if (reversal->merge_event_id.len != 16)
        return;
    event_id_text(&reversal->merge_event_id, event_id);
    projection_key_text(&key, event_id);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, fact->record->event->actor);
    put(rows, REVERSALS, &key, value);
}

static const struct {
    enum ledger_fact fact;
    void (*map)(const struct projection_fact *fact, struct projection_rows *rows);
} maps[] = {
    {LEDGER_FACT_ClientRegistered, map_registered},
    {LEDGER_FACT_ClientDetailsChanged, map_details},
    {LEDGER_FACT_ContactPersonSet, map_person},
    {LEDGER_FACT_PersonalFactRecorded, map_personal_fact},
    {LEDGER_FACT_ConsentChanged, map_consent},
    {LEDGER_FACT_PersonalDataErased, map_erased},
    {LEDGER_FACT_TechnicalNeedRecorded, map_need},
    {LEDGER_FACT_ClientSegmented, map_segmented},
    {LEDGER_FACT_DuplicateSuspected, map_suspected},
    {LEDGER_FACT_ClientsMerged, map_merged},
    {LEDGER_FACT_MergeReversed, map_reversed},
};

void map_client(const struct projection_fact *fact, struct projection_rows *rows) {
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        if (maps[i].fact == fact->type->fact)
            maps[i].map(fact, rows);
}
