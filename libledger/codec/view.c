#include "ledger/view.h"

#include "codec_internal.h"
#include "event_fields.h"
#include "wire.h"

enum { PAGE_RECORD = 1 << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED };

// A message's fields are handed to this one by one. False: malformed.
typedef bool (*take_field)(void *view, const struct wire_field *wire);

static bool each_field(struct ledger_span bytes, take_field take, void *view) {
    const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
    struct wire_field wire;
    while (at < end) {
        wire.bytes = (struct ledger_span){0};
        wire.number = 0;
        at = wire_next(at, end, &wire);
        if (!at || !take(view, &wire))
            return false;
    }
    return true;
}

// ---- parts

// Two numbers by their field numbers: an instant, a date, a point.
struct numbers {
    uint64_t number[3];
};

static bool take_number(void *view, const struct wire_field *wire) {
    struct numbers *numbers = view;
    if (wire->id < sizeof numbers->number / sizeof numbers->number[0])
        numbers->number[wire->id] = wire->number;
    return true;
}

static bool read_instant(struct ledger_span bytes, struct ledger_moment *moment) {
    struct numbers numbers = {{0}};
    if (!each_field(bytes, take_number, &numbers))
        return false;
    *moment = ledger_moment_instant((int64_t)numbers.number[INSTANT_MICROS],
                                    wire_zigzag(numbers.number[INSTANT_OFFSET]));
    return true;
}

static bool take_occurred(void *view, const struct wire_field *wire) {
    struct numbers numbers = {{0}};
    struct ledger_moment *moment = view;
    if (wire->id == OCCURRED_INSTANT)
        return read_instant(wire->bytes, moment);
    *moment = ledger_moment_unknown();
    if (wire->id != OCCURRED_DATE)
        return true;
    if (!each_field(wire->bytes, take_number, &numbers))
        return false;
    *moment = ledger_moment_date(wire_zigzag(numbers.number[1]));
    return true;
}

static bool take_source(void *view, const struct wire_field *wire) {
    struct ledger_event_view *event = view;
    if (wire->id == SOURCE_SYSTEM)
        event->source_system = wire->bytes;
    else if (wire->id == SOURCE_RECORD_ID)
        event->source_record_id = wire->bytes;
    else if (wire->id == SOURCE_RECORDED_AT)
        return read_instant(wire->bytes, &event->source_recorded_at);
    return true;
}

static bool take_subject(void *view, const struct wire_field *wire) {
    struct ledger_subject_view *subject = view;
    if (wire->id == SUBJECT_KIND)
        subject->kind = wire->bytes;
    else if (wire->id == SUBJECT_ID)
        subject->id = wire->bytes;
    else if (wire->id == SUBJECT_ROLE)
        subject->role = wire->bytes;
    return true;
}

static bool read_geo(struct ledger_event_view *event, struct ledger_span bytes) {
    struct numbers numbers = {{0}};
    if (!each_field(bytes, take_number, &numbers))
        return false;
    event->has_geo = true;
    event->lat_e7 = wire_zigzag(numbers.number[1]);
    event->lon_e7 = wire_zigzag(numbers.number[2]);
    return true;
}

// ---- an event

// The fields that are kept as they are.
static const struct {
    bool kept;
    size_t offset;
} event_spans[EVENT_FIELDS] = {
#define SPAN(number, field) [number] = {true, offsetof(struct ledger_event_view, field)}
    SPAN(EVENT_ID, event_id),
    SPAN(EVENT_STREAM, stream),
    SPAN(EVENT_TYPE, type),
    SPAN(EVENT_ACTOR, actor),
    SPAN(EVENT_ON_BEHALF_OF, on_behalf_of),
    SPAN(EVENT_CORRELATION_ID, correlation_id),
    SPAN(EVENT_CAUSATION_ID, causation_id),
    SPAN(EVENT_TERRITORY, territory),
    SPAN(EVENT_CORRECTS_EVENT_ID, corrects_event_id),
    SPAN(EVENT_REASON, reason),
    SPAN(EVENT_PAYLOAD, payload),
#undef SPAN
};

static bool take_event(void *view, const struct wire_field *wire) {
    struct ledger_event_view *event = view;
    if (wire->id < EVENT_FIELDS && event_spans[wire->id].kept) {
        *(struct ledger_span *)((char *)view + event_spans[wire->id].offset) = wire->bytes;
        return true;
    }
    switch (wire->id) {
    case EVENT_SCHEMA_VERSION:
        event->schema_version = (uint32_t)wire->number;
        return true;
    case EVENT_OCCURRED:
        return each_field(wire->bytes, take_occurred, &event->occurred);
    case EVENT_SUBJECTS:
        event->subject_count++; // they are read once it is known how many there are
        return true;
    case EVENT_SOURCE:
        return each_field(wire->bytes, take_source, event);
    case EVENT_GEO:
        return read_geo(event, wire->bytes);
    default:
        return true;
    }
}

struct subjects {
    struct ledger_subject_view *next;
};

static bool take_event_subject(void *view, const struct wire_field *wire) {
    struct subjects *subjects = view;
    return wire->id != EVENT_SUBJECTS || each_field(wire->bytes, take_subject, subjects->next++);
}

enum ledger_err ledger_event_view_read(struct ledger_span event, struct ledger_arena *arena,
                                       struct ledger_event_view *view) {
    *view = (struct ledger_event_view){0};
    if (!each_field(event, take_event, view))
        return LEDGER_E_MALFORMED;
    if (view->subject_count == 0)
        return LEDGER_E_OK;
    struct ledger_subject_view *place =
        ledger_arena_calloc(arena, view->subject_count * sizeof *place);
    struct subjects subjects = {place};
    if (!place)
        return LEDGER_E_NO_MEMORY;
    view->subjects = place;
    return each_field(event, take_event_subject, &subjects) ? LEDGER_E_OK : LEDGER_E_MALFORMED;
}

// ---- a record, a page

enum ledger_err ledger_record_view_read(struct ledger_span record, struct ledger_arena *arena,
                                        struct ledger_record_view *view) {
    struct ledger_record_parts parts;
    size_t count = 0;
    enum ledger_err err = ledger_record_split(record, &parts, NULL, &count);
    if (!err && count != 0) {
        struct ledger_span *personal = ledger_arena_alloc(arena, count * sizeof *personal);
        err = personal ? ledger_record_split(record, &parts, personal, &count) : LEDGER_E_NO_MEMORY;
    }
    if (err)
        return err;
    *view = (struct ledger_record_view){
        .position = parts.position,
        .recorded_at = parts.recorded_at,
        .stream_version = parts.stream_version,
        .principal = parts.principal,
        .bytes = parts.event,
        .personal = parts.personal,
        .personal_count = parts.personal_count,
    };
    return ledger_event_view_read(parts.event, arena, &view->event);
}

bool ledger_page_next(struct ledger_span *rest, struct ledger_span *record) {
    const uint8_t *end = rest->data + rest->size;
    uint64_t size;
    if (rest->size == 0 || rest->data[0] != PAGE_RECORD)
        return false;
    const uint8_t *at = wire_varint(rest->data + 1, end, &size);
    if (!at || size > (uint64_t)(end - at))
        return false;
    *record = ledger_span_of(at, (size_t)size);
    *rest = ledger_span_of(at + size, (size_t)(end - at) - (size_t)size);
    return true;
}
