// Needs, each as its last statement leaves it.
#ifndef NEEDS_H
#define NEEDS_H

#include "outreach.h"
#include "runtime/histories.h"

struct need {
    const char *id;
    const char *client;               // after merges
    struct need_row row;              // the last statement
    struct ledger_moment first, last; // statements
    bool was_unmet;                   // some statement does not say that it is met
    struct ledger_moment met_since;   // if it is met
};

struct needs {
    struct projection_view *view;
    const char *code, *product, *client; // as asked for; NULL = any
    struct need *list;
    size_t count, capacity;
    uint64_t several_clients; // needs that were recorded of one client and later of another
};

// `needs` holds the view alone. Takes the parameters code, product and client.
LEDGER_MUST_CHECK enum ledger_err needs_read(struct needs *needs,
                                             const struct projection_arguments *arguments,
                                             struct ledger_error *error);
// Neither: the last statement does not say.
bool need_is_unmet(const struct need *need); // not at all, or partly
bool need_is_partly_met(const struct need *need);
bool need_is_met(const struct need *need);

#endif
