#include "shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/json.h"

// "client_id" and "clientId" are the same name.
static bool same_name(const char *proto, const char *given) {
    if (strcmp(proto, given) == 0)
        return true;
    for (; *proto != '\0'; proto++, given++) {
        char want = *proto;
        if (want == '_' && proto[1] >= 'a' && proto[1] <= 'z')
            want = (char)(*++proto - 'a' + 'A');
        if (*given != want)
            return false;
    }
    return *given == '\0';
}

bool import_shape_is_nothing(const struct import_shape *shape) {
    return shape->kind == IMPORT_SHAPE_VALUE
               ? shape->value.constant && shape->value.source[0] == '\0'
               : shape->count == 0;
}

const struct import_shape *import_shape_find(const struct import_shape *shape, const char *key) {
    for (size_t i = 0; shape->kind == IMPORT_SHAPE_OBJECT && i < shape->count; i++)
        if (same_name(key, shape->keys[i]))
            return &shape->items[i];
    return NULL;
}

// ---- checking

static const ProtobufCFieldDescriptor *field_find(const ProtobufCMessageDescriptor *descriptor,
                                                  const char *key) {
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (same_name(descriptor->fields[i].name, key))
            return &descriptor->fields[i];
    return NULL;
}

static enum ledger_err unknown_field(const ProtobufCMessageDescriptor *descriptor, const char *key,
                                     struct ledger_error *error) {
    struct ledger_buffer names = {0};
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        ledger_buffer_printf(&names, "%s%s", i > 0 ? ", " : "", descriptor->fields[i].name);
    const char *text = ledger_buffer_text(&names);
    enum ledger_err err =
        ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "unknown field \"%s\" of %s: expected %s",
                    key, descriptor->short_name, text != NULL ? text : "");
    ledger_buffer_fini(&names);
    return err;
}

// Messages that JSON writes as one text.
static bool is_text_message(const ProtobufCMessageDescriptor *descriptor) {
    static const char *const names[] = {"ledger.v1.Date", "ledger.v1.Instant",
                                        "ledger.v1.Occurred"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(descriptor->name, names[i]) == 0)
            return true;
    return false;
}

static enum ledger_err enum_check(const struct import_shape *shape,
                                  const ProtobufCEnumDescriptor *descriptor,
                                  struct ledger_error *error) {
    if (protobuf_c_enum_descriptor_get_value_by_name(descriptor, shape->value.source) != NULL)
        return LEDGER_E_OK;
    struct ledger_buffer names = {0};
    for (unsigned i = 0; i < descriptor->n_values; i++)
        ledger_buffer_printf(&names, "%s%s", i > 0 ? ", " : "", descriptor->values[i].name);
    const char *text = ledger_buffer_text(&names);
    enum ledger_err err =
        ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "\"%s\" is no %s: expected %s",
                    shape->value.source, descriptor->short_name, text != NULL ? text : "");
    ledger_buffer_fini(&names);
    return err;
}

// As the map spells it: text, number or truth.
static json_t *constant_json(const struct import_shape *shape) {
    const char *text = shape->value.count > 0 ? shape->value.parts[0].literal : "";
    switch (shape->constant_kind) {
    case IMPORT_TEXT:
        return json_string(text);
    case IMPORT_INTEGER:
        return json_integer(strtoll(text, NULL, 10));
    case IMPORT_BOOLEAN:
        return json_boolean(strcmp(text, "true") == 0);
    }
    return NULL;
}

// A message with this constant alone must read, and be refused for nothing but what it lacks.
static enum ledger_err constant_check(const struct import_shape *shape,
                                      const ProtobufCMessageDescriptor *descriptor,
                                      const ProtobufCFieldDescriptor *field,
                                      struct ledger_error *error) {
    struct ledger_error why = {0};
    ProtobufCMessage *message = NULL;
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
    struct ledger_arena *arena = ledger_arena_new(0);
    json_t *json = json_pack(repeated ? "{s:[o]}" : "{s:o}", field->name, constant_json(shape));
    enum ledger_err err = LEDGER_E_NO_MEMORY;
    if (arena != NULL && json != NULL)
        err = ledger_json_to_message(json, descriptor, arena, &message, &why);
    if (err == LEDGER_E_OK)
        err = ledger_message_check(message, &why);
    json_decref(json);
    ledger_arena_free(arena);
    if (err == LEDGER_E_OK || err == LEDGER_E_MISSING_FIELD)
        return LEDGER_E_OK;
    return ledger_fail(error, err == LEDGER_E_NO_MEMORY ? err : LEDGER_E_MAP_INVALID, NULL,
                       "field \"%s\": \"%s\" does not fit: %s", field->name, shape->value.source,
                       why.message);
}

static enum ledger_err value_check(struct import_shape *shape,
                                   const ProtobufCMessageDescriptor *descriptor,
                                   const ProtobufCFieldDescriptor *field,
                                   const struct import_shape **culprit,
                                   struct ledger_error *error) {
    *culprit = shape;
    bool is_message = field->type == PROTOBUF_C_TYPE_MESSAGE;
    if (is_message && !is_text_message(field->descriptor))
        return shape->kind == IMPORT_SHAPE_OBJECT
                   ? import_shape_check(shape, field->descriptor, culprit, error)
                   : ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                                 "field \"%s\": expected a mapping", field->name);
    if (shape->kind != IMPORT_SHAPE_VALUE)
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "field \"%s\": expected one value",
                           field->name);
    if (is_message || field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_BYTES)
        shape->constant_kind = IMPORT_TEXT;
    if (!shape->value.constant || shape->value.source[0] == '\0')
        return LEDGER_E_OK;
    return field->type == PROTOBUF_C_TYPE_ENUM ? enum_check(shape, field->descriptor, error)
                                               : constant_check(shape, descriptor, field, error);
}

