// Shared by rows.c and observed.c.
#ifndef LEDGERCTL_IMPORT_ROWS_INTERNAL_H
#define LEDGERCTL_IMPORT_ROWS_INTERNAL_H

#include "memo.h"
#include "rows.h"

// One row on its way.
struct import_mapper {
    const struct import_map *map;
    const struct import_csv_row *cells;
    struct import_memo *memo;
    struct ledger_arena *arena;
    const char *record_id;
    struct ledger_error *error;
};

// rows.c: `field` is put in front of the error's.
LEDGER_MUST_CHECK enum ledger_err import_text_run(const struct import_mapper *mapper,
                                                  const struct import_template *template,
                                                  const char *field, const char **text);

// observed.c: SourceRecordObserved, the row as it came, without its personal cells.
LEDGER_MUST_CHECK enum ledger_err import_observed_make(const struct import_mapper *mapper,
                                                       const struct import_csv *csv,
                                                       struct import_event *event);

#endif
