// Chance from a seed: the same seed gives the same numbers on every machine.
#ifndef GENERATE_CHANCE_H
#define GENERATE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};
uint64_t chance_below(struct chance *chance, uint64_t limit); // limit > 0
int64_t chance_between(struct chance *chance, int64_t least, int64_t most);
bool chance_percent(struct chance *chance, unsigned percent);

#endif
