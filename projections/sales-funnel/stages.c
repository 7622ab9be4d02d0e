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
};

static void count(struct deals *deals, const struct deal *deal, size_t number) {
    for (size_t i = 0; i < deal->entry_count; i++) {
        const struct stage_entry *entry = &deal->entries[i];
        struct pipeline *pipeline = &deals->pipelines.list[entry->pipeline];
        struct stage *stage = &pipeline->stages[entry->stage];
        stage->entered += stage->last_deal != number;
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
        return;
    }
    const struct stage *next = next_open(pipeline, number);
    projection_answer_integer(answer, (int64_t)stage->passed);
    projection_answer_integer(answer, (int64_t)(stage->passed - stage->entered));
    projection_answer_ratio(answer, next ? next->passed : 0, next ? stage->passed : 0);
}

static int by_id(const void *a, const void *b) {
    const struct pipeline *left = a;
    const struct pipeline *right = b;
    return strcmp(left->id, right->id);
}

enum ledger_err stages_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    struct doubts doubts = {0};
    const char *only = projection_argument(arguments, "pipeline");
    const struct deal *deal = NULL;
    enum ledger_err err = deals_begin(&deals, view, arguments, error);
    for (size_t number = 1; !err; number++) {
        err = deals_next(&deals, &deal);
        if (err || !deal)
            break;
        if (!doubts_add(&doubts, deal))
            continue;
        count(&deals, deal, number);
        pass(&deals, deal);
    }
    if (err)
        return err;
    struct pipelines *pipelines = &deals.pipelines;
    if (pipelines->ids.count)
        qsort(pipelines->list, pipelines->ids.count, sizeof(struct pipeline), by_id);
    projection_answer_table(answer, "stages", "Stages", PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < pipelines->ids.count; i++)
        for (size_t stage = 0; stage < pipelines->list[i].count; stage++)
            if (!only || strcmp(pipelines->list[i].id, only) == 0)
                answer_stage(answer, &pipelines->list[i], stage);
    deals_notes(&deals, answer, &doubts);
    return LEDGER_E_OK;
}
