// What every command needs: common options, connections, errors told in one way.
#ifndef LEDGERCTL_COMMON_H
#define LEDGERCTL_COMMON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/client.h"
#include "ledger/config.h"
#include "ledger/error.h"

enum { COMMON_URL_SIZE = 512 };

struct common {
    const char *data;
    const char *append_url;
    const char *read_url;
    int64_t timeout_s;
    bool json;
};

// Rows for a command's option table; `type` is its settings struct, which has a member `common`.
#define COMMON_ROW(type, member, option_name, option_kind, default_text, low, high, value_name,    \
                   unit_name, help_text)                                                           \
    {                                                                                              \
        .name = (option_name), .kind = (option_kind), .offset = offsetof(type, common.member),     \
        .fallback = (default_text), .min = (low), .max = (high), .value = (value_name),            \
        .unit = (unit_name), .help = (help_text)                                                   \
    }
#define COMMON_OPTIONS(type)                                                                       \
    COMMON_ROW(type, data, "data", LEDGER_OPTION_TEXT, "./var", 0, 0, "DIR", NULL,                 \
               "the ledger's data directory"),                                                     \
        COMMON_ROW(type, json, "json", LEDGER_OPTION_FLAG, NULL, 0, 0, NULL, NULL,                 \
                   "print JSON, for programs"),                                                    \
        COMMON_ROW(type, timeout_s, "timeout", LEDGER_OPTION_INTEGER, "30", 1, 3600, "N", "s",     \
                   "give up on an answer after this long"),                                        \
        COMMON_ROW(type, append_url, "append-url", LEDGER_OPTION_TEXT, NULL, 0, 0, "URL", NULL,    \
                   "where appends go, if not below the data directory"),                           \
        COMMON_ROW(type, read_url, "read-url", LEDGER_OPTION_TEXT, NULL, 0, 0, "URL", NULL,        \
                   "where reads go, if not below the data directory")

// A command of its own settings, whose first member is their `common`: reads its flags, runs it
// with at most `arguments_max` other arguments, tells the error. Returns the exit status.
typedef enum ledger_err common_body(const struct common *settings, char **arguments, int count,
                                    struct ledger_error *error);
int common_run(const struct ledger_program *program, int argc, char **argv, struct common *settings,
               int arguments_max, common_body *body);

// Do the arguments hold --json? For errors in the arguments themselves.
bool common_asks_json(int argc, char *const *argv);

// A span of the text before and after the first `separator`; false if it is not there.
bool common_split(const char *text, char separator, struct ledger_span *before,
                  struct ledger_span *after);

// A position as it is printed: digits, or groups of three with commas between.
bool common_position(const char *text, uint64_t *position);

// The URL of a socket: "append", "read", or a projection's name.
LEDGER_MUST_CHECK enum ledger_err common_url(const struct common *common, const char *socket,
                                             char url[COMMON_URL_SIZE], struct ledger_error *error);
// `wait`: for the service to come, instead of failing when nobody is there.
LEDGER_MUST_CHECK enum ledger_err common_open(const struct common *common, const char *socket,
                                              bool wait, struct ledger_client **client,
                                              struct ledger_error *error);

// "ledgerctl <command>: <field>: <message> (<code>)" on standard error, and with json {"error":…}
// on standard output. Returns the exit status.
int common_fail(const char *command, bool json, const struct ledger_error *error);
json_t *common_error_json(const struct ledger_error *error);

// How jansson prints: 15 digits, so that four decimals show as they were meant.
#define COMMON_REAL_FORM JSON_REAL_PRECISION(15)
#define COMMON_LINE_FORM (JSON_COMPACT | COMMON_REAL_FORM)

// One line, and a reference less. False when memory is out or the output is closed.
bool common_print_line(json_t *json);
// The same over several lines, for a document of its own.
bool common_print_document(json_t *json);

#endif
