// Counting what is distinct, and sorting what was counted.
#ifndef SETS_H
#define SETS_H

#include "runtime/ids.h"

// Adds the texts (NULL = "") as one member. `*number` is its number; `*fresh`, which may be NULL,
// whether it is new. False when out of memory.
bool set_add(struct projection_ids *set, size_t *number, bool *fresh, const char *a, const char *b,
             const char *c);

// For qsort: structs that begin with a text, by that text; NULL first.
int by_first_text(const void *a, const void *b);

#endif
