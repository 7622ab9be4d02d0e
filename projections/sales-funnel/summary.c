// The funnel in one line: how many, how much, how fast.
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "deals.h"
#include "velocity.h"

struct value {
    const char *currency;
    uint64_t won;
    __int128 minor;
};

struct summary {
    struct ledger_arena *arena;
    uint64_t open, open_without_client, won, lost;
    uint64_t won_without_amount;
    struct doubts doubts;
    struct velocity velocity;
    struct days won_cycle, lost_cycle;
    struct projection_ids currencies;
    struct value *values; // by number of the currency
    size_t capacity;
};

static const struct projection_column deal_columns[] = {
    {"deals", "Deals", PROJECTION_INTEGER},
    {"open", "Open", PROJECTION_INTEGER},
    {"open_unknown_time", "Of these opened at an unknown time", PROJECTION_INTEGER},
    {"open_without_client", "Of these without a client", PROJECTION_INTEGER},
    {"won", "Won", PROJECTION_INTEGER},
    {"lost", "Lost", PROJECTION_INTEGER},
    {"win_rate", "Win rate", PROJECTION_RATIO},
    {"won_cycle_mean_days", "Won after, mean days", PROJECTION_RATIO},
    {"won_cycle_median_days", "Won after, median days", PROJECTION_RATIO},
    {"lost_cycle_mean_days", "Lost after, mean days", PROJECTION_RATIO},
    {"lost_cycle_median_days", "Lost after, median days", PROJECTION_RATIO},
    {"left_out_unknown_time", "Not counted: unknown time", PROJECTION_INTEGER},
};
static const struct projection_column value_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"won", "Won with an amount", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
    {"mean_won_value", "Mean won value, in that currency", PROJECTION_RATIO},
    {"velocity_per_day", "Velocity a day, in that currency", PROJECTION_RATIO},
};

static bool add_cycle(struct summary *summary, struct days *cycle, const struct deal *deal) {
    int64_t days;
    return !deal_cycle_days(deal, &days) || days_add(summary->arena, cycle, days);
}

static bool add_value(struct summary *summary, const struct deal *deal) {
    if (!deal->has_amount) {
        summary->won_without_amount++;
        return true;
    }
    size_t number = projection_ids_add(&summary->currencies, deal->currency);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(summary->arena, &summary->values, &summary->capacity, number,
                         sizeof(struct value)))
        return false;
    struct value *value = &summary->values[number];
    value->currency = summary->currencies.texts[number];
    value->won++;
    value->minor += deal->minor;
    return true;
}

static bool count(struct summary *summary, const struct deal *deal) {
    if (!doubts_add(&summary->doubts, deal))
        return true;
    velocity_add(&summary->velocity, deal);
    switch (deal->status) {
    case DEAL_IS_OPEN:
        summary->open++;
        summary->open_without_client += !deal->client;
        return true;
    case DEAL_IS_WON:
        summary->won++;
        return add_cycle(summary, &summary->won_cycle, deal) && add_value(summary, deal);
    case DEAL_IS_LOST:
        summary->lost++;
        return add_cycle(summary, &summary->lost_cycle, deal);
    }
    return true;
}

static void answer_counts(struct projection_answer *answer, struct summary *summary) {
    projection_answer_table(answer, "deals", "Deals", PROJECTION_COLUMNS(deal_columns));
    projection_answer_integer(answer, (int64_t)(summary->open + summary->won + summary->lost));
    projection_answer_integer(answer, (int64_t)summary->open);
    projection_answer_integer(answer, (int64_t)summary->doubts.open_unknown_time);
    projection_answer_integer(answer, (int64_t)summary->open_without_client);
    projection_answer_integer(answer, (int64_t)summary->won);
    projection_answer_integer(answer, (int64_t)summary->lost);
    projection_answer_ratio(answer, summary->won, summary->won + summary->lost);
    days_answer(answer, &summary->won_cycle, 0, 1);
    days_answer(answer, &summary->lost_cycle, 0, 1);
    projection_answer_integer(answer, (int64_t)summary->doubts.left_out);
}

static int by_currency(const void *a, const void *b) {
    return strcmp(((const struct value *)a)->currency, ((const struct value *)b)->currency);
}

static void answer_values(struct projection_answer *answer, struct summary *summary) {
    size_t currencies = summary->currencies.count;
    projection_answer_table(answer, "value", "Value", PROJECTION_COLUMNS(value_columns));
    if (currencies)
        qsort(summary->values, currencies, sizeof(struct value), by_currency);
    for (size_t i = 0; i < currencies; i++) {
        const struct value *value = &summary->values[i];
        projection_answer_text(answer, value->currency);
        projection_answer_integer(answer, (int64_t)value->won);
        projection_answer_money(answer, value->minor, value->currency);
        projection_answer_money_ratio(answer, value->minor, value->won, value->currency);
        velocity_answer(answer, &summary->velocity, value->minor, value->won,
                        currencies > 1 ? NULL : value->currency);
    }
    if (currencies > 1)
        projection_answer_note(answer, "There is no velocity across several currencies.");
    if (summary->won_without_amount)
        projection_answer_note(answer, "%s no amount.",
                               projection_count(answer, summary->won_without_amount, "won deal has",
                                                "won deals have"));
}

enum ledger_err summary_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct summary summary = {.arena = arena, .currencies = {.arena = arena}};
    const struct deal *deal = NULL;
    enum ledger_err err = deals_begin(&deals, view, arguments, error);
    while (!err) {
        err = deals_next(&deals, &deal);
        if (err || !deal)
            break;
        if (!count(&summary, deal))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    answer_counts(answer, &summary);
    answer_values(answer, &summary);
    deals_note_unknown_time(answer, &summary.doubts);
    deals_notes(&deals, answer, &summary.doubts);
    return LEDGER_E_OK;
}
