#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"

#define SECONDS_MIN 0.05
#define SECONDS_MAX 3600.0

enum ledger_err command_seconds(const char *text, double *seconds, struct ledger_error *error) {
    char *end;
    *seconds = strtod(text, &end);
    if (*end == '\0' && *seconds >= SECONDS_MIN && *seconds <= SECONDS_MAX)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_USAGE, "secs", "\"%s\" is not from %g to %g s", text,
                       SECONDS_MIN, SECONDS_MAX);
}

enum ledger_err command_arguments(int count, char **argv, char ***arguments,
                                  struct ledger_error *error) {
    *arguments = calloc((size_t)count + 1, sizeof **arguments);
    if (*arguments == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting");
    memcpy(*arguments, argv, (size_t)count * sizeof **arguments);
    return LEDGER_E_OK;
}

enum ledger_err command_report(struct report *report, const char *json_lines, enum ledger_err err,
                               struct ledger_error *error) {
    bool table = json_lines == NULL || strcmp(json_lines, "-") != 0;
    if (err == LEDGER_E_OK && table)
        err = table_print(report_rows(report), error);
    report_close(report);
    return err;
}
