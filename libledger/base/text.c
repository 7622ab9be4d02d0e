#include "ledger/text.h"

// What a lead byte promises: how many bytes follow, and the least code point that needs them.
struct sequence {
    unsigned following;
    uint32_t least;
    uint32_t bits;
};

static bool sequence_of(uint8_t lead, struct sequence *sequence) {
    if ((lead & 0xE0) == 0xC0)
        *sequence = (struct sequence){1, 0x80, lead & 0x1FU};
    else if ((lead & 0xF0) == 0xE0)
        *sequence = (struct sequence){2, 0x800, lead & 0x0FU};
    else if ((lead & 0xF8) == 0xF0)
        *sequence = (struct sequence){3, 0x10000, lead & 0x07U};
    else
        return false;
    return true;
}

// The byte after the sequence at `at`, or NULL if it is none.
static const uint8_t *sequence_end(const uint8_t *at, const uint8_t *end) {
    struct sequence sequence;
    if (!sequence_of(*at++, &sequence))
        return NULL;
    if ((size_t)(end - at) < sequence.following)
        return NULL;
    uint32_t point = sequence.bits;
    for (unsigned i = 0; i < sequence.following; i++, at++) {
        if ((*at & 0xC0) != 0x80)
            return NULL;
        point = point << 6 | (*at & 0x3FU);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < sequence.least || point > 0x10FFFF || surrogate ? NULL : at;
}

enum ledger_err ledger_text_check(struct ledger_span text) {
    const uint8_t *at = text.data, *end = text.data + text.size;
    while (at < end) {
        if (*at == 0)
            return LEDGER_E_EMBEDDED_NUL;
        if (*at < 0x80)
            at++;
        else if (!(at = sequence_end(at, end)))
            return LEDGER_E_INVALID_UTF8;
    }
    return LEDGER_E_OK;
}

bool ledger_u64_parse(struct ledger_span text, uint64_t *number) {
    uint64_t parsed = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = text.data[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(parsed, 10, &parsed) ||
            __builtin_add_overflow(parsed, digit, &parsed))
            return false;
    }
    if (text.size == 0)
        return false;
    *number = parsed;
    return true;
}

bool ledger_i64_parse(struct ledger_span text, int64_t *number) {
    bool negative = text.size > 0 && text.data[0] == '-';
    struct ledger_span digits = negative ? ledger_span_of(text.data + 1, text.size - 1) : text;
    uint64_t size;
    if (!ledger_u64_parse(digits, &size) || size > (uint64_t)INT64_MAX + negative)
        return false;
    *number = negative ? (int64_t)(0 - size) : (int64_t)size;
    return true;
}

char *ledger_hex_write(struct ledger_span bytes, char *place) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        *place++ = digits[bytes.data[i] >> 4];
        *place++ = digits[bytes.data[i] & 15];
    }
    return place;
}
