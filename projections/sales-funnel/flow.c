// What moved in a period. In each stage: deals there at the start + entries - exits = deals there
// at the end.
#include <string.h>

#include "sums.h"

static const struct projection_column stage_columns[] = {
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Stage", PROJECTION_ID},
    {"stage_name", "Stage's name", PROJECTION_TEXT},
    {"at_start", "There at the start", PROJECTION_INTEGER},
    {"entries", "Entries", PROJECTION_INTEGER},
    {"reentries", "Of these again", PROJECTION_INTEGER},
    {"exits", "Exits", PROJECTION_INTEGER},
    {"at_end", "There at the end", PROJECTION_INTEGER},
};
static const struct projection_column deal_columns[] = {
    {"opened", "Opened", PROJECTION_INTEGER},   {"reopened", "Reopenings", PROJECTION_INTEGER},
    {"won", "Won", PROJECTION_INTEGER},         {"lost", "Lost", PROJECTION_INTEGER},
    {"win_rate", "Win rate", PROJECTION_RATIO},
};
static const struct projection_column value_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"won", "Won with an amount", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
    {"lost", "Lost with an amount", PROJECTION_INTEGER},
    {"lost_value", "Lost value", PROJECTION_MONEY},
    {"value_win_rate", "Value win rate", PROJECTION_RATIO},
};
static const struct projection_column pipeline_columns[] = {
    {"from", "From pipeline", PROJECTION_ID},
    {"to", "To pipeline", PROJECTION_ID},
    {"moves", "Moves", PROJECTION_INTEGER},
};

enum side { BEFORE, IN, AFTER };
enum { AT_START, ENTRIES, REENTRIES, EXITS, AT_END }; // counts by stage
enum { WON, LOST };                                   // counts and amounts by currency

struct flow {
    struct projection_period period;
    struct doubts doubts;
    struct sums stages; // by pipeline and stage
    struct sums values; // by currency
    struct sums pipelines;
    uint64_t opened, reopened, won, lost, unknown_moves, without_amount;
};

// Unknown times are in the open period only; in another, before it.
static enum side side_of(const struct projection_period *period,
                         const struct ledger_moment *moment) {
    if (projection_period_holds(period, moment))
        return IN;
    return moment->when == LEDGER_WHEN_UNKNOWN || moment->day < period->from ? BEFORE : AFTER;
}

static bool add_stay(struct flow *flow, const struct deals *deals,
                     const struct stage_entry *entry) {
    const struct pipeline *pipeline = &deals->pipelines.list[entry->pipeline];
    enum side entered = side_of(&flow->period, &entry->entered);
    enum side left = entry->is_left ? side_of(&flow->period, &entry->left) : AFTER;
    struct sum *sum = sums_of(&flow->stages, pipeline->id, pipeline->stages[entry->stage].id, NULL);
    if (!sum)
        return false;
    flow->unknown_moves += entry->entered.when == LEDGER_WHEN_UNKNOWN;
    sum->counts[AT_START] += entered == BEFORE && left != BEFORE;
    sum->counts[ENTRIES] += entered == IN;
    sum->counts[REENTRIES] += entered == IN && entry->again;
    sum->counts[EXITS] += left == IN;
    sum->counts[AT_END] += entered != AFTER && left == AFTER;
    return true;
}

static bool add_pipeline_move(struct flow *flow, const struct deals *deals,
                              const struct stage_entry *before, const struct stage_entry *entry) {
    if (before->pipeline == entry->pipeline || side_of(&flow->period, &entry->entered) != IN)
        return true;
    struct sum *sum = sums_of(&flow->pipelines, deals->pipelines.list[before->pipeline].id,
                              deals->pipelines.list[entry->pipeline].id, NULL);
    if (sum)
        sum->counts[0]++;
    return sum;
}

static bool add_stays(struct flow *flow, const struct deals *deals, const struct deal *deal) {
    const struct stage_entry *before = NULL;
    for (size_t i = 0; i < deal->entry_count; i++) {
        const struct stage_entry *entry = &deal->entries[i];
        if (entry->aside)
            continue;
        if (!add_stay(flow, deals, entry) ||
            (before && !add_pipeline_move(flow, deals, before, entry)))
            return false;
        before = entry;
    }
    return true;
}

