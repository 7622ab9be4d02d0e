// What the answer takes for now, and what is late by it.
#ifndef NOW_H
#define NOW_H

#include "tasks.h"

// The question's now; else the day that it asks as of; else the latest day on which a fact was
// recorded, in UTC. Unknown if nothing was.
struct ledger_moment now_of(struct projection_view *view);
// Says what was taken for now, if the question does not.
void now_note(struct projection_view *view, struct projection_answer *answer);

// Whether a is later than b: by instants, if both are; else by their local days. Unknown: false.
bool moment_after(const struct ledger_moment *a, const struct ledger_moment *b);
bool task_overdue(const struct task *task, const struct ledger_moment *now);

#endif
