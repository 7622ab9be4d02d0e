// The two forms of an export (proto/ledger/v1/export.proto), written and read record by record.
#ifndef LEDGERCTL_EXPORT_FILE_H
#define LEDGERCTL_EXPORT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/v1/export.pb-c.h"
#include "lines.h"

enum { EXPORT_FORMAT = 1 };

// ---- writing. What cannot be written shows in ferror(file).
LEDGER_MUST_CHECK enum ledger_err export_write_header(FILE *file, bool json,
                                                      const Ledger__V1__ExportHeader *header,
                                                      struct ledger_error *error);
// `arena` is for its own use, and reset.
LEDGER_MUST_CHECK enum ledger_err export_write_record(FILE *file, bool json,
                                                      struct ledger_span record,
                                                      struct ledger_arena *arena,
                                                      struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err export_write_end(FILE *file, bool json,
                                                   const Ledger__V1__ExportEnd *end,
                                                   struct ledger_error *error);

// ---- reading. Either form; its first byte tells which.
struct export_reader {
    FILE *file; // records only
    const char *path;
    bool json;
    struct lines lines; // json only; they have the file then
    struct ledger_arena *arena;
    struct ledger_buffer buffer;
    uint64_t bytes; // read so far
};

enum export_part { EXPORT_RECORD, EXPORT_HEADER, EXPORT_END, EXPORT_NOTHING };

// What came next; the spans and messages are valid until the next call.
struct export_item {
    enum export_part part; // EXPORT_NOTHING: the file is over
    struct ledger_span record;
    const Ledger__V1__ExportHeader *header;
    const Ledger__V1__ExportEnd *end;
};

// Ownership: it closes the file, unless that is standard input, also when it fails.
LEDGER_MUST_CHECK enum ledger_err export_reader_init(struct export_reader *reader, FILE *file,
                                                     const char *path, struct ledger_error *error);
void export_reader_fini(struct export_reader *reader);
// LEDGER_E_MALFORMED: not what was written; LEDGER_E_IO.
LEDGER_MUST_CHECK enum ledger_err export_reader_next(struct export_reader *reader,
                                                     struct export_item *item,
                                                     struct ledger_error *error);

#endif
