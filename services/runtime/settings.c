#include "runtime/settings.h"

#include <stdio.h>
#include <string.h>

#include "ledger/logging.h"

enum ledger_err service_settings_check(const struct service_settings *settings,
                                       struct ledger_error *error) {
    enum ledger_log_level level;
    return ledger_log_level_parse(settings->log_level, &level)
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_CONFIG_INVALID, "log-level", "no such level: %s",
                             settings->log_level);
}

enum ledger_err service_settings_read(const struct ledger_program *program, int argc, char **argv,
                                      void *settings, bool *done, struct ledger_error *error) {
    int rest = 0;
    enum ledger_err err = ledger_config_read(program, argc, argv, settings, &rest, done, error);
    if (err == LEDGER_E_OK && !*done && rest < argc)
        err = ledger_fail(error, LEDGER_E_USAGE, NULL, "unexpected argument: %s", argv[rest]);
    return err;
}

void service_log_init(const struct service_settings *settings, const char *name) {
    enum ledger_log_level level = LEDGER_LOG_INFO;
    (void)ledger_log_level_parse(settings->log_level, &level); // service_settings_check has
    ledger_log_init(name, level);
}

enum ledger_err service_start(const struct service_settings *settings, struct service **service,
                              struct ledger_error *error) {
    enum ledger_err err = service_new(service, error);
    if (err == LEDGER_E_OK && settings->stop_with_parent)
        err = service_stop_with_parent(*service, error);
    return err;
}

int service_exit(const char *program, enum ledger_err err, const struct ledger_error *error) {
    if (err != LEDGER_E_OK) {
        bool named = strstr(error->message, error->field) != NULL;
        (void)fprintf(stderr, "%s: %s%s%s\n", program, named ? "" : error->field, named ? "" : ": ",
                      error->message);
    }
    return ledger_err_exit(err);
}
