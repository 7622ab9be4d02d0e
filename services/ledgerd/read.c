// Read, Fetch, Locate. A page's records are never unpacked: their stored bytes are entries of
// `repeated Record records = 1`, and stand first in the reply; the other fields follow.
#include <string.h>

#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledgerd.h"

enum {
    TAG_REPLY_READ = 11 << 3 | 2,
    TAG_REPLY_FETCH = 14 << 3 | 2,
    PAGE_HEADER_MAX = 1 + 10,
};
_Static_assert((int)LEDGER__V1__REPLY__BODY_READ == TAG_REPLY_READ >> 3 &&
                   (int)LEDGER__V1__REPLY__BODY_FETCH == TAG_REPLY_FETCH >> 3,
               "the tags written by hand are those of service.proto");

Ledger__V1__LedgerIdentity ledgerd_identity(struct ledgerd *ledgerd,
                                            struct ledger_log_identity *identity) {
    Ledger__V1__LedgerIdentity message = LEDGER__V1__LEDGER_IDENTITY__INIT;
    *identity = ledger_log_identity(ledgerd->log);
    message.has_ledger_id = message.has_epoch = 1;
    message.ledger_id.data = identity->ledger_id.bytes;
    message.ledger_id.len = sizeof identity->ledger_id.bytes;
    message.epoch = identity->epoch;
    return message;
}

// ---- pages out

// Reply{tag: {page, rest}}
static void answer_spliced(struct ledger_request *request, uint8_t tag,
                           const struct ledger_page *page, struct ledger_span rest) {
    struct ledger_span *parts =
        ledger_arena_alloc(ledger_request_arena(request), (page->part_count + 2) * sizeof *parts);
    if (parts == NULL) {
        struct ledger_error error = {0};
        ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "answering a read");
        ledger_request_answer_error(request, &error);
        return;
    }
    uint8_t header[PAGE_HEADER_MAX];
    header[0] = tag;
    uint8_t *end = ledger_varint_write(header + 1, page->bytes + rest.size);
    parts[0] = ledger_span_of(header, (size_t)(end - header));
    if (page->part_count != 0)
        memcpy(parts + 1, page->parts, page->part_count * sizeof *parts);
    parts[page->part_count + 1] = rest;
    ledger_request_answer_bytes(request, parts, page->part_count + 2);
}

void ledgerd_answer_page(struct ledgerd *ledgerd, struct ledger_request *request,
                         struct ledger_page *page) {
    struct ledger_log_identity identity;
    Ledger__V1__LedgerIdentity wire_identity = ledgerd_identity(ledgerd, &identity);
    Ledger__V1__ReadReply rest = LEDGER__V1__READ_REPLY__INIT;
    rest.has_examined = rest.has_head = rest.has_more = 1;
    rest.examined = page->examined;
    rest.head = page->head;
    rest.more = page->more;
    rest.identity = &wire_identity;
    struct ledger_buffer packed = {0};
    ledger_message_pack(&rest.base, &packed);
    if (packed.failed) {
        struct ledger_error error = {0};
        ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "answering a read");
        ledger_request_answer_error(request, &error);
    } else {
        answer_spliced(request, TAG_REPLY_READ, page, ledger_buffer_span(&packed));
    }
    ledger_buffer_fini(&packed);
    ledger_page_free(page);
}

// ---- requests in

static struct ledger_span optional(const char *text) {
    return text != NULL ? ledger_span_text(text) : ledger_span_of(NULL, 0);
}

static enum ledger_err take_share(const Ledger__V1__Share *share, struct ledger_read *read,
                                  struct ledger_error *error) {
    if (share == NULL)
        return LEDGER_E_OK;
    read->share_index = share->index;
    read->share_count = share->count;
    if (read->share_index != 0 && read->share_index <= read->share_count &&
        read->share_count <= LEDGER_SHARE_BUCKETS)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, "filter.share",
                       "must be one of 1 to count, and count at most %d", LEDGER_SHARE_BUCKETS);
}

static enum ledger_err take_types(const Ledger__V1__Filter *filter, struct ledger_arena *arena,
                                  struct ledger_read *read, struct ledger_error *error) {
    if (filter->n_types > LEDGER_FILTER_TYPES_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "filter.types", "%d are the most",
                           LEDGER_FILTER_TYPES_MAX);
    struct ledger_span *types = ledger_arena_alloc(arena, filter->n_types * sizeof *types);
    if (types == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading a filter");
    for (size_t i = 0; i < filter->n_types; i++)
        types[i] = ledger_span_text(filter->types[i]);
    read->types = types;
    read->type_count = filter->n_types;
    return LEDGER_E_OK;
}

static enum ledger_err take_filter(const Ledger__V1__Filter *filter, struct ledger_arena *arena,
                                   struct ledger_read *read, struct ledger_error *error) {
    if (filter == NULL)
        return LEDGER_E_OK;
    read->stream = optional(filter->stream);
    read->category = optional(filter->category);
    read->actor = optional(filter->actor);
    if (filter->has_correlation_id) {
        if (filter->correlation_id.len != 16)
            return ledger_fail(error, LEDGER_E_INVALID_VALUE, "filter.correlation_id",
                               "a UUID has 16 bytes");
        read->correlation_id = ledger_span_of(filter->correlation_id.data, 16);
    }
    if (filter->subject != NULL) {
        read->subject_kind = optional(filter->subject->kind);
        read->subject_id = optional(filter->subject->id);
        if (read->subject_kind.size == 0 || read->subject_id.size == 0)
            return ledger_fail(error, LEDGER_E_MISSING_FIELD, "filter.subject",
                               "a subject needs a kind and an id");
    }
    if (filter->has_recorded_from)
        read->recorded_from = filter->recorded_from;
    if (filter->has_recorded_before) // nothing was recorded before 1970
        read->recorded_before = filter->recorded_before > 0 ? filter->recorded_before : 1;
    enum ledger_err err = take_share(filter->share, read, error);
    return err == LEDGER_E_OK ? take_types(filter, arena, read, error) : err;
}

static enum ledger_err take_limit(const char *field, bool present, uint32_t asked,
                                  uint32_t fallback, uint32_t most, uint32_t *limit,
                                  struct ledger_error *error) {
    *limit = present ? asked : fallback;
    if (*limit == 0 || *limit > most)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, field, "must be 1 to %u", most);
    return LEDGER_E_OK;
}

