// Timestamps: patterns, precisions and zones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "timestamps.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *read_as(const char *text, const char *const *patterns, size_t count,
                           const char *zone_text, enum import_precision precision) {
    static char result[LEDGER_INSTANT_TEXT_SIZE];
    struct import_zone zone = {0};
    struct ledger_error error = {0};
    struct ledger_moment moment;
    if (zone_text != NULL)
        assert_int_equal(import_zone_set(zone_text, &zone, &error), LEDGER_E_OK);
    enum ledger_err err =
        import_time_read(text, patterns, count, &zone, precision, &moment, &error);
    if (err != LEDGER_E_OK) {
        assert_int_equal(err, LEDGER_E_INVALID_TIME);
        assert_true(error.message[0] != '\0');
        return "invalid";
    }
    if (moment.when == LEDGER_WHEN_DATE)
        ledger_date_format(moment.day, result);
    else
        ledger_instant_format(moment.micros, moment.offset_minutes, result);
    return result;
}

struct example {
    const char *pattern, *text, *zone, *expected;
};

static void examples_check(const struct example *examples, size_t count,
                           enum import_precision precision) {
    for (size_t i = 0; i < count; i++) {
        const char *got =
            read_as(examples[i].text, &examples[i].pattern, 1, examples[i].zone, precision);
        if (strcmp(got, examples[i].expected) != 0)
            fail_msg("\"%s\" as \"%s\": got %s, expected %s", examples[i].text, examples[i].pattern,
                     got, examples[i].expected);
    }
}

static void reads_dates(void **state) {
    (void)state;
    static const struct example examples[] = {
        {"%m/%d/%Y", "08/01/2013", NULL, "2013-08-01"},
        {"%m/%d/%Y", "3/1/2017", NULL, "2017-03-01"},
        {"%d.%m.%y", "01.02.69", NULL, "1969-02-01"},
        {"%d.%m.%y", "01.02.68", NULL, "2068-02-01"},
        {"%b %d, %Y", "Feb 29, 2016", NULL, "2016-02-29"},
        {"%d %B %Y", "1 september 2016", NULL, "2016-09-01"},
        {"%b %e %Y", "Aug  1 2016", NULL, "2016-08-01"},
        {"%Y%m%d", "20160131", NULL, "2016-01-31"},
        {"100%% %Y-%m-%d", "100% 2016-01-31", NULL, "2016-01-31"},
        {"%m/%d/%Y", "02/30/2016", NULL, "invalid"},
        {"%m/%d/%Y", "02/29/2015", NULL, "invalid"},
        {"%m/%d/%Y", "13/01/2015", NULL, "invalid"},
        {"%m/%d/%Y", "00/01/2015", NULL, "invalid"},
        {"%m/%d/%Y", "01/01/2015 ", NULL, "invalid"},
        {"%m/%d/%Y", "01/01/15", NULL, "invalid"},
        {"%m/%d/%Y", "01/01", NULL, "invalid"},
        {"%m/%d/%Y", "", NULL, "invalid"},
        {"%b %d %Y", "Foo 1 2015", NULL, "invalid"},
    };
    examples_check(examples, COUNT(examples), IMPORT_PRECISION_ANY);
}

