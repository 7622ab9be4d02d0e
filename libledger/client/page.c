// A page as it came. A ReadReply's records stand first, and stay as they are: only their sizes are
// looked at. What follows them is small and is unpacked.
#include "ledger/client.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/reader.h"

enum {
    TAG_LENGTH = 2,
    TAG_READ = LEDGER__V1__REPLY__BODY_READ << 3 | TAG_LENGTH, // Reply
    TAG_RECORD = 1 << 3 | TAG_LENGTH,                          // ReadReply
};

static enum ledger_err fail_malformed(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "what came is no page of records");
}

// Whatever is no page: most likely an error.
static enum ledger_err read_error(struct ledger_span reply, struct ledger_arena *arena,
                                  struct ledger_error *error) {
    ProtobufCMessage *message;
    enum ledger_err err = ledger_message_unpack(&ledger__v1__reply__descriptor, reply,
                                                LEDGER_REPLY_SIZE_MAX, arena, &message, error);
    if (err != LEDGER_E_OK)
        return err;
    const Ledger__V1__Reply *unpacked = (const Ledger__V1__Reply *)message;
    if (unpacked->error == NULL)
        return fail_malformed(error);
    struct ledger_error told;
    ledger_error_from_reply(unpacked->error, &told);
    if (error != NULL)
        *error = told;
    return told.code;
}

// Where the records end, which must be where the first other field begins. NULL: cut short.
static const uint8_t *walk(const uint8_t *at, const uint8_t *end, size_t *count) {
    uint64_t size;
    for (*count = 0; at < end && *at == TAG_RECORD; ++*count) {
        at = ledger_varint_read(at + 1, end, &size);
        if (at == NULL || size > (uint64_t)(end - at))
            return NULL;
        at += size;
    }
    return at;
}

static enum ledger_err read_rest(struct ledger_span rest, struct ledger_arena *arena,
                                 struct ledger_reader_page *page, struct ledger_error *error) {
    ProtobufCMessage *message;
    enum ledger_err err = ledger_message_unpack(&ledger__v1__read_reply__descriptor, rest,
                                                LEDGER_REPLY_SIZE_MAX, arena, &message, error);
    if (err != LEDGER_E_OK)
        return err;
    const Ledger__V1__ReadReply *reply = (const Ledger__V1__ReadReply *)message;
    const Ledger__V1__LedgerIdentity *identity = reply->identity;
    struct ledger_uuid *id = &page->identity.ledger_id;
    if (reply->n_records != 0 || identity == NULL || identity->ledger_id.len != sizeof id->bytes)
        return fail_malformed(error);
    memcpy(id->bytes, identity->ledger_id.data, sizeof id->bytes);
    page->identity.epoch = identity->epoch;
    page->examined = reply->examined;
    page->head = reply->head;
    page->more = reply->more;
    return LEDGER_E_OK;
}

enum ledger_err ledger_page_read(struct ledger_span reply, struct ledger_arena *arena,
                                 struct ledger_reader_page *page, struct ledger_error *error) {
    const uint8_t *at = reply.data, *end = reply.data + reply.size;
    uint64_t size;
    *page = (struct ledger_reader_page){0};
    if (reply.size == 0 || *at != TAG_READ)
        return read_error(reply, arena, error);
    at = ledger_varint_read(at + 1, end, &size);
    if (at == NULL || size != (uint64_t)(end - at))
        return fail_malformed(error);
    const uint8_t *rest = walk(at, end, &page->record_count);
    if (rest == NULL)
        return fail_malformed(error);
    page->records = ledger_span_of(at, (size_t)(rest - at));
    return read_rest(ledger_span_of(rest, (size_t)(end - rest)), arena, page, error);
}
