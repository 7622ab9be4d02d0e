// What an event must hold to before it is stored.
#include "ledger/event.h"

#include <string.h>

#include "codec_internal.h"
#include "facts/v1/integration.pb-c.h"
#include "ledger/limits.h"

#define MICROS_PER_HOUR INT64_C(3600000000)
enum { EARLIEST_OFFSET_HOURS = 14 }; // where on Earth a day begins first: UTC+14

struct ledger_moment ledger_moment_of(const Ledger__V1__Occurred *occurred) {
    if (occurred && occurred->when_case == LEDGER__V1__OCCURRED__WHEN_INSTANT)
        return ledger_moment_instant(occurred->instant->micros,
                                     occurred->instant->utc_offset_minutes);
    if (occurred && occurred->when_case == LEDGER__V1__OCCURRED__WHEN_DATE)
        return ledger_moment_date(occurred->date->days);
    return ledger_moment_unknown();
}

struct ledger_span ledger_stream_category(struct ledger_span stream) {
    const uint8_t *slash = stream.size > 0 ? memchr(stream.data, '/', stream.size) : NULL;
    return ledger_span_of(stream.data, slash ? (size_t)(slash - stream.data) : 0);
}

enum ledger_err ledger_payload_unpack(struct ledger_span type, struct ledger_span payload,
                                      struct ledger_arena *arena,
                                      const struct ledger_fact_type **fact,
                                      ProtobufCMessage **message, struct ledger_error *error) {
    const struct ledger_fact_type *found = ledger_fact_find(type);
    if (!found)
        return ledger_fail(error, LEDGER_E_UNKNOWN_TYPE, "type", "\"%.*s\" is no registered type",
                           (int)type.size, (const char *)type.data);
    enum ledger_err err = ledger_message_unpack(found->payload, payload, LEDGER_EVENT_SIZE_MAX,
                                                arena, message, error);
    if (err) {
        ledger_error_prefix(error, "payload");
        return err;
    }
    *fact = found;
    return LEDGER_E_OK;
}

// ---- texts of the envelope

// Numbers are those of proto/ledger/v1/event.proto.
static const struct text_rule event_texts[] = {
    {2, LEDGER_STREAM_SIZE_MAX, true}, // stream
    {3, LEDGER_TYPE_SIZE_MAX, true},   // type
    {6, LEDGER_ID_SIZE_MAX, true},     // actor
    {7, LEDGER_ID_SIZE_MAX, false},    // on_behalf_of
    {12, LEDGER_ID_SIZE_MAX, false},   // territory
    {15, LEDGER_REASON_SIZE_MAX, false},
};
static const struct text_rule subject_texts[] = {
    {1, LEDGER_KIND_SIZE_MAX, true},  // kind
    {2, LEDGER_ID_SIZE_MAX, true},    // id
    {3, LEDGER_KIND_SIZE_MAX, false}, // role
};
static const struct text_rule source_texts[] = {
    {1, LEDGER_SYSTEM_SIZE_MAX, false}, // system
    {2, LEDGER_ID_SIZE_MAX, false},     // record_id
};
const struct text_rules event_text_rules = TEXT_RULES(event_texts);
const struct text_rules subject_text_rules = TEXT_RULES(subject_texts);
const struct text_rules source_text_rules = TEXT_RULES(source_texts);

// ---- the rest of the envelope

static enum ledger_err check_event_id(const Ledger__V1__Event *event, struct ledger_error *error) {
    static const uint8_t zeros[16];
    if (!event->has_event_id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "event_id", "must be given");
    // ledger_message_check has seen to the 16 bytes.
    if (memcmp(event->event_id.data, zeros, sizeof zeros) == 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "event_id", "is all zeros");
    return LEDGER_E_OK;
}

static enum ledger_err check_stream(const Ledger__V1__Event *event, struct ledger_error *error) {
    struct ledger_span stream = ledger_span_text(event->stream);
    size_t category = ledger_stream_category(stream).size;
    if (category > 0 && category + 1 < stream.size)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, "stream",
                       "must read <category>/<id>, e.g. client/42");
}

