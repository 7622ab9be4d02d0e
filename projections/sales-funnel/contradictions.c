// What does not fit, by its code and one by one.
#include "deal_history.h"

static const struct projection_column total_columns[] = {
    {"contradiction", "Contradiction", PROJECTION_TEXT},
    {"count", "How many", PROJECTION_INTEGER},
    {"meaning", "Each", PROJECTION_TEXT},
};
static const struct projection_column columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"contradiction", "Contradiction", PROJECTION_TEXT},
    {"position", "Position", PROJECTION_INTEGER},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"stood_in", "Stood in", PROJECTION_ID},
    {"stage", "Stage that the fact names", PROJECTION_ID},
    {"actor", "Actor", PROJECTION_ID},
};

struct contradicting {
    struct projection_answer *answer;
    struct doubts doubts;
};

static void answer_event(struct projection_answer *answer, const struct deal *deal,
                         const struct deal_event *event, unsigned how) {
    projection_answer_text(answer, deal->id);
    projection_answer_text(answer, contradiction_texts[how].code);
    projection_answer_integer(answer, (int64_t)event->position);
    projection_answer_moment(answer, &event->occurred);
    projection_answer_text(answer, deal_fact_text(event->fact.kind));
    projection_answer_text(answer, event->from);
    projection_answer_text(answer, event->fact.stage);
    projection_answer_text(answer, event->fact.actor);
}

static void answer_deal(struct projection_answer *answer, const struct deal *deal, unsigned how) {
    projection_answer_text(answer, deal->id);
    projection_answer_text(answer, contradiction_texts[how].code);
    for (size_t i = 2; i < sizeof columns / sizeof columns[0]; i++)
        projection_answer_none(answer);
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    static const unsigned of_deals[] = {NEVER_OPENED, CLOSED_BEFORE_OPENED};
    struct contradicting *all = user;
    (void)deals;
    if (!doubts_add(&all->doubts, deal))
        return true;
    for (size_t i = 0; i < sizeof of_deals / sizeof of_deals[0]; i++)
        if (deal->contradictions[of_deals[i]])
            answer_deal(all->answer, deal, of_deals[i]);
    for (size_t i = 0; i < deal->event_count; i++)
        for (unsigned how = 0; how < CONTRADICTIONS; how++)
            if (deal->events[i].contradictions & 1u << how)
                answer_event(all->answer, deal, &deal->events[i], how);
    return true;
}

enum ledger_err contradictions_answer(struct projection_view *view,
                                      const struct projection_arguments *arguments,
                                      struct projection_answer *answer,
                                      struct ledger_error *error) {
    struct deals deals;
    struct contradicting all = {.answer = answer};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (err)
        return err;
    projection_answer_table(answer, "contradictions", "Contradictions",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    err = deals_each(&deals, add, &all);
    if (err)
        return err;
    projection_answer_table(answer, "codes", "How many of each", PROJECTION_COLUMNS(total_columns));
    for (unsigned how = 0; how < CONTRADICTIONS; how++) {
        if (!all.doubts.contradictions[how])
            continue;
        projection_answer_text(answer, contradiction_texts[how].code);
        projection_answer_integer(answer, (int64_t)all.doubts.contradictions[how]);
        projection_answer_text(answer, contradiction_texts[how].one);
    }
    deals_notes(&deals, answer, NULL);
    return LEDGER_E_OK;
}
