// A visit as planned, folded from its facts as the view sees them.
#ifndef AGENDA_VISITS_H
#define AGENDA_VISITS_H

#include "agenda.h"

struct visit {
    bool planned; // there is a VisitPlanned
    bool over;    // cancelled, not held, or reported: nothing brings it back
    const char *client, *person, *employee, *kind;
    struct ledger_moment start; // as last planned; unknown = none
};
struct visit visit_read(struct projection_view *view, const char *id);

#endif
