// Filters: what may follow a column in a template, each a row of one table.
#ifndef LEDGERCTL_IMPORT_FILTERS_H
#define LEDGERCTL_IMPORT_FILTERS_H

#include "template.h"

enum { IMPORT_FILTER_ARGUMENTS_MAX = 8 };

struct import_filter_kind;
struct import_filter {
    const struct import_filter_kind *kind;
    const struct import_scope *scope;
    const char *arguments[IMPORT_FILTER_ARGUMENTS_MAX];
    size_t argument_count;
    int places;                         // minor, first
    const struct import_lookup *lookup; // lookup
    size_t lookup_column;
    const char *const *patterns; // date, time, instant
    size_t pattern_count;
};

// kind, arguments and argument_count are checked and the rest is filled in. LEDGER_E_MAP_INVALID.
LEDGER_MUST_CHECK enum ledger_err import_filter_compile(const struct import_scope *scope,
                                                        const char *name,
                                                        struct import_filter *filter,
                                                        struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err import_filter_run(const struct import_filter *filter,
                                                    struct ledger_arena *arena,
                                                    struct import_value *value,
                                                    struct ledger_error *error);

#endif
