// Words that several answers use.
#ifndef REP_ACTIVITY_WORDS_H
#define REP_ACTIVITY_WORDS_H

#include "rep_activity.h"

// "call" and so on, from Facts.V1.Channel; NULL for none.
const char *channel_text(struct projection_view *view, int64_t channel);
// From `day` to now; none if either is unknown.
void answer_days_since(struct projection_answer *answer, const struct ledger_moment *now,
                       bool has_day, int32_t day);

#endif
