// ledger_record_split, against protobuf-c's own reading of the same bytes.
#include "fuzz.h"
#include "ledger/event.h"
#include "ledger/limits.h"

enum { PARTS_MAX = 4 };

static void lies_within(struct ledger_span part, struct ledger_span whole) {
    if (part.size > 0)
        MUST(part.data >= whole.data && part.size <= whole.size &&
             (size_t)(part.data - whole.data) <= whole.size - part.size);
}

static void agrees_with_protobuf(struct ledger_span bytes, const struct ledger_record_parts *parts,
                                 size_t personal, struct ledger_arena *arena) {
    ProtobufCMessage *message = NULL;
    if (ledger_message_unpack(&ledger__v1__record__descriptor, bytes, SIZE_MAX, arena, &message,
                              NULL) != LEDGER_E_OK)
        return; // the event inside is not looked at by a split
    const Ledger__V1__Record *record = (const Ledger__V1__Record *)message;
    MUST(record->has_position && record->position == parts->position);
    MUST(record->has_recorded_at && record->recorded_at == parts->recorded_at);
    MUST(record->has_stream_version && record->stream_version == parts->stream_version);
    MUST(record->event != NULL && record->n_personal == personal);
    if (record->principal != NULL)
        MUST(ledger_span_equal(ledger_span_text(record->principal), parts->principal));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data, size), personal[PARTS_MAX];
    struct ledger_record_parts parts, again;
    size_t count = PARTS_MAX, none = 0;
    enum ledger_err err = ledger_record_split(bytes, &parts, personal, &count);
    MUST(err == ledger_record_split(bytes, &again, NULL, &none));
    if (err != LEDGER_E_OK) {
        MUST(err == LEDGER_E_MALFORMED);
        return 0;
    }
    MUST(count == none);
    MUST(parts.personal_count == (count < PARTS_MAX ? count : PARTS_MAX));
    lies_within(parts.principal, bytes);
    lies_within(parts.event, bytes);
    for (size_t i = 0; i < parts.personal_count; i++)
        lies_within(personal[i], bytes);
    agrees_with_protobuf(bytes, &parts, count, arena);
    if (count > PARTS_MAX)
        return 0;
    // What is taken for a record is one that was written: byte by byte.
    uint8_t *place = ledger_arena_alloc(arena, ledger_record_size(&parts));
    MUST(place != NULL);
    size_t written = (size_t)(ledger_record_write(&parts, place) - place);
    MUST(ledger_span_equal(ledger_span_of(place, written), bytes));
    return 0;
}
