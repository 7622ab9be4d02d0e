#include "export_json.h"

#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/moment.h"
#include "ledger/text.h"
#include "ledger/v1/export.pb-c.h"

// Beside the record, if its text does not give its bytes again.
static const char packed_key[] = "packed";

// ---- back

static bool number_of(const json_t *json, const char *key, uint64_t *number) {
    const char *text = json_string_value(json_object_get(json, key));
    return text != NULL && ledger_u64_parse(ledger_span_text(text), number);
}

static bool server_fields_of(const json_t *json, struct ledger_record_parts *parts) {
    const char *recorded = json_string_value(json_object_get(json, "recordedAt"));
    const json_t *principal = json_object_get(json, "principal");
    int32_t offset;
    if (principal != NULL)
        parts->principal =
            ledger_span_of(json_string_value(principal), json_string_length(principal));
    return number_of(json, "position", &parts->position) &&
           number_of(json, "streamVersion", &parts->stream_version) && recorded != NULL &&
           ledger_instant_parse(ledger_span_text(recorded), &parts->recorded_at, &offset) &&
           (principal == NULL || json_is_string(principal));
}

static enum ledger_err packed_of(const json_t *json, struct ledger_arena *arena,
                                 struct ledger_span *record, struct ledger_error *error) {
    ProtobufCMessage *message;
    json_t *only = json_pack("{s:O}", packed_key, json_object_get(json, packed_key));
    if (only == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading a line");
    enum ledger_err err = ledger_json_to_message(only, &ledger__v1__exported_bytes__descriptor,
                                                 arena, &message, error);
    json_decref(only);
    if (err != LEDGER_E_OK)
        return err;
    const Ledger__V1__ExportedBytes *bytes = (const Ledger__V1__ExportedBytes *)message;
    *record = ledger_span_of(bytes->packed.data, bytes->packed.len);
    return LEDGER_E_OK;
}

enum ledger_err export_json_to_record(const json_t *json, struct ledger_arena *arena,
                                      struct ledger_span *record, struct ledger_error *error) {
    struct ledger_record_parts parts = {0};
    struct ledger_event_bytes bytes;
    if (json_object_get(json, packed_key) != NULL)
        return packed_of(json, arena, record, error);
    enum ledger_err err = ledger_event_from_json(json, arena, &bytes, error);
    if (err != LEDGER_E_OK)
        return err;
    if (!server_fields_of(json, &parts))
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL,
                           "position, recordedAt, streamVersion or principal is not as exported");
    parts.event = bytes.event;
    parts.personal = bytes.personal;
    parts.personal_count = bytes.personal_count;
    uint8_t *place = ledger_arena_alloc(arena, ledger_record_size(&parts));
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading a line");
    *record = ledger_span_of(place, (size_t)(ledger_record_write(&parts, place) - place));
    return LEDGER_E_OK;
}

// ---- out

// Does the text lead back? A reader has nothing but the text, so it is parsed anew.
static bool leads_back(const char *text, struct ledger_span record, struct ledger_arena *arena) {
    struct ledger_span again;
    struct ledger_error ignored;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool same = json != NULL &&
                export_json_to_record(json, arena, &again, &ignored) == LEDGER_E_OK &&
                ledger_span_equal(again, record);
    json_decref(json);
    return same;
}

static bool add_packed(json_t *json, struct ledger_span record) {
    Ledger__V1__ExportedBytes bytes = LEDGER__V1__EXPORTED_BYTES__INIT;
    bytes.has_packed = 1;
    bytes.packed =
        (ProtobufCBinaryData){.len = record.size, .data = (uint8_t *)(uintptr_t)record.data};
    json_t *packed = ledger_json_from_message(&bytes.base);
    bool added = packed != NULL && json_object_update_missing(json, packed) == 0;
    json_decref(packed);
    return added;
}

char *export_json_of_record(struct ledger_span record, struct ledger_arena *arena,
                            enum ledger_err *err) {
    ProtobufCMessage *message;
    *err = ledger_message_unpack(&ledger__v1__record__descriptor, record, LEDGER_RECORD_SIZE_MAX,
                                 arena, &message, NULL);
    if (*err != LEDGER_E_OK)
        return NULL;
    *err = LEDGER_E_NO_MEMORY;
    json_t *json = ledger_record_to_json((const Ledger__V1__Record *)message, arena);
    char *text = json != NULL ? json_dumps(json, COMMON_LINE_FORM) : NULL;
    if (text != NULL && !leads_back(text, record, arena)) {
        free(text);
        text = add_packed(json, record) ? json_dumps(json, COMMON_LINE_FORM) : NULL;
    }
    json_decref(json);
    if (text != NULL)
        *err = LEDGER_E_OK;
    return text;
}
