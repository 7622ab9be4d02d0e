// Clients of one name that stand within 100 m of each other.
#ifndef DIRECTORY_SPOTS_H
#define DIRECTORY_SPOTS_H

#include "geo.h"
#include "runtime/ids.h"

enum { SPOTS_NEAR_MAX = 19 };

struct spots {
    struct ledger_arena *arena;
    struct spot {
        const char *name; // as it is compared
        struct place place;
        size_t look;   // whose
        size_t others; // of that name, near it
    } * list;
    size_t count, capacity;
};

// False: out of memory.
bool spots_add(struct spots *spots, struct ledger_span name, const struct place *place,
               size_t look);
// Sorts them, and finds out which are crowded: a place that more than SPOTS_NEAR_MAX others share
// is where a source puts whomever it cannot place.
void spots_arrange(struct spots *spots);
bool spots_crowded(const struct spots *spots, size_t at);
// Those near the one at that index which stand behind it and are not crowded; how many.
size_t spots_near(const struct spots *spots, size_t at, size_t near[SPOTS_NEAR_MAX]);

#endif
