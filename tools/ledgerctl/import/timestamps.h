// Dates and times as other systems spell them.
#ifndef LEDGERCTL_IMPORT_TIMESTAMPS_H
#define LEDGERCTL_IMPORT_TIMESTAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/moment.h"
#include "ledger/span.h"

// The zone of times that carry none: a fixed offset or an IANA name.
struct import_zone {
    bool given;
    bool fixed;
    int32_t offset_minutes; // fixed only
};

// "+01:00", "Z" or "Europe/Amsterdam"; a name sets the process's TZ, so one name is in force at a
// time, and no other thread may run yet. LEDGER_E_INVALID_VALUE.
LEDGER_MUST_CHECK enum ledger_err import_zone_set(const char *text, struct import_zone *zone,
                                                  struct ledger_error *error);

// Conversions: %Y %y %m %d %e %b %B %H %I %M %S %f %p %z %s %%; anything else stands for itself.
// False, and a reason in *error, if it is no pattern.
bool import_pattern_check(const char *pattern, struct ledger_error *error);
bool import_pattern_has_clock(const char *pattern);
bool import_pattern_has_zone(const char *pattern);

enum import_precision {
    IMPORT_PRECISION_ANY,     // a date or an instant, as the pattern that fits has it
    IMPORT_PRECISION_DATE,    // the local day, whatever the clock says
    IMPORT_PRECISION_INSTANT, // patterns without a clock do not count
};

// Tries the patterns in order; the first that fits the whole text counts. LEDGER_E_INVALID_TIME.
LEDGER_MUST_CHECK enum ledger_err
import_time_read(const char *text, const char *const *patterns, size_t pattern_count,
                 const struct import_zone *zone, enum import_precision precision,
                 struct ledger_moment *moment, struct ledger_error *error);

#endif
