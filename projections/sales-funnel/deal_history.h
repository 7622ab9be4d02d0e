// What became of one deal, one thing after the other.
#ifndef DEAL_HISTORY_H
#define DEAL_HISTORY_H

#include "deals.h"

// "opened", "stage changed"
const char *deal_fact_text(enum deal_fact_kind kind);
// The tables stages, owners, tasks and refusals. Touches the deal's rows alone.
void deal_history_answer(struct projection_answer *answer, struct deals *deals,
                         const struct deal *deal);

#endif
