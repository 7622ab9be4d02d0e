// Fields of packed messages, one after the other, without unpacking.
#ifndef LEDGER_CODEC_WIRE_H
#define LEDGER_CODEC_WIRE_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "ledger/event.h"
#include "ledger/span.h"

enum { WIRE_PREFIX_MAX = 5 }; // bytes of a tag or a length, which have 32 bits

struct wire_field {
    uint32_t id;
    ProtobufCWireType type;
    uint64_t number;          // varints
    struct ledger_span bytes; // length-prefixed
};

static inline const uint8_t *wire_varint(const uint8_t *at, const uint8_t *end, uint64_t *number) {
    if (at < end && *at < 0x80) { // most are one byte
        *number = *at;
        return at + 1;
    }
    return ledger_varint_read(at, end, number);
}

// A sint32's value.
static inline int32_t wire_zigzag(uint64_t number) {
    uint32_t low = (uint32_t)number;
    return (int32_t)(low >> 1 ^ -(low & 1));
}

// The byte after the field at `at`, which is before `end`; NULL if that is no field.
static inline const uint8_t *wire_next(const uint8_t *at, const uint8_t *end,
                                       struct wire_field *field) {
    uint64_t tag;
    const uint8_t *start = at;
    at = wire_varint(at, end, &tag);
    if (!at || at - start > WIRE_PREFIX_MAX)
        return NULL;
    field->id = (uint32_t)(tag >> 3);
    if (field->id == 0)
        return NULL;
    field->type = (ProtobufCWireType)(tag & 7);
    size_t size = 0;
    switch (field->type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return wire_varint(at, end, &field->number);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        size = 8;
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        size = 4;
        break;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        start = at;
        at = wire_varint(at, end, &field->number);
        if (!at || at - start > WIRE_PREFIX_MAX || field->number > (uint64_t)(end - at))
            return NULL;
        size = (size_t)field->number;
        field->bytes = ledger_span_of(at, size);
        break;
    default:
        return NULL;
    }
    return size > (size_t)(end - at) ? NULL : at + size;
}

#endif
