// JSON as messages.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

struct decoder {
    struct ledger_arena *arena;
    struct ledger_error *error;
};

static enum ledger_err decode_message(const struct decoder *decoder, const json_t *json,
                                      const ProtobufCMessageDescriptor *descriptor,
                                      const struct field_path *path, ProtobufCMessage **message);

static enum ledger_err wrong_kind(const struct decoder *decoder, const json_t *json,
                                  const struct field_path *path, const char *wanted) {
    return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path, "takes %s, not %s", wanted,
                   json_kind(json));
}

static ProtobufCMessage *new_message(const struct decoder *decoder,
                                     const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *message = ledger_arena_calloc(decoder->arena, descriptor->sizeof_message);
    if (message)
        protobuf_c_message_init(descriptor, message);
    return message;
}

// ---- numbers

static enum ledger_err decode_signed(const struct decoder *decoder, const json_t *json, int64_t min,
                                     int64_t max, const struct field_path *path, int64_t *number) {
    if (json_to_i64(json, number) && *number >= min && *number <= max)
        return LEDGER_E_OK;
    return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path,
                   "takes a whole number from %" PRId64 " to %" PRId64, min, max);
}

static enum ledger_err decode_unsigned(const struct decoder *decoder, const json_t *json,
                                       uint64_t max, const struct field_path *path,
                                       uint64_t *number) {
    if (json_to_u64(json, number) && *number <= max)
        return LEDGER_E_OK;
    return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path,
                   "takes a whole number from 0 to %" PRIu64, max);
}

static enum ledger_err decode_integer(const struct decoder *decoder, const json_t *json,
                                      ProtobufCType type, const struct field_path *path,
                                      void *place) {
    int64_t number = 0;
    uint64_t natural = 0;
    enum ledger_err err;
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        err = decode_signed(decoder, json, INT32_MIN, INT32_MAX, path, &number);
        *(int32_t *)place = (int32_t)number;
        return err;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        err = decode_unsigned(decoder, json, UINT32_MAX, path, &natural);
        *(uint32_t *)place = (uint32_t)natural;
        return err;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return decode_unsigned(decoder, json, UINT64_MAX, path, place);
    default:
        return decode_signed(decoder, json, INT64_MIN, INT64_MAX, path, place);
    }
}

static enum ledger_err decode_real(const struct decoder *decoder, const json_t *json,
                                   ProtobufCType type, const struct field_path *path, void *place) {
    if (!json_is_number(json))
        return wrong_kind(decoder, json, path, "a number");
    if (type == PROTOBUF_C_TYPE_FLOAT)
        *(float *)place = (float)json_number_value(json);
    else
        *(double *)place = json_number_value(json);
    return LEDGER_E_OK;
}

// ---- texts, bytes, enums

static enum ledger_err decode_text(const struct decoder *decoder, const json_t *json,
                                   const struct field_path *path, const char **place) {
    if (!json_is_string(json))
        return wrong_kind(decoder, json, path, "a text");
    struct ledger_span text = ledger_span_of(json_string_value(json), json_string_length(json));
    if (memchr(text.data, 0, text.size))
        return fail_at(decoder->error, LEDGER_E_EMBEDDED_NUL, path, "the text holds a NUL");
    *place = ledger_arena_text(decoder->arena, text);
    return *place ? LEDGER_E_OK : json_no_memory(decoder->error);
}

static enum ledger_err decode_bytes(const struct decoder *decoder, const json_t *json,
                                    enum bytes_form form, const struct field_path *path,
                                    ProtobufCBinaryData *place) {
    static const char *const wanted[] = {[BYTES_ANY] = "base64 text",
                                         [BYTES_UUID] = "a UUID as text",
                                         [BYTES_SHA256] = "64 hexadecimal digits as text"};
    if (!json_is_string(json))
        return wrong_kind(decoder, json, path, wanted[form]);
    struct ledger_span bytes;
    if (!bytes_from_text(form, ledger_span_of(json_string_value(json), json_string_length(json)),
                         decoder->arena, &bytes))
        return bytes.data
                   ? fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path, "takes %s", wanted[form])
                   : json_no_memory(decoder->error);
    *place = (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.data};
    return LEDGER_E_OK;
}

static enum ledger_err refuse_enum(const struct decoder *decoder, const char *name,
                                   const ProtobufCEnumDescriptor *descriptor,
                                   const struct field_path *path) {
    enum { SHOWN_MAX = 8 };
    char allowed[200] = "";
    size_t used = 0;
    unsigned shown = 0;
    for (unsigned i = 0; i < descriptor->n_values && shown < SHOWN_MAX; i++) {
        if (descriptor->values[i].value == 0) // UNSPECIFIED
            continue;
        int length = snprintf(allowed + used, sizeof allowed - used, "%s%s", shown ? ", " : "",
                              descriptor->values[i].name);
        if (length < 0 || (size_t)length >= sizeof allowed - used) {
            allowed[used] = '\0';
            break;
        }
        used += (size_t)length;
        shown++;
    }
    const char *more = shown + 1 < descriptor->n_values ? ", ..." : "";
    return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path, "\"%.40s\" is none of %s%s", name,
                   allowed, more);
}

