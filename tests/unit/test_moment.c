// Dates and instants, compared with the C library over a wide range.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/moment.h"

static const int64_t second = 1000000;

static void days_agree_with_timegm(void **state) {
    (void)state;
    for (int32_t days = LEDGER_DAY_MIN; days <= LEDGER_DAY_MAX; days += days % 7 == 0 ? 1 : 3) {
        int year, month, day;
        ledger_civil_from_days(days, &year, &month, &day);
        time_t at = (time_t)days * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&at, &tm));
        assert_int_equal(year, tm.tm_year + 1900);
        assert_int_equal(month, tm.tm_mon + 1);
        assert_int_equal(day, tm.tm_mday);
        assert_true(ledger_civil_valid(year, month, day));
        assert_int_equal(ledger_days_from_civil(year, month, day), days);
        assert_int_equal(timegm(&tm), at);
    }
    assert_int_equal(ledger_days_from_civil(1, 1, 1), LEDGER_DAY_MIN);
    assert_int_equal(ledger_days_from_civil(9999, 12, 31), LEDGER_DAY_MAX);
}

static void days_beyond_the_calendar_still_convert(void **state) {
    (void)state;
    const int32_t far[] = {INT32_MIN, INT32_MIN + 1, -719469, -719468, INT32_MAX};
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
        int year, month, day;
        ledger_civil_from_days(far[i], &year, &month, &day);
        assert_int_equal(ledger_days_from_civil(year, month, day), far[i]);
        char text[LEDGER_DATE_TEXT_SIZE];
        ledger_date_format(far[i], text);
        assert_true(strlen(text) < sizeof text);
    }
}

