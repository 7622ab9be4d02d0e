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

// How a fact can contradict what came before it.
enum contradiction { OPENED_TWICE, NEVER_OPENED, AFTER_CLOSE, CLOSED_OTHERWISE, REOPENED_OPEN };
enum { CONTRADICTIONS = REOPENED_OPEN + 1 };

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
    const char *client; // as the facts name it (see deal_client); NULL = none
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
    uint64_t contradictions[CONTRADICTIONS];
    // As of an occurred time: nothing of the deal is known to have happened by then, but some of it
    // has an unknown time. Such a deal is in no figure but the one that counts these.
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
    bool any; // there was a deal
    struct deal current;
    struct ledger_error *error;
};

// What figures leave open or cannot fit, summed over deals.
struct doubts {
    // Deals opened at an unknown time: of no DealOpened with a time, whatever else is known. Those
    // that are open and in the figures, and those that are in no other figure.
    uint64_t open_unknown_time, left_out;
    uint64_t contradictions[CONTRADICTIONS];
};
// False: the deal is in no other figure.
bool doubts_add(struct doubts *doubts, const struct deal *deal);

// Takes the parameters pipeline and deal, where the query has them.
LEDGER_MUST_CHECK enum ledger_err deals_begin(struct deals *deals, struct projection_view *view,
                                              const struct projection_arguments *arguments,
                                              struct ledger_error *error);
// The next deal in order of id, or NULL after the last. Borrowed until the next call.
LEDGER_MUST_CHECK enum ledger_err deals_next(struct deals *deals, const struct deal **deal);

// False if the opening or the closing day is not known.
bool deal_cycle_days(const struct deal *deal, int64_t *days);
// The client that it is of, after merges. NULL = none.
const char *deal_client(const struct deals *deals, const struct deal *deal);
uint64_t deal_contradictions(const struct deal *deal);
const struct stage *deal_stage(const struct deals *deals, const struct deal *deal);
// What "opened at an unknown time" means, for answers that tell how many are.
void deals_note_unknown_time(struct projection_answer *answer, const struct doubts *doubts);
// What a reader must be told of these doubts (NULL = of none), and of a pipeline asked for that
// nothing is known of.
void deals_notes(const struct deals *deals, struct projection_answer *answer,
                 const struct doubts *doubts);

#endif
