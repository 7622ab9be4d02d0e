#include "terms.h"

#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

#include "ledger/event.h"
#include "ledger/uuid.h"
#include "log.h"

// ---- one term

static uint8_t *put(uint8_t *place, struct ledger_span text) {
    if (text.size != 0)
        memcpy(place, text.data, text.size);
    return place + text.size;
}

static uint8_t *put_term(uint8_t *place, enum term_kind kind, struct ledger_span text) {
    *place = (uint8_t)kind;
    return put(place + 1, text);
}

static uint8_t *put_subject(uint8_t *place, struct ledger_span kind, struct ledger_span id) {
    place = put_term(place, TERM_SUBJECT, kind);
    *place = 0;
    return put(place + 1, id);
}

struct term term_of(enum term_kind kind, struct ledger_span text) {
    struct term term;
    term.size = 0;
    if (text.size < sizeof term.bytes)
        term.size = (size_t)(put_term(term.bytes, kind, text) - term.bytes);
    return term;
}

struct term term_of_subject(struct ledger_span kind, struct ledger_span id) {
    struct term term;
    term.size = 0;
    if (kind.size + id.size + 2 <= sizeof term.bytes)
        term.size = (size_t)(put_subject(term.bytes, kind, id) - term.bytes);
    return term;
}

struct term term_of_share(uint32_t bucket) {
    uint8_t byte = (uint8_t)bucket;
    return term_of(TERM_SHARE, ledger_span_of(&byte, 1));
}

uint32_t ledger_share_bucket(struct ledger_span stream) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325); // FNV-1a: six lines in any language
    for (size_t i = 0; i < stream.size; i++)
        hash = (hash ^ stream.data[i]) * UINT64_C(0x100000001B3);
    hash ^= hash >> 32;
    hash ^= hash >> 16;
    hash ^= hash >> 8;
    return hash & (LEDGER_SHARE_BUCKETS - 1);
}

// ---- hashes

static uint64_t seed(void) {
    static _Atomic uint64_t value;
    uint64_t known = atomic_load_explicit(&value, memory_order_relaxed);
    if (known == 0) {
        struct ledger_uuid random;
        known = ledger_uuid_v7(0, &random) == LEDGER_E_OK ? XXH3_64bits(random.bytes, 16) | 1 : 1;
        uint64_t none = 0;
        if (!atomic_compare_exchange_strong(&value, &none, known))
            known = none;
    }
    return known;
}

uint64_t term_hash(struct ledger_span key) {
    return XXH3_64bits_withSeed(key.data, key.size, seed());
}

uint64_t id_hash(const uint8_t id[16]) {
    return XXH3_64bits_withSeed(id, 16, seed());
}

// ---- an event's

static void add(struct event_terms *terms, uint8_t **place, uint8_t *end) {
    struct ledger_span key = ledger_span_of(*place, (size_t)(end - *place));
    terms->keys[terms->count] = key;
    terms->hashes[terms->count++] = term_hash(key);
    *place = end;
}

void event_terms(const struct ledger_envelope *envelope, struct event_terms *terms) {
    uint8_t *place = terms->bytes;
    uint8_t bucket = (uint8_t)ledger_share_bucket(envelope->stream);
    struct ledger_span share = ledger_span_of(&bucket, 1);
    terms->count = 0;
    add(terms, &place, put_term(place, TERM_STREAM, envelope->stream));
    add(terms, &place, put_term(place, TERM_CATEGORY, ledger_stream_category(envelope->stream)));
    add(terms, &place, put_term(place, TERM_SHARE, share));
    add(terms, &place, put_term(place, TERM_TYPE, envelope->type));
    add(terms, &place, put_term(place, TERM_ACTOR, envelope->actor));
    if (envelope->correlation_id.size != 0)
        add(terms, &place, put_term(place, TERM_CORRELATION, envelope->correlation_id));
    for (size_t i = 0; i < envelope->subject_count; i++)
        add(terms, &place,
            put_subject(place, envelope->subjects[i].kind, envelope->subjects[i].id));
}
