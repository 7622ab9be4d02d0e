// ledger-bench: the commands and their options.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "echo.h"
#include "ledger/config.h"
#include "markdown.h"
#include "run.h"
#include "scale.h"
#include "table.h"
#include "workload.h"

// ---- run

struct run_settings {
    struct run_options run;
    const char *seconds, *json_lines;
};

#define FIELD(name) offsetof(struct run_settings, name)
static const struct ledger_option run_program_options[] = {
    {"events", LEDGER_OPTION_INTEGER, FIELD(run.events), "1000000", 1, 1000000000, "N", NULL,
     "length of the log before it is read, without what others wrote"},
    {"secs", LEDGER_OPTION_TEXT, FIELD(seconds), "3", 0, 0, "S", "s", "length of a timed phase"},
    {"transport", LEDGER_OPTION_TEXT, FIELD(run.transport), "ipc", 0, 0, "WHICH", NULL,
     "ipc, tcp or both"},
    {"ids", LEDGER_OPTION_TEXT, FIELD(run.ids), "both", 0, 0, "WHICH", NULL,
     "event ids: random, ordered by time, or both, each on a ledger of its own"},
    {"only", LEDGER_OPTION_TEXT, FIELD(run.only), NULL, 0, 0, "PHASES", NULL,
     "some of A1 A2 A3 A4 R1 R2 S1 D F, with commas; R1.pages is one part of R1"},
    {"runs", LEDGER_OPTION_INTEGER, FIELD(run.runs), "1", 1, 1000, "N", NULL, "how many times"},
    {"json-lines", LEDGER_OPTION_TEXT, FIELD(json_lines), NULL, 0, 0, "FILE", NULL,
     "add a line a measurement to FILE; \"-\" is standard output, without the table"},
    {"type", LEDGER_OPTION_TEXT, FIELD(run.type), WORKLOAD_TYPE_DEFAULT, 0, 0, "TYPE", NULL,
     "of the facts: ext.<org>.<name>, stored undecoded, or VisitReported"},
    {"work", LEDGER_OPTION_TEXT, FIELD(run.work), NULL, 0, 0, "DIR", NULL,
     "a folder on the disk to measure; default $TMPDIR or /tmp"},
    {"keep", LEDGER_OPTION_FLAG, FIELD(run.keep), NULL, 0, 0, NULL, NULL,
     "leave the ledgers there"},
    {"ledgerd", LEDGER_OPTION_TEXT, FIELD(run.ledgerd), NULL, 0, 0, "FILE", NULL,
     "the program; default the one beside this"},
    {"append-url", LEDGER_OPTION_TEXT, FIELD(run.append_url), NULL, 0, 0, "URL", NULL,
     "use a ledger that runs already (its facts stay in it)"},
    {"read-url", LEDGER_OPTION_TEXT, FIELD(run.read_url), NULL, 0, 0, "URL", NULL,
     "its other socket"},
};

static const struct ledger_program run_program = {
    .name = "ledger-bench run",
    .usage = "[options] [-- LEDGERD-OPTION…]",
    .summary = "Measures a ledgerd of its own on a fresh folder, and the floors of the machine.",
    .details =
        "Facts have a payload of 300 bytes and lie on 20,000 streams with Zipf's popularity; each\n"
        "append names the versions it expects. Every append is synced before it is answered.\n"
        "  A1         1 append in flight, 1 event each       A2         64 in flight, 1 event\n"
        "  A2.gather  64 callers, gathered by the library     A3         8 in flight, 100 events\n"
        "  A4         4 in flight, 1000 events each, until the log holds --events\n"
        "  R1         one reader from the start to the head, as pages, decoded in place,\n"
        "             and unpacked by protobuf-c\n"
        "  R2         the first 200 events of a stream, 1 and 4 (.c4) in flight\n"
        "  S1         500 appends a second, until a subscriber has each\n"
        "  D          disk bytes an event, memory of the service\n"
        "  F_sync     a batch's bytes in one synced write    F_lmdb     in one LMDB commit\n"
        "  F_nng      round trips between two processes that do nothing else\n"
        "An append phase ends when the indexes have caught up; latencies are a request's. Other\n"
        "work on the machine shows in every figure: compare rows of one run only, and look at the\n"
        "spread of several runs.\n"
        "\n"
        "Examples:\n"
        "  ledger-bench run --runs 3 --json-lines ours.jsonl --work /srv/disk\n"
        "  ledger-bench run --only A1,F --secs 1 --ids ordered -- --disk-reserve 0\n",
    .options = run_program_options,
    .option_count = sizeof run_program_options / sizeof *run_program_options,
};

