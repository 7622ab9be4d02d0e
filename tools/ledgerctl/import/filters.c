// One table: name, arguments, what compiling checks, what running does.
#include "filters.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ledger/text.h"

struct import_filter_kind {
    const char *name;
    size_t arguments_min, arguments_max;
    const char *arguments; // for messages
    bool sees_empty;       // others let an empty value pass
    enum ledger_err (*compile)(struct import_filter *filter, struct ledger_error *error);
    enum ledger_err (*run)(const struct import_filter *filter, struct ledger_arena *arena,
                           struct import_value *value, struct ledger_error *error);
};

#define RUN(name)                                                                                  \
    static enum ledger_err name(const struct import_filter *filter, struct ledger_arena *arena,    \
                                struct import_value *value, struct ledger_error *error)

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "running a filter");
}

static enum ledger_err text_set(struct ledger_arena *arena, struct import_value *value,
                                const char *text, size_t size, struct ledger_error *error) {
    value->kind = IMPORT_TEXT;
    value->text = ledger_arena_text(arena, ledger_span_of(text, size));
    return value->text != NULL ? LEDGER_E_OK : no_memory(error);
}

static enum ledger_err number_set(struct ledger_arena *arena, struct import_value *value,
                                  int64_t number, struct ledger_error *error) {
    value->kind = IMPORT_INTEGER;
    value->number = number;
    value->text = ledger_arena_printf(arena, "%lld", (long long)number);
    return value->text != NULL ? LEDGER_E_OK : no_memory(error);
}

// ---- text

RUN(trim_run) {
    (void)filter;
    static const char blanks[] = " \t\r\n\v\f";
    const char *text = value->text + strspn(value->text, blanks);
    size_t size = strlen(text);
    while (size > 0 && strchr(blanks, text[size - 1]) != NULL) {
        size--;
    }
    return text_set(arena, value, text, size, error);
}

static char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static enum ledger_err each_char(struct ledger_arena *arena, struct import_value *value,
                                 char (*change)(char), struct ledger_error *error) {
    size_t size = strlen(value->text);
    char *text = ledger_arena_text(arena, ledger_span_of(value->text, size));
    if (text == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < size; i++) {
        text[i] = change(text[i]);
    }
    *value = (struct import_value){.text = text};
    return LEDGER_E_OK;
}

RUN(upper_run) {
    (void)filter;
    return each_char(arena, value, ascii_upper, error);
}

RUN(lower_run) {
    (void)filter;
    return each_char(arena, value, ascii_lower, error);
}

// Letters and digits of ASCII in lower case, bytes of other scripts as they are, and one "-" for
// any run of the rest.
RUN(slug_run) {
    (void)filter;
    char *slug = ledger_arena_alloc(arena, strlen(value->text) + 1);
    if (slug == NULL) {
        return no_memory(error);
    }
    size_t size = 0;
    for (const char *p = value->text; *p != '\0'; p++) {
        char c = ascii_lower(*p);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80) {
            slug[size++] = c;
        } else if (size > 0 && slug[size - 1] != '-') {
            slug[size++] = '-';
        }
    }
    size -= size > 0 && slug[size - 1] == '-' ? 1 : 0;
    slug[size] = '\0';
    *value = (struct import_value){.text = slug};
    return LEDGER_E_OK;
}

RUN(replace_run) {
    const char *from = filter->arguments[0];
    const char *to = filter->argument_count > 1 ? filter->arguments[1] : "";
    struct ledger_buffer out = {0};
    const char *place = value->text;
    for (const char *hit; (hit = strstr(place, from)) != NULL; place = hit + strlen(from)) {
        ledger_buffer_add(&out, place, (size_t)(hit - place));
        ledger_buffer_add_text(&out, to);
    }
    ledger_buffer_add_text(&out, place);
    enum ledger_err err = out.failed
                              ? no_memory(error)
                              : text_set(arena, value, (const char *)out.data, out.size, error);
    ledger_buffer_fini(&out);
    return err;
}

