// Deals counted by where they stand: pipeline, stage and status.
#ifndef TALLY_H
#define TALLY_H

#include "deals.h"

struct tally_line {
    size_t pipeline, stage; // stage SIZE_MAX = none
    enum deal_status status;
    const char *currency; // "" = deals without an amount, or of all currencies
    uint64_t deals;
    __int128 minor;
};

struct tally {
    struct ledger_arena *arena;
    struct tally_line *lines;
    size_t count, capacity;
};

// False when out of memory.
bool tally_add(struct tally *tally, const struct deal *deal, const char *currency, int64_t minor);
// By pipeline (in order of id), stage (in order), status and currency.
void tally_sort(struct tally *tally, const struct deals *deals);
// The values of the columns TALLY_COLUMNS.
#define TALLY_COLUMNS                                                                              \
    {"pipeline", "Pipeline", PROJECTION_ID}, {"stage", "Stage", PROJECTION_ID},                    \
        {"stage_name", "Stage's name", PROJECTION_TEXT}, {                                         \
        "status", "Status", PROJECTION_TEXT                                                        \
    }
void tally_answer(struct projection_answer *answer, const struct deals *deals,
                  const struct tally_line *line);
const char *deal_status_text(enum deal_status status);

#endif
