// The haversine formula. Sine and arcsine are summed up here rather than taken from the C library,
// whose last bit depends on its version and on the processor: additions, products, quotients and
// square roots alone have one right answer, as long as the compiler does not fuse them (it is told
// not to, see CMakeLists.txt).
#include "geo.h"

#include <math.h>
#include <stdlib.h>

static const double earth_radius_m = 6371008.8;
static const double half_pi = 1.57079632679489661923;
static const double radians_per_e7 = 3.14159265358979323846 / 1800000000.0;

struct place geo_place(const Ledger__V1__GeoPoint *point) {
    if (!point || !point->has_lat_e7 || !point->has_lon_e7 || point->lat_e7 < -900000000 ||
        point->lat_e7 > 900000000 || point->lon_e7 < -1800000000 || point->lon_e7 > 1800000000)
        return (struct place){0};
    return (struct place){true, point->lat_e7, point->lon_e7};
}

void geo_place_write(struct ledger_buffer *value, const struct place *place) {
    projection_value_number(value, place->known);
    projection_value_number(value, place->lat_e7);
    projection_value_number(value, place->lon_e7);
}

struct place geo_place_read(struct projection_reader *reader) {
    struct place place = {.known = projection_read_number(reader)};
    place.lat_e7 = (int32_t)projection_read_number(reader);
    place.lon_e7 = (int32_t)projection_read_number(reader);
    return place;
}

// |x| <= pi / 2: the term beyond the last is below 1e-22.
static double sine(double x) {
    double term = x;
    double sum = x;
    for (int n = 2; n <= 24; n += 2) {
        term *= -x * x / (double)(n * (n + 1));
        sum += term;
    }
    return sum;
}

// 0 <= x <= 1/2: each term is below a quarter of the one before.
static double arcsine_of_small(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n <= 54; n += 2) {
        term *= x * x * (double)n / (double)(n + 1);
        sum += term / (double)(n + 2);
    }
    return sum;
}

static double arcsine(double x) {
    return x <= 0.5 ? arcsine_of_small(x) : half_pi - 2 * arcsine_of_small(sqrt((1 - x) / 2));
}

static double cosine_of_latitude(int32_t lat_e7) {
    return sine((double)(900000000 - abs(lat_e7)) * radians_per_e7);
}

int64_t geo_metres(const struct place *a, const struct place *b) {
    int64_t east_e7 = llabs((int64_t)b->lon_e7 - a->lon_e7);
    if (east_e7 > 1800000000)
        east_e7 = 3600000000 - east_e7;
    double north = sine((double)((int64_t)b->lat_e7 - a->lat_e7) * radians_per_e7 / 2);
    double east = sine((double)east_e7 * radians_per_e7 / 2);
    double square =
        north * north + cosine_of_latitude(a->lat_e7) * cosine_of_latitude(b->lat_e7) * east * east;
    double metres = 2 * earth_radius_m * arcsine(square < 1 ? sqrt(square) : 1);
    int64_t whole = (int64_t)metres;
    double rest = metres - (double)whole;
    return whole + (rest > 0.5 || (rest == 0.5 && whole % 2));
}

bool geo_faster(int64_t metres, int64_t micros, int64_t kmh) {
    return (__int128)metres * 3600000 > (__int128)kmh * micros;
}
