// Territories: who holds which, and which one a client is in.
#ifndef DIRECTORY_PLACES_H
#define DIRECTORY_PLACES_H

#include "objects.h"

struct place_step {
    struct dated dated;
    struct place_row row;
    bool holds;    // has begun by the standpoint and is not over
    bool overlaps; // it begins while another employee's assignment runs that has a last day
};

struct place {
    const char *id;
    const struct place_step *in_force; // NULL = none
    struct place_step *steps;          // in order
    size_t count, capacity;
};
// NULL steps if nothing is known of it.
LEDGER_MUST_CHECK enum ledger_err place_read(struct projection_view *view,
                                             const struct standpoint *stand, const char *id,
                                             struct place *place, struct ledger_error *error);

enum place_by { PLACE_NONE, PLACE_OF_OWNER, PLACE_OF_LATEST_FACT };
const char *place_by_text(enum place_by by);

// Which territory each employee holds, each looked up once a question.
struct places {
    struct projection_view *view;
    struct standpoint stand;
    struct projection_ids employees;
    const char ***held; // by number: territory ids in order, then NULL
    size_t capacity;
};
void places_init(struct places *places, struct projection_view *view,
                 const struct standpoint *stand);
// The territories in force of an employee: ids in order, then NULL.
LEDGER_MUST_CHECK enum ledger_err places_held(struct places *places, const char *employee,
                                              const char *const **ids, struct ledger_error *error);
// The client's territory: that of its owner (of several, the one that its latest fact names, else
// the first by id), else that of its latest fact that names one.
LEDGER_MUST_CHECK enum ledger_err places_of_client(struct places *places, const char *client,
                                                   const char *owner, const char **territory,
                                                   enum place_by *by, struct ledger_error *error);

#endif
