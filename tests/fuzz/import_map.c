// A mapping file, then, after a NUL, a CSV file that it maps: what comes out are events that can be
// packed, whether the ledger takes them or not.
#include <string.h>

#include "fuzz.h"
#include "ledger/event.h"
#include "memo.h"
#include "rows.h"

enum { ROWS_MAX = 20 };

static void map_row(const struct import_map *map, const struct import_csv *csv,
                    const struct import_csv_row *cells, struct import_memo *memo) {
    struct ledger_arena *arena = ledger_arena_new(0);
    struct import_row row;
    MUST(arena != NULL);
    MUST(import_row_map(map, csv, cells, memo, arena, &row) == LEDGER_E_OK);
    if (row.error.code != LEDGER_E_OK)
        fuzz_refused(row.error.code, &row.error);
    for (size_t i = 0; i < row.count; i++) {
        ProtobufCMessage *event = NULL;
        MUST(ledger_message_unpack(&ledger__v1__event__descriptor, row.events[i].bytes.event,
                                   SIZE_MAX, arena, &event, NULL) == LEDGER_E_OK);
    }
    ledger_arena_free(arena);
}

static void map_rows(struct import_map *map, struct ledger_span text) {
    struct import_csv *csv = NULL;
    const struct import_csv_row *row = NULL;
    struct ledger_error error = {0};
    if (import_csv_open(fuzz_file(text), &map->csv, &csv, &error) != LEDGER_E_OK)
        return;
    struct import_memo memo;
    MUST(import_memo_init(&memo) == LEDGER_E_OK);
    enum ledger_err err = import_map_bind(map, csv, &error);
    if (err != LEDGER_E_OK)
        fuzz_refused(err, &error);
    for (int i = 0; err == LEDGER_E_OK && i < ROWS_MAX; i++) {
        err = import_csv_next(csv, &row, &error);
        if (err != LEDGER_E_OK || row == NULL)
            break;
        map_row(map, csv, row, &memo);
    }
    import_memo_fini(&memo);
    import_csv_close(csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_span rest = ledger_span_of(data, size);
    struct ledger_span text = fuzz_cut(&rest, '\0');
    const struct import_map_options options = {.data_folder = "/nonexistent"};
    struct import_map *map = NULL;
    struct ledger_error error = {0};
    enum ledger_err err = import_map_load(fuzz_file(text), &options, &map, &error);
    if (err != LEDGER_E_OK) {
        fuzz_refused(err, &error);
        return 0;
    }
    map_rows(map, rest);
    import_map_free(map);
    return 0;
}
