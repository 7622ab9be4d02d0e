// Mailings, each with what became of it, and campaigns.
#include <stdlib.h>
#include <string.h>

#include "campaigns.h"
#include "words.h"

static const struct projection_column mailing_columns[] = {
    {"mailing", "Mailing", PROJECTION_ID},
    {"campaign", "Campaign", PROJECTION_ID},
    {"occurred", "Sent", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT},
    MAILING_COLUMNS,
    {"cost", "Cost", PROJECTION_MONEY},
};
static const struct projection_column total_columns[] = {
    {"mailings", "Mailings", PROJECTION_INTEGER},
    MAILING_COLUMNS,
};

struct mailings {
    struct projection_view *view;
    struct ledger_error *error;
    const char *mailing, *campaign; // as asked for
    struct projection_period period;
    struct mailing_figures totals;
    struct campaigns campaigns;
    struct wishes wishes; // memory
    struct flags flags;
};

static void answer_mailing(struct projection_answer *answer, const struct mailing *mailing) {
    projection_answer_text(answer, mailing->id);
    projection_answer_text(answer, mailing->row.campaign);
    projection_answer_moment(answer, &mailing->occurred);
    projection_answer_text(answer, channel_name(mailing->row.channel));
    mailing_figures_answer(answer, &mailing->figures);
    if (mailing->row.currency)
        projection_answer_money(answer, mailing->row.cost_minor, mailing->row.currency);
    else
        projection_answer_none(answer);
}

static bool is_wanted(const struct mailings *mailings, const struct projection_history *history) {
    struct mailing_row row;
    outreach_row_read(MAILING_ROW, history->list[0].value, &row);
    return projection_period_holds(&mailings->period, &history->list[0].occurred) &&
           (!mailings->campaign || (row.campaign && strcmp(row.campaign, mailings->campaign) == 0));
}

static enum ledger_err begin(struct mailings *mailings, struct projection_histories *histories) {
    if (mailings->mailing)
        return projection_histories_one(histories, mailings->view, MAILINGS, false,
                                        mailings->mailing, mailings->error);
    if (mailings->campaign)
        return projection_histories_under(histories, mailings->view, MAILINGS, false,
                                          CAMPAIGN_MAILINGS, &mailings->campaign, 1,
                                          mailings->error);
    projection_histories_all(histories, mailings->view, MAILINGS, false);
    return LEDGER_E_OK;
}

static enum ledger_err answer_mailings(struct mailings *mailings,
                                       struct projection_answer *answer) {
    struct projection_histories histories;
    const struct projection_history *history = NULL;
    enum ledger_err err = begin(mailings, &histories);
    while (!err) {
        struct mailing mailing;
        err = projection_histories_next(&histories, &history, mailings->error);
        if (err || !history)
            break;
        if (!is_wanted(mailings, history))
            continue;
        err = mailing_read(&mailing, mailings->view, history, &mailings->wishes, &mailings->flags,
                           mailings->error);
        if (err)
            break;
        answer_mailing(answer, &mailing);
        mailing_figures_add(&mailings->totals, &mailing.figures);
        err = campaigns_add(&mailings->campaigns, &mailing);
    }
    return err;
}

// Responses to mailings that were never sent: of one mailing, or of all.
static enum ledger_err count_orphans(struct mailings *mailings) {
    struct projection_histories histories;
    const struct projection_history *history = NULL;
    enum ledger_err err = LEDGER_E_OK;
    if (mailings->mailing)
        err = projection_histories_one(&histories, mailings->view, RESPONSES, false,
                                       mailings->mailing, mailings->error);
    else
        projection_histories_all(&histories, mailings->view, RESPONSES, false);
    while (!err) {
        struct projection_key key = {0};
        struct projection_row row;
        err = projection_histories_next(&histories, &history, mailings->error);
        if (err || !history)
            break;
        projection_key_text(&key, history->id);
        if (!projection_latest(mailings->view, MAILINGS, &key, &row))
            mailings->flags.counts[RESPONSE_WITHOUT_MAILING] += history->count;
    }
    return err;
}

static void answer_totals(const struct mailings *mailings, struct projection_answer *answer) {
    projection_answer_table(answer, "totals", "All of these mailings",
                            PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)mailings->totals.mailings);
    mailing_figures_answer(answer, &mailings->totals);
}

static void note(const struct mailings *mailings, struct projection_answer *answer) {
    projection_answer_note(answer, "Consent is that of the people whom a sending or a response "
                                   "names, for that channel, at the time of the sending.");
    if (mailings->totals.without_sent)
        projection_answer_note(
            answer, "Of %s it is not known to how many it was sent.",
            projection_count(answer, mailings->totals.without_sent, "mailing", "mailings"));
}

enum ledger_err mailings_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct mailings mailings = {.view = view,
                                .error = error,
                                .mailing = projection_argument(arguments, "mailing"),
                                .campaign = projection_argument(arguments, "campaign"),
                                .campaigns = {.view = view,
                                              .error = error,
                                              .ids = {.arena = arena},
                                              .money_keys = {.arena = arena},
                                              .leads = {.arena = arena}}};
    static const uint8_t campaign_tables[] = {CAMPAIGN_MAILINGS, CAMPAIGN_DEALS};
    struct campaign *asked = NULL;
    uint64_t limit = 0;
    enum ledger_err err = projection_argument_period(arguments, &mailings.period, error);
    if (!err)
        err = projection_argument_limit(arguments, &limit, error);
    if (!err && mailings.campaign &&
        projection_knows(view, campaign_tables, sizeof campaign_tables, mailings.campaign))
        err = campaigns_find(&mailings.campaigns, mailings.campaign, &asked);
    if (err)
        return err;
    projection_answer_table(answer, "mailings", "Mailings", PROJECTION_COLUMNS(mailing_columns));
    projection_answer_limit(answer, limit);
    err = answer_mailings(&mailings, answer);
    if (err)
        return err;
    answer_totals(&mailings, answer);
    if (!mailings.mailing)
        err = campaigns_answer(&mailings.campaigns, answer, limit);
    if (!err && (mailings.mailing || !mailings.campaign))
        err = count_orphans(&mailings);
    if (err)
        return err;
    flags_answer(answer, &mailings.flags);
    note(&mailings, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
