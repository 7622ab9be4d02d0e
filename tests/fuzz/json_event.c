// A line as a writer states an event. What is read from it, written as JSON and read again is the
// same to the byte.
#include "fuzz.h"
#include "ledger/json.h"
#include "ledger/limits.h"

static Ledger__V1__Record *record_of(const struct ledger_event_bytes *bytes,
                                     struct ledger_arena *arena) {
    Ledger__V1__Record *record = ledger_arena_alloc(arena, sizeof *record);
    ProtobufCMessage *event = NULL;
    MUST(record != NULL);
    ledger__v1__record__init(record);
    MUST(ledger_message_unpack(&ledger__v1__event__descriptor, bytes->event, SIZE_MAX, arena,
                               &event, NULL) == LEDGER_E_OK);
    record->event = (Ledger__V1__Event *)event;
    record->n_personal = bytes->personal_count;
    record->personal =
        ledger_arena_calloc(arena, (bytes->personal_count + 1) * sizeof *record->personal);
    MUST(record->personal != NULL);
    for (size_t i = 0; i < bytes->personal_count; i++) {
        ProtobufCMessage *part = NULL;
        MUST(ledger_message_unpack(&ledger__v1__personal_part__descriptor, bytes->personal[i],
                                   SIZE_MAX, arena, &part, NULL) == LEDGER_E_OK);
        record->personal[i] = (Ledger__V1__PersonalPart *)part;
    }
    return record;
}

static struct ledger_event_bytes there_and_back(const struct ledger_event_bytes *bytes,
                                                struct ledger_arena *arena) {
    struct ledger_event_bytes back;
    struct ledger_error error = {0};
    json_t *json = ledger_record_to_json(record_of(bytes, arena), arena);
    MUST(json != NULL);
    MUST(ledger_event_from_json(json, arena, &back, &error) == LEDGER_E_OK);
    json_decref(json);
    return back;
}

static void same(const struct ledger_event_bytes *a, const struct ledger_event_bytes *b) {
    MUST(ledger_span_equal(a->event, b->event));
    MUST(a->personal_count == b->personal_count);
    for (size_t i = 0; i < a->personal_count; i++)
        MUST(ledger_span_equal(a->personal[i], b->personal[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_error error = {0};
    struct ledger_event_bytes bytes, back;
    json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL)
        return 0;
    enum ledger_err err = ledger_event_from_json(json, arena, &bytes, &error);
    json_decref(json);
    if (err != LEDGER_E_OK) {
        fuzz_refused(err, &error);
        return 0;
    }
    MUST(bytes.event_id.size == 16);
    back = there_and_back(&bytes, arena);
    // An ext.* payload that was stated as base64 may turn out to be an object's text, and is one
    // from then on.
    if (ledger_fact_is_external(ledger_span_text(record_of(&bytes, arena)->event->type)))
        bytes = back, back = there_and_back(&bytes, arena);
    same(&bytes, &back);
    return 0;
}
