// What the open deals are worth, and by when; how often their expected close was put off.
#include <stdlib.h>
#include <string.h>

#include "runtime/months.h"
#include "sums.h"
#include "tally.h"
#include "velocity.h"

static const struct projection_column total_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"deals", "Open deals", PROJECTION_INTEGER},
    {"value", "Pipeline value", PROJECTION_MONEY},
    {"with_probability", "Deals with a probability", PROJECTION_INTEGER},
    {"weighted", "Weighted forecast, in that currency", PROJECTION_RATIO},
    {"value_win_rate", "Value win rate so far", PROJECTION_RATIO},
    {"velocity_per_day", "Velocity a day, in that currency", PROJECTION_RATIO},
};
static const struct projection_column month_columns[] = {
    {"month", "Expected close", PROJECTION_TEXT},
    {"currency", "Currency", PROJECTION_TEXT},
    {"deals", "Open deals", PROJECTION_INTEGER},
    {"value", "Pipeline value", PROJECTION_MONEY},
    {"with_probability", "Deals with a probability", PROJECTION_INTEGER},
    {"weighted", "Weighted forecast, in that currency", PROJECTION_RATIO},
};
static const struct projection_column slip_columns[] = {
    {"deals", "Deals whose expected close was moved", PROJECTION_INTEGER},
    {"moves", "Moves", PROJECTION_INTEGER},
    {"days", "Days put off, net", PROJECTION_INTEGER},
    {"mean_days", "Days put off a deal, mean", PROJECTION_RATIO},
};
static const struct projection_column slipped_columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"moves", "Moves", PROJECTION_INTEGER},
    {"days", "Days put off, net", PROJECTION_INTEGER},
    {"expected_close", "Expected close now", PROJECTION_DATE},
};

enum { BASIS_POINTS = 10000 };
enum { DEALS, WITH_PROBABILITY, WON_WITH_AMOUNT }; // counts
enum { VALUE, WON_VALUE, LOST_VALUE };             // amounts of totals
enum { MONTH_VALUE, WEIGHTED };                    // of months; weighted x 10,000

// An open deal, until the day is known that says which definition is in force.
struct open_deal {
    const char *currency, *stage; // stage NULL = none
    size_t pipeline;
    int64_t minor;
    bool has_close_date, has_probability;
    int32_t close_date, probability_bp;
};

struct slipped {
    const char *deal, *owner;
    enum deal_status status;
    uint64_t moves;
    int64_t days;
    bool has_close_date;
    int32_t close_date;
};

struct forecast {
    struct ledger_arena *arena;
    struct doubts doubts;
    struct open_deal *open;
    size_t open_count, open_capacity;
    struct slipped *slipped;
    size_t slipped_count, slipped_capacity;
    struct sums months;
    struct sums totals;
    struct velocity velocity;
    uint64_t without_amount, without_probability, closed_without_amount;
    uint64_t by_stage; // weighted by the probability of their stage
    int32_t today;
};

static bool add_open(struct forecast *forecast, const struct deals *deals,
                     const struct deal *deal) {
    const struct stage *stage = deal_stage(deals, deal);
    if (!deal->has_amount) {
        forecast->without_amount++;
        return true;
    }
    if (!projection_grow(forecast->arena, &forecast->open, &forecast->open_capacity,
                         forecast->open_count, sizeof(struct open_deal)))
        return false;
    forecast->open[forecast->open_count++] =
        (struct open_deal){.currency = deal->currency,
                           .stage = stage ? stage->id : NULL,
                           .pipeline = deal->pipeline,
                           .minor = deal->minor,
                           .has_close_date = deal->has_close_date,
                           .close_date = deal->close_date,
                           .has_probability = deal->has_probability,
                           .probability_bp = deal->probability_bp};
    return true;
}

static bool add_slip(struct forecast *forecast, const struct deal *deal) {
    if (!deal->close_date_moves)
        return true;
    if (!projection_grow(forecast->arena, &forecast->slipped, &forecast->slipped_capacity,
                         forecast->slipped_count, sizeof(struct slipped)))
        return false;
    forecast->slipped[forecast->slipped_count++] = (struct slipped){deal->id,
                                                                    deal->owner,
                                                                    deal->status,
                                                                    deal->close_date_moves,
                                                                    deal->close_date_days,
                                                                    deal->has_close_date,
                                                                    deal->close_date};
    return true;
}

