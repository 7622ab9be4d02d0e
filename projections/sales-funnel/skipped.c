// Stages that a deal passed and never entered.
#include <string.h>

#include "tally.h"

static const struct projection_column columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"owner", "Owner", PROJECTION_ID},
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Skipped stage", PROJECTION_ID},
    {"stage_name", "Its name", PROJECTION_TEXT},
};

struct skipped {
    struct projection_answer *answer;
    struct doubts doubts;
};

static bool entered(const struct deal *deal, size_t pipeline, size_t stage) {
    for (size_t i = 0; i < deal->entry_count; i++)
        if (deal->entries[i].pipeline == pipeline && deal->entries[i].stage == stage)
            return true;
    return false;
}

static void answer_stage(struct projection_answer *answer, const struct deals *deals,
                         const struct deal *deal, size_t pipeline, size_t stage) {
    const struct pipeline *of = &deals->pipelines.list[pipeline];
    projection_answer_text(answer, deal->id);
    projection_answer_text(answer, deal_status_text(deal->status));
    projection_answer_text(answer, deal_client(deals, deal));
    projection_answer_text(answer, deal->owner);
    projection_answer_text(answer, *of->id ? of->id : NULL);
    projection_answer_text(answer, of->stages[stage].id);
    projection_answer_text(answer, of->stages[stage].name);
}

// In one pipeline: the open stages before the furthest open one that it was in.
static void answer_pipeline(struct projection_answer *answer, const struct deals *deals,
                            const struct deal *deal, size_t pipeline) {
    const struct pipeline *of = &deals->pipelines.list[pipeline];
    size_t furthest = 0;
    for (size_t i = 0; i < deal->entry_count; i++)
        if (deal->entries[i].pipeline == pipeline && deal->entries[i].stage > furthest &&
            of->stages[deal->entries[i].stage].kind == STAGE_OPEN)
            furthest = deal->entries[i].stage;
    for (size_t stage = 0; stage < furthest; stage++)
        if (of->stages[stage].kind == STAGE_OPEN && !entered(deal, pipeline, stage))
            answer_stage(answer, deals, deal, pipeline, stage);
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct skipped *skipped = user;
    if (!doubts_add(&skipped->doubts, deal))
        return true;
    for (size_t i = 0; i < deal->entry_count; i++) {
        bool first = true;
        for (size_t before = 0; before < i; before++)
            first &= deal->entries[before].pipeline != deal->entries[i].pipeline;
        if (first)
            answer_pipeline(skipped->answer, deals, deal, deal->entries[i].pipeline);
    }
    return true;
}

enum ledger_err skipped_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    struct skipped skipped = {.answer = answer};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (err)
        return err;
    projection_answer_table(answer, "skipped", "Skipped stages", PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    err = deals_each(&deals, add, &skipped);
    if (!err)
        deals_notes(&deals, answer, &skipped.doubts);
    return err;
}
