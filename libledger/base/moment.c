#include "ledger/moment.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400 }; // the Gregorian calendar's full period
enum { ERA_0_START = -719468 };                      // 0000-03-01, in days since 1970
#define MICROS_PER_SECOND INT64_C(1000000)
#define MICROS_PER_MINUTE (60 * MICROS_PER_SECOND)

static int64_t floor_div(int64_t number, int64_t by) {
    int64_t quotient = number / by;
    return number % by < 0 ? quotient - 1 : quotient;
}

// ---- civil days. Years are counted from 1 March here, which puts the leap day at their end.

// Days from 1 March to the first of the month that is `month` (0 = March) after it.
static int64_t days_before(int64_t month) {
    return (153 * month + 2) / 5;
}

int32_t ledger_days_from_civil(int year, int month, int day) {
    int64_t march_year = month > 2 ? year : (int64_t)year - 1;
    int64_t era = floor_div(march_year, YEARS_PER_ERA);
    int64_t of_era = march_year - era * YEARS_PER_ERA;
    int64_t of_year = days_before(month > 2 ? month - 3 : month + 9) + day - 1;
    int64_t in_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return (int32_t)(ERA_0_START + era * DAYS_PER_ERA + in_era);
}

void ledger_civil_from_days(int32_t days, int *year, int *month, int *day) {
    int64_t since = (int64_t)days - ERA_0_START;
    int64_t era = floor_div(since, DAYS_PER_ERA);
    int64_t in_era = since - era * DAYS_PER_ERA;
    // Leap days passed are taken out, so that every year has 365 days.
    int64_t of_era = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t of_year = in_era - (of_era * 365 + of_era / 4 - of_era / 100);
    int64_t march_month = (5 * of_year + 2) / 153;
    *day = (int)(of_year - days_before(march_month)) + 1;
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (int)(era * YEARS_PER_ERA + of_era + (*month <= 2));
}

bool ledger_civil_valid(int year, int month, int day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= lengths[month - 1] + (month == 2 && leap);
}

// ---- parsing. A scanner over the text; once something did not match it stays failed.
struct scanner {
    const uint8_t *at, *end;
    bool failed;
};

static struct scanner scanner_over(struct ledger_span text) {
    return (struct scanner){.at = text.data, .end = text.data + text.size};
}

static int scan_digits(struct scanner *scanner, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (scanner->at == scanner->end || *scanner->at < '0' || *scanner->at > '9') {
            scanner->failed = true;
            return 0;
        }
        number = number * 10 + (*scanner->at++ - '0');
    }
    return number;
}

static bool scan_one_of(struct scanner *scanner, const char *characters) {
    for (; *characters && scanner->at < scanner->end; characters++) {
        if (*scanner->at == (uint8_t)*characters) {
            scanner->at++;
            return true;
        }
    }
    return false;
}

static void scan_expect(struct scanner *scanner, const char *characters) {
    if (!scan_one_of(scanner, characters))
        scanner->failed = true;
}

static int32_t scan_date(struct scanner *scanner) {
    int year = scan_digits(scanner, 4);
    scan_expect(scanner, "-");
    int month = scan_digits(scanner, 2);
    scan_expect(scanner, "-");
    int day = scan_digits(scanner, 2);
    if (scanner->failed || !ledger_civil_valid(year, month, day)) {
        scanner->failed = true;
        return 0;
    }
    return ledger_days_from_civil(year, month, day);
}

// Micros since midnight. 23:59:60 is refused: the ledger's days have 86,400 seconds.
static int64_t scan_time(struct scanner *scanner) {
    int hour = scan_digits(scanner, 2);
    scan_expect(scanner, ":");
    int minute = scan_digits(scanner, 2);
    scan_expect(scanner, ":");
    int second = scan_digits(scanner, 2);
    if (hour > 23 || minute > 59 || second > 59)
        scanner->failed = true;
    int64_t fraction = 0;
    if (scan_one_of(scanner, ".")) {
        int64_t weight = MICROS_PER_SECOND / 10;
        do {
            fraction += weight * scan_digits(scanner, 1);
            weight /= 10;
        } while (weight > 0 && scanner->at < scanner->end && *scanner->at >= '0' &&
                 *scanner->at <= '9');
    }
    return ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND + fraction;
}

static int scan_offset(struct scanner *scanner) {
    if (scan_one_of(scanner, "Zz"))
        return 0;
    bool west = scan_one_of(scanner, "-");
    if (!west)
        scan_expect(scanner, "+");
    int hours = scan_digits(scanner, 2);
    scan_expect(scanner, ":");
    int minutes = scan_digits(scanner, 2);
    int offset = hours * 60 + minutes;
    if (minutes > 59 || offset > LEDGER_OFFSET_MINUTES_MAX)
        scanner->failed = true;
    return west ? -offset : offset;
}

static bool scan_done(const struct scanner *scanner) {
    return !scanner->failed && scanner->at == scanner->end;
}

