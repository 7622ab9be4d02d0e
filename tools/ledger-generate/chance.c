#include "chance.h"

// SplitMix64.
static uint64_t next(struct chance *chance) {
    uint64_t mixed = chance->state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

// The bias is far below anything that such small limits could show.
uint64_t chance_below(struct chance *chance, uint64_t limit) {
    return next(chance) % limit;
}

int64_t chance_between(struct chance *chance, int64_t least, int64_t most) {
    return least + (int64_t)chance_below(chance, (uint64_t)(most - least) + 1);
}

bool chance_percent(struct chance *chance, unsigned percent) {
    return chance_below(chance, 100) < percent;
}
