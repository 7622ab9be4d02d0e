// ledger_event_check: what may be stored. What it accepts must survive everything that is done with
// it later: its record, and JSON out and in again.
#include "ledger/event.h"
#include "fuzz.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/uuid.h"

static const int64_t now = INT64_C(1767322983500000); // 2026-01-02

static void record_keeps(struct ledger_span event, struct ledger_arena *arena) {
    struct ledger_record_parts parts = {
        .position = 7, .recorded_at = now, .stream_version = 300, .event = event};
    struct ledger_record_parts split;
    size_t size = ledger_record_size(&parts), personal = 0;
    uint8_t *place = ledger_arena_alloc(arena, size);
    MUST(place != NULL && size <= LEDGER_RECORD_SIZE_MAX);
    MUST(ledger_record_write(&parts, place) == place + size);
    MUST(ledger_record_split(ledger_span_of(place, size), &split, NULL, &personal) == LEDGER_E_OK);
    MUST(ledger_span_equal(split.event, event) && personal == 0);
}

static json_t *json_of(Ledger__V1__Event *event, struct ledger_arena *arena) {
    Ledger__V1__Record record = LEDGER__V1__RECORD__INIT;
    record.event = event;
    json_t *json = ledger_record_to_json(&record, arena);
    MUST(json != NULL);
    return json;
}

static void json_keeps(Ledger__V1__Event *event, struct ledger_arena *arena) {
    struct ledger_error error = {0};
    struct ledger_event_bytes bytes;
    Ledger__V1__Event *back = NULL;
    // An event read from JSON has a schema version; one that is appended as bytes need not.
    event->schema_version = event->has_schema_version ? event->schema_version : 1;
    event->has_schema_version = 1;
    json_t *json = json_of(event, arena);
    MUST(ledger_event_from_json(json, arena, &bytes, &error) == LEDGER_E_OK);
    MUST(!bytes.event_id_made);
    MUST(ledger_event_check(bytes.event, now, arena, &back, &error) == LEDGER_E_OK);
    json_t *again = json_of(back, arena);
    MUST(json_equal(json, again));
    json_decref(json);
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data, size);
    struct ledger_error error = {0};
    Ledger__V1__Event *event = NULL, *again = NULL;
    enum ledger_err err = ledger_event_check(bytes, now, arena, &event, &error);
    if (err == LEDGER_E_MALFORMED || err == LEDGER_E_TOO_LARGE)
        fuzz_refused(err, &error); // there may be no field to name
    else if (err != LEDGER_E_OK)
        fuzz_refused_field(err, &error);
    if (err != LEDGER_E_OK)
        return 0;
    MUST(event->has_event_id && event->event_id.len == sizeof(struct ledger_uuid));
    MUST(ledger_stream_category(ledger_span_text(event->stream)).size > 0);
    struct ledger_span packed = fuzz_pack(&event->base, arena);
    if (packed.size <= LEDGER_EVENT_SIZE_MAX) {
        MUST(ledger_event_check(packed, now, arena, &again, &error) == LEDGER_E_OK);
        MUST(ledger_span_equal(fuzz_pack(&again->base, arena), packed));
    }
    record_keeps(bytes, arena);
    json_keeps(event, arena);
    return 0;
}
