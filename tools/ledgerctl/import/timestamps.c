// A pattern is walked beside the text, one conversion at a time. What it yields is civil fields;
// only then does a zone make an instant of them.
#include "timestamps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

enum {
    FRACTION_DIGITS_MAX = 9, // beyond microseconds they are cut off
    CENTURY_PIVOT = 69,      // %y: 69..99 = 19xx, as POSIX has it
    MICROS_PER_SECOND = 1000000,
};

struct civil {
    int year, month, day;
    int hour, minute, second, micros;
    bool has_clock, has_offset, twelve_hours, afternoon, is_epoch;
    int32_t offset_minutes;
    int64_t epoch_seconds;
};

// ---- zones

static bool offset_read(const char **place, int32_t *minutes) {
    const char *p = *place;
    if (*p == 'Z' || *p == 'z') {
        *minutes = 0;
        *place = p + 1;
        return true;
    }
    if (*p != '+' && *p != '-')
        return false;
    bool west = *p++ == '-';
    int digits[4] = {0};
    int count = 0;
    while (count < 4 && ((*p >= '0' && *p <= '9') || (*p == ':' && count == 2 && p[1] != ':'))) {
        if (*p != ':')
            digits[count++] = *p - '0';
        p++;
    }
    if (count != 2 && count != 4)
        return false;
    int32_t total = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
    if (digits[2] > 5 || total > LEDGER_OFFSET_MINUTES_MAX)
        return false;
    *minutes = west ? -total : total;
    *place = p;
    return true;
}

// glibc takes an unknown name for UTC without a word, so the file is looked for first.
static bool zone_is_known(const char *name) {
    const char *folder = getenv("TZDIR");
    if (name[0] == '/' || name[0] == '\0' || strstr(name, "..") != NULL)
        return false;
    char path[512];
    int size =
        snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo", name);
    struct stat status;
    return size > 0 && (size_t)size < sizeof path && stat(path, &status) == 0 &&
           S_ISREG(status.st_mode);
}

enum ledger_err import_zone_set(const char *text, struct import_zone *zone,
                                struct ledger_error *error) {
    const char *place = text;
    if (offset_read(&place, &zone->offset_minutes) && *place == '\0') {
        zone->given = true;
        zone->fixed = true;
        return LEDGER_E_OK;
    }
    if (strcmp(text, "UTC") != 0 && !zone_is_known(text))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                           "\"%s\" is no time zone known here: an offset such as +01:00 or a name "
                           "such as Europe/Amsterdam",
                           text);
    if (setenv("TZ", text, 1) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "setting the zone");
    tzset();
    *zone = (struct import_zone){.given = true};
    return LEDGER_E_OK;
}

static bool civil_matches(const struct civil *civil, const struct tm *tm) {
    return tm->tm_year == civil->year - 1900 && tm->tm_mon == civil->month - 1 &&
           tm->tm_mday == civil->day && tm->tm_hour == civil->hour && tm->tm_min == civil->minute &&
           tm->tm_sec == civil->second;
}

// A clock time that comes twice means the first time, the summer one; one that is skipped in
// spring is no time.
static bool zone_apply(const struct civil *civil, time_t *seconds, int32_t *offset_minutes) {
    for (int summer = 1; summer >= 0; summer--) {
        struct tm tm = {.tm_year = civil->year - 1900,
                        .tm_mon = civil->month - 1,
                        .tm_mday = civil->day,
                        .tm_hour = civil->hour,
                        .tm_min = civil->minute,
                        .tm_sec = civil->second,
                        .tm_isdst = summer};
        *seconds = mktime(&tm);
        if (tm.tm_isdst == summer && civil_matches(civil, &tm)) {
            *offset_minutes = (int32_t)(tm.tm_gmtoff / 60);
            // An offset of the days of local mean time has seconds, which cannot be kept.
            return tm.tm_gmtoff % 60 == 0;
        }
    }
    return false;
}

// ---- conversions

static bool digits_read(const char **place, int least, int most, int *number) {
    const char *p = *place;
    int value = 0;
    int count = 0;
    while (count < most && *p >= '0' && *p <= '9') {
        value = value * 10 + (*p++ - '0');
        count++;
    }
    if (count < least)
        return false;
    *number = value;
    *place = p;
    return true;
}

static bool year_read(const char **place, struct civil *civil) {
    return digits_read(place, 4, 4, &civil->year);
}

