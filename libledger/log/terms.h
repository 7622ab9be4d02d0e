// Terms: what an event is found by. A term is a kind and a text.
//
// Every event has the terms of its stream, its stream's category and share bucket, its type and its
// actor; those of its correlation id and subjects, if it has them.
#ifndef LEDGER_LOG_TERMS_H
#define LEDGER_LOG_TERMS_H

#include <stdint.h>

#include "ledger/envelope.h"
#include "ledger/limits.h"
#include "ledger/span.h"

enum term_kind {
    TERM_ACTOR = 'a',
    TERM_CATEGORY = 'c',
    TERM_SHARE = 'h', // one byte: the bucket of the stream's name
    TERM_CORRELATION = 'r',
    TERM_STREAM = 's',
    TERM_TYPE = 't',
    TERM_SUBJECT = 'u', // kind NUL id
};
enum { TERM_SIZE_MAX = 1 + 200 };

// Kind, then text.
struct term {
    uint8_t bytes[TERM_SIZE_MAX];
    size_t size;
};
// Cuts nothing: a text that is too long gives an empty term, which no event has.
struct term term_of(enum term_kind kind, struct ledger_span text);
struct term term_of_subject(struct ledger_span kind, struct ledger_span id);
struct term term_of_share(uint32_t bucket);
static inline struct ledger_span term_span(const struct term *term) {
    return ledger_span_of(term->bytes, term->size);
}

enum {
    EVENT_TERMS_MAX = 6 + LEDGER_SUBJECTS_MAX,
    EVENT_TERMS_BYTES =
        6 * TERM_SIZE_MAX + LEDGER_SUBJECTS_MAX * (2 + LEDGER_KIND_SIZE_MAX + LEDGER_ID_SIZE_MAX),
};
// The terms of one event, the stream's first. A subject named twice stands in it twice.
struct event_terms {
    size_t count;
    struct ledger_span keys[EVENT_TERMS_MAX]; // into bytes
    uint64_t hashes[EVENT_TERMS_MAX];         // term_hash of each
    uint8_t bytes[EVENT_TERMS_BYTES];
};
// The envelope has been checked, so that everything has its room.
void event_terms(const struct ledger_envelope *envelope, struct event_terms *terms);

// For tables in memory: fixed at start-up, so that a writer cannot choose texts that collide.
uint64_t term_hash(struct ledger_span key);
uint64_t id_hash(const uint8_t id[16]);

#endif
