// Facts for the tests of agenda.
#ifndef TEST_PROJECTION_AGENDA_FACTS_H
#define TEST_PROJECTION_AGENDA_FACTS_H

#include "agenda/agenda.h"
#include "test_projection_fixture.h"

// `payload` and `extra` are JSON with ' for "; extra begins with a comma, or is empty.
uint64_t say_more(struct world *world, const char *type, const char *occurred, const char *actor,
                  const char *payload, const char *extra);
uint64_t say(struct world *world, const char *type, const char *occurred, const char *actor,
             const char *payload);
void base(struct world *world);
// t1 in time, t2 late against its first due day, t3 open, t4 a service, t5 cancelled.
void five_tasks(struct world *world);
// A person of the client, and the birthday.
void born(struct world *world, const char *person, const char *client, const char *day);

#endif
