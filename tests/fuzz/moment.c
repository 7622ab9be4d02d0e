// Dates and instants as text.
#include <string.h>

#include "fuzz.h"
#include "ledger/moment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_span text = ledger_span_of(data, size);
    struct ledger_moment moment, again;
    char shown[LEDGER_INSTANT_TEXT_SIZE];
    if (!ledger_moment_parse(text, &moment)) {
        int32_t days, offset;
        int64_t micros;
        MUST(!ledger_date_parse(text, &days) && !ledger_instant_parse(text, &micros, &offset));
        return 0;
    }
    MUST(moment.day >= LEDGER_DAY_MIN && moment.day <= LEDGER_DAY_MAX);
    MUST(ledger_moment_by(&moment, &moment));
    if (moment.when == LEDGER_WHEN_DATE)
        ledger_date_format(moment.day, shown);
    else
        ledger_instant_format(moment.micros, moment.offset_minutes, shown);
    MUST(ledger_moment_parse(ledger_span_text(shown), &again));
    MUST(again.when == moment.when && again.micros == moment.micros &&
         again.offset_minutes == moment.offset_minutes && again.day == moment.day);
    if (moment.when == LEDGER_WHEN_DATE)
        MUST(ledger_span_equal(ledger_span_text(shown), text));
    return 0;
}
