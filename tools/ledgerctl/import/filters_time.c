// Filters that read days and instants.
#include <string.h>

#include "filters_internal.h"

enum ledger_err import_filter_patterns_compile(struct import_filter *filter,
                                               struct ledger_error *error) {
    filter->pattern_count = filter->argument_count;
    if (filter->pattern_count == 0) {
        filter->patterns = filter->scope->times;
        filter->pattern_count = filter->scope->time_count;
    } else {
        filter->patterns = ledger_arena_copy(filter->scope->arena, filter->arguments,
                                             filter->argument_count * sizeof(char *));
        if (filter->patterns == NULL)
            return import_filter_no_memory(error);
    }
    if (filter->pattern_count == 0)
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                           "expected a pattern behind the filter, or times: in the map");
    for (size_t i = 0; i < filter->pattern_count; i++) {
        if (!import_pattern_check(filter->patterns[i], error)) {
            error->code = LEDGER_E_MAP_INVALID;
            return LEDGER_E_MAP_INVALID;
        }
    }
    return LEDGER_E_OK;
}

enum ledger_err import_filter_clock_compile(struct import_filter *filter,
                                            struct ledger_error *error) {
    enum ledger_err err = import_filter_patterns_compile(filter, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < filter->pattern_count; i++) {
        const char *pattern = filter->patterns[i];
        if (import_pattern_has_clock(pattern) && !import_pattern_has_zone(pattern) &&
            !filter->scope->zone.given) {
            err = ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                              "\"%s\" has a clock and no zone: expected zone: in the map, or %%z",
                              pattern);
        }
    }
    return err;
}

static enum ledger_err time_run(const struct import_filter *filter, enum import_precision precision,
                                struct ledger_arena *arena, struct import_value *value,
                                struct ledger_error *error) {
    struct ledger_moment moment;
    enum ledger_err err = import_time_read(value->text, filter->patterns, filter->pattern_count,
                                           &filter->scope->zone, precision, &moment, error);
    if (err != LEDGER_E_OK)
        return err;
    char text[LEDGER_INSTANT_TEXT_SIZE]; // a date is shorter
    if (moment.when == LEDGER_WHEN_DATE)
        ledger_date_format(moment.day, text);
    else
        ledger_instant_format(moment.micros, moment.offset_minutes, text);
    return import_filter_set_text(arena, value, text, strlen(text), error);
}

IMPORT_FILTER_RUN(date) {
    return time_run(filter, IMPORT_PRECISION_DATE, arena, value, error);
}

IMPORT_FILTER_RUN(instant) {
    return time_run(filter, IMPORT_PRECISION_INSTANT, arena, value, error);
}

IMPORT_FILTER_RUN(any_time) {
    return time_run(filter, IMPORT_PRECISION_ANY, arena, value, error);
}
