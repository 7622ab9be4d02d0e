// What a field's name says of its value (proto/README.md), and bytes as JSON text: UUIDs,
// hexadecimal digests, base64 for everything else.
#include <stdlib.h>
#include <string.h>

#include "codec_internal.h"
#include "ledger/text.h"
#include "ledger/uuid.h"

enum { UUID_SIZE = 16, SHA256_SIZE = 32 };

static bool ends_with(const char *name, const char *ending) {
    size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

bool field_is_id(const ProtobufCFieldDescriptor *field) {
    return ends_with(field->name, "_id") || ends_with(field->name, "_ids");
}

uint32_t field_number_max(const ProtobufCFieldDescriptor *field) {
    if (ends_with(field->name, "_bp"))
        return 10000;
    return ends_with(field->name, "pct") ? 100 : UINT32_MAX;
}

enum bytes_form bytes_form_of(const ProtobufCFieldDescriptor *field) {
    if (field_is_id(field))
        return BYTES_UUID;
    return ends_with(field->name, "sha256") ? BYTES_SHA256 : BYTES_ANY;
}

size_t bytes_form_size(enum bytes_form form) {
    switch (form) {
    case BYTES_UUID:
        return UUID_SIZE;
    case BYTES_SHA256:
        return SHA256_SIZE;
    case BYTES_ANY:
        break;
    }
    return 0;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void write_base64(struct ledger_span bytes, char *text) {
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)bytes.data[i] << 16;
        group |= left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        group |= left > 2 ? bytes.data[i + 2] : 0;
        *text++ = base64_digits[group >> 18];
        *text++ = base64_digits[group >> 12 & 63];
        *text++ = left > 1 ? base64_digits[group >> 6 & 63] : '=';
        *text++ = left > 2 ? base64_digits[group & 63] : '=';
    }
    *text = '\0';
}

char *bytes_to_text(enum bytes_form form, struct ledger_span bytes) {
    // Bytes of another size than the form's show as they are, rather than not at all.
    size_t size = bytes_form_size(form);
    if (size > 0 && bytes.size != size)
        form = BYTES_ANY;
    char *text = malloc(bytes.size * 2 + LEDGER_UUID_TEXT_SIZE);
    if (!text)
        return NULL;
    struct ledger_uuid uuid;
    switch (form) {
    case BYTES_UUID:
        memcpy(uuid.bytes, bytes.data, UUID_SIZE);
        ledger_uuid_format(&uuid, text);
        break;
    case BYTES_SHA256:
        *ledger_hex_write(bytes, text) = '\0';
        break;
    case BYTES_ANY:
        write_base64(bytes, text);
        break;
    }
    return text;
}

static int hex_value(uint8_t character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

static bool read_sha256(struct ledger_span text, uint8_t *place) {
    if (text.size != (size_t)SHA256_SIZE * 2)
        return false;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        int high = hex_value(text.data[2 * i]), low = hex_value(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        place[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

// Both alphabets of RFC 4648.
static int base64_value(uint8_t character) {
    if (character == '-')
        return 62;
    if (character == '_')
        return 63;
    const char *digit = character ? strchr(base64_digits, character) : NULL;
    return digit ? (int)(digit - base64_digits) : -1;
}

// Padding may be left off, but bits beyond the last byte must be 0, so that one value has one text.
static bool read_base64(struct ledger_span text, uint8_t *place, size_t *size) {
    size_t length = text.size;
    if (length % 4 == 0 && length > 0 && text.data[length - 1] == '=')
        length -= text.data[length - 2] == '=' ? 2 : 1;
    uint32_t bits = 0;
    unsigned held = 0;
    *size = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text.data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            place[(*size)++] = (uint8_t)(bits >> held);
            bits &= (1U << held) - 1;
        }
    }
    return held < 6 && bits == 0;
}

bool bytes_from_text(enum bytes_form form, struct ledger_span text, struct ledger_arena *arena,
                     struct ledger_span *bytes) {
    uint8_t *place = ledger_arena_alloc(arena, text.size + 1);
    *bytes = ledger_span_of(place, bytes_form_size(form));
    if (!place)
        return false;
    struct ledger_uuid uuid;
    switch (form) {
    case BYTES_UUID:
        if (!ledger_uuid_parse(text, &uuid))
            return false;
        memcpy(place, uuid.bytes, UUID_SIZE);
        return true;
    case BYTES_SHA256:
        return read_sha256(text, place);
    case BYTES_ANY:
        break;
    }
    return read_base64(text, place, &bytes->size);
}
