// Values as the ledger's JSON writes them. Each is a new reference, NULL when out of memory.
// Moments are local seconds since 1970; the force works in one offset.
#ifndef GENERATE_VALUES_H
#define GENERATE_VALUES_H

#include <jansson.h>
#include <stdint.h>

enum { OFFSET_MINUTES = 120 };
#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct point {
    int32_t lat_e7, lon_e7;
};

json_t *value_date(int32_t day);
json_t *value_instant(int64_t at);
json_t *value_money(int64_t minor);
json_t *value_point(struct point point);
json_t *value_month(int32_t day); // "2026-01"

// Puts a new reference into a list or an object. If that fails, the whole is given up and becomes
// NULL, so that no fact goes out with a part of it.
void value_add(json_t **list, json_t *value);
void value_put(json_t **object, const char *name, json_t *value);

int64_t at_time(int32_t day, int hour, int minute);
int32_t day_of(int64_t at);
// Monday is 0.
int weekday_of(int32_t day);
// So many metres north and east.
struct point point_moved(struct point point, int64_t north_m, int64_t east_m);
// The way between them: no shorter than the straight line, at most an eighth longer.
int64_t point_way_m(struct point a, struct point b);

#endif
