// Figures, keys and values: how they round, sort and read back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/projection_internal.h"
#include "runtime/ratio.h"

static void ratios_round_half_to_even_once(void **state) {
    (void)state;
    static const struct {
        int64_t numerator, denominator, scaled;
    } rows[] = {{1, 3, 3333},  {2, 3, 6667},   {1, 20000, 0},        {3, 20000, 2},
                {5, 20000, 2}, {-1, 20000, 0}, {-3, 20000, -2},      {-2, 3, -6667},
                {7, 1, 70000}, {1, -2, -5000}, {50001, 100000, 5000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t scaled = -1;
        assert_true(projection_ratio_round(
            projection_ratio_of(rows[i].numerator, rows[i].denominator), &scaled));
        assert_int_equal(scaled, rows[i].scaled);
    }
    int64_t scaled;
    assert_false(projection_ratio_round(projection_ratio_of(1, 0), &scaled));
    assert_false(projection_ratio_round(projection_ratio_of((__int128)INT64_MAX, 1), &scaled));
    struct projection_ratio half =
        projection_ratio_over(projection_ratio_of(3, 4), projection_ratio_of(3, 2));
    assert_true(projection_ratio_round(half, &scaled));
    assert_int_equal(scaled, 5000);
    assert_true(projection_ratio_over(half, projection_ratio_of(0, 5)).none);
    assert_int_equal(projection_currency_digits("JPY"), 0);
    assert_int_equal(projection_currency_digits("USD"), 2);
    assert_int_equal(projection_currency_digits("KWD"), 3);
}

static void keys_sort_as_their_parts(void **state) {
    (void)state;
    static const int64_t numbers[] = {INT64_MIN, -5, -1, 0, 1, 300, INT64_MAX};
    struct projection_key before = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct projection_key key = {0};
        projection_key_i64(&key, numbers[i]);
        if (i)
            assert_true(memcmp(before.bytes, key.bytes, 8) < 0);
        struct ledger_span span = ledger_span_of(key.bytes, key.size);
        int64_t back;
        assert_true(projection_key_read_i64(&span, &back));
        assert_int_equal(back, numbers[i]);
        assert_false(projection_key_read_i64(&span, &back));
        before = key;
    }
    struct projection_key ab = {0}, a_b = {0};
    projection_key_text(&ab, "ab");
    projection_key_text(&a_b, "a");
    projection_key_text(&a_b, "b");
    assert_true(memcmp(a_b.bytes, ab.bytes, 2) < 0);
    struct projection_key day = {0};
    projection_key_day(&day, -3);
    struct ledger_span span = ledger_span_of(day.bytes, day.size);
    int32_t back;
    assert_true(projection_key_read_day(&span, &back));
    assert_int_equal(back, -3);
    char long_text[600];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    projection_key_text(&day, long_text);
    assert_true(day.failed);
}

static void values_read_back_as_written(void **state) {
    (void)state;
    struct projection_rows rows = {0};
    struct ledger_buffer *value = projection_rows_value(&rows);
    projection_value_text(value, "text");
    projection_value_text(value, NULL);
    projection_value_text(value, "");
    projection_value_number(value, INT64_MIN);
    projection_value_number(value, 300);
    struct projection_reader reader = {ledger_buffer_span(value)};
    assert_string_equal(projection_read_text(&reader), "text");
    assert_null(projection_read_text(&reader));
    assert_string_equal(projection_read_text(&reader), "");
    assert_int_equal(projection_read_number(&reader), INT64_MIN);
    assert_int_equal(projection_read_number(&reader), 300);
    assert_null(projection_read_text(&reader));
    assert_int_equal(projection_read_number(&reader), 0);
    projection_rows_fini(&rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_round_half_to_even_once),
        cmocka_unit_test(keys_sort_as_their_parts),
        cmocka_unit_test(values_read_back_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
