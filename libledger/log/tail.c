#include "tail.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1024, POSITIONS_FIRST = 4 };

struct tail_generation *tail_new(uint64_t first) {
    struct tail_generation *tail = calloc(1, sizeof *tail);
    if (tail == NULL)
        return NULL;
    atomic_init(&tail->holders, 1);
    tail->first = first;
    tail->last = first - 1;
    tail->arena = ledger_arena_new(64 << 10);
    tail->id_slots = tail->term_slots = SLOTS_FIRST;
    tail->ids = calloc(tail->id_slots, sizeof *tail->ids);
    tail->terms = calloc(tail->term_slots, sizeof *tail->terms);
    if (tail->arena == NULL || tail->ids == NULL || tail->terms == NULL) {
        tail_release(tail);
        return NULL;
    }
    tail->bytes = SLOTS_FIRST * (sizeof *tail->ids + sizeof *tail->terms);
    return tail;
}

void tail_hold(struct tail_generation *tail) {
    if (tail != NULL)
        atomic_fetch_add(&tail->holders, 1);
}

void tail_release(struct tail_generation *tail) {
    if (tail == NULL || atomic_fetch_sub(&tail->holders, 1) > 1)
        return;
    ledger_arena_free(tail->arena);
    free(tail->ids);
    free(tail->terms);
    free(tail);
}

// ---- event ids: linear probing, at most 3/4 full

static struct tail_id *id_slot(struct tail_id *slots, size_t count, const struct ledger_uuid *id) {
    size_t i = id_hash(id->bytes) & (count - 1);
    while (slots[i].position != 0 && memcmp(&slots[i].id, id, sizeof *id) != 0)
        i = (i + 1) & (count - 1);
    return &slots[i];
}

uint64_t tail_find_id(const struct tail_generation *tail, const struct ledger_uuid *id) {
    return id_slot(tail->ids, tail->id_slots, id)->position;
}

void tail_prefetch_id(const struct tail_generation *tail, const struct ledger_uuid *id) {
    if (tail != NULL)
        __builtin_prefetch(&tail->ids[id_hash(id->bytes) & (tail->id_slots - 1)]);
}

static enum ledger_err grow_ids(struct tail_generation *tail) {
    size_t slots = tail->id_slots * 2;
    struct tail_id *ids = calloc(slots, sizeof *ids);
    if (ids == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < tail->id_slots; i++) {
        if (tail->ids[i].position != 0)
            *id_slot(ids, slots, &tail->ids[i].id) = tail->ids[i];
    }
    free(tail->ids);
    tail->bytes += (slots - tail->id_slots) * sizeof *ids;
    tail->ids = ids;
    tail->id_slots = slots;
    return LEDGER_E_OK;
}

static enum ledger_err add_id(struct tail_generation *tail, const struct ledger_uuid *id,
                              uint64_t position) {
    if (tail->id_count * 4 >= tail->id_slots * 3 && grow_ids(tail) != LEDGER_E_OK)
        return LEDGER_E_NO_MEMORY;
    struct tail_id *slot = id_slot(tail->ids, tail->id_slots, id);
    tail->id_count += slot->position == 0;
    *slot = (struct tail_id){.id = *id, .position = position};
    return LEDGER_E_OK;
}

// ---- terms

static struct tail_term *term_slot(struct tail_term *slots, size_t count, struct ledger_span key,
                                   uint64_t hash) {
    size_t i = hash & (count - 1);
    while (slots[i].count != 0 && (slots[i].hash != hash || !ledger_span_equal(slots[i].key, key)))
        i = (i + 1) & (count - 1);
    return &slots[i];
}

const struct tail_term *tail_find_term(const struct tail_generation *tail, struct ledger_span key) {
    return tail_find_hashed(tail, key, term_hash(key));
}

const struct tail_term *tail_find_hashed(const struct tail_generation *tail, struct ledger_span key,
                                         uint64_t hash) {
    const struct tail_term *slot = term_slot(tail->terms, tail->term_slots, key, hash);
    return slot->count != 0 ? slot : NULL;
}

