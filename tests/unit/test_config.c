// Settings from defaults, file, environment and flags.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/config.h"

struct settings {
    const char *data;
    const char *label;
    int64_t map_size;
    bool quiet;
};

static const struct ledger_option options[] = {
    {"data", LEDGER_OPTION_TEXT, offsetof(struct settings, data), "./var", 0, 0, "DIR", NULL,
     "where the ledger is kept"},
    {"label", LEDGER_OPTION_TEXT, offsetof(struct settings, label), NULL, 0, 0, NULL, NULL,
     "a name"},
    {"map-size", LEDGER_OPTION_INTEGER, offsetof(struct settings, map_size), "256", 1, 65536, "N",
     "GiB", "size of the map"},
    {"quiet", LEDGER_OPTION_FLAG, offsetof(struct settings, quiet), NULL, 0, 0, NULL, NULL,
     "say less"},
};
static enum ledger_err refuse_label(const void *from, struct ledger_error *error) {
    const struct settings *settings = from;
    if (settings->label == NULL || strcmp(settings->label, "bad") != 0)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "label", "no such label");
}

static const struct ledger_program program = {
    .name = "tester",
    .summary = "Tests settings.",
    .environment_prefix = "LEDGER_TESTER",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .check = refuse_label,
};

enum { ARGS_MAX = 12 };

struct outcome {
    enum ledger_err err;
    struct settings settings;
    int rest;
    bool done;
    struct ledger_error error;
    char *argv[ARGS_MAX];
};

static struct outcome run(bool flags_only, const char *const *words) {
    struct outcome outcome = {.rest = -1};
    int argc = 0;
    if (!flags_only)
        outcome.argv[argc++] = (char *)"tester";
    for (; *words; words++)
        outcome.argv[argc++] = (char *)*words;
    outcome.err = (flags_only ? ledger_config_flags
                              : ledger_config_read)(&program, argc, outcome.argv, &outcome.settings,
                                                    &outcome.rest, &outcome.done, &outcome.error);
    return outcome;
}
#define READ(...) run(false, (const char *const[]){__VA_ARGS__, NULL})
#define FLAGS(...) run(true, (const char *const[]){__VA_ARGS__, NULL})

// The path is valid until the next call.
static const char *file_with(const char *text) {
    static char path[] = "/tmp/ledger_test_config_XXXXXX";
    memset(path + sizeof path - 7, 'X', 6);
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
    return path;
}

static void defaults_hold_where_nothing_is_said(void **state) {
    (void)state;
    struct outcome outcome = READ("--");
    assert_int_equal(outcome.err, LEDGER_E_OK);
    assert_string_equal(outcome.settings.data, "./var");
    assert_null(outcome.settings.label);
    assert_int_equal(outcome.settings.map_size, 256);
    assert_false(outcome.settings.quiet);
    assert_false(outcome.done);
}

static void flags_take_both_forms(void **state) {
    (void)state;
    struct outcome outcome = READ("--data", "/srv", "--map-size=64", "--quiet", "--label=", "serve",
                                  "--data", "not-ours");
    assert_int_equal(outcome.err, LEDGER_E_OK);
    assert_string_equal(outcome.settings.data, "/srv");
    assert_string_equal(outcome.settings.label, "");
    assert_int_equal(outcome.settings.map_size, 64);
    assert_true(outcome.settings.quiet);
    assert_int_equal(outcome.rest, 6);
    assert_string_equal(outcome.argv[outcome.rest], "serve");
}

static void two_dashes_end_options(void **state) {
    (void)state;
    struct outcome outcome = READ("--quiet", "--", "--data");
    assert_int_equal(outcome.err, LEDGER_E_OK);
    assert_string_equal(outcome.argv[outcome.rest], "--data");
}

static void later_sources_win(void **state) {
    (void)state;
    const char *path =
        file_with("# a comment\n\n data = /from/file \nmap-size=10\nlabel = a = b\r\n"
                  "quiet = yes");
    setenv("LEDGER_TESTER_MAP_SIZE", "20", 1);
    struct outcome outcome = READ("--config", path);
    assert_int_equal(outcome.err, LEDGER_E_OK);
    assert_string_equal(outcome.settings.data, "/from/file");
    assert_string_equal(outcome.settings.label, "a = b");
    assert_int_equal(outcome.settings.map_size, 20);
    assert_true(outcome.settings.quiet);
    outcome = READ("--map-size", "30", "--config", path);
    assert_int_equal(outcome.settings.map_size, 30);
    setenv("LEDGER_TESTER_MAP_SIZE", "many", 1);
    outcome = READ("--map-size", "30");
    assert_int_equal(outcome.err, LEDGER_E_CONFIG_INVALID);
    assert_non_null(strstr(outcome.error.message, "LEDGER_TESTER_MAP_SIZE"));
    unsetenv("LEDGER_TESTER_MAP_SIZE");
    unlink(path);
}