static bool add_total(struct forecast *forecast, const struct deal *deal) {
    static const size_t amounts[] = {
        [DEAL_IS_OPEN] = VALUE, [DEAL_IS_WON] = WON_VALUE, [DEAL_IS_LOST] = LOST_VALUE};
    forecast->closed_without_amount += !deal->has_amount && deal->status != DEAL_IS_OPEN;
    if (!deal->has_amount)
        return true;
    struct sum *total = sums_of(&forecast->totals, NULL, NULL, deal->currency);
    if (!total)
        return false;
    total->counts[DEALS] += deal->status == DEAL_IS_OPEN;
    total->counts[WON_WITH_AMOUNT] += deal->status == DEAL_IS_WON;
    total->amounts[amounts[deal->status]] += deal->minor;
    return true;
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct forecast *forecast = user;
    if (!doubts_add(&forecast->doubts, deal))
        return true;
    velocity_add(&forecast->velocity, deal);
    return (deal->status != DEAL_IS_OPEN || add_open(forecast, deals, deal)) &&
           add_total(forecast, deal) && add_slip(forecast, deal);
}

// Its own, else that of its stage as defined on that day; -1 = none.
static int32_t probability(const struct deals *deals, const struct open_deal *deal,
                           const struct ledger_moment *today) {
    if (deal->has_probability)
        return deal->probability_bp;
    const struct stage_definition *stage = definition_stage(
        pipeline_definition(&deals->pipelines.list[deal->pipeline], today), deal->stage);
    return stage ? stage->probability_bp : -1;
}

static const char *month_of(struct ledger_arena *arena, const struct open_deal *deal) {
    return deal->has_close_date
               ? projection_month_text(arena, projection_month_of(deal->close_date))
               : "";
}

static bool weigh(struct forecast *forecast, const struct deals *deals) {
    forecast->today = projection_view_today(deals->view).day;
    const struct ledger_moment today = ledger_moment_date(forecast->today);
    for (size_t i = 0; i < forecast->open_count; i++) {
        const struct open_deal *deal = &forecast->open[i];
        int32_t bp = probability(deals, deal, &today);
        const char *month = month_of(forecast->arena, deal);
        struct sum *sum = month ? sums_of(&forecast->months, month, NULL, deal->currency) : NULL;
        if (!sum)
            return false;
        sum->counts[DEALS]++;
        sum->counts[WITH_PROBABILITY] += bp >= 0;
        sum->amounts[MONTH_VALUE] += deal->minor;
        sum->amounts[WEIGHTED] += bp >= 0 ? (__int128)deal->minor * bp : 0;
        forecast->without_probability += bp < 0;
        forecast->by_stage += bp >= 0 && !deal->has_probability;
    }
    return true;
}

static void answer_weighted(struct projection_answer *answer, const struct sum *sum) {
    projection_answer_integer(answer, (int64_t)sum->counts[WITH_PROBABILITY]);
    projection_answer_money_ratio(answer, sum->amounts[WEIGHTED],
                                  sum->counts[WITH_PROBABILITY] ? BASIS_POINTS : 0, sum->currency);
}

static void answer_totals(struct projection_answer *answer, struct forecast *forecast,
                          const struct sums *weighted) {
    static const struct sum nothing = {.currency = ""};
    projection_answer_table(answer, "totals", "Open deals with an amount",
                            PROJECTION_COLUMNS(total_columns));
    sums_sort(&forecast->totals);
    for (size_t i = 0; i < forecast->totals.keys.count; i++) {
        const struct sum *total = &forecast->totals.list[i];
        const struct sum *open = &nothing;
        for (size_t j = 0; j < weighted->keys.count; j++)
            if (strcmp(weighted->list[j].currency, total->currency) == 0)
                open = &weighted->list[j];
        projection_answer_text(answer, total->currency);
        projection_answer_integer(answer, (int64_t)total->counts[DEALS]);
        projection_answer_money(answer, total->amounts[VALUE], total->currency);
        answer_weighted(answer, open);
        projection_answer_ratio(answer, total->amounts[WON_VALUE],
                                total->amounts[WON_VALUE] + total->amounts[LOST_VALUE]);
        velocity_answer(answer, &forecast->velocity, total->amounts[WON_VALUE],
                        total->counts[WON_WITH_AMOUNT],
                        forecast->totals.keys.count > 1 ? NULL : total->currency);
    }
    if (forecast->totals.keys.count > 1)
        projection_answer_note(answer, "There is no velocity across several currencies.");
}

