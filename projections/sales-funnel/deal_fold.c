// The fold: a deal's facts, in order of (occurred, position), make a deal. Facts that contradict
// what came before are taken as they come and counted; the last word stands.
#include <stdlib.h>
#include <string.h>

#include "deals.h"
#include "runtime/order.h"

// ---- one fact
static void contradict(struct deal *deal, struct deal_event *event, enum contradiction how) {
    deal->contradictions[how]++;
    event->contradictions |= 1u << how;
}

// A stay cannot end before it began, whatever day the fact says.
static void leave(struct deal *deal, const struct ledger_moment *when) {
    if (deal->standing == SIZE_MAX)
        return;
    struct stage_entry *entry = &deal->entries[deal->standing];
    entry->is_left = true;
    entry->left = entry->entered.when != LEDGER_WHEN_UNKNOWN && when->day < entry->entered.day
                      ? entry->entered
                      : *when;
    deal->standing = SIZE_MAX;
}

static bool was_in(const struct deal *deal, size_t stage) {
    for (size_t i = 0; i < deal->entry_count; i++)
        if (!deal->entries[i].aside && deal->entries[i].pipeline == deal->pipeline &&
            deal->entries[i].stage == stage)
            return true;
    return false;
}

static bool enter(struct deals *deals, struct deal *deal, size_t stage,
                  const struct ledger_moment *when, bool aside) {
    if (deal->standing != SIZE_MAX && deal->entries[deal->standing].pipeline == deal->pipeline &&
        deal->entries[deal->standing].stage == stage)
        return true;
    if (!projection_grow(projection_view_arena(deals->view), &deal->entries, &deal->entry_capacity,
                         deal->entry_count, sizeof(struct stage_entry)))
        return false;
    bool again = was_in(deal, stage);
    if (!aside) {
        leave(deal, when);
        deal->standing = deal->entry_count;
    }
    deal->entries[deal->entry_count++] = (struct stage_entry){.pipeline = deal->pipeline,
                                                              .stage = stage,
                                                              .entered = *when,
                                                              .again = again,
                                                              .aside = aside};
    return true;
}

static void set_amount(struct deal *deal, const struct deal_fact *fact) {
    deal->has_amount = fact->has_amount;
    deal->minor = fact->minor;
    deal->currency = fact->currency;
}

static void set_close_date(struct deal *deal, const struct deal_fact *fact) {
    bool had = deal->has_close_date || fact->has_old_close_date;
    int32_t old = deal->has_close_date ? deal->close_date : fact->old_close_date;
    if (had && fact->has_close_date && fact->close_date != old) {
        deal->close_date_moves++;
        deal->close_date_days += (int64_t)fact->close_date - old;
    }
    deal->has_close_date = fact->has_close_date;
    deal->close_date = fact->close_date;
}

static void set_probability(struct deal *deal, const struct deal_fact *fact) {
    deal->has_probability = fact->has_probability;
    deal->probability_bp = fact->probability_bp;
}

// When a close is: on the day that the fact says, if it says another than its own.
static struct ledger_moment closing(const struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    bool own =
        event->occurred.when != LEDGER_WHEN_UNKNOWN && event->occurred.day == fact->closed_on;
    return fact->has_closed_on && !own ? ledger_moment_date(fact->closed_on) : event->occurred;
}

// A deal closed already stays closed on its first day, unless this fact says otherwise.
static void close_deal(struct deal *deal, enum deal_status status, struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    bool again = deal->status == status;
    if (!again && deal->status != DEAL_IS_OPEN)
        contradict(deal, event, CLOSED_OTHERWISE);
    if (!again || fact->reason)
        deal->reason = fact->reason;
    if (!again || fact->competitor)
        deal->competitor = fact->competitor;
    deal->status = status;
    if (fact->has_closed_on || !again || !deal->has_closed_day) {
        struct ledger_moment when = closing(event);
        deal->has_closed_day = when.when != LEDGER_WHEN_UNKNOWN;
        deal->closed_day = when.day;
    }
}

static enum deal_status status_of(enum stage_kind kind) {
    return kind == STAGE_WON ? DEAL_IS_WON : kind == STAGE_LOST ? DEAL_IS_LOST : DEAL_IS_OPEN;
}

// What the stage meant when the fact happened.
static enum deal_status meaning(const struct pipeline *pipeline, const struct stage *stage,
                                const struct deal_event *event) {
    const struct stage_definition *then =
        definition_stage(pipeline_definition(pipeline, &event->occurred), stage->id);
    return status_of(then ? then->kind : stage->kind);
}

