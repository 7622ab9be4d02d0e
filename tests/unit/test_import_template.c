// Templates and filters.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "template.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ledger_arena *arena;
static struct import_lookup lookups[3];

static int make_arena(void **state) {
    (void)state;
    arena = ledger_arena_new(0);
    return arena != NULL ? 0 : -1;
}

static int free_arena(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(lookups); i++)
        import_lookup_fini(&lookups[i]);
    ledger_arena_free(arena);
    return 0;
}

static const char *const columns[] = {"", "Name", "Odd|name}", "Amount", "Empty", "When", "#1"};
static const char *const cells[] = {"17", " Ann  O'Hara ",           "odd",  "1054.5",
                                    "",   "2016/01/02 01:00:01.353", "first"};
static const struct import_csv_row row = {.line = 2, .count = COUNT(cells), .cells = cells};
static const char *const times[] = {"%Y/%m/%d %H:%M:%S.%f", "%m/%d/%Y"};

static struct import_scope scope_make(void) {
    return (struct import_scope){.arena = arena,
                                 .system = "test",
                                 .zone = {.given = true, .fixed = true, .offset_minutes = 60},
                                 .times = times,
                                 .time_count = COUNT(times),
                                 .lookups = lookups,
                                 .lookup_count = COUNT(lookups)};
}

static enum ledger_err run(const char *text, struct import_value *value,
                           struct ledger_error *error) {
    static struct import_scope scope;
    struct import_template template;
    const struct import_placeholder *culprit = NULL;
    scope = scope_make();
    enum ledger_err err = import_template_compile(&scope, text, 1, 1, &template, error);
    if (err == LEDGER_E_OK)
        err = import_template_bind(&scope, columns, COUNT(columns), &culprit, error);
    return err == LEDGER_E_OK ? import_template_run(&template, &row, arena, value, error) : err;
}

static void expect(const char *text, const char *expected) {
    struct import_value value = {0};
    struct ledger_error error = {0};
    if (run(text, &value, &error) != LEDGER_E_OK)
        fail_msg("%s: %s", text, error.message);
    if (strcmp(value.text, expected) != 0)
        fail_msg("%s: got \"%s\", expected \"%s\"", text, value.text, expected);
}

