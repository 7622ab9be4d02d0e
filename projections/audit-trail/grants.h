// Who can see what.
#ifndef GRANTS_H
#define GRANTS_H

#include "audit_trail.h"

// The tables `grants` and `contradictions`. `subject` NULL = everybody. *any: something is known.
LEDGER_MUST_CHECK enum ledger_err grants_answer(struct projection_view *view, const char *subject,
                                                struct projection_answer *answer, bool *any,
                                                struct ledger_error *error);

#endif
