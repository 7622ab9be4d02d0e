// What a question is about: whose work, where, and when.
#ifndef REP_ACTIVITY_SCOPE_H
#define REP_ACTIVITY_SCOPE_H

#include "territories.h"

struct scope {
    struct projection_view *view;
    const char *rep, *territory; // NULL = any
    struct projection_period period;
    uint64_t limit; // rows; 0 = none
    struct territories territories;
    // Whose work has to be looked at, by id: {NULL} if everyone's.
    const char **reps;
    size_t rep_count;
};
// Takes the parameters rep, territory, from, to and limit, as far as the query has them.
LEDGER_MUST_CHECK enum ledger_err scope_begin(struct scope *scope, struct projection_view *view,
                                              const struct projection_arguments *arguments,
                                              struct ledger_error *error);
bool scope_is_everyone(const struct scope *scope);
// Whether what the representative did then belongs: in the period, and in the territory if the
// representative held it, or one below it, on that day. An unknown time is in no territory.
bool scope_holds(struct scope *scope, const char *rep, const struct ledger_moment *moment);
// The same for the territory alone.
bool scope_holds_day(struct scope *scope, const char *rep, int32_t day);
// Tells a rep or territory of which nothing is known, and what the territory means.
void scope_notes(struct scope *scope, const struct projection_arguments *arguments,
                 struct projection_answer *answer);

#endif
