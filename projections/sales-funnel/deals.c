// Deals, one after the other, from the rows of their facts.
#include "deals.h"

#include <string.h>

static bool add_event(struct deals *deals, struct deal *deal) {
    struct ledger_arena *arena = projection_view_arena(deals->view);
    if (!projection_grow(arena, &deal->events, &deal->event_capacity, deal->event_count,
                         sizeof(struct deal_event)))
        return false;
    struct deal_event *event = &deal->events[deal->event_count++];
    event->position = deals->row.position;
    event->occurred = deals->row.occurred;
    event->contradictions = 0;
    event->counted = false;
    event->from = NULL;
    return deal_fact_read(deals->row.value, arena, &event->fact);
}

static void clear(struct deal *deal) {
    struct deal empty = {.events = deal->events,
                         .event_capacity = deal->event_capacity,
                         .entries = deal->entries,
                         .entry_capacity = deal->entry_capacity,
                         .stage = SIZE_MAX,
                         .standing = SIZE_MAX,
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
    return !deal->id || deal_fold(deals, deal) ? LEDGER_E_OK : projection_no_memory(deals->error);
}

static bool is_wanted(const struct deals *deals, const struct deal *deal) {
    bool wanted = !deals->one_pipeline || deal->pipeline == deals->wanted_pipeline;
    for (size_t i = 0; i < deal->entry_count && !wanted && deals->with_former; i++)
        wanted = deal->entries[i].pipeline == deals->wanted_pipeline;
    return wanted;
}

enum ledger_err deals_next(struct deals *deals, const struct deal **deal) {
    *deal = NULL;
    do {
        enum ledger_err err = read_deal(deals);
        if (err || !deals->current.id)
            return err;
    } while (!is_wanted(deals, &deals->current));
    deals->any = true;
    *deal = &deals->current;
    return LEDGER_E_OK;
}

enum ledger_err deals_each(struct deals *deals,
                           bool (*visit)(void *user, struct deals *deals, const struct deal *deal),
                           void *user) {
    const struct deal *deal = NULL;
    enum ledger_err err = deals_next(deals, &deal);
    while (!err && deal) {
        if (!visit(user, deals, deal))
            return projection_no_memory(deals->error);
        err = deals_next(deals, &deal);
    }
    return err;
}

enum ledger_err deals_begin(struct deals *deals, struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct ledger_error *error) {
    *deals =
        (struct deals){.view = view,
                       .error = error,
                       .pipelines = {.view = view, .ids = {.arena = projection_view_arena(view)}}};
    const char *id = projection_argument(arguments, "deal");
    const char *pipeline = projection_argument(arguments, "pipeline");
    struct projection_key prefix = {0};
    enum ledger_err err = id ? LEDGER_E_OK : pipelines_read(&deals->pipelines, error);
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
    return *days >= 0;
}

bool stage_entry_days(const struct stage_entry *entry, int64_t *days) {
    if (!entry->is_left || entry->entered.when == LEDGER_WHEN_UNKNOWN ||
        entry->left.when == LEDGER_WHEN_UNKNOWN)
        return false;
    *days = (int64_t)entry->left.day - entry->entered.day;
    return true;
}

bool deal_closed_in(const struct deal *deal, const struct projection_period *period) {
    if (deal->status == DEAL_IS_OPEN)
        return false;
    struct ledger_moment day =
        deal->has_closed_day ? ledger_moment_date(deal->closed_day) : ledger_moment_unknown();
    return projection_period_holds(period, &day);
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
