// Why deals are lost and clients refuse, what could be done about it, and why deals are won.
#include "refusals.h"
#include "sums.h"

static const struct projection_column reason_columns[] = {
    {"reason", "Reason", PROJECTION_TEXT},
    {"currency", "Currency", PROJECTION_TEXT},
    {"deals", "Deals lost", PROJECTION_INTEGER},
    {"lost_value", "Lost value", PROJECTION_MONEY},
    {"removable", "Of these for an obstacle that could be removed", PROJECTION_INTEGER},
    {"removable_share", "Share of the deals", PROJECTION_RATIO},
    {"value_if_removed", "Value if these were removed", PROJECTION_MONEY},
};
static const struct projection_column refusal_columns[] = {
    {"reason", "Reason", PROJECTION_TEXT},
    {"refusals", "Refusals", PROJECTION_INTEGER},
    {"clients", "Clients", PROJECTION_INTEGER},
    {"removable", "Removable", PROJECTION_INTEGER},
    {"removable_share", "Removable share", PROJECTION_RATIO},
    {"removed", "Removed", PROJECTION_INTEGER},
};
static const struct projection_column removed_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"deals", "Deals won after an obstacle was removed", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
};
static const struct projection_column factor_columns[] = {
    {"factor", "Success factor", PROJECTION_TEXT},
    {"currency", "Currency", PROJECTION_TEXT},
    {"deals", "Deals won", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
};
static const struct projection_column competitor_columns[] = {
    {"competitor", "Competitor", PROJECTION_TEXT},
    {"currency", "Currency", PROJECTION_TEXT},
    {"deals", "Deals lost to it", PROJECTION_INTEGER},
    {"lost_value", "Lost value", PROJECTION_MONEY},
};

enum { DEALS, REMOVABLE };                            // counts of deals
enum { VALUE, IF_REMOVED };                           // amounts
enum { REFUSED, CLIENT, REFUSED_REMOVABLE, REMOVED }; // counts of refusals

struct losses {
    struct projection_view *view;
    struct projection_period period;
    struct doubts doubts;
    struct sums reasons, factors, competitors, won_after;
    struct sums refusals; // by reason
    struct sums clients;  // by reason and client: each counts once
};

static bool add_to(struct sums *sums, const char *name, const struct deal *deal, bool removable) {
    struct sum *sum = sums_of(sums, name, NULL, deal->has_amount ? deal->currency : NULL);
    if (!sum)
        return false;
    int64_t minor = deal->has_amount ? deal->minor : 0;
    sum->counts[DEALS]++;
    sum->counts[REMOVABLE] += removable;
    sum->amounts[VALUE] += minor;
    sum->amounts[IF_REMOVED] += removable ? minor : 0;
    return true;
}

// Whether one of the deal's refusals has an obstacle that could be, and is not, removed.
static bool is_removable(const struct losses *losses, const struct deal *deal) {
    struct refusals refusals;
    struct refusal refusal;
    bool removable = false;
    refusals_begin(&refusals, losses->view, deal->id);
    while (refusals_next(&refusals, &refusal))
        removable |= refusal.row.removable && !refusal.removed;
    return removable;
}

// Whether an obstacle to the deal was removed on the day that it was won, or earlier.
static bool is_won_after(const struct losses *losses, const struct deal *deal) {
    struct refusals refusals;
    struct refusal refusal;
    bool after = false;
    refusals_begin(&refusals, losses->view, deal->id);
    while (refusals_next(&refusals, &refusal))
        after |= refusal.removed && refusal.removed_at.when != LEDGER_WHEN_UNKNOWN &&
                 deal->has_closed_day && refusal.removed_at.day <= deal->closed_day;
    return after;
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct losses *losses = user;
    (void)deals;
    if (!doubts_add(&losses->doubts, deal) || !deal_closed_in(deal, &losses->period))
        return true;
    if (deal->status == DEAL_IS_WON)
        return (!deal->reason || add_to(&losses->factors, deal->reason, deal, false)) &&
               (!is_won_after(losses, deal) || add_to(&losses->won_after, NULL, deal, false));
    return add_to(&losses->reasons, deal->reason, deal, is_removable(losses, deal)) &&
           (!deal->competitor || add_to(&losses->competitors, deal->competitor, deal, false));
}

static bool add_refusal(struct losses *losses, const struct refusal *refusal) {
    const char *client = projection_view_client(losses->view, refusal->row.client);
    struct sum *one = client ? sums_of(&losses->clients, refusal->row.reason, client, NULL) : NULL;
    struct sum *sum = sums_of(&losses->refusals, refusal->row.reason, NULL, NULL);
    if (!sum || (client && !one))
        return false;
    sum->counts[REFUSED]++;
    sum->counts[REFUSED_REMOVABLE] += refusal->row.removable;
    sum->counts[REMOVED] += refusal->removed;
    if (one)
        sum->counts[CLIENT] += one->counts[0]++ == 0;
    return true;
}

static bool read_refusals(struct losses *losses) {
    struct refusals refusals;
    struct refusal refusal;
    refusals_begin(&refusals, losses->view, NULL);
    while (refusals_next(&refusals, &refusal))
        if (projection_period_holds(&losses->period, &refusal.occurred) &&
            !add_refusal(losses, &refusal))
            return false;
    return true;
}

// ---- the answer
static void answer_reasons(struct projection_answer *answer, struct losses *losses) {
    projection_answer_table(answer, "lost", "Lost deals by reason",
                            PROJECTION_COLUMNS(reason_columns));
    sums_sort_by_amount(&losses->reasons, VALUE);
    for (size_t i = 0; i < losses->reasons.keys.count; i++) {
        const struct sum *sum = &losses->reasons.list[i];
        projection_answer_text(answer, sum_text(sum->name));
        projection_answer_text(answer, sum_text(sum->currency));
        projection_answer_integer(answer, (int64_t)sum->counts[DEALS]);
        sum_answer_money(answer, sum, VALUE);
        projection_answer_integer(answer, (int64_t)sum->counts[REMOVABLE]);
        projection_answer_ratio(answer, sum->counts[REMOVABLE], sum->counts[DEALS]);
        sum_answer_money(answer, sum, IF_REMOVED);
    }
}

static void answer_refusals(struct projection_answer *answer, struct losses *losses) {
    projection_answer_table(answer, "refusals", "Refusals by reason",
                            PROJECTION_COLUMNS(refusal_columns));
    sums_sort(&losses->refusals);
    for (size_t i = 0; i < losses->refusals.keys.count; i++) {
        const struct sum *sum = &losses->refusals.list[i];
        projection_answer_text(answer, sum_text(sum->name));
        projection_answer_integer(answer, (int64_t)sum->counts[REFUSED]);
        projection_answer_integer(answer, (int64_t)sum->counts[CLIENT]);
        projection_answer_integer(answer, (int64_t)sum->counts[REFUSED_REMOVABLE]);
        projection_answer_ratio(answer, sum->counts[REFUSED_REMOVABLE], sum->counts[REFUSED]);
        projection_answer_integer(answer, (int64_t)sum->counts[REMOVED]);
    }
}

// Name (where the table has one), currency, deals and value; largest value first.
static void answer_values(struct projection_answer *answer, struct sums *sums, bool named) {
    sums_sort_by_amount(sums, VALUE);
    for (size_t i = 0; i < sums->keys.count; i++) {
        const struct sum *sum = &sums->list[i];
        if (named)
            projection_answer_text(answer, sum_text(sum->name));
        projection_answer_text(answer, sum_text(sum->currency));
        projection_answer_integer(answer, (int64_t)sum->counts[DEALS]);
        sum_answer_money(answer, sum, VALUE);
    }
}

enum ledger_err losses_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct losses losses = {.view = view,
                            .reasons = SUMS_IN(arena),
                            .factors = SUMS_IN(arena),
                            .competitors = SUMS_IN(arena),
                            .won_after = SUMS_IN(arena),
                            .refusals = SUMS_IN(arena),
                            .clients = SUMS_IN(arena)};
    enum ledger_err err = projection_argument_period(arguments, &losses.period, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, &losses);
    if (!err && !read_refusals(&losses))
        err = projection_no_memory(error);
    if (err)
        return err;
    answer_reasons(answer, &losses);
    answer_refusals(answer, &losses);
    projection_answer_table(answer, "won_after", "Won after an obstacle was removed",
                            PROJECTION_COLUMNS(removed_columns));
    answer_values(answer, &losses.won_after, false);
    projection_answer_table(answer, "factors", "What won deals",
                            PROJECTION_COLUMNS(factor_columns));
    answer_values(answer, &losses.factors, true);
    projection_answer_table(answer, "competitors", "To whom deals were lost",
                            PROJECTION_COLUMNS(competitor_columns));
    answer_values(answer, &losses.competitors, true);
    if (projection_argument(arguments, "pipeline"))
        projection_answer_note(answer, "Refusals are counted of all pipelines, and of no deal.");
    deals_notes(&deals, answer, &losses.doubts);
    return LEDGER_E_OK;
}
