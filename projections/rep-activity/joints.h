// Joint visits: a representative and a companion on one visit, from what both recorded of it.
#ifndef REP_ACTIVITY_JOINTS_H
#define REP_ACTIVITY_JOINTS_H

#include "scope.h"

// What was recorded of one visit, one representative and one companion.
struct joint {
    const char *visit, *rep, *companion;
    enum joint_role role; // as the companion states it, else as the other does
    bool by_rep, by_companion;
    const struct joint_score *scores; // the companion's, if they gave any
    size_t score_count;
    bool companion_scored;
    uint64_t position; // of the first fact
    struct ledger_moment occurred;
    bool held;                 // the representative reported the visit
    struct ledger_moment when; // when it was held; else that of the first fact
};

struct joints {
    struct joint *list; // by representative, time, visit, companion
    size_t count, capacity;
};
// Those of the scope's representatives, or, if it names none, of the companion; in the period and
// the territory. Those on which the companion is the representative are left out, unless `all`.
LEDGER_MUST_CHECK enum ledger_err joints_read(struct joints *joints, struct scope *scope,
                                              const char *companion, bool all,
                                              struct ledger_error *error);

#endif