bool ledger_date_parse(struct ledger_span text, int32_t *days) {
    struct scanner scanner = scanner_over(text);
    int32_t parsed = scan_date(&scanner);
    if (!scan_done(&scanner))
        return false;
    *days = parsed;
    return true;
}

bool ledger_instant_parse(struct ledger_span text, int64_t *micros, int32_t *offset_minutes) {
    struct scanner scanner = scanner_over(text);
    int64_t day = scan_date(&scanner);
    scan_expect(&scanner, "Tt ");
    int64_t time = scan_time(&scanner);
    int offset = scan_offset(&scanner);
    if (!scan_done(&scanner))
        return false;
    *micros = day * LEDGER_MICROS_PER_DAY + time - offset * MICROS_PER_MINUTE;
    *offset_minutes = offset;
    return true;
}

// ---- formatting

void ledger_date_format(int32_t days, char text[LEDGER_DATE_TEXT_SIZE]) {
    int year, month, day;
    ledger_civil_from_days(days, &year, &month, &day);
    snprintf(text, LEDGER_DATE_TEXT_SIZE, "%04d-%02u-%02u", year, (unsigned)month % 100,
             (unsigned)day % 100);
}

// The local day and the micros since its midnight, for any int64 without overflow.
static int32_t split_local(int64_t micros, int32_t offset_minutes, int64_t *of_day) {
    int64_t day = floor_div(micros, LEDGER_MICROS_PER_DAY);
    int64_t utc = micros % LEDGER_MICROS_PER_DAY;
    int64_t local =
        utc + (utc < 0 ? LEDGER_MICROS_PER_DAY : 0) + offset_minutes * MICROS_PER_MINUTE;
    int64_t carry = floor_div(local, LEDGER_MICROS_PER_DAY);
    *of_day = local - carry * LEDGER_MICROS_PER_DAY;
    return (int32_t)(day + carry);
}

void ledger_instant_format(int64_t micros, int32_t offset_minutes,
                           char text[LEDGER_INSTANT_TEXT_SIZE]) {
    // An offset that cannot be is left out: the instant is the same in UTC.
    int offset = abs(offset_minutes) <= LEDGER_OFFSET_MINUTES_MAX ? offset_minutes : 0;
    int64_t of_day;
    char date[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(split_local(micros, offset, &of_day), date);

    int seconds = (int)(of_day / MICROS_PER_SECOND);
    int fraction = (int)(of_day % MICROS_PER_SECOND);
    char decimals[16] = "";
    if (fraction % 1000 != 0)
        snprintf(decimals, sizeof decimals, ".%06d", fraction);
    else if (fraction != 0)
        snprintf(decimals, sizeof decimals, ".%03d", fraction / 1000);
    char zone[16] = "Z";
    if (offset != 0)
        snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', abs(offset) / 60,
                 abs(offset) % 60);
    snprintf(text, LEDGER_INSTANT_TEXT_SIZE, "%.14sT%02u:%02u:%02u%.7s%.6s", date,
             (unsigned)(seconds / 3600) % 100, (unsigned)(seconds / 60) % 60,
             (unsigned)seconds % 60, decimals, zone);
}

// ---- moments

struct ledger_moment ledger_moment_unknown(void) {
    return (struct ledger_moment){.when = LEDGER_WHEN_UNKNOWN};
}

struct ledger_moment ledger_moment_date(int32_t days) {
    int64_t end;
    if (__builtin_mul_overflow((int64_t)days + 1, LEDGER_MICROS_PER_DAY, &end))
        end = days < 0 ? INT64_MIN + 1 : INT64_MAX;
    return (struct ledger_moment){.when = LEDGER_WHEN_DATE, .micros = end - 1, .day = days};
}

struct ledger_moment ledger_moment_instant(int64_t micros, int32_t offset_minutes) {
    int64_t of_day;
    return (struct ledger_moment){.when = LEDGER_WHEN_INSTANT,
                                  .micros = micros,
                                  .offset_minutes = offset_minutes,
                                  .day = split_local(micros, offset_minutes, &of_day)};
}

bool ledger_moment_parse(struct ledger_span text, struct ledger_moment *moment) {
    int32_t days, offset;
    int64_t micros;
    if (ledger_date_parse(text, &days))
        *moment = ledger_moment_date(days);
    else if (ledger_instant_parse(text, &micros, &offset))
        *moment = ledger_moment_instant(micros, offset);
    else
        return false;
    return true;
}

bool ledger_moment_by(const struct ledger_moment *fact, const struct ledger_moment *limit) {
    if (fact->when == LEDGER_WHEN_UNKNOWN)
        return false;
    switch (limit->when) {
    case LEDGER_WHEN_DATE:
        return fact->day <= limit->day;
    case LEDGER_WHEN_INSTANT:
        return fact->micros <= limit->micros;
    case LEDGER_WHEN_UNKNOWN:
        break;
    }
    return false;
}
