// The quick look at packed bytes. A sound event is by far the usual case, and unpacking it only to
// see that it is sound cost more than all else ledgerd did for it. What this cannot vouch for, or
// what a writer packs in an unusual way, goes through protobuf-c and the checks that explain
// themselves (message.c, check.c).
#include <string.h>

#include "codec_internal.h"
#include "ledger/limits.h"
#include "ledger/text.h"
#include "wire.h"

enum { FIELDS_MAX = 64 }; // bits of a set

// Fields come in ascending order: the next one lies at or after `*place`.
static const ProtobufCFieldDescriptor *next_field(const ProtobufCMessageDescriptor *descriptor,
                                                  unsigned *place, uint32_t id) {
    while (*place < descriptor->n_fields && descriptor->fields[*place].id < id)
        ++*place;
    const ProtobufCFieldDescriptor *field = &descriptor->fields[*place];
    return *place < descriptor->n_fields && field->id == id ? field : NULL;
}

// ---- messages that are one value: filled in on the stack, and checked as unpacked ones are

union value {
    ProtobufCMessage base;
    Ledger__V1__Date date;
    Ledger__V1__Instant instant;
    Ledger__V1__GeoPoint geo_point;
};

static bool fill_value(const ProtobufCMessageDescriptor *descriptor, struct ledger_span bytes,
                       union value *value) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    unsigned place = 0;
    descriptor->message_init(&value->base);
    while (at < end && (at = wire_next(at, end, &wire))) {
        const ProtobufCFieldDescriptor *field = next_field(descriptor, &place, wire.id);
        if (!field || wire.type != PROTOBUF_C_WIRE_TYPE_VARINT)
            return false;
        char *start = (char *)value;
        int64_t wide = (int64_t)wire.number;
        int32_t narrow = wire_zigzag(wire.number);
        if (field->type == PROTOBUF_C_TYPE_INT64)
            memcpy(start + field->offset, &wide, sizeof wide);
        else if (field->type == PROTOBUF_C_TYPE_SINT32)
            memcpy(start + field->offset, &narrow, sizeof narrow);
        else
            return false;
        *(protobuf_c_boolean *)(start + field->quantifier_offset) = 1;
        place++;
    }
    return at && !value_check(&value->base, NULL, NULL);
}

static bool scan_value(const ProtobufCMessageDescriptor *descriptor, struct ledger_span bytes) {
    union value value;
    return fill_value(descriptor, bytes, &value);
}

static bool scan_money(struct ledger_span bytes) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field minor, currency;
    at = at < end ? wire_next(at, end, &minor) : NULL;
    at = at && at < end ? wire_next(at, end, &currency) : NULL;
    if (at != end || minor.id != 1 || minor.type != PROTOBUF_C_WIRE_TYPE_VARINT ||
        currency.id != 2 || currency.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
        return false;
    char text[4] = "";
    if (currency.bytes.size != 3)
        return false;
    memcpy(text, currency.bytes.data, 3);
    Ledger__V1__Money money = LEDGER__V1__MONEY__INIT;
    money.has_minor = 1;
    money.currency = text;
    return !value_check(&money.base, NULL, NULL);
}

bool scan_occurred(struct ledger_span bytes, struct ledger_moment *moment) {
    struct wire_field when;
    const uint8_t *end = bytes.data + bytes.size;
    union value value;
    if (bytes.size == 0 || wire_next(bytes.data, end, &when) != end ||
        when.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
        return false;
    switch ((Ledger__V1__Occurred__WhenCase)when.id) {
    case LEDGER__V1__OCCURRED__WHEN_INSTANT:
        if (!fill_value(&ledger__v1__instant__descriptor, when.bytes, &value))
            return false;
        *moment = ledger_moment_instant(value.instant.micros, value.instant.utc_offset_minutes);
        return true;
    case LEDGER__V1__OCCURRED__WHEN_DATE:
        if (!fill_value(&ledger__v1__date__descriptor, when.bytes, &value))
            return false;
        *moment = ledger_moment_date(value.date.days);
        return true;
    case LEDGER__V1__OCCURRED__WHEN_UNKNOWN:
        *moment = ledger_moment_unknown();
        return when.bytes.size == 0;
    default:
        return false;
    }
}

// ---- any message

static bool scan_submessage(const ProtobufCMessageDescriptor *descriptor,
                            struct ledger_span bytes) {
    struct ledger_moment moment;
    uint64_t valued;
    if (descriptor == &ledger__v1__date__descriptor ||
        descriptor == &ledger__v1__instant__descriptor ||
        descriptor == &ledger__v1__geo_point__descriptor)
        return scan_value(descriptor, bytes);
    if (descriptor == &ledger__v1__money__descriptor)
        return scan_money(bytes);
    if (descriptor == &ledger__v1__occurred__descriptor)
        return scan_occurred(bytes, &moment);
    return scan_message(descriptor, bytes, &valued);
}

static bool scan_varint(const ProtobufCFieldDescriptor *field, uint64_t number, bool *valued) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_ENUM:
        *valued = (int32_t)number != 0;
        return protobuf_c_enum_descriptor_get_value(field->descriptor, (int32_t)number);
    case PROTOBUF_C_TYPE_UINT32:
        return number <= FIELD_NUMBER_ALWAYS || number <= field_number_max(field);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
        return true;
    default:
        return false;
    }
}

static bool scan_bytes(const ProtobufCFieldDescriptor *field, struct ledger_span bytes,
                       bool *valued) {
    size_t size;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *valued = bytes.size != 0;
        return !ledger_text_check(bytes) &&
               (bytes.size <= LEDGER_ID_SIZE_MAX || !field_is_id(field));
    case PROTOBUF_C_TYPE_BYTES:
        size = bytes_form_size(bytes_form_of(field));
        return size == 0 || bytes.size == size;
    case PROTOBUF_C_TYPE_MESSAGE:
        return scan_submessage(field->descriptor, bytes);
    default: // packed numbers: nobody writes them here
        return false;
    }
}

static bool scan_field(const ProtobufCFieldDescriptor *field, const struct wire_field *wire,
                       bool *valued) {
    *valued = true;
    switch (wire->type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return scan_varint(field, wire->number, valued);
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        return scan_bytes(field, wire->bytes, valued);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        return field->type == PROTOBUF_C_TYPE_FIXED64 || field->type == PROTOBUF_C_TYPE_SFIXED64 ||
               field->type == PROTOBUF_C_TYPE_DOUBLE;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        return field->type == PROTOBUF_C_TYPE_FIXED32 || field->type == PROTOBUF_C_TYPE_SFIXED32 ||
               field->type == PROTOBUF_C_TYPE_FLOAT;
    default:
        return false;
    }
}

bool scan_message(const ProtobufCMessageDescriptor *descriptor, struct ledger_span bytes,
                  uint64_t *valued) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    uint32_t last_id = 0;
    unsigned place = 0;
    bool oneof = false;
    struct wire_field wire;
    *valued = 0;
    if (descriptor->n_fields > FIELDS_MAX)
        return false;
    while (at < end && (at = wire_next(at, end, &wire))) {
        const ProtobufCFieldDescriptor *field = next_field(descriptor, &place, wire.id);
        bool has_value;
        // A singular field that stands twice, or two of a oneof: what counts is for the parser.
        if (!field || (wire.id == last_id && field->label != PROTOBUF_C_LABEL_REPEATED) ||
            (oneof && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)))
            return false;
        if (!scan_field(field, &wire, &has_value))
            return false;
        oneof |= (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        *valued |= (uint64_t)has_value << place;
        last_id = wire.id;
    }
    return at || bytes.size == 0;
}
