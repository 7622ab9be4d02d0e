#include "pages.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/view.h"
#include "wire.h"

enum {
    ARENA_BYTES = 8 << 20, // of a decoded page: kept between pages, instead of being mapped anew
    TAG_REPLY_READ = LEDGER__V1__REPLY__BODY_READ << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
    TAG_POSITION = 1 << 3 | PROTOBUF_C_WIRE_TYPE_64BIT,
    RECORD_SIZE_MIN = 18, // position and time of recording
    ENVELOPE_SIZE = 100,  // about what a record has beside its payload
};

struct pages {
    enum page_form form;
    unsigned lanes;
    struct wire *wire; // NULL: unpacked by the client
    struct ledger_client *client;
    struct ledger_arena *arena;
    struct ledger_call *calls[]; // of the client
};

const char *page_form_text(enum page_form form) {
    static const char *const texts[] = {
        [PAGES_AS_THEY_COME] = "record boundaries walked",
        [PAGES_DECODED] = "every field decoded in place",
        [PAGES_UNPACKED] = "unpacked by protobuf-c",
    };
    return texts[form];
}

enum ledger_err pages_open(const char *url, struct ledger_client *client, unsigned lanes,
                           enum page_form form, struct pages **out, struct ledger_error *error) {
    *out = NULL;
    struct pages *pages = calloc(1, sizeof *pages + lanes * sizeof(struct ledger_call *));
    if (pages == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading");
    *pages = (struct pages){
        .form = form, .lanes = lanes, .client = client, .arena = ledger_arena_new(ARENA_BYTES)};
    enum ledger_err err = pages->arena == NULL
                              ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading")
                              : LEDGER_E_OK;
    if (err == LEDGER_E_OK && form != PAGES_UNPACKED)
        err = wire_open(url, lanes, &pages->wire, error);
    if (err != LEDGER_E_OK)
        pages_close(pages);
    else
        *out = pages;
    return err;
}

void pages_close(struct pages *pages) {
    Ledger__V1__Reply *reply;
    if (pages == NULL)
        return;
    for (unsigned i = 0; i < pages->lanes; i++) // left by a failure
        if (pages->calls[i] != NULL)
            (void)!ledger_call_end(pages->calls[i], pages->arena, &reply, NULL);
    wire_close(pages->wire);
    ledger_arena_free(pages->arena);
    free(pages);
}

enum ledger_err pages_ask(struct pages *pages, unsigned lane, const Ledger__V1__ReadRequest *read,
                          struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = (Ledger__V1__ReadRequest *)(uintptr_t)read;
    if (pages->form == PAGES_UNPACKED)
        return ledger_call_begin(pages->client, &request, &pages->calls[lane], error);
    size_t size = protobuf_c_message_get_packed_size(&request.base);
    uint8_t *place = wire_prepare(pages->wire, lane, size);
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "asking for a page");
    protobuf_c_message_pack(&request.base, place);
    return wire_send(pages->wire, lane, error);
}

static enum ledger_err fail_malformed(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "what came is no page");
}

static enum ledger_err count_record(struct page *page, uint64_t position, uint64_t size,
                                    struct ledger_error *error) {
    if (position <= page->last)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the positions of a page do not rise");
    if (page->first == 0)
        page->first = position;
    page->last = position;
    page->events++;
    page->bytes += size;
    return LEDGER_E_OK;
}

// ---- as they come

static enum ledger_err walk_record(struct page *page, struct ledger_span record,
                                   struct ledger_error *error) {
    uint64_t position;
    if (record.size < RECORD_SIZE_MIN || record.data[0] != TAG_POSITION)
        return fail_malformed(error);
    memcpy(&position, record.data + 1, sizeof position);
    return count_record(page, le64toh(position), record.size, error);
}

static enum ledger_err decode_record(struct page *page, struct ledger_span record,
                                     struct ledger_arena *arena, struct ledger_error *error) {
    struct ledger_record_view view;
    enum ledger_err err = ledger_record_view_read(record, arena, &view);
    if (err != LEDGER_E_OK || view.event.stream.size == 0)
        return fail_malformed(error);
    return count_record(page, view.position, record.size, error);
}

// What follows the records is small: it is unpacked.
static enum ledger_err take_rest(struct ledger_arena *arena, struct ledger_span rest,
                                 struct page *page, struct ledger_error *error) {
    ProtobufCMessage *message;
    ledger_arena_reset(arena);
    enum ledger_err err = ledger_message_unpack(&ledger__v1__read_reply__descriptor, rest,
                                                LEDGER_REPLY_SIZE_MAX, arena, &message, error);
    if (err != LEDGER_E_OK)
        return err;
    const Ledger__V1__ReadReply *reply = (const Ledger__V1__ReadReply *)message;
    page->examined = reply->examined;
    page->head = reply->head;
    return LEDGER_E_OK;
}

static enum ledger_err fail_reply(struct ledger_arena *arena, struct ledger_span bytes,
                                  struct ledger_error *error) {
    ProtobufCMessage *message;
    ledger_arena_reset(arena);
    enum ledger_err err = ledger_message_unpack(&ledger__v1__reply__descriptor, bytes,
                                                LEDGER_REPLY_SIZE_MAX, arena, &message, error);
    const Ledger__V1__Reply *reply = (const Ledger__V1__Reply *)message;
    if (err != LEDGER_E_OK || reply->error == NULL)
        return fail_malformed(error);
    ledger_error_from_reply(reply->error, error);
    return error->code;
}

static enum ledger_err walk(struct pages *pages, struct ledger_span bytes, struct page *page,
                            struct ledger_error *error) {
    struct ledger_arena *arena = pages->arena;
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    uint64_t size;
    if (bytes.size == 0 || *at != TAG_REPLY_READ)
        return fail_reply(arena, bytes, error);
    at = ledger_varint_read(at + 1, end, &size);
    if (at == NULL || size != (uint64_t)(end - at))
        return fail_malformed(error);
    struct ledger_span rest = ledger_span_of(at, (size_t)size), record;
    ledger_arena_reset(arena);
    while (ledger_page_next(&rest, &record)) {
        enum ledger_err err = pages->form == PAGES_DECODED
                                  ? decode_record(page, record, arena, error)
                                  : walk_record(page, record, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return take_rest(arena, rest, page, error);
}

// ---- unpacked

static enum ledger_err count_unpacked(const Ledger__V1__ReadReply *reply, struct page *page,
                                      struct ledger_error *error) {
    for (size_t i = 0; i < reply->n_records; i++) {
        const Ledger__V1__Record *record = reply->records[i];
        if (record->event == NULL || record->event->stream == NULL)
            return fail_malformed(error);
        enum ledger_err err =
            count_record(page, record->position, record->event->payload.len + ENVELOPE_SIZE, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    page->examined = reply->examined;
    page->head = reply->head;
    return LEDGER_E_OK;
}

enum ledger_err pages_take(struct pages *pages, unsigned lane, struct page *page,
                           struct ledger_error *error) {
    *page = (struct page){0};
    if (pages->form != PAGES_UNPACKED) {
        struct ledger_span bytes;
        enum ledger_err err = wire_receive(pages->wire, lane, &bytes, error);
        return err == LEDGER_E_OK ? walk(pages, bytes, page, error) : err;
    }
    Ledger__V1__Reply *reply;
    ledger_arena_reset(pages->arena);
    struct ledger_call *call = pages->calls[lane];
    pages->calls[lane] = NULL;
    enum ledger_err err = ledger_call_end(call, pages->arena, &reply, error);
    return err == LEDGER_E_OK ? count_unpacked(reply->read, page, error) : err;
}
