// A record as protobuf-c's structs, without protobuf-c's parser: it takes twice as long, and
// whoever replays a log unpacks every record.
//
// The record is copied once. Its texts stay where they are in the copy: what follows a text is the
// tag of the next field, which has been read by then, and becomes the text's NUL.
#include <string.h>

#include "codec_internal.h"
#include "ledger/limits.h"
#include "ledger/view.h"

// All that a record without personal parts may need, in one piece.
struct unpacked {
    Ledger__V1__Record record;
    Ledger__V1__Event event;
    Ledger__V1__Occurred occurred;
    Ledger__V1__Instant instant, source_instant;
    Ledger__V1__Date date;
    Ledger__V1__Occurred__Unknown unknown;
    Ledger__V1__Source source;
    Ledger__V1__GeoPoint geo;
};

// NULL if there is no such field. *sound: it holds no NUL.
static char *text(struct ledger_span span, bool *sound) {
    if (!span.data)
        return NULL;
    char *start = (char *)(uintptr_t)span.data;
    *sound = *sound && !memchr(start, 0, span.size);
    start[span.size] = '\0';
    return start;
}

static void bytes(struct ledger_span span, protobuf_c_boolean *has, ProtobufCBinaryData *data) {
    *has = span.data != NULL;
    *data = (ProtobufCBinaryData){span.size, (uint8_t *)(uintptr_t)span.data};
}

static Ledger__V1__Instant *instant(const struct ledger_moment *moment,
                                    Ledger__V1__Instant *place) {
    if (moment->when != LEDGER_WHEN_INSTANT)
        return NULL;
    ledger__v1__instant__init(place);
    place->has_micros = true;
    place->micros = moment->micros;
    place->has_utc_offset_minutes = moment->offset_minutes != 0;
    place->utc_offset_minutes = moment->offset_minutes;
    return place;
}

static Ledger__V1__Occurred *occurred(const struct ledger_moment *moment, struct unpacked *place) {
    Ledger__V1__Occurred *occurred = &place->occurred;
    ledger__v1__occurred__init(occurred);
    if (moment->when == LEDGER_WHEN_INSTANT) {
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_INSTANT;
        occurred->instant = instant(moment, &place->instant);
    } else if (moment->when == LEDGER_WHEN_DATE) {
        ledger__v1__date__init(&place->date);
        place->date.has_days = true;
        place->date.days = moment->day;
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_DATE;
        occurred->date = &place->date;
    } else {
        ledger__v1__occurred__unknown__init(&place->unknown);
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_UNKNOWN;
        occurred->unknown = &place->unknown;
    }
    return occurred;
}

static Ledger__V1__Source *source(const struct ledger_event_view *view, struct unpacked *place,
                                  bool *sound) {
    Ledger__V1__Source *source = &place->source;
    if (!view->source_system.data && !view->source_record_id.data &&
        view->source_recorded_at.when == LEDGER_WHEN_UNKNOWN)
        return NULL;
    ledger__v1__source__init(source);
    source->system = text(view->source_system, sound);
    source->record_id = text(view->source_record_id, sound);
    source->recorded_at = instant(&view->source_recorded_at, &place->source_instant);
    return source;
}

static bool subjects(const struct ledger_event_view *view, struct ledger_arena *arena,
                     Ledger__V1__Event *event, bool *sound) {
    size_t count = view->subject_count;
    if (!count)
        return true;
    Ledger__V1__Subject *list = ledger_arena_alloc(arena, count * sizeof *list);
    event->subjects = ledger_arena_alloc(arena, count * sizeof *event->subjects);
    if (!list || !event->subjects)
        return false;
    for (size_t i = 0; i < count; i++) {
        ledger__v1__subject__init(&list[i]);
        list[i].kind = text(view->subjects[i].kind, sound);
        list[i].id = text(view->subjects[i].id, sound);
        list[i].role = text(view->subjects[i].role, sound);
        event->subjects[i] = &list[i];
    }
    event->n_subjects = count;
    return true;
}

