// ledger_payload_unpack: the first byte chooses the fact type, the others are its payload.
#include "fuzz.h"
#include "ledger/event.h"
#include "ledger/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data + 1, size - 1);
    const struct ledger_fact_type *type =
        ledger_fact_at((enum ledger_fact)(*data % LEDGER_FACT_COUNT));
    const struct ledger_fact_type *found = NULL;
    ProtobufCMessage *message = NULL;
    struct ledger_error error = {0};
    enum ledger_err err =
        ledger_payload_unpack(ledger_span_text(type->name), bytes, arena, &found, &message, &error);
    if (err != LEDGER_E_OK) {
        fuzz_refused_field(err, &error);
        return 0;
    }
    MUST(found == type && message->descriptor == type->payload);
    MUST(fuzz_unpack(type->payload, bytes, LEDGER_EVENT_SIZE_MAX, arena) != NULL);
    err = ledger_message_check(message, &error);
    if (err != LEDGER_E_OK)
        fuzz_refused_field(err, &error);
    else
        fuzz_json_keeps(message, arena);
    return 0;
}
