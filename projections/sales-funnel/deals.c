// The fold: a deal's facts, in order of (occurred, position), make a deal. Facts that contradict
// what came before are taken as they come and counted; the last word stands.
#include "deals.h"

#include <stdlib.h>
#include <string.h>

// ---- one fact
static bool enter(struct deals *deals, struct deal *deal, size_t stage) {
    if (!projection_grow(projection_view_arena(deals->view), &deal->entries, &deal->entry_capacity,
                         deal->entry_count, sizeof(struct stage_entry)))
        return false;
    deal->entries[deal->entry_count++] = (struct stage_entry){deal->pipeline, stage};
    return true;
}

static void set_amount(struct deal *deal, const struct deal_fact *fact) {
    deal->has_amount = fact->has_amount;
    deal->minor = fact->minor;
    deal->currency = fact->currency;
}

// A deal closed already stays closed on its first day, unless this fact says otherwise.
static void close_deal(struct deal *deal, enum deal_status status, const struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    bool again = deal->status == status;
    deal->contradictions[CLOSED_OTHERWISE] += !again && deal->status != DEAL_IS_OPEN;
    deal->status = status;
    if (fact->has_closed_on) {
        deal->has_closed_day = true;
        deal->closed_day = fact->closed_on;
    } else if (!again || !deal->has_closed_day) {
        deal->has_closed_day = event->occurred.when != LEDGER_WHEN_UNKNOWN;
        deal->closed_day = event->occurred.day;
    }
}

static enum deal_status status_of(enum stage_kind kind) {
    return kind == STAGE_WON ? DEAL_IS_WON : kind == STAGE_LOST ? DEAL_IS_LOST : DEAL_IS_OPEN;
}

static bool move(struct deals *deals, struct deal *deal, const struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    size_t stage;
    if (fact->pipeline && !pipelines_find(&deals->pipelines, fact->pipeline, &deal->pipeline))
        return false;
    if (!fact->stage)
        return true;
    if (!pipeline_stage(&deals->pipelines, deal->pipeline, fact->stage, &stage) ||
        !enter(deals, deal, stage))
        return false;
    enum deal_status status = status_of(deals->pipelines.list[deal->pipeline].stages[stage].kind);
    if (status != DEAL_IS_OPEN)
        close_deal(deal, status, event);
    else if (deal->status != DEAL_IS_OPEN)
        deal->contradictions[AFTER_CLOSE]++; // not reopened: it was there, but stays closed
    if (status == deal->status)
        deal->stage = stage;
    return true;
}

static bool open_deal(struct deals *deals, struct deal *deal, const struct deal_event *event) {
    const struct deal_fact *fact = &event->fact;
    if (deal->was_opened) {
        deal->contradictions[OPENED_TWICE]++;
        return true;
    }
    deal->was_opened = true;
    deal->opened = event->occurred;
    deal->owner = fact->owner;
    deal->products = fact->products;
    deal->product_count = fact->product_count;
    if (fact->has_amount)
        set_amount(deal, fact);
    return move(deals, deal, event);
}

// Won and lost by a fact of their own also enter the pipeline's stage for it, if it has one.
static bool close_by_fact(struct deals *deals, struct deal *deal, const struct deal_event *event,
                          enum deal_status status, enum stage_kind kind) {
    const struct pipeline *pipeline = &deals->pipelines.list[deal->pipeline];
    bool there = deal->status == status && deal->stage < pipeline->count &&
                 pipeline->stages[deal->stage].kind == kind;
    close_deal(deal, status, event);
    if (event->fact.has_amount)
        set_amount(deal, &event->fact);
    size_t stage = pipeline_stage_of_kind(pipeline, kind);
    if (there || stage == SIZE_MAX)
        return true;
    deal->stage = stage;
    return enter(deals, deal, stage);
}

static bool reopen(struct deals *deals, struct deal *deal, const struct deal_event *event) {
    deal->contradictions[REOPENED_OPEN] += deal->status == DEAL_IS_OPEN;
    deal->status = DEAL_IS_OPEN;
    deal->has_closed_day = false;
    return move(deals, deal, event);
}

