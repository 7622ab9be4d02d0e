// Records and events decoded in place: every field, as spans into the bytes, without protobuf-c's
// unpacking (which costs more than twice as much). Any thread.
#ifndef LEDGER_VIEW_H
#define LEDGER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/moment.h"
#include "ledger/span.h"

// Spans are empty where the event has no such field. proto/ledger/v1/event.proto says what each is.
struct ledger_subject_view {
    struct ledger_span kind, id, role;
};
struct ledger_event_view {
    struct ledger_span event_id; // 16 bytes
    struct ledger_span stream, type;
    uint32_t schema_version; // 0 = none given
    struct ledger_moment occurred;
    struct ledger_span actor, on_behalf_of;
    const struct ledger_subject_view *subjects; // in the arena
    size_t subject_count;
    struct ledger_span source_system, source_record_id;
    struct ledger_moment source_recorded_at;
    struct ledger_span correlation_id, causation_id;
    struct ledger_span territory;
    bool has_geo;
    int32_t lat_e7, lon_e7;
    struct ledger_span corrects_event_id, reason;
    struct ledger_span payload;
};
struct ledger_record_view {
    uint64_t position;
    int64_t recorded_at; // microseconds since 1970-01-01Z
    uint64_t stream_version;
    struct ledger_span principal;
    struct ledger_span bytes; // of the event, as its writer packed it
    struct ledger_event_view event;
    const struct ledger_span *personal; // packed PersonalParts; in the arena
    size_t personal_count;
};

// LEDGER_E_MALFORMED, LEDGER_E_NO_MEMORY. What the ledger serves has been checked; other bytes are
// only seen to be well-formed.
LEDGER_MUST_CHECK enum ledger_err ledger_event_view_read(struct ledger_span event,
                                                         struct ledger_arena *arena,
                                                         struct ledger_event_view *view);
LEDGER_MUST_CHECK enum ledger_err ledger_record_view_read(struct ledger_span record,
                                                          struct ledger_arena *arena,
                                                          struct ledger_record_view *view);

// Takes the next record off the front of a page's records (`repeated Record records = 1`, as in a
// ReadReply). False at their end. The record is what is stored and hashed.
bool ledger_page_next(struct ledger_span *rest, struct ledger_span *record);

#endif
