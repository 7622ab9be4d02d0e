// The points of a day as a track: which are taken, which are dropped and why, and how long it is.
#ifndef FIELD_ROUTE_TRACK_H
#define FIELD_ROUTE_TRACK_H

#include "field_route.h"

// In the order in which they are asked.
enum point_fate {
    POINT_ACCEPTED,
    POINT_WITHOUT_TIME,
    POINT_WITHOUT_PLACE,
    POINT_INACCURATE,
    POINT_MOCK,
    POINT_TOO_FAST,
    POINT_FATES
};
struct point_fate_row {
    const char *code, *sentence;
};
extern const struct point_fate_row point_fates[POINT_FATES];

struct track_point {
    struct point_row row;
    struct ledger_moment occurred;
    uint64_t position;
    enum point_fate fate;
    int64_t metres; // accepted: from the accepted point before
};

struct track {
    struct track_point *points;
    size_t count, capacity;
    uint64_t fates[POINT_FATES];
    int64_t metres;
};

void track_clear(struct track *track);
// Without its place if that was erased: up to that position. False when out of memory.
bool track_add(struct track *track, struct ledger_arena *arena, const struct projection_row *row,
               uint64_t erased_to);
// Sorts the points by (occurred, position), decides on each and sums up the way.
void track_judge(struct track *track);

#endif
