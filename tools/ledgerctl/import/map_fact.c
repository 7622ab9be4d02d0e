// One fact of a map, and all that can be said against it before a row is read.
#include <string.h>

#include "ledger/moment.h"
#include "ledger/v1/event.pb-c.h"
#include "map_internal.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static enum ledger_err shape_fail(struct import_yaml *yaml, const struct import_shape *shape,
                                  const struct ledger_error *why) {
    return import_yaml_fail_at(yaml, shape->line, shape->line_column, "%s", why->message);
}

static enum ledger_err shape_check(struct import_yaml *yaml, struct import_shape *shape,
                                   const ProtobufCMessageDescriptor *descriptor) {
    struct ledger_error why = {0};
    const struct import_shape *culprit = shape;
    return import_shape_check(shape, descriptor, &culprit, &why) == LEDGER_E_OK
               ? LEDGER_E_OK
               : shape_fail(yaml, culprit, &why);
}

static enum ledger_err list_expect(struct import_yaml *yaml, const struct import_shape *shape,
                                   const char *what) {
    return shape->kind == IMPORT_SHAPE_LIST
               ? LEDGER_E_OK
               : import_yaml_fail_at(yaml, shape->line, shape->line_column, "expected a list of %s",
                                     what);
}

// ---- payload

// UNSPECIFIED is no value of an enum that a type must have.
static bool is_unspecified(const struct import_shape *shape,
                           const ProtobufCMessageDescriptor *descriptor, const char *name) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
    if (field == NULL || field->type != PROTOBUF_C_TYPE_ENUM || shape->kind != IMPORT_SHAPE_VALUE ||
        !shape->value.constant)
        return false;
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value_by_name(field->descriptor, shape->value.source);
    return value != NULL && value->value == 0;
}

static enum ledger_err payload_check(struct import_yaml *yaml, struct import_fact *fact) {
    const struct import_shape *payload = fact->payload;
    if (fact->known == NULL)
        return payload->kind == IMPORT_SHAPE_OBJECT
                   ? LEDGER_E_OK
                   : import_yaml_fail_at(yaml, payload->line, payload->line_column,
                                         "expected payload: a mapping");
    enum ledger_err err = shape_check(yaml, fact->payload, fact->known->payload);
    for (const char *const *name = fact->known->fields; err == LEDGER_E_OK && *name != NULL;
         name++) {
        const struct import_shape *field = import_shape_find(payload, *name);
        const struct import_shape *place = field != NULL ? field : payload;
        if (field == NULL || import_shape_is_nothing(field) ||
            is_unspecified(field, fact->known->payload, *name))
            err = import_yaml_fail_at(yaml, place->line, place->line_column,
                                      "the payload of %s needs \"%s\"", fact->type, *name);
    }
    return err;
}

// ---- subjects

static bool names_subject(const struct import_shape *subjects, const char *kind) {
    for (size_t i = 0; subjects != NULL && i < subjects->count; i++) {
        const struct import_shape *given = import_shape_find(&subjects->items[i], "kind");
        if (given != NULL && (!given->value.constant || strcmp(given->value.source, kind) == 0))
            return true;
    }
    return false;
}

// Which payload fields the envelope must repeat as subjects, from the fact table.
static const struct subject_rule {
    const char *symbol, *field, *kind;
} subject_rules[] = {
#define LEDGER_FACT(type, symbol, category, subjects, fields)
#define LEDGER_FACT_SUBJECT_OF(symbol, field, kind) {#symbol, field, kind},
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
};

static const char *const symbols[] = {
#define LEDGER_FACT(type, symbol, category, subjects, fields) [LEDGER_FACT_##type] = #symbol,
#define LEDGER_FACT_SUBJECT_OF(symbol, field, kind)
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
};

