// A zone, a pattern and a time, one a line, as maps and files spell them.
#include "fuzz.h"
#include "ledger/text.h"
#include "timestamps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span rest = ledger_span_of(data, size);
    if (ledger_text_check(rest) != LEDGER_E_OK)
        return 0;
    const char *zone_text = ledger_arena_text(arena, fuzz_cut(&rest, '\n'));
    const char *pattern = ledger_arena_text(arena, fuzz_cut(&rest, '\n'));
    const char *text = ledger_arena_text(arena, rest);
    struct import_zone zone = {0};
    struct ledger_error error = {0};
    enum ledger_err err = import_zone_set(zone_text, &zone, &error);
    if (err != LEDGER_E_OK)
        fuzz_refused(err, &error);
    if (!import_pattern_check(pattern, &error)) {
        MUST(error.message[0] != '\0');
        return 0;
    }
    static const enum import_precision precisions[] = {IMPORT_PRECISION_ANY, IMPORT_PRECISION_DATE,
                                                       IMPORT_PRECISION_INSTANT};
    for (size_t i = 0; i < sizeof precisions / sizeof *precisions; i++) {
        struct ledger_moment moment = {0};
        err = import_time_read(text, &pattern, 1, &zone, precisions[i], &moment, &error);
        if (err != LEDGER_E_OK) {
            fuzz_refused(err, &error);
            continue;
        }
        MUST(moment.when != LEDGER_WHEN_UNKNOWN);
        MUST(moment.day >= LEDGER_DAY_MIN && moment.day <= LEDGER_DAY_MAX);
        if (precisions[i] != IMPORT_PRECISION_ANY)
            MUST((moment.when == LEDGER_WHEN_DATE) == (precisions[i] == IMPORT_PRECISION_DATE));
    }
    return 0;
}
