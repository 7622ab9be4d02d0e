// Settings of a program: one table of options, read from defaults, a file, the environment and
// flags (later wins), from which --help and --check-config come too. Before threads start.
#ifndef LEDGER_CONFIG_H
#define LEDGER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/error.h"

enum ledger_option_kind {
    LEDGER_OPTION_TEXT,    // const char *
    LEDGER_OPTION_INTEGER, // int64_t, range-checked
    LEDGER_OPTION_FLAG,    // bool; takes no value
};

struct ledger_option {
    const char
        *name; // "map-size": flag --map-size, file key map-size, environment <PREFIX>_MAP_SIZE
    enum ledger_option_kind kind;
    size_t offset;        // of the field in the settings struct
    const char *fallback; // default, as text; NULL = unset (NULL, 0, false)
    int64_t min, max;     // integers
    const char *value;    // what --help calls the value: "DIR"
    const char *unit;     // "GiB", "ms"; NULL = none
    const char *help;
};

struct ledger_program {
    const char *name;               // "ledgerd"
    const char *usage;              // what follows the name, e.g. "[options]"
    const char *summary;            // a sentence
    const char *details;            // after the options; may be NULL
    const char *environment_prefix; // "LEDGERD"
    const struct ledger_option *options;
    size_t option_count;
    // What the table cannot tell: refuses settings that the program would refuse. May be NULL.
    enum ledger_err (*check)(const void *settings, struct ledger_error *error);
};

// Reads defaults, then the file (--config FILE, `key = value` lines, # comments), the environment,
// and argv. Stops at the first argument that is no option; *rest is its index. `--` ends options.
// --help prints and returns LEDGER_E_OK with *done set, as do --version and --check-config.
// Ownership: texts live as long as the process (they are meant to).
LEDGER_MUST_CHECK enum ledger_err ledger_config_read(const struct ledger_program *program, int argc,
                                                     char **argv, void *settings, int *rest,
                                                     bool *done, struct ledger_error *error);
// Only the flags in argv, for a subcommand: no file, no environment, defaults first. Options and
// other arguments may mix; the others are moved to the front of argv and counted in *rest. Every
// element of argv is looked at: a name in front counts as an argument.
LEDGER_MUST_CHECK enum ledger_err ledger_config_flags(const struct ledger_program *program,
                                                      int argc, char **argv, void *settings,
                                                      int *rest, bool *done,
                                                      struct ledger_error *error);
void ledger_config_help(const struct ledger_program *program);

#endif
