// Events and records decoded in place, against unpacking: of what the ledger may hold they say the
// same; of other bytes, nothing that is not in them.
#include <string.h>

#include "fuzz.h"
#include "ledger/event.h"
#include "ledger/view.h"

static const int64_t now = INT64_C(1767322983500000); // 2026-01-02

static void lies_within(struct ledger_span part, struct ledger_span whole) {
    if (part.size > 0)
        MUST(part.data >= whole.data && part.size <= whole.size &&
             (size_t)(part.data - whole.data) <= whole.size - part.size);
}

static void event_lies_within(const struct ledger_event_view *view, struct ledger_span whole) {
    const struct ledger_span parts[] = {
        view->event_id,         view->stream,        view->type,      view->actor,
        view->on_behalf_of,     view->source_system, view->territory, view->correlation_id,
        view->source_record_id, view->causation_id,  view->reason,    view->corrects_event_id,
        view->payload,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        lies_within(parts[i], whole);
    for (size_t i = 0; i < view->subject_count; i++) {
        lies_within(view->subjects[i].kind, whole);
        lies_within(view->subjects[i].id, whole);
        lies_within(view->subjects[i].role, whole);
    }
}

static bool is(struct ledger_span span, const char *text) {
    return ledger_span_equal(span, ledger_span_text(text != NULL ? text : ""));
}

static bool holds(struct ledger_span span, protobuf_c_boolean has, ProtobufCBinaryData bytes) {
    return ledger_span_equal(span, ledger_span_of(bytes.data, has ? bytes.len : 0));
}

static bool same_moment(struct ledger_moment a, struct ledger_moment b) {
    return a.when == b.when && a.micros == b.micros && a.offset_minutes == b.offset_minutes &&
           a.day == b.day;
}

static void source_agrees(const struct ledger_event_view *view, const Ledger__V1__Source *source) {
    static const Ledger__V1__Source none = LEDGER__V1__SOURCE__INIT;
    struct ledger_moment recorded = ledger_moment_unknown();
    source = source != NULL ? source : &none;
    if (source->recorded_at != NULL)
        recorded = ledger_moment_instant(source->recorded_at->micros,
                                         source->recorded_at->utc_offset_minutes);
    MUST(is(view->source_system, source->system));
    MUST(is(view->source_record_id, source->record_id));
    MUST(same_moment(view->source_recorded_at, recorded));
}

static void event_agrees(const struct ledger_event_view *view, const Ledger__V1__Event *event) {
    MUST(holds(view->event_id, event->has_event_id, event->event_id));
    MUST(is(view->stream, event->stream) && is(view->type, event->type));
    MUST(view->schema_version == event->schema_version);
    MUST(same_moment(view->occurred, ledger_moment_of(event->occurred)));
    MUST(is(view->actor, event->actor) && is(view->on_behalf_of, event->on_behalf_of));
    MUST(view->subject_count == event->n_subjects);
    for (size_t i = 0; i < event->n_subjects; i++) {
        MUST(is(view->subjects[i].kind, event->subjects[i]->kind));
        MUST(is(view->subjects[i].id, event->subjects[i]->id));
        MUST(is(view->subjects[i].role, event->subjects[i]->role));
    }
    source_agrees(view, event->source);
    MUST(holds(view->correlation_id, event->has_correlation_id, event->correlation_id));
    MUST(holds(view->causation_id, event->has_causation_id, event->causation_id));
    MUST(is(view->territory, event->territory) && is(view->reason, event->reason));
    MUST(view->has_geo == (event->geo != NULL));
    if (event->geo != NULL)
        MUST(view->lat_e7 == event->geo->lat_e7 && view->lon_e7 == event->geo->lon_e7);
    MUST(holds(view->corrects_event_id, event->has_corrects_event_id, event->corrects_event_id));
    MUST(holds(view->payload, event->has_payload, event->payload));
}

// What is unpacked by hand says the same again.
static void record_unpacks(struct ledger_span bytes, const struct ledger_record_view *view,
                           struct ledger_arena *arena) {
    Ledger__V1__Record *record;
    ProtobufCMessage *message;
    enum ledger_err err = ledger_record_unpack(bytes, arena, &record, NULL);
    enum ledger_err theirs = ledger_message_unpack(&ledger__v1__record__descriptor, bytes, SIZE_MAX,
                                                   arena, &message, NULL);
    MUST(err == theirs);
    if (err != LEDGER_E_OK)
        return;
    MUST(record->position == view->position && record->recorded_at == view->recorded_at);
    MUST(record->stream_version == view->stream_version && is(view->principal, record->principal));
    MUST(record->n_personal == view->personal_count);
    event_agrees(&view->event, record->event);
}

static void record_agrees(struct ledger_span event, struct ledger_arena *arena) {
    struct ledger_record_parts parts = {.position = 7,
                                        .recorded_at = now,
                                        .stream_version = 300,
                                        .principal = ledger_span_text("crm"),
                                        .event = event,
                                        .personal = &event,
                                        .personal_count = 1};
    struct ledger_record_view view;
    uint8_t *place = ledger_arena_alloc(arena, ledger_record_size(&parts));
    MUST(place != NULL);
    size_t size = (size_t)(ledger_record_write(&parts, place) - place);
    MUST(ledger_record_view_read(ledger_span_of(place, size), arena, &view) == LEDGER_E_OK);
    MUST(view.position == 7 && view.recorded_at == now && view.stream_version == 300);
    record_unpacks(ledger_span_of(place, size), &view, arena);
    MUST(is(view.principal, "crm") && ledger_span_equal(view.bytes, event));
    MUST(view.personal_count == 1 && ledger_span_equal(view.personal[0], event));
}

static void any_bytes(struct ledger_span bytes, struct ledger_arena *arena) {
    struct ledger_record_view record;
    struct ledger_span page = bytes, one;
    enum ledger_err err = ledger_record_view_read(bytes, arena, &record);
    MUST(err == LEDGER_E_OK || err == LEDGER_E_MALFORMED);
    if (err == LEDGER_E_OK) {
        lies_within(record.principal, bytes);
        lies_within(record.bytes, bytes);
        event_lies_within(&record.event, record.bytes);
        for (size_t i = 0; i < record.personal_count; i++)
            lies_within(record.personal[i], bytes);
    }
    while (ledger_page_next(&page, &one)) {
        lies_within(one, bytes);
        lies_within(page, bytes);
        MUST(page.size < bytes.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data, size);
    struct ledger_event_view view;
    Ledger__V1__Event *event = NULL;
    any_bytes(bytes, arena);
    enum ledger_err err = ledger_event_view_read(bytes, arena, &view);
    MUST(err == LEDGER_E_OK || err == LEDGER_E_MALFORMED);
    if (err == LEDGER_E_OK)
        event_lies_within(&view, bytes);
    if (ledger_event_check(bytes, now, arena, &event, NULL) != LEDGER_E_OK)
        return 0;
    MUST(err == LEDGER_E_OK);
    event_agrees(&view, event);
    record_agrees(bytes, arena);
    return 0;
}
