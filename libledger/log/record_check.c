#include "record_check.h"

#include "ledger/limits.h"

// What a checked envelope keeps to, and event_terms counts on.
static bool fits(const struct ledger_envelope *envelope) {
    bool all = envelope->event_id.size == 16 && envelope->stream.size != 0 &&
               envelope->stream.size <= LEDGER_STREAM_SIZE_MAX && envelope->type.size != 0 &&
               envelope->type.size <= LEDGER_TYPE_SIZE_MAX && envelope->actor.size != 0 &&
               envelope->actor.size <= LEDGER_ID_SIZE_MAX &&
               (envelope->correlation_id.size == 0 || envelope->correlation_id.size == 16) &&
               envelope->subject_count <= LEDGER_SUBJECTS_MAX;
    for (size_t i = 0; all && i < envelope->subject_count; i++)
        all = envelope->subjects[i].kind.size <= LEDGER_KIND_SIZE_MAX &&
              envelope->subjects[i].id.size <= LEDGER_ID_SIZE_MAX;
    return all;
}

enum ledger_err record_check(struct ledger_span record, struct ledger_arena *arena,
                             struct ledger_record_parts *parts, struct ledger_envelope *envelope) {
    size_t count = LEDGER_SUBJECTS_MAX;
    ProtobufCMessage *message;
    struct ledger_span *personal = ledger_arena_alloc(arena, count * sizeof *personal);
    if (personal == NULL)
        return LEDGER_E_NO_MEMORY;
    if (record.size > LEDGER_RECORD_SIZE_MAX ||
        ledger_record_split(record, parts, personal, &count) != LEDGER_E_OK ||
        count != parts->personal_count || ledger_record_size(parts) != record.size)
        return LEDGER_E_CORRUPT;
    enum ledger_err err = ledger_message_unpack(&ledger__v1__event__descriptor, parts->event,
                                                LEDGER_EVENT_SIZE_MAX, arena, &message, NULL);
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++)
        err = ledger_message_unpack(&ledger__v1__personal_part__descriptor, personal[i],
                                    LEDGER_RECORD_SIZE_MAX, arena, &message, NULL);
    if (err == LEDGER_E_OK)
        err = ledger_envelope_read(parts->event, arena, envelope);
    if (err == LEDGER_E_NO_MEMORY)
        return err;
    return err == LEDGER_E_OK && fits(envelope) ? LEDGER_E_OK : LEDGER_E_CORRUPT;
}
