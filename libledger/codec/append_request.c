#include "ledger/append_request.h"

#include <string.h>

#include "ledger/limits.h"
#include "ledger/text.h"
#include "wire.h"

// Field numbers of proto/ledger/v1/service.proto.
enum {
    REQUEST_TOKEN = 1,
    REQUEST_APPEND = 10,
    REQUEST_APPENDS = 1,
    APPEND_EVENTS = 1,
    APPEND_EXPECTED = 2,
    APPEND_ALLOW_DUPLICATES = 3,
    NEW_EVENT_EVENT = 1,
    NEW_EVENT_PERSONAL = 2,
    EXPECTED_STREAM = 1,
    EXPECTED_VERSION = 2,
};

struct split {
    struct ledger_arena *arena;
    size_t events_left; // a request of very many tiny events goes the other way, which has a limit
};

// How often a length-prefixed field stands in a message. False: the message is malformed.
static bool count_fields(struct ledger_span bytes, uint32_t id, size_t *count) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    *count = 0;
    while (at < end && (at = wire_next(at, end, &wire)))
        *count += wire.id == id && wire.type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    return at != NULL;
}

static bool split_new_event(struct split *split, struct ledger_span bytes,
                            struct ledger_new_event_span *event) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    struct ledger_span *personal = NULL;
    *event = (struct ledger_new_event_span){0};
    size_t count;
    if (!count_fields(bytes, NEW_EVENT_PERSONAL, &count) || count > LEDGER_SUBJECTS_MAX)
        return false;
    if (count > 0 && !(personal = ledger_arena_alloc(split->arena, count * sizeof *personal)))
        return false;
    while (at < end && (at = wire_next(at, end, &wire))) {
        if (wire.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            return false;
        if (wire.id == NEW_EVENT_EVENT && !event->event.data)
            event->event = wire.bytes;
        else if (wire.id == NEW_EVENT_PERSONAL)
            personal[event->personal_count++] = wire.bytes;
        else
            return false;
    }
    event->personal = personal;
    return true;
}

static bool split_expected(struct ledger_span bytes, struct ledger_expected_span *expected) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    *expected = (struct ledger_expected_span){0};
    while (at < end && (at = wire_next(at, end, &wire))) {
        if (wire.id == EXPECTED_STREAM && wire.type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
            !ledger_text_check(wire.bytes)) {
            expected->stream = wire.bytes;
        } else if (wire.id == EXPECTED_VERSION && wire.type == PROTOBUF_C_WIRE_TYPE_VARINT) {
            expected->version = wire.number;
            expected->has_version = true;
        } else {
            return false;
        }
    }
    return at != NULL;
}

static bool split_append(struct split *split, struct ledger_span bytes,
                         struct ledger_append_span *append) {
    *append = (struct ledger_append_span){0};
    size_t events, expected;
    if (!count_fields(bytes, APPEND_EVENTS, &events) ||
        !count_fields(bytes, APPEND_EXPECTED, &expected) || events > split->events_left ||
        expected > LEDGER_EXPECTED_MAX)
        return false;
    split->events_left -= events;
    struct ledger_new_event_span *event = ledger_arena_alloc(split->arena, events * sizeof *event);
    struct ledger_expected_span *version =
        ledger_arena_alloc(split->arena, expected * sizeof *version);
    if (!event || !version)
        return false;
    append->events = event;
    append->expected = version;
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    while (at < end && (at = wire_next(at, end, &wire))) {
        bool sound = false;
        if (wire.type == PROTOBUF_C_WIRE_TYPE_VARINT && wire.id == APPEND_ALLOW_DUPLICATES) {
            append->allow_duplicates = wire.number != 0;
            sound = true;
        } else if (wire.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
            return false;
        } else if (wire.id == APPEND_EVENTS) {
            sound = split_new_event(split, wire.bytes, &event[append->event_count++]);
        } else if (wire.id == APPEND_EXPECTED) {
            sound = split_expected(wire.bytes, &version[append->expected_count++]);
        }
        if (!sound)
            return false;
    }
    return at != NULL;
}

