// What is summed of each source system, for the tables of the query `sources`.
#ifndef SOURCES_H
#define SOURCES_H

#include "audit_trail.h"
#include "figures.h"

enum source_contradiction {
    NOT_ADDING_UP,
    NOT_COUNTED,
    NOT_LISTED,
    BEFORE_SOURCE,
    SOURCE_CONTRADICTIONS
};
struct source {
    uint64_t batches, facts, gaps, rejections, batches_different, broken;
    __int128 rows, accepted, duplicate, rejected, differences;
    struct numbers lags;           // seconds
    int64_t last_fact, last_heard; // microseconds; INT64_MIN = never
    uint64_t heard_position;       // of what was heard last
};

struct batch {
    size_t source;
    uint64_t position, listed;
    struct batch_row row;
    bool holds;
};

struct sources {
    struct projection_view *view;
    struct ledger_arena *arena;
    const char *only;
    int32_t today;
    uint64_t silent;
    struct projection_ids ids;
    struct source *list; // by number
    size_t capacity;
    struct batch *batches;
    size_t batch_count, batch_capacity;
    struct projection_ids listed; // batch ids of rejections
    uint64_t *listed_counts;
    size_t listed_capacity;
    struct projection_ids codes; // "source\ncode"
    uint64_t *code_counts;
    size_t code_capacity;
    uint64_t contradictions[SOURCE_CONTRADICTIONS];
    struct ledger_error *error;
};

// The tables, but for the contradictions. `limit`: rows of a list; 0 = all.
LEDGER_MUST_CHECK enum ledger_err
sources_answer_tables(struct sources *sources, struct projection_answer *answer, uint64_t limit);

#endif
