// Rows of an index from the newest position down. An index key ends with the position counted down,
// so a plain scan goes that way; these begin it anywhere.
#ifndef NEWEST_H
#define NEWEST_H

#include "audit_trail.h"

struct newest {
    struct projection_view *view;
    uint8_t table;
    bool with_unknown_time;
    struct projection_key prefix;
    uint8_t start[8]; // the position to begin with, counted down
    int level;        // how many bytes of `start` the scan under way shares; -1 = at the end
    unsigned byte;    // and the one after them
    struct projection_cursor *cursor;
};

// The rows under the prefix (NULL = the whole table) at `at_most` or before it.
void newest_begin(struct newest *newest, struct projection_view *view, uint8_t table,
                  const struct projection_key *prefix, uint64_t at_most, bool with_unknown_time);
bool newest_next(struct newest *newest, struct projection_row *row);
void newest_end(struct newest *newest);

// The last position recorded by the time (microseconds, UTC), as far as the view goes. 0 = none.
LEDGER_MUST_CHECK enum ledger_err position_recorded_by(struct projection_view *view, int64_t micros,
                                                       uint64_t *position,
                                                       struct ledger_error *error);

#endif
