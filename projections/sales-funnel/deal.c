// One deal: its facts in the order in which they count, and what they make of it.
#include <string.h>

#include "tally.h"

static const struct projection_column state_columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Stage", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"territory", "Territory", PROJECTION_ID},
    {"amount", "Amount", PROJECTION_MONEY},
    {"opened", "Opened", PROJECTION_TEXT},
    {"closed", "Closed", PROJECTION_DATE},
    {"cycle_days", "Days from opened to closed", PROJECTION_INTEGER},
    {"contradictions", "Contradicting facts", PROJECTION_INTEGER},
};
static const struct projection_column fact_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"stage", "Stage", PROJECTION_ID},
    {"owner", "Owner", PROJECTION_ID},
    {"amount", "Amount", PROJECTION_MONEY},
    {"closed_on", "Closed on", PROJECTION_DATE},
    {"reason", "Reason", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID, .detail = true},
};
static const struct projection_column product_columns[] = {
    {"product", "Product", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
};

static const char *fact_text(enum deal_fact_kind kind) {
    switch (kind) {
    case DEAL_OPENED:
        return "opened";
    case DEAL_STAGE_CHANGED:
        return "stage changed";
    case DEAL_AMOUNT_CHANGED:
        return "amount changed";
    case DEAL_PRODUCTS_CHANGED:
        return "products changed";
    case DEAL_TERMS_CHANGED:
        return "terms changed";
    case DEAL_REASSIGNED:
        return "reassigned";
    case DEAL_WON:
        return "won";
    case DEAL_LOST:
        return "lost";
    case DEAL_REOPENED:
        return "reopened";
    }
    return NULL;
}

static void answer_amount(struct projection_answer *answer, bool has_amount, int64_t minor,
                          const char *currency) {
    if (has_amount)
        projection_answer_money(answer, minor, currency);
    else
        projection_answer_none(answer);
}

static void answer_state(struct projection_answer *answer, const struct deals *deals,
                         const struct deal *deal) {
    const struct stage *stage = deal_stage(deals, deal);
    const char *pipeline = deals->pipelines.list[deal->pipeline].id;
    int64_t days;
    projection_answer_table(answer, "deal", "Deal", PROJECTION_COLUMNS(state_columns));
    projection_answer_text(answer, deal->id);
    projection_answer_text(answer, deal_status_text(deal->status));
    projection_answer_text(answer, *pipeline ? pipeline : NULL);
    projection_answer_text(answer, stage ? stage->id : NULL);
    const char *client = deal_client(deals, deal);
    projection_answer_text(answer, client);
    projection_answer_text(answer, projection_name(deals->view, CLIENTS, client));
    projection_answer_text(answer, deal->owner);
    projection_answer_text(answer, projection_name(deals->view, EMPLOYEES, deal->owner));
    projection_answer_text(answer, deal->territory);
    answer_amount(answer, deal->has_amount, deal->minor, deal->currency);
    projection_answer_moment(answer, &deal->opened);
    if (deal->has_closed_day)
        projection_answer_day(answer, deal->closed_day);
    else
        projection_answer_none(answer);
    if (deal_cycle_days(deal, &days))
        projection_answer_integer(answer, days);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)deal_contradictions(deal));
}

static void answer_fact(struct projection_answer *answer, const struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    projection_answer_integer(answer, (int64_t)event->position);
    projection_answer_moment(answer, &event->occurred);
    projection_answer_text(answer, fact_text(fact->kind));
    projection_answer_text(answer, fact->stage);
    projection_answer_text(answer, fact->owner);
    answer_amount(answer, fact->has_amount, fact->minor, fact->currency);
    if (fact->has_closed_on)
        projection_answer_day(answer, fact->closed_on);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, fact->reason);
    projection_answer_text(answer, fact->actor);
}

enum ledger_err deal_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    const struct deal *deal = NULL;
    enum ledger_err err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_next(&deals, &deal);
    if (err)
        return err;
    if (!deal)
        return ledger_fail(error, LEDGER_E_NOT_FOUND, "deal", "no fact is of the deal %.100s",
                           projection_argument(arguments, "deal"));
    answer_state(answer, &deals, deal);
    projection_answer_table(answer, "products", "Products", PROJECTION_COLUMNS(product_columns));
    for (size_t i = 0; i < deal->product_count; i++) {
        projection_answer_text(answer, deal->products[i]);
        projection_answer_text(answer, projection_name(view, PRODUCTS, deal->products[i]));
    }
    projection_answer_table(answer, "facts", "Facts", PROJECTION_COLUMNS(fact_columns));
    for (size_t i = 0; i < deal->event_count; i++)
        answer_fact(answer, &deal->events[i]);
    struct doubts doubts = {0};
    (void)doubts_add(&doubts, deal);
    deals_notes(&deals, answer, &doubts);
    return LEDGER_E_OK;
}
