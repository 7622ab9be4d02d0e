// Judging entities: each required field once, when it is first required, against what was filled by
// then. Required is what the policy in force on that day says.
#ifndef JUDGE_H
#define JUDGE_H

#include "entities.h"
#include "runtime/ids.h"

// One field of one entity, judged.
struct judgement {
    const char *kind, *subkind, *id, *actor;
    const struct policy_row *policy;
    struct ledger_moment occurred; // of the fact by which it was required
    bool filled;
};
// Every visit as it was reported.
struct entry {
    const char *actor;
    struct ledger_moment occurred;
    int64_t fields, delay_seconds;
    bool assessed;
};

struct entity_fact;
struct requirement;
struct judge {
    struct projection_view *view;
    struct ledger_arena *arena; // the view's
    const char *actor, *kind;   // only these; NULL = all
    struct projection_period period;
    struct requirement *requirements; // by kind and field
    size_t requirement_count, requirement_capacity;
    struct entity_fact *facts; // of the entity under way
    size_t fact_count, fact_capacity;
    const char **filled; // fields of it
    size_t filled_count, filled_capacity;
    uint64_t unknown_time;    // fields not judged: no day, so no policy
    uint64_t policies_unused; // of a kind that no facts state (see entities.c)
    // Each is given what comes; false = out of memory.
    bool (*judged)(void *user, const struct judgement *judgement);
    bool (*entered)(void *user, const struct entry *entry);
    void *user;
    struct ledger_error *error;
};
LEDGER_MUST_CHECK enum ledger_err judge_run(struct judge *judge);

#endif
