// A template of a map, filled from a row whose cells are the lines after the first.
#include <string.h>

#include "fuzz.h"
#include "ledger/text.h"
#include "template.h"

enum { CELLS_MAX = 8 };

static void run(const struct import_template *template, const struct import_csv_row *row,
                struct ledger_arena *arena) {
    struct import_value value = {0};
    struct ledger_error error = {0};
    enum ledger_err err = import_template_run(template, row, arena, &value, &error);
    if (err != LEDGER_E_OK)
        fuzz_refused(err, &error);
    else
        MUST(value.text != NULL && ledger_text_check(ledger_span_text(value.text)) == LEDGER_E_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const columns[CELLS_MAX] = {"A", "B", "C", "D", "E", "F", "G", "H"};
    static const char *const times[] = {"%Y/%m/%d %H:%M:%S.%f", "%m/%d/%Y"};
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span rest = ledger_span_of(data, size);
    struct ledger_span text = fuzz_cut(&rest, '\n');
    const char *cells[CELLS_MAX];
    for (size_t i = 0; i < CELLS_MAX; i++) {
        struct ledger_span cell = fuzz_cut(&rest, '\n');
        if (ledger_text_check(cell) != LEDGER_E_OK)
            cell.size = 0; // the CSV reader lets no such cell through
        cells[i] = ledger_arena_text(arena, cell);
    }
    if (ledger_text_check(text) != LEDGER_E_OK)
        return 0; // nor does the YAML reader
    struct import_scope scope = {
        .arena = arena,
        .system = "fuzz",
        .zone = {.given = true, .fixed = true, .offset_minutes = 60},
        .times = times,
        .time_count = sizeof times / sizeof *times,
    };
    struct import_template template;
    struct ledger_error error = {0};
    enum ledger_err err =
        import_template_compile(&scope, ledger_arena_text(arena, text), 1, 1, &template, &error);
    if (err != LEDGER_E_OK) {
        fuzz_refused(err, &error);
        return 0;
    }
    const struct import_placeholder *culprit = NULL;
    if (import_template_bind(&scope, columns, CELLS_MAX, &culprit, &error) != LEDGER_E_OK) {
        MUST(culprit != NULL);
        return 0;
    }
    run(&template, &(struct import_csv_row){.line = 2, .count = CELLS_MAX, .cells = cells}, arena);
    return 0;
}