void tail_prefetch_terms(const struct tail_generation *tail, const struct event_terms *terms) {
    if (tail == NULL)
        return;
    for (size_t i = 0; i < terms->count; i++)
        __builtin_prefetch(&tail->terms[terms->hashes[i] & (tail->term_slots - 1)]);
}

void tail_prefetch_positions(const struct tail_generation *tail, const struct event_terms *terms) {
    for (size_t i = 0; i < terms->count; i++) {
        const struct tail_term *slot = &tail->terms[terms->hashes[i] & (tail->term_slots - 1)];
        if (slot->count == 0 || slot->hash != terms->hashes[i])
            continue;
        __builtin_prefetch(slot->key.data);
        __builtin_prefetch(slot->positions + slot->count);
    }
}

static enum ledger_err grow_terms(struct tail_generation *tail) {
    size_t slots = tail->term_slots * 2;
    struct tail_term *terms = calloc(slots, sizeof *terms);
    if (terms == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < tail->term_slots; i++) {
        const struct tail_term *old = &tail->terms[i];
        if (old->count != 0)
            *term_slot(terms, slots, old->key, old->hash) = *old;
    }
    free(tail->terms);
    tail->bytes += (slots - tail->term_slots) * sizeof *terms;
    tail->terms = terms;
    tail->term_slots = slots;
    return LEDGER_E_OK;
}

static enum ledger_err grow_positions(struct tail_generation *tail, struct tail_term *term) {
    uint32_t capacity = term->capacity == 0 ? POSITIONS_FIRST : term->capacity * 2;
    uint64_t *positions = ledger_arena_alloc(tail->arena, capacity * sizeof *positions);
    if (positions == NULL)
        return LEDGER_E_NO_MEMORY;
    if (term->count != 0)
        memcpy(positions, term->positions, term->count * sizeof *positions);
    term->positions = positions;
    term->capacity = capacity;
    tail->bytes += capacity * sizeof *positions;
    return LEDGER_E_OK;
}

// An event that names one thing twice is found by it once.
static enum ledger_err add_term(struct tail_generation *tail, struct ledger_span key, uint64_t hash,
                                uint64_t position, uint64_t base) {
    if (tail->term_count * 4 >= tail->term_slots * 3 && grow_terms(tail) != LEDGER_E_OK)
        return LEDGER_E_NO_MEMORY;
    struct tail_term *term = term_slot(tail->terms, tail->term_slots, key, hash);
    if (term->count == 0) {
        uint8_t *copy = ledger_arena_copy(tail->arena, key.data, key.size);
        if (copy == NULL)
            return LEDGER_E_NO_MEMORY;
        *term =
            (struct tail_term){.key = ledger_span_of(copy, key.size), .hash = hash, .base = base};
        tail->bytes += key.size;
    } else if (term->positions[term->count - 1] == position) {
        return LEDGER_E_OK;
    }
    if (term->count == term->capacity && grow_positions(tail, term) != LEDGER_E_OK)
        return LEDGER_E_NO_MEMORY;
    tail->term_count += term->count == 0;
    term->positions[term->count++] = position;
    return LEDGER_E_OK;
}

enum ledger_err tail_add(struct tail_generation *tail, uint64_t position,
                         const struct ledger_uuid *id, const struct event_terms *terms,
                         uint64_t stream_base, struct ledger_buffer *touched) {
    enum ledger_err err = add_id(tail, id, position);
    for (size_t i = 0; err == LEDGER_E_OK && i < terms->count; i++)
        err = add_term(tail, terms->keys[i], terms->hashes[i], position, i == 0 ? stream_base : 0);
    tail->streams_begun += err == LEDGER_E_OK && stream_base == 0 &&
                           tail_find_hashed(tail, terms->keys[0], terms->hashes[0])->count == 1;
    if (touched != NULL)
        ledger_buffer_add(touched, terms->hashes, terms->count * sizeof *terms->hashes);
    if (err == LEDGER_E_OK)
        tail->last = position;
    return err;
}
