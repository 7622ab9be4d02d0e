// From a row of a file to packed events.
#ifndef LEDGERCTL_IMPORT_ROWS_H
#define LEDGERCTL_IMPORT_ROWS_H

#include "ledger/json.h"
#include "ledger/uuid.h"
#include "map.h"

struct import_event {
    const char *fact; // its name in the map
    struct ledger_uuid id;
    struct ledger_event_bytes bytes;
    bool once;          // of a once_by fact
    uint8_t digest[16]; // of event and personal parts; once_by facts only
};

// What one row gives. `error.code` says why it is rejected, if it is.
struct import_row {
    uint64_t line;
    struct import_event *events;
    size_t count;
    struct ledger_error error;
};

struct import_memo;

// Everything lives in `arena` or in the memo. A row that cannot be mapped is no error: see
// row->error. LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err
import_row_map(const struct import_map *map, const struct import_csv *csv,
               const struct import_csv_row *cells, struct import_memo *memo,
               struct ledger_arena *arena, struct import_row *row);

// Packs the JSON of an event; `event->once` is set before. Takes over the reference, NULL included.
LEDGER_MUST_CHECK enum ledger_err import_event_pack(json_t *json, struct ledger_arena *arena,
                                                    struct import_event *event,
                                                    struct ledger_error *error);

#endif
