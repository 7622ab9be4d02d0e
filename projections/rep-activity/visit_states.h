// Visits, each folded from its facts as the view sees them: planned, moved, called off, held. And
// the facts that do not fit what came before them, which are kept and never counted twice.
#ifndef VISIT_STATES_H
#define VISIT_STATES_H

#include "rep_activity.h"

enum visit_status { VISIT_IS_PLANNED, VISIT_IS_CANCELLED, VISIT_IS_NOT_HELD, VISIT_IS_HELD };
enum { VISIT_STATUSES = VISIT_IS_HELD + 1 };
// "planned" and so on.
const char *visit_status_text(enum visit_status status);

enum visit_flag {
    REPORTED_TWICE,
    REPORTED_AFTER_CANCELLED,
    CANCELLED_AFTER_REPORTED,
    CANCELLED_TWICE,
    PLANNED_TWICE,
    NEVER_PLANNED,
    MOVED_AFTER_CLOSED,
    OTHER_CLIENT,
    JOINT_NOT_REPORTED,
    COMPANION_IS_REP,
};
enum { VISIT_FLAGS = COMPANION_IS_REP + 1 };
// The stable code, and what it means in a sentence.
struct visit_flag_text {
    const char *code, *sentence;
};
extern const struct visit_flag_text visit_flag_texts[VISIT_FLAGS];

struct visit_contradiction {
    enum visit_flag flag;
    uint64_t position; // of the fact that contradicts
    struct ledger_moment occurred;
};

struct visit_state {
    const char *id, *rep, *client; // client: after merges; NULL if no fact names one
    enum visit_status status;
    bool planned;               // some fact planned it
    struct ledger_moment start; // as planned last; unknown if it is not
    uint64_t moves;
    struct ledger_moment held; // when it took place
    const char *kind, *result, *territory;
    int64_t channel;
    const struct visit_detail *details;
    size_t detail_count;
    const struct visit_sample *samples;
    size_t sample_count;
    const char *agreements, *next_step;
    struct ledger_moment closed; // called off, or found not held
    const char *reason;          // why
    struct visit_contradiction *contradictions;
    size_t contradiction_count, contradiction_capacity;
};
// When it was, or is to be: held, else planned, else called off. May be unknown.
const struct ledger_moment *visit_when(const struct visit_state *visit);

// Hands the visits of one representative, or of all (NULL), to `take`, until it fails. Of each
// visit, facts at an unknown time come before all others. `period` lets visits be passed over that
// are not in it (see visit_when), and may be NULL: not all of those that come are. What a visit
// points to lives as long as the view.
LEDGER_MUST_CHECK enum ledger_err visit_states_each(
    struct projection_view *view, const char *rep, const struct projection_period *period,
    enum ledger_err (*take)(void *user, struct visit_state *visit, struct ledger_error *error),
    void *user, struct ledger_error *error);
// One visit; *found is false if nothing is known of it.
LEDGER_MUST_CHECK enum ledger_err visit_state_of(struct projection_view *view, const char *visit_id,
                                                 struct visit_state *visit, bool *found,
                                                 struct ledger_error *error);

#endif
