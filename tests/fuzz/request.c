// A packed Request, as ledgerd and the projections get it from the wire.
#include "fuzz.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/v1/service.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    ProtobufCMessage *message =
        fuzz_unpack(&ledger__v1__request__descriptor, ledger_span_of(data, size),
                    LEDGER_REQUEST_SIZE_MAX, arena);
    struct ledger_error error = {0};
    if (!message)
        return 0;
    enum ledger_err err = ledger_message_check(message, &error);
    if (err != LEDGER_E_OK)
        fuzz_refused_field(err, &error);
    else
        fuzz_json_keeps(message, arena);
    return 0;
}
