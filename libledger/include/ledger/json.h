// JSON by descriptor reflection: one codec for every message, after the proto3 JSON mapping.
// Ours on top of it: Date, Instant and Occurred are strings ("2013-08-01",
// "2016-01-02T01:00:01.353+01:00", "unknown"); a bytes field named *_id or *_ids is UUID text, and
// *sha256 is hexadecimal; PersonalPart's plain is "values"; an event's payload, and the payload
// inside FactCorrected, is an object of the type that `type` names.
// Any thread, each with an arena and JSON values of its own.
#ifndef LEDGER_JSON_H
#define LEDGER_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/event.h"
#include "ledger/span.h"

// A new reference, or NULL when out of memory. Absent fields are left out. Field order is the
// message's.
json_t *ledger_json_from_message(const ProtobufCMessage *message);

// Into the arena. Takes lowerCamelCase and the proto's own names; null = absent; 64-bit numbers as
// text or number; enum names or numbers. Errors name the path: LEDGER_E_UNKNOWN_FIELD,
// LEDGER_E_INVALID_VALUE, LEDGER_E_INVALID_TIME.
LEDGER_MUST_CHECK enum ledger_err
ledger_json_to_message(const json_t *json, const ProtobufCMessageDescriptor *descriptor,
                       struct ledger_arena *arena, ProtobufCMessage **message,
                       struct ledger_error *error);

// One event as a writer states it:
//   {"eventId":"…","type":"VisitReported","stream":"visit/9","occurred":"2026-03-01",
//    "actor":"7","subjects":[{"kind":"client","id":"42"}],"payload":{…},
//    "personal":[{"personId":"p1","values":{"name":"…"}}]}
// An ext.* payload is an object, which is kept as JSON text, or base64 text. What
// ledger_record_to_json adds to an event (position, recordedAt, streamVersion, principal) is passed
// over, so that a line that was read may be given back. Without eventId it gets a new one (version
// 7), without schemaVersion 1. Nothing else is checked here (see ledger_event_check). The packed
// spans live in the arena.
struct ledger_event_bytes {
    struct ledger_span event;
    struct ledger_span event_id;
    bool event_id_made; // the writer stated none
    struct ledger_span *personal;
    size_t personal_count;
};
LEDGER_MUST_CHECK enum ledger_err ledger_event_from_json(const json_t *json,
                                                         struct ledger_arena *arena,
                                                         struct ledger_event_bytes *bytes,
                                                         struct ledger_error *error);

// What a fact type takes, for who writes one:
//   {"type":…,"category":…,"subjects":[kinds],"fields":[{"field":"clientId","takes":"text",
//    "required":true,"subject":"client"},…]}
// An enum has its "values"; the fields of an object follow it as "details.productId". A new
// reference; NULL when out of memory.
json_t *ledger_json_describe(const struct ledger_fact_type *type);

// One object: position, recordedAt, streamVersion, principal, then what the event states in the
// form above, its personal parts last. A payload that cannot be decoded becomes
// "payloadBase64" beside "payloadError". A new reference; NULL when out of memory.
json_t *ledger_record_to_json(const Ledger__V1__Record *record, struct ledger_arena *arena);
// Of that only what the event's payload gives: "payload", or the two others.
json_t *ledger_payload_to_json(const Ledger__V1__Event *event, struct ledger_arena *arena);

#endif
