// Rows of a CSV file, plain or compressed by gzip. A row that is wrong is told, with its line, and
// reading goes on behind it.
#ifndef LEDGERCTL_IMPORT_CSV_READER_H
#define LEDGERCTL_IMPORT_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/error.h"

struct import_csv_options {
    char delimiter;    // 0 = comma
    char quote;        // 0 = "
    bool no_header;    // the first row is data; columns have numbers only
    bool strip_spaces; // spaces and tabs around unquoted cells do not count
};

// Texts are valid until the next row is read.
struct import_csv_row {
    uint64_t line; // of its first character, from 1
    size_t count;
    const char *const *cells; // UTF-8 without NUL, if there is no fault
    enum ledger_err fault; // LEDGER_E_OK, _MALFORMED_CSV, _INVALID_UTF8, _EMBEDDED_NUL, _TOO_LARGE
    char reason[160];      // of the fault, for people; holds nothing from the cells
};

struct import_csv;

// Reads the header too. LEDGER_E_IO, LEDGER_E_MALFORMED_CSV (no usable header).
LEDGER_MUST_CHECK enum ledger_err import_csv_open(const char *path,
                                                  const struct import_csv_options *options,
                                                  struct import_csv **csv,
                                                  struct ledger_error *error);
void import_csv_close(struct import_csv *csv);

// *row is NULL at the end of the file. An error is the file's: a broken row is none.
LEDGER_MUST_CHECK enum ledger_err import_csv_next(struct import_csv *csv,
                                                  const struct import_csv_row **row,
                                                  struct ledger_error *error);

// Column names; 0 of them without a header row.
size_t import_csv_columns(const struct import_csv *csv, const char *const **names);
// The share of the file that has been read, 0 to 1.
double import_csv_progress(const struct import_csv *csv);

#endif
