// ledger_personal_check: a packed PersonalPart as a writer sends it.
#include "fuzz.h"
#include "ledger/event.h"
#include "ledger/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data, size);
    struct ledger_error error = {0};
    enum ledger_err err = ledger_personal_check(bytes, arena, &error);
    if (err == LEDGER_E_MALFORMED || err == LEDGER_E_TOO_LARGE)
        fuzz_refused(err, &error);
    else if (err != LEDGER_E_OK)
        fuzz_refused_field(err, &error);
    enum ledger_err all = ledger_personal_parts_check(&bytes, 1, arena, &error);
    if (err != LEDGER_E_OK)
        MUST(all != LEDGER_E_OK);
    if (all != LEDGER_E_OK)
        fuzz_refused_field(all, &error);
    if (err != LEDGER_E_OK)
        return 0;
    const Ledger__V1__PersonalPart *part = (const Ledger__V1__PersonalPart *)fuzz_unpack(
        &ledger__v1__personal_part__descriptor, bytes, LEDGER_PERSONAL_SIZE_MAX, arena);
    MUST(part != NULL && part->content_case == LEDGER__V1__PERSONAL_PART__CONTENT_PLAIN);
    fuzz_json_keeps(&part->base, arena);
    return 0;
}