static enum ledger_err run_and_report(const struct run_settings *settings,
                                      struct ledger_error *error) {
    struct report *report;
    enum ledger_err err = report_open(settings->json_lines, &report, error);
    if (err != LEDGER_E_OK)
        return err;
    err = run_all(&settings->run, report, error);
    return command_report(report, settings->json_lines, err, error);
}

static enum ledger_err command_run(int argc, char **argv, struct ledger_error *error) {
    struct run_settings settings;
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&run_program, argc, argv, &settings, &rest, &done, error);
    if (err != LEDGER_E_OK || done)
        return err;
    char **arguments;
    err = command_seconds(settings.seconds, &settings.run.seconds, error);
    if (err == LEDGER_E_OK)
        err = command_arguments(rest, argv, &arguments, error);
    if (err != LEDGER_E_OK)
        return err;
    settings.run.arguments = arguments;
    err = run_and_report(&settings, error);
    free(arguments);
    return err;
}

// ---- scale

struct scale_settings {
    struct scale_options scale;
    const char *seconds, *json_lines;
};

#undef FIELD
#define FIELD(name) offsetof(struct scale_settings, name)
static const struct ledger_option scale_program_options[] = {
    {"events", LEDGER_OPTION_INTEGER, FIELD(scale.events), "20000000", 10000, 1000000000, "N", NULL,
     "length of the log at the end: the last point"},
    {"points", LEDGER_OPTION_TEXT, FIELD(scale.points), "1000000,2000000,5000000,10000000", 0, 0,
     "LIST", NULL, "lengths before that at which to measure, ascending, with commas"},
    {"streams", LEDGER_OPTION_TEXT, FIELD(scale.streams), "20000,1000000", 0, 0, "LIST", NULL,
     "how many streams there are, with commas: each number on a ledger of its own"},
    {"ids", LEDGER_OPTION_TEXT, FIELD(scale.ids), "both", 0, 0, "WHICH", NULL,
     "event ids: random, ordered by time, or both, each on a ledger of its own"},
    {"window", LEDGER_OPTION_INTEGER, FIELD(scale.window), "500000", 1000, 1000000000, "N", NULL,
     "events before a point that are timed; at most half of what is between two points"},
    {"secs", LEDGER_OPTION_TEXT, FIELD(seconds), "2", 0, 0, "S", "s", "of reading at a point"},
    {"json-lines", LEDGER_OPTION_TEXT, FIELD(json_lines), NULL, 0, 0, "FILE", NULL,
     "add a line a measurement to FILE; \"-\" is standard output, without the table"},
    {"work", LEDGER_OPTION_TEXT, FIELD(scale.work), NULL, 0, 0, "DIR", NULL,
     "a folder on the disk to measure; default $TMPDIR or /tmp"},
    {"ledgerd", LEDGER_OPTION_TEXT, FIELD(scale.ledgerd), NULL, 0, 0, "FILE", NULL,
     "the program; default the one beside this"},
};

static const struct ledger_program scale_program = {
    .name = "ledger-bench scale",
    .usage = "[options] [-- LEDGERD-OPTION…]",
    .summary = "Measures how the figures change as the log and the number of streams grow.",
    .details =
        "A ledgerd of its own on a fresh folder is filled as by A4 of `ledger-bench run`: 4 "
        "appends\n"
        "in flight, 1000 events each. At each point, whose number stands behind the \"@\":\n"
        "  append  the last events before it, until the indexes have caught up\n"
        "  R2.c4   the first 200 events of a stream, 4 in flight\n"
        "  D       disk bytes an event, memory of the service\n"
        "  start   until a status is answered, after a clean stop\n"
        "  killed  the same after kill -9, with acknowledged events that no index holds\n"
        "  fresh   append and R2.c4 of a fresh ledger no longer than the first point, right after\n"
        "          each later one: whether it is the log that made it slower, or the machine\n"
        "After each restart the log must hold all that was acknowledged. The page cache stays as\n"
        "it is. cpu_us, the service's time on the processors for each event or stream read, is\n"
        "what other work on the machine changes least. 20,000,000 events take about 10 GB.\n"
        "\n"
        "Examples:\n"
        "  ledger-bench scale --ids ordered --json-lines scale.jsonl --work /srv/disk\n"
        "  ledger-bench table scale.jsonl\n",
    .options = scale_program_options,
    .option_count = sizeof scale_program_options / sizeof *scale_program_options,
};