// The AppendRequest of a Request that holds nothing else but a token.
static bool find_append(struct ledger_span request, struct ledger_span *append) {
    const uint8_t *at = request.data, *end = request.data + request.size;
    struct wire_field wire;
    bool found = false;
    while (at < end && (at = wire_next(at, end, &wire))) {
        if (wire.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ||
            (wire.id != REQUEST_TOKEN && (wire.id != REQUEST_APPEND || found)))
            return false;
        if (wire.id == REQUEST_APPEND) {
            *append = wire.bytes;
            found = true;
        }
    }
    return at && found;
}

bool ledger_append_request_split(struct ledger_span request, struct ledger_arena *arena,
                                 const struct ledger_append_span **appends, size_t *count) {
    struct split split = {.arena = arena, .events_left = 2 * LEDGER_APPEND_EVENTS_MAX};
    struct ledger_span body;
    if (request.size == 0 || !find_append(request, &body) ||
        !count_fields(body, REQUEST_APPENDS, count) || *count > LEDGER_APPENDS_MAX)
        return false;
    struct ledger_append_span *append = ledger_arena_alloc(arena, *count * sizeof *append);
    if (!append)
        return false;
    *appends = append;
    const uint8_t *at = body.data, *end = body.data + body.size;
    struct wire_field wire;
    while (at < end && (at = wire_next(at, end, &wire))) {
        if (wire.id != REQUEST_APPENDS || wire.type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ||
            !split_append(&split, wire.bytes, append++))
            return false;
    }
    return at != NULL;
}

// ---- of an unpacked request

static bool spans_of_events(const Ledger__V1__Append *from, struct ledger_append_span *to,
                            struct ledger_arena *arena) {
    struct ledger_new_event_span *events =
        ledger_arena_calloc(arena, from->n_events * sizeof *events);
    if (!events)
        return false;
    for (size_t i = 0; i < from->n_events; i++) {
        const Ledger__V1__NewEvent *event = from->events[i];
        struct ledger_span *personal =
            ledger_arena_alloc(arena, event->n_personal * sizeof *personal);
        if (!personal)
            return false;
        for (size_t j = 0; j < event->n_personal; j++)
            personal[j] = ledger_span_of(event->personal[j].data, event->personal[j].len);
        if (event->has_event) // protobuf-c leaves the data of empty bytes NULL
            events[i].event = ledger_span_of(event->event.data ? event->event.data : (uint8_t *)"",
                                             event->event.len);
        events[i].personal = personal;
        events[i].personal_count = event->n_personal;
    }
    to->events = events;
    to->event_count = from->n_events;
    return true;
}

static bool spans_of_expected(const Ledger__V1__Append *from, struct ledger_append_span *to,
                              struct ledger_arena *arena) {
    struct ledger_expected_span *expected =
        ledger_arena_calloc(arena, from->n_expected * sizeof *expected);
    if (!expected)
        return false;
    for (size_t i = 0; i < from->n_expected; i++) {
        const Ledger__V1__ExpectedVersion *one = from->expected[i];
        if (one->stream)
            expected[i].stream = ledger_span_text(one->stream);
        expected[i].version = one->version;
        expected[i].has_version = one->has_version;
    }
    to->expected = expected;
    to->expected_count = from->n_expected;
    return true;
}

const struct ledger_append_span *
ledger_append_request_spans(const Ledger__V1__AppendRequest *request, struct ledger_arena *arena) {
    struct ledger_append_span *appends =
        ledger_arena_calloc(arena, request->n_appends * sizeof *appends);
    for (size_t i = 0; appends && i < request->n_appends; i++) {
        if (!spans_of_events(request->appends[i], &appends[i], arena) ||
            !spans_of_expected(request->appends[i], &appends[i], arena))
            return NULL;
        appends[i].allow_duplicates = request->appends[i]->allow_duplicates;
    }
    return appends;
}
