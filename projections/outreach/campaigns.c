#include "campaigns.h"

#include <stdlib.h>
#include <string.h>

#include "deals.h"
#include "sets.h"

static const struct projection_column campaign_columns[] = {
    {"campaign", "Campaign", PROJECTION_ID},
    {"mailings", "Mailings", PROJECTION_INTEGER},
    MAILING_COLUMNS,
    {"leads", "Leads", PROJECTION_INTEGER},
    {"deals", "Deals", PROJECTION_INTEGER},
    {"won", "Deals won", PROJECTION_INTEGER},
    {"won_without_value", "Won, value not known", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column money_columns[] = {
    {"campaign", "Campaign", PROJECTION_ID},
    {"currency", "Currency", PROJECTION_TEXT},
    {"cost", "Cost", PROJECTION_MONEY},
    {"won_deals", "Deals won in this currency", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
    {"won_of_cost", "Won value / cost", PROJECTION_RATIO},
    {"cost_per_won_deal", "Cost per deal won", PROJECTION_RATIO},
};

// ---- adding
enum ledger_err campaigns_find(struct campaigns *campaigns, const char *id,
                               struct campaign **campaign) {
    size_t number = projection_ids_add(&campaigns->ids, id);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(projection_view_arena(campaigns->view), &campaigns->list,
                         &campaigns->capacity, number, sizeof(struct campaign)))
        return projection_no_memory(campaigns->error);
    *campaign = &campaigns->list[number];
    (*campaign)->id = campaigns->ids.texts[number];
    return LEDGER_E_OK;
}

static enum ledger_err find_money(struct campaigns *campaigns, const char *id, const char *currency,
                                  struct campaign_money **money) {
    size_t number;
    if (!set_add(&campaigns->money_keys, &number, NULL, id, currency, NULL) ||
        !projection_grow(projection_view_arena(campaigns->view), &campaigns->money,
                         &campaigns->money_capacity, number, sizeof(struct campaign_money)))
        return projection_no_memory(campaigns->error);
    *money = &campaigns->money[number];
    (*money)->campaign = id;
    (*money)->currency = currency;
    return LEDGER_E_OK;
}

enum ledger_err campaigns_add(struct campaigns *campaigns, const struct mailing *mailing) {
    struct campaign *campaign = NULL;
    struct campaign_money *money = NULL;
    const char *id = mailing->row.campaign;
    enum ledger_err err = id ? campaigns_find(campaigns, id, &campaign) : LEDGER_E_OK;
    if (err || !id)
        return err;
    mailing_figures_add(&campaign->figures, &mailing->figures);
    if (!mailing->row.currency)
        return LEDGER_E_OK;
    err = find_money(campaigns, campaign->id, mailing->row.currency, &money);
    if (!err)
        money->cost += mailing->row.cost_minor;
    return err;
}

// ---- deals
static enum ledger_err add_deal(struct campaigns *campaigns, struct campaign *campaign,
                                const char *deal_id, const struct deal_outcome *deal) {
    size_t number;
    bool fresh;
    struct campaign_money *money = NULL;
    const char *lead = deal->client ? deal->client : deal_id;
    if (!deal->source || strcmp(deal->source, campaign->id) != 0)
        return LEDGER_E_OK;
    if (deal->left_out) {
        campaigns->left_out++;
        return LEDGER_E_OK;
    }
    if (!set_add(&campaigns->leads, &number, &fresh, campaign->id, deal->client ? "client" : "deal",
                 lead))
        return projection_no_memory(campaigns->error);
    campaign->leads += fresh;
    campaign->deals++;
    campaign->won += deal->won;
    campaign->won_without_value += deal->won && !deal->currency;
    if (!deal->won || !deal->currency)
        return LEDGER_E_OK;
    enum ledger_err err = find_money(campaigns, campaign->id, deal->currency, &money);
    if (err)
        return err;
    money->won_deals++;
    money->won += deal->minor;
    return LEDGER_E_OK;
}

static enum ledger_err read_deals(struct campaigns *campaigns, struct campaign *campaign) {
    struct projection_histories deals;
    const struct projection_history *history = NULL;
    enum ledger_err err =
        projection_histories_under(&deals, campaigns->view, DEAL_FACTS, true, CAMPAIGN_DEALS,
                                   &campaign->id, 1, campaigns->error);
    while (!err) {
        struct deal_outcome deal;
        err = projection_histories_next(&deals, &history, campaigns->error);
        if (err || !history)
            break;
        err = deal_fold(campaigns->view, history, &deal, campaigns->error);
        if (!err)
            err = add_deal(campaigns, campaign, history->id, &deal);
    }
    return err;
}

// ---- the answer
static int by_campaign(const void *a, const void *b) {
    const struct campaign_money *left = a;
    const struct campaign_money *right = b;
    int order = projection_text_order(left->campaign, right->campaign);
    return order ? order : projection_text_order(left->currency, right->currency);
}

static const struct campaign *campaign_of(const struct campaigns *campaigns, const char *id) {
    const struct campaign key = {.id = id};
    return bsearch(&key, campaigns->list, campaigns->ids.count, sizeof key, by_first_text);
}

static void answer_money(const struct campaigns *campaigns, struct projection_answer *answer,
                         uint64_t limit) {
    if (campaigns->money_keys.count)
        qsort(campaigns->money, campaigns->money_keys.count, sizeof(struct campaign_money),
              by_campaign);
    projection_answer_table(answer, "values", "Cost and won value",
                            PROJECTION_COLUMNS(money_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < campaigns->money_keys.count; i++) {
        const struct campaign_money *money = &campaigns->money[i];
        const struct campaign *campaign = campaign_of(campaigns, money->campaign);
        projection_answer_text(answer, money->campaign);
        projection_answer_text(answer, money->currency);
        projection_answer_money(answer, money->cost, money->currency);
        projection_answer_integer(answer, (int64_t)money->won_deals);
        projection_answer_money(answer, money->won, money->currency);
        projection_answer_ratio(answer, money->won, money->cost);
        projection_answer_money_ratio(answer, money->cost, campaign->won, money->currency);
    }
}

enum ledger_err campaigns_answer(struct campaigns *campaigns, struct projection_answer *answer,
                                 uint64_t limit) {
    for (size_t i = 0; i < campaigns->ids.count; i++) {
        enum ledger_err err = read_deals(campaigns, &campaigns->list[i]);
        if (err)
            return err;
    }
    if (campaigns->ids.count)
        qsort(campaigns->list, campaigns->ids.count, sizeof(struct campaign), by_first_text);
    projection_answer_table(answer, "campaigns", "Campaigns", PROJECTION_COLUMNS(campaign_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < campaigns->ids.count; i++) {
        const struct campaign *campaign = &campaigns->list[i];
        projection_answer_text(answer, campaign->id);
        projection_answer_integer(answer, (int64_t)campaign->figures.mailings);
        mailing_figures_answer(answer, &campaign->figures);
        projection_answer_integer(answer, (int64_t)campaign->leads);
        projection_answer_integer(answer, (int64_t)campaign->deals);
        projection_answer_integer(answer, (int64_t)campaign->won);
        projection_answer_integer(answer, (int64_t)campaign->won_without_value);
    }
    answer_money(campaigns, answer, limit);
    if (campaigns->left_out)
        projection_answer_note(
            answer,
            "%s opened at an unknown time and not known to have been there by "
            "then: in no figure.",
            projection_count(answer, campaigns->left_out, "deal was", "deals were"));
    return LEDGER_E_OK;
}