static bool short_year_read(const char **place, struct civil *civil) {
    if (!digits_read(place, 2, 2, &civil->year))
        return false;
    civil->year += civil->year < CENTURY_PIVOT ? 2000 : 1900;
    return true;
}

static bool month_read(const char **place, struct civil *civil) {
    return digits_read(place, 1, 2, &civil->month);
}

static bool month_name_read(const char **place, struct civil *civil) {
    static const char *const names[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    for (int i = 0; i < 12; i++) {
        size_t whole = strlen(names[i]);
        size_t taken = strncasecmp(*place, names[i], whole) == 0 ? whole
                       : strncasecmp(*place, names[i], 3) == 0   ? 3
                                                                 : 0;
        if (taken != 0) {
            civil->month = i + 1;
            *place += taken;
            return true;
        }
    }
    return false;
}

static bool day_read(const char **place, struct civil *civil) {
    if (**place == ' ') // "Aug  1": %e pads with a space
        (*place)++;
    return digits_read(place, 1, 2, &civil->day);
}

static bool hour_read(const char **place, struct civil *civil) {
    civil->has_clock = true;
    return digits_read(place, 1, 2, &civil->hour) && civil->hour <= 23;
}

static bool half_day_hour_read(const char **place, struct civil *civil) {
    civil->has_clock = true;
    civil->twelve_hours = true;
    return digits_read(place, 1, 2, &civil->hour) && civil->hour >= 1 && civil->hour <= 12;
}

static bool minute_read(const char **place, struct civil *civil) {
    return digits_read(place, 2, 2, &civil->minute) && civil->minute <= 59;
}

static bool second_read(const char **place, struct civil *civil) {
    return digits_read(place, 2, 2, &civil->second) && civil->second <= 59;
}

static bool fraction_read(const char **place, struct civil *civil) {
    const char *start = *place;
    int nanos = 0;
    if (!digits_read(place, 1, FRACTION_DIGITS_MAX, &nanos))
        return false;
    for (long count = *place - start; count < FRACTION_DIGITS_MAX; count++)
        nanos *= 10;
    civil->micros = nanos / 1000;
    return true;
}

static bool half_day_read(const char **place, struct civil *civil) {
    civil->afternoon = **place == 'P' || **place == 'p';
    if (strncasecmp(*place, "am", 2) != 0 && strncasecmp(*place, "pm", 2) != 0)
        return false;
    *place += 2;
    return true;
}

static bool zone_read(const char **place, struct civil *civil) {
    civil->has_offset = true;
    return offset_read(place, &civil->offset_minutes);
}

static bool epoch_read(const char **place, struct civil *civil) {
    const char *p = *place;
    int64_t seconds = 0;
    int count = 0;
    while (*p >= '0' && *p <= '9' && count < 12) {
        seconds = seconds * 10 + (*p++ - '0');
        count++;
    }
    civil->is_epoch = true;
    civil->has_clock = true;
    civil->epoch_seconds = seconds;
    *place = p;
    return count > 0;
}

static const struct conversion {
    char letter;
    bool (*read)(const char **place, struct civil *civil);
} conversions[] = {
    {'Y', year_read},          {'y', short_year_read}, {'m', month_read},  {'b', month_name_read},
    {'B', month_name_read},    {'d', day_read},        {'e', day_read},    {'H', hour_read},
    {'I', half_day_hour_read}, {'M', minute_read},     {'S', second_read}, {'f', fraction_read},
    {'p', half_day_read},      {'z', zone_read},       {'s', epoch_read},
};

static const struct conversion *conversion_find(char letter) {
    for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
        if (conversions[i].letter == letter)
            return &conversions[i];
    return NULL;
}

// ---- patterns

static bool pattern_has(const char *pattern, const char *letters) {
    for (const char *p = pattern; *p != '\0'; p++)
        if (*p == '%' && p[1] != '\0' && strchr(letters, *++p) != NULL)
            return true;
    return false;
}

bool import_pattern_has_clock(const char *pattern) {
    return pattern_has(pattern, "HIs");
}

bool import_pattern_has_zone(const char *pattern) {
    return pattern_has(pattern, "zs");
}

// Bytes of the UTF-8 character that begins here; 0 at the end.
static int character_size(const char *text) {
    int size = text[0] != '\0';
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80)
        size++;
    return size;
}