static void answer_months(struct projection_answer *answer, struct forecast *forecast) {
    projection_answer_table(answer, "months", "By the month of the expected close",
                            PROJECTION_COLUMNS(month_columns));
    sums_sort(&forecast->months);
    for (size_t i = 0; i < forecast->months.keys.count; i++) {
        const struct sum *sum = &forecast->months.list[i];
        projection_answer_text(answer, sum_text(sum->name));
        projection_answer_text(answer, sum->currency);
        projection_answer_integer(answer, (int64_t)sum->counts[DEALS]);
        projection_answer_money(answer, sum->amounts[MONTH_VALUE], sum->currency);
        answer_weighted(answer, sum);
    }
}

static int by_days(const void *a, const void *b) {
    const struct slipped *left = a;
    const struct slipped *right = b;
    if (left->days != right->days)
        return left->days > right->days ? -1 : 1;
    return strcmp(left->deal, right->deal);
}

static void answer_slips(struct projection_answer *answer, struct forecast *forecast,
                         uint64_t limit) {
    uint64_t moves = 0;
    int64_t days = 0;
    for (size_t i = 0; i < forecast->slipped_count; i++) {
        moves += forecast->slipped[i].moves;
        days += forecast->slipped[i].days;
    }
    projection_answer_table(answer, "slippage", "Expected closes put off, of all deals",
                            PROJECTION_COLUMNS(slip_columns));
    projection_answer_integer(answer, (int64_t)forecast->slipped_count);
    projection_answer_integer(answer, (int64_t)moves);
    projection_answer_integer(answer, days);
    projection_answer_ratio(answer, days, forecast->slipped_count);
    projection_answer_table(answer, "slipped", "Deals put off, the longest first",
                            PROJECTION_COLUMNS(slipped_columns));
    projection_answer_limit(answer, limit);
    if (forecast->slipped_count)
        qsort(forecast->slipped, forecast->slipped_count, sizeof(struct slipped), by_days);
    for (size_t i = 0; i < forecast->slipped_count; i++) {
        const struct slipped *slipped = &forecast->slipped[i];
        projection_answer_text(answer, slipped->deal);
        projection_answer_text(answer, deal_status_text(slipped->status));
        projection_answer_text(answer, slipped->owner);
        projection_answer_integer(answer, (int64_t)slipped->moves);
        projection_answer_integer(answer, slipped->days);
        if (slipped->has_close_date)
            projection_answer_day(answer, slipped->close_date);
        else
            projection_answer_none(answer);
    }
}

static void answer_notes(struct projection_answer *answer, const struct forecast *forecast) {
    char day[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(forecast->today, day);
    if (forecast->by_stage)
        projection_answer_note(
            answer,
            "%s weighted by the probability of the stage, as the pipeline "
            "defines it on %s.",
            projection_count(answer, forecast->by_stage, "open deal is", "open deals are"), day);
    if (forecast->without_amount)
        projection_answer_note(
            answer, "%s no amount.",
            projection_count(answer, forecast->without_amount, "open deal has", "open deals have"));
    if (forecast->without_probability)
        projection_answer_note(answer,
                               "%s no probability, neither of %s own nor by the stage: in the "
                               "pipeline value, not in the "
                               "weighted forecast.",
                               projection_count(answer, forecast->without_probability,
                                                "open deal has", "open deals have"),
                               forecast->without_probability == 1 ? "its" : "their");
}

enum ledger_err forecast_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct forecast forecast = {.arena = arena, .months = SUMS_IN(arena), .totals = SUMS_IN(arena)};
    struct sums weighted = SUMS_IN(arena);
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, &forecast);
    if (err)
        return err;
    if (!weigh(&forecast, &deals) || !sums_total(&forecast.months, &weighted))
        return projection_no_memory(error);
    answer_totals(answer, &forecast, &weighted);
    answer_months(answer, &forecast);
    answer_slips(answer, &forecast, limit);
    answer_notes(answer, &forecast);
    projection_answer_note_today(answer, view);
    deals_note_value_win_rate(answer, forecast.closed_without_amount);
    deals_notes(&deals, answer, &forecast.doubts);
    return LEDGER_E_OK;
}
