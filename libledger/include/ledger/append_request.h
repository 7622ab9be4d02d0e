// An append request as it lies in its message: spans, no copies. Any thread.
#ifndef LEDGER_APPEND_REQUEST_H
#define LEDGER_APPEND_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/span.h"
#include "ledger/v1/service.pb-c.h"

struct ledger_new_event_span {
    struct ledger_span event; // packed Event; without data if none was given
    const struct ledger_span *personal;
    size_t personal_count;
};
struct ledger_expected_span {
    struct ledger_span stream; // without data if none was given
    uint64_t version;
    bool has_version;
};
struct ledger_append_span {
    const struct ledger_new_event_span *events;
    size_t event_count;
    const struct ledger_expected_span *expected;
    size_t expected_count;
    bool allow_duplicates;
};

// Splits a packed Request. False: it is no append, or not packed as is usual, or larger than most,
// or memory is out: unpack it, and see. *appends is in the arena.
bool ledger_append_request_split(struct ledger_span request, struct ledger_arena *arena,
                                 const struct ledger_append_span **appends, size_t *count);
// The same of an unpacked one, which is borrowed. NULL when out of memory.
const struct ledger_append_span *
ledger_append_request_spans(const Ledger__V1__AppendRequest *request, struct ledger_arena *arena);

#endif