RUN(before_run) {
    const char *hit = strstr(value->text, filter->arguments[0]);
    size_t size = hit != NULL ? (size_t)(hit - value->text) : strlen(value->text);
    return text_set(arena, value, value->text, size, error);
}

RUN(after_run) {
    const char *hit = strstr(value->text, filter->arguments[0]);
    const char *rest = hit != NULL ? hit + strlen(filter->arguments[0]) : "";
    return text_set(arena, value, rest, strlen(rest), error);
}

// Characters, not bytes.
RUN(first_run) {
    const char *place = value->text;
    for (int count = 0; *place != '\0'; place++) {
        bool starts_character = ((unsigned char)*place & 0xC0) != 0x80;
        if (starts_character && count++ == filter->places) {
            break;
        }
    }
    return text_set(arena, value, value->text, (size_t)(place - value->text), error);
}

RUN(default_run) {
    if (value->text[0] != '\0') {
        return LEDGER_E_OK;
    }
    return text_set(arena, value, filter->arguments[0], strlen(filter->arguments[0]), error);
}

RUN(required_run) {
    (void)filter;
    (void)arena;
    return value->text[0] != '\0'
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_MISSING_FIELD, NULL, "a value is required");
}

// A pseudonym: the same value of the same system always gives the same one.
RUN(hash_run) {
    enum { PSEUDONYM_BYTES = 8 };
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct ledger_buffer name = {0};
    ledger_buffer_add_text(&name, filter->scope->system);
    ledger_buffer_add_byte(&name, 0);
    ledger_buffer_add_text(&name, value->text);
    bool done = !name.failed && SHA256(name.data, name.size, digest) != NULL;
    ledger_buffer_fini(&name);
    if (!done) {
        return no_memory(error);
    }
    static const char digits[] = "0123456789abcdef";
    char text[2 * PSEUDONYM_BYTES];
    for (size_t i = 0; i < PSEUDONYM_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return text_set(arena, value, text, sizeof(text), error);
}

// ---- numbers

// Exact: digits, at most one point, at most `places` of them behind it, unless the rest is zeros.
static bool scaled_read(const char *text, int places, int64_t *number) {
    bool negative = *text == '-';
    text += *text == '-' || *text == '+' ? 1 : 0;
    int64_t value = 0;
    int behind = -1; // digits behind the point; -1 = no point yet
    bool digits = false;
    for (; *text != '\0'; text++) {
        if (*text == '.' && behind < 0) {
            behind = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || (behind >= places && *text != '0')) {
            return false;
        }
        digits = true;
        if (behind >= places) {
            continue;
        }
        behind += behind >= 0 ? 1 : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *text - '0', &value)) {
            return false;
        }
    }
    for (int i = behind < 0 ? 0 : behind; i < places; i++) {
        if (__builtin_mul_overflow(value, 10, &value)) {
            return false;
        }
    }
    *number = negative ? -value : value;
    return digits;
}

RUN(minor_run) {
    int64_t number = 0;
    if (!scaled_read(value->text, filter->places, &number)) {
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is no decimal number with at most %d digits behind the point",
                           value->text, filter->places);
    }
    return number_set(arena, value, number, error);
}

RUN(int_run) {
    (void)filter;
    int64_t number = 0;
    if (!scaled_read(value->text, 0, &number)) {
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL, "\"%s\" is no whole number",
                           value->text);
    }
    return number_set(arena, value, number, error);
}

// Degrees come with as many digits as a program felt like; beyond 1e-7 (a centimetre) they are
// cut off.
RUN(e7_run) {
    (void)filter;
    int64_t number = 0;
    size_t size = strcspn(value->text, ".");
    size += strlen(value->text + size) > 8 ? 8 : strlen(value->text + size);
    const char *text = ledger_arena_text(arena, ledger_span_of(value->text, size));
    if (text == NULL) {
        return no_memory(error);
    }
    bool digits_only = strspn(value->text + size, "0123456789") == strlen(value->text + size);
    if (!digits_only || !scaled_read(text, 7, &number) || number > INT64_C(1800000000) ||
        number < INT64_C(-1800000000)) {
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is no degree of latitude "
                           "or longitude",
                           value->text);
    }
    return number_set(arena, value, number, error);
}

