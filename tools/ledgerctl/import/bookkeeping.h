// Facts about the import itself.
#ifndef LEDGERCTL_IMPORT_BOOKKEEPING_H
#define LEDGERCTL_IMPORT_BOOKKEEPING_H

#include "rows.h"

struct import_counts {
    uint64_t rows; // = accepted + duplicate + rejected
    uint64_t accepted;
    uint64_t duplicate;
    uint64_t rejected;
    uint64_t facts_added;    // by rows
    uint64_t records_added;  // about the import: rejected rows, the run itself
    uint64_t differences;    // once_by keys whose later rows, or whose fact in the ledger, differ
    uint64_t differing_rows; // rows that say so
};

// One file under one map's system: the same file again is the same batch.
struct import_batch_id {
    const char *system;
    const char *file_name; // without folders
    uint8_t sha256[32];
    char sha256_text[65];
    char id[LEDGER_UUID_TEXT_SIZE];
};

// Reads the whole file. LEDGER_E_IO.
LEDGER_MUST_CHECK enum ledger_err import_batch_identify(const char *system, const char *path,
                                                        struct import_batch_id *batch,
                                                        struct ledger_error *error);

// RecordRejected; the same for the same row of the same file. No value of the row is in it.
LEDGER_MUST_CHECK enum ledger_err
import_rejected_make(const struct import_batch_id *batch, uint64_t line,
                     const struct ledger_error *reason, struct ledger_arena *arena,
                     struct import_event *event, struct ledger_error *error);
// ImportBatchRecorded: new at each run.
LEDGER_MUST_CHECK enum ledger_err
import_finished_make(const struct import_batch_id *batch, const struct import_map *map,
                     const struct import_counts *counts, struct ledger_arena *arena,
                     struct import_event *event, struct ledger_error *error);

#endif
