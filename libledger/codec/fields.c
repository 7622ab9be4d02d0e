// Messages seen through their descriptors.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec_internal.h"

// Writes the path's outer fields first.
static void write_path(const struct field_path *path, char *text, size_t size) {
    if (path->parent)
        write_path(path->parent, text, size);
    size_t used = strlen(text);
    const char *dot = used > 0 ? "." : "";
    if (path->repeated)
        snprintf(text + used, size - used, "%s%s[%zu]", dot, path->name, path->index);
    else
        snprintf(text + used, size - used, "%s%s", dot, path->name);
}

enum ledger_err fail_at(struct ledger_error *error, enum ledger_err code,
                        const struct field_path *path, const char *format, ...) {
    if (!error)
        return code;
    char field[sizeof error->field] = "", message[sizeof error->message];
    if (path)
        write_path(path, field, sizeof field);
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return ledger_fail(error, code, field, "%s", message);
}

static const void *member(const ProtobufCMessage *message, size_t offset) {
    return (const char *)message + offset;
}

size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field) {
    const void *quantifier = member(message, field->quantifier_offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)quantifier;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && *(const uint32_t *)quantifier != field->id)
        return 0;
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const void *const *)member(message, field->offset) != NULL;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return 1;
    return *(const protobuf_c_boolean *)quantifier != 0;
}

size_t field_item_size(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(int);
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

const void *field_item(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       size_t index) {
    const void *place = member(message, field->offset);
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return place;
    return *(const char *const *)place + index * field_item_size(field);
}

enum ledger_err check_texts(const ProtobufCMessage *message, const struct text_rules *rules,
                            const struct field_path *parent, struct ledger_error *error) {
    for (size_t i = 0; i < rules->count; i++) {
        const struct text_rule *rule = &rules->rules[i];
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(message->descriptor, rule->number);
        const char *text = *(const char *const *)member(message, field->offset);
        size_t size = text ? strlen(text) : 0;
        struct field_path path = {.parent = parent, .name = field->name};
        if (size == 0 && rule->required)
            return fail_at(error, LEDGER_E_MISSING_FIELD, &path, "must be given");
        if (size > rule->size_max)
            return fail_at(error, LEDGER_E_TOO_LARGE, &path, "has %zu bytes; at most %u", size,
                           rule->size_max);
    }
    return LEDGER_E_OK;
}
