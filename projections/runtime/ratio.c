#include "ratio.h"

#include <stddef.h>
#include <string.h>

static __int128 divisor(__int128 a, __int128 b) {
    while (b) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

struct projection_ratio projection_ratio_of(__int128 numerator, __int128 denominator) {
    if (denominator == 0)
        return (struct projection_ratio){.denominator = 1, .none = true};
    __int128 common = divisor(numerator, denominator);
    if (denominator < 0)
        common = -common;
    return (struct projection_ratio){.numerator = numerator / common,
                                     .denominator = denominator / common};
}

struct projection_ratio projection_ratio_times(struct projection_ratio a,
                                               struct projection_ratio b) {
    // Crosswise first: the factors of a product that is in lowest terms are the smallest.
    struct projection_ratio left = projection_ratio_of(a.numerator, b.denominator);
    struct projection_ratio right = projection_ratio_of(b.numerator, a.denominator);
    struct projection_ratio product = {.none = a.none || b.none,
                                       .overflow = a.overflow || b.overflow};
    product.overflow |=
        __builtin_mul_overflow(left.numerator, right.numerator, &product.numerator) ||
        __builtin_mul_overflow(left.denominator, right.denominator, &product.denominator);
    if (product.none || product.overflow)
        product.denominator = 1;
    return product;
}

struct projection_ratio projection_ratio_over(struct projection_ratio a,
                                              struct projection_ratio b) {
    struct projection_ratio inverse = projection_ratio_of(b.denominator, b.numerator);
    inverse.none |= b.none;
    inverse.overflow |= b.overflow;
    return projection_ratio_times(a, inverse);
}

bool projection_ratio_round(struct projection_ratio ratio, int64_t *scaled) {
    if (ratio.none || ratio.overflow)
        return false;
    // Whole and rest apart, so that only the rest is multiplied.
    __int128 whole = ratio.numerator / ratio.denominator;
    __int128 rest = ratio.numerator % ratio.denominator;
    __int128 part;
    if (__builtin_mul_overflow(whole, PROJECTION_RATIO_SCALE, &whole) ||
        __builtin_mul_overflow(rest, PROJECTION_RATIO_SCALE, &part))
        return false;
    whole += part / ratio.denominator;
    rest = part % ratio.denominator;
    __int128 sign = ratio.numerator < 0 ? -1 : 1;
    __int128 beyond = 2 * (rest * sign) - ratio.denominator; // > 0: more than half
    if (beyond > 0 || (beyond == 0 && whole % 2 != 0))
        whole += sign;
    if (whole > INT64_MAX || whole < INT64_MIN)
        return false;
    *scaled = (int64_t)whole;
    return true;
}

int projection_currency_digits(const char *currency) {
    static const struct {
        const char *codes;
        int digits;
    } rows[] = {{"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0},
                {"BHD IQD JOD KWD LYD OMR TND", 3},
                {"CLF UYW", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (currency && strlen(currency) == 3 && strstr(rows[i].codes, currency))
            return rows[i].digits;
    return 2;
}
