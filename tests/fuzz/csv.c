// CSV files, plain or compressed. The first byte sets the options.
#include <string.h>

#include "csv_reader.h"
#include "fuzz.h"
#include "ledger/text.h"

static void row_is_usable(const struct import_csv_row *row) {
    if (row->fault != LEDGER_E_OK) {
        MUST(row->count == 0 && row->reason[0] != '\0');
        return;
    }
    for (size_t i = 0; i < row->count; i++)
        MUST(ledger_text_check(ledger_span_text(row->cells[i])) == LEDGER_E_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct import_csv_options options = {.delimiter = *data & 1 ? ';' : 0,
                                         .quote = *data & 2 ? '\'' : 0,
                                         .no_header = *data & 4,
                                         .strip_spaces = *data & 8};
    struct import_csv *csv = NULL;
    const struct import_csv_row *row = NULL;
    struct ledger_error error = {0};
    const char *const *names = NULL;
    const char *path = fuzz_file(ledger_span_of(data + 1, size - 1));
    enum ledger_err err = import_csv_open(path, &options, &csv, &error);
    if (err != LEDGER_E_OK) {
        fuzz_refused(err, &error);
        return 0;
    }
    size_t columns = import_csv_columns(csv, &names);
    MUST(!options.no_header || columns == 0);
    uint64_t line = 0;
    while ((err = import_csv_next(csv, &row, &error)) == LEDGER_E_OK && row != NULL) {
        MUST(row->line > line);
        line = row->line;
        row_is_usable(row);
        double progress = import_csv_progress(csv);
        MUST(progress >= 0 && progress <= 1);
    }
    if (err != LEDGER_E_OK)
        fuzz_refused(err, &error);
    import_csv_close(csv);
    return 0;
}