static void wrong_flags_are_named(void **state) {
    (void)state;
    const struct {
        const char *words[3];
        const char *field, *message;
    } rows[] = {
        {{"--map-size", "0"}, "map-size", "from 1 to 65536 GiB"},
        {{"--map-size=65537"}, "map-size", "65537"},
        {{"--map-size=1x"}, "map-size", "1x"},
        {{"--map-size"}, "map-size", "needs a value"},
        {{"--quiet=yes"}, "quiet", "takes no value"},
        {{"--bogus"}, "", "--bogus"},
        {{"--dat=x"}, "", "--dat"},
        {{"-d"}, "", "-d"},
        {{"--help=1"}, "", "--help"},
        {{"--config"}, "config", "needs a value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct outcome outcome = run(false, rows[i].words);
        assert_int_equal(outcome.err, LEDGER_E_USAGE);
        assert_string_equal(outcome.error.field, rows[i].field);
        assert_non_null(strstr(outcome.error.message, rows[i].message));
    }
}

static void wrong_files_are_refused(void **state) {
    (void)state;
    const struct {
        const char *text, *message;
    } rows[] = {
        {"data = x\nbogus = 1\n", ":2: there is no setting \"bogus\""},
        {"data\n", ":1:"},
        {"\nmap-size = 0\n", ":2: map-size: \"0\""},
        {"quiet = perhaps\n", "neither true nor false"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *path = file_with(rows[i].text);
        struct outcome outcome = READ("--config", path);
        unlink(path);
        assert_int_equal(outcome.err, LEDGER_E_CONFIG_INVALID);
        assert_non_null(strstr(outcome.error.message, rows[i].message));
    }
    struct outcome outcome = READ("--config", "/nonexistent/tester.conf");
    assert_int_equal(outcome.err, LEDGER_E_CONFIG_INVALID);
    assert_non_null(strstr(outcome.error.message, "/nonexistent/tester.conf"));
}

static void a_subcommand_mixes_flags_and_arguments(void **state) {
    (void)state;
    struct outcome outcome =
        FLAGS("import", "--map-size", "5", "a.csv", "--quiet", "-", "--", "--b.csv");
    assert_int_equal(outcome.err, LEDGER_E_OK);
    assert_int_equal(outcome.settings.map_size, 5);
    assert_true(outcome.settings.quiet);
    assert_string_equal(outcome.settings.data, "./var");
    const char *others[] = {"import", "a.csv", "-", "--b.csv"};
    assert_int_equal(outcome.rest, 4);
    for (int i = 0; i < 4; i++)
        assert_string_equal(outcome.argv[i], others[i]);
    // What belongs to the whole program is none of its flags.
    assert_int_equal(FLAGS("--config", "x").err, LEDGER_E_USAGE);
    assert_int_equal(FLAGS("--version").err, LEDGER_E_USAGE);
}

// What the call prints.
static void printed(char *text, size_t size, const char *const *words, bool flags_only) {
    fflush(stdout);
    FILE *file = tmpfile();
    int saved = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    struct outcome outcome = run(flags_only, words);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(outcome.err, LEDGER_E_OK);
    assert_true(outcome.done);
}

static void help_lists_every_option(void **state) {
    (void)state;
    char text[4096];
    printed(text, sizeof text, (const char *const[]){"--quiet", "--help", NULL}, false);
    assert_non_null(strstr(text, "Usage: tester [options]\n\nTests settings.\n"));
    assert_non_null(
        strstr(text, "  --data DIR              where the ledger is kept (default ./var)"));
    assert_non_null(strstr(text, "  --map-size N            size of the map (1..65536 GiB; default "
                                 "256)\n"));
    assert_non_null(strstr(text, "  --quiet                 say less\n"));
    assert_non_null(strstr(text, "  --check-config "));
    assert_non_null(strstr(text, "LEDGER_TESTER_"));
    printed(text, sizeof text, (const char *const[]){"-h", NULL}, true);
    assert_non_null(strstr(text, "--data DIR"));
    assert_null(strstr(text, "--check-config"));
}

static void check_config_prints_what_would_hold(void **state) {
    (void)state;
    char text[4096];
    printed(text, sizeof text, (const char *const[]){"--map-size=7", "--check-config", NULL},
            false);
    assert_string_equal(text, "data = ./var\n# label is not set\nmap-size = 7\nquiet = false\n");
    assert_int_equal(READ("--check-config", "--map-size=0").err, LEDGER_E_USAGE);
    struct outcome refused = READ("--check-config", "--label=bad");
    assert_int_equal(refused.err, LEDGER_E_CONFIG_INVALID);
    assert_string_equal(refused.error.field, "label");
    assert_false(refused.done);
    printed(text, sizeof text, (const char *const[]){"--version", NULL}, false);
    assert_memory_equal(text, "tester ", 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_where_nothing_is_said),
        cmocka_unit_test(flags_take_both_forms),
        cmocka_unit_test(two_dashes_end_options),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(wrong_flags_are_named),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(a_subcommand_mixes_flags_and_arguments),
        cmocka_unit_test(help_lists_every_option),
        cmocka_unit_test(check_config_prints_what_would_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
