// An arena: many small allocations, freed together. One thread at a time.
#ifndef LEDGER_ARENA_H
#define LEDGER_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/span.h"

struct ledger_arena;

// NULL when out of memory. `chunk_bytes` is the first chunk's size; 0 = 16 KiB.
struct ledger_arena *ledger_arena_new(size_t chunk_bytes);
void ledger_arena_free(struct ledger_arena *arena);
// Frees everything allocated and keeps the largest chunk.
void ledger_arena_reset(struct ledger_arena *arena);

// Allocations fail while the arena's chunks would together take more than `bytes`; 0 = no limit.
// For what a peer's bytes can make large. `*_limited`: one has failed for that reason since.
void ledger_arena_limit(struct ledger_arena *arena, size_t bytes);
bool ledger_arena_limited(const struct ledger_arena *arena);

// Aligned for any type, not zeroed. NULL when out of memory. Valid until reset or free.
void *ledger_arena_alloc(struct ledger_arena *arena, size_t size);
void *ledger_arena_calloc(struct ledger_arena *arena, size_t size);
void *ledger_arena_copy(struct ledger_arena *arena, const void *data, size_t size);
// A NUL-terminated copy.
char *ledger_arena_text(struct ledger_arena *arena, struct ledger_span text);
char *ledger_arena_printf(struct ledger_arena *arena, const char *format, ...) LEDGER_PRINTF(2, 3);

#endif
