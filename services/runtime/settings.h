// The settings that every daemon has, and its way from the command line to the main loop. A setting
// for all of them is a field, a row of SERVICE_OPTIONS, and what is done with it in settings.c.
#ifndef SERVICE_RUNTIME_SETTINGS_H
#define SERVICE_RUNTIME_SETTINGS_H

#include <stddef.h>

#include "ledger/config.h"
#include "runtime/service.h"

struct service_settings {
    const char *data;
    const char *log_level;
    bool stop_with_parent;
};

// Rows of the program's option table, for the struct service_settings that is `member` of the
// struct `settings`.
#define SERVICE_OPTIONS(settings, member, data_help)                                               \
    {.name = "data",                                                                               \
     .kind = LEDGER_OPTION_TEXT,                                                                   \
     .offset = offsetof(settings, member.data),                                                    \
     .fallback = "./var",                                                                          \
     .value = "DIR",                                                                               \
     .help = (data_help)},                                                                         \
        {.name = "log-level",                                                                      \
         .kind = LEDGER_OPTION_TEXT,                                                               \
         .offset = offsetof(settings, member.log_level),                                           \
         .fallback = "info",                                                                       \
         .value = "LEVEL",                                                                         \
         .help = "error, warn, info or debug"},                                                    \
    {                                                                                              \
        .name = "stop-with-parent", .kind = LEDGER_OPTION_FLAG,                                    \
        .offset = offsetof(settings, member.stop_with_parent),                                     \
        .help = "stop when the process that started this one ends"                                 \
    }

// To be called by the program's own check.
LEDGER_MUST_CHECK enum ledger_err service_settings_check(const struct service_settings *settings,
                                                         struct ledger_error *error);
// As ledger_config_read, for a program that takes options alone.
LEDGER_MUST_CHECK enum ledger_err service_settings_read(const struct ledger_program *program,
                                                        int argc, char **argv, void *settings,
                                                        bool *done, struct ledger_error *error);
// From here on it logs as `name`. The settings are checked.
void service_log_init(const struct service_settings *settings, const char *name);
// service_new, as the settings have it. *service is to be freed even after an error.
LEDGER_MUST_CHECK enum ledger_err service_start(const struct service_settings *settings,
                                                struct service **service,
                                                struct ledger_error *error);
// Says on stderr what went wrong, if anything did; returns the exit status.
int service_exit(const char *program, enum ledger_err err, const struct ledger_error *error);

#endif
