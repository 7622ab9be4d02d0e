#include "append_batch.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/limits.h"
#include "ledger/text.h"

enum { EVENTS_MAX = 256, BYTES_MAX = LEDGER_REQUEST_SIZE_MAX / 2 };
_Static_assert(BYTES_MAX + LEDGER_EVENT_SIZE_MAX + LEDGER_PERSONAL_SIZE_MAX + EVENTS_MAX * 64 <
                   LEDGER_REQUEST_SIZE_MAX,
               "a full batch must fit into a request");

static enum ledger_err fail_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
}

enum ledger_err append_batch_init(struct append_batch *batch, struct ledger_error *error) {
    *batch = (struct append_batch){.arena = ledger_arena_new(0)};
    return batch->arena != NULL ? LEDGER_E_OK : fail_memory(error);
}

void append_batch_fini(struct append_batch *batch) {
    ledger_arena_free(batch->arena);
    free(batch->events);
    free(batch->places);
    free(batch->ids);
    *batch = (struct append_batch){0};
}

void append_batch_clear(struct append_batch *batch) {
    ledger_arena_reset(batch->arena);
    batch->count = 0;
    batch->bytes = 0;
    batch->expected = NULL;
    batch->expected_count = 0;
}

static bool grow(struct append_batch *batch) {
    if (batch->count < batch->capacity)
        return true;
    size_t capacity = batch->capacity == 0 ? EVENTS_MAX : 2 * batch->capacity;
    Ledger__V1__NewEvent **events = reallocarray(batch->events, capacity, sizeof *events);
    if (events != NULL)
        batch->events = events;
    struct append_place *places = reallocarray(batch->places, capacity, sizeof *places);
    if (places != NULL)
        batch->places = places;
    struct append_id *ids = reallocarray(batch->ids, capacity, sizeof *ids);
    if (ids != NULL)
        batch->ids = ids;
    if (events == NULL || places == NULL || ids == NULL)
        return false;
    batch->capacity = capacity;
    return true;
}

static ProtobufCBinaryData binary_of(struct ledger_span span) {
    return (ProtobufCBinaryData){.len = span.size, .data = (uint8_t *)span.data};
}

static struct append_id id_of(const struct ledger_event_bytes *bytes) {
    struct append_id id = {.made = bytes->event_id_made};
    if (bytes->event_id.size == sizeof id.uuid.bytes)
        memcpy(id.uuid.bytes, bytes->event_id.data, sizeof id.uuid.bytes);
    return id;
}

// ledgerd says the same, but one that is too large for a request does not come that far, and would
// take the other lines with it.
static enum ledger_err check_size(const struct ledger_event_bytes *bytes,
                                  struct ledger_error *error) {
    size_t personal = 0;
    for (size_t i = 0; i < bytes->personal_count; i++)
        personal += bytes->personal[i].size;
    if (bytes->event.size > LEDGER_EVENT_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL,
                           "the event has %zu bytes, and may have %d", bytes->event.size,
                           LEDGER_EVENT_SIZE_MAX);
    if (personal > LEDGER_PERSONAL_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "personal",
                           "the personal parts have %zu bytes, and may have %d", personal,
                           LEDGER_PERSONAL_SIZE_MAX);
    return LEDGER_E_OK;
}

enum ledger_err append_batch_add(struct append_batch *batch, const struct append_place *place,
                                 const struct ledger_event_bytes *bytes,
                                 struct ledger_error *error) {
    enum ledger_err err = check_size(bytes, error);
    if (err != LEDGER_E_OK)
        return err;
    Ledger__V1__NewEvent *event = ledger_arena_alloc(batch->arena, sizeof *event);
    ProtobufCBinaryData *personal =
        ledger_arena_calloc(batch->arena, bytes->personal_count * sizeof *personal);
    if (event == NULL || personal == NULL || !grow(batch))
        return fail_memory(error);
    ledger__v1__new_event__init(event);
    event->has_event = true;
    event->event = binary_of(bytes->event);
    event->personal = personal;
    event->n_personal = bytes->personal_count;
    batch->bytes += bytes->event.size;
    for (size_t i = 0; i < bytes->personal_count; i++) {
        personal[i] = binary_of(bytes->personal[i]);
        batch->bytes += bytes->personal[i].size;
    }
    batch->places[batch->count] = *place;
    batch->ids[batch->count] = id_of(bytes);
    batch->events[batch->count++] = event;
    return LEDGER_E_OK;
}

bool append_batch_is_full(const struct append_batch *batch) {
    return batch->count >= EVENTS_MAX || batch->bytes >= BYTES_MAX;
}

// ---- expected versions

// The "=" is the last one: a stream's name may hold others.
static enum ledger_err take_expected(struct append_batch *batch, struct ledger_span item,
                                     struct ledger_error *error) {
    const uint8_t *equals = item.size > 0 ? memrchr(item.data, '=', item.size) : NULL;
    uint64_t version;
    if (equals == NULL || equals == item.data ||
        !ledger_u64_parse(ledger_span_of(equals + 1, item.size - (size_t)(equals + 1 - item.data)),
                          &version))
        return ledger_fail(error, LEDGER_E_USAGE, "expect",
                           "\"%.*s\" is not of the form STREAM=VERSION, e.g. client/42=3",
                           (int)item.size, (const char *)item.data);
    Ledger__V1__ExpectedVersion *expected = ledger_arena_alloc(batch->arena, sizeof *expected);
    if (expected == NULL)
        return fail_memory(error);
    ledger__v1__expected_version__init(expected);
    expected->stream =
        ledger_arena_text(batch->arena, ledger_span_of(item.data, (size_t)(equals - item.data)));
    expected->has_version = true;
    expected->version = version;
    batch->expected[batch->expected_count++] = expected;
    return expected->stream != NULL ? LEDGER_E_OK : fail_memory(error);
}

enum ledger_err append_batch_expect(struct append_batch *batch, const char *list,
                                    struct ledger_error *error) {
    size_t count = 1;
    for (const char *at = list; *at != '\0'; at++)
        count += *at == ',';
    batch->expected = ledger_arena_alloc(batch->arena, count * sizeof *batch->expected);
    if (batch->expected == NULL)
        return fail_memory(error);
    for (const char *at = list;; at++) {
        size_t size = strcspn(at, ",");
        enum ledger_err err = take_expected(batch, ledger_span_of(at, size), error);
        at += size;
        if (err != LEDGER_E_OK || *at == '\0')
            return err;
    }
}

// ---- the request

static void fill_append(const struct append_batch *batch, Ledger__V1__Append *append, size_t first,
                        size_t count) {
    ledger__v1__append__init(append);
    append->events = batch->events + first;
    append->n_events = count;
    append->expected = batch->expected;
    append->n_expected = batch->expected_count;
    append->has_allow_duplicates = batch->allow_duplicates;
    append->allow_duplicates = batch->allow_duplicates;
}

Ledger__V1__AppendRequest *append_batch_request(struct append_batch *batch) {
    size_t count = batch->atomic ? 1 : batch->count;
    Ledger__V1__Append *appends = ledger_arena_alloc(batch->arena, count * sizeof *appends);
    Ledger__V1__Append **list = ledger_arena_alloc(batch->arena, count * sizeof *list);
    if (appends == NULL || list == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        fill_append(batch, &appends[i], i, batch->atomic ? batch->count : 1);
        list[i] = &appends[i];
    }
    ledger__v1__append_request__init(&batch->request);
    batch->request.n_appends = count;
    batch->request.appends = list;
    return &batch->request;
}