static enum ledger_err decode_enum(const struct decoder *decoder, const json_t *json,
                                   const ProtobufCEnumDescriptor *descriptor,
                                   const struct field_path *path, int *place) {
    const ProtobufCEnumValue *value = NULL;
    if (json_is_string(json)) {
        const char *name = json_string_value(json);
        value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, name);
        if (!value)
            return refuse_enum(decoder, name, descriptor, path);
    } else if (json_is_integer(json)) {
        json_int_t number = json_integer_value(json);
        if (number >= INT32_MIN && number <= INT32_MAX)
            value = protobuf_c_enum_descriptor_get_value(descriptor, (int)number);
        if (!value)
            return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path,
                           "%s has no value %" JSON_INTEGER_FORMAT, descriptor->short_name, number);
    } else {
        return wrong_kind(decoder, json, path, "a name");
    }
    *place = value->value;
    return LEDGER_E_OK;
}

// ---- messages that are texts in JSON

static struct ledger_span text_or_empty(const json_t *json) {
    return json_is_string(json) ? ledger_span_of(json_string_value(json), json_string_length(json))
                                : ledger_span_text("");
}

// Says what was given, and what would be taken.
static enum ledger_err refuse_time(const struct decoder *decoder, const json_t *json,
                                   const struct field_path *path, const char *takes) {
    if (!json_is_string(json))
        return fail_at(decoder->error, LEDGER_E_INVALID_TIME, path, "takes %s, not %s", takes,
                       json_kind(json));
    return fail_at(decoder->error, LEDGER_E_INVALID_TIME, path, "\"%.60s\" is not %s",
                   json_string_value(json), takes);
}

static enum ledger_err decode_date(const struct decoder *decoder, const json_t *json,
                                   const struct field_path *path, ProtobufCMessage *message) {
    Ledger__V1__Date *date = (Ledger__V1__Date *)message;
    if (!ledger_date_parse(text_or_empty(json), &date->days))
        return refuse_time(decoder, json, path, "a date such as \"2013-08-01\"");
    date->has_days = 1;
    return LEDGER_E_OK;
}

static void fill_instant(Ledger__V1__Instant *instant, int64_t micros, int32_t offset_minutes) {
    instant->has_micros = 1;
    instant->micros = micros;
    instant->has_utc_offset_minutes = offset_minutes != 0; // absent = 0
    instant->utc_offset_minutes = offset_minutes;
}

static enum ledger_err decode_instant(const struct decoder *decoder, const json_t *json,
                                      const struct field_path *path, ProtobufCMessage *message) {
    int64_t micros;
    int32_t offset;
    if (!ledger_instant_parse(text_or_empty(json), &micros, &offset))
        return refuse_time(decoder, json, path,
                           "an instant with its offset, such as \"2016-01-02T09:30:00+01:00\"");
    fill_instant((Ledger__V1__Instant *)message, micros, offset);
    return LEDGER_E_OK;
}

static enum ledger_err decode_occurred(const struct decoder *decoder, const json_t *json,
                                       const struct field_path *path, ProtobufCMessage *message) {
    struct ledger_span text = text_or_empty(json);
    struct ledger_moment moment = ledger_moment_unknown();
    if (!ledger_span_equal(text, ledger_span_text("unknown")) &&
        !ledger_moment_parse(text, &moment))
        return refuse_time(decoder, json, path,
                           "a date (\"2013-08-01\"), an instant with its offset "
                           "(\"2016-01-02T09:30:00+01:00\") or \"unknown\"");

    static const ProtobufCMessageDescriptor *const parts[] = {
        [LEDGER_WHEN_UNKNOWN] = &ledger__v1__occurred__unknown__descriptor,
        [LEDGER_WHEN_DATE] = &ledger__v1__date__descriptor,
        [LEDGER_WHEN_INSTANT] = &ledger__v1__instant__descriptor,
    };
    ProtobufCMessage *part = new_message(decoder, parts[moment.when]);
    if (!part)
        return json_no_memory(decoder->error);
    Ledger__V1__Occurred *occurred = (Ledger__V1__Occurred *)message;
    switch (moment.when) {
    case LEDGER_WHEN_UNKNOWN:
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_UNKNOWN;
        occurred->unknown = (Ledger__V1__Occurred__Unknown *)part;
        break;
    case LEDGER_WHEN_DATE:
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_DATE;
        occurred->date = (Ledger__V1__Date *)part;
        occurred->date->has_days = 1;
        occurred->date->days = moment.day;
        break;
    case LEDGER_WHEN_INSTANT:
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_INSTANT;
        occurred->instant = (Ledger__V1__Instant *)part;
        fill_instant(occurred->instant, moment.micros, moment.offset_minutes);
        break;
    }
    return LEDGER_E_OK;
}

// ---- fields

