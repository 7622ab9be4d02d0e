// The figures as a Markdown table: a line a phase, a column a system.
#ifndef LEDGER_BENCH_MARKDOWN_H
#define LEDGER_BENCH_MARKDOWN_H

#include "report.h"

LEDGER_MUST_CHECK enum ledger_err markdown_print(const struct rows *rows,
                                                 struct ledger_error *error);

#endif
