// What somebody was ever given, without looking at everything.
#ifndef DIRECTORY_HOLDINGS_H
#define DIRECTORY_HOLDINGS_H

#include "objects.h"

// By kind: the ids of the objects that the employee was given at any time seen by the view, clients
// as those that they stand for after merges.
struct holdings {
    struct projection_ids ids[OBJECT_KINDS];
};
LEDGER_MUST_CHECK enum ledger_err holdings_read(struct projection_view *view, const char *employee,
                                                struct holdings *holdings,
                                                struct ledger_error *error);
// A client's name, a task's subject; of a deal the name of its client. NULL if none is known.
const char *object_name(struct projection_view *view, const struct object *object);
// Names, unless their personal data was erased. NULL if none is known.
const char *client_name(struct projection_view *view, const char *client);
const char *employee_name(struct projection_view *view, const char *employee);

#endif
