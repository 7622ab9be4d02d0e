// Finds the command and hands it its arguments.
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common.h"
#include "display.h"
#include "import.h"
#include "ledger/error.h"

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"status", "is it running, and how far is everything", ledgerctl_status},
    {"append", "add facts, as JSON lines", ledgerctl_append},
    {"import", "turn CSV files into facts", ledgerctl_import},
    {"read", "print facts", ledgerctl_read},
    {"tail", "print facts as they are added", ledgerctl_tail},
    {"cursors", "who follows by name, and how far behind", ledgerctl_cursors},
    {"query", "ask a projection", ledgerctl_query},
    {"alerts", "what needs somebody, from all projections", ledgerctl_alerts},
    {"types", "what types of facts there are, and what each takes", ledgerctl_types},
    {"verify", "read everything again, and tell what is wrong", ledgerctl_verify},
    {"export", "write the facts to a file, as they are stored", ledgerctl_export},
    {"restore", "make a ledger from an export", ledgerctl_restore},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

// Options that may stand before the command, and take a value.
static const char *const leading_with_value[] = {"--data", "--append-url", "--read-url",
                                                 "--timeout"};

static void print_help(void) {
    printf("Usage: ledgerctl COMMAND [options]\n\n"
           "Adds to a ledger of field activity, reads it, and asks what is computed from it.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    printf(
        "\n`ledgerctl COMMAND --help` tells the rest, with examples.\n\n"
        "The ledger is the one whose data directory is ./var, unless --data DIR or the\n"
        "environment's FIELDLEDGER_DATA names another. --json prints for programs.\n"
        "Exit status: 0; 1 there is no such thing; 2 wrong use; 65 refused input; 66 a file\n"
        "cannot be read; 69 nothing is running there; 70 a fault in a program; 71 out of\n"
        "memory; 74 reading or writing failed; 75 try again later; 77 not allowed; 78 a setting\n"
        "cannot be used; 130 interrupted.\n");
}

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool takes_value(const char *option) {
    for (size_t i = 0; i < sizeof leading_with_value / sizeof leading_with_value[0]; i++)
        if (strcmp(leading_with_value[i], option) == 0)
            return true;
    return false;
}

// Index of the command in argv; argc if there is none.
static int find_command_word(int argc, char **argv) {
    int at = 1;
    while (at < argc && argv[at][0] == '-')
        at += takes_value(argv[at]) ? 2 : 1;
    return at < argc ? at : argc;
}

// The command's own argv: its name, the environment's defaults, what stood before the name, what
// stood after it. Later options win.
static int run_command(const struct command *command, int argc, char **argv, int word) {
    const char *data = getenv("FIELDLEDGER_DATA");
    char **list = calloc((size_t)argc + 3, sizeof *list);
    if (list == NULL)
        return ledger_err_exit(LEDGER_E_NO_MEMORY);
    int count = 0;
    list[count++] = argv[word];
    if (data != NULL && data[0] != '\0') {
        list[count++] = (char *)"--data";
        list[count++] = (char *)data;
    }
    for (int i = 1; i < argc; i++)
        if (i != word)
            list[count++] = argv[i];
    int status = command->run(count, list);
    free(list);
    return status;
}

static int tell_usage(int argc, char **argv, const struct ledger_error *error) {
    if (common_asks_json(argc, argv))
        common_print_line(json_pack("{s:o}", "error", common_error_json(error)));
    fprintf(stderr, "ledgerctl: %s (see ledgerctl --help)\n", error->message);
    return ledger_err_exit(error->code);
}

// A reader that has left (`ledgerctl read | head`) ends us by SIGPIPE; where that is ignored, it is
// no failure either. A full disk is one, also when it was an earlier flush that met it.
static int end_output(int status) {
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (!failed || errno == EPIPE)
        return status;
    fprintf(stderr, "ledgerctl: writing the output failed%s%s\n", errno != 0 ? ": " : "",
            errno != 0 ? strerror(errno) : "");
    return status != 0 ? status : ledger_err_exit(LEDGER_E_IO);
}

static int run_word(int argc, char **argv, int word);

// `ledgerctl help`, and `ledgerctl help COMMAND` for `ledgerctl COMMAND --help`.
static int run_help(int argc, char **argv, int word) {
    if (word + 1 == argc) {
        print_help();
        return 0;
    }
    argv[word] = (char *)"--help";
    return run_word(argc, argv, word + 1);
}

static int run_word(int argc, char **argv, int word) {
    const struct command *command = find_command(argv[word]);
    if (command != NULL)
        return run_command(command, argc, argv, word);
    if (strcmp(argv[word], "help") == 0)
        return run_help(argc, argv, word);
    struct ledger_error error = {0};
    ledger_fail(&error, LEDGER_E_USAGE, NULL, "there is no command \"%s\"", argv[word]);
    return tell_usage(argc, argv, &error);
}

static int run_without_command(int argc, char **argv) {
    bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("ledgerctl %s\n", FIELDLEDGER_VERSION);
        return 0;
    }
    struct ledger_error error = {0};
    ledger_fail(&error, LEDGER_E_USAGE, NULL, "expected a command");
    if (!asked && argc > 1)
        return tell_usage(argc, argv, &error);
    print_help();
    return asked ? 0 : ledger_err_exit(LEDGER_E_USAGE);
}

int main(int argc, char **argv) {
    display_init();
    int word = find_command_word(argc, argv);
    return end_output(word == argc ? run_without_command(argc, argv) : run_word(argc, argv, word));
}
