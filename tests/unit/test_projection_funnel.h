// What the tests of sales-funnel write: facts of deals, in a pipeline of three open stages.
#ifndef TEST_PROJECTION_FUNNEL_H
#define TEST_PROJECTION_FUNNEL_H

#include "sales-funnel/sales_funnel.h"
#include "test_projection_fixture.h"

// A fact of the entity's stream. `payload` is the inside of the JSON object; its quotes may be '.
uint64_t funnel_fact(struct world *world, const char *type, const char *stream,
                     const char *occurred, const char *payload);
// The same of a deal: its id is put before the payload ("" or ",'to':'s2'").
uint64_t funnel_deal(struct world *world, const char *type, const char *deal, const char *occurred,
                     const char *payload);
// Pipeline p: s1 (norm 5 days, 10%), s2 (norm 10 days, 50%), s3, won, lost. Any move is allowed.
void funnel_pipeline(struct world *world);
uint64_t funnel_open(struct world *world, const char *deal, const char *occurred,
                     const char *payload);
uint64_t funnel_move(struct world *world, const char *deal, const char *to, const char *occurred);
uint64_t funnel_retract(struct world *world, const char *stream, uint64_t position);

#endif
