// The names of enumerated values, for answers and parameters.
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { CHANNELS = 7 }; // 1..7

// "email"; NULL of 0 and of what is not known.
const char *channel_name(int64_t channel);
// The channel of that name, in any case; 0 if there is none.
int channel_of(const char *name, size_t size);

const char *direction_name(int64_t direction);
const char *sentiment_name(int64_t sentiment);
const char *met_name(int64_t met);

#endif
