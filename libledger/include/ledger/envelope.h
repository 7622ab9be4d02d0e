// What the ledger itself looks at in an event: spans into the event's bytes. Any thread.
#ifndef LEDGER_ENVELOPE_H
#define LEDGER_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"

struct ledger_subject_span {
    struct ledger_span kind, id;
};

struct ledger_envelope {
    struct ledger_span event_id; // 16 bytes
    struct ledger_span stream, type, actor;
    struct ledger_span correlation_id;          // empty = none
    const struct ledger_subject_span *subjects; // in the arena
    size_t subject_count;
};

// The verdict and the errors of ledger_event_check, without unpacking an event that is sound.
LEDGER_MUST_CHECK enum ledger_err
ledger_envelope_check(struct ledger_span event, int64_t now_micros, struct ledger_arena *arena,
                      struct ledger_envelope *envelope, struct ledger_error *error);
// Of an event that was checked once. LEDGER_E_MALFORMED: it is none; LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err ledger_envelope_read(struct ledger_span event,
                                                       struct ledger_arena *arena,
                                                       struct ledger_envelope *envelope);
// The event's id; empty if the bytes have none.
struct ledger_span ledger_event_id(struct ledger_span event);

#endif
