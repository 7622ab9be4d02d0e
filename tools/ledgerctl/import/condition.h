// Conditions: which rows a fact is made of.
#ifndef LEDGERCTL_IMPORT_CONDITION_H
#define LEDGERCTL_IMPORT_CONDITION_H

#include "template.h"

enum import_condition_kind {
    IMPORT_WHEN_IN,    // value is one of texts
    IMPORT_WHEN_EMPTY, // value is absent
    IMPORT_WHEN_ALL,   // of children
    IMPORT_WHEN_ANY,
    IMPORT_WHEN_NOT, // the one child
};

struct import_condition {
    enum import_condition_kind kind;
    struct import_template value;
    const char *const *texts;
    struct import_condition *children;
    size_t count; // of texts or children
};

LEDGER_MUST_CHECK enum ledger_err import_condition_test(const struct import_condition *condition,
                                                        const struct import_csv_row *row,
                                                        struct ledger_arena *arena, bool *holds,
                                                        struct ledger_error *error);

#endif
