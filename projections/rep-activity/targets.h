// Targets of call plans, and what was done of them. Of several versions of a target (one plan, one
// holder, one client, one channel) the highest counts. The holder is a representative, or whoever
// holds a territory on the day.
#ifndef REP_ACTIVITY_TARGETS_H
#define REP_ACTIVITY_TARGETS_H

#include "scope.h"
#include "words.h"

struct target {
    const char *plan, *client; // after merges
    const char *rep;       // whose it is: of a territory's, who holds it on the day of reckoning
    const char *territory; // the holder, if that is a territory
    struct target_row row;
    struct ledger_moment occurred;
    uint64_t position;
    const char *raw_client; // before merges
    uint64_t actual, scheduled;
    bool has_last;
    int32_t last;         // day of the last visit counted
    const char *last_rep; // whose contact was counted last, and on which day: see coverage.c
    int32_t counted;
    uint64_t *goals_actual; // as row.goals
    size_t next;            // target of the same holder and client, + 1; 0 = none
};

struct targets {
    struct scope *scope;
    const char *plan; // NULL = all
    struct ledger_moment now;
    struct target *list;
    size_t count, capacity;
    struct projection_ids holders; // holder and client: the first of their targets is in `first`
    size_t *first;
    size_t first_capacity;
    uint64_t reversed;          // targets left out: they end before they begin
    uint64_t outside_territory; // visits to targets that were made in another territory
};
// Reads the targets of the scope whose dates meet its period.
LEDGER_MUST_CHECK enum ledger_err targets_begin(struct targets *targets, struct scope *scope,
                                                const char *plan, struct ledger_error *error);
// Counts the visits held, and those planned for later than now.
LEDGER_MUST_CHECK enum ledger_err targets_count(struct targets *targets,
                                                struct ledger_error *error);

// Calls `visitor` for each target that a visit of the representative to the client (after merges)
// may count for: their own, and those of the territories that they held on the day. Whether the day
// and the channel fit is for the visitor to see.
typedef void targets_visitor(struct targets *targets, struct target *target, void *context);
void targets_each(struct targets *targets, const char *rep, const char *client, int32_t day,
                  targets_visitor *visitor, void *context);

#endif