// Of a fact whose time is unknown nothing can be said.
static void judge_move(const struct deals *deals, struct deal *deal, struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    const struct pipeline *pipeline = &deals->pipelines.list[deal->pipeline];
    const struct stage *standing = deal_stage(deals, deal);
    event->from = standing ? standing->id : NULL;
    if (fact->kind != DEAL_STAGE_CHANGED || event->occurred.when == LEDGER_WHEN_UNKNOWN)
        return;
    if ((fact->from_stage && standing && strcmp(fact->from_stage, standing->id) != 0) ||
        (fact->from_pipeline && strcmp(fact->from_pipeline, pipeline->id) != 0))
        contradict(deal, event, LEFT_ANOTHER_STAGE);
    const char *from = fact->from_stage ? fact->from_stage : standing ? standing->id : NULL;
    bool elsewhere = fact->pipeline && strcmp(fact->pipeline, pipeline->id) != 0;
    const struct definition *definition = pipeline_definition(pipeline, &event->occurred);
    if (!elsewhere && definition && from && fact->stage && strcmp(from, fact->stage) != 0 &&
        !definition_allows(definition, from, fact->stage))
        contradict(deal, event, MOVE_NOT_ALLOWED);
}

static bool change_pipeline(struct deals *deals, struct deal *deal,
                            const struct deal_event *event) {
    size_t before = deal->pipeline;
    if (!event->fact.pipeline)
        return true;
    if (!pipelines_find(&deals->pipelines, event->fact.pipeline, &deal->pipeline))
        return false;
    if (deal->pipeline != before)
        deal->stage = SIZE_MAX; // it is of the other pipeline
    if (deal->pipeline != before && !event->fact.stage && deal->status == DEAL_IS_OPEN)
        leave(deal, &event->occurred);
    return true;
}

// A closed deal that is moved without being reopened was there, but stays closed where it is.
static void stay_closed(struct deal *deal, struct deal_event *event, size_t pipeline,
                        size_t stage) {
    contradict(deal, event, AFTER_CLOSE);
    deal->pipeline = pipeline;
    deal->stage = stage;
}

static bool move(struct deals *deals, struct deal *deal, struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    const size_t pipeline_before = deal->pipeline;
    const size_t stage_before = deal->stage;
    bool closed = deal->status != DEAL_IS_OPEN;
    size_t stage;
    judge_move(deals, deal, event);
    if (!change_pipeline(deals, deal, event))
        return false;
    if (!fact->stage) {
        if (closed && deal->pipeline != pipeline_before)
            stay_closed(deal, event, pipeline_before, stage_before);
        return true;
    }
    if (!pipeline_stage(&deals->pipelines, deal->pipeline, fact->stage, &stage))
        return false;
    const struct pipeline *pipeline = &deals->pipelines.list[deal->pipeline];
    enum deal_status status = meaning(pipeline, &pipeline->stages[stage], event);
    bool aside = closed && status == DEAL_IS_OPEN;
    if (!enter(deals, deal, stage, &event->occurred, aside))
        return false;
    if (status != DEAL_IS_OPEN)
        close_deal(deal, status, event);
    if (aside)
        stay_closed(deal, event, pipeline_before, stage_before);
    else
        deal->stage = stage;
    return true;
}

static bool open_deal(struct deals *deals, struct deal *deal, struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    if (deal->was_opened) {
        contradict(deal, event, OPENED_TWICE);
        return true;
    }
    deal->was_opened = true;
    deal->opened = event->occurred;
    deal->owner = fact->owner;
    deal->source = fact->source;
    deal->enquiry = fact->enquiry;
    deal->products = fact->products;
    deal->product_count = fact->product_count;
    if (fact->has_amount)
        set_amount(deal, fact);
    if (fact->has_close_date)
        set_close_date(deal, fact);
    if (fact->has_probability)
        set_probability(deal, fact);
    return move(deals, deal, event);
}

// Won and lost by a fact of their own also enter the pipeline's stage for it, if it has one.
static bool close_by_fact(struct deals *deals, struct deal *deal, struct deal_event *event,
                          enum deal_status status, enum stage_kind kind) {
    const struct pipeline *pipeline = &deals->pipelines.list[deal->pipeline];
    bool there = deal->status == status; // by the move to a stage that means it
    struct ledger_moment when = closing(event);
    close_deal(deal, status, event);
    if (event->fact.has_amount)
        set_amount(deal, &event->fact);
    if (there)
        return true;
    size_t stage = pipeline_stage_of_kind(pipeline, kind);
    if (stage == SIZE_MAX) {
        leave(deal, &when);
        return true;
    }
    deal->stage = stage;
    return enter(deals, deal, stage, &when, false);
}

