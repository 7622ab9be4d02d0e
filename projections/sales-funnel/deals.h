// Deals, folded from their facts as the view sees them, and the pipelines they move in.
#ifndef DEALS_H
#define DEALS_H

#include "runtime/ids.h"
#include "sales_funnel.h"

// ---- pipelines
struct stage_definition {
    const char *id, *name;
    enum stage_kind kind;
    uint32_t order;
    int32_t probability_bp; // -1 = not said
    int64_t norm_days;      // the same
};

struct allowed_move {
    const char *from, *to;
};

struct definition {
    struct ledger_moment occurred;
    uint64_t position;
    const char *name;
    struct stage_definition *stages;
    size_t stage_count;
    struct allowed_move *moves; // none = any is allowed
    size_t move_count;
};

struct stage {
    const char *id, *name;
    enum stage_kind kind;
    uint32_t order;
    size_t last_deal; // see stages.c
    uint64_t entered, reentries, passed;
};

struct pipeline {
    const char *id, *name; // "" = deals that name none
    struct stage *stages;  // in order; those that only facts name come last
    size_t count, capacity;
    struct definition *definitions; // by time
    size_t definition_count, definition_capacity;
};

struct pipelines {
    struct projection_view *view;
    struct projection_ids ids;
    struct pipeline *list; // by number
    size_t capacity;
};
// All that are defined; others are found as facts name them.
LEDGER_MUST_CHECK enum ledger_err pipelines_read(struct pipelines *pipelines,
                                                 struct ledger_error *error);
// NULL id = "". Adds what is not defined. False when out of memory.
bool pipelines_find(struct pipelines *pipelines, const char *id, size_t *number);
bool pipeline_stage(struct pipelines *pipelines, size_t pipeline, const char *id, size_t *number);
// In order of id, as many as there are ids; NULL when out of memory.
const struct pipeline **pipelines_sorted(const struct pipelines *pipelines);
// The first stage of the kind; SIZE_MAX if there is none.
size_t pipeline_stage_of_kind(const struct pipeline *pipeline, enum stage_kind kind);
// The one in force then; before the first, that one. NULL if there is none.
const struct definition *pipeline_definition(const struct pipeline *pipeline,
                                             const struct ledger_moment *moment);
// NULL if it has no such stage; both may be NULL.
const struct stage_definition *definition_stage(const struct definition *definition,
                                                const char *id);
bool definition_allows(const struct definition *definition, const char *from, const char *to);

// ---- deals
// How a fact can contradict what came before it; doubts.c has the texts.
enum contradiction {
    OPENED_TWICE,
    NEVER_OPENED, // of the deal, not of a fact of it
    AFTER_CLOSE,
    CLOSED_OTHERWISE,
    REOPENED_OPEN,
    MOVE_NOT_ALLOWED,
    LEFT_ANOTHER_STAGE,
    CLOSED_BEFORE_OPENED // of the deal
};
enum { CONTRADICTIONS = CLOSED_BEFORE_OPENED + 1 };

enum deal_status { DEAL_IS_OPEN, DEAL_IS_WON, DEAL_IS_LOST };

// A stay in a stage, from its entry to its exit. A move to where the deal stands is none.
struct stage_entry {
    size_t pipeline, stage;
    struct ledger_moment entered, left;
    bool is_left;
    bool again; // the deal had been there before
    bool aside; // named after the close: it was there, but did not stand there
};

struct deal_event {
    uint64_t position;
    struct ledger_moment occurred;
    struct deal_fact fact;
    bool counted;            // false: the view's time limit leaves it out
    const char *from;        // the stage it stood in, of a move; NULL = none
    unsigned contradictions; // bits by enum contradiction
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
    const char *source, *enquiry;
    const char *reason, *competitor; // of the close; of a win, the success factor
    bool has_close_date;             // expected
    int32_t close_date;
    uint64_t close_date_moves;
    int64_t close_date_days; // by which they put it off, in all
    bool has_probability;    // the deal's own
    int32_t probability_bp;
    uint64_t reopened;
    const char **products;
    size_t product_count;
    bool was_opened;             // there is a DealOpened
    struct ledger_moment opened; // unknown if it is not known
    bool has_closed_day;
    int32_t closed_day;
    struct stage_entry *entries; // in order, repeated ones too
    size_t entry_count, entry_capacity;
    size_t standing; // the entry that is not left; SIZE_MAX = none
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
    bool with_former; // also the deals that were in the wanted pipeline, and are in another
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    bool any; // there was a deal
    struct deal current;
    struct ledger_error *error;
};

// Makes the deal of its events, which it puts in order (deal_fold.c). False when out of memory.
bool deal_fold(struct deals *deals, struct deal *deal);

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
// Each deal in order of id. `visit` returns false when out of memory.
LEDGER_MUST_CHECK enum ledger_err
deals_each(struct deals *deals,
           bool (*visit)(void *user, struct deals *deals, const struct deal *deal), void *user);

// False if the opening or the closing day is not known, or the close is the earlier.
bool deal_cycle_days(const struct deal *deal, int64_t *days);
// The client that it is of, after merges. NULL = none.
const char *deal_client(const struct deals *deals, const struct deal *deal);
uint64_t deal_contradictions(const struct deal *deal);
const struct stage *deal_stage(const struct deals *deals, const struct deal *deal);
// Days of a stay that is over. False if a day of it is not known.
bool stage_entry_days(const struct stage_entry *entry, int64_t *days);
// By local day; unknown times are in an open period only, else before it.
bool deal_closed_in(const struct deal *deal, const struct projection_period *period);
struct contradiction_text {
    const char *code;       // stable
    const char *one, *many; // after the count
};
extern const struct contradiction_text contradiction_texts[CONTRADICTIONS];
// What "opened at an unknown time" means, for answers that tell how many are.
void deals_note_unknown_time(struct projection_answer *answer, const struct doubts *doubts);
// That so many closed deals have no amount, and are in no value win rate.
void deals_note_value_win_rate(struct projection_answer *answer, uint64_t without_amount);
// What a reader must be told of these doubts (NULL = of none), and of a pipeline asked for that
// nothing is known of.
void deals_notes(const struct deals *deals, struct projection_answer *answer,
                 const struct doubts *doubts);

#endif
