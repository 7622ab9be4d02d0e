#include "values.h"

#include <stdlib.h>

#include "ledger/moment.h"

// Metres of a degree of latitude, and of a degree of longitude where the force works (latitude 50).
#define METRES_NORTH 111195.0
#define METRES_EAST 71475.0
#define E7 1e7

json_t *value_date(int32_t day) {
    char text[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(day, text);
    return json_string(text);
}

json_t *value_month(int32_t day) {
    char text[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(day, text);
    return json_stringn(text, 7);
}

json_t *value_instant(int64_t at) {
    char text[LEDGER_INSTANT_TEXT_SIZE];
    ledger_instant_format((at - OFFSET_MINUTES * MINUTE) * 1000000, OFFSET_MINUTES, text);
    return json_string(text);
}

json_t *value_money(int64_t minor) {
    return json_pack("{s:I,s:s}", "minor", (json_int_t)minor, "currency", "EUR");
}

json_t *value_point(struct point point) {
    return json_pack("{s:i,s:i}", "latE7", point.lat_e7, "lonE7", point.lon_e7);
}

static void give_up(json_t **whole) {
    json_decref(*whole);
    *whole = NULL;
}

void value_add(json_t **list, json_t *value) {
    if (json_array_append_new(*list, value) != 0)
        give_up(list);
}

void value_put(json_t **object, const char *name, json_t *value) {
    if (json_object_set_new(*object, name, value) != 0)
        give_up(object);
}

int64_t at_time(int32_t day, int hour, int minute) {
    return (int64_t)day * DAY + hour * HOUR + minute * MINUTE;
}

int32_t day_of(int64_t at) {
    return (int32_t)(at / DAY - (at % DAY < 0));
}

int weekday_of(int32_t day) {
    return ((day + 3) % 7 + 7) % 7; // 1970-01-01 was a Thursday
}

struct point point_moved(struct point point, int64_t north_m, int64_t east_m) {
    return (struct point){point.lat_e7 + (int32_t)((double)north_m / METRES_NORTH * E7),
                          point.lon_e7 + (int32_t)((double)east_m / METRES_EAST * E7)};
}

int64_t point_way_m(struct point a, struct point b) {
    int64_t north = (int64_t)((double)llabs((int64_t)a.lat_e7 - b.lat_e7) / E7 * METRES_NORTH) + 1;
    int64_t east = (int64_t)((double)llabs((int64_t)a.lon_e7 - b.lon_e7) / E7 * METRES_EAST) + 1;
    return north > east ? north + east / 2 : east + north / 2;
}
