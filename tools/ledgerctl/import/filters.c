// One table: name, arguments, what compiling checks, what running does. Look-up tables are read
// here, texts, numbers and times in files of their own.
#include <string.h>

#include "filters_internal.h"

enum ledger_err import_filter_no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "running a filter");
}

enum ledger_err import_filter_set_text(struct ledger_arena *arena, struct import_value *value,
                                       const char *text, size_t size, struct ledger_error *error) {
    value->kind = IMPORT_TEXT;
    value->text = ledger_arena_text(arena, ledger_span_of(text, size));
    return value->text != NULL ? LEDGER_E_OK : import_filter_no_memory(error);
}

// ---- look-up tables

static enum ledger_err lookup_compile(struct import_filter *filter, struct ledger_error *error) {
    const char *table = filter->arguments[0];
    const char *column = strchr(table, ':');
    size_t size = column != NULL ? (size_t)(column - table) : strlen(table);
    for (size_t i = 0; i < filter->scope->lookup_count; i++) {
        const struct import_lookup *lookup = &filter->scope->lookups[i];
        if (strlen(lookup->name) == size && memcmp(lookup->name, table, size) == 0)
            filter->lookup = lookup;
    }
    if (filter->lookup == NULL)
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                           "\"%.*s\" is none of the map's lookups", (int)size, table);
    bool needs_column = filter->lookup->columns != NULL;
    if (needs_column != (column != NULL))
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected lookup:%.*s%s", (int)size,
                           table, needs_column ? ":COLUMN" : "");
    if (needs_column && !import_lookup_column(filter->lookup, column + 1, &filter->lookup_column))
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                           "the look-up file %.*s has no column \"%s\"", (int)size, table,
                           column + 1);
    return LEDGER_E_OK;
}

static enum ledger_err lookup_run(const struct import_filter *filter, struct ledger_arena *arena,
                                  struct import_value *value, struct ledger_error *error) {
    (void)arena;
    const char *found = import_lookup_find(filter->lookup, value->text, filter->lookup_column);
    if (found == NULL && filter->lookup->missing == IMPORT_MISSING_ERROR)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is not in the look-up table %s", value->text,
                           filter->lookup->name);
    if (found == NULL)
        found = filter->lookup->missing == IMPORT_MISSING_KEEP ? value->text : "";
    *value = (struct import_value){.text = found};
    return LEDGER_E_OK;
}

// ---- the table

static const struct import_filter_kind kinds[] = {
    {"trim", 0, 0, "no argument", false, NULL, import_filter_trim},
    {"upper", 0, 0, "no argument", false, NULL, import_filter_upper},
    {"lower", 0, 0, "no argument", false, NULL, import_filter_lower},
    {"slug", 0, 0, "no argument", false, NULL, import_filter_slug},
    {"replace", 1, 2, "replace:OLD;NEW", false, import_filter_search_compile,
     import_filter_replace},
    {"remove", 1, 1, "remove:TEXT", false, import_filter_search_compile, import_filter_replace},
    {"before", 1, 1, "before:TEXT", false, import_filter_search_compile, import_filter_before},
    {"after", 1, 1, "after:TEXT", false, import_filter_search_compile, import_filter_after},
    {"first", 1, 1, "first:CHARACTERS", false, import_filter_places_compile, import_filter_first},
    {"default", 1, 1, "default:TEXT", true, NULL, import_filter_default},
    {"required", 0, 0, "no argument", true, NULL, import_filter_required},
    {"hash", 0, 0, "no argument", false, NULL, import_filter_hash},
    {"minor", 1, 1, "minor:DECIMALS", false, import_filter_decimals_compile, import_filter_minor},
    {"int", 0, 0, "no argument", false, NULL, import_filter_int},
    {"e7", 0, 0, "no argument", false, NULL, import_filter_e7},
    {"bool", 0, 0, "no argument", false, NULL, import_filter_bool},
    {"date", 0, 8, "date or date:PATTERN;PATTERN", false, import_filter_patterns_compile,
     import_filter_date},
    {"instant", 0, 8, "instant or instant:PATTERN;PATTERN", false, import_filter_clock_compile,
     import_filter_instant},
    {"time", 0, 8, "time or time:PATTERN;PATTERN", false, import_filter_clock_compile,
     import_filter_any_time},
    {"lookup", 1, 1, "lookup:TABLE or lookup:TABLE:COLUMN", false, lookup_compile, lookup_run},
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static enum ledger_err unknown_name(const char *name, struct ledger_error *error) {
    struct ledger_buffer names = {0};
    for (size_t i = 0; i < KIND_COUNT; i++)
        ledger_buffer_printf(&names, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    const char *text = ledger_buffer_text(&names);
    enum ledger_err err =
        ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "unknown filter \"%s\": expected one of %s",
                    name, text != NULL ? text : "");
    ledger_buffer_fini(&names);
    return err;
}

enum ledger_err import_filter_compile(const struct import_scope *scope, const char *name,
                                      struct import_filter *filter, struct ledger_error *error) {
    filter->scope = scope;
    for (size_t i = 0; i < KIND_COUNT && filter->kind == NULL; i++)
        filter->kind = strcmp(kinds[i].name, name) == 0 ? &kinds[i] : NULL;
    const struct import_filter_kind *kind = filter->kind;
    if (kind == NULL)
        return unknown_name(name, error);
    if (filter->argument_count < kind->arguments_min ||
        filter->argument_count > kind->arguments_max) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "filter %s: expected %s", name,
                           kind->arguments);
    }
    return kind->compile != NULL ? kind->compile(filter, error) : LEDGER_E_OK;
}

enum ledger_err import_filter_run(const struct import_filter *filter, struct ledger_arena *arena,
                                  struct import_value *value, struct ledger_error *error) {
    if (value->text[0] == '\0' && !filter->kind->sees_empty)
        return LEDGER_E_OK;
    return filter->kind->run(filter, arena, value, error);
}