bool import_pattern_check(const char *pattern, struct ledger_error *error) {
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '%' && *++p != '%' && conversion_find(*p) == NULL) {
            (void)ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                              "\"%%%.*s\" in \"%s\" is none of %%Y %%y %%m %%b %%B %%d %%e %%H %%I "
                              "%%M %%S %%f %%p %%z %%s %%%%",
                              character_size(p), p, pattern);
            return false;
        }
    }
    bool whole_day =
        pattern_has(pattern, "Yy") && pattern_has(pattern, "mbB") && pattern_has(pattern, "de");
    if (!whole_day && !pattern_has(pattern, "s")) {
        (void)ledger_fail(error, LEDGER_E_INVALID_VALUE, NULL,
                          "\"%s\" names no whole date: a year, a month and a day (or %%s)",
                          pattern);
        return false;
    }
    return true;
}

static bool pattern_fits(const char *pattern, const char *text, struct civil *civil) {
    *civil = (struct civil){0};
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '%' && *++p != '%') {
            if (!conversion_find(*p)->read(&text, civil))
                return false;
        } else if (*text++ != *p) {
            return false;
        }
    }
    if (civil->twelve_hours)
        civil->hour = civil->hour % 12 + (civil->afternoon ? 12 : 0);
    return *text == '\0';
}

// ---- moments

static bool epoch_moment(const struct civil *civil, const struct import_zone *zone,
                         struct ledger_moment *moment) {
    int32_t offset = zone->fixed ? zone->offset_minutes : 0;
    if (zone->given && !zone->fixed) {
        time_t seconds = (time_t)civil->epoch_seconds;
        struct tm tm;
        if (localtime_r(&seconds, &tm) == NULL || tm.tm_gmtoff % 60 != 0)
            return false;
        offset = (int32_t)(tm.tm_gmtoff / 60);
    }
    if (civil->epoch_seconds / 86400 >= LEDGER_DAY_MAX)
        return false;
    *moment =
        ledger_moment_instant(civil->epoch_seconds * MICROS_PER_SECOND + civil->micros, offset);
    return true;
}

static bool clock_moment(const struct civil *civil, const struct import_zone *zone,
                         struct ledger_moment *moment) {
    int32_t offset = civil->has_offset ? civil->offset_minutes : zone->offset_minutes;
    int64_t seconds = 0;
    if (civil->has_offset || zone->fixed) {
        seconds = (int64_t)ledger_days_from_civil(civil->year, civil->month, civil->day) * 86400 +
                  civil->hour * 3600 + civil->minute * 60 + civil->second - offset * INT64_C(60);
    } else {
        time_t zoned = 0;
        if (!zone->given || !zone_apply(civil, &zoned, &offset))
            return false;
        seconds = zoned;
    }
    *moment = ledger_moment_instant(seconds * MICROS_PER_SECOND + civil->micros, offset);
    return true;
}

static bool civil_moment(const struct civil *civil, const struct import_zone *zone,
                         enum import_precision precision, struct ledger_moment *moment) {
    if (civil->is_epoch) {
        if (!epoch_moment(civil, zone, moment))
            return false;
        if (precision == IMPORT_PRECISION_DATE)
            *moment = ledger_moment_date(moment->day);
        return true;
    }
    if (!ledger_civil_valid(civil->year, civil->month, civil->day))
        return false;
    if (precision == IMPORT_PRECISION_DATE || !civil->has_clock) {
        *moment = ledger_moment_date(ledger_days_from_civil(civil->year, civil->month, civil->day));
        return true;
    }
    return clock_moment(civil, zone, moment);
}

enum ledger_err import_time_read(const char *text, const char *const *patterns,
                                 size_t pattern_count, const struct import_zone *zone,
                                 enum import_precision precision, struct ledger_moment *moment,
                                 struct ledger_error *error) {
    for (size_t i = 0; i < pattern_count; i++) {
        struct civil civil;
        if (precision == IMPORT_PRECISION_INSTANT && !import_pattern_has_clock(patterns[i]))
            continue;
        if (!pattern_fits(patterns[i], text, &civil))
            continue;
        if (civil_moment(&civil, zone, precision, moment))
            return LEDGER_E_OK;
        return ledger_fail(error, LEDGER_E_INVALID_TIME, NULL,
                           "\"%s\" is no time that was ever on "
                           "a calendar and clock there",
                           text);
    }
    return ledger_fail(error, LEDGER_E_INVALID_TIME, NULL, "\"%s\" fits no pattern (%s%s)", text,
                       pattern_count > 0 ? patterns[0] : "none", pattern_count > 1 ? ", …" : "");
}
