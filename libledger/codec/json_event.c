// Events as their writers state them, and records as readers see them: JSON whose payload is an
// object of the type that `type` names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/integration.pb-c.h"
#include "json_internal.h"
#include "ledger/clock.h"
#include "ledger/limits.h"
#include "ledger/uuid.h"

// ---- in

static enum ledger_err pack(const ProtobufCMessage *message, struct ledger_arena *arena,
                            struct ledger_span *bytes, struct ledger_error *error) {
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *place = ledger_arena_alloc(arena, size);
    if (!place)
        return json_no_memory(error);
    *bytes = ledger_span_of(place, protobuf_c_message_pack(message, place));
    return LEDGER_E_OK;
}

// Decodes all but the keys in `apart`, which have a form that the descriptor does not tell.
static enum ledger_err decode_apart(const json_t *json,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    const char *const *apart, struct ledger_arena *arena,
                                    ProtobufCMessage **message, struct ledger_error *error) {
    if (!json_is_object(json))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL, "must be an object, not %s",
                           json_kind(json));
    json_t *rest = json_copy((json_t *)json);
    // Jansson leaves out what it has no memory for.
    if (!rest || json_object_size(rest) != json_object_size(json)) {
        json_decref(rest);
        return json_no_memory(error);
    }
    for (; *apart; apart++)
        json_object_del(rest, *apart);
    enum ledger_err err = ledger_json_to_message(rest, descriptor, arena, message, error);
    json_decref(rest);
    return err;
}

static enum ledger_err payload_from_json(const json_t *json, const char *type,
                                         struct ledger_arena *arena, ProtobufCBinaryData *payload,
                                         struct ledger_error *error);

// Its payload is an object too, of the type that is corrected.
static enum ledger_err correction_from_json(const json_t *json, struct ledger_arena *arena,
                                            ProtobufCMessage **message,
                                            struct ledger_error *error) {
    static const char *const apart[] = {"payload", NULL};
    enum ledger_err err =
        decode_apart(json, &facts__v1__fact_corrected__descriptor, apart, arena, message, error);
    const json_t *inner = json_object_get(json, "payload");
    if (err || !inner || json_is_null(inner))
        return err;
    Facts__V1__FactCorrected *correction = (Facts__V1__FactCorrected *)*message;
    if (!correction->type)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "type", "must be the corrected fact's");
    correction->has_payload = 1;
    return payload_from_json(inner, correction->type, arena, &correction->payload, error);
}

// What it holds is the writer's affair: an object is kept as JSON text, anything else comes as
// base64.
static enum ledger_err external_from_json(const json_t *json, struct ledger_arena *arena,
                                          struct ledger_span *bytes, struct ledger_error *error) {
    if (json_is_object(json)) {
        char *dump = json_dumps(json, JSON_COMPACT);
        size_t size = dump ? strlen(dump) : 0;
        uint8_t *place = dump ? ledger_arena_copy(arena, dump, size) : NULL;
        free(dump);
        *bytes = ledger_span_of(place, size);
        return place ? LEDGER_E_OK : json_no_memory(error);
    }
    const char *text = json_string_value(json);
    if (text && bytes_from_text(BYTES_ANY, ledger_span_text(text), arena, bytes))
        return LEDGER_E_OK;
    if (text && !bytes->data)
        return json_no_memory(error);
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                       "takes an object or base64 text, since the type is an external one");
}

static enum ledger_err registered_from_json(const json_t *json, const struct ledger_fact_type *fact,
                                            struct ledger_arena *arena, struct ledger_span *bytes,
                                            struct ledger_error *error) {
    ProtobufCMessage *message;
    enum ledger_err err = fact->fact == LEDGER_FACT_FactCorrected
                              ? correction_from_json(json, arena, &message, error)
                              : ledger_json_to_message(json, fact->payload, arena, &message, error);
    return err ? err : pack(message, arena, bytes, error);
}

// Errors are relative to the object that holds `type` and `payload`.
static enum ledger_err payload_from_json(const json_t *json, const char *type,
                                         struct ledger_arena *arena, ProtobufCBinaryData *payload,
                                         struct ledger_error *error) {
    const struct ledger_fact_type *fact = ledger_fact_find(ledger_span_text(type));
    struct ledger_span bytes;
    enum ledger_err err;
    if (fact)
        err = registered_from_json(json, fact, arena, &bytes, error);
    else if (ledger_fact_is_external(ledger_span_text(type)))
        err = external_from_json(json, arena, &bytes, error);
    else
        return ledger_fail(error, LEDGER_E_UNKNOWN_TYPE, "type", "\"%.100s\" is no registered type",
                           type);
    if (err) {
        ledger_error_prefix(error, "payload");
        return err;
    }
    *payload = (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.data};
    return LEDGER_E_OK;
}

static enum ledger_err personal_from_json(const json_t *json, struct ledger_arena *arena,
                                          struct ledger_event_bytes *bytes,
                                          struct ledger_error *error) {
    if (!json || json_is_null(json))
        return LEDGER_E_OK;
    if (!json_is_array(json))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "personal", "takes an array, not %s",
                           json_kind(json));
    size_t count = json_array_size(json);
    bytes->personal = ledger_arena_calloc(arena, count * sizeof *bytes->personal);
    if (!bytes->personal)
        return json_no_memory(error);
    for (; bytes->personal_count < count; bytes->personal_count++) {
        size_t i = bytes->personal_count;
        ProtobufCMessage *part;
        enum ledger_err err = ledger_json_to_message(
            json_array_get(json, i), &ledger__v1__personal_part__descriptor, arena, &part, error);
        if (!err)
            err = pack(part, arena, &bytes->personal[i], error);
        if (err) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "personal[%zu]", i);
            ledger_error_prefix(error, prefix);
            return err;
        }
    }
    return LEDGER_E_OK;
}