// At the subjects, or where there are none at the fact.
static enum ledger_err subject_missing(struct import_yaml *yaml, const yaml_node_t *node,
                                       const struct import_fact *fact, const char *why,
                                       const char *kind) {
    const struct import_shape *list = fact->subjects;
    size_t line = list != NULL ? list->line : node->start_mark.line + 1;
    size_t column = list != NULL ? list->line_column : node->start_mark.column + 1;
    return import_yaml_fail_at(yaml, line, column, "%s must name a subject of kind \"%s\"%s%s%s",
                               fact->type, kind, why != NULL ? ", since its payload has \"" : "",
                               why != NULL ? why : "", why != NULL ? "\"" : "");
}

static enum ledger_err subject_rules_check(struct import_yaml *yaml, const yaml_node_t *node,
                                           const struct import_fact *fact) {
    for (size_t i = 0; fact->known != NULL && i < COUNT(subject_rules); i++) {
        const struct subject_rule *rule = &subject_rules[i];
        if (strcmp(rule->symbol, symbols[fact->known->fact]) == 0 &&
            import_shape_find(fact->payload, rule->field) != NULL &&
            !names_subject(fact->subjects, rule->kind))
            return subject_missing(yaml, node, fact, rule->field, rule->kind);
    }
    return LEDGER_E_OK;
}

static bool is_given(const struct import_shape *shape, const char *key) {
    const struct import_shape *value = import_shape_find(shape, key);
    return value != NULL && !import_shape_is_nothing(value);
}

static enum ledger_err subjects_check(struct import_yaml *yaml, const yaml_node_t *node,
                                      struct import_fact *fact) {
    enum ledger_err err = LEDGER_E_OK;
    if (fact->subjects != NULL) {
        err = list_expect(yaml, fact->subjects, "subjects");
        for (size_t i = 0; err == LEDGER_E_OK && i < fact->subjects->count; i++) {
            struct import_shape *item = &fact->subjects->items[i];
            err = shape_check(yaml, item, &ledger__v1__subject__descriptor);
            if (err == LEDGER_E_OK && (!is_given(item, "kind") || !is_given(item, "id")))
                err = import_yaml_fail_at(yaml, item->line, item->line_column,
                                          "expected a subject: kind, id and perhaps role");
        }
    }
    for (const char *const *kind = fact->known != NULL ? fact->known->subjects : NULL;
         err == LEDGER_E_OK && kind != NULL && *kind != NULL; kind++)
        if (!names_subject(fact->subjects, *kind))
            err = subject_missing(yaml, node, fact, NULL, *kind);
    return err;
}

// ---- personal

static enum ledger_err personal_check(struct import_yaml *yaml, struct import_fact *fact) {
    if (fact->personal == NULL)
        return LEDGER_E_OK;
    enum ledger_err err = list_expect(yaml, fact->personal, "persons");
    for (size_t i = 0; err == LEDGER_E_OK && i < fact->personal->count; i++) {
        struct import_shape *item = &fact->personal->items[i];
        const struct import_shape *person = import_shape_find(item, "person_id");
        const struct import_shape *values = import_shape_find(item, "values");
        if (person == NULL || person->kind != IMPORT_SHAPE_VALUE || values == NULL ||
            item->count != 2) {
            return import_yaml_fail_at(yaml, item->line, item->line_column,
                                       "expected a person: person_id and values");
        }
        err = shape_check(yaml, (struct import_shape *)values,
                          &ledger__v1__personal_values__descriptor);
    }
    return err;
}

// ---- envelope

#define TEMPLATE_FAIL(yaml, template, ...)                                                         \
    import_yaml_fail_at(yaml, (template)->line, (template)->line_column, __VA_ARGS__)

