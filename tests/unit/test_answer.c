// A projection's answer, as JSON and as tables; values of every kind, and none.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "answer.h"
#include "display.h"
#include "format.h"

#define KIND(name) LEDGER__V1__VALUE_KIND__##name

static void check_value(Ledger__V1__ValueKind kind, Ledger__V1__Value value, const char *expected) {
    struct ledger_buffer buffer = {0};
    format_value(&buffer, kind, &value);
    assert_string_equal(ledger_buffer_text(&buffer), expected);
    ledger_buffer_fini(&buffer);
}

#define NUMBER(number) .has_integer = true, .integer = (number)
#define VALUE(...)                                                                                 \
    (Ledger__V1__Value) {                                                                          \
        .base = PROTOBUF_C_MESSAGE_INIT(&ledger__v1__value__descriptor), __VA_ARGS__               \
    }

static void numbers_are_grouped_and_scaled(void **state) {
    (void)state;
    check_value(KIND(INTEGER), VALUE(NUMBER(1234567)), "1,234,567");
    check_value(KIND(INTEGER), VALUE(NUMBER(INT64_MIN)), "-9,223,372,036,854,775,808");
    check_value(KIND(RATIO), VALUE(NUMBER(12345678)), "1,234.5678");
    check_value(KIND(RATIO), VALUE(NUMBER(-1)), "-0.0001");
    check_value(KIND(MONEY), VALUE(NUMBER(123456), .text = (char *)"USD"), "1,234.56 USD");
    check_value(KIND(MONEY), VALUE(NUMBER(-5), .text = (char *)"EUR"), "-0.05 EUR");
    check_value(KIND(MONEY), VALUE(NUMBER(123456), .text = (char *)"JPY"), "123,456 JPY");
    check_value(KIND(MONEY), VALUE(NUMBER(123456), .text = (char *)"KWD"), "123.456 KWD");
    check_value(KIND(MONEY), VALUE(NUMBER(100)), "1.00");
    check_value(KIND(FLAG), VALUE(NUMBER(1)), "yes");
    check_value(KIND(FLAG), VALUE(NUMBER(0)), "no");
}

static void times_are_local_and_to_the_second(void **state) {
    (void)state;
    check_value(KIND(DATE), VALUE(NUMBER(0)), "1970-01-01");
    check_value(KIND(INSTANT), VALUE(NUMBER(999999)), "1970-01-01 00:00:00Z");
    check_value(KIND(INSTANT), VALUE(NUMBER(-1), .has_offset_minutes = true, .offset_minutes = 60),
                "1970-01-01 00:59:59+01:00");
}

static void none_is_a_dash_in_every_kind(void **state) {
    (void)state;
    for (Ledger__V1__ValueKind kind = KIND(VALUE_KIND_UNSPECIFIED); kind <= KIND(FLAG); kind++)
        check_value(kind, VALUE(.text = NULL), "–");
    check_value(KIND(MONEY), VALUE(.text = (char *)"USD"), "–");
}

static void documents_are_read_as_fields(void **state) {
    (void)state;
    check_value(KIND(JSON),
                VALUE(.text =
                          (char *)"{\"kind\":\"HCP\",\"n\":3,\"geo\":{\"lat\":1},\"of\":[\"a\"],"
                                  "\"name\":\"a\\nb\"}"),
                "kind=HCP n=3 geo={\"lat\":1} of=[\"a\"] name=a b");
    check_value(KIND(JSON), VALUE(.text = (char *)"[1,2]"), "[1,2]");
    check_value(KIND(JSON), VALUE(.text = (char *)"\"text\""), "text");
    check_value(KIND(JSON), VALUE(.text = (char *)"{}"), "");
    check_value(KIND(JSON), VALUE(.text = (char *)"{cut"), "{cut");
}

// ---- whole answers

enum { COLUMNS = 9, ROWS = 2 };

struct answer {
    Ledger__V1__QueryReply reply;
    Ledger__V1__Table table, *tables[1];
    Ledger__V1__Column columns[COLUMNS], *column_list[COLUMNS];
    Ledger__V1__Row rows[ROWS], *row_list[ROWS];
    Ledger__V1__Value values[ROWS][COLUMNS], *value_lists[ROWS][COLUMNS];
    char *notes[1];
};

