// Velocity: open deals x mean won value x win rate / mean cycle of won deals, none of them rounded.
#ifndef VELOCITY_H
#define VELOCITY_H

#include "deals.h"

struct velocity {
    uint64_t open, won, lost;
    uint64_t cycles; // won deals whose days are known
    __int128 cycle_days;
};
void velocity_add(struct velocity *velocity, const struct deal *deal);
// `minor` is the value of `with_amount` won deals. None if the currency is NULL.
void velocity_answer(struct projection_answer *answer, const struct velocity *velocity,
                     __int128 minor, uint64_t with_amount, const char *currency);

#endif
