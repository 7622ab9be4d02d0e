// What commands share: some options, and the end of a measurement.
#ifndef LEDGER_BENCH_COMMAND_H
#define LEDGER_BENCH_COMMAND_H

#include "report.h"

// Of a timed phase. LEDGER_E_USAGE if there are too few or too many.
LEDGER_MUST_CHECK enum ledger_err command_seconds(const char *text, double *seconds,
                                                  struct ledger_error *error);
// Those for ledgerd, with a NULL at the end; the array is the caller's to free.
LEDGER_MUST_CHECK enum ledger_err command_arguments(int count, char **argv, char ***arguments,
                                                    struct ledger_error *error);
// With the table, unless the rows went to standard output or measuring failed. Closes the report.
LEDGER_MUST_CHECK enum ledger_err command_report(struct report *report, const char *json_lines,
                                                 enum ledger_err err, struct ledger_error *error);

// `ledger-bench replay`.
LEDGER_MUST_CHECK enum ledger_err command_replay(int argc, char **argv, struct ledger_error *error);

#endif
