#include "ledger/envelope.h"

#include <string.h>

#include "codec_internal.h"
#include "event_fields.h"
#include "ledger/limits.h"
#include "wire.h"

// ---- a message's length-prefixed fields, by number. Of one that stands twice the last counts, as
// in every protobuf parser.

static bool view_read(struct ledger_span bytes, struct ledger_span *fields, size_t count) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    memset(fields, 0, count * sizeof *fields);
    while (at < end && (at = wire_next(at, end, &wire))) {
        if (wire.type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && wire.id < count)
            fields[wire.id] = wire.bytes;
    }
    return at || bytes.size == 0;
}

static size_t count_subjects(struct ledger_span event) {
    const uint8_t *at = event.data, *end = event.data + event.size;
    struct wire_field wire;
    size_t count = 0;
    while (at < end && (at = wire_next(at, end, &wire)))
        count += wire.id == EVENT_SUBJECTS && wire.type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    return count;
}

static bool texts_sound(const struct ledger_span *fields, const struct text_rules *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        const struct text_rule *rule = &rules->rules[i];
        size_t size = fields[rule->number].size;
        if (size > rule->size_max || (size == 0 && rule->required))
            return false;
    }
    return true;
}

static bool id_sound(struct ledger_span id) {
    static const uint8_t zeros[16];
    return id.size == sizeof zeros && memcmp(id.data, zeros, sizeof zeros) != 0;
}

// Fills the envelope's subjects. `sound` becomes whether they hold to their rules.
static enum ledger_err read_subjects(struct ledger_span event, struct ledger_arena *arena,
                                     struct ledger_envelope *envelope, bool *sound) {
    *sound = true;
    size_t count = count_subjects(event);
    if (count == 0)
        return LEDGER_E_OK;
    if (count > LEDGER_SUBJECTS_MAX)
        return LEDGER_E_MALFORMED;
    struct ledger_subject_span *subjects = ledger_arena_alloc(arena, count * sizeof *subjects);
    if (!subjects)
        return LEDGER_E_NO_MEMORY;
    const uint8_t *at = event.data, *end = event.data + event.size;
    struct wire_field wire;
    struct ledger_span fields[SUBJECT_FIELDS];
    size_t filled = 0;
    while (at < end && (at = wire_next(at, end, &wire))) {
        if (wire.id != EVENT_SUBJECTS || wire.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            continue;
        if (!view_read(wire.bytes, fields, SUBJECT_FIELDS))
            return LEDGER_E_MALFORMED;
        *sound &= texts_sound(fields, &subject_text_rules);
        subjects[filled++] = (struct ledger_subject_span){fields[SUBJECT_KIND], fields[SUBJECT_ID]};
    }
    envelope->subjects = subjects;
    envelope->subject_count = filled;
    return LEDGER_E_OK;
}

static void fill_texts(const struct ledger_span *fields, struct ledger_envelope *envelope) {
    *envelope = (struct ledger_envelope){
        .event_id = fields[EVENT_ID],
        .stream = fields[EVENT_STREAM],
        .type = fields[EVENT_TYPE],
        .actor = fields[EVENT_ACTOR],
        .correlation_id = fields[EVENT_CORRELATION_ID],
    };
}

enum ledger_err ledger_envelope_read(struct ledger_span event, struct ledger_arena *arena,
                                     struct ledger_envelope *envelope) {
    struct ledger_span fields[EVENT_FIELDS];
    bool sound;
    if (!view_read(event, fields, EVENT_FIELDS))
        return LEDGER_E_MALFORMED;
    fill_texts(fields, envelope);
    if (!texts_sound(fields, &event_text_rules) || !id_sound(envelope->event_id) ||
        (envelope->correlation_id.size != 0 && envelope->correlation_id.size != 16))
        return LEDGER_E_MALFORMED;
    enum ledger_err err = read_subjects(event, arena, envelope, &sound);
    return err || sound ? err : LEDGER_E_MALFORMED;
}

struct ledger_span ledger_event_id(struct ledger_span event) {
    struct ledger_span fields[EVENT_ID + 1];
    return view_read(event, fields, EVENT_ID + 1) ? fields[EVENT_ID] : ledger_span_of(NULL, 0);
}

// ---- the quick check

static bool stream_sound(struct ledger_span stream) {
    size_t category = ledger_stream_category(stream).size;
    return category > 0 && category + 1 < stream.size;
}

static bool source_sound(struct ledger_span source) {
    struct ledger_span fields[SOURCE_FIELDS];
    return view_read(source, fields, SOURCE_FIELDS) && texts_sound(fields, &source_text_rules);
}

static bool occurred_sound(struct ledger_span occurred, int64_t now_micros) {
    struct ledger_moment moment;
    return scan_occurred(occurred, &moment) && !moment_ahead(&moment, now_micros);
}

static bool names_subject(const struct ledger_envelope *envelope, const char *kind,
                          const struct ledger_span *id) {
    for (size_t i = 0; i < envelope->subject_count; i++) {
        const struct ledger_subject_span *subject = &envelope->subjects[i];
        if (ledger_span_equal(subject->kind, ledger_span_text(kind)) &&
            (!id || ledger_span_equal(subject->id, *id)))
            return true;
    }
    return false;
}

// The payload's field names a subject: is that among the envelope's?
static bool rule_sound(const struct fact_subject_rule *rule, struct ledger_span payload,
                       const struct ledger_envelope *envelope) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(rule->payload, rule->field);
    const uint8_t *at = payload.data, *end = payload.data + payload.size;
    struct wire_field wire;
    while (field && at < end && (at = wire_next(at, end, &wire))) {
        if (wire.id == field->id && wire.bytes.size != 0)
            return names_subject(envelope, rule->kind, &wire.bytes);
    }
    return true;
}

