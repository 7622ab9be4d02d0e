// What representatives did: visits, contacts, coverage, entry delay, and what of value they gave.
#ifndef REP_ACTIVITY_H
#define REP_ACTIVITY_H

#include "runtime/projection.h"

enum rep_activity_table {
    VISITS = 1,   // key: rep, client, local day; value: struct visit_row
    EMPLOYEES,    // key: employee id; value: name
    CLIENTS,      // key: client id; value: name
    TRANSFERS,    // key: rep; value: struct transfer_row
    INTERACTIONS, // key: rep; no value
};

struct visit_row {
    const char *visit_id, *kind, *result;
    bool assessed;         // the delay is known
    int64_t delay_seconds; // from the visit to its first record, here or in the source
};
struct visit_row visit_row_read(struct ledger_span value);

struct transfer_row {
    const char *client, *nature, *form, *currency;
    int64_t minor;
};
struct transfer_row transfer_row_read(struct ledger_span value);

extern const struct projection rep_activity;

typedef enum ledger_err rep_activity_query(struct projection_view *view,
                                           const struct projection_arguments *arguments,
                                           struct projection_answer *answer,
                                           struct ledger_error *error);
rep_activity_query scorecard_answer, months_answer, gaps_answer, transfers_answer, visits_answer;

// Notes the rep and the client that were asked for, if nothing is known of them.
void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer);

#endif
