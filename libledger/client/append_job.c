// Packs an append once; afterwards its bytes are only copied. They are written by hand, so that an
// event's own bytes go where they belong at once.
#include "append_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/text.h"

enum {
    TAG_VARINT = 0,
    TAG_LENGTH = 2,
    TAG_REQUEST_APPEND = LEDGER__V1__REQUEST__BODY_APPEND << 3 | TAG_LENGTH,
    TAG_APPENDS = 1 << 3 | TAG_LENGTH,          // AppendRequest
    TAG_EVENTS = 1 << 3 | TAG_LENGTH,           // Append
    TAG_EXPECTED = 2 << 3 | TAG_LENGTH,         // Append
    TAG_ALLOW_DUPLICATES = 3 << 3 | TAG_VARINT, // Append
    TAG_EVENT = 1 << 3 | TAG_LENGTH,            // NewEvent
    TAG_PERSONAL = 2 << 3 | TAG_LENGTH,         // NewEvent
    TAG_STREAM = 1 << 3 | TAG_LENGTH,           // ExpectedVersion
    TAG_VERSION = 2 << 3 | TAG_VARINT,          // ExpectedVersion
};
_Static_assert(TAG_REQUEST_APPEND < 0x80, "a tag is one byte");

// ---- sizes; a length-delimited field with its tag and size

static size_t framed(size_t size) {
    return 1 + ledger_varint_size(size) + size;
}

static size_t event_bytes(const struct ledger_new_event *event) {
    return event->unpacked != NULL ? ledger__v1__event__get_packed_size(event->unpacked)
                                   : event->event.size;
}

static size_t new_event_size(const struct ledger_new_event *event, size_t bytes) {
    size_t size = framed(bytes);
    for (size_t i = 0; i < event->personal_count; i++)
        size += framed(event->personal[i].size);
    return size;
}

static size_t expected_size(const struct ledger_expected_version *expected) {
    return framed(strlen(expected->stream)) + 1 + ledger_varint_size(expected->version);
}

// ---- bytes

static uint8_t *write_start(uint8_t *place, uint8_t tag, size_t size) {
    *place++ = tag;
    return ledger_varint_write(place, size);
}

static uint8_t *write_framed(uint8_t *place, uint8_t tag, struct ledger_span bytes) {
    place = write_start(place, tag, bytes.size);
    if (bytes.size != 0)
        memcpy(place, bytes.data, bytes.size);
    return place + bytes.size;
}

static uint8_t *write_event(uint8_t *place, const struct ledger_new_event *event) {
    size_t bytes = event_bytes(event);
    place = write_start(place, TAG_EVENTS, new_event_size(event, bytes));
    if (event->unpacked != NULL) {
        place = write_start(place, TAG_EVENT, bytes);
        place += ledger__v1__event__pack(event->unpacked, place);
    } else {
        place = write_framed(place, TAG_EVENT, event->event);
    }
    for (size_t i = 0; i < event->personal_count; i++)
        place = write_framed(place, TAG_PERSONAL, event->personal[i]);
    return place;
}

static uint8_t *write_expected(uint8_t *place, const struct ledger_expected_version *expected) {
    place = write_start(place, TAG_EXPECTED, expected_size(expected));
    place = write_framed(place, TAG_STREAM, ledger_span_text(expected->stream));
    *place++ = TAG_VERSION;
    return ledger_varint_write(place, expected->version);
}

// ---- checks. Only what would have the whole request refused, and with it the appends of others,
// or what could not be sent: the rest is the service's to judge.

static enum ledger_err check_expected(const struct ledger_expected_version *expected, size_t index,
                                      struct ledger_error *error) {
    char field[48];
    (void)snprintf(field, sizeof field, "expected[%zu].stream", index);
    if (expected->stream == NULL)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, field, "must be given");
    struct ledger_span stream = ledger_span_text(expected->stream);
    if (stream.size > LEDGER_STREAM_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, field, "has %zu bytes; %d are the most",
                           stream.size, LEDGER_STREAM_SIZE_MAX);
    enum ledger_err err = ledger_text_check(stream);
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, field, "%s", ledger_err_text(err));
}

static enum ledger_err measure(const struct ledger_new_append *append, size_t *size,
                               struct ledger_error *error) {
    *size = append->allow_duplicates ? 2 : 0;
    for (size_t i = 0; i < append->event_count; i++)
        *size += framed(new_event_size(&append->events[i], event_bytes(&append->events[i])));
    for (size_t i = 0; i < append->expected_count; i++) {
        enum ledger_err err = check_expected(&append->expected[i], i, error);
        if (err != LEDGER_E_OK)
            return err;
        *size += framed(expected_size(&append->expected[i]));
    }
    size_t whole = framed(framed(*size));
    if (whole > LEDGER_REQUEST_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL,
                           "the append makes a request of %zu bytes, which may have %d", whole,
                           LEDGER_REQUEST_SIZE_MAX);
    return LEDGER_E_OK;
}

enum ledger_err append_job_new(const struct ledger_new_append *append, struct append_job **made,
                               struct ledger_error *error) {
    size_t size;
    *made = NULL;
    enum ledger_err err = measure(append, &size, error);
    if (err != LEDGER_E_OK)
        return err;
    struct append_job *job = malloc(sizeof *job + framed(size));
    if (job == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing an append");
    *job = (struct append_job){.size = framed(size), .event_count = append->event_count};
    uint8_t *place = write_start(job->bytes, TAG_APPENDS, size);
    for (size_t i = 0; i < append->event_count; i++)
        place = write_event(place, &append->events[i]);
    for (size_t i = 0; i < append->expected_count; i++)
        place = write_expected(place, &append->expected[i]);
    if (append->allow_duplicates) {
        *place++ = TAG_ALLOW_DUPLICATES;
        *place = true;
    }
    *made = job;
    return LEDGER_E_OK;
}

// ---- lists

void job_list_add(struct job_list *list, struct append_job *job) {
    if (list->last == NULL)
        list->last = &list->first;
    job->next = NULL;
    *list->last = job;
    list->last = &job->next;
    list->count++;
    list->bytes += job->size;
}

struct append_job *job_list_take(struct job_list *list) {
    struct append_job *job = list->first;
    if (job == NULL)
        return NULL;
    list->first = job->next;
    if (list->first == NULL)
        list->last = &list->first;
    list->count--;
    list->bytes -= job->size;
    return job;
}

void job_list_prepend(struct job_list *list, struct job_list *front) {
    if (front->count == 0)
        return;
    *front->last = list->first;
    if (list->first == NULL)
        list->last = front->last;
    list->first = front->first;
    list->count += front->count;
    list->bytes += front->bytes;
    *front = (struct job_list){0};
}

// ---- gathering

_Static_assert(GATHER_BYTES + REQUEST_HEADER_MAX <= LEDGER_REQUEST_SIZE_MAX,
               "what is gathered fits into a request");

size_t request_header(size_t bytes, uint8_t header[REQUEST_HEADER_MAX]) {
    return (size_t)(write_start(header, TAG_REQUEST_APPEND, bytes) - header);
}

void gather(struct job_list *queue, struct job_list *request) {
    while (queue->first != NULL && request->count < LEDGER_APPENDS_MAX) {
        const struct append_job *next = queue->first;
        bool alone = next->alone || (request->count != 0 && request->first->alone);
        if (request->count != 0 && (alone || request->bytes + next->size > GATHER_BYTES))
            break;
        job_list_add(request, job_list_take(queue));
    }
}