static const struct {
    const char *name, *title;
    Ledger__V1__ValueKind kind;
    bool detail;
} columns[COLUMNS] = {
    {"id", "Id", KIND(ID), false},           {"name", "Name", KIND(TEXT), false},
    {"count", "Count", KIND(INTEGER), true}, {"share", "Share", KIND(RATIO), false},
    {"worth", "Worth", KIND(MONEY), false},  {"day", "Day", KIND(DATE), false},
    {"at", "At", KIND(INSTANT), false},      {"what", "What", KIND(JSON), false},
    {"open", "Open", KIND(FLAG), false},
};

static void fill_row(struct answer *answer) {
    Ledger__V1__Value *values = answer->values[0];
    values[0].text = (char *)"7";
    values[2] = VALUE(NUMBER(1500));
    values[3] = VALUE(NUMBER(3333));
    values[4] = VALUE(NUMBER(12550), .text = (char *)"EUR");
    values[5] = VALUE(NUMBER(31));
    values[6] = VALUE(NUMBER(1500000), .has_offset_minutes = true, .offset_minutes = -90);
    values[7].text = (char *)"{\"a\":[1]}";
    values[8] = VALUE(NUMBER(1));
}

// A row with all but the name, and one that is too short.
static void make_answer(struct answer *answer) {
    ledger__v1__query_reply__init(&answer->reply);
    ledger__v1__table__init(&answer->table);
    for (size_t i = 0; i < COLUMNS; i++) {
        ledger__v1__column__init(&answer->columns[i]);
        answer->columns[i].name = (char *)columns[i].name;
        answer->columns[i].title = (char *)columns[i].title;
        answer->columns[i].kind = columns[i].kind;
        answer->columns[i].detail = columns[i].detail;
        answer->column_list[i] = &answer->columns[i];
    }
    for (size_t i = 0; i < ROWS; i++) {
        ledger__v1__row__init(&answer->rows[i]);
        for (size_t j = 0; j < COLUMNS; j++) {
            ledger__v1__value__init(&answer->values[i][j]);
            answer->value_lists[i][j] = &answer->values[i][j];
        }
        answer->rows[i].values = answer->value_lists[i];
        answer->rows[i].n_values = i == 0 ? COLUMNS : 1;
        answer->row_list[i] = &answer->rows[i];
    }
    fill_row(answer);
    answer->values[1][0].text = (char *)"8";
    answer->table.name = (char *)"things";
    answer->table.columns = answer->column_list;
    answer->table.n_columns = COLUMNS;
    answer->table.rows = answer->row_list;
    answer->table.n_rows = ROWS;
    answer->table.rows_left_off = 4;
    answer->tables[0] = &answer->table;
    answer->notes[0] = (char *)"read with care";
    answer->reply.projection = (char *)"samples";
    answer->reply.query = (char *)"things";
    answer->reply.position = 12;
    answer->reply.tables = answer->tables;
    answer->reply.n_tables = 1;
    answer->reply.notes = answer->notes;
    answer->reply.n_notes = 1;
}

static void json_has_every_column_by_its_kind(void **state) {
    (void)state;
    struct answer answer;
    make_answer(&answer);
    json_t *json = answer_to_json(&answer.reply);
    json_t *expected = json_loads(
        "{\"projection\":\"samples\",\"query\":\"things\",\"position\":12,\"settled\":true,"
        "\"asOfOccurred\":null,\"now\":null,\"foldVersion\":0,"
        "\"tables\":{\"things\":[{\"id\":\"7\",\"name\":null,\"count\":1500,\"share\":0.3333,"
        "\"worth\":{\"minor\":12550,\"currency\":\"EUR\"},\"day\":\"1970-02-01\","
        "\"at\":\"1969-12-31T22:30:01.500-01:30\",\"what\":{\"a\":[1]},\"open\":true},"
        "{\"id\":\"8\"}]},\"rowsLeftOff\":{\"things\":4},\"notes\":[\"read with care\"]}",
        0, NULL);
    assert_non_null(expected);
    char *text = json_dumps(json, JSON_INDENT(1));
    if (!json_equal(json, expected))
        fail_msg("%s", text);
    free(text);
    json_decref(json);
    json_decref(expected);
}

