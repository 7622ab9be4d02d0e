// The scorecard's figures: what each representative did, and how much of what they were to reach
// that reached.
#ifndef REP_ACTIVITY_SCORECARD_H
#define REP_ACTIVITY_SCORECARD_H

#include "client_mix.h"
#include "coverage.h"
#include "facts/v1/communication.pb-c.h"
#include "words.h"

struct card {
    const char *rep;
    uint64_t contacts, visits, unknown_time, interactions;
    uint64_t reached, reached_registered; // clients
    uint64_t field_days;
    uint64_t assessed, late;
    int64_t twice_median_delay;
    uint64_t first_visits;                      // of clients nobody had visited before
    int64_t visit_seconds, interaction_seconds; // as far as they are said
    uint64_t training_days, absence_days;
    uint64_t on_target; // contacts
    bool has_last;
    int32_t last; // day of the last visit
};

struct channel {
    uint64_t visits, interactions, automatic;
    int64_t seconds; // of both
};
enum { CHANNELS = FACTS__V1__CHANNEL__SELF_SERVICE + 1 };

struct scorecard {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct contacts contacts;
    struct coverage coverage;
    struct client_mix mix;
    struct ledger_moment now;
    struct channel channels[CHANNELS]; // as Facts.V1.Channel; 0 = not said
    struct projection_ids reps;
    struct card *cards; // by number of the representative
    size_t capacity;
    struct ledger_error *error;
};

// Takes the parameters of a scope. `view`, `arena`, `reps`, `now` and `error` are set.
LEDGER_MUST_CHECK enum ledger_err scorecard_fill(struct scorecard *scorecard,
                                                 const struct projection_arguments *arguments);

#endif
