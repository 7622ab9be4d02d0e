// The orders that many lists have. For qsort's comparisons: below 0, 0, above 0.
#ifndef PROJECTION_ORDER_H
#define PROJECTION_ORDER_H

#include <stdint.h>

#include "ledger/moment.h"

// Unknown times first. With the two changed round it is latest first, unknown times last.
int projection_moment_order(const struct ledger_moment *a, const struct ledger_moment *b);
// As facts happened; those of one time as they were recorded.
int projection_fact_order(const struct ledger_moment *a, uint64_t a_position,
                          const struct ledger_moment *b, uint64_t b_position);
// NULL as "".
int projection_text_order(const char *a, const char *b);

#endif
