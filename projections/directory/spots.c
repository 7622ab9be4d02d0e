#include "spots.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEAR_M = 100,
    NEAR_LAT_E7 = 9000, // a little more than NEAR_M to the north
};

bool spots_add(struct spots *spots, struct ledger_span name, const struct place *place,
               size_t look) {
    const char *text = ledger_arena_text(spots->arena, name);
    if (!text || !projection_grow(spots->arena, &spots->list, &spots->capacity, spots->count,
                                  sizeof *spots->list))
        return false;
    spots->list[spots->count++] = (struct spot){text, *place, look, 0};
    return true;
}

static int compare(const void *left, const void *right) {
    const struct spot *a = left;
    const struct spot *b = right;
    int order = strcmp(a->name, b->name);
    if (order)
        return order;
    if (a->place.lat_e7 != b->place.lat_e7)
        return a->place.lat_e7 < b->place.lat_e7 ? -1 : 1;
    return (a->look > b->look) - (a->look < b->look);
}

// The next one near `at`, behind `i`; count if there is none. From south to north, so that the
// first that lies too far north is the end.
static size_t next_near(const struct spots *spots, size_t at, size_t i) {
    const struct spot *one = &spots->list[at];
    for (i++; i < spots->count; i++) {
        const struct spot *other = &spots->list[i];
        if (strcmp(one->name, other->name) != 0 ||
            other->place.lat_e7 - one->place.lat_e7 > NEAR_LAT_E7)
            return spots->count;
        if (geo_metres(&one->place, &other->place) <= NEAR_M)
            break;
    }
    return i;
}

void spots_arrange(struct spots *spots) {
    if (spots->count)
        qsort(spots->list, spots->count, sizeof *spots->list, compare);
    for (size_t i = 0; i < spots->count; i++)
        for (size_t j = next_near(spots, i, i); j < spots->count; j = next_near(spots, i, j)) {
            spots->list[i].others++;
            spots->list[j].others++;
        }
}

bool spots_crowded(const struct spots *spots, size_t at) {
    return spots->list[at].others > SPOTS_NEAR_MAX;
}

size_t spots_near(const struct spots *spots, size_t at, size_t near[SPOTS_NEAR_MAX]) {
    size_t count = 0;
    if (spots_crowded(spots, at))
        return 0;
    for (size_t i = next_near(spots, at, at); i < spots->count; i = next_near(spots, at, i))
        if (!spots_crowded(spots, i))
            near[count++] = spots->list[i].look;
    return count;
}