static enum ledger_err check_subjects(const Ledger__V1__Event *event, struct ledger_error *error) {
    if (event->n_subjects > LEDGER_SUBJECTS_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "subjects", "are %zu; at most %d",
                           event->n_subjects, LEDGER_SUBJECTS_MAX);
    for (size_t i = 0; i < event->n_subjects; i++) {
        struct field_path path = {.name = "subjects", .index = i, .repeated = true};
        enum ledger_err err =
            check_texts(&event->subjects[i]->base, &subject_text_rules, &path, error);
        if (err)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err check_source(const Ledger__V1__Event *event, struct ledger_error *error) {
    struct field_path path = {.name = "source"};
    return event->source ? check_texts(&event->source->base, &source_text_rules, &path, error)
                         : LEDGER_E_OK;
}

// An instant may lie 24 h ahead. A date has no clock to compare, so it gets the same day ahead of
// where it is latest: at most the day after today in UTC+14.
bool moment_ahead(const struct ledger_moment *moment, int64_t now_micros) {
    if (moment->when == LEDGER_WHEN_INSTANT)
        return moment->micros > now_micros + LEDGER_MICROS_PER_DAY;
    int64_t first_day =
        ledger_moment_instant(now_micros + EARLIEST_OFFSET_HOURS * MICROS_PER_HOUR, 0).day;
    return moment->when == LEDGER_WHEN_DATE && moment->day > first_day + 1;
}

static enum ledger_err check_not_ahead(const Ledger__V1__Occurred *occurred, int64_t now_micros,
                                       const char *field, struct ledger_error *error) {
    struct ledger_moment moment = ledger_moment_of(occurred);
    if (!moment_ahead(&moment, now_micros))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_OCCURRED_IN_FUTURE, field, "lies more than 24 h ahead");
}

static enum ledger_err check_occurred(const Ledger__V1__Event *event, int64_t now_micros,
                                      struct ledger_error *error) {
    if (!event->occurred)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "occurred",
                           "must be an instant, a date or \"unknown\"");
    return check_not_ahead(event->occurred, now_micros, "occurred", error);
}

// Only amendments name another fact, and they must, and say why.
static enum ledger_err check_corrects(const Ledger__V1__Event *event, bool amends,
                                      struct ledger_error *error) {
    if (!amends && event->has_corrects_event_id)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "corrects_event_id",
                           "only FactCorrected and FactRetracted name a fact here");
    if (!amends)
        return LEDGER_E_OK;
    if (!event->has_corrects_event_id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "corrects_event_id",
                           "%s must name the fact", event->type);
    if (memcmp(event->corrects_event_id.data, event->event_id.data, event->event_id.len) == 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "corrects_event_id",
                           "a fact cannot amend itself");
    if (!event->reason || event->reason[0] == '\0')
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "reason", "%s must say why", event->type);
    return LEDGER_E_OK;
}

static enum ledger_err check_envelope(const Ledger__V1__Event *event, int64_t now_micros,
                                      struct ledger_error *error) {
    enum ledger_err err = ledger_message_check(&event->base, error);
    if (!err)
        err = check_event_id(event, error);
    if (!err)
        err = check_texts(&event->base, &event_text_rules, NULL, error);
    if (!err)
        err = check_stream(event, error);
    if (!err)
        err = check_subjects(event, error);
    if (!err)
        err = check_source(event, error);
    if (!err)
        err = check_occurred(event, now_micros, error);
    return err;
}

// ---- the payload, and what its type asks of the envelope

// An empty text says nothing, and the value 0 of an enum is its UNSPECIFIED.
static bool has_value(const ProtobufCMessage *payload, const ProtobufCFieldDescriptor *field) {
    if (field_count(payload, field) == 0)
        return false;
    const void *item = field_item(payload, field, 0);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return true;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return (*(const char *const *)item)[0] != '\0';
    return field->type != PROTOBUF_C_TYPE_ENUM || *(const int *)item != 0;
}

// Unpacks and checks it. Errors are relative to the event that holds `type` and the payload.
static enum ledger_err check_payload(const char *type, const ProtobufCBinaryData *bytes,
                                     struct ledger_arena *arena,
                                     const struct ledger_fact_type **fact,
                                     ProtobufCMessage **message, struct ledger_error *error) {
    enum ledger_err err =
        ledger_payload_unpack(ledger_span_text(type), ledger_span_of(bytes->data, bytes->len),
                              arena, fact, message, error);
    if (err)
        return err;
    err = ledger_message_check(*message, error);
    for (const char *const *name = (*fact)->fields; !err && *name; name++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name((*fact)->payload, *name);
        if (!field || !has_value(*message, field))
            err = ledger_fail(error, LEDGER_E_MISSING_FIELD, *name, "%s must have it", type);
    }
    if (err)
        ledger_error_prefix(error, "payload");
    return err;
}

static bool names_subject(const Ledger__V1__Event *event, const char *kind, const char *id) {
    for (size_t i = 0; i < event->n_subjects; i++)
        if (strcmp(event->subjects[i]->kind, kind) == 0 &&
            (!id || strcmp(event->subjects[i]->id, id) == 0))
            return true;
    return false;
}