RUN(bool_run) {
    (void)filter;
    (void)arena;
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"0", "1"},
                                           {"n", "y"},        {"f", "t"},    {"off", "on"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (int truth = 0; truth <= 1; truth++) {
            if (strcasecmp(value->text, words[i][truth]) == 0) {
                *value = (struct import_value){IMPORT_BOOLEAN, truth ? "true" : "false", truth};
                return LEDGER_E_OK;
            }
        }
    }
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL, "\"%s\" is neither true nor false",
                       value->text);
}

static enum ledger_err places_compile(struct import_filter *filter, struct ledger_error *error) {
    enum { PLACES_MAX = 1000 };
    uint64_t places = 0;
    if (!ledger_u64_parse(ledger_span_text(filter->arguments[0]), &places) || places > PLACES_MAX) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "\"%s\": expected a number, 0 to %d",
                           filter->arguments[0], PLACES_MAX);
    }
    filter->places = (int)places;
    return LEDGER_E_OK;
}

static enum ledger_err decimals_compile(struct import_filter *filter, struct ledger_error *error) {
    enum { DECIMALS_MAX = 9 };
    enum ledger_err err = places_compile(filter, error);
    if (err == LEDGER_E_OK && filter->places > DECIMALS_MAX) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected 0 to %d decimals",
                           DECIMALS_MAX);
    }
    return err;
}

static enum ledger_err search_compile(struct import_filter *filter, struct ledger_error *error) {
    return filter->arguments[0][0] != '\0'
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected a text to look for");
}

// ---- times

static enum ledger_err patterns_compile(struct import_filter *filter, struct ledger_error *error) {
    filter->pattern_count = filter->argument_count;
    if (filter->pattern_count == 0) {
        filter->patterns = filter->scope->times;
        filter->pattern_count = filter->scope->time_count;
    } else {
        filter->patterns = ledger_arena_copy(filter->scope->arena, filter->arguments,
                                             filter->argument_count * sizeof(char *));
        if (filter->patterns == NULL) {
            return no_memory(error);
        }
    }
    if (filter->pattern_count == 0) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                           "expected a pattern behind the filter, or times: in the map");
    }
    for (size_t i = 0; i < filter->pattern_count; i++) {
        if (!import_pattern_check(filter->patterns[i], error)) {
            error->code = LEDGER_E_MAP_INVALID;
            return LEDGER_E_MAP_INVALID;
        }
    }
    return LEDGER_E_OK;
}

static enum ledger_err clock_compile(struct import_filter *filter, struct ledger_error *error) {
    enum ledger_err err = patterns_compile(filter, error);
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
    if (err != LEDGER_E_OK) {
        return err;
    }
    char text[LEDGER_INSTANT_TEXT_SIZE]; // a date is shorter
    if (moment.when == LEDGER_WHEN_DATE) {
        ledger_date_format(moment.day, text);
    } else {
        ledger_instant_format(moment.micros, moment.offset_minutes, text);
    }
    return text_set(arena, value, text, strlen(text), error);
}

RUN(date_run) {
    return time_run(filter, IMPORT_PRECISION_DATE, arena, value, error);
}

RUN(instant_run) {
    return time_run(filter, IMPORT_PRECISION_INSTANT, arena, value, error);
}

RUN(any_time_run) {
    return time_run(filter, IMPORT_PRECISION_ANY, arena, value, error);
}

// ---- look-up tables

