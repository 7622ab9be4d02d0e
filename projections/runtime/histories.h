// The rows of one thing after another (an interaction, a need, a deal, a mailing), each thing's in
// the order in which they count: by (occurred, position), unknown times first.
#ifndef PROJECTION_HISTORIES_H
#define PROJECTION_HISTORIES_H

#include "ids.h"
#include "projection.h"

struct projection_statement {
    uint64_t position;
    struct ledger_moment occurred;
    struct ledger_span value;
};
// For qsort.
int projection_statement_order(const void *a, const void *b);

struct projection_history {
    const char *id;
    struct projection_statement *list; // never empty
    size_t count;
};

struct projection_histories {
    struct projection_view *view;
    uint8_t table; // its keys begin with the thing's id
    bool with_unknown_time;
    bool listed;               // only those in `ids`
    struct projection_ids ids; // numbered as found; taken in order of number
    size_t next;
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    struct projection_history current;
    size_t capacity;
};

// Every thing that the table has.
void projection_histories_all(struct projection_histories *histories, struct projection_view *view,
                              uint8_t table, bool with_unknown_time);
// Only the things that `index` names under one of the ids: its keys are that id, then the thing's.
LEDGER_MUST_CHECK enum ledger_err
projection_histories_under(struct projection_histories *histories, struct projection_view *view,
                           uint8_t table, bool with_unknown_time, uint8_t index,
                           const char *const *ids, size_t id_count, struct ledger_error *error);
// Only this one.
LEDGER_MUST_CHECK enum ledger_err projection_histories_one(struct projection_histories *histories,
                                                           struct projection_view *view,
                                                           uint8_t table, bool with_unknown_time,
                                                           const char *id,
                                                           struct ledger_error *error);
// The next that the view sees a row of; NULL after the last. Borrowed until the next call.
LEDGER_MUST_CHECK enum ledger_err
projection_histories_next(struct projection_histories *histories,
                          const struct projection_history **history, struct ledger_error *error);

#endif
