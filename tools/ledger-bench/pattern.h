// A packed event with gaps: where the stream's number and the event id go.
#ifndef LEDGER_BENCH_PATTERN_H
#define LEDGER_BENCH_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/uuid.h"

enum { PATTERN_GAPS_MAX = 8, PATTERN_DIGITS_MAX = 7 };

struct gaps {
    uint16_t at[PATTERN_GAPS_MAX];
    unsigned count;
};

struct pattern {
    uint8_t *bytes;
    size_t size;
    unsigned digits; // of a stream's number
    struct gaps streams, ids;
};

struct pattern_options {
    const char *type;
    const char *tag;
    int64_t occurred_micros;
    unsigned number; // patterns differ in their texts and actors
    unsigned digits; // of a stream's number, to PATTERN_DIGITS_MAX
};

// LEDGER_E_USAGE for a type of which no facts can be made here.
LEDGER_MUST_CHECK enum ledger_err pattern_make(const struct pattern_options *options,
                                               struct pattern *pattern, struct ledger_error *error);
void pattern_fini(struct pattern *pattern);
void pattern_write(const struct pattern *pattern, uint32_t stream, const struct ledger_uuid *id,
                   uint8_t *place);
// Of the streams that a type's facts are on. NULL as LEDGER_E_USAGE above.
const char *pattern_category(const char *type);

#endif
