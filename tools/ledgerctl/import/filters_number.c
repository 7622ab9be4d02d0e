// Filters that read numbers and truths.
#include <string.h>
#include <strings.h>

#include "filters_internal.h"
#include "ledger/text.h"

static enum ledger_err number_set(struct ledger_arena *arena, struct import_value *value,
                                  int64_t number, struct ledger_error *error) {
    value->kind = IMPORT_INTEGER;
    value->number = number;
    value->text = ledger_arena_printf(arena, "%lld", (long long)number);
    return value->text != NULL ? LEDGER_E_OK : import_filter_no_memory(error);
}

enum reading { READ, NO_NUMBER, TOO_LARGE };

// Exact: digits, at most one point, at most `places` of them behind it, unless the rest is zeros.
static enum reading scaled_read(const char *text, int places, int64_t *number) {
    bool negative = *text == '-';
    text += *text == '-' || *text == '+' ? 1 : 0;
    int64_t value = 0;
    int behind = -1; // digits behind the point; -1 = no point yet
    bool digits = false;
    bool large = false;
    for (; *text != '\0'; text++) {
        if (*text == '.' && behind < 0) {
            behind = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || (behind >= places && *text != '0'))
            return NO_NUMBER;
        digits = true;
        if (behind >= places)
            continue;
        behind += behind >= 0 ? 1 : 0;
        large = large || __builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, *text - '0', &value);
    }
    for (int i = behind < 0 ? 0 : behind; i < places; i++)
        large = large || __builtin_mul_overflow(value, 10, &value);
    *number = negative ? -value : value;
    return !digits ? NO_NUMBER : large ? TOO_LARGE : READ;
}

static enum ledger_err too_large(const char *text, struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL, "\"%s\" is too large a number", text);
}

IMPORT_FILTER_RUN(minor) {
    int64_t number = 0;
    enum reading reading = scaled_read(value->text, filter->places, &number);
    if (reading == TOO_LARGE)
        return too_large(value->text, error);
    if (reading != READ)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is no decimal number with at most %d digits behind the point",
                           value->text, filter->places);
    return number_set(arena, value, number, error);
}

IMPORT_FILTER_RUN(int) {
    (void)filter;
    int64_t number = 0;
    enum reading reading = scaled_read(value->text, 0, &number);
    if (reading == TOO_LARGE)
        return too_large(value->text, error);
    if (reading != READ)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL, "\"%s\" is no whole number",
                           value->text);
    return number_set(arena, value, number, error);
}

// Degrees come with as many digits as a program felt like; beyond 1e-7 (a centimetre) they are
// cut off.
IMPORT_FILTER_RUN(e7) {
    (void)filter;
    int64_t number = 0;
    size_t size = strcspn(value->text, ".");
    size += strlen(value->text + size) > 8 ? 8 : strlen(value->text + size);
    const char *text = ledger_arena_text(arena, ledger_span_of(value->text, size));
    if (text == NULL)
        return import_filter_no_memory(error);
    bool digits_only = strspn(value->text + size, "0123456789") == strlen(value->text + size);
    if (!digits_only || scaled_read(text, 7, &number) != READ || number > INT64_C(1800000000) ||
        number < INT64_C(-1800000000)) {
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is no degree of latitude "
                           "or longitude",
                           value->text);
    }
    return number_set(arena, value, number, error);
}

IMPORT_FILTER_RUN(bool) {
    (void)filter;
    (void)arena;
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"0", "1"},
                                           {"n", "y"},        {"f", "t"},    {"off", "on"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
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

enum ledger_err import_filter_places_compile(struct import_filter *filter,
                                             struct ledger_error *error) {
    enum { PLACES_MAX = 1000 };
    uint64_t places = 0;
    if (!ledger_u64_parse(ledger_span_text(filter->arguments[0]), &places) || places > PLACES_MAX)
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "\"%s\": expected a number, 0 to %d",
                           filter->arguments[0], PLACES_MAX);
    filter->places = (int)places;
    return LEDGER_E_OK;
}

enum ledger_err import_filter_decimals_compile(struct import_filter *filter,
                                               struct ledger_error *error) {
    enum { DECIMALS_MAX = 9 };
    enum ledger_err err = import_filter_places_compile(filter, error);
    if (err == LEDGER_E_OK && filter->places > DECIMALS_MAX)
        return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected 0 to %d decimals",
                           DECIMALS_MAX);
    return err;
}