static bool unpack_event(const struct ledger_event_view *view, struct ledger_arena *arena,
                         struct unpacked *place, bool *sound) {
    Ledger__V1__Event *event = &place->event;
    ledger__v1__event__init(event);
    bytes(view->event_id, &event->has_event_id, &event->event_id);
    bytes(view->correlation_id, &event->has_correlation_id, &event->correlation_id);
    bytes(view->causation_id, &event->has_causation_id, &event->causation_id);
    bytes(view->corrects_event_id, &event->has_corrects_event_id, &event->corrects_event_id);
    bytes(view->payload, &event->has_payload, &event->payload);
    event->stream = text(view->stream, sound);
    event->type = text(view->type, sound);
    event->actor = text(view->actor, sound);
    event->on_behalf_of = text(view->on_behalf_of, sound);
    event->territory = text(view->territory, sound);
    event->reason = text(view->reason, sound);
    event->has_schema_version = view->schema_version != 0;
    event->schema_version = view->schema_version;
    event->occurred = occurred(&view->occurred, place);
    event->source = source(view, place, sound);
    if (view->has_geo) {
        ledger__v1__geo_point__init(&place->geo);
        place->geo.has_lat_e7 = place->geo.has_lon_e7 = true;
        place->geo.lat_e7 = view->lat_e7;
        place->geo.lon_e7 = view->lon_e7;
        event->geo = &place->geo;
    }
    return subjects(view, arena, event, sound);
}

static enum ledger_err unpack_personal(const struct ledger_record_view *view,
                                       struct ledger_arena *arena, Ledger__V1__Record *record,
                                       struct ledger_error *error) {
    size_t count = view->personal_count;
    if (!count)
        return LEDGER_E_OK;
    record->personal = ledger_arena_alloc(arena, count * sizeof *record->personal);
    if (!record->personal)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        ProtobufCMessage *part;
        enum ledger_err err =
            ledger_message_unpack(&ledger__v1__personal_part__descriptor, view->personal[i],
                                  LEDGER_RECORD_SIZE_MAX, arena, &part, error);
        if (err)
            return err;
        record->personal[record->n_personal++] = (Ledger__V1__PersonalPart *)part;
    }
    return LEDGER_E_OK;
}

enum ledger_err ledger_record_unpack(struct ledger_span packed, struct ledger_arena *arena,
                                     Ledger__V1__Record **unpacked, struct ledger_error *error) {
    struct ledger_record_view view;
    if (packed.size > LEDGER_RECORD_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL, "a record has %zu bytes; at most %d",
                           packed.size, LEDGER_RECORD_SIZE_MAX);
    struct unpacked *place = ledger_arena_alloc(arena, sizeof *place + packed.size + 1);
    if (!place)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    uint8_t *copy = (uint8_t *)(place + 1);
    if (packed.size)
        memcpy(copy, packed.data, packed.size);
    enum ledger_err err = ledger_record_view_read(ledger_span_of(copy, packed.size), arena, &view);
    if (err)
        return ledger_fail(error, err, NULL,
                           err == LEDGER_E_NO_MEMORY ? "out of memory"
                                                     : "the bytes are no packed Record");
    Ledger__V1__Record *record = &place->record;
    bool sound = true;
    ledger__v1__record__init(record);
    record->has_position = record->has_recorded_at = record->has_stream_version = true;
    record->position = view.position;
    record->recorded_at = view.recorded_at;
    record->stream_version = view.stream_version;
    record->event = &place->event;
    err = unpack_personal(&view, arena, record, error); // before a NUL is put behind the event
    if (err)
        return err;
    record->principal = text(view.principal, &sound);
    if (!unpack_event(&view.event, arena, place, &sound))
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    if (!sound)
        return ledger_fail(error, LEDGER_E_EMBEDDED_NUL, NULL, "a text of a record holds a NUL");
    *unpacked = record;
    return LEDGER_E_OK;
}
