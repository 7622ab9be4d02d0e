// What the JSON files share.
#ifndef LEDGER_JSON_INTERNAL_H
#define LEDGER_JSON_INTERNAL_H

#include "codec_internal.h"
#include "ledger/json.h"

enum { JSON_NAME_SIZE = 80 };
// The key of a field: lowerCamelCase, but "values" for PersonalPart.plain.
void json_field_name(const ProtobufCMessageDescriptor *descriptor,
                     const ProtobufCFieldDescriptor *field, char name[JSON_NAME_SIZE]);

// New references; NULL when out of memory.
json_t *json_from_text(const char *text);
json_t *json_from_bytes(enum bytes_form form, struct ledger_span bytes);
json_t *json_from_u64(uint64_t number);
json_t *json_from_i64(int64_t number);
json_t *json_from_instant(int64_t micros, int32_t offset_minutes);
// All fields that are present but the one named `left_out` (may be NULL). False when out of memory.
bool json_add_fields(json_t *object, const ProtobufCMessage *message, const char *left_out);

// ---- single values out of JSON. False: it is none of the kind, or out of its range.
bool json_to_i64(const json_t *json, int64_t *number);
bool json_to_u64(const json_t *json, uint64_t *number);
const char *json_kind(const json_t *json); // "a text", "an object", …

enum ledger_err json_no_memory(struct ledger_error *error);

#endif
