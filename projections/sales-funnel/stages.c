// The funnel proper. A deal *entered* a stage if it was in it; it *passed* it if it was in it or in
// a later open stage; it *skipped* it if it passed but never entered. Stages that mean won or lost
// are not in the chain: only entries are counted there.
#include <stdlib.h>
#include <string.h>

#include "deals.h"

static const struct projection_column columns[] = {
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Stage", PROJECTION_ID},
    {"stage_name", "Stage's name", PROJECTION_TEXT},
    {"kind", "Kind", PROJECTION_TEXT, .detail = true},
    {"entered", "Entered", PROJECTION_INTEGER},
    {"passed", "Passed", PROJECTION_INTEGER},
    {"skipped", "Skipped", PROJECTION_INTEGER},
    {"conversion", "Conversion to the next", PROJECTION_RATIO},
    {"reentries", "Entered again", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column outcome_columns[] = {
    {"deals", "Deals", PROJECTION_INTEGER},
    {"open", "Open", PROJECTION_INTEGER},
    {"won", "Won", PROJECTION_INTEGER},
    {"lost", "Lost", PROJECTION_INTEGER},
    {"win_rate", "Win rate", PROJECTION_RATIO},
    {"reopened", "Deals reopened", PROJECTION_INTEGER},
    {"reentered", "Deals that entered a stage again", PROJECTION_INTEGER},
    {"changed_pipeline", "Deals that changed their pipeline", PROJECTION_INTEGER},
};

struct chain {
    struct doubts doubts;
    const struct projection_period *opened; // NULL = any
    size_t number;                          // of the deal
    uint64_t by_status[3];
    uint64_t reopened, reentered, changed_pipeline, opened_unknown;
};

static void count(struct deals *deals, const struct deal *deal, size_t number) {
    for (size_t i = 0; i < deal->entry_count; i++) {
        const struct stage_entry *entry = &deal->entries[i];
        struct pipeline *pipeline = &deals->pipelines.list[entry->pipeline];
        struct stage *stage = &pipeline->stages[entry->stage];
        stage->entered += stage->last_deal != number;
        stage->reentries += entry->again && !entry->aside;
        stage->last_deal = number;
    }
}

// In every pipeline that the deal was in, up to the furthest open stage there.
static void pass(struct deals *deals, const struct deal *deal) {
    for (size_t i = 0; i < deal->entry_count; i++) {
        const struct stage_entry *entry = &deal->entries[i];
        struct pipeline *pipeline = &deals->pipelines.list[entry->pipeline];
        size_t furthest = 0;
        bool counted = false;
        for (size_t other = 0; other < deal->entry_count; other++) {
            const struct stage_entry *at = &deal->entries[other];
            if (at->pipeline != entry->pipeline)
                continue;
            counted |= other < i;
            if (pipeline->stages[at->stage].kind == STAGE_OPEN && at->stage + 1 > furthest)
                furthest = at->stage + 1;
        }
        for (size_t stage = 0; stage < furthest && !counted; stage++)
            pipeline->stages[stage].passed += pipeline->stages[stage].kind == STAGE_OPEN;
    }
}

static const char *kind_text(enum stage_kind kind) {
    switch (kind) {
    case STAGE_OPEN:
        return "open";
    case STAGE_WON:
        return "won";
    case STAGE_LOST:
        return "lost";
    case STAGE_UNDEFINED:
        break;
    }
    return "undefined";
}

static const struct stage *next_open(const struct pipeline *pipeline, size_t after) {
    for (size_t i = after + 1; i < pipeline->count; i++)
        if (pipeline->stages[i].kind == STAGE_OPEN)
            return &pipeline->stages[i];
    return NULL;
}

static void answer_stage(struct projection_answer *answer, const struct pipeline *pipeline,
                         size_t number) {
    const struct stage *stage = &pipeline->stages[number];
    projection_answer_text(answer, *pipeline->id ? pipeline->id : NULL);
    projection_answer_text(answer, stage->id);
    projection_answer_text(answer, stage->name);
    projection_answer_text(answer, kind_text(stage->kind));
    projection_answer_integer(answer, (int64_t)stage->entered);
    if (stage->kind != STAGE_OPEN) {
        for (int i = 0; i < 3; i++)
            projection_answer_none(answer);
        projection_answer_integer(answer, (int64_t)stage->reentries);
        return;
    }
    const struct stage *next = next_open(pipeline, number);
    projection_answer_integer(answer, (int64_t)stage->passed);
    projection_answer_integer(answer, (int64_t)(stage->passed - stage->entered));
    projection_answer_ratio(answer, next ? next->passed : 0, next ? stage->passed : 0);
    projection_answer_integer(answer, (int64_t)stage->reentries);
}

static bool changed_pipeline(const struct deal *deal) {
    for (size_t i = 1; i < deal->entry_count; i++)
        if (deal->entries[i].pipeline != deal->entries[0].pipeline)
            return true;
    return false;
}

static bool entered_again(const struct deal *deal) {
    for (size_t i = 0; i < deal->entry_count; i++)
        if (deal->entries[i].again && !deal->entries[i].aside)
            return true;
    return false;
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct chain *chain = user;
    if (chain->opened && !projection_period_holds(chain->opened, &deal->opened)) {
        chain->opened_unknown += deal->opened.when == LEDGER_WHEN_UNKNOWN;
        return true;
    }
    if (!doubts_add(&chain->doubts, deal))
        return true;
    count(deals, deal, ++chain->number);
    pass(deals, deal);
    chain->by_status[deal->status]++;
    chain->reopened += deal->reopened != 0;
    chain->reentered += entered_again(deal);
    chain->changed_pipeline += changed_pipeline(deal);
    return true;
}

static enum ledger_err answer_stages(struct projection_answer *answer, const struct deals *deals,
                                     const char *only, struct ledger_error *error) {
    const struct pipeline **pipelines = pipelines_sorted(&deals->pipelines);
    if (!pipelines)
        return projection_no_memory(error);
    projection_answer_table(answer, "stages", "Stages", PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < deals->pipelines.ids.count; i++)
        for (size_t stage = 0; stage < pipelines[i]->count; stage++)
            if (!only || strcmp(pipelines[i]->id, only) == 0)
                answer_stage(answer, pipelines[i], stage);
    return LEDGER_E_OK;
}

static void answer_outcome(struct projection_answer *answer, const struct chain *chain) {
    uint64_t won = chain->by_status[DEAL_IS_WON];
    uint64_t lost = chain->by_status[DEAL_IS_LOST];
    projection_answer_table(answer, "deals", "What became of the deals",
                            PROJECTION_COLUMNS(outcome_columns));
    projection_answer_integer(answer, (int64_t)chain->number);
    projection_answer_integer(answer, (int64_t)chain->by_status[DEAL_IS_OPEN]);
    projection_answer_integer(answer, (int64_t)won);
    projection_answer_integer(answer, (int64_t)lost);
    projection_answer_ratio(answer, won, won + lost);
    projection_answer_integer(answer, (int64_t)chain->reopened);
    projection_answer_integer(answer, (int64_t)chain->reentered);
    projection_answer_integer(answer, (int64_t)chain->changed_pipeline);
}

static enum ledger_err answer_chain(struct projection_view *view, struct chain *chain,
                                    const struct projection_arguments *arguments,
                                    struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    enum ledger_err err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, chain);
    if (!err)
        err = answer_stages(answer, &deals, projection_argument(arguments, "pipeline"), error);
    if (err)
        return err;
    if (chain->opened)
        answer_outcome(answer, chain);
    if (chain->opened_unknown)
        projection_answer_note(
            answer, "%s opened at an unknown time, and %s in no period.",
            projection_count(answer, chain->opened_unknown, "deal was", "deals were"),
            chain->opened_unknown == 1 ? "is" : "are");
    deals_notes(&deals, answer, &chain->doubts);
    return LEDGER_E_OK;
}

enum ledger_err stages_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct chain chain = {.opened = NULL};
    return answer_chain(view, &chain, arguments, answer, error);
}

enum ledger_err cohort_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct projection_period period;
    struct chain chain = {.opened = &period};
    enum ledger_err err = projection_argument_period(arguments, &period, error);
    return err ? err : answer_chain(view, &chain, arguments, answer, error);
}
