#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ledger/event.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/text.h"

void fuzz_fail(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

struct ledger_arena *fuzz_arena(void) {
    static struct ledger_arena *arena;
    if (!arena)
        arena = ledger_arena_new(0);
    MUST(arena != NULL);
    ledger_arena_reset(arena);
    ledger_arena_limit(arena, LEDGER_REQUEST_MEMORY_MAX);
    return arena;
}

// ---- refusals

static bool is_text(const char *text) {
    return ledger_text_check(ledger_span_text(text)) == LEDGER_E_OK;
}

void fuzz_refused(enum ledger_err err, const struct ledger_error *error) {
    MUST(err != LEDGER_E_OK && err == error->code);
    MUST(err != LEDGER_E_INTERNAL && err != LEDGER_E_NO_MEMORY);
    MUST(error->message[0] != '\0');
    MUST(is_text(error->message));
    MUST(is_text(error->field));
    MUST(is_text(error->stream));
}

void fuzz_refused_field(enum ledger_err err, const struct ledger_error *error) {
    fuzz_refused(err, error);
    MUST(error->field[0] != '\0');
}

// ---- messages

struct ledger_span fuzz_pack(const ProtobufCMessage *message, struct ledger_arena *arena) {
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *place = ledger_arena_alloc(arena, size + 1);
    MUST(place != NULL);
    MUST(protobuf_c_message_pack(message, place) == size);
    return ledger_span_of(place, size);
}

// An allocator that knows how much was asked for each place: a text's place says how long the text
// was on the wire, wherever its first NUL stands.
struct sized {
    size_t size;
    _Alignas(max_align_t) uint8_t bytes[];
};

static void *sized_alloc(void *arena, size_t size) {
    struct sized *made = ledger_arena_alloc(arena, sizeof *made + size);
    if (!made)
        return NULL;
    made->size = size;
    return made->bytes;
}

static void sized_free(void *arena, void *place) {
    (void)arena;
    (void)place;
}

static bool text_is_whole(const char *text) {
    const struct sized *sized =
        (const struct sized *)(const void *)(text - offsetof(struct sized, bytes));
    return sized->size == strlen(text) + 1;
}

static void texts_are_whole(const ProtobufCMessage *message);

static void item_is_whole(const void *item, const ProtobufCFieldDescriptor *field) {
    if (field->type == PROTOBUF_C_TYPE_STRING)
        MUST(text_is_whole(*(const char *const *)item));
    else if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        texts_are_whole(*(const ProtobufCMessage *const *)item);
}

static void texts_are_whole(const ProtobufCMessage *message) {
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        const char *place = (const char *)message + field->offset;
        const char *quantifier = (const char *)message + field->quantifier_offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = *(const size_t *)(const void *)quantifier;
            const void *const *items = *(const void *const *const *)(const void *)place;
            for (size_t j = 0; j < count; j++)
                item_is_whole(&items[j], field);
        } else {
            bool present = !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
                           *(const uint32_t *)(const void *)quantifier == field->id;
            if (present && *(const void *const *)(const void *)place)
                item_is_whole(place, field);
        }
    }
}

static void no_text_is_cut(const ProtobufCMessageDescriptor *descriptor, struct ledger_span bytes) {
    struct ledger_arena *arena = ledger_arena_new(0);
    MUST(arena != NULL);
    ProtobufCAllocator allocator = {
        .alloc = sized_alloc, .free = sized_free, .allocator_data = arena};
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &allocator, bytes.size, bytes.data);
    MUST(message != NULL);
    texts_are_whole(message);
    ledger_arena_free(arena);
}

ProtobufCMessage *fuzz_unpack(const ProtobufCMessageDescriptor *descriptor,
                              struct ledger_span bytes, size_t size_max,
                              struct ledger_arena *arena) {
    ProtobufCMessage *message = NULL, *again = NULL;
    struct ledger_error error = {0};
    enum ledger_err err =
        ledger_message_unpack(descriptor, bytes, size_max, arena, &message, &error);
    if (err != LEDGER_E_OK) {
        MUST(err == LEDGER_E_MALFORMED || err == LEDGER_E_TOO_LARGE ||
             err == LEDGER_E_EMBEDDED_NUL);
        fuzz_refused(err, &error);
        return NULL;
    }
    no_text_is_cut(descriptor, bytes);
    struct ledger_span packed = fuzz_pack(message, arena);
    MUST(ledger_message_unpack(descriptor, packed, SIZE_MAX, arena, &again, &error) == LEDGER_E_OK);
    MUST(ledger_span_equal(fuzz_pack(again, arena), packed));
    return message;
}

void fuzz_json_keeps(const ProtobufCMessage *message, struct ledger_arena *arena) {
    struct ledger_error error = {0};
    ProtobufCMessage *back = NULL, *again = NULL;
    json_t *json = ledger_json_from_message(message);
    MUST(json != NULL);
    enum ledger_err err = ledger_json_to_message(json, message->descriptor, arena, &back, &error);
    if (err != LEDGER_E_OK)
        fprintf(stderr, "%s: %s: %s\n", ledger_err_code(err), error.field, error.message);
    MUST(err == LEDGER_E_OK);
    json_t *json_again = ledger_json_from_message(back);
    MUST(json_again != NULL && json_equal(json, json_again));
    MUST(ledger_json_to_message(json_again, message->descriptor, arena, &again, &error) ==
         LEDGER_E_OK);
    MUST(ledger_span_equal(fuzz_pack(back, arena), fuzz_pack(again, arena)));
    json_decref(json);
    json_decref(json_again);
}

// ---- inputs

const char *fuzz_file(struct ledger_span bytes) {
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        MUST(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, bytes.data, bytes.size, 0) == (ssize_t)bytes.size);
    return path;
}

struct ledger_span fuzz_cut(struct ledger_span *bytes, uint8_t separator) {
    const uint8_t *at = bytes->size > 0 ? memchr(bytes->data, separator, bytes->size) : NULL;
    struct ledger_span part = *bytes;
    if (at)
        part.size = (size_t)(at - bytes->data);
    size_t taken = part.size + (at != NULL);
    *bytes = ledger_span_of(bytes->data + taken, bytes->size - taken);
    return part;
}
