#include "velocity.h"

#include "runtime/ratio.h"

void velocity_add(struct velocity *velocity, const struct deal *deal) {
    int64_t days;
    velocity->open += deal->status == DEAL_IS_OPEN;
    velocity->won += deal->status == DEAL_IS_WON;
    velocity->lost += deal->status == DEAL_IS_LOST;
    if (deal->status != DEAL_IS_WON || !deal_cycle_days(deal, &days))
        return;
    velocity->cycles++;
    velocity->cycle_days += days;
}

void velocity_answer(struct projection_answer *answer, const struct velocity *velocity,
                     __int128 minor, uint64_t with_amount, const char *currency) {
    struct projection_ratio ratio = projection_ratio_of(velocity->open, 1);
    ratio = projection_ratio_times(ratio, projection_ratio_of(minor, with_amount));
    ratio = projection_ratio_times(
        ratio, projection_ratio_of(velocity->won, velocity->won + velocity->lost));
    ratio =
        projection_ratio_over(ratio, projection_ratio_of(velocity->cycle_days, velocity->cycles));
    if (ratio.none || ratio.overflow || !currency)
        projection_answer_none(answer);
    else
        projection_answer_money_ratio(answer, ratio.numerator, ratio.denominator, currency);
}