// Without a stage to go to, the deal goes back to the open stage that it stood in last.
static bool reopen(struct deals *deals, struct deal *deal, struct deal_event *event) {
    if (deal->status == DEAL_IS_OPEN)
        contradict(deal, event, REOPENED_OPEN);
    else
        deal->reopened++;
    deal->status = DEAL_IS_OPEN;
    deal->has_closed_day = false;
    deal->reason = NULL;
    deal->competitor = NULL;
    if (event->fact.stage)
        return move(deals, deal, event);
    const struct pipeline *pipeline = &deals->pipelines.list[deal->pipeline];
    for (size_t i = deal->entry_count; i > 0; i--) {
        const struct stage_entry *entry = &deal->entries[i - 1];
        if (entry->aside || entry->pipeline != deal->pipeline ||
            meaning(pipeline, &pipeline->stages[entry->stage], event) != DEAL_IS_OPEN)
            continue;
        deal->stage = entry->stage;
        return enter(deals, deal, entry->stage, &event->occurred, false);
    }
    deal->stage = SIZE_MAX;
    leave(deal, &event->occurred);
    return true;
}

static bool fold(struct deals *deals, struct deal *deal, struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    if (fact->client)
        deal->client = fact->client;
    if (!deal->territory)
        deal->territory = fact->territory;
    switch (fact->kind) {
    case DEAL_OPENED:
        return open_deal(deals, deal, event);
    case DEAL_STAGE_CHANGED:
        return move(deals, deal, event);
    case DEAL_AMOUNT_CHANGED:
        set_amount(deal, fact);
        return true;
    case DEAL_PRODUCTS_CHANGED:
        deal->products = fact->products;
        deal->product_count = fact->product_count;
        return true;
    case DEAL_CLOSE_DATE_CHANGED:
        set_close_date(deal, fact);
        return true;
    case DEAL_PROBABILITY_CHANGED:
        set_probability(deal, fact);
        return true;
    case DEAL_REASSIGNED:
        deal->owner = fact->owner;
        return true;
    case DEAL_WON:
        return close_by_fact(deals, deal, event, DEAL_IS_WON, STAGE_WON);
    case DEAL_LOST:
        return close_by_fact(deals, deal, event, DEAL_IS_LOST, STAGE_LOST);
    case DEAL_REOPENED:
        return reopen(deals, deal, event);
    case DEAL_TERMS_CHANGED:
        return true;
    }
    return true;
}

// ---- one deal
// At one time the opening comes first, wherever it stands in the ledger: nothing can have happened
// to a deal before it.
static int by_time(const void *a, const void *b) {
    const struct deal_event *left = a;
    const struct deal_event *right = b;
    int order = projection_moment_order(&left->occurred, &right->occurred);
    if (order)
        return order;
    bool left_opens = left->fact.kind == DEAL_OPENED;
    if (left_opens != (right->fact.kind == DEAL_OPENED))
        return left_opens ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

// As of an occurred time, only the opening may have an unknown one: it says what the deal is.
static bool counts(const struct deals *deals, const struct deal_event *event) {
    return !projection_view_occurred(deals->view) || event->fact.kind == DEAL_OPENED ||
           event->occurred.when != LEDGER_WHEN_UNKNOWN;
}

// Stages that come before the opening are those of the pipeline that it names.
static const char *first_pipeline(const struct deal *deal) {
    for (size_t i = 0; i < deal->event_count; i++)
        if (deal->events[i].fact.kind == DEAL_OPENED)
            return deal->events[i].fact.pipeline;
    return NULL;
}

bool deal_fold(struct deals *deals, struct deal *deal) {
    bool happened = !projection_view_occurred(deals->view);
    if (deal->event_count)
        qsort(deal->events, deal->event_count, sizeof(struct deal_event), by_time);
    if (!pipelines_find(&deals->pipelines, first_pipeline(deal), &deal->pipeline))
        return false;
    for (size_t i = 0; i < deal->event_count; i++) {
        struct deal_event *event = &deal->events[i];
        happened |= event->occurred.when != LEDGER_WHEN_UNKNOWN;
        event->counted = counts(deals, event);
        if (event->counted && !fold(deals, deal, event))
            return false;
    }
    deal->contradictions[NEVER_OPENED] += !deal->was_opened;
    deal->contradictions[CLOSED_BEFORE_OPENED] += deal->has_closed_day &&
                                                  deal->opened.when != LEDGER_WHEN_UNKNOWN &&
                                                  deal->closed_day < deal->opened.day;
    deal->left_out = !happened;
    return true;
}