static enum ledger_err field_check(struct import_shape *shape,
                                   const ProtobufCMessageDescriptor *descriptor,
                                   const ProtobufCFieldDescriptor *field,
                                   const struct import_shape **culprit,
                                   struct ledger_error *error) {
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return value_check(shape, descriptor, field, culprit, error);
    if (shape->kind != IMPORT_SHAPE_LIST) {
        *culprit = shape;
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "field \"%s\": expected a list",
                           field->name);
    }
    for (size_t i = 0; i < shape->count; i++) {
        enum ledger_err err = value_check(&shape->items[i], descriptor, field, culprit, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

enum ledger_err import_shape_check(struct import_shape *shape,
                                   const ProtobufCMessageDescriptor *descriptor,
                                   const struct import_shape **culprit,
                                   struct ledger_error *error) {
    *culprit = shape;
    if (shape->kind != IMPORT_SHAPE_OBJECT)
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected a mapping");
    for (size_t i = 0; i < shape->count; i++) {
        const ProtobufCFieldDescriptor *field = field_find(descriptor, shape->keys[i]);
        if (field == NULL) {
            *culprit = &shape->items[i];
            return unknown_field(descriptor, shape->keys[i], error);
        }
        enum ledger_err err = field_check(&shape->items[i], descriptor, field, culprit, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

// ---- filling in

struct fill {
    size_t asked; // templates with placeholders met
    size_t given; // of them, not absent
    bool keep;    // of the part itself, however empty it is
};

static enum ledger_err build(const struct import_shape *shape, const struct import_csv_row *row,
                             struct ledger_arena *arena, struct fill *fill, json_t **json,
                             struct ledger_error *error);

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "building a fact");
}

static json_t *value_json(const struct import_value *value) {
    switch (value->kind) {
    case IMPORT_TEXT:
        return json_string(value->text);
    case IMPORT_INTEGER:
        return json_integer(value->number);
    case IMPORT_BOOLEAN:
        return json_boolean(value->number != 0);
    }
    return NULL;
}

static enum ledger_err value_build(const struct import_shape *shape,
                                   const struct import_csv_row *row, struct ledger_arena *arena,
                                   struct fill *fill, json_t **json, struct ledger_error *error) {
    struct import_value value;
    enum ledger_err err = import_template_run(&shape->value, row, arena, &value, error);
    if (err != LEDGER_E_OK)
        return err;
    if (!shape->value.constant) {
        fill->asked++;
        fill->given += value.text[0] != '\0' ? 1 : 0;
    }
    if (value.text[0] == '\0')
        return LEDGER_E_OK;
    *json = shape->value.constant ? constant_json(shape) : value_json(&value);
    return *json != NULL ? LEDGER_E_OK : no_memory(error);
}

static enum ledger_err item_add(const struct import_shape *shape, size_t i, json_t *item,
                                json_t *json) {
    if (item == NULL)
        return LEDGER_E_OK;
    int failed = shape->kind == IMPORT_SHAPE_OBJECT
                     ? json_object_set_new(json, shape->keys[i], item)
                     : json_array_append_new(json, item);
    return failed == 0 ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
}

static void path_prefix(const struct import_shape *shape, size_t i, struct ledger_error *error) {
    char index[32];
    if (shape->kind == IMPORT_SHAPE_OBJECT) {
        ledger_error_prefix(error, shape->keys[i]);
    } else {
        (void)snprintf(index, sizeof index, "[%zu]", i);
        ledger_error_prefix(error, index);
    }
}

static enum ledger_err items_build(const struct import_shape *shape,
                                   const struct import_csv_row *row, struct ledger_arena *arena,
                                   struct fill *fill, json_t **json, struct ledger_error *error) {
    json_t *all = shape->kind == IMPORT_SHAPE_OBJECT ? json_object() : json_array();
    struct fill own = {0};
    for (size_t i = 0; all != NULL && i < shape->count; i++) {
        json_t *item = NULL;
        enum ledger_err err = build(&shape->items[i], row, arena, &own, &item, error);
        if (err != LEDGER_E_OK)
            path_prefix(shape, i, error);
        else if (item_add(shape, i, item, all) != LEDGER_E_OK)
            err = no_memory(error);
        if (err != LEDGER_E_OK) {
            json_decref(all);
            return err;
        }
    }
    if (all == NULL)
        return no_memory(error);
    fill->asked += own.asked;
    fill->given += own.given;
    bool nothing = shape->kind == IMPORT_SHAPE_OBJECT ? own.given == 0 : json_array_size(all) == 0;
    if (own.asked > 0 && nothing && !fill->keep) {
        json_decref(all);
        all = NULL;
    }
    *json = all;
    return LEDGER_E_OK;
}

static enum ledger_err build(const struct import_shape *shape, const struct import_csv_row *row,
                             struct ledger_arena *arena, struct fill *fill, json_t **json,
                             struct ledger_error *error) {
    *json = NULL;
    return shape->kind == IMPORT_SHAPE_VALUE ? value_build(shape, row, arena, fill, json, error)
                                             : items_build(shape, row, arena, fill, json, error);
}

enum ledger_err import_shape_build(const struct import_shape *shape,
                                   const struct import_csv_row *row, struct ledger_arena *arena,
                                   bool keep, json_t **json, struct ledger_error *error) {
    struct fill fill = {.keep = keep};
    return build(shape, row, arena, &fill, json, error);
}
