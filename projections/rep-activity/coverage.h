// Coverage and frequency against target lists. They count contacts: one representative, one client
// and one local day, however many visits.
#ifndef REP_ACTIVITY_COVERAGE_H
#define REP_ACTIVITY_COVERAGE_H

#include "contacts.h"
#include "targets.h"

// One representative's targets: clients, each once however many plans name it.
struct covered {
    uint64_t targets, reached, met; // met: as often as planned, by each plan
};

struct coverage {
    struct targets targets; // `actual` counts contacts
    struct projection_ids reps;
    struct covered *list; // by number
    size_t capacity;
};
// Reads the targets of the scope whose dates meet its period.
LEDGER_MUST_CHECK enum ledger_err coverage_begin(struct coverage *coverage, struct scope *scope,
                                                 struct ledger_error *error);
// Whether there is any target: without one, coverage is of the registered clients.
bool coverage_has_targets(const struct coverage *coverage);
// Takes one representative's visits. How many contacts were with clients that are targets on the
// day.
uint64_t coverage_take(struct coverage *coverage, const struct contacts *contacts,
                       const struct rep_contacts *rep);
// After all visits. Sorts the targets by representative and client.
LEDGER_MUST_CHECK enum ledger_err coverage_settle(struct coverage *coverage,
                                                  struct ledger_error *error);
// Zeros if they have no targets.
struct covered coverage_of(const struct coverage *coverage, const char *rep);

#endif
