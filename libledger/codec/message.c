// Unpacking and packing: the only calls of protobuf-c's own parser and writer.
#include <string.h>

#include "codec_internal.h"
#include "wire.h"

struct arena_allocator {
    ProtobufCAllocator base;
    struct ledger_arena *arena;
    bool failed;
};

static void *allocate(void *data, size_t size) {
    struct arena_allocator *allocator = data;
    void *place = ledger_arena_alloc(allocator->arena, size);
    if (!place)
        allocator->failed = true;
    return place;
}

static void release(void *data, void *pointer) {
    // The arena frees everything at once.
    (void)data;
    (void)pointer;
}

// ---- NULs. An unpacked text ends at its first NUL, so one inside it can only be seen in the
// packed bytes. protobuf-c has parsed them then.

// Values of a repeated field are counted as they follow each other, which is how writers pack them.
static enum ledger_err refuse_nul(const ProtobufCMessageDescriptor *descriptor,
                                  struct ledger_span bytes, const struct field_path *parent,
                                  struct ledger_error *error) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct field_path path = {.parent = parent};
    struct wire_field wire;
    uint32_t last_id = 0;
    while (at < end && (at = wire_next(at, end, &wire))) {
        path.index = wire.id == last_id ? path.index + 1 : 0;
        last_id = wire.id;
        const ProtobufCFieldDescriptor *field =
            wire.type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED
                ? protobuf_c_message_descriptor_get_field(descriptor, wire.id)
                : NULL;
        if (!field || wire.bytes.size == 0)
            continue;
        path.name = field->name;
        path.repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        enum ledger_err err = LEDGER_E_OK;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            err = refuse_nul(field->descriptor, wire.bytes, &path, error);
        else if (field->type == PROTOBUF_C_TYPE_STRING &&
                 memchr(wire.bytes.data, 0, wire.bytes.size))
            err = fail_at(error, LEDGER_E_EMBEDDED_NUL, &path, "the text holds a NUL");
        if (err)
            return err;
    }
    // protobuf-c lets pass what other parsers refuse: field 0, and numbers of more than 64 bits.
    return at || bytes.size == 0 ? LEDGER_E_OK
                                 : fail_at(error, LEDGER_E_MALFORMED, parent,
                                           "the bytes are no packed %s", descriptor->short_name);
}

enum ledger_err ledger_message_unpack(const ProtobufCMessageDescriptor *descriptor,
                                      struct ledger_span bytes, size_t size_max,
                                      struct ledger_arena *arena, ProtobufCMessage **message,
                                      struct ledger_error *error) {
    if (bytes.size > size_max)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL, "%s has %zu bytes; at most %zu",
                           descriptor->short_name, bytes.size, size_max);
    struct arena_allocator allocator = {.arena = arena};
    allocator.base =
        (ProtobufCAllocator){.alloc = allocate, .free = release, .allocator_data = &allocator};
    ProtobufCMessage *unpacked =
        protobuf_c_message_unpack(descriptor, &allocator.base, bytes.size, bytes.data);
    if (!unpacked && allocator.failed && ledger_arena_limited(arena))
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL, "%s unpacks to more than is allowed",
                           descriptor->short_name);
    if (!unpacked && allocator.failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    if (!unpacked)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the bytes are no packed %s",
                           descriptor->short_name);
    enum ledger_err err = refuse_nul(descriptor, bytes, NULL, error);
    if (err)
        return err;
    *message = unpacked;
    return LEDGER_E_OK;
}

void ledger_message_pack(const ProtobufCMessage *message, struct ledger_buffer *buffer) {
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *place = ledger_buffer_reserve(buffer, size);
    if (place)
        buffer->size += protobuf_c_message_pack(message, place);
}
