// Events and records as bytes: the protobuf-c boundary. Everything that comes from outside is
// size-capped, unpacked and checked here. Any thread, each with an arena of its own.
#ifndef LEDGER_EVENT_H
#define LEDGER_EVENT_H

#include <protobuf-c/protobuf-c.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/facts.h"
#include "ledger/moment.h"
#include "ledger/span.h"
#include "ledger/v1/event.pb-c.h"

// Unpacks into the arena; *message is valid as long as it. LEDGER_E_TOO_LARGE over size_max,
// LEDGER_E_MALFORMED, LEDGER_E_NO_MEMORY. Of texts it only sees that none holds a NUL
// (LEDGER_E_EMBEDDED_NUL), which the unpacked message could no longer show.
LEDGER_MUST_CHECK enum ledger_err
ledger_message_unpack(const ProtobufCMessageDescriptor *descriptor, struct ledger_span bytes,
                      size_t size_max, struct ledger_arena *arena, ProtobufCMessage **message,
                      struct ledger_error *error);

// Packs at the end of the buffer (see buffer->failed).
void ledger_message_pack(const ProtobufCMessage *message, struct ledger_buffer *buffer);

// Every text of the message, nested ones included, is UTF-8 without NUL; every enum is defined;
// every bytes field named *_id or *_ids is 16 bytes, every *sha256 32; every Date and Instant lies
// in the years 1900 to 9999, every offset within 18 hours; every Money has an amount and a currency
// of three capitals; every GeoPoint is on the globe. The error names the field's path.
LEDGER_MUST_CHECK enum ledger_err ledger_message_check(const ProtobufCMessage *message,
                                                       struct ledger_error *error);

// What ledgerd asks of an event before it is stored. Needs no state but the clock: envelope,
// limits, registered type, payload that decodes with its required fields, stream category,
// required subjects, times. `now_micros`: occurred may be at most 24 h later; a date, at most the
// day after the one it then is in UTC+14. A required text that is empty, and a required enum that
// is UNSPECIFIED, count as missing. Unknown fields are let through.
LEDGER_MUST_CHECK enum ledger_err ledger_event_check(struct ledger_span bytes, int64_t now_micros,
                                                     struct ledger_arena *arena,
                                                     Ledger__V1__Event **event,
                                                     struct ledger_error *error);
// A packed PersonalPart as a writer sends it: plain, and within LEDGER_PERSONAL_SIZE_MAX by itself.
LEDGER_MUST_CHECK enum ledger_err ledger_personal_check(struct ledger_span bytes,
                                                        struct ledger_arena *arena,
                                                        struct ledger_error *error);
// All of an event's: not too many, not too large together as a record frames them, each as above.
// The error's field is "personal", or begins with "personal[i]".
LEDGER_MUST_CHECK enum ledger_err ledger_personal_parts_check(const struct ledger_span *personal,
                                                              size_t count,
                                                              struct ledger_arena *arena,
                                                              struct ledger_error *error);

// The payload of a registered type, unpacked. LEDGER_E_UNKNOWN_TYPE for ext.* and unknown types.
LEDGER_MUST_CHECK enum ledger_err
ledger_payload_unpack(struct ledger_span type, struct ledger_span payload,
                      struct ledger_arena *arena, const struct ledger_fact_type **fact,
                      ProtobufCMessage **message, struct ledger_error *error);

// NULL or empty = unknown.
struct ledger_moment ledger_moment_of(const Ledger__V1__Occurred *occurred);

// The category of a stream: what stands before its first "/". Empty if there is none.
struct ledger_span ledger_stream_category(struct ledger_span stream);

// ---- records
struct ledger_record_parts {
    uint64_t position;
    int64_t recorded_at;
    uint64_t stream_version;
    struct ledger_span principal;
    struct ledger_span event;           // packed Event
    const struct ledger_span *personal; // packed PersonalParts
    size_t personal_count;
};
size_t ledger_record_size(const struct ledger_record_parts *parts);
// Writes exactly ledger_record_size() bytes; returns the end.
uint8_t *ledger_record_write(const struct ledger_record_parts *parts, uint8_t *place);
// Splits stored bytes without unpacking the event. `personal` may be NULL; else it holds up to
// *personal_count spans and *personal_count becomes how many there are, while
// parts->personal_count is how many were filled in. LEDGER_E_MALFORMED: not as written above.
LEDGER_MUST_CHECK enum ledger_err ledger_record_split(struct ledger_span record,
                                                      struct ledger_record_parts *parts,
                                                      struct ledger_span *personal,
                                                      size_t *personal_count);

// A whole record into the arena, as ledger_message_unpack would make it, in half the time: for
// bytes that the ledger has checked. (To look at it in place, see ledger/view.h; for its payload,
// ledger_payload_unpack.) LEDGER_E_MALFORMED, LEDGER_E_TOO_LARGE, LEDGER_E_EMBEDDED_NUL,
// LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err ledger_record_unpack(struct ledger_span packed,
                                                       struct ledger_arena *arena,
                                                       Ledger__V1__Record **record,
                                                       struct ledger_error *error);

// ---- varints, for the splicing code
uint8_t *ledger_varint_write(uint8_t *place, uint64_t number); // at most 10 bytes
size_t ledger_varint_size(uint64_t number);
// The byte after it, or NULL if it does not end before `end`.
const uint8_t *ledger_varint_read(const uint8_t *place, const uint8_t *end, uint64_t *number);

#endif
