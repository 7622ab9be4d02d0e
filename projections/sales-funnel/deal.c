// One deal: its facts in the order in which they count, and what they make of it.
#include "deal_history.h"
#include "enquiries.h"
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
    {"source", "Source", PROJECTION_TEXT, .detail = true},
    {"enquiry", "Enquiry", PROJECTION_ID, .detail = true},
    {"enquired", "Enquiry received", PROJECTION_TEXT, .detail = true},
    {"opened", "Opened", PROJECTION_TEXT},
    {"closed", "Closed", PROJECTION_DATE},
    {"cycle_days", "Days from opened to closed", PROJECTION_INTEGER},
    {"contradictions", "Contradicting facts", PROJECTION_INTEGER},
    {"expected_close", "Expected close", PROJECTION_DATE, .detail = true},
    {"close_moves", "Moves of the expected close", PROJECTION_INTEGER, .detail = true},
    {"close_moved_days", "Days it was put off, net", PROJECTION_INTEGER, .detail = true},
    {"reopened", "Times reopened", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column fact_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"pipeline", "Pipeline", PROJECTION_ID, .detail = true},
    {"stage", "Stage", PROJECTION_ID},
    {"owner", "Owner", PROJECTION_ID},
    {"amount", "Amount", PROJECTION_MONEY},
    {"expected_close", "Expected close", PROJECTION_DATE, .detail = true},
    {"probability", "Probability", PROJECTION_RATIO, .detail = true},
    {"closed_on", "Closed on", PROJECTION_DATE},
    {"reason", "Reason", PROJECTION_TEXT},
    {"competitor", "Competitor", PROJECTION_TEXT, .detail = true},
    {"detail", "Detail", PROJECTION_TEXT, .detail = true},
    {"contradiction", "Contradiction", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID, .detail = true},
};
static const struct projection_column product_columns[] = {
    {"product", "Product", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
};

const char *deal_fact_text(enum deal_fact_kind kind) {
    switch (kind) {
    case DEAL_OPENED:
        return "opened";
    case DEAL_STAGE_CHANGED:
        return "stage changed";
    case DEAL_AMOUNT_CHANGED:
        return "amount changed";
    case DEAL_PRODUCTS_CHANGED:
        return "products changed";
    case DEAL_CLOSE_DATE_CHANGED:
        return "expected close changed";
    case DEAL_PROBABILITY_CHANGED:
        return "probability changed";
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

static void answer_day(struct projection_answer *answer, bool has_day, int32_t day) {
    if (has_day)
        projection_answer_day(answer, day);
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
    projection_answer_text(answer, deal->source);
    projection_answer_text(answer, deal->enquiry);
    struct ledger_moment received;
    if (deal->enquiry && enquiry_received(deals->view, deal->enquiry, &received))
        projection_answer_moment(answer, &received);
    else
        projection_answer_none(answer);
    projection_answer_moment(answer, &deal->opened);
    answer_day(answer, deal->has_closed_day, deal->closed_day);
    if (deal_cycle_days(deal, &days))
        projection_answer_integer(answer, days);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)deal_contradictions(deal));
    answer_day(answer, deal->has_close_date, deal->close_date);
    projection_answer_integer(answer, (int64_t)deal->close_date_moves);
    projection_answer_integer(answer, deal->close_date_days);
    projection_answer_integer(answer, (int64_t)deal->reopened);
}

// Its codes, one after the other; NULL if it contradicts nothing.
static const char *codes(struct ledger_arena *arena, const struct deal_event *event) {
    const char *text = NULL;
    for (unsigned i = 0; i < CONTRADICTIONS; i++)
        if (event->contradictions & 1u << i)
            text = ledger_arena_printf(arena, "%s%s%s", text ? text : "", text ? ", " : "",
                                       contradiction_texts[i].code);
    return text;
}

static void answer_fact(struct projection_answer *answer, struct ledger_arena *arena,
                        const struct deal_event *event) {
    enum { BASIS_POINTS = 10000 };
    const struct deal_fact *fact = &event->fact;
    projection_answer_integer(answer, (int64_t)event->position);
    projection_answer_moment(answer, &event->occurred);
    projection_answer_text(answer, deal_fact_text(fact->kind));
    projection_answer_text(answer, fact->pipeline);
    projection_answer_text(answer, fact->stage);
    projection_answer_text(answer, fact->owner);
    answer_amount(answer, fact->has_amount, fact->minor, fact->currency);
    answer_day(answer, fact->has_close_date, fact->close_date);
    projection_answer_ratio(answer, fact->probability_bp, fact->has_probability ? BASIS_POINTS : 0);
    answer_day(answer, fact->has_closed_on, fact->closed_on);
    projection_answer_text(answer, fact->reason);
    projection_answer_text(answer, fact->competitor);
    projection_answer_text(answer, fact->detail);
    projection_answer_text(answer, codes(arena, event));
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
        answer_fact(answer, projection_view_arena(view), &deal->events[i]);
    deal_history_answer(answer, &deals, deal);
    struct doubts doubts = {0};
    (void)doubts_add(&doubts, deal);
    deals_notes(&deals, answer, &doubts);
    return LEDGER_E_OK;
}
