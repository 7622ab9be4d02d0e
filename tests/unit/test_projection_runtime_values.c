// Figures, keys and values: how they round, sort and read back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "runtime/amounts.h"
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

// ---- what is too large
static void one_fact_states_no_more_than_can_be_added_up(void **state) {
    (void)state;
    static const struct {
        __int128 minor;
        bool is_fine;
    } rows[] = {{0, true},
                {PROJECTION_AMOUNT_MAX, true},
                {-PROJECTION_AMOUNT_MAX, true},
                {PROJECTION_AMOUNT_MAX + 1, false},
                {-PROJECTION_AMOUNT_MAX - 1, false},
                {INT64_MAX, false},
                {INT64_MIN, false},
                {(__int128)INT64_MAX * INT64_MAX, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum ledger_err expected = rows[i].is_fine ? LEDGER_E_OK : LEDGER_E_INVALID_VALUE;
        assert_int_equal(projection_check_minor(rows[i].minor, "sum", NULL), expected);
        if (rows[i].minor > INT64_MAX)
            continue;
        Ledger__V1__Money money = LEDGER__V1__MONEY__INIT;
        struct ledger_error error = {0};
        money.minor = (int64_t)rows[i].minor;
        money.currency = (char *)(uintptr_t) "USD";
        assert_int_equal(projection_check_amount(&money, "payload.cost", &error), expected);
        assert_string_equal(error.field, rows[i].is_fine ? "" : "payload.cost.minor");
        money.currency = NULL;
        assert_int_equal(projection_check_amount(&money, "payload.cost", &error),
                         LEDGER_E_MISSING_FIELD);
        assert_string_equal(error.field, "payload.cost.currency");
    }
    assert_int_equal(projection_check_amount(NULL, "payload.cost", NULL), LEDGER_E_OK);
    assert_int_equal(projection_check_packs(PROJECTION_PACKS_MAX, "qty", NULL), LEDGER_E_OK);
    assert_int_equal(projection_check_packs(-PROJECTION_PACKS_MAX, "qty", NULL), LEDGER_E_OK);
    assert_int_equal(projection_check_packs(PROJECTION_PACKS_MAX + 1, "qty", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(projection_check_packs(INT64_MIN, "qty", NULL), LEDGER_E_INVALID_VALUE);
}

static const struct projection_column figure_columns[] = {
    {"name", "Name", PROJECTION_TEXT},      {"client", "Client", PROJECTION_ID},
    {"packs", "Packs", PROJECTION_INTEGER}, {"value", "Value", PROJECTION_MONEY},
    {"share", "Share", PROJECTION_RATIO},
};

static void put_figures(struct projection_answer *answer, const char *client, __int128 figure) {
    projection_answer_text(answer, "North");
    projection_answer_text(answer, client);
    projection_answer_integer(answer, figure);
    projection_answer_money(answer, figure, "USD");
    projection_answer_ratio(answer, figure, 3);
}

static void answer_two_rows(struct ledger_arena *arena, uint64_t limit, __int128 first,
                            Ledger__V1__QueryReply *reply) {
    struct projection_answer *answer = projection_answer_new(arena);
    ledger__v1__query_reply__init(reply);
    projection_answer_table(answer, "figures", "Figures", PROJECTION_COLUMNS(figure_columns));
    projection_answer_limit(answer, limit);
    put_figures(answer, "a", 7);
    put_figures(answer, "b", first);
    assert_int_equal(projection_answer_end(answer, reply, NULL), LEDGER_E_OK);
}

static void a_figure_that_does_not_fit_takes_no_other_away(void **state) {
    (void)state;
    struct ledger_arena *arena = ledger_arena_new(0);
    Ledger__V1__QueryReply reply;
    answer_two_rows(arena, 0, (__int128)INT64_MAX + 1, &reply);
    Ledger__V1__Row **rows = reply.tables[0]->rows;
    assert_int_equal(rows[0]->values[2]->integer, 7);
    assert_int_equal(rows[0]->values[3]->integer, 7);
    assert_int_equal(rows[0]->values[4]->integer, 23333);
    for (size_t i = 2; i < 5; i++)
        assert_false(rows[1]->values[i]->has_integer);
    assert_int_equal(reply.n_notes, 1);
    assert_string_equal(reply.notes[0],
                        "3 figures are too large to be written and left empty, the first of them "
                        "Packs in row 2 (b) of Figures.");
    answer_two_rows(arena, 0, INT64_MIN, &reply); // fits, but for ten thousand times a third of it
    rows = reply.tables[0]->rows;
    assert_int_equal(rows[1]->values[2]->integer, INT64_MIN);
    assert_int_equal(rows[1]->values[3]->integer, INT64_MIN);
    assert_false(rows[1]->values[4]->has_integer);
    assert_string_equal(reply.notes[0],
                        "1 figure is too large to be written and left empty: Share in row 2 (b) of "
                        "Figures.");
    answer_two_rows(arena, 1, (__int128)INT64_MAX + 1, &reply);
    assert_int_equal(reply.n_notes, 0); // the row is not shown
    ledger_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_round_half_to_even_once),
        cmocka_unit_test(keys_sort_as_their_parts),
        cmocka_unit_test(values_read_back_as_written),
        cmocka_unit_test(one_fact_states_no_more_than_can_be_added_up),
        cmocka_unit_test(a_figure_that_does_not_fit_takes_no_other_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
