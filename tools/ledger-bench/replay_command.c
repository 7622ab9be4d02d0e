// The command `replay` and its options.
#include <stdlib.h>

#include "command.h"
#include "ledger/config.h"
#include "replay.h"

struct replay_settings {
    struct replay_options replay;
    const char *json_lines;
};

#define FIELD(name) offsetof(struct replay_settings, name)
static const struct ledger_option replay_program_options[] = {
    {"events", LEDGER_OPTION_INTEGER, FIELD(replay.events), "1000000", 1000, 50000000, "N", NULL,
     "length of the log that is made"},
    {"seed", LEDGER_OPTION_INTEGER, FIELD(replay.seed), "1", 0, INT64_MAX, "N", NULL,
     "of the facts and of the questions"},
    {"models", LEDGER_OPTION_TEXT, FIELD(replay.models), NULL, 0, 0, "LIST", NULL,
     "some of client-history rep-activity sales-funnel, with commas"},
    {"queries", LEDGER_OPTION_INTEGER, FIELD(replay.queries), "2000", 1, 1000000, "N", NULL,
     "how often each question is asked; for at most 30 s"},
    {"runs", LEDGER_OPTION_INTEGER, FIELD(replay.runs), "1", 1, 1000, "N", NULL,
     "how many times each model is made"},
    {"json-lines", LEDGER_OPTION_TEXT, FIELD(json_lines), NULL, 0, 0, "FILE", NULL,
     "add a line a measurement to FILE; \"-\" is standard output, without the table"},
    {"data", LEDGER_OPTION_TEXT, FIELD(replay.data), NULL, 0, 0, "DIR", NULL,
     "the ledger's data directory: what is in it is taken; else it is made and left there"},
    {"work", LEDGER_OPTION_TEXT, FIELD(replay.work), NULL, 0, 0, "DIR", NULL,
     "a folder on the disk to measure; default $TMPDIR or /tmp"},
    {"ledgerd", LEDGER_OPTION_TEXT, FIELD(replay.ledgerd), NULL, 0, 0, "FILE", NULL,
     "the program; default the one beside this"},
};

static const struct ledger_program replay_program = {
    .name = "ledger-bench replay",
    .usage = "[options] [-- LEDGERD-OPTION…]",
    .summary = "Measures how fast read models are made from the log, and how soon they answer.",
    .details =
        "The facts are those of\n"
        "  ledger-generate --events N --months 12 --from 2024-01-01 --seed S\n"
        "visits, deals, tasks, orders, corrections and merges of a field force. The log is read\n"
        "before each model is made, so that it is in the page cache. Phases:\n"
        "  replay.MODEL           from the start of the projection's program on an empty model\n"
        "                         until the head is committed, in events of the log\n"
        "  replay.MODEL.facts     the same, in those events that the model is made of\n"
        "  replay.MODEL.QUESTION  questions at the head about one thing, one in flight:\n"
        "                         the last 50 lines of a client's timeline, a representative's\n"
        "                         register of a day and scorecard of a month, a deal's history\n"
        "own_most_kb is the most memory of its own that the program had, without the page cache;\n"
        "bytes_per_event the model's on the disk.\n"
        "\n"
        "Examples:\n"
        "  ledger-bench replay --events 10000000 --data /srv/disk/ten --json-lines ours.jsonl\n"
        "  ledger-bench table ours.jsonl postgresql.jsonl\n",
    .options = replay_program_options,
    .option_count = sizeof replay_program_options / sizeof *replay_program_options,
};

static enum ledger_err replay_and_report(const struct replay_settings *settings,
                                         struct ledger_error *error) {
    struct report *report;
    enum ledger_err err = report_open(settings->json_lines, &report, error);
    if (err != LEDGER_E_OK)
        return err;
    err = replay_run(&settings->replay, report, error);
    return command_report(report, settings->json_lines, err, error);
}

enum ledger_err command_replay(int argc, char **argv, struct ledger_error *error) {
    struct replay_settings settings;
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&replay_program, argc, argv, &settings, &rest, &done, error);
    if (err != LEDGER_E_OK || done)
        return err;
    char **arguments;
    err = command_arguments(rest, argv, &arguments, error);
    if (err != LEDGER_E_OK)
        return err;
    settings.replay.arguments = arguments;
    err = replay_and_report(&settings, error);
    free(arguments);
    return err;
}
