// The facts that the tests of rep-activity write, each in a line.
#ifndef TEST_PROJECTION_REP_H
#define TEST_PROJECTION_REP_H

#include "test_projection_fixture.h"

// `payload` and what follows: the fields, in JSON, without the braces. Returns the position.
uint64_t fact(struct world *world, const char *type, const char *stream, const char *occurred,
              const char *actor, const char *payload, ...) LEDGER_PRINTF(6, 7);
void retract(struct world *world, const char *stream, uint64_t position);
uint64_t plan_visit(struct world *world, const char *visit, const char *rep, const char *client,
                    const char *occurred, const char *date);
// `more`: further fields, or NULL.
uint64_t report(struct world *world, const char *visit, const char *rep, const char *client,
                const char *occurred, const char *more);
void cancel(struct world *world, const char *visit, const char *rep, const char *occurred,
            const char *kind);
// From Monday 2025-06-02 to Friday 2025-06-13. `more`: further fields, each after a comma.
void target(struct world *world, const char *plan, const char *rep, const char *client, int version,
            int calls, const char *more);
void territory_target(struct world *world, const char *plan, const char *territory,
                      const char *client, int calls);
// `to` may be NULL.
void assign(struct world *world, const char *territory, const char *parent, const char *rep,
            const char *from, const char *to);

#endif
