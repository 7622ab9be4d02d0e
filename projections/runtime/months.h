// Months, numbered 12 x year + month - 1.
#ifndef PROJECTION_MONTHS_H
#define PROJECTION_MONTHS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"

int64_t projection_month_of(int32_t day);
int32_t projection_month_first(int64_t month);
int32_t projection_month_last(int64_t month);
// "YYYY-MM", and nothing after it.
bool projection_month_parse(const char *text, int64_t *month);
enum { PROJECTION_MONTH_TEXT_SIZE = 32 };
void projection_month_format(int64_t month, char text[PROJECTION_MONTH_TEXT_SIZE]);
// NULL when out of memory.
const char *projection_month_text(struct ledger_arena *arena, int64_t month);

#endif
