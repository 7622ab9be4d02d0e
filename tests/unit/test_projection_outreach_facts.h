// The facts that the tests of outreach write, each in a line.
#ifndef TEST_PROJECTION_OUTREACH_FACTS_H
#define TEST_PROJECTION_OUTREACH_FACTS_H

#include "outreach/outreach.h"
#include "test_projection_fixture.h"

// `payload` is JSON without its braces.
uint64_t fact(struct world *world, const char *type, const char *occurred, const char *actor,
              const char *payload);
uint64_t said(struct world *world, const char *client, const char *survey, const char *question,
              const char *answer, const char *occurred, const char *actor, const char *person);
uint64_t mailing(struct world *world, const char *id, const char *campaign, const char *occurred,
                 int recipients, int cents, const char *subjects);
uint64_t response(struct world *world, const char *id, const char *person, const char *kind,
                  const char *occurred);

// `channel` is JSON: "\"EMAIL\"" or null.
uint64_t consent(struct world *world, const char *person, const char *channel, bool given,
                 const char *occurred);
uint64_t contact(struct world *world, const char *id, const char *actor, const char *client,
                 const char *person, const char *channel, const char *direction, int seconds,
                 const char *occurred);
uint64_t need(struct world *world, const char *id, const char *client, const char *code,
              const char *met, int cents, const char *currency, const char *occurred);
uint64_t merge(struct world *world, const char *survivor, const char *merged);
void unmerge(struct world *world, uint64_t position);
void retract(struct world *world, uint64_t position);
void correct_time(struct world *world, uint64_t position, const char *type, const char *occurred);
void base(struct world *world);
uint64_t deal(struct world *world, const char *id, const char *client, const char *source,
              const char *occurred, int cents);

#endif
