// Messages as JSON.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_internal.h"
#include "ledger/text.h"

void json_field_name(const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field, char name[JSON_NAME_SIZE]) {
    const char *from = field->name;
    if (descriptor == &ledger__v1__personal_part__descriptor && strcmp(from, "plain") == 0)
        from = "values";
    char *to = name, *end = name + JSON_NAME_SIZE - 1;
    for (bool capital = false; *from && to < end; from++) {
        if (*from == '_') {
            capital = true;
            continue;
        }
        bool raise = capital && *from >= 'a' && *from <= 'z';
        *to++ = raise ? (char)(*from - 'a' + 'A') : *from;
        capital = false;
    }
    *to = '\0';
}

// ---- texts

// What is not UTF-8 shows as replacement characters: a record that holds it must still be readable.
static json_t *mended_text(const char *text) {
    struct ledger_buffer buffer = {0};
    for (; *text; text++) {
        size_t size = strnlen(text, 4), sequence = 1;
        while (sequence < size && ledger_text_check(ledger_span_of(text, sequence)) != LEDGER_E_OK)
            sequence++;
        if (ledger_text_check(ledger_span_of(text, sequence)) == LEDGER_E_OK) {
            ledger_buffer_add(&buffer, text, sequence);
            text += sequence - 1;
        } else {
            ledger_buffer_add_text(&buffer, "\xEF\xBF\xBD");
        }
    }
    const char *mended = ledger_buffer_text(&buffer);
    json_t *json = mended ? json_string(mended) : NULL;
    ledger_buffer_fini(&buffer);
    return json;
}

json_t *json_from_text(const char *text) {
    if (ledger_text_check(ledger_span_text(text)) == LEDGER_E_OK)
        return json_string_nocheck(text);
    return mended_text(text);
}

json_t *json_from_bytes(enum bytes_form form, struct ledger_span bytes) {
    char *text = bytes_to_text(form, bytes);
    json_t *json = text ? json_string_nocheck(text) : NULL;
    free(text);
    return json;
}

// 64-bit numbers are texts in JSON, whose numbers are doubles to many readers.
json_t *json_from_u64(uint64_t number) {
    return json_sprintf("%" PRIu64, number);
}

json_t *json_from_i64(int64_t number) {
    return json_sprintf("%" PRId64, number);
}

json_t *json_from_instant(int64_t micros, int32_t offset_minutes) {
    char text[LEDGER_INSTANT_TEXT_SIZE];
    ledger_instant_format(micros, offset_minutes, text);
    return json_string_nocheck(text);
}

// ---- messages that are texts in JSON

static json_t *encode_date(const ProtobufCMessage *message) {
    const Ledger__V1__Date *date = (const Ledger__V1__Date *)message;
    char text[LEDGER_DATE_TEXT_SIZE];
    if (!date->has_days)
        return json_null();
    ledger_date_format(date->days, text);
    return json_string_nocheck(text);
}

static json_t *encode_instant(const ProtobufCMessage *message) {
    const Ledger__V1__Instant *instant = (const Ledger__V1__Instant *)message;
    return instant->has_micros ? json_from_instant(instant->micros, instant->utc_offset_minutes)
                               : json_null();
}

static json_t *encode_occurred(const ProtobufCMessage *message) {
    const Ledger__V1__Occurred *occurred = (const Ledger__V1__Occurred *)message;
    if (occurred->when_case == LEDGER__V1__OCCURRED__WHEN_INSTANT)
        return encode_instant(&occurred->instant->base);
    if (occurred->when_case == LEDGER__V1__OCCURRED__WHEN_DATE)
        return encode_date(&occurred->date->base);
    return json_string_nocheck("unknown");
}

// ---- fields

static json_t *encode_enum(int value, const ProtobufCEnumDescriptor *descriptor) {
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return known ? json_string_nocheck(known->name) : json_integer(value);
}

static json_t *encode_item(const void *item, const ProtobufCFieldDescriptor *field) {
    const ProtobufCBinaryData *bytes = item;
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)item);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)item);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return json_from_i64(*(const int64_t *)item);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return json_from_u64(*(const uint64_t *)item);
    case PROTOBUF_C_TYPE_FLOAT:
        return json_real((double)*(const float *)item);
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)item);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)item);
    case PROTOBUF_C_TYPE_ENUM:
        return encode_enum(*(const int *)item, field->descriptor);
    case PROTOBUF_C_TYPE_STRING:
        return json_from_text(*(const char *const *)item);
    case PROTOBUF_C_TYPE_BYTES:
        return json_from_bytes(bytes_form_of(field), ledger_span_of(bytes->data, bytes->len));
    case PROTOBUF_C_TYPE_MESSAGE:
        return ledger_json_from_message(*(const ProtobufCMessage *const *)item);
    }
    return NULL;
}

static json_t *encode_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                            size_t count) {
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return encode_item(field_item(message, field, 0), field);
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++) {
        if (json_array_append_new(array, encode_item(field_item(message, field, i), field))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

bool json_add_fields(json_t *object, const ProtobufCMessage *message, const char *left_out) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        size_t count = field_count(message, field);
        if (count == 0 || (left_out && strcmp(field->name, left_out) == 0))
            continue;
        char name[JSON_NAME_SIZE];
        json_field_name(descriptor, field, name);
        if (json_object_set_new(object, name, encode_field(message, field, count)))
            return false;
    }
    return true;
}

json_t *ledger_json_from_message(const ProtobufCMessage *message) {
    if (message->descriptor == &ledger__v1__date__descriptor)
        return encode_date(message);
    if (message->descriptor == &ledger__v1__instant__descriptor)
        return encode_instant(message);
    if (message->descriptor == &ledger__v1__occurred__descriptor)
        return encode_occurred(message);
    json_t *object = json_object();
    if (object && !json_add_fields(object, message, NULL)) {
        json_decref(object);
        return NULL;
    }
    return object;
}
