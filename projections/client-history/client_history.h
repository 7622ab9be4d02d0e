// Everything that was ever recorded of a client, as it was recorded.
#ifndef CLIENT_HISTORY_H
#define CLIENT_HISTORY_H

#include "runtime/projection.h"

enum client_history_table {
    CLIENT_FACTS = 1, // key: client id; value: the packed record
    AMENDMENTS,       // key: position of the root, position of the amendment; value: its record
    EMPLOYEE_NAMES,   // key: employee id; value: name
    CLIENT_NAMES,     // key: client id; value: name
};

extern const struct projection client_history;

LEDGER_MUST_CHECK enum ledger_err timeline_answer(struct projection_view *view,
                                                  const struct projection_arguments *arguments,
                                                  struct projection_answer *answer,
                                                  struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err clients_answer(struct projection_view *view,
                                                 const struct projection_arguments *arguments,
                                                 struct projection_answer *answer,
                                                 struct ledger_error *error);

#endif
