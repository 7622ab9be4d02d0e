// What a fact type takes, told from the fact table and the payload's descriptor.
#include <stdio.h>
#include <string.h>

#include "json_internal.h"

enum { PATH_SIZE = 256, DEPTH_MAX = 4 };

struct description {
    const struct ledger_fact_type *type;
    json_t *fields;
    bool failed;
};

static void set(struct description *to, json_t *object, const char *key, json_t *value) {
    to->failed = json_object_set_new(object, key, value) != 0 || to->failed;
}

// ---- kinds

// Messages that are one text in JSON. NULL: it is an object.
static const char *text_message(const ProtobufCMessageDescriptor *descriptor) {
    if (descriptor == &ledger__v1__date__descriptor)
        return "date";
    if (descriptor == &ledger__v1__instant__descriptor)
        return "instant";
    return descriptor == &ledger__v1__occurred__descriptor ? "instant, date or \"unknown\"" : NULL;
}

static const char *bytes_kind(const ProtobufCFieldDescriptor *field) {
    static const char *const kinds[] = {
        [BYTES_ANY] = "base64", [BYTES_UUID] = "UUID", [BYTES_SHA256] = "SHA-256 in hexadecimal"};
    return kinds[bytes_form_of(field)];
}

static const char *kind_of(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return "text";
    case PROTOBUF_C_TYPE_BOOL:
        return "true or false";
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return "number";
    case PROTOBUF_C_TYPE_ENUM:
        return "one of";
    case PROTOBUF_C_TYPE_BYTES:
        return bytes_kind(field);
    case PROTOBUF_C_TYPE_MESSAGE:
        return text_message(field->descriptor) ? text_message(field->descriptor) : "object";
    default:
        return "whole number";
    }
}

static json_t *values_of(const ProtobufCEnumDescriptor *descriptor) {
    json_t *values = json_array();
    for (unsigned i = 0; i < descriptor->n_values; i++)
        if (descriptor->values[i].value != 0 && // UNSPECIFIED
            json_array_append_new(values, json_string(descriptor->values[i].name)) != 0) {
            json_decref(values);
            return NULL;
        }
    return values;
}

// ---- fields

static bool is_required(const struct ledger_fact_type *type, const char *name) {
    for (const char *const *field = type->fields; *field; field++)
        if (strcmp(*field, name) == 0)
            return true;
    return false;
}

static const char *subject_of(const struct ledger_fact_type *type, const char *name) {
    size_t count;
    const struct fact_subject_rule *rules = fact_subject_rules(type, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rules[i].field, name) == 0)
            return rules[i].kind;
    return NULL;
}

static void add_fields(struct description *to, const ProtobufCMessageDescriptor *descriptor,
                       const char *prefix, int depth);

static void add_field(struct description *to, const ProtobufCFieldDescriptor *field,
                      const char *path, int depth) {
    json_t *object = json_object();
    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    // A correction's payload is that of the type it corrects.
    bool payload = to->type->fact == LEDGER_FACT_FactCorrected && strcmp(path, "payload") == 0;
    const char *subject = depth == 0 ? subject_of(to->type, field->name) : NULL;
    set(to, object, "field", json_string(path));
    set(to, object, "takes",
        json_sprintf("%s%s", list ? "list: " : "", payload ? "object" : kind_of(field)));
    set(to, object, "required", json_boolean(depth == 0 && is_required(to->type, field->name)));
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        set(to, object, "values", values_of(field->descriptor));
    if (subject)
        set(to, object, "subject", json_string(subject));
    to->failed = json_array_append_new(to->fields, object) != 0 || to->failed;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && !text_message(field->descriptor))
        add_fields(to, field->descriptor, path, depth + 1);
}

static void add_fields(struct description *to, const ProtobufCMessageDescriptor *descriptor,
                       const char *prefix, int depth) {
    for (unsigned i = 0; i < descriptor->n_fields && depth < DEPTH_MAX; i++) {
        char name[JSON_NAME_SIZE];
        char path[PATH_SIZE];
        json_field_name(descriptor, &descriptor->fields[i], name);
        (void)snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] ? "." : "", name);
        add_field(to, &descriptor->fields[i], path, depth);
    }
}

static json_t *texts(const char *const *list) {
    json_t *array = json_array();
    for (; *list; list++)
        if (json_array_append_new(array, json_string(*list)) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

json_t *ledger_json_describe(const struct ledger_fact_type *type) {
    json_t *object = json_object();
    struct description description = {.type = type, .fields = json_array()};
    add_fields(&description, type->payload, "", 0);
    set(&description, object, "type", json_string(type->name));
    set(&description, object, "category", json_string(type->category));
    set(&description, object, "subjects", texts(type->subjects));
    set(&description, object, "fields", description.fields);
    if (!description.failed)
        return object;
    json_decref(object);
    return NULL;
}
