// The layout of tables for people: what gives way, and in which order, as the width gets short.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "display.h"
#include "table.h"

enum { CELLS_MAX = 16 };

struct sketch {
    struct {
        const char *title;
        enum table_kind kind;
        enum table_rank rank;
    } columns[6]; // ends with a NULL title
    const char *cells[CELLS_MAX];
};

static struct table *draw(const struct sketch *sketch) {
    struct table *table = table_new();
    assert_non_null(table);
    for (size_t i = 0; i < 6 && sketch->columns[i].title != NULL; i++) {
        table_column(table, sketch->columns[i].title, sketch->columns[i].kind);
        table_column_rank(table, sketch->columns[i].rank);
    }
    for (size_t i = 0; i < CELLS_MAX && sketch->cells[i] != NULL; i++)
        table_cell(table, sketch->cells[i]);
    return table;
}

static void check(const struct sketch *sketch, int width, const char *expected) {
    struct table *table = draw(sketch);
    struct ledger_buffer out = {0};
    assert_int_equal(table_write(table, width, &out), LEDGER_E_OK);
    assert_string_equal(ledger_buffer_text(&out), expected);
    ledger_buffer_fini(&out);
    table_free(table);
}

static const struct sketch visits = {
    .columns = {{"Id", TABLE_WORD, TABLE_ALWAYS},
                {"Name", TABLE_PROSE, TABLE_ALWAYS},
                {"Contacts a field day", TABLE_NUMBER, TABLE_ALWAYS},
                {"Late", TABLE_NUMBER, TABLE_DETAIL},
                {"Note", TABLE_WORD, TABLE_EMPTY}},
    .cells = {"7", "Northern branch office", "12.5000", "3", "–", //
              "12", "South", "1.0000", "14", "–"},
};

static void wide_is_one_line_a_row(void **state) {
    (void)state;
    static const char expected[] = "Id  Name                    Contacts a field day  Late  Note\n"
                                   "7   Northern branch office               12.5000     3  –\n"
                                   "12  South                                 1.0000    14  –\n";
    check(&visits, INT_MAX, expected);
    check(&visits, 60, expected);
}

static void headings_wrap_no_more_than_needed(void **state) {
    (void)state;
    check(&visits, 59,
          "                            Contacts a\n"
          "Id  Name                     field day  Late  Note\n"
          "7   Northern branch office     12.5000     3  –\n"
          "12  South                       1.0000    14  –\n");
    check(&visits, 49,
          "                            Contacts\n"
          "                             a field\n"
          "Id  Name                         day  Late  Note\n"
          "7   Northern branch office   12.5000     3  –\n"
          "12  South                     1.0000    14  –\n");
}

static void the_empty_column_goes_before_the_detail(void **state) {
    (void)state;
    check(&visits, 43,
          "                            Contacts\n"
          "                             a field\n"
          "Id  Name                         day  Late\n"
          "7   Northern branch office   12.5000     3\n"
          "12  South                     1.0000    14\n"
          "left out: Note; --wide shows all\n");
}

static void details_are_left_out_and_named(void **state) {
    (void)state;
    check(&visits, 41,
          "                            Contacts a\n"
          "Id  Name                     field day\n"
          "7   Northern branch office     12.5000\n"
          "12  South                       1.0000\n"
          "left out: Late · Note; --wide shows all\n");
}

static void prose_is_cut_last(void **state) {
    (void)state;
    check(&visits, 30,
          "                      Contacts\n"
          "                       a field\n"
          "Id  Name                   day\n"
          "7   Northern branch…   12.5000\n"
          "12  South               1.0000\n"
          "left out: Late · Note; --wide shows all\n");
}

static void what_does_not_fit_is_printed_downwards(void **state) {
    (void)state;
    check(&visits, 29,
          "Id                    7\n"
          "Name                  Northern branch office\n"
          "Contacts a field day  12.5000\n"
          "Late                  3\n"
          "Note                  –\n"
          "\n"
          "Id                    12\n"
          "Name                  South\n"
          "Contacts a field day  1.0000\n"
          "Late                  14\n"
          "Note                  –\n");
}

