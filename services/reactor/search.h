// Looks for the fact that raised an alert.
#ifndef REACTOR_SEARCH_H
#define REACTOR_SEARCH_H

#include "alerts/alerts.h"
#include "reactor.h"

// What the row gives for the columns that `want` names. Texts are borrowed.
struct search {
    const struct alert_search *want;
    const char *kind, *id, *with;
    const char *fields[ALERT_FIELDS_MAX];
    const char *occurred;
    bool has_day;
    int32_t day;
};

// *position: 0 = none of those up to the round's head that nobody has taken back. A search for what
// is about something finds nothing if the row does not say about what.
LEDGER_MUST_CHECK enum ledger_err search_fact(const struct round *round,
                                              const struct search *search, uint64_t *position,
                                              struct ledger_error *error);

// Whether nobody had taken the fact back at the round's head.
LEDGER_MUST_CHECK enum ledger_err search_stands(const struct round *round,
                                                const Ledger__V1__Record *fact, bool *stands,
                                                struct ledger_error *error);

#endif
