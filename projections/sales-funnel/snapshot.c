// Where the deals stand: how many, and of what value, by stage.
#include <stdlib.h>
#include <string.h>

#include "tally.h"

static const struct projection_column count_columns[] = {
    TALLY_COLUMNS,
    {"deals", "Deals", PROJECTION_INTEGER},
};
static const struct projection_column value_columns[] = {
    TALLY_COLUMNS,
    {"deals", "Deals with an amount", PROJECTION_INTEGER},
    {"value", "Value", PROJECTION_MONEY},
};
static const struct projection_column unknown_columns[] = {
    {"open_unknown_time", "Open deals opened at an unknown time", PROJECTION_INTEGER},
    {"deals", "Deals opened at an unknown time, not counted above", PROJECTION_INTEGER},
};

// ---- counting by where deals stand
bool tally_add(struct tally *tally, const struct deal *deal, const char *currency, int64_t minor) {
    for (size_t i = 0; i < tally->count; i++) {
        struct tally_line *line = &tally->lines[i];
        if (line->pipeline == deal->pipeline && line->stage == deal->stage &&
            line->status == deal->status && strcmp(line->currency, currency) == 0) {
            line->deals++;
            line->minor += minor;
            return true;
        }
    }
    if (!projection_grow(tally->arena, &tally->lines, &tally->capacity, tally->count,
                         sizeof(struct tally_line)))
        return false;
    tally->lines[tally->count++] = (struct tally_line){.pipeline = deal->pipeline,
                                                       .stage = deal->stage,
                                                       .status = deal->status,
                                                       .currency = currency,
                                                       .deals = 1,
                                                       .minor = minor};
    return true;
}

static int compare(const void *a, const void *b, void *context) {
    const struct tally_line *left = a;
    const struct tally_line *right = b;
    const struct deals *deals = context;
    if (left->pipeline != right->pipeline)
        return strcmp(deals->pipelines.list[left->pipeline].id,
                      deals->pipelines.list[right->pipeline].id);
    if (left->stage != right->stage)
        return left->stage < right->stage ? -1 : 1;
    if (left->status != right->status)
        return left->status < right->status ? -1 : 1;
    return strcmp(left->currency, right->currency);
}

void tally_sort(struct tally *tally, const struct deals *deals) {
    if (tally->count)
        qsort_r(tally->lines, tally->count, sizeof(struct tally_line), compare,
                (void *)(uintptr_t)deals);
}

const char *deal_status_text(enum deal_status status) {
    return status == DEAL_IS_WON ? "won" : status == DEAL_IS_LOST ? "lost" : "open";
}

void tally_answer(struct projection_answer *answer, const struct deals *deals,
                  const struct tally_line *line) {
    const struct pipeline *pipeline = &deals->pipelines.list[line->pipeline];
    const struct stage *stage =
        line->stage < pipeline->count ? &pipeline->stages[line->stage] : NULL;
    projection_answer_text(answer, *pipeline->id ? pipeline->id : NULL);
    projection_answer_text(answer, stage ? stage->id : NULL);
    projection_answer_text(answer, stage ? stage->name : NULL);
    projection_answer_text(answer, deal_status_text(line->status));
}

// ---- the answer
static void answer_lines(struct projection_answer *answer, const struct deals *deals,
                         const struct tally *tally, bool values) {
    for (size_t i = 0; i < tally->count; i++) {
        const struct tally_line *line = &tally->lines[i];
        tally_answer(answer, deals, line);
        projection_answer_integer(answer, (int64_t)line->deals);
        if (values)
            projection_answer_money(answer, line->minor, line->currency);
    }
}

enum ledger_err snapshot_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct tally counts = {.arena = arena};
    struct tally values = {.arena = arena};
    struct doubts doubts = {0};
    const struct deal *deal = NULL;
    enum ledger_err err = deals_begin(&deals, view, arguments, error);
    while (!err) {
        err = deals_next(&deals, &deal);
        if (err || !deal)
            break;
        if (!doubts_add(&doubts, deal))
            continue;
        if (!tally_add(&counts, deal, "", 0) ||
            (deal->has_amount && !tally_add(&values, deal, deal->currency, deal->minor)))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    tally_sort(&counts, &deals);
    tally_sort(&values, &deals);
    projection_answer_table(answer, "stages", "Deals by stage", PROJECTION_COLUMNS(count_columns));
    answer_lines(answer, &deals, &counts, false);
    projection_answer_table(answer, "values", "Value by stage", PROJECTION_COLUMNS(value_columns));
    answer_lines(answer, &deals, &values, true);
    projection_answer_table(answer, "unknown_time", "Opened at an unknown time",
                            PROJECTION_COLUMNS(unknown_columns));
    projection_answer_integer(answer, (int64_t)doubts.open_unknown_time);
    projection_answer_integer(answer, (int64_t)doubts.left_out);
    deals_note_unknown_time(answer, &doubts);
    deals_notes(&deals, answer, &doubts);
    return LEDGER_E_OK;
}
