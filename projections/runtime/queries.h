// What the queries of several projections read and tell alike.
#ifndef PROJECTION_QUERIES_H
#define PROJECTION_QUERIES_H

#include "projection.h"

// Each list that grows with what is recorded is cut at the limit; totals, and lists whose length is
// fixed, are whole.
#define PROJECTION_LIMIT_PARAMETER                                                                 \
    { "limit", "N", "at most so many rows" }
// 0 = none.
LEDGER_MUST_CHECK enum ledger_err
projection_argument_limit(const struct projection_arguments *arguments, uint64_t *limit,
                          struct ledger_error *error);
// none unless `has`.
void projection_answer_day_if(struct projection_answer *answer, bool has, int64_t day);

// A parameter that is an id, and the tables under whose keys it stands if anything is known of it.
enum { PROJECTION_KNOWN_TABLES_MAX = 8 };
struct projection_known {
    const char *parameter, *kind;                // as in "Nothing is known of <kind> <id>."
    uint8_t tables[PROJECTION_KNOWN_TABLES_MAX]; // 0 ends them
};
// Notes the ids that were asked for and of which nothing is known, so that a slip of the pen is no
// empty answer. Of an id that was merged with another, something is known.
void projection_answer_note_unknown(struct projection_answer *answer, struct projection_view *view,
                                    const struct projection_arguments *arguments,
                                    const struct projection_known known[], size_t count);

#endif