static void reads_instants_in_zones(void **state) {
    (void)state;
    static const struct example examples[] = {
        {"%Y-%m-%d %H:%M:%S.%f", "2016-01-02 01:00:01.353", "Europe/Amsterdam",
         "2016-01-02T01:00:01.353+01:00"},
        {"%Y-%m-%d %H:%M:%S", "2016-07-02 01:00:01", "Europe/Amsterdam",
         "2016-07-02T01:00:01+02:00"},
        {"%Y-%m-%d %H:%M", "2016-07-02 01:00", "+05:30", "2016-07-02T01:00:00+05:30"},
        {"%Y-%m-%d %H:%M", "2016-07-02 01:00", "UTC", "2016-07-02T01:00:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "2016-07-02T01:00:00Z", NULL, "2016-07-02T01:00:00Z"},
        {"%Y-%m-%dT%H:%M:%S%z", "2016-07-02T01:00:00-0330", NULL, "2016-07-02T01:00:00-03:30"},
        {"%Y-%m-%dT%H:%M:%S%z", "2016-07-02T01:00:00+02", "Europe/Amsterdam",
         "2016-07-02T01:00:00+02:00"},
        {"%m/%d/%Y %I:%M %p", "07/02/2016 12:05 AM", "Z", "2016-07-02T00:05:00Z"},
        {"%m/%d/%Y %I:%M %p", "07/02/2016 12:05 pm", "Z", "2016-07-02T12:05:00Z"},
        {"%m/%d/%Y %I:%M %p", "07/02/2016 1:05 PM", "Z", "2016-07-02T13:05:00Z"},
        {"%s", "0", NULL, "1970-01-01T00:00:00Z"},
        {"%s.%f", "1451692801.353", "Europe/Amsterdam", "2016-01-02T01:00:01.353+01:00"},
        {"%Y-%m-%d %H:%M:%S.%f", "2016-01-02 01:00:01.123456789", "Z",
         "2016-01-02T01:00:01.123456Z"},
        {"%Y-%m-%d %H:%M:%S.%f", "2016-01-02 01:00:01.5", "Z", "2016-01-02T01:00:01.500Z"},
        {"%Y-%m-%d %H:%M", "2016-07-02 24:00", "Z", "invalid"},
        {"%Y-%m-%d %H:%M", "2016-07-02 01:60", "Z", "invalid"},
        {"%Y-%m-%d %H:%M:%S", "2016-07-02 01:00:60", "Z", "invalid"},
        {"%Y-%m-%d %H:%M%z", "2016-07-02 01:00+25:00", NULL, "invalid"},
        {"%Y-%m-%d %H:%M", "2016-07-02 01:00", NULL, "invalid"}, // no zone at all
    };
    examples_check(examples, COUNT(examples), IMPORT_PRECISION_ANY);
}

static void knows_summer_time(void **state) {
    (void)state;
    static const struct example examples[] = {
        // Skipped: 27 March 2016, 02:00 to 03:00.
        {"%Y-%m-%d %H:%M", "2016-03-27 01:59", "Europe/Amsterdam", "2016-03-27T01:59:00+01:00"},
        {"%Y-%m-%d %H:%M", "2016-03-27 02:30", "Europe/Amsterdam", "invalid"},
        {"%Y-%m-%d %H:%M", "2016-03-27 03:00", "Europe/Amsterdam", "2016-03-27T03:00:00+02:00"},
        // Twice: 30 October 2016, 02:00 to 03:00; the first counts.
        {"%Y-%m-%d %H:%M", "2016-10-30 02:30", "Europe/Amsterdam", "2016-10-30T02:30:00+02:00"},
        {"%Y-%m-%d %H:%M", "2016-10-30 03:00", "Europe/Amsterdam", "2016-10-30T03:00:00+01:00"},
    };
    examples_check(examples, COUNT(examples), IMPORT_PRECISION_INSTANT);
}

static void tries_patterns_in_order(void **state) {
    (void)state;
    static const char *const patterns[] = {"%Y-%m-%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S.%f",
                                           "%Y-%m-%d"};
    assert_string_equal(read_as("2016-01-02 01:00:01.353", patterns, 3, "Z", IMPORT_PRECISION_ANY),
                        "2016-01-02T01:00:01.353Z");
    assert_string_equal(read_as("2016/01/02 01:00:01.353", patterns, 3, "Z", IMPORT_PRECISION_ANY),
                        "2016-01-02T01:00:01.353Z");
    assert_string_equal(read_as("2016-01-02", patterns, 3, "Z", IMPORT_PRECISION_ANY),
                        "2016-01-02");
    assert_string_equal(read_as("2016/01/02 01:00:01.353", patterns, 3, "Z", IMPORT_PRECISION_DATE),
                        "2016-01-02");
    assert_string_equal(read_as("2016-01-02", patterns, 3, "Z", IMPORT_PRECISION_INSTANT),
                        "invalid");
}

static void checks_patterns(void **state) {
    (void)state;
    struct ledger_error error = {0};
    assert_true(import_pattern_check("%Y-%m-%d", &error));
    assert_true(import_pattern_check("%s", &error));
    assert_false(import_pattern_check("%Y-%m", &error));
    assert_non_null(strstr(error.message, "whole date"));
    assert_false(import_pattern_check("%Y-%m-%d %Q", &error));
    assert_non_null(strstr(error.message, "%Q"));
    assert_false(import_pattern_check("%Y-%m-%d%", &error));
    assert_non_null(strstr(error.message, "\"%\" in \"%Y-%m-%d%\""));
    assert_false(import_pattern_check("%Y-%\xC3\xA9", &error));
    assert_non_null(strstr(error.message, "\"%\xC3\xA9\" in"));
}

static void refuses_unknown_zones(void **state) {
    (void)state;
    static const char *const texts[] = {"Europe/Nowhere", "",   "../etc/passwd", "/etc/passwd",
                                        "Europe",         "+1", "+19:00",        "+01:75"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct import_zone zone = {0};
        struct ledger_error error = {0};
        assert_int_equal(import_zone_set(texts[i], &zone, &error), LEDGER_E_INVALID_VALUE);
        assert_false(zone.given);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_dates),       cmocka_unit_test(reads_instants_in_zones),
        cmocka_unit_test(knows_summer_time), cmocka_unit_test(tries_patterns_in_order),
        cmocka_unit_test(checks_patterns),   cmocka_unit_test(refuses_unknown_zones),
    };
    return cmocka_run_group_tests_name("import timestamps", tests, NULL, NULL);
}
