// Shared by the files that hold filters.
#ifndef LEDGERCTL_IMPORT_FILTERS_INTERNAL_H
#define LEDGERCTL_IMPORT_FILTERS_INTERNAL_H

#include "filters.h"

struct import_filter_kind {
    const char *name;
    size_t arguments_min, arguments_max;
    const char *arguments; // for messages
    bool sees_empty;       // others let an empty value pass
    enum ledger_err (*compile)(struct import_filter *filter, struct ledger_error *error);
    enum ledger_err (*run)(const struct import_filter *filter, struct ledger_arena *arena,
                           struct import_value *value, struct ledger_error *error);
};

#define IMPORT_FILTER_RUN(name)                                                                    \
    enum ledger_err import_filter_##name(const struct import_filter *filter,                       \
                                         struct ledger_arena *arena, struct import_value *value,   \
                                         struct ledger_error *error)

// filters.c
enum ledger_err import_filter_no_memory(struct ledger_error *error);
enum ledger_err import_filter_set_text(struct ledger_arena *arena, struct import_value *value,
                                       const char *text, size_t size, struct ledger_error *error);

// filters_text.c
enum ledger_err import_filter_search_compile(struct import_filter *filter,
                                             struct ledger_error *error);
IMPORT_FILTER_RUN(trim);
IMPORT_FILTER_RUN(upper);
IMPORT_FILTER_RUN(lower);
IMPORT_FILTER_RUN(slug);
IMPORT_FILTER_RUN(replace);
IMPORT_FILTER_RUN(before);
IMPORT_FILTER_RUN(after);
IMPORT_FILTER_RUN(first);
IMPORT_FILTER_RUN(default);
IMPORT_FILTER_RUN(required);
IMPORT_FILTER_RUN(hash);

// filters_number.c
enum ledger_err import_filter_places_compile(struct import_filter *filter,
                                             struct ledger_error *error);
enum ledger_err import_filter_decimals_compile(struct import_filter *filter,
                                               struct ledger_error *error);
IMPORT_FILTER_RUN(minor);
IMPORT_FILTER_RUN(int);
IMPORT_FILTER_RUN(e7);
IMPORT_FILTER_RUN(bool);

// filters_time.c
enum ledger_err import_filter_patterns_compile(struct import_filter *filter,
                                               struct ledger_error *error);
enum ledger_err import_filter_clock_compile(struct import_filter *filter,
                                            struct ledger_error *error);
IMPORT_FILTER_RUN(date);
IMPORT_FILTER_RUN(instant);
IMPORT_FILTER_RUN(any_time);

#endif