static enum ledger_err scale_and_report(const struct scale_settings *settings,
                                        struct ledger_error *error) {
    struct report *report;
    enum ledger_err err = report_open(settings->json_lines, &report, error);
    if (err != LEDGER_E_OK)
        return err;
    err = scale_run(&settings->scale, report, error);
    return command_report(report, settings->json_lines, err, error);
}

static enum ledger_err command_scale(int argc, char **argv, struct ledger_error *error) {
    struct scale_settings settings;
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&scale_program, argc, argv, &settings, &rest, &done, error);
    if (err != LEDGER_E_OK || done)
        return err;
    char **arguments;
    err = command_seconds(settings.seconds, &settings.scale.seconds, error);
    if (err == LEDGER_E_OK)
        err = command_arguments(rest, argv, &arguments, error);
    if (err != LEDGER_E_OK)
        return err;
    settings.scale.arguments = arguments;
    err = scale_and_report(&settings, error);
    free(arguments);
    return err;
}

// ---- table

struct table_settings {
    bool markdown;
};

static const struct ledger_option table_options[] = {
    {"markdown", LEDGER_OPTION_FLAG, offsetof(struct table_settings, markdown), NULL, 0, 0, NULL,
     NULL, "a line a phase and a column a system, as in the README; without latencies"},
};

static const struct ledger_program table_program = {
    .name = "ledger-bench table",
    .usage = "[--markdown] FILE…",
    .summary = "Prints the medians of measurements, and how ours stand to the others.",
    .details = "FILEs hold JSON lines: those of `run --json-lines`, and of other systems under\n"
               "the same workload, with the same keys.\n",
    .options = table_options,
    .option_count = sizeof table_options / sizeof *table_options,
};

static enum ledger_err command_table(int argc, char **argv, struct ledger_error *error) {
    struct rows rows = {0};
    struct table_settings settings;
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&table_program, argc, argv, &settings, &rest, &done, error);
    if (err != LEDGER_E_OK || done)
        return err;
    if (rest == 0)
        return ledger_fail(error, LEDGER_E_USAGE, NULL, "which FILE? (see --help)");
    for (int i = 0; err == LEDGER_E_OK && i < rest; i++)
        err = rows_read(&rows, argv[i], error);
    if (err == LEDGER_E_OK)
        err = settings.markdown ? markdown_print(&rows, error) : table_print(&rows, error);
    rows_fini(&rows);
    return err;
}

// ---- echo

static enum ledger_err command_echo(int argc, char **argv, struct ledger_error *error) {
    if (argc != 1)
        return ledger_fail(error, LEDGER_E_USAGE, NULL, "echo takes one URL");
    return echo_serve(argv[0], error);
}

// ---- the commands

static const struct command {
    const char *name, *summary;
    enum ledger_err (*run)(int argc, char **argv, struct ledger_error *error);
} commands[] = {
    {"run", "measure", command_run},
    {"scale", "measure a log as it grows", command_scale},
    {"replay", "measure how read models are made, and how they answer", command_replay},
    {"table", "print what was measured", command_table},
    {"echo", "be the other end of F_nng", command_echo},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(void) {
    printf("Usage: ledger-bench COMMAND [options]\n\n"
           "Measures how fast a ledger takes facts in and gives them out.\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    printf("\n`ledger-bench COMMAND --help` tells the rest.\n");
}

static int fail(const struct ledger_error *error) {
    fprintf(stderr, "ledger-bench: %s%s%s (%s)\n", error->field,
            error->field[0] != '\0' ? ": " : "",
            error->message[0] != '\0' ? error->message : ledger_err_text(error->code),
            ledger_err_code(error->code));
    return ledger_err_exit(error->code);
}

int main(int argc, char **argv) {
    struct ledger_error error = {0};
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        return 0;
    }
    for (size_t i = 0; argc > 1 && i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        enum ledger_err err = commands[i].run(argc - 2, argv + 2, &error);
        return err == LEDGER_E_OK ? 0 : fail(&error);
    }
    ledger_fail(&error, LEDGER_E_USAGE, NULL,
                "expected run, scale, replay or table (see ledger-bench --help)");
    return fail(&error);
}
