// What stands of a person: the birthday, facts that expire, and with which clients the person is
// found. Each touches only the person's rows, and rows of its clients. Nothing stands of what was
// recorded before an erasure.
#ifndef AGENDA_PEOPLE_H
#define AGENDA_PEOPLE_H

#include "agenda.h"
#include "runtime/ids.h"

struct person_fact {
    uint64_t position;
    struct ledger_moment occurred;
    struct personal_row row;
};

struct person {
    const char *id, *name;     // name: NULL = not known, or erased
    struct person_fact *facts; // those that stand, each the latest of its topic and code
    size_t count, capacity;
};
// LEDGER_E_NO_MEMORY. *person is {0}, or one read before.
LEDGER_MUST_CHECK enum ledger_err person_read(struct projection_view *view, const char *id,
                                              struct person *person, struct ledger_error *error);

// The clients where the person is found, after merges: those whose contact person it is, the one
// that the fact names, the person itself if it is a client. Deactivated ones are left out.
struct person_places {
    struct projection_ids clients;
    bool gone; // removed, or only with deactivated clients: the fact concerns nobody any more
};
LEDGER_MUST_CHECK enum ledger_err person_places_read(struct projection_view *view,
                                                     const char *person, const char *fact_client,
                                                     struct person_places *places,
                                                     struct ledger_error *error);

#endif
