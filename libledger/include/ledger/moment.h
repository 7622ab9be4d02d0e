// Dates, instants, and the one order in which occurred times are compared. Any thread.
#ifndef LEDGER_MOMENT_H
#define LEDGER_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"

// Years 1 to 9999.
enum { LEDGER_DAY_MIN = -719162, LEDGER_DAY_MAX = 2932896 };
enum { LEDGER_OFFSET_MINUTES_MAX = 18 * 60 };
#define LEDGER_MICROS_PER_DAY INT64_C(86400000000)

// Days since 1970-01-01. The caller gives a valid month and day (see ledger_civil_valid).
int32_t ledger_days_from_civil(int year, int month, int day);
void ledger_civil_from_days(int32_t days, int *year, int *month, int *day);
bool ledger_civil_valid(int year, int month, int day);

// "YYYY-MM-DD", and nothing after it.
bool ledger_date_parse(struct ledger_span text, int32_t *days);
enum { LEDGER_DATE_TEXT_SIZE = 16 };
void ledger_date_format(int32_t days, char text[LEDGER_DATE_TEXT_SIZE]);

// RFC 3339 with 0 to 6 fraction digits, and an offset or Z. A space may stand for the T.
bool ledger_instant_parse(struct ledger_span text, int64_t *micros, int32_t *offset_minutes);
enum { LEDGER_INSTANT_TEXT_SIZE = 40 };
// As short as exact: no fraction, 3 or 6 digits; "Z" when the offset is 0.
void ledger_instant_format(int64_t micros, int32_t offset_minutes,
                           char text[LEDGER_INSTANT_TEXT_SIZE]);

enum ledger_when { LEDGER_WHEN_UNKNOWN = 0, LEDGER_WHEN_DATE = 1, LEDGER_WHEN_INSTANT = 2 };

// When a fact happened.
struct ledger_moment {
    enum ledger_when when;
    int64_t micros;         // UTC. A date: the last microsecond of that day, read as UTC
    int32_t offset_minutes; // instants only
    int32_t day;            // the local day; dates and instants
};

struct ledger_moment ledger_moment_unknown(void);
struct ledger_moment ledger_moment_date(int32_t days);
struct ledger_moment ledger_moment_instant(int64_t micros, int32_t offset_minutes);
// A date or an instant, by its form.
bool ledger_moment_parse(struct ledger_span text, struct ledger_moment *moment);
// Had `fact` happened by `limit`? A limit that is a date takes in the whole of that local day, by
// the fact's own day; a limit that is an instant compares instants. Unknown times never have.
bool ledger_moment_by(const struct ledger_moment *fact, const struct ledger_moment *limit);

#endif