static enum ledger_err check_required_subjects(const Ledger__V1__Event *event,
                                               const struct ledger_fact_type *fact,
                                               const ProtobufCMessage *payload,
                                               struct ledger_error *error) {
    for (const char *const *kind = fact->subjects; *kind; kind++)
        if (!names_subject(event, *kind, NULL))
            return ledger_fail(error, LEDGER_E_MISSING_SUBJECT, "subjects",
                               "%s must name a subject of kind %s", fact->name, *kind);
    size_t count;
    const struct fact_subject_rule *rules = fact_subject_rules(fact, &count);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(fact->payload, rules[i].field);
        if (!field || !has_value(payload, field))
            continue;
        const char *id = *(const char *const *)field_item(payload, field, 0);
        if (!names_subject(event, rules[i].kind, id))
            return ledger_fail(error, LEDGER_E_MISSING_SUBJECT, "subjects",
                               "payload.%s is \"%s\", so the subjects must name %s %s",
                               rules[i].field, id, rules[i].kind, id);
    }
    return LEDGER_E_OK;
}

static enum ledger_err check_category(const Ledger__V1__Event *event,
                                      const struct ledger_fact_type *fact,
                                      struct ledger_error *error) {
    struct ledger_span category = ledger_stream_category(ledger_span_text(event->stream));
    if (strcmp(fact->category, "*") == 0 ||
        ledger_span_equal(category, ledger_span_text(fact->category)))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_WRONG_CATEGORY, "stream", "%s belongs to a stream %s/...",
                       fact->name, fact->category);
}

bool fact_is_amendment(enum ledger_fact fact) {
    return fact == LEDGER_FACT_FactCorrected || fact == LEDGER_FACT_FactRetracted;
}

// The replacement has to pass as a fact of its type would.
static enum ledger_err check_replacement(const Facts__V1__FactCorrected *correction,
                                         int64_t now_micros, struct ledger_arena *arena,
                                         struct ledger_error *error) {
    if (!correction->type || correction->type[0] == '\0')
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "type", "must be the corrected fact's");
    enum ledger_err err = check_not_ahead(correction->occurred, now_micros, "occurred", error);
    if (err)
        return err;
    struct ledger_span type = ledger_span_text(correction->type);
    if (ledger_fact_is_external(type))
        return LEDGER_E_OK;
    const struct ledger_fact_type *fact = ledger_fact_find(type);
    if (!fact)
        return ledger_fail(error, LEDGER_E_UNKNOWN_TYPE, "type", "\"%.100s\" is no registered type",
                           correction->type);
    if (fact_is_amendment(fact->fact))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "type",
                           "is that of the root fact, never %s", fact->name);
    ProtobufCMessage *payload;
    return correction->has_payload ? check_payload(correction->type, &correction->payload, arena,
                                                   &fact, &payload, error)
                                   : LEDGER_E_OK;
}

static enum ledger_err check_fact(const Ledger__V1__Event *event, int64_t now_micros,
                                  struct ledger_arena *arena, struct ledger_error *error) {
    const struct ledger_fact_type *fact;
    ProtobufCMessage *payload;
    enum ledger_err err =
        check_payload(event->type, &event->payload, arena, &fact, &payload, error);
    if (!err)
        err = check_category(event, fact, error);
    if (!err)
        err = check_corrects(event, fact_is_amendment(fact->fact), error);
    if (!err)
        err = check_required_subjects(event, fact, payload, error);
    if (err || fact->fact != LEDGER_FACT_FactCorrected)
        return err;
    err = check_replacement((const Facts__V1__FactCorrected *)payload, now_micros, arena, error);
    if (err)
        ledger_error_prefix(error, "payload");
    return err;
}

enum ledger_err ledger_event_check(struct ledger_span bytes, int64_t now_micros,
                                   struct ledger_arena *arena, Ledger__V1__Event **event,
                                   struct ledger_error *error) {
    ProtobufCMessage *message;
    enum ledger_err err = ledger_message_unpack(&ledger__v1__event__descriptor, bytes,
                                                LEDGER_EVENT_SIZE_MAX, arena, &message, error);
    if (err)
        return err;
    Ledger__V1__Event *unpacked = (Ledger__V1__Event *)message;
    err = check_envelope(unpacked, now_micros, error);
    if (err)
        return err;
    if (ledger_fact_is_external(ledger_span_text(unpacked->type)))
        err = check_corrects(unpacked, false, error);
    else
        err = check_fact(unpacked, now_micros, arena, error);
    if (!err)
        *event = unpacked;
    return err;
}
