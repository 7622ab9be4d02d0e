// Mailings summed by campaign, and the deals that each campaign brought.
#ifndef CAMPAIGNS_H
#define CAMPAIGNS_H

#include "mailing.h"

struct campaign {
    const char *id;
    struct mailing_figures figures;
    uint64_t leads, deals, won, won_without_value;
};

// Money of one campaign in one currency.
struct campaign_money {
    const char *campaign, *currency;
    __int128 cost, won;
    uint64_t won_deals; // with a value in this currency
};

struct campaigns {
    struct projection_view *view;
    struct ledger_error *error;
    struct projection_ids ids;
    struct campaign *list; // by number
    size_t capacity;
    struct projection_ids money_keys;
    struct campaign_money *money; // by number
    size_t money_capacity;
    struct projection_ids leads;
    uint64_t left_out; // deals of which nothing is known to have happened by the question's time
};

// The campaign itself, with no mailing yet.
LEDGER_MUST_CHECK enum ledger_err campaigns_find(struct campaigns *campaigns, const char *id,
                                                 struct campaign **campaign);
// A mailing without a campaign is passed over.
LEDGER_MUST_CHECK enum ledger_err campaigns_add(struct campaigns *campaigns,
                                                const struct mailing *mailing);
// Reads the deals of each campaign, and makes the tables "campaigns" and "values".
LEDGER_MUST_CHECK enum ledger_err
campaigns_answer(struct campaigns *campaigns, struct projection_answer *answer, uint64_t limit);

#endif
