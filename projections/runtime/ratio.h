// Exact ratios of whole numbers, and the one place where they are rounded.
#ifndef PROJECTION_RATIO_H
#define PROJECTION_RATIO_H

#include <stdbool.h>
#include <stdint.h>

enum { PROJECTION_RATIO_SCALE = 10000 };

// A product and quotient of factors, kept in lowest terms. Sticky: once a factor is divided by 0
// it is `none`, once it no longer fits it is `overflow`.
struct projection_ratio {
    __int128 numerator;
    __int128 denominator; // > 0
    bool none;
    bool overflow;
};
struct projection_ratio projection_ratio_of(__int128 numerator, __int128 denominator);
struct projection_ratio projection_ratio_times(struct projection_ratio a,
                                               struct projection_ratio b);
struct projection_ratio projection_ratio_over(struct projection_ratio a, struct projection_ratio b);

// The ratio x 10,000, to the nearest whole number, halves to the even one. False if it is none or
// does not fit.
bool projection_ratio_round(struct projection_ratio ratio, int64_t *scaled);

// Digits after the point of a currency's amounts (ISO 4217); 2 if the code is not known.
int projection_currency_digits(const char *currency);

#endif