static enum ledger_err take_read(struct ledgerd *ledgerd, const Ledger__V1__ReadRequest *from,
                                 struct ledger_arena *arena, struct ledger_read *read,
                                 uint32_t *wait_ms, struct ledger_error *error) {
    *read = (struct ledger_read){.from = from->from, .reverse = from->reverse};
    *wait_ms = from->wait_ms;
    if (*wait_ms > LEDGER_WAIT_MS_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "wait_ms", "must be 0 to %d",
                           LEDGER_WAIT_MS_MAX);
    if (*wait_ms != 0 && read->reverse)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "wait_ms",
                           "only a forward read can wait");
    enum ledger_err err = ledgerd_check_identity(ledgerd, from->identity, error);
    if (err == LEDGER_E_OK)
        err = take_limit("max_events", from->has_max_events, from->max_events,
                         LEDGER_PAGE_EVENTS_DEFAULT, LEDGER_PAGE_EVENTS_MAX, &read->max_events,
                         error);
    if (err == LEDGER_E_OK)
        err = take_limit("max_bytes", from->has_max_bytes, from->max_bytes,
                         LEDGER_PAGE_BYTES_DEFAULT, LEDGER_PAGE_BYTES_MAX, &read->max_bytes, error);
    return err == LEDGER_E_OK ? take_filter(from->filter, arena, read, error) : err;
}

void ledgerd_read(struct ledgerd *ledgerd, struct ledger_request *request,
                  const Ledger__V1__Request *message) {
    struct ledger_read read;
    struct ledger_page *page;
    struct ledger_error error = {0};
    uint32_t wait_ms;
    enum ledger_err err =
        take_read(ledgerd, message->read, ledger_request_arena(request), &read, &wait_ms, &error);
    if (err == LEDGER_E_OK)
        err = ledger_log_read(ledgerd->log, &read, &page, &error);
    if (err != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
    } else if (page->events == 0 && !page->more && wait_ms != 0) {
        read.from = page->examined + 1;
        ledger_page_free(page);
        waiters_park(ledgerd->waiters, request, &read, wait_ms);
    } else {
        ledgerd_answer_page(ledgerd, request, page);
    }
}

void ledgerd_fetch(struct ledgerd *ledgerd, struct ledger_request *request,
                   const Ledger__V1__Request *message) {
    const Ledger__V1__FetchRequest *from = message->fetch;
    struct ledger_error error = {0};
    struct ledger_page *page = NULL;
    enum ledger_err err = LEDGER_E_OK;
    struct ledger_uuid ids[LEDGER_FETCH_MAX];
    if (from->n_event_ids > LEDGER_FETCH_MAX)
        err = ledger_fail(&error, LEDGER_E_TOO_LARGE, "event_ids", "%d are the most",
                          LEDGER_FETCH_MAX);
    for (size_t i = 0; err == LEDGER_E_OK && i < from->n_event_ids; i++) {
        if (from->event_ids[i].len != sizeof ids[i].bytes)
            err = ledger_fail(&error, LEDGER_E_INVALID_VALUE, "event_ids", "a UUID has 16 bytes");
        else
            memcpy(ids[i].bytes, from->event_ids[i].data, sizeof ids[i].bytes);
    }
    if (err == LEDGER_E_OK)
        err = ledger_log_fetch(ledgerd->log, ids, from->n_event_ids, &page, &error);
    if (err != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
        return;
    }
    answer_spliced(request, TAG_REPLY_FETCH, page, ledger_span_of(NULL, 0));
    ledger_page_free(page);
}

void ledgerd_locate(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message) {
    struct ledger_error error = {0};
    struct ledger_log_identity identity;
    Ledger__V1__LedgerIdentity wire_identity = ledgerd_identity(ledgerd, &identity);
    Ledger__V1__LocateReply locate = LEDGER__V1__LOCATE_REPLY__INIT;
    bool settled = false;
    enum ledger_err err =
        message->locate->has_recorded_at
            ? ledger_log_locate(ledgerd->log, message->locate->recorded_at, &locate.position,
                                &settled, &locate.head, &error)
            : ledger_fail(&error, LEDGER_E_MISSING_FIELD, "recorded_at", "no time was given");
    if (err != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
        return;
    }
    locate.has_position = locate.has_settled = locate.has_head = 1;
    locate.settled = settled;
    locate.identity = &wire_identity;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    reply.body_case = LEDGER__V1__REPLY__BODY_LOCATE;
    reply.locate = &locate;
    ledger_request_answer(request, &reply);
}