static enum ledger_err add_defaults(Ledger__V1__Event *event, struct ledger_arena *arena,
                                    struct ledger_error *error) {
    if (!event->has_schema_version) {
        event->has_schema_version = 1;
        event->schema_version = 1;
    }
    if (event->has_event_id)
        return LEDGER_E_OK;
    struct ledger_uuid *uuid = ledger_arena_alloc(arena, sizeof *uuid);
    if (!uuid)
        return json_no_memory(error);
    uint64_t now_ms = (uint64_t)ledger_clock_system.wall_micros(NULL) / 1000;
    enum ledger_err err = ledger_uuid_v7(now_ms, uuid);
    if (err)
        return ledger_fail(error, err, "event_id", "no random bytes to make one from");
    event->has_event_id = 1;
    event->event_id = (ProtobufCBinaryData){.len = sizeof uuid->bytes, .data = uuid->bytes};
    return LEDGER_E_OK;
}

enum ledger_err ledger_event_from_json(const json_t *json, struct ledger_arena *arena,
                                       struct ledger_event_bytes *bytes,
                                       struct ledger_error *error) {
    // The last four are the server's: a line that was read may be given back as it is.
    static const char *const apart[] = {"payload",       "personal",  "position", "recordedAt",
                                        "streamVersion", "principal", NULL};
    *bytes = (struct ledger_event_bytes){0};
    ProtobufCMessage *message;
    enum ledger_err err =
        decode_apart(json, &ledger__v1__event__descriptor, apart, arena, &message, error);
    if (err)
        return err;
    Ledger__V1__Event *event = (Ledger__V1__Event *)message;
    if (!event->type)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "type", "must be given");
    const json_t *payload = json_object_get(json, "payload");
    if (payload && !json_is_null(payload)) {
        event->has_payload = 1;
        err = payload_from_json(payload, event->type, arena, &event->payload, error);
    }
    bytes->event_id_made = !event->has_event_id;
    if (!err)
        err = add_defaults(event, arena, error);
    bytes->event_id = ledger_span_of(event->event_id.data, event->event_id.len);
    if (!err)
        err = pack(message, arena, &bytes->event, error);
    if (!err)
        err = personal_from_json(json_object_get(json, "personal"), arena, bytes, error);
    return err;
}

// ---- out. Every step may run out of memory, which is what false means.

static bool add(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static bool add_payload(json_t *object, const char *type, const ProtobufCBinaryData *payload,
                        struct ledger_arena *arena);

static json_t *payload_to_json(const ProtobufCMessage *message, const struct ledger_fact_type *fact,
                               struct ledger_arena *arena) {
    if (fact->fact != LEDGER_FACT_FactCorrected)
        return ledger_json_from_message(message);
    const Facts__V1__FactCorrected *correction = (const Facts__V1__FactCorrected *)message;
    json_t *object = json_object();
    if (object && json_add_fields(object, message, "payload") &&
        (!correction->has_payload ||
         add_payload(object, correction->type, &correction->payload, arena)))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *external_to_json(struct ledger_span bytes) {
    json_t *json = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return json_from_bytes(BYTES_ANY, bytes);
}

static bool add_payload(json_t *object, const char *type, const ProtobufCBinaryData *payload,
                        struct ledger_arena *arena) {
    struct ledger_span name = ledger_span_text(type ? type : "");
    struct ledger_span bytes = ledger_span_of(payload->data, payload->len);
    if (ledger_fact_is_external(name))
        return add(object, "payload", external_to_json(bytes));
    const struct ledger_fact_type *fact;
    ProtobufCMessage *message;
    struct ledger_error error;
    enum ledger_err err = ledger_payload_unpack(name, bytes, arena, &fact, &message, &error);
    if (err == LEDGER_E_NO_MEMORY)
        return false;
    if (err)
        return add(object, "payloadBase64", json_from_bytes(BYTES_ANY, bytes)) &&
               add(object, "payloadError",
                   json_sprintf("%s: %s", ledger_err_code(err), error.message));
    return add(object, "payload", payload_to_json(message, fact, arena));
}

static bool add_server_fields(json_t *object, const Ledger__V1__Record *record) {
    return add(object, "position", json_from_u64(record->position)) &&
           add(object, "recordedAt", json_from_instant(record->recorded_at, 0)) &&
           add(object, "streamVersion", json_from_u64(record->stream_version)) &&
           (!record->principal || add(object, "principal", json_from_text(record->principal)));
}

static bool add_event(json_t *object, const Ledger__V1__Event *event, struct ledger_arena *arena) {
    return json_add_fields(object, &event->base, "payload") &&
           (!event->has_payload || add_payload(object, event->type, &event->payload, arena));
}

json_t *ledger_payload_to_json(const Ledger__V1__Event *event, struct ledger_arena *arena) {
    json_t *object = json_object();
    if (object && (!event->has_payload || add_payload(object, event->type, &event->payload, arena)))
        return object;
    json_decref(object);
    return NULL;
}

static bool add_personal(json_t *object, const Ledger__V1__Record *record) {
    if (record->n_personal == 0)
        return true;
    json_t *array = json_array();
    if (!add(object, "personal", array))
        return false;
    for (size_t i = 0; i < record->n_personal; i++)
        if (json_array_append_new(array, ledger_json_from_message(&record->personal[i]->base)))
            return false;
    return true;
}

json_t *ledger_record_to_json(const Ledger__V1__Record *record, struct ledger_arena *arena) {
    json_t *object = json_object();
    if (object && add_server_fields(object, record) &&
        (!record->event || add_event(object, record->event, arena)) && add_personal(object, record))
        return object;
    json_decref(object);
    return NULL;
}
