// Single values out of JSON.
#include "json_internal.h"
#include "ledger/text.h"

const char *json_kind(const json_t *json) {
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

static struct ledger_span text_of(const json_t *json) {
    return ledger_span_of(json_string_value(json), json_string_length(json));
}

// 1e3 is a whole number too. Beyond 2^53 a double no longer says which one was meant.
static bool whole_real(const json_t *json, int64_t *number) {
    const double limit = 9007199254740992.0;
    double value = json_real_value(json);
    if (!(value >= -limit && value <= limit))
        return false;
    *number = (int64_t)value;
    return (double)*number == value;
}

bool json_to_i64(const json_t *json, int64_t *number) {
    if (json_is_string(json))
        return ledger_i64_parse(text_of(json), number);
    if (json_is_real(json))
        return whole_real(json, number);
    *number = json_integer_value(json);
    return json_is_integer(json);
}

bool json_to_u64(const json_t *json, uint64_t *number) {
    if (json_is_string(json))
        return ledger_u64_parse(text_of(json), number);
    int64_t whole;
    if (!json_to_i64(json, &whole) || whole < 0)
        return false;
    *number = (uint64_t)whole;
    return true;
}

enum ledger_err json_no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
}
