// Measurements for people: medians of the runs with their spread, and how ours stand to those of
// other systems and to the floors.
#ifndef LEDGER_BENCH_TABLE_H
#define LEDGER_BENCH_TABLE_H

#include "report.h"

LEDGER_MUST_CHECK enum ledger_err table_print(const struct rows *rows, struct ledger_error *error);

#endif
