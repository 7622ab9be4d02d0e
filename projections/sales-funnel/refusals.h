// Refusals as they stand: of a deal or of none, with an obstacle that was removed or not.
#ifndef REFUSALS_H
#define REFUSALS_H

#include "deals.h"

struct refusal {
    uint64_t position;
    struct ledger_moment occurred;
    const char *deal; // "" = none
    struct refusal_row row;
    bool removed; // there is an ObstacleRemoved that names it, or an amendment of it
    struct ledger_moment removed_at; // the first; unknown if no time is known
    const char *how;
};

struct refusals {
    struct projection_view *view;
    struct projection_cursor *cursor;
};
// Those of one deal, or all (NULL). Time limits are the view's; those of an unknown time are
// passed over and counted if it has one.
void refusals_begin(struct refusals *refusals, struct projection_view *view, const char *deal);
bool refusals_next(struct refusals *refusals, struct refusal *refusal);

#endif
