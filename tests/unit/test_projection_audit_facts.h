// The facts that the tests of audit-trail write, each in a line.
#ifndef TEST_PROJECTION_AUDIT_FACTS_H
#define TEST_PROJECTION_AUDIT_FACTS_H

#include "audit-trail/audit_trail.h"
#include "test_projection_fixture.h"

// A batch id, as text; `n`: its last digit.
#define BATCH(n) "00000000-0000-4000-8000-00000000000" n

// `more`: further fields of the envelope, each ending with a comma. NULL = none.
uint64_t fact(struct world *world, const char *type, const char *occurred, const char *actor,
              const char *more, const char *payload);
uint64_t stage(struct world *world, const char *occurred, const char *actor, const char *from,
               const char *to);
uint64_t visit(struct world *world, const char *occurred, const char *actor, const char *client,
               const char *result);

// `content`: of FactCorrected after its type; "" = nothing.
uint64_t correct(struct world *world, uint64_t what, const char *actor, const char *type,
                 const char *content);
uint64_t retract(struct world *world, uint64_t what, const char *actor);
void access_changed(struct world *world, const char *occurred, const char *payload);
void policy(struct world *world, const char *occurred, const char *content);
void register_client(struct world *world, const char *occurred, const char *actor, const char *id,
                     const char *more);

#endif
