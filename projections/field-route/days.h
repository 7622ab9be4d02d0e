// Days of representatives, one after the other: their visits, planned routes, marks and points.
#ifndef FIELD_ROUTE_DAYS_H
#define FIELD_ROUTE_DAYS_H

#include "runtime/ids.h"
#include "track.h"
#include "visits.h"

// A stop of the day's plan: the stops of each route of the day in its order, routes by id.
struct stop {
    const char *client; // that stands for it now, or NULL
    const char *visit_id;
    struct ledger_moment eta;
    struct place place;        // the client's
    const struct visit *visit; // that kept it: by its id, else by its client; NULL = missed
};

struct mark {
    bool given;
    struct ledger_moment occurred;
    uint64_t position;
    bool has_odometer;
    int64_t odometer_km;
};

struct field_day {
    const char *rep;
    int32_t day;          // NO_DAY: facts of which no day is known
    struct visit *visits; // in the order in which they took place: see days.c
    size_t visit_count, visit_capacity;
    bool planned; // a route is; it may have no stop
    struct stop *stops;
    size_t stop_count, stop_capacity;
    struct mark start, end;
    struct track track;                         // empty if the points were not asked for
    struct contradiction_counts contradictions; // of the visits too
};

// Of visits with many facts, the one under whose row they are counted: so that their facts are read
// once, and not again for each.
struct owners {
    struct projection_ids ids;
    uint64_t *positions; // by number
    size_t capacity;
};

// What a walk goes through.
struct day_side {
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
};
struct days {
    struct projection_view *view;
    struct projection_period period;
    struct day_side facts, points;
    struct visit_reader reader;
    struct owners owners;
    struct field_day current;
    struct day_route *routes; // of the current day, as chosen; see days.c
    size_t route_count, route_capacity;
};

// Of `rep`, or of all if it is NULL; in order of id and day. Of one representative and one day only
// their rows are read.
void days_begin(struct days *days, struct projection_view *view, const char *rep,
                const struct projection_period *period, bool with_points);
// The next that has anything; *day is NULL after the last. Its lists are borrowed until the next
// call, its ids and facts until the view ends. NO_DAY comes, first, if the period is open. False
// when out of memory.
bool days_next(struct days *days, const struct field_day **day);

#endif
