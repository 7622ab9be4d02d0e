#include "format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "display.h"
#include "ledger/moment.h"

static uint64_t magnitude(int64_t number) {
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

static void add_grouped(struct ledger_buffer *buffer, uint64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            ledger_buffer_add_byte(buffer, ',');
        ledger_buffer_add_byte(buffer, (uint8_t)digits[i]);
    }
}

// number / 10^decimals
static void add_decimal(struct ledger_buffer *buffer, int64_t number, int decimals) {
    uint64_t unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    if (number < 0)
        ledger_buffer_add_byte(buffer, '-');
    add_grouped(buffer, magnitude(number) / unit);
    if (decimals > 0)
        ledger_buffer_printf(buffer, ".%0*" PRIu64, decimals, magnitude(number) % unit);
}

void format_integer(struct ledger_buffer *buffer, int64_t number) {
    add_decimal(buffer, number, 0);
}

void format_ratio(struct ledger_buffer *buffer, int64_t ten_thousandths) {
    add_decimal(buffer, ten_thousandths, 4);
}

// ISO 4217 currencies whose minor unit is not a hundredth.
static int minor_digits(const char *currency) {
    static const char *const none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                       "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                       "VND", "VUV", "XAF", "XOF", "XPF"};
    static const char *const three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (strcmp(none[i], currency) == 0)
            return 0;
    for (size_t i = 0; i < sizeof three / sizeof three[0]; i++)
        if (strcmp(three[i], currency) == 0)
            return 3;
    return 2;
}

void format_money(struct ledger_buffer *buffer, int64_t minor, const char *currency) {
    add_decimal(buffer, minor, minor_digits(currency));
    if (currency[0] != '\0')
        ledger_buffer_printf(buffer, " %s", currency);
}

void format_date(struct ledger_buffer *buffer, int64_t days) {
    char text[LEDGER_DATE_TEXT_SIZE];
    if (days < LEDGER_DAY_MIN || days > LEDGER_DAY_MAX) {
        ledger_buffer_printf(buffer, "day %" PRId64, days);
        return;
    }
    ledger_date_format((int32_t)days, text);
    ledger_buffer_add_text(buffer, text);
}

void format_instant(struct ledger_buffer *buffer, int64_t micros, int32_t offset_minutes) {
    char text[LEDGER_INSTANT_TEXT_SIZE];
    ledger_instant_format(micros, offset_minutes, text);
    char *separator = strchr(text, 'T');
    if (separator != NULL)
        *separator = ' ';
    ledger_buffer_add_text(buffer, text);
}

void format_bytes(struct ledger_buffer *buffer, uint64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    uint64_t whole = bytes, rest = 0;
    size_t unit = 0;
    for (; whole >= 1024; unit++) {
        rest = whole % 1024;
        whole /= 1024;
    }
    ledger_buffer_printf(buffer, "%" PRIu64, whole);
    if (unit > 0)
        ledger_buffer_printf(buffer, ".%" PRIu64, rest * 10 / 1024);
    ledger_buffer_printf(buffer, " %s", units[unit]);
}

static void add_scalar(struct ledger_buffer *buffer, const json_t *value) {
    if (json_is_string(value)) {
        display_add_clean(buffer, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL)
        buffer->failed = true;
    else
        display_add_clean(buffer, text);
    free(text);
}

void format_json(struct ledger_buffer *buffer, const json_t *json) {
    const char *gap = "";
    const char *key;
    json_t *value;
    if (!json_is_object(json)) {
        add_scalar(buffer, json);
        return;
    }
    json_object_foreach((json_t *)json, key, value) {
        ledger_buffer_add_text(buffer, gap);
        display_add_clean(buffer, key);
        ledger_buffer_add_byte(buffer, '=');
        add_scalar(buffer, value);
        gap = " ";
    }
}

// A text that is no JSON is shown as it is.
static void add_document(struct ledger_buffer *buffer, const char *text) {
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    if (json != NULL)
        format_json(buffer, json);
    else
        ledger_buffer_add_text(buffer, text);
    json_decref(json);
}

bool format_is_numeric(Ledger__V1__ValueKind kind) {
    return kind == LEDGER__V1__VALUE_KIND__INTEGER || kind == LEDGER__V1__VALUE_KIND__RATIO ||
           kind == LEDGER__V1__VALUE_KIND__MONEY;
}

static bool is_text(Ledger__V1__ValueKind kind) {
    return kind == LEDGER__V1__VALUE_KIND__VALUE_KIND_UNSPECIFIED ||
           kind == LEDGER__V1__VALUE_KIND__TEXT || kind == LEDGER__V1__VALUE_KIND__ID ||
           kind == LEDGER__V1__VALUE_KIND__JSON;
}

bool format_is_none(Ledger__V1__ValueKind kind, const Ledger__V1__Value *value) {
    return is_text(kind) ? value->text == NULL : !value->has_integer;
}

// Fractions of seconds matter to programs.
static int64_t seconds_only(int64_t micros) {
    int64_t rest = micros % 1000000;
    return micros - rest - (rest < 0 ? 1000000 : 0);
}

void format_value(struct ledger_buffer *buffer, Ledger__V1__ValueKind kind,
                  const Ledger__V1__Value *value) {
    if (format_is_none(kind, value)) {
        ledger_buffer_add_text(buffer, FORMAT_NONE);
        return;
    }
    switch (kind) {
    case LEDGER__V1__VALUE_KIND__INTEGER:
        format_integer(buffer, value->integer);
        break;
    case LEDGER__V1__VALUE_KIND__RATIO:
        format_ratio(buffer, value->integer);
        break;
    case LEDGER__V1__VALUE_KIND__MONEY:
        format_money(buffer, value->integer, value->text != NULL ? value->text : "");
        break;
    case LEDGER__V1__VALUE_KIND__DATE:
        format_date(buffer, value->integer);
        break;
    case LEDGER__V1__VALUE_KIND__INSTANT:
        format_instant(buffer, seconds_only(value->integer), value->offset_minutes);
        break;
    case LEDGER__V1__VALUE_KIND__FLAG:
        ledger_buffer_add_text(buffer, value->integer != 0 ? "yes" : "no");
        break;
    case LEDGER__V1__VALUE_KIND__JSON:
        add_document(buffer, value->text);
        break;
    case LEDGER__V1__VALUE_KIND__VALUE_KIND_UNSPECIFIED:
    case LEDGER__V1__VALUE_KIND__TEXT:
    case LEDGER__V1__VALUE_KIND__ID:
    case _LEDGER__V1__VALUE_KIND_IS_INT_SIZE:
        ledger_buffer_add_text(buffer, value->text);
        break;
    }
}
