#include "track.h"

#include <stdlib.h>

#include "runtime/ids.h"

enum { ACCURACY_M_MAX = 200, SPEED_KMH_MAX = 200 };

const struct point_fate_row point_fates[POINT_FATES] = {
    [POINT_ACCEPTED] = {"accepted", "taken into the way"},
    [POINT_WITHOUT_TIME] = {"no_time", "no exact time is known of it"},
    [POINT_WITHOUT_PLACE] = {"no_place", "it has no place, or one that may not be read any more"},
    [POINT_INACCURATE] = {"inaccurate", "its accuracy is worse than 200 m"},
    [POINT_MOCK] = {"mock", "the device says that the place is simulated"},
    [POINT_TOO_FAST] = {"too_fast",
                        "from the point before it would have been faster than 200 km/h"},
};

void track_clear(struct track *track) {
    *track = (struct track){.points = track->points, .capacity = track->capacity};
}

bool track_add(struct track *track, struct ledger_arena *arena, const struct projection_row *row,
               uint64_t erased_to) {
    if (!projection_grow(arena, &track->points, &track->capacity, track->count,
                         sizeof(struct track_point)))
        return false;
    struct track_point *point = &track->points[track->count++];
    *point = (struct track_point){
        .row = point_row_read(row->value), .occurred = row->occurred, .position = row->position};
    if (row->known_from <= erased_to)
        point->row.place = (struct place){0};
    return true;
}

static int by_time(const void *a, const void *b) {
    const struct track_point *left = a;
    const struct track_point *right = b;
    if (left->occurred.micros != right->occurred.micros)
        return left->occurred.micros < right->occurred.micros ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static enum point_fate fate_of(const struct track_point *point, const struct track_point *before,
                               int64_t metres) {
    if (point->occurred.when != LEDGER_WHEN_INSTANT)
        return POINT_WITHOUT_TIME;
    if (!point->row.place.known)
        return POINT_WITHOUT_PLACE;
    if (point->row.has_accuracy && point->row.accuracy_m > ACCURACY_M_MAX)
        return POINT_INACCURATE;
    if (point->row.mock)
        return POINT_MOCK;
    if (before &&
        geo_faster(metres, point->occurred.micros - before->occurred.micros, SPEED_KMH_MAX))
        return POINT_TOO_FAST;
    return POINT_ACCEPTED;
}

void track_judge(struct track *track) {
    const struct track_point *before = NULL;
    if (track->count)
        qsort(track->points, track->count, sizeof(struct track_point), by_time);
    for (size_t i = 0; i < track->count; i++) {
        struct track_point *point = &track->points[i];
        int64_t metres = before && point->row.place.known
                             ? geo_metres(&before->row.place, &point->row.place)
                             : 0;
        point->fate = fate_of(point, before, metres);
        track->fates[point->fate]++;
        if (point->fate != POINT_ACCEPTED)
            continue;
        point->metres = metres;
        track->metres += metres;
        before = point;
    }
}
