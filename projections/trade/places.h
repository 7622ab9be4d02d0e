// Where a client was on a day: its territory, the region that was part of, its segment. Each is
// what was in force on that day, not what is now.
#ifndef TRADE_PLACES_H
#define TRADE_PLACES_H

#include "dated.h"

struct holdings {
    bool read;
    const char **territories; // that the employee ever held
    size_t count, capacity;
};

struct places {
    struct projection_view *view;
    struct dated_table owners, segments, territories;
    struct projection_ids employees;
    struct holdings *holdings; // by number
    size_t holdings_capacity;
    bool failed; // out of memory: see places_failed
};
// scheme: that of the segments, as in SEGMENTS.
struct places places_of(struct projection_view *view, const char *scheme);
bool places_failed(const struct places *places);
// The one stated if there is one, else the one that the client's owner held. NULL if there was no
// owner, or the owner held none, or (*several) more than one.
const char *place_territory(struct places *places, const char *stated, const char *client,
                            int32_t day, bool *several);
// The territory directly above; NULL at the top.
const char *place_parent(struct places *places, const char *territory, int32_t day);
// The territory and those above it, each once; returns how many. Higher ones are left off.
enum { PLACE_LEVELS_MAX = 64 };
size_t place_chain(struct places *places, const char *territory, int32_t day,
                   const char *chain[PLACE_LEVELS_MAX]);
// NULL if it was in none.
const char *place_segment(struct places *places, const char *client, int32_t day);

#endif
