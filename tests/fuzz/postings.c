// index_unpack: packed positions of a term. The first two bytes say how many are expected.
#include <stdlib.h>

#include "fuzz.h"
#include "log/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    uint32_t count = ((uint32_t)data[0] | (uint32_t)data[1] << 8) % (INDEX_RUN_POSITIONS_MAX + 1);
    uint64_t *positions = malloc(count * sizeof *positions); // exact, for the sanitizer
    MUST(positions != NULL || count == 0);
    enum ledger_err err = index_unpack(ledger_span_of(data + 2, size - 2), count, positions);
    MUST(err == LEDGER_E_OK || err == LEDGER_E_CORRUPT);
    for (uint32_t i = 0; err == LEDGER_E_OK && i < count; i++)
        MUST(positions[i] > (i > 0 ? positions[i - 1] : 0));
    free(positions);
    return 0;
}