static void prose_is_left_out_before_words_are_torn_apart(void **state) {
    (void)state;
    static const struct sketch times = {
        .columns = {{"At", TABLE_WORD, TABLE_ALWAYS},
                    {"Type", TABLE_WORD, TABLE_ALWAYS},
                    {"Who", TABLE_WORD, TABLE_ALWAYS},
                    {"Name", TABLE_PROSE, TABLE_ALWAYS},
                    {"What", TABLE_DOCUMENT, TABLE_ALWAYS}},
        .cells = {"2026-01-01T07:00:00+01:00", "Reported", "rep-4", "Representative 4",
                  "visitId=1 clientId=2"},
    };
    check(&times, 62,
          "At                         Type      Who    What\n"
          "2026-01-01T07:00:00+01:00  Reported  rep-4  visitId=1 clientI…\n"
          "left out: Name; --wide shows all\n");
}

static void a_document_keeps_more_room_than_prose(void **state) {
    (void)state;
    static const struct sketch sketch = {
        .columns = {{"Type", TABLE_PROSE, TABLE_ALWAYS}, {"What", TABLE_DOCUMENT, TABLE_ALWAYS}},
        .cells = {"TransferOfValueRecorded",
                  "clientId=42 amount=12500 nature=consulting form=cash product=none"},
    };
    check(&sketch, 60,
          "Type                What\n"
          "TransferOfValueRe…  clientId=42 amount=12500 nature=consult…\n");
    check(&sketch, 40,
          "Type              What\n"
          "TransferOfValue…  clientId=42 amount=12…\n");
    check(&sketch, 34,
          "Type              What\n"
          "TransferOfValue…  clientId=42 amo…\n");
}

static void if_all_columns_are_lesser_all_are_shown(void **state) {
    (void)state;
    static const struct sketch sketch = {
        .columns = {{"One", TABLE_PROSE, TABLE_DETAIL}, {"Two", TABLE_PROSE, TABLE_EMPTY}},
        .cells = {"a text of thirty characters, a", "–"},
    };
    check(&sketch, 25,
          "One                   Two\n"
          "a text of thirty ch…  –\n");
}

static void widths_are_those_on_the_screen(void **state) {
    (void)state;
    static const struct sketch sketch = {
        .columns = {{"Größe", TABLE_WORD, TABLE_ALWAYS},
                    {"名", TABLE_PROSE, TABLE_ALWAYS},
                    {"n", TABLE_NUMBER, TABLE_ALWAYS}},
        .cells = {"é", "漢字漢字漢字漢字漢字", "1", "e\xcc\x81z", "x\ty\xff", "10"},
    };
    check(&sketch, INT_MAX,
          "Größe  名                     n\n"
          "é      漢字漢字漢字漢字漢字   1\n"
          "e\xcc\x81z     x y?                  10\n");
    // A character of two columns is not cut in half.
    check(&sketch, 28,
          "Größe  名                  n\n"
          "é      漢字漢字漢字漢字…   1\n"
          "e\xcc\x81z     x y?               10\n");
}

static void without_titles_there_is_no_header(void **state) {
    (void)state;
    static const struct sketch sketch = {
        .columns = {{"", TABLE_WORD, TABLE_ALWAYS}, {"", TABLE_WORD, TABLE_ALWAYS}},
        .cells = {"service", "ledgerd", "head", "12"},
    };
    check(&sketch, 80,
          "service  ledgerd\n"
          "head     12\n");
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
        cmocka_unit_test(wide_is_one_line_a_row),
        cmocka_unit_test(headings_wrap_no_more_than_needed),
        cmocka_unit_test(the_empty_column_goes_before_the_detail),
        cmocka_unit_test(details_are_left_out_and_named),
        cmocka_unit_test(prose_is_cut_last),
        cmocka_unit_test(what_does_not_fit_is_printed_downwards),
        cmocka_unit_test(prose_is_left_out_before_words_are_torn_apart),
        cmocka_unit_test(a_document_keeps_more_room_than_prose),
        cmocka_unit_test(if_all_columns_are_lesser_all_are_shown),
        cmocka_unit_test(widths_are_those_on_the_screen),
        cmocka_unit_test(without_titles_there_is_no_header),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