static bool fields_given(const struct ledger_fact_type *fact, uint64_t valued) {
    for (const char *const *name = fact->fields; *name; name++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(fact->payload, *name);
        if (!field || (valued >> (field - fact->payload->fields) & 1) == 0)
            return false;
    }
    return true;
}

static bool fact_sound(const struct ledger_envelope *envelope, struct ledger_span payload) {
    const struct ledger_fact_type *fact = ledger_fact_find(envelope->type);
    uint64_t valued;
    if (!fact || fact_is_amendment(fact->fact) || !scan_message(fact->payload, payload, &valued) ||
        !fields_given(fact, valued))
        return false;
    if (strcmp(fact->category, "*") != 0 &&
        !ledger_span_equal(ledger_stream_category(envelope->stream),
                           ledger_span_text(fact->category)))
        return false;
    for (const char *const *kind = fact->subjects; *kind; kind++)
        if (!names_subject(envelope, *kind, NULL))
            return false;
    size_t count;
    const struct fact_subject_rule *rules = fact_subject_rules(fact, &count);
    for (size_t i = 0; i < count; i++)
        if (!rule_sound(&rules[i], payload, envelope))
            return false;
    return true;
}

// True: ledger_event_check would accept it. False: ask that.
static bool envelope_sound(struct ledger_span event, int64_t now_micros, struct ledger_arena *arena,
                           struct ledger_envelope *envelope) {
    struct ledger_span fields[EVENT_FIELDS];
    uint64_t valued;
    bool subjects_sound;
    if (event.size > LEDGER_EVENT_SIZE_MAX ||
        !scan_message(&ledger__v1__event__descriptor, event, &valued) ||
        !view_read(event, fields, EVENT_FIELDS))
        return false;
    fill_texts(fields, envelope);
    return texts_sound(fields, &event_text_rules) && id_sound(envelope->event_id) &&
           stream_sound(envelope->stream) && source_sound(fields[EVENT_SOURCE]) &&
           occurred_sound(fields[EVENT_OCCURRED], now_micros) &&
           fields[EVENT_CORRECTS_EVENT_ID].size == 0 &&
           read_subjects(event, arena, envelope, &subjects_sound) == LEDGER_E_OK &&
           subjects_sound &&
           (ledger_fact_is_external(envelope->type) || fact_sound(envelope, fields[EVENT_PAYLOAD]));
}

enum ledger_err ledger_envelope_check(struct ledger_span event, int64_t now_micros,
                                      struct ledger_arena *arena, struct ledger_envelope *envelope,
                                      struct ledger_error *error) {
    if (envelope_sound(event, now_micros, arena, envelope))
        return LEDGER_E_OK;
    Ledger__V1__Event *unpacked;
    enum ledger_err err = ledger_event_check(event, now_micros, arena, &unpacked, error);
    if (err)
        return err;
    err = ledger_envelope_read(event, arena, envelope);
    return err ? ledger_fail(error, err, NULL, "reading an event") : err;
}
