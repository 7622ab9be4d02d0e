#include "deals.h"

#include <stdlib.h>

struct deal_event {
    struct projection_statement at;
    struct deal_row row;
};

enum ledger_err deals_of_client(struct projection_histories *histories,
                                struct projection_view *view, const char *client,
                                struct ledger_error *error) {
    const char *const *ids;
    size_t count = projection_view_client_ids(view, client, &ids);
    return projection_histories_under(histories, view, DEAL_FACTS, true, CLIENT_DEALS, ids, count,
                                      error);
}

// By time and position; whatever its time, the opening comes first: it says what the deal is.
static int by_time(const void *a, const void *b) {
    const struct deal_event *left = a;
    const struct deal_event *right = b;
    bool left_opens = left->row.kind == DEAL_OPENED;
    if (left_opens != (right->row.kind == DEAL_OPENED))
        return left_opens ? -1 : 1;
    return projection_statement_order(&left->at, &right->at);
}

// By the definition of the pipeline that stands. A stage that is not defined is open.
static bool is_closing(struct projection_view *view, const char *pipeline, const char *stage) {
    struct projection_key key = {0};
    struct projection_row row;
    if (!stage)
        return false;
    projection_key_text(&key, pipeline);
    projection_key_text(&key, stage);
    if (!projection_standing(view, PIPELINES, &key, &row))
        return false;
    struct projection_reader reader = {row.value};
    return projection_read_number(&reader) == STAGE_CLOSED;
}

// A closed deal that is moved to an open stage stays closed: only a reopening opens it again.
static void take(struct projection_view *view, struct deal *deal, const char **pipeline,
                 const struct deal_row *row) {
    if (row->client)
        deal->client = projection_view_client(view, row->client);
    if (row->pipeline)
        *pipeline = row->pipeline;
    switch ((enum deal_fact_kind)row->kind) {
    case DEAL_OPENED:
    case DEAL_AGAIN:
        deal->open = true;
        break;
    case DEAL_ENDED:
        deal->open = false;
        break;
    case DEAL_OWNER:
        deal->owner = row->owner;
        break;
    case DEAL_AMOUNT:
        deal->currency = row->currency;
        deal->minor = row->minor;
        break;
    case DEAL_MOVED:
        break;
    }
    if (is_closing(view, *pipeline, row->stage))
        deal->open = false;
}

static void open(struct deal *deal, const struct deal_event *event) {
    deal->opened = event->at.occurred;
    deal->owner = event->row.owner;
    deal->currency = event->row.currency;
    deal->minor = event->row.minor;
}

// A deal of which no opening is known is open until a fact ends it. As of a time, what is not known
// to have happened by then is passed over.
static void fold(struct projection_view *view, struct deal *deal, const struct deal_event *events,
                 size_t count) {
    bool as_of = projection_view_occurred(view) != NULL;
    bool opened = false;
    const char *pipeline = NULL;
    deal->open = true;
    for (size_t i = 0; i < count; i++) {
        const struct deal_event *event = &events[i];
        if (as_of && event->at.occurred.when == LEDGER_WHEN_UNKNOWN) {
            deal->open &= event->row.kind != DEAL_OPENED;
            continue;
        }
        if (event->row.kind == DEAL_OPENED && opened)
            continue; // opened twice: the first stands
        if (event->row.kind == DEAL_OPENED)
            open(deal, event);
        opened |= event->row.kind == DEAL_OPENED;
        take(view, deal, &pipeline, &event->row);
    }
}

enum ledger_err deals_next(struct projection_histories *histories, struct deal *deal, bool *found,
                           struct ledger_error *error) {
    struct projection_view *view = histories->view;
    const struct projection_history *history;
    enum ledger_err err = projection_histories_next(histories, &history, error);
    *found = history != NULL;
    if (err || !history)
        return err;
    struct deal_event *events =
        ledger_arena_alloc(projection_view_arena(view), history->count * sizeof *events);
    if (!events)
        return projection_no_memory(error);
    for (size_t i = 0; i < history->count; i++) {
        events[i].at = history->list[i];
        trade_row_read(DEAL_ROW, history->list[i].value, &events[i].row);
    }
    qsort(events, history->count, sizeof *events, by_time);
    *deal = (struct deal){.id = history->id, .opened = ledger_moment_unknown()};
    fold(view, deal, events, history->count);
    return LEDGER_E_OK;
}
