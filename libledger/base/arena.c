#include "ledger/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK_SIZE = 16 * 1024, CHUNK_SIZE_MAX = 1 << 20 };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

struct ledger_arena {
    struct chunk *chunks; // the one in use first
    size_t next_size;     // of the chunk that comes when this one is full
    size_t held;          // by all chunks
    size_t limit;         // of `held`; 0 = none
    bool limited;
};

static struct chunk *chunk_new(size_t size) {
    struct chunk *chunk = NULL;
    if (size <= PTRDIFF_MAX - sizeof *chunk) // malloc gives no more
        chunk = malloc(sizeof *chunk + size);
    if (chunk)
        *chunk = (struct chunk){.size = size};
    return chunk;
}

struct ledger_arena *ledger_arena_new(size_t chunk_bytes) {
    size_t size = chunk_bytes ? chunk_bytes : FIRST_CHUNK_SIZE;
    struct ledger_arena *arena = malloc(sizeof *arena);
    if (!arena)
        return NULL;
    *arena = (struct ledger_arena){.chunks = chunk_new(size), .next_size = size, .held = size};
    if (!arena->chunks) {
        free(arena);
        return NULL;
    }
    return arena;
}

void ledger_arena_free(struct ledger_arena *arena) {
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

void ledger_arena_reset(struct ledger_arena *arena) {
    struct chunk *largest = arena->chunks;
    for (struct chunk *chunk = largest->next, *next; chunk; chunk = next) {
        next = chunk->next;
        struct chunk *smaller = chunk->size > largest->size ? largest : chunk;
        if (smaller == largest)
            largest = chunk;
        free(smaller);
    }
    largest->next = NULL;
    arena->held = largest->size;
    largest->used = 0;
    arena->chunks = largest;
}

// Chunks grow by doubling, so that a large message costs few of them.
static struct chunk *chunk_add(struct ledger_arena *arena, size_t size) {
    if (arena->next_size < CHUNK_SIZE_MAX)
        arena->next_size *= 2;
    size_t chunk_size = size > arena->next_size ? size : arena->next_size;
    if (arena->limit && (arena->held > arena->limit || chunk_size > arena->limit - arena->held)) {
        arena->limited = true;
        return NULL;
    }
    struct chunk *chunk = chunk_new(chunk_size);
    if (chunk) {
        arena->held += chunk_size;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void ledger_arena_limit(struct ledger_arena *arena, size_t bytes) {
    arena->limit = bytes;
    arena->limited = false;
}

bool ledger_arena_limited(const struct ledger_arena *arena) {
    return arena->limited;
}

void *ledger_arena_alloc(struct ledger_arena *arena, size_t size) {
    const size_t mask = alignof(max_align_t) - 1;
    struct chunk *chunk = arena->chunks;
    size_t start = (chunk->used + mask) & ~mask;
    if (start > chunk->size || size > chunk->size - start) {
        chunk = chunk_add(arena, size);
        if (!chunk)
            return NULL;
        start = 0;
    }
    chunk->used = start + size;
    return chunk->bytes + start;
}

void *ledger_arena_calloc(struct ledger_arena *arena, size_t size) {
    void *place = ledger_arena_alloc(arena, size);
    if (place)
        memset(place, 0, size);
    return place;
}

void *ledger_arena_copy(struct ledger_arena *arena, const void *data, size_t size) {
    void *place = ledger_arena_alloc(arena, size);
    if (place && size > 0)
        memcpy(place, data, size);
    return place;
}

char *ledger_arena_text(struct ledger_arena *arena, struct ledger_span text) {
    char *copy = text.size < SIZE_MAX ? ledger_arena_alloc(arena, text.size + 1) : NULL;
    if (!copy)
        return NULL;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

char *ledger_arena_printf(struct ledger_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : ledger_arena_alloc(arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