static enum ledger_err decode_item(const struct decoder *decoder, const json_t *json,
                                   const ProtobufCFieldDescriptor *field,
                                   const struct field_path *path, void *place) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return decode_real(decoder, json, field->type, path, place);
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)place = json_is_true(json);
        return json_is_boolean(json) ? LEDGER_E_OK
                                     : wrong_kind(decoder, json, path, "true or false");
    case PROTOBUF_C_TYPE_ENUM:
        return decode_enum(decoder, json, field->descriptor, path, place);
    case PROTOBUF_C_TYPE_STRING:
        return decode_text(decoder, json, path, place);
    case PROTOBUF_C_TYPE_BYTES:
        return decode_bytes(decoder, json, bytes_form_of(field), path, place);
    case PROTOBUF_C_TYPE_MESSAGE:
        return decode_message(decoder, json, field->descriptor, path, place);
    default:
        return decode_integer(decoder, json, field->type, path, place);
    }
}

static void *member(ProtobufCMessage *message, unsigned offset) {
    return (char *)message + offset;
}

static enum ledger_err decode_repeated(const struct decoder *decoder, const json_t *json,
                                       const ProtobufCFieldDescriptor *field,
                                       struct field_path *path, ProtobufCMessage *message) {
    if (!json_is_array(json))
        return wrong_kind(decoder, json, path, "an array");
    size_t count = json_array_size(json), size = field_item_size(field);
    char *items = ledger_arena_calloc(decoder->arena, count * size);
    if (!items)
        return json_no_memory(decoder->error);
    path->repeated = true;
    for (path->index = 0; path->index < count; path->index++) {
        enum ledger_err err = decode_item(decoder, json_array_get(json, path->index), field, path,
                                          items + path->index * size);
        if (err)
            return err;
    }
    *(size_t *)member(message, field->quantifier_offset) = count;
    *(void **)member(message, field->offset) = items;
    return LEDGER_E_OK;
}

static enum ledger_err decode_single(const struct decoder *decoder, const json_t *json,
                                     const ProtobufCFieldDescriptor *field,
                                     const struct field_path *path, ProtobufCMessage *message) {
    bool one_of = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    uint32_t *which = member(message, field->quantifier_offset);
    if (one_of && *which != 0)
        return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, path,
                       "cannot be given beside another field that excludes it");
    enum ledger_err err = decode_item(decoder, json, field, path, member(message, field->offset));
    if (err)
        return err;
    if (one_of)
        *which = field->id;
    else if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
        *(protobuf_c_boolean *)(void *)which = 1;
    return LEDGER_E_OK;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor,
                                                  const char *key) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, key);
    for (unsigned i = 0; !field && i < descriptor->n_fields; i++) {
        char name[JSON_NAME_SIZE];
        json_field_name(descriptor, &descriptor->fields[i], name);
        if (strcmp(name, key) == 0)
            field = &descriptor->fields[i];
    }
    return field;
}

static enum ledger_err decode_fields(const struct decoder *decoder, const json_t *json,
                                     const struct field_path *parent, ProtobufCMessage *message) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) {
        const ProtobufCFieldDescriptor *field = find_field(message->descriptor, key);
        struct field_path path = {.parent = parent, .name = field ? field->name : key};
        if (!field)
            return fail_at(decoder->error, LEDGER_E_UNKNOWN_FIELD, &path, "%s has no such field",
                           message->descriptor->short_name);
        if (json_is_null(value))
            continue;
        if (field_count(message, field) > 0)
            return fail_at(decoder->error, LEDGER_E_INVALID_VALUE, &path,
                           "is given twice, in two spellings");
        enum ledger_err err = field->label == PROTOBUF_C_LABEL_REPEATED
                                  ? decode_repeated(decoder, value, field, &path, message)
                                  : decode_single(decoder, value, field, &path, message);
        if (err)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err decode_message(const struct decoder *decoder, const json_t *json,
                                      const ProtobufCMessageDescriptor *descriptor,
                                      const struct field_path *path, ProtobufCMessage **message) {
    ProtobufCMessage *made = new_message(decoder, descriptor);
    if (!made)
        return json_no_memory(decoder->error);
    *message = made;
    if (descriptor == &ledger__v1__date__descriptor)
        return decode_date(decoder, json, path, made);
    if (descriptor == &ledger__v1__instant__descriptor)
        return decode_instant(decoder, json, path, made);
    if (descriptor == &ledger__v1__occurred__descriptor)
        return decode_occurred(decoder, json, path, made);
    if (!json_is_object(json))
        return wrong_kind(decoder, json, path, "an object");
    return decode_fields(decoder, json, path, made);
}

enum ledger_err ledger_json_to_message(const json_t *json,
                                       const ProtobufCMessageDescriptor *descriptor,
                                       struct ledger_arena *arena, ProtobufCMessage **message,
                                       struct ledger_error *error) {
    struct decoder decoder = {.arena = arena, .error = error};
    return decode_message(&decoder, json, descriptor, NULL, message);
}
