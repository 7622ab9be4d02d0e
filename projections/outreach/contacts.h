// Interactions, and visits if they are asked for: each once, of an employee, a client, a period.
#ifndef OUTREACH_CONTACTS_H
#define OUTREACH_CONTACTS_H

#include "outreach.h"
#include "runtime/histories.h"

struct contact {
    const char *id;
    bool visit;
    uint64_t position;
    struct ledger_moment when; // it began; else when the fact occurred
    struct interaction_row row;
    const char *client; // after merges; NULL = none is named
};

struct contacts {
    struct projection_view *view;
    const char *rep, *client; // as asked for; NULL = any
    struct projection_period period;
    bool visits;  // are to come
    bool visited; // the interactions are done
    struct projection_histories histories;
    struct contact current;
    uint64_t repeated, repeated_visits; // records beside the first of each; they do not count
};

// Takes the parameters rep, client, from and to.
LEDGER_MUST_CHECK enum ledger_err contacts_begin(struct contacts *contacts,
                                                 struct projection_view *view,
                                                 const struct projection_arguments *arguments,
                                                 bool visits, struct ledger_error *error);
// NULL after the last. Borrowed until the next call.
LEDGER_MUST_CHECK enum ledger_err contacts_next(struct contacts *contacts,
                                                const struct contact **contact,
                                                struct ledger_error *error);

#endif