static bool fold(struct deals *deals, struct deal *deal, const struct deal_event *event) {
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
    bool left_known = left->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool right_known = right->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (left_known != right_known)
        return left_known ? 1 : -1;
    if (left_known && left->occurred.micros != right->occurred.micros)
        return left->occurred.micros < right->occurred.micros ? -1 : 1;
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

static bool fold_deal(struct deals *deals, struct deal *deal) {
    bool happened = !projection_view_occurred(deals->view);
    if (deal->event_count)
        qsort(deal->events, deal->event_count, sizeof(struct deal_event), by_time);
    if (!pipelines_find(&deals->pipelines, first_pipeline(deal), &deal->pipeline))
        return false;
    for (size_t i = 0; i < deal->event_count; i++) {
        const struct deal_event *event = &deal->events[i];
        happened |= event->occurred.when != LEDGER_WHEN_UNKNOWN;
        if (counts(deals, event) && !fold(deals, deal, event))
            return false;
    }
    deal->contradictions[NEVER_OPENED] += !deal->was_opened;
    deal->left_out = !happened;
    return true;
}

static bool add_event(struct deals *deals, struct deal *deal) {
    struct ledger_arena *arena = projection_view_arena(deals->view);
    if (!projection_grow(arena, &deal->events, &deal->event_capacity, deal->event_count,
                         sizeof(struct deal_event)))
        return false;
    struct deal_event *event = &deal->events[deal->event_count++];
    event->position = deals->row.position;
    event->occurred = deals->row.occurred;
    return deal_fact_read(deals->row.value, arena, &event->fact);
}

static void clear(struct deal *deal) {
    struct deal empty = {.events = deal->events,
                         .event_capacity = deal->event_capacity,
                         .entries = deal->entries,
                         .entry_capacity = deal->entry_capacity,
                         .stage = SIZE_MAX,
                         .opened = ledger_moment_unknown()};
    *deal = empty;
}

static enum ledger_err read_deal(struct deals *deals) {
    struct deal *deal = &deals->current;
    clear(deal);
    while (deals->more) {
        struct ledger_span key = deals->row.key;
        struct ledger_span id;
        if (projection_key_read_text(&key, &id)) {
            if (deal->id && strcmp(deal->id, (const char *)id.data) != 0)
                break;
            deal->id = (const char *)id.data;
            if (!add_event(deals, deal))
                return projection_no_memory(deals->error);
        }
        deals->more = projection_next(deals->cursor, &deals->row);
    }
    if (!deals->more)
        projection_scan_end(deals->cursor);
    return !deal->id || fold_deal(deals, deal) ? LEDGER_E_OK : projection_no_memory(deals->error);
}

enum ledger_err deals_next(struct deals *deals, const struct deal **deal) {
    *deal = NULL;
    do {
        enum ledger_err err = read_deal(deals);
        if (err || !deals->current.id)
            return err;
    } while (deals->one_pipeline && deals->current.pipeline != deals->wanted_pipeline);
    deals->any = true;
    *deal = &deals->current;
    return LEDGER_E_OK;
}

enum ledger_err deals_begin(struct deals *deals, struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct ledger_error *error) {
    *deals = (struct deals){.view = view, .error = error};
    const char *id = projection_argument(arguments, "deal");
    const char *pipeline = projection_argument(arguments, "pipeline");
    struct projection_key prefix = {0};
    enum ledger_err err = pipelines_read(&deals->pipelines, view, error);
    if (err)
        return err;
    deals->one_pipeline = pipeline != NULL;
    if (pipeline && !pipelines_find(&deals->pipelines, pipeline, &deals->wanted_pipeline))
        return projection_no_memory(error);
    if (id)
        projection_key_text(&prefix, id);
    deals->cursor = projection_scan(view, DEAL_FACTS, &prefix, true);
    deals->more = projection_next(deals->cursor, &deals->row);
    return LEDGER_E_OK;
}

// ---- what questions ask of a deal
bool deal_cycle_days(const struct deal *deal, int64_t *days) {
    if (!deal->has_closed_day || deal->opened.when == LEDGER_WHEN_UNKNOWN)
        return false;
    *days = (int64_t)deal->closed_day - deal->opened.day;
    return true;
}

const struct stage *deal_stage(const struct deals *deals, const struct deal *deal) {
    const struct pipeline *pipeline = &deals->pipelines.list[deal->pipeline];
    return deal->stage < pipeline->count ? &pipeline->stages[deal->stage] : NULL;
}

const char *deal_client(const struct deals *deals, const struct deal *deal) {
    return projection_view_client(deals->view, deal->client);
}

uint64_t deal_contradictions(const struct deal *deal) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        sum += deal->contradictions[i];
    return sum;
}

// ---- doubts
bool doubts_add(struct doubts *doubts, const struct deal *deal) {
    bool unknown_time = deal->opened.when == LEDGER_WHEN_UNKNOWN;
    doubts->left_out += deal->left_out;
    if (deal->left_out)
        return false;
    doubts->open_unknown_time += unknown_time && deal->status == DEAL_IS_OPEN;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        doubts->contradictions[i] += deal->contradictions[i];
    return true;
}

void deals_note_unknown_time(struct projection_answer *answer, const struct doubts *doubts) {
    if (doubts->open_unknown_time || doubts->left_out)
        projection_answer_note(answer, "A deal is opened at an unknown time if no fact says when "
                                       "it was, be it that its opening has no time or that only "
                                       "later facts are known of it.");
}

static void note_left_out(struct projection_answer *answer, const struct doubts *doubts) {
    if (doubts->left_out)
        projection_answer_note(
            answer,
            "%s opened at an unknown time and not known to have been there by "
            "then: in no other figure.",
            projection_count(answer, doubts->left_out, "deal was", "deals were"));
}

static void note_contradictions(struct projection_answer *answer, const struct doubts *doubts) {
    static const struct {
        const char *one, *many;
    } texts[CONTRADICTIONS] = {
        [OPENED_TWICE] = {"fact contradicts what came before: it opens a deal a second time",
                          "facts contradict what came before: they open a deal a second time"},
        [NEVER_OPENED] = {"deal has facts and no opening", "deals have facts and no opening"},
        [AFTER_CLOSE] = {"fact contradicts what came before: it moves a deal that was closed",
                         "facts contradict what came before: they move a deal that was closed"},
        [CLOSED_OTHERWISE] = {"fact contradicts what came before: it wins a lost deal, or loses a "
                              "won one",
                              "facts contradict what came before: they win a lost deal, or lose a "
                              "won one"},
        [REOPENED_OPEN] = {"fact contradicts what came before: it reopens a deal that was open",
                           "facts contradict what came before: they reopen a deal that was open"},
    };
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        if (doubts->contradictions[i])
            projection_answer_note(
                answer, "%s.",
                projection_count(answer, doubts->contradictions[i], texts[i].one, texts[i].many));
}

void deals_notes(const struct deals *deals, struct projection_answer *answer,
                 const struct doubts *doubts) {
    static const uint8_t table = PIPELINES;
    if (deals->one_pipeline && !deals->any) {
        const char *id = deals->pipelines.ids.texts[deals->wanted_pipeline];
        if (!projection_knows(deals->view, &table, 1, id))
            projection_answer_nothing_known(answer, "pipeline", id);
    }
    if (!doubts)
        return;
    note_left_out(answer, doubts);
    note_contradictions(answer, doubts);
}