static char *printed(const struct answer *answer, int width) {
    char *text = NULL;
    size_t size = 0;
    FILE *kept = stdout;
    stdout = open_memstream(&text, &size);
    enum ledger_err err = answer_print(&answer->reply, width);
    fclose(stdout);
    stdout = kept;
    assert_int_equal(err, LEDGER_E_OK);
    return text;
}

static void check_printed(const struct answer *answer, int width, const char *expected) {
    char *text = printed(answer, width);
    assert_string_equal(text, expected);
    free(text);
}

static void a_table_shows_all_where_there_is_room(void **state) {
    (void)state;
    struct answer answer;
    make_answer(&answer);
    check_printed(&answer, INT_MAX,
                  "samples things, as known at position 12\n"
                  "\n"
                  "things\n"
                  "Id  Name  Count   Share       Worth  Day         At                         "
                  "What   Open\n"
                  "7   –     1,500  0.3333  125.50 EUR  1970-02-01  1969-12-31 22:30:01-01:30  "
                  "a=[1]  yes\n"
                  "8   –         –       –           –  –           –                          "
                  "–      –\n"
                  "(4 more rows; see --limit)\n"
                  "\n"
                  "note: read with care\n");
}

static void columns_without_values_go_first(void **state) {
    (void)state;
    struct answer answer;
    make_answer(&answer);
    check_printed(
        &answer, 84,
        "samples things, as known at position 12\n"
        "\n"
        "things\n"
        "Id  Count   Share       Worth  Day         At                         What   Open\n"
        "7   1,500  0.3333  125.50 EUR  1970-02-01  1969-12-31 22:30:01-01:30  a=[1]  yes\n"
        "8       –       –           –  –           –                          –      –\n"
        "left out: Name; --wide shows all\n"
        "(4 more rows; see --limit)\n"
        "\n"
        "note: read with care\n");
}

static void details_go_next(void **state) {
    (void)state;
    struct answer answer;
    make_answer(&answer);
    char *text = printed(&answer, 75);
    assert_non_null(strstr(text, "Id   Share       Worth  Day         At"));
    assert_non_null(strstr(text, "left out: Name · Count; --wide shows all\n"));
    free(text);
}

static void an_empty_table_says_so(void **state) {
    (void)state;
    struct answer answer;
    make_answer(&answer);
    answer.table.n_rows = 0;
    answer.table.rows_left_off = 0;
    answer.reply.n_notes = 0;
    check_printed(&answer, 80, "samples things, as known at position 12\n\nthings\n(none)\n");
}

// Whether some width cuts the text.
static bool is_cut(const char *name) {
    struct answer answer;
    make_answer(&answer);
    answer.values[0][1].text = (char *)name;
    bool cut = false;
    for (int width = 60; width <= 130; width++) {
        char *text = printed(&answer, width);
        cut = cut || (strstr(text, "2026-") != NULL && strstr(text, name) == NULL);
        free(text);
    }
    return cut;
}

static void a_time_is_never_cut(void **state) {
    (void)state;
    assert_true(is_cut("2026-01-01, of which no more is told than that"));
    assert_false(is_cut("2026-01-01T07:00:00.123456+01:00"));
}

static int set_up(void **state) {
    (void)state;
    // No colours, wherever the test runs.
    setenv("NO_COLOR", "1", 1);
    display_init();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_grouped_and_scaled),
        cmocka_unit_test(times_are_local_and_to_the_second),
        cmocka_unit_test(none_is_a_dash_in_every_kind),
        cmocka_unit_test(documents_are_read_as_fields),
        cmocka_unit_test(json_has_every_column_by_its_kind),
        cmocka_unit_test(a_table_shows_all_where_there_is_room),
        cmocka_unit_test(columns_without_values_go_first),
        cmocka_unit_test(details_go_next),
        cmocka_unit_test(an_empty_table_says_so),
        cmocka_unit_test(a_time_is_never_cut),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
