// Facts that do not fit what others say: how they are told.
#ifndef TRADE_FLAGS_H
#define TRADE_FLAGS_H

#include "trade.h"

// A stable code, and what it means in a sentence.
struct flag_text {
    const char *code, *sentence;
};
// A table: code, meaning and number of those that there are.
void answer_flags(struct projection_answer *answer, const struct flag_text *texts,
                  const uint64_t *counts, size_t count);
// One value: the codes of these bits; none if there are none.
void answer_codes(struct projection_view *view, struct projection_answer *answer,
                  const struct flag_text *texts, size_t count, unsigned flags);

#endif
