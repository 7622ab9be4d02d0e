// A settings file, then, after a NUL, arguments, one a line.
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "ledger/config.h"

enum { ARGUMENTS_MAX = 16 };

struct settings {
    const char *data;
    int64_t port;
    bool verbose;
};

static const struct ledger_option options[] = {
    {.name = "data",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, data),
     .value = "DIR",
     .help = "where"},
    {.name = "port",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = offsetof(struct settings, port),
     .fallback = "80",
     .min = 1,
     .max = 65535,
     .value = "N",
     .help = "which"},
    {.name = "verbose",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, verbose),
     .help = "more"},
};
static const struct ledger_program program = {.name = "fuzz",
                                              .usage = "[options]",
                                              .summary = "None.",
                                              .options = options,
                                              .option_count = sizeof options / sizeof *options};

static void in_range(enum ledger_err err, bool done, const struct settings *settings,
                     const struct ledger_error *error) {
    if (err == LEDGER_E_OK && !done)
        MUST(settings->port >= 1 && settings->port <= 65535);
    if (err != LEDGER_E_OK)
        MUST(err == error->code && error->message[0] != '\0');
    if (err != LEDGER_E_OK)
        MUST(err == LEDGER_E_USAGE || err == LEDGER_E_CONFIG_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *quiet;
    if (quiet == NULL)
        quiet = freopen("/dev/null", "w", stdout); // --help
    MUST(quiet != NULL);
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span rest = ledger_span_of(data, size);
    struct ledger_span file = fuzz_cut(&rest, '\0');
    char config[80], *argv[ARGUMENTS_MAX + 1] = {(char *)"fuzz", config}, *mixed[ARGUMENTS_MAX];
    snprintf(config, sizeof config, "--config=%s", fuzz_file(file));
    int argc = 2;
    for (; argc < ARGUMENTS_MAX && rest.size > 0; argc++)
        MUST((argv[argc] = ledger_arena_text(arena, fuzz_cut(&rest, '\n'))) != NULL);
    int count = argc - 2, given = count;
    memcpy(mixed, argv + 2, (size_t)count * sizeof *mixed);

    struct settings settings = {0};
    struct ledger_error error = {0};
    bool done = false;
    int left = 0;
    enum ledger_err err = ledger_config_read(&program, argc, argv, &settings, &left, &done, &error);
    in_range(err, done, &settings, &error);
    if (err == LEDGER_E_OK && !done)
        MUST(left >= 2 && left <= argc);
    left = 0;
    err = ledger_config_flags(&program, count, mixed, &settings, &left, &done, &error);
    in_range(err, done, &settings, &error);
    if (err == LEDGER_E_OK)
        MUST(left >= 0 && left <= given);
    return 0;
}
