// A small projection, one row for each visit, and the facts that tests of the runtime give it.
#ifndef TEST_PROJECTION_RUNTIME_FIXTURE_H
#define TEST_PROJECTION_RUNTIME_FIXTURE_H

#include "test_projection_fixture.h"

// "visits" lists the rows: visit, client, result, occurred, position. "needy" must have a
// parameter. A visit whose result is "poison" cannot be folded.
extern const struct projection small;

// ---- facts; each returns its position
uint64_t visit(struct world *world, const char *id, const char *client, const char *result,
               const char *occurred);
// `target` is a position; what it becomes is the visit `id` of the client c1.
uint64_t correct(struct world *world, uint64_t target, const char *id, const char *result);
uint64_t retract(struct world *world, uint64_t target);
uint64_t merge(struct world *world, const char *survivor, const char *merged);
uint64_t unmerge(struct world *world, uint64_t target);
// Visits at random, with amendments of whatever came before; the same for the same seed.
void write_history(struct world *world, unsigned seed, int length);

// ---- answers
// The first visit's result, as known at `position`.
const char *result_at(struct world *world, uint64_t position);

#endif
