// What a person, or a program, gets to see of an import.
#ifndef LEDGERCTL_IMPORT_REPORT_H
#define LEDGERCTL_IMPORT_REPORT_H

#include <stdbool.h>

#include "bookkeeping.h"
#include "sender.h"

struct import_report_options {
    bool json;
    bool dry_run;
    const char *rejects_path; // CSV of all rejected rows; NULL = none
};

struct import_report;
LEDGER_MUST_CHECK enum ledger_err import_report_new(const struct import_report_options *options,
                                                    struct import_report **report,
                                                    struct ledger_error *error);
// Writes the rejects out. LEDGER_E_IO.
LEDGER_MUST_CHECK enum ledger_err import_report_close(struct import_report *report,
                                                      struct ledger_error *error);

void import_report_file_begin(struct import_report *report, const char *path);
// An import_on_row.
void import_report_row(void *report, const struct import_row *row, enum import_outcome outcome);
// Draws the progress bar, now and then; `share` of the file has been read.
void import_report_progress(struct import_report *report, double share);
// The counts so far: rows by outcome.
struct import_counts *import_report_counts(struct import_report *report);
// Prints the file's part of the summary.
void import_report_file_end(struct import_report *report, bool complete);
// Prints the totals, if there is something to add up; as JSON also what ended the import early, if
// `error` is not NULL.
void import_report_end(struct import_report *report, const struct ledger_error *error);
bool import_report_any_rejected(const struct import_report *report);

#endif