static void expect_error(const char *text, enum ledger_err code, const char *part) {
    struct import_value value = {0};
    struct ledger_error error = {0};
    assert_int_equal(run(text, &value, &error), code);
    assert_int_equal(error.code, code);
    if (strstr(error.message, part) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", text, error.message, part);
}

static void fills_in(void **state) {
    (void)state;
    expect("constant", "constant");
    expect("${#1}", "17");
    expect("deal/${#1}-${#3}.", "deal/17-odd.");
    expect("${Odd\\|name\\}}", "odd");
    expect("${\\#1}", "first");
    expect("costs $5 and $${x}", "costs $5 and ${x}");
    expect("$", "$");
}

static void leaves_out_what_is_empty(void **state) {
    (void)state;
    expect("${Empty}", "");
    expect("client/${Empty}", "");
    expect("${Empty} ${#1}", " 17");
    expect("${Empty|upper|trim|int}", "");
    expect("${Empty|default:none}", "none");
    expect("${Empty|default:none|upper}", "NONE");
    expect("${Name|default:none|trim}", "Ann  O'Hara");
    expect_error("${Empty|required}", LEDGER_E_MISSING_FIELD, "column \"Empty\"");
}

static void changes_text(void **state) {
    (void)state;
    expect("${Name|trim|upper}", "ANN  O'HARA");
    expect("${Name|trim|lower}", "ann  o'hara");
    expect("${Name|slug}", "ann-o-hara");
    expect("${Name|remove: }", "AnnO'Hara");
    expect("${Name|trim|replace:  ;_}", "Ann_O'Hara");
    expect("${Name|trim|before: }", "Ann");
    expect("${Name|trim|before:nothing}", "Ann  O'Hara");
    expect("${Name|after:O'}", "Hara ");
    expect("${Name|after:nothing}", "");
    expect("${Name|trim|first:3}", "Ann");
    expect("${#1|default:\xD0\xB8\xD0\xB9|first:9}", "17");
    expect("${Empty|default:\xD0\xB8\xD0\xB9|first:1}", "\xD0\xB8");
}

static void makes_pseudonyms(void **state) {
    (void)state;
    // SHA-256 of "test", NUL, "odd"
    expect("${#3|hash}", "aeea4ab062cdf803");
}

static void scales_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
    } examples[] = {
        {"${Amount|minor:2}", "105450"},
        {"${Amount|minor:1}", "10545"},
        {"${Empty|default:-0.07|minor:2}", "-7"},
        {"${Empty|default:+12|minor:2}", "1200"},
        {"${Empty|default:.5|minor:2}", "50"},
        {"${Empty|default:5.|minor:2}", "500"},
        {"${Empty|default:1.2300|minor:2}", "123"},
        {"${Empty|default:$1,234.50|remove:$|remove:,|minor:2}", "123450"},
        {"${Empty|default:1.234,50|remove:.|replace:,;.|minor:2}", "123450"},
        {"${Empty|default:92233720368547758.07|minor:2}", "9223372036854775807"},
        {"${#1|int}", "17"},
        {"${Empty|default:007.0|int}", "7"},
        {"${Empty|default:41.58|e7}", "415800000"},
        {"${Empty|default:-93.123456789|e7}", "-931234567"},
        {"${Empty|default:-180|e7}", "-1800000000"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        expect(examples[i].text, examples[i].expected);
}

static void refuses_numbers(void **state) {
    (void)state;
    static const char *const texts[] = {
        "${Amount|minor:0}",
        "${Amount|int}",
        "${Name|int}",
        "${Empty|default:1.234|minor:2}",
        "${Empty|default:1.2.3|minor:2}",
        "${Empty|default:1,5|minor:2}",
        "${Empty|default:.|minor:2}",
        "${Empty|default:-|minor:2}",
        "${Empty|default:--1|minor:2}",
        "${Empty|default:1e5|minor:2}",
        "${Empty|default:92233720368547758.08|minor:2}",
        "${Empty|default:99999999999999999999|int}",
        "${Empty|default:181|e7}",
        "${Empty|default:12.3456789x|e7}",
        "${Name|bool}",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        expect_error(texts[i], LEDGER_E_INVALID_VALUE, "column");
    expect_error("${Empty|default:92233720368547758.08|minor:2}", LEDGER_E_INVALID_VALUE,
                 "\"92233720368547758.08\" is too large a number");
    expect_error("${Empty|default:99999999999999999999|int}", LEDGER_E_INVALID_VALUE,
                 "is too large a number");
    expect_error("${Empty|default:99999999999999999999x|int}", LEDGER_E_INVALID_VALUE,
                 "is no whole number");
    expect_error("${Name|lower|int}", LEDGER_E_INVALID_VALUE, " (made of \"");
}

static void tells_kinds(void **state) {
    (void)state;
    struct import_value value = {0};
    struct ledger_error error = {0};
    assert_int_equal(run("${#1|int}", &value, &error), LEDGER_E_OK);
    assert_int_equal(value.kind, IMPORT_INTEGER);
    assert_int_equal(value.number, 17);
    assert_int_equal(run("${#1}", &value, &error), LEDGER_E_OK);
    assert_int_equal(value.kind, IMPORT_TEXT);
    assert_int_equal(run("n${#1|int}", &value, &error), LEDGER_E_OK);
    assert_int_equal(value.kind, IMPORT_TEXT);
    assert_int_equal(run("${Empty|default:Yes|bool}", &value, &error), LEDGER_E_OK);
    assert_int_equal(value.kind, IMPORT_BOOLEAN);
    assert_int_equal(value.number, 1);
    assert_int_equal(run("${Empty|default:0|bool}", &value, &error), LEDGER_E_OK);
    assert_int_equal(value.number, 0);
    assert_int_equal(run("${#1|int|trim}", &value, &error), LEDGER_E_OK);
    assert_int_equal(value.kind, IMPORT_TEXT);
}

static void reads_times(void **state) {
    (void)state;
    expect("${When|time}", "2016-01-02T01:00:01.353+01:00");
    expect("${When|instant}", "2016-01-02T01:00:01.353+01:00");
    expect("${When|date}", "2016-01-02");
    expect("${Empty|default:3/1/2017|time}", "2017-03-01");
    expect("${Empty|default:01.03.2017|date:%Y-%m-%d;%d.%m.%Y}", "2017-03-01");
    expect("${Empty|date|default:unknown}", "unknown");
    expect("${Empty|default:10:30 1/2/2017|instant:%H\\:%M %m/%d/%Y}", "2017-01-02T10:30:00+01:00");
    expect("${Empty|default:10:30 1/2/2017|instant:%H:%M %m/%d/%Y}", "2017-01-02T10:30:00+01:00");
    expect_error("${Name|time}", LEDGER_E_INVALID_TIME, "column \"Name\"");
    expect_error("${Empty|default:3/1/2017|instant}", LEDGER_E_INVALID_TIME, "fits no pattern");
}

static void looks_up(void **state) {
    (void)state;
    struct ledger_error error = {0};
    static const char *const names[] = {"key", "city", "zip"};
    static const char *const place[] = {"17", "Ames", "50010"};
    static const char *const other[] = {"17", "Ames", "50011"};
    static const char *const word = "seventeen";
    lookups[0] = (struct import_lookup){.name = "places", .columns = names, .column_count = 3};
    lookups[1] =
        (struct import_lookup){.name = "words", .column_count = 1, .missing = IMPORT_MISSING_KEEP};
    lookups[2] =
        (struct import_lookup){.name = "none", .column_count = 1, .missing = IMPORT_MISSING_EMPTY};
    assert_int_equal(import_lookup_add(&lookups[0], arena, "17", place, &error), LEDGER_E_OK);
    assert_int_equal(import_lookup_add(&lookups[0], arena, "17", place, &error), LEDGER_E_OK);
    assert_int_equal(import_lookup_add(&lookups[0], arena, "17", other, &error),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(import_lookup_add(&lookups[1], arena, "17", &word, &error), LEDGER_E_OK);

    expect("${#1|lookup:places:city}", "Ames");
    expect("${#1|lookup:places:zip|first:3}", "500");
    expect("${#1|lookup:words}", "seventeen");
    expect("${#3|lookup:words}", "odd");
    expect("${#3|lookup:none}", "");
    expect("${#3|lookup:none|default:x}", "x");
    expect_error("${#3|lookup:places:city}", LEDGER_E_INVALID_VALUE, "not in the look-up table");
    expect_error("${#1|lookup:nothing}", LEDGER_E_MAP_INVALID, "none of the map's lookups");
    expect_error("${#1|lookup:places}", LEDGER_E_MAP_INVALID, "expected lookup:places:COLUMN");
    expect_error("${#1|lookup:words:city}", LEDGER_E_MAP_INVALID, "expected lookup:words");
    expect_error("${#1|lookup:places:street}", LEDGER_E_MAP_INVALID, "no column \"street\"");
}

static void refuses_templates(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } examples[] = {
        {"${Name", "expected }"},
        {"${Name|trim", "expected }"},
        {"${#0}", "column number"},
        {"${#x}", "column number"},
        {"${Nothing}", "no column \"Nothing\""},
        {"${#8}", "none has number 8"},
        {"${Name|shout}", "unknown filter \"shout\": expected one of trim"},
        {"${Name|trim:x}", "expected no argument"},
        {"${Name|minor}", "minor:DECIMALS"},
        {"${Name|minor:x}", "expected a number"},
        {"${Name|minor:10}", "0 to 9"},
        {"${Name|replace:;x}", "text to look for"},
        {"${Name|date:%Y}", "no whole date"},
        {"${Name|date:%Q}", "%Q"},
        {"${Name|default}", "default:TEXT"},
    };
    for (size_t i = 0; i < COUNT(examples); i++)
        expect_error(examples[i].text, LEDGER_E_MAP_INVALID, examples[i].part);
}

static void asks_for_a_zone(void **state) {
    (void)state;
    struct import_template template;
    struct ledger_error error = {0};
    struct import_scope scope = scope_make();
    scope.zone = (struct import_zone){0};
    assert_int_equal(import_template_compile(&scope, "${When|time}", 1, 1, &template, &error),
                     LEDGER_E_MAP_INVALID);
    assert_non_null(strstr(error.message, "no zone"));
    assert_int_equal(import_template_compile(&scope, "${When|date}", 1, 1, &template, &error),
                     LEDGER_E_OK);
    assert_int_equal(import_template_compile(&scope, "${When|instant:%Y-%m-%d %H:%M%z}", 1, 1,
                                             &template, &error),
                     LEDGER_E_OK);
    scope.time_count = 0;
    assert_int_equal(import_template_compile(&scope, "${When|date}", 1, 1, &template, &error),
                     LEDGER_E_MAP_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_in),        cmocka_unit_test(leaves_out_what_is_empty),
        cmocka_unit_test(changes_text),    cmocka_unit_test(makes_pseudonyms),
        cmocka_unit_test(scales_numbers),  cmocka_unit_test(refuses_numbers),
        cmocka_unit_test(tells_kinds),     cmocka_unit_test(reads_times),
        cmocka_unit_test(looks_up),        cmocka_unit_test(refuses_templates),
        cmocka_unit_test(asks_for_a_zone),
    };
    return cmocka_run_group_tests_name("import templates", tests, make_arena, free_arena);
}
