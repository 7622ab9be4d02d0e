// Territories: who holds which, and which one a client is in.
#ifndef DIRECTORY_ASSIGNMENTS_H
#define DIRECTORY_ASSIGNMENTS_H

#include "objects.h"

struct assignment {
    struct dated dated;
    struct assignment_row row;
    bool holds;    // has begun by the standpoint and is not over
    bool overlaps; // it begins while another employee's assignment runs that has a last day
};

struct territory {
    const char *id;
    const struct assignment *in_force; // NULL = none
    struct assignment *list;           // in order
    size_t count, capacity;
};
// An empty list if nothing is known of it.
LEDGER_MUST_CHECK enum ledger_err territory_read(struct projection_view *view,
                                                 const struct standpoint *stand, const char *id,
                                                 struct territory *territory,
                                                 struct ledger_error *error);

enum territory_by { TERRITORY_NONE, TERRITORY_OF_OWNER, TERRITORY_OF_LATEST_FACT };
const char *territory_by_text(enum territory_by by);

// Which territory each employee holds, each looked up once a question.
struct territories {
    struct projection_view *view;
    struct standpoint stand;
    struct projection_ids employees;
    const char ***held; // by number: territory ids in order, then NULL
    size_t capacity;
};
void territories_init(struct territories *territories, struct projection_view *view,
                      const struct standpoint *stand);
// The territories in force of an employee: ids in order, then NULL.
LEDGER_MUST_CHECK enum ledger_err territories_held(struct territories *territories,
                                                   const char *employee, const char *const **ids,
                                                   struct ledger_error *error);
// The client's territory: that of its owner (of several, the one that its latest fact names, else
// the first by id), else that of its latest fact that names one.
LEDGER_MUST_CHECK enum ledger_err territory_of_client(struct territories *territories,
                                                      const char *client, const char *owner,
                                                      const char **territory, enum territory_by *by,
                                                      struct ledger_error *error);

#endif