// Only what stands in the map as it is can be judged here.
static enum ledger_err stream_check(struct import_yaml *yaml, const struct import_fact *fact) {
    const char *literal = fact->stream->count > 0 ? fact->stream->parts[0].literal : NULL;
    const char *slash = literal != NULL ? strchr(literal, '/') : NULL;
    if (literal == NULL || (slash == NULL && !fact->stream->constant))
        return LEDGER_E_OK;
    if (slash == NULL)
        return TEMPLATE_FAIL(yaml, fact->stream, "expected stream: CATEGORY/ID");
    const char *category = fact->known != NULL ? fact->known->category : "*";
    size_t size = (size_t)(slash - literal);
    if (strcmp(category, "*") == 0 ||
        (strlen(category) == size && memcmp(category, literal, size) == 0))
        return LEDGER_E_OK;
    return TEMPLATE_FAIL(yaml, fact->stream, "%s belongs to a stream \"%s/…\", not \"%.*s/…\"",
                         fact->type, category, (int)size, literal);
}

static enum ledger_err occurred_check(struct import_yaml *yaml, const struct import_fact *fact) {
    struct ledger_moment moment;
    const char *text = fact->occurred->source;
    if (!fact->occurred->constant || strcmp(text, "unknown") == 0 ||
        ledger_moment_parse(ledger_span_text(text), &moment))
        return LEDGER_E_OK;
    return TEMPLATE_FAIL(yaml, fact->occurred,
                         "occurred \"%s\": expected a template, a date, an instant "
                         "or unknown",
                         text);
}

// The field is the whole fact.
static enum ledger_err read_type(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    struct import_fact *fact = field;
    enum ledger_err err = import_yaml_read_text(yaml, node, &fact->type);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_span type = ledger_span_text(fact->type);
    fact->known = ledger_fact_find(type);
    return fact->known != NULL || ledger_fact_is_external(type)
               ? LEDGER_E_OK
               : import_yaml_fail(yaml, node, "unknown fact type \"%s\"", fact->type);
}

enum ledger_err import_map_read_fact(struct import_yaml *yaml, const yaml_node_t *node,
                                     struct import_fact *fact) {
    static const struct import_yaml_key keys[] = {
        {"name", true, import_yaml_read_text, offsetof(struct import_fact, name)},
        {"type", true, read_type, 0},
        {"entity", false, import_yaml_read_text, offsetof(struct import_fact, entity)},
        {"when", false, import_map_read_condition, offsetof(struct import_fact, when)},
        {"once_by", false, import_map_read_template, offsetof(struct import_fact, once_by)},
        {"stream", true, import_map_read_template, offsetof(struct import_fact, stream)},
        {"occurred", true, import_map_read_template, offsetof(struct import_fact, occurred)},
        {"actor", false, import_map_read_template, offsetof(struct import_fact, actor)},
        {"on_behalf_of", false, import_map_read_template,
         offsetof(struct import_fact, on_behalf_of)},
        {"subjects", false, import_map_read_shape, offsetof(struct import_fact, subjects)},
        {"territory", false, import_map_read_template, offsetof(struct import_fact, territory)},
        {"geo", false, import_map_read_shape, offsetof(struct import_fact, geo)},
        {"recorded_at", false, import_map_read_template, offsetof(struct import_fact, recorded_at)},
        {"correlation", false, import_map_read_template, offsetof(struct import_fact, correlation)},
        {"payload", true, import_map_read_shape, offsetof(struct import_fact, payload)},
        {"personal", false, import_map_read_shape, offsetof(struct import_fact, personal)},
    };
    enum ledger_err err = import_yaml_read_mapping(yaml, node, "a fact", keys, COUNT(keys), fact);
    if (err == LEDGER_E_OK)
        err = stream_check(yaml, fact);
    if (err == LEDGER_E_OK)
        err = occurred_check(yaml, fact);
    if (err == LEDGER_E_OK && fact->geo != NULL)
        err = shape_check(yaml, fact->geo, &ledger__v1__geo_point__descriptor);
    if (err == LEDGER_E_OK)
        err = subjects_check(yaml, node, fact);
    if (err == LEDGER_E_OK)
        err = payload_check(yaml, fact);
    if (err == LEDGER_E_OK)
        err = subject_rules_check(yaml, node, fact);
    return err == LEDGER_E_OK ? personal_check(yaml, fact) : err;
}
