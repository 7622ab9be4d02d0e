#include "fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/json.h"
#include "ledger/uuid.h"
#include "ledger/v1/common.pb-c.h"
#include "runtime/ids.h"
#include "runtime/ratio.h"

// ---- one value
const char *bytes_text(struct ledger_arena *arena, const uint8_t *bytes, size_t size) {
    struct ledger_uuid uuid;
    if (size == sizeof uuid.bytes) {
        char text[LEDGER_UUID_TEXT_SIZE];
        memcpy(uuid.bytes, bytes, size);
        ledger_uuid_format(&uuid, text);
        return ledger_arena_copy(arena, text, sizeof text);
    }
    static const char digits[] = "0123456789abcdef";
    char *text = ledger_arena_alloc(arena, 2 * size + 1);
    for (size_t i = 0; i < size && text; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    if (text)
        text[2 * size] = '\0';
    return text;
}

static const char *money_text(const Ledger__V1__Money *money, struct ledger_arena *arena) {
    const char *currency = money->currency ? money->currency : "";
    int digits = money->currency ? projection_currency_digits(currency) : 0;
    uint64_t scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    uint64_t size = money->minor < 0 ? 0 - (uint64_t)money->minor : (uint64_t)money->minor;
    const char *sign = money->minor < 0 ? "-" : "";
    if (!digits)
        return ledger_arena_printf(arena, "%s%" PRIu64 " %s", sign, size, currency);
    return ledger_arena_printf(arena, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign, size / scale, digits,
                               size % scale, currency);
}

static const char *message_text(const ProtobufCMessage *message, struct ledger_arena *arena) {
    if (message->descriptor == &ledger__v1__money__descriptor)
        return money_text((const Ledger__V1__Money *)message, arena);
    json_t *json = ledger_json_from_message(message);
    char *dumped = json && !json_is_string(json)
                       ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS)
                       : NULL;
    const char *text = json_is_string(json) ? json_string_value(json) : dumped;
    if (text)
        text = ledger_arena_copy(arena, text, strlen(text) + 1);
    free(dumped);
    json_decref(json);
    return text;
}

static size_t item_size(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return sizeof(void *);
}

static const char *enum_text(const ProtobufCFieldDescriptor *field, int value,
                             struct ledger_arena *arena) {
    const ProtobufCEnumValue *known =
        protobuf_c_enum_descriptor_get_value(field->descriptor, value);
    return known ? known->name : ledger_arena_printf(arena, "%d", value);
}

static const char *item_text(const ProtobufCFieldDescriptor *field, const void *item,
                             struct ledger_arena *arena) {
    const ProtobufCBinaryData *bytes = item;
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return ledger_arena_printf(arena, "%" PRId32, *(const int32_t *)item);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return ledger_arena_printf(arena, "%" PRIu32, *(const uint32_t *)item);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return ledger_arena_printf(arena, "%" PRId64, *(const int64_t *)item);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return ledger_arena_printf(arena, "%" PRIu64, *(const uint64_t *)item);
    case PROTOBUF_C_TYPE_FLOAT:
        return ledger_arena_printf(arena, "%.9g", (double)*(const float *)item);
    case PROTOBUF_C_TYPE_DOUBLE:
        return ledger_arena_printf(arena, "%.17g", *(const double *)item);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)item ? "yes" : "no";
    case PROTOBUF_C_TYPE_ENUM:
        return enum_text(field, *(const int *)item, arena);
    case PROTOBUF_C_TYPE_STRING:
        return *(const char *const *)item;
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_text(arena, bytes->data, bytes->len);
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_text(*(const ProtobufCMessage *const *)item, arena);
    }
    return NULL;
}

// ---- which are filled
static const void *member(const ProtobufCMessage *message, size_t offset) {
    return (const char *)message + offset;
}

static size_t list_size(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    return *(const size_t *)member(message, field->quantifier_offset);
}

static const char *list_item(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                             size_t index) {
    return *(const char *const *)member(message, field->offset) + index * item_size(field);
}

static bool is_filled(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const void *item = member(message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return list_size(message, field) != 0;
    bool one_of = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
    if (one_of && *(const uint32_t *)member(message, field->quantifier_offset) != field->id)
        return false;
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)item;
        return text && *text;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const void *const *)item;
    if (!one_of && !*(const protobuf_c_boolean *)member(message, field->quantifier_offset))
        return false;
    return field->type != PROTOBUF_C_TYPE_ENUM || *(const int *)item != 0;
}

// ---- all of a message
static void add(struct field_list *fields, const char *path, const char *text, bool part) {
    if (fields->failed || !path || (!text && !part) ||
        !projection_grow(fields->arena, &fields->list, &fields->capacity, fields->count,
                         sizeof(struct field))) {
        fields->failed = true;
        return;
    }
    fields->list[fields->count++] = (struct field){path, text, part};
}

void fields_add_text(struct field_list *fields, const char *path, const char *text) {
    if (text && *text)
        add(fields, path, text, false);
}

static const char *path_of(struct field_list *fields, const char *prefix, const char *name) {
    return *prefix ? ledger_arena_printf(fields->arena, "%s.%s", prefix, name) : name;
}

static const char *list_text(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                             struct ledger_arena *arena) {
    const char *text = "";
    for (size_t i = 0; i < list_size(message, field) && text; i++) {
        const char *item = item_text(field, list_item(message, field, i), arena);
        text = item ? ledger_arena_printf(arena, "%s%s%s", text, i ? ", " : "", item) : NULL;
    }
    return text;
}

// The fields that every element of the list has.
static void add_parts(struct field_list *fields, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const char *path) {
    const ProtobufCMessageDescriptor *inner = field->descriptor;
    for (unsigned i = 0; i < inner->n_fields; i++) {
        bool all = true;
        for (size_t at = 0; at < list_size(message, field) && all; at++) {
            const char *item = list_item(message, field, at);
            all =
                is_filled(*(const ProtobufCMessage *const *)(const void *)item, &inner->fields[i]);
        }
        if (all)
            add(fields, path_of(fields, path, inner->fields[i].name), NULL, true);
    }
}

static bool is_value(const ProtobufCFieldDescriptor *field) {
    static const char shared[] = "ledger.v1.";
    const ProtobufCMessageDescriptor *inner = field->descriptor;
    return field->type != PROTOBUF_C_TYPE_MESSAGE ||
           strncmp(inner->name, shared, sizeof shared - 1) == 0;
}

void fields_add(struct field_list *fields, const ProtobufCMessage *message, const char *prefix) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields && !fields->failed; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (!is_filled(message, field))
            continue;
        const void *item = member(message, field->offset);
        const char *path = path_of(fields, prefix, field->name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            add(fields, path, list_text(message, field, fields->arena), false);
            if (!is_value(field) && path)
                add_parts(fields, message, field, path);
        } else if (is_value(field) || !path) {
            add(fields, path, item_text(field, item, fields->arena), false);
        } else {
            fields_add(fields, *(const ProtobufCMessage *const *)item, path);
        }
    }
}

const struct field *fields_find(const struct field_list *fields, const char *path) {
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->list[i].path, path) == 0)
            return &fields->list[i];
    return NULL;
}

size_t fields_filled(const struct field_list *fields) {
    size_t filled = 0;
    for (size_t i = 0; i < fields->count; i++)
        filled += !fields->list[i].part;
    return filled;
}

const char *field_text(const ProtobufCMessage *message, const char *path,
                       struct ledger_arena *arena) {
    struct field_list fields = {.arena = arena};
    fields_add(&fields, message, "");
    const struct field *field = fields_find(&fields, path);
    return field ? field->text : NULL;
}
