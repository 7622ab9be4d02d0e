#include "condition.h"

#include <string.h>

static enum ledger_err value_test(const struct import_condition *condition,
                                  const struct import_csv_row *row, struct ledger_arena *arena,
                                  bool *holds, struct ledger_error *error) {
    struct import_value value;
    enum ledger_err err = import_template_run(&condition->value, row, arena, &value, error);
    if (err != LEDGER_E_OK)
        return err;
    *holds = condition->kind == IMPORT_WHEN_EMPTY && value.text[0] == '\0';
    for (size_t i = 0; condition->kind == IMPORT_WHEN_IN && i < condition->count && !*holds; i++)
        *holds = strcmp(value.text, condition->texts[i]) == 0;
    return LEDGER_E_OK;
}

// All and any stop at the child that decides.
static enum ledger_err children_test(const struct import_condition *condition,
                                     const struct import_csv_row *row, struct ledger_arena *arena,
                                     bool *holds, struct ledger_error *error) {
    bool deciding = condition->kind != IMPORT_WHEN_ALL;
    *holds = !deciding;
    for (size_t i = 0; i < condition->count && *holds != deciding; i++) {
        enum ledger_err err =
            import_condition_test(&condition->children[i], row, arena, holds, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

enum ledger_err import_condition_test(const struct import_condition *condition,
                                      const struct import_csv_row *row, struct ledger_arena *arena,
                                      bool *holds, struct ledger_error *error) {
    switch (condition->kind) {
    case IMPORT_WHEN_IN:
    case IMPORT_WHEN_EMPTY:
        return value_test(condition, row, arena, holds, error);
    case IMPORT_WHEN_ALL:
    case IMPORT_WHEN_ANY:
        return children_test(condition, row, arena, holds, error);
    case IMPORT_WHEN_NOT: {
        enum ledger_err err = children_test(condition, row, arena, holds, error);
        *holds = !*holds;
        return err;
    }
    }
    return LEDGER_E_INTERNAL;
}