static void impossible_dates_are_invalid(void **state) {
    (void)state;
    assert_true(ledger_civil_valid(2024, 2, 29));
    assert_true(ledger_civil_valid(2000, 2, 29));
    const int rows[][3] = {{2023, 2, 29}, {1900, 2, 29}, {2024, 4, 31}, {2024, 0, 1},
                           {2024, 13, 1}, {2024, 1, 0},  {2024, 1, 32}, {0, 1, 1},
                           {10000, 1, 1}, {-1, 1, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_false(ledger_civil_valid(rows[i][0], rows[i][1], rows[i][2]));
}

static void dates_parse_whole_or_not_at_all(void **state) {
    (void)state;
    int32_t days = 7;
    assert_true(ledger_date_parse(ledger_span_text("2013-08-01"), &days));
    assert_int_equal(days, 15918);
    char text[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(days, text);
    assert_string_equal(text, "2013-08-01");
    const char *refused[] = {
        "",           "2013",       "2013-8-1", "2013-08-01 ", " 2013-08-01", "2013-08-011",
        "2013/08/01", "2013-02-30", "13-08-01", "2013-08-0x",  "0000-01-01",  "+013-08-01"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(ledger_date_parse(ledger_span_text(refused[i]), &days));
    assert_int_equal(days, 15918);
}

static void instants_parse_to_utc(void **state) {
    (void)state;
    const struct {
        const char *text;
        int64_t micros;
        int32_t offset;
        const char *shown;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"},
        {"2016-01-02T01:00:01.353+01:00", 1451692801353000, 60, "2016-01-02T01:00:01.353+01:00"},
        {"2016-01-02 01:00:01.3535+01:00", 1451692801353500, 60,
         "2016-01-02T01:00:01.353500+01:00"},
        {"2016-01-02t00:00:01.100000z", 1451692801100000, 0, "2016-01-02T00:00:01.100Z"},
        {"1969-12-31T23:59:59.999999Z", -1, 0, "1969-12-31T23:59:59.999999Z"},
        {"1969-12-31T18:29:59-05:30", -1 * 1000000, -330, "1969-12-31T18:29:59-05:30"},
        {"2024-02-29T12:00:00-00:00", 1709208000000000, 0, "2024-02-29T12:00:00Z"},
        {"2024-03-01T06:00:00+18:00", 1709208000000000, 1080, "2024-03-01T06:00:00+18:00"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t micros;
        int32_t offset;
        assert_true(ledger_instant_parse(ledger_span_text(rows[i].text), &micros, &offset));
        assert_int_equal(micros, rows[i].micros);
        assert_int_equal(offset, rows[i].offset);
        char text[LEDGER_INSTANT_TEXT_SIZE];
        ledger_instant_format(micros, offset, text);
        assert_string_equal(text, rows[i].shown);
    }
}

static void other_instants_are_refused(void **state) {
    (void)state;
    const char *refused[] = {
        "2016-01-02",
        "2016-01-02T01:00:01",
        "2016-01-02T01:00Z",
        "2016-01-02T24:00:00Z",
        "2016-01-02T23:60:00Z",
        "2016-01-02T23:59:60Z",
        "2016-01-02T01:00:01.Z",
        "2016-01-02T01:00:01.1234567Z",
        "2016-01-02T01:00:01+0100",
        "2016-01-02T01:00:01+18:01",
        "2016-01-02T01:00:01+01:60",
        "2016-01-02T01:00:01Zx",
        "2016-01-02T01:00:01Z ",
        "2016-13-02T01:00:01Z",
        "2016-01-02_01:00:01Z",
        "2016-01-02T01:00:01",
    };
    int64_t micros = 7;
    int32_t offset = 7;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(ledger_instant_parse(ledger_span_text(refused[i]), &micros, &offset));
    assert_int_equal(micros, 7);
}

// A generator of our own, so that a failure comes again.
static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void instants_survive_their_text(void **state) {
    (void)state;
    uint64_t seed = 20130801;
    const int64_t first = (int64_t)(LEDGER_DAY_MIN + 1) * LEDGER_MICROS_PER_DAY;
    const uint64_t range = (uint64_t)(LEDGER_DAY_MAX - LEDGER_DAY_MIN - 2) * LEDGER_MICROS_PER_DAY;
    for (int i = 0; i < 200000; i++) {
        int64_t micros = first + (int64_t)(next_random(&seed) % range);
        int32_t offset = (int32_t)(next_random(&seed) % 2161) - 1080;
        char text[LEDGER_INSTANT_TEXT_SIZE];
        ledger_instant_format(micros, offset, text);
        int64_t micros_again;
        int32_t offset_again;
        assert_true(ledger_instant_parse(ledger_span_text(text), &micros_again, &offset_again));
        assert_int_equal(micros_again, micros);
        assert_int_equal(offset_again, offset);
        int32_t day;
        text[10] = '\0';
        assert_true(ledger_date_parse(ledger_span_text(text), &day));
        assert_int_equal(ledger_moment_instant(micros, offset).day, day);
    }
}

static void any_number_can_be_shown(void **state) {
    (void)state;
    const int64_t numbers[] = {INT64_MIN, INT64_MAX, 0};
    const int32_t offsets[] = {INT32_MIN, INT32_MAX, -1080, 1080, 0};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 5; j++) {
            char text[LEDGER_INSTANT_TEXT_SIZE];
            ledger_instant_format(numbers[i], offsets[j], text);
            assert_true(strlen(text) >= 20);
            (void)ledger_moment_instant(numbers[i], offsets[j]);
        }
    }
    assert_true(ledger_moment_date(INT32_MAX).micros > ledger_moment_date(0).micros);
    assert_true(ledger_moment_date(INT32_MIN).micros < ledger_moment_date(0).micros);
}

static struct ledger_moment moment(const char *text) {
    struct ledger_moment parsed = ledger_moment_unknown();
    if (strcmp(text, "unknown") != 0)
        assert_true(ledger_moment_parse(ledger_span_text(text), &parsed));
    return parsed;
}

static void a_date_counts_at_the_end_of_its_day(void **state) {
    (void)state;
    assert_int_equal(moment("1970-01-01").micros, 86400 * second - 1);
    assert_int_equal(moment("1970-01-01").day, 0);
    assert_int_equal(moment("1970-01-01T23:30:00-01:00").day, 0);
    assert_int_equal(moment("1970-01-02T00:30:00+01:00").day, 1);
    assert_int_equal(moment("1970-01-02T00:30:00+01:00").micros, 84600 * second);
}

static void facts_have_happened_by_their_limit(void **state) {
    (void)state;
    const struct {
        const char *fact, *limit;
        bool by;
    } rows[] = {
        {"2020-05-01", "2020-05-01", true},
        {"2020-05-02", "2020-05-01", false},
        {"2020-05-01T23:59:59-12:00", "2020-05-01", true},
        {"2020-05-02T00:00:01+14:00", "2020-05-01", false},
        {"2020-05-01T12:00:00Z", "2020-05-01T12:00:00Z", true},
        {"2020-05-01T12:00:00.000001Z", "2020-05-01T12:00:00Z", false},
        {"2020-05-01T13:00:00+01:00", "2020-05-01T12:00:00Z", true},
        {"2020-05-01", "2020-05-01T23:59:59Z", false},
        {"2020-05-01", "2020-05-02T00:00:00Z", true},
        {"unknown", "9999-12-31", false},
        {"unknown", "unknown", false},
        {"2020-05-01", "unknown", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger_moment fact = moment(rows[i].fact), limit = moment(rows[i].limit);
        assert_int_equal(ledger_moment_by(&fact, &limit), rows[i].by);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_agree_with_timegm),
        cmocka_unit_test(days_beyond_the_calendar_still_convert),
        cmocka_unit_test(impossible_dates_are_invalid),
        cmocka_unit_test(dates_parse_whole_or_not_at_all),
        cmocka_unit_test(instants_parse_to_utc),
        cmocka_unit_test(other_instants_are_refused),
        cmocka_unit_test(instants_survive_their_text),
        cmocka_unit_test(any_number_can_be_shown),
        cmocka_unit_test(a_date_counts_at_the_end_of_its_day),
        cmocka_unit_test(facts_have_happened_by_their_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