static bool add_close(struct flow *flow, const struct deal *deal) {
    size_t how = deal->status == DEAL_IS_WON ? WON : LOST;
    flow->won += how == WON;
    flow->lost += how == LOST;
    flow->without_amount += !deal->has_amount;
    if (!deal->has_amount)
        return true;
    struct sum *sum = sums_of(&flow->values, NULL, NULL, deal->currency);
    if (!sum)
        return false;
    sum->counts[how]++;
    sum->amounts[how] += deal->minor;
    return true;
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct flow *flow = user;
    if (!doubts_add(&flow->doubts, deal))
        return true;
    if (deals->one_pipeline && deal->pipeline != deals->wanted_pipeline)
        return add_stays(flow, deals, deal); // it was there, and counts where it is now
    flow->opened += deal->was_opened && projection_period_holds(&flow->period, &deal->opened);
    for (size_t i = 0; i < deal->event_count; i++) {
        const struct deal_event *event = &deal->events[i];
        flow->reopened += event->fact.kind == DEAL_REOPENED &&
                          !(event->contradictions & 1u << REOPENED_OPEN) &&
                          projection_period_holds(&flow->period, &event->occurred);
    }
    return (!deal_closed_in(deal, &flow->period) || add_close(flow, deal)) &&
           add_stays(flow, deals, deal);
}

static bool answer_stages(struct projection_answer *answer, struct flow *flow,
                          const struct deals *deals, const char *only) {
    const struct pipeline **pipelines = pipelines_sorted(&deals->pipelines);
    projection_answer_table(answer, "stages", "Stages", PROJECTION_COLUMNS(stage_columns));
    for (size_t i = 0; pipelines && i < deals->pipelines.ids.count; i++) {
        const struct pipeline *pipeline = pipelines[i];
        for (size_t j = 0; j < pipeline->count; j++) {
            const struct stage *stage = &pipeline->stages[j];
            const struct sum *sum = sums_of(&flow->stages, pipeline->id, stage->id, NULL);
            if (!sum)
                return false;
            if (only && strcmp(pipeline->id, only) != 0)
                continue;
            projection_answer_text(answer, sum_text(pipeline->id));
            projection_answer_text(answer, stage->id);
            projection_answer_text(answer, stage->name);
            for (size_t count = AT_START; count <= AT_END; count++)
                projection_answer_integer(answer, (int64_t)sum->counts[count]);
        }
    }
    return pipelines;
}

static void answer_deals(struct projection_answer *answer, struct flow *flow) {
    projection_answer_table(answer, "deals", "Deals", PROJECTION_COLUMNS(deal_columns));
    projection_answer_integer(answer, (int64_t)flow->opened);
    projection_answer_integer(answer, (int64_t)flow->reopened);
    projection_answer_integer(answer, (int64_t)flow->won);
    projection_answer_integer(answer, (int64_t)flow->lost);
    projection_answer_ratio(answer, flow->won, flow->won + flow->lost);
    projection_answer_table(answer, "value", "Value of what was closed",
                            PROJECTION_COLUMNS(value_columns));
    sums_sort(&flow->values);
    for (size_t i = 0; i < flow->values.keys.count; i++) {
        const struct sum *sum = &flow->values.list[i];
        projection_answer_text(answer, sum->currency);
        for (size_t how = WON; how <= LOST; how++) {
            projection_answer_integer(answer, (int64_t)sum->counts[how]);
            projection_answer_money(answer, sum->amounts[how], sum->currency);
        }
        projection_answer_ratio(answer, sum->amounts[WON], sum->amounts[WON] + sum->amounts[LOST]);
    }
    projection_answer_table(answer, "pipeline_moves", "Moves to another pipeline",
                            PROJECTION_COLUMNS(pipeline_columns));
    sums_sort(&flow->pipelines);
    for (size_t i = 0; i < flow->pipelines.keys.count; i++) {
        const struct sum *sum = &flow->pipelines.list[i];
        projection_answer_text(answer, sum_text(sum->name));
        projection_answer_text(answer, sum_text(sum->second));
        projection_answer_integer(answer, (int64_t)sum->counts[0]);
    }
}

enum ledger_err flow_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct flow flow = {
        .stages = SUMS_IN(arena), .values = SUMS_IN(arena), .pipelines = SUMS_IN(arena)};
    enum ledger_err err = projection_argument_period(arguments, &flow.period, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (err)
        return err;
    deals.with_former = true;
    err = deals_each(&deals, add, &flow);
    if (err)
        return err;
    if (!answer_stages(answer, &flow, &deals, projection_argument(arguments, "pipeline")))
        return projection_no_memory(error);
    answer_deals(answer, &flow);
    if (flow.unknown_moves && !projection_period_is_open(&flow.period))
        projection_answer_note(answer, "%s at an unknown time: taken as before the period.",
                               projection_count(answer, flow.unknown_moves, "stage was entered",
                                                "stages were entered"));
    deals_note_value_win_rate(answer, flow.without_amount);
    deals_notes(&deals, answer, &flow.doubts);
    return LEDGER_E_OK;
}
