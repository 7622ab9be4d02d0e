// Places, and the distance between two of them along a great circle.
#ifndef PROJECTION_GEO_H
#define PROJECTION_GEO_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/v1/common.pb-c.h"
#include "runtime/projection.h"

struct place {
    bool known;
    int32_t lat_e7, lon_e7; // 1e-7 degree
};

// NULL, or one that is not on the globe, is an unknown place.
struct place geo_place(const Ledger__V1__GeoPoint *point);

// As part of a row's value.
void geo_place_write(struct ledger_buffer *value, const struct place *place);
struct place geo_place_read(struct projection_reader *reader);

// By the haversine formula on a sphere of 6371.0088 km, to the nearest metre, halves to the even
// one. Both places are known. The same on every machine: see geo.c.
int64_t geo_metres(const struct place *a, const struct place *b);

// Whether `metres` in `micros` (>= 0) is faster than `kmh`. In no time, any distance is.
bool geo_faster(int64_t metres, int64_t micros, int64_t kmh);

#endif