static enum ledger_err lookup_compile(struct import_filter *filter, struct ledger_error *error) {
    const char *table = filter->arguments[0];
    const char *column = strchr(table, ':');
    size_t size = column != NULL ? (size_t)(column - table) : strlen(table);
    for (size_t i = 0; i < filter->scope->lookup_count; i++) {
        const struct import_lookup *lookup = &filter->scope->lookups[i];
        if (strlen(lookup->name) == size && memcmp(lookup->name, table, size) == 0) {
            filter->lookup = lookup;
        }
    }
    if (filter->lookup == NULL) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                           "\"%.*s\" is none of the map's lookups", (int)size, table);
    }
    bool needs_column = filter->lookup->columns != NULL;
    if (needs_column != (column != NULL)) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected lookup:%.*s%s", (int)size,
                           table, needs_column ? ":COLUMN" : "");
    }
    if (needs_column && !import_lookup_column(filter->lookup, column + 1, &filter->lookup_column)) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                           "the look-up file %.*s has no column \"%s\"", (int)size, table,
                           column + 1);
    }
    return LEDGER_E_OK;
}

RUN(lookup_run) {
    (void)arena;
    const char *found = import_lookup_find(filter->lookup, value->text, filter->lookup_column);
    if (found == NULL && filter->lookup->missing == IMPORT_MISSING_ERROR) {
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is not in the look-up table %s", value->text,
                           filter->lookup->name);
    }
    if (found == NULL) {
        found = filter->lookup->missing == IMPORT_MISSING_KEEP ? value->text : "";
    }
    *value = (struct import_value){.text = found};
    return LEDGER_E_OK;
}

// ---- the table

static const struct import_filter_kind kinds[] = {
    {"trim", 0, 0, "no argument", false, NULL, trim_run},
    {"upper", 0, 0, "no argument", false, NULL, upper_run},
    {"lower", 0, 0, "no argument", false, NULL, lower_run},
    {"slug", 0, 0, "no argument", false, NULL, slug_run},
    {"replace", 1, 2, "replace:OLD;NEW", false, search_compile, replace_run},
    {"remove", 1, 1, "remove:TEXT", false, search_compile, replace_run},
    {"before", 1, 1, "before:TEXT", false, search_compile, before_run},
    {"after", 1, 1, "after:TEXT", false, search_compile, after_run},
    {"first", 1, 1, "first:CHARACTERS", false, places_compile, first_run},
    {"default", 1, 1, "default:TEXT", true, NULL, default_run},
    {"required", 0, 0, "no argument", true, NULL, required_run},
    {"hash", 0, 0, "no argument", false, NULL, hash_run},
    {"minor", 1, 1, "minor:DECIMALS", false, decimals_compile, minor_run},
    {"int", 0, 0, "no argument", false, NULL, int_run},
    {"e7", 0, 0, "no argument", false, NULL, e7_run},
    {"bool", 0, 0, "no argument", false, NULL, bool_run},
    {"date", 0, 8, "date or date:PATTERN;PATTERN", false, patterns_compile, date_run},
    {"instant", 0, 8, "instant or instant:PATTERN;PATTERN", false, clock_compile, instant_run},
    {"time", 0, 8, "time or time:PATTERN;PATTERN", false, clock_compile, any_time_run},
    {"lookup", 1, 1, "lookup:TABLE or lookup:TABLE:COLUMN", false, lookup_compile, lookup_run},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static enum ledger_err unknown_name(const char *name, struct ledger_error *error) {
    struct ledger_buffer names = {0};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        ledger_buffer_printf(&names, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    }
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
    for (size_t i = 0; i < KIND_COUNT && filter->kind == NULL; i++) {
        filter->kind = strcmp(kinds[i].name, name) == 0 ? &kinds[i] : NULL;
    }
    const struct import_filter_kind *kind = filter->kind;
    if (kind == NULL) {
        return unknown_name(name, error);
    }
    if (filter->argument_count < kind->arguments_min ||
        filter->argument_count > kind->arguments_max) {
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "filter %s: expected %s", name,
                           kind->arguments);
    }
    return kind->compile != NULL ? kind->compile(filter, error) : LEDGER_E_OK;
}

enum ledger_err import_filter_run(const struct import_filter *filter, struct ledger_arena *arena,
                                  struct import_value *value, struct ledger_error *error) {
    if (value->text[0] == '\0' && !filter->kind->sees_empty) {
        return LEDGER_E_OK;
    }
    return filter->kind->run(filter, arena, value, error);
}
