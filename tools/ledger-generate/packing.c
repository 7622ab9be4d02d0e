#include "packing.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/arena.h"
#include "ledger/event.h"
#include "ledger/json.h"
#include "ledger/v1/service.pb-c.h"

enum { ARENA_CHUNK = 65536, VARINT_MAX = 10 };

struct packing {
    enum packing_form form;
    struct ledger_arena *arena;
    struct ledger_buffer new_event;
};

struct packing *packing_new(enum packing_form form) {
    struct packing *packing = calloc(1, sizeof *packing);
    if (!packing)
        return NULL;
    packing->form = form;
    packing->arena = ledger_arena_new(ARENA_CHUNK);
    if (packing->arena)
        return packing;
    free(packing);
    return NULL;
}

void packing_free(struct packing *packing) {
    if (!packing)
        return;
    ledger_buffer_fini(&packing->new_event);
    ledger_arena_free(packing->arena);
    free(packing);
}

static enum ledger_err fail_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
}

static enum ledger_err make_line(const json_t *event, char **bytes, size_t *size,
                                 struct ledger_error *error) {
    char *line = json_dumps(event, JSON_COMPACT);
    if (!line)
        return fail_memory(error);
    *size = strlen(line) + 1;
    line[*size - 1] = '\n'; // in place of the NUL
    *bytes = line;
    return LEDGER_E_OK;
}

// A field `bytes` or of a message: its tag and size, then its bytes.
static void add_field(struct ledger_buffer *buffer, uint32_t number, struct ledger_span bytes) {
    enum { LENGTH_DELIMITED = 2 };
    uint8_t head[2 * VARINT_MAX];
    uint8_t *end = ledger_varint_write(head, number << 3 | LENGTH_DELIMITED);
    end = ledger_varint_write(end, bytes.size);
    ledger_buffer_add(buffer, head, (size_t)(end - head));
    ledger_buffer_add_span(buffer, bytes);
}

static uint32_t number_of(const ProtobufCMessageDescriptor *message, const char *field) {
    return protobuf_c_message_descriptor_get_field_by_name(message, field)->id;
}

static enum ledger_err make_packed(struct packing *packing, const json_t *json, char **bytes,
                                   size_t *size, struct ledger_error *error) {
    const ProtobufCMessageDescriptor *type = &ledger__v1__new_event__descriptor;
    struct ledger_event_bytes event;
    struct ledger_buffer whole = {0};
    ledger_arena_reset(packing->arena);
    ledger_buffer_clear(&packing->new_event);
    enum ledger_err err = ledger_event_from_json(json, packing->arena, &event, error);
    if (err)
        return err;
    add_field(&packing->new_event, number_of(type, "event"), event.event);
    for (size_t i = 0; i < event.personal_count; i++)
        add_field(&packing->new_event, number_of(type, "personal"), event.personal[i]);
    add_field(&whole, number_of(&ledger__v1__append__descriptor, "events"),
              ledger_buffer_span(&packing->new_event));
    if (packing->new_event.failed || whole.failed) {
        ledger_buffer_fini(&whole);
        return fail_memory(error);
    }
    *bytes = (char *)whole.data;
    *size = whole.size;
    return LEDGER_E_OK;
}

enum ledger_err packing_make(struct packing *packing, const json_t *event, char **bytes,
                             size_t *size, struct ledger_error *error) {
    return packing->form == PACKING_LINES ? make_line(event, bytes, size, error)
                                          : make_packed(packing, event, bytes, size, error);
}
