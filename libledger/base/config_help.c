#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config_internal.h"

enum { HELP_COLUMN = 26, WIDTH = 100 };

static const struct ledger_option common_options[] = {
    {.name = "config", .value = "FILE", .help = "read settings from FILE (`key = value` lines)"},
    {.name = "check-config", .kind = LEDGER_OPTION_FLAG, .help = "check and print the settings"},
    {.name = "version", .kind = LEDGER_OPTION_FLAG, .help = "print the version"},
};
static const struct ledger_option help_option = {
    .name = "help", .kind = LEDGER_OPTION_FLAG, .help = "print this text"};

void config_print_version(const struct ledger_program *program) {
    printf("%s %s\n", program->name, FIELDLEDGER_VERSION);
}

void config_print_settings(const struct ledger_program *program, const void *settings) {
    for (size_t i = 0; i < program->option_count; i++) {
        const struct ledger_option *option = &program->options[i];
        const char *field = (const char *)settings + option->offset;
        const char *text;
        switch (option->kind) {
        case LEDGER_OPTION_TEXT:
            text = *(const char *const *)(const void *)field;
            printf(text ? "%s = %s\n" : "# %s is not set\n", option->name, text);
            break;
        case LEDGER_OPTION_INTEGER:
            printf("%s = %" PRId64 "\n", option->name, *(const int64_t *)(const void *)field);
            break;
        case LEDGER_OPTION_FLAG:
            printf("%s = %s\n", option->name,
                   *(const bool *)(const void *)field ? "true" : "false");
            break;
        }
    }
}

// What is known of the value: "(1..64 GiB; default 16)".
static void note_of(const struct ledger_option *option, char *note, size_t size) {
    const char *unit = option->unit ? option->unit : "";
    const char *space = option->unit ? " " : "";
    char range[96] = "";
    if (option->kind == LEDGER_OPTION_INTEGER)
        snprintf(range, sizeof range, "%" PRId64 "..%" PRId64 "%s%s", option->min, option->max,
                 space, unit);
    else if (option->unit)
        snprintf(range, sizeof range, "%s", unit);

    bool fallback = option->fallback && option->kind != LEDGER_OPTION_FLAG;
    if (range[0] && fallback)
        snprintf(note, size, " (%s; default %s)", range, option->fallback);
    else if (range[0])
        snprintf(note, size, " (%s)", range);
    else if (fallback)
        snprintf(note, size, " (default %s)", option->fallback);
    else
        snprintf(note, size, "%s", "");
}

// Breaks lines at spaces; each begins in the help column.
static void print_wrapped(const char *text) {
    size_t column = HELP_COLUMN;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + word > WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_option(const struct ledger_option *option) {
    char flag[96];
    const char *value = option->kind == LEDGER_OPTION_FLAG ? NULL
                        : option->value                    ? option->value
                                                           : "VALUE";
    int width = snprintf(flag, sizeof flag, "  --%s%s%s", option->name, value ? " " : "",
                         value ? value : "");
    if (width < HELP_COLUMN - 1)
        printf("%-*s", HELP_COLUMN, flag);
    else
        printf("%s\n%*s", flag, HELP_COLUMN, "");
    char note[256], line[1024];
    note_of(option, note, sizeof note);
    snprintf(line, sizeof line, "%s%s", option->help ? option->help : "", note);
    print_wrapped(line);
}

void config_print_help(const struct ledger_program *program, bool whole_program) {
    printf("Usage: %s %s\n\n%s\n\nOptions:\n", program->name,
           program->usage ? program->usage : "[options]", program->summary);
    for (size_t i = 0; i < program->option_count; i++)
        print_option(&program->options[i]);
    for (size_t i = 0; whole_program && i < sizeof common_options / sizeof common_options[0]; i++)
        print_option(&common_options[i]);
    print_option(&help_option);
    if (whole_program && program->environment_prefix)
        printf("\nAn option may also be set in the environment: %s_ and its name in capitals,\n"
               "with _ for -. Flags win over the environment, the environment over the file.\n",
               program->environment_prefix);
    if (program->details)
        printf("\n%s\n", program->details);
}

void ledger_config_help(const struct ledger_program *program) {
    config_print_help(program, true);
}
