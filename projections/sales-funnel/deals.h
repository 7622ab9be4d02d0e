// Deals, folded from their facts as the view sees them, and the pipelines they move in.
#ifndef DEALS_H
#define DEALS_H

#include "runtime/ids.h"
#include "sales_funnel.h"

struct stage {
    const char *id, *name;
    enum stage_kind kind;
    uint32_t order;
    size_t last_deal; // see stages.c
    uint64_t entered, passed;
};

struct pipeline {
    const char *id, *name; // "" = deals that name none
    struct stage *stages;  // in order; those that only facts name come last
    size_t count, capacity;
};

struct pipelines {
    struct projection_view *view;
    struct projection_ids ids;
    struct pipeline *list; // by number
    size_t capacity;
};
LEDGER_MUST_CHECK enum ledger_err pipelines_read(struct pipelines *pipelines,
                                                 struct projection_view *view,
                                                 struct ledger_error *error);
// NULL id = "". Adds what is not defined. False when out of memory.
bool pipelines_find(struct pipelines *pipelines, const char *id, size_t *number);
bool pipeline_stage(struct pipelines *pipelines, size_t pipeline, const char *id, size_t *number);
// The first stage of the kind; SIZE_MAX if there is none.
size_t pipeline_stage_of_kind(const struct pipeline *pipeline, enum stage_kind kind);

enum deal_status { DEAL_IS_OPEN, DEAL_IS_WON, DEAL_IS_LOST };

struct stage_entry {
    size_t pipeline, stage;
};

struct deal_event {
    uint64_t position;
    struct ledger_moment occurred;
    struct deal_fact fact;
};

struct deal {
    const char *id;
    enum deal_status status;
    const char *client; // after merges; NULL = none
    const char *owner, *territory;
    size_t pipeline;
    size_t stage; // SIZE_MAX = none
    bool has_amount;
    int64_t minor;
    const char *currency;
    const char **products;
    size_t product_count;
    bool was_opened;             // there is a DealOpened
    struct ledger_moment opened; // unknown if it is not known
    bool has_closed_day;
    int32_t closed_day;
    struct stage_entry *entries; // in order, repeated ones too
    size_t entry_count, entry_capacity;
    uint64_t contradictions; // facts that do not fit what came before
    // As of an occurred time: nothing of the deal is known to have happened by then, but its
    // opening has an unknown time. Such a deal is in no figure but the one that counts these.
    bool left_out;
    struct deal_event *events; // in the order they were folded
    size_t event_count, event_capacity;
};

struct deals {
    struct projection_view *view;
    struct pipelines pipelines;
    bool one_pipeline;
    size_t wanted_pipeline;
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    struct deal current;
    struct ledger_error *error;
};

// Takes the parameters pipeline and deal, where the query has them.
LEDGER_MUST_CHECK enum ledger_err deals_begin(struct deals *deals, struct projection_view *view,
                                              const struct projection_arguments *arguments,
                                              struct ledger_error *error);
// The next deal in order of id, or NULL after the last. Borrowed until the next call.
LEDGER_MUST_CHECK enum ledger_err deals_next(struct deals *deals, const struct deal **deal);

// False if the opening or the closing day is not known.
bool deal_cycle_days(const struct deal *deal, int64_t *days);
const struct stage *deal_stage(const struct deals *deals, const struct deal *deal);
// What a reader must be told of deals left out and of contradictions.
void deals_notes(struct projection_answer *answer, uint64_t left_out, uint64_t contradictions);

#endif
