// Structured logging to standard error: one line a message, a stable message, key=value fields.
//   2026-01-02T03:04:05.678Z info  ledgerd  "listening" url="ipc://…"
// Any thread.
#ifndef LEDGER_LOGGING_H
#define LEDGER_LOGGING_H

#include "ledger/error.h"

enum ledger_log_level { LEDGER_LOG_ERROR, LEDGER_LOG_WARN, LEDGER_LOG_INFO, LEDGER_LOG_DEBUG };

// Once, before threads start. `service` must outlive the process. Colours level on a terminal.
void ledger_log_init(const char *service, enum ledger_log_level level);
bool ledger_log_level_parse(const char *text, enum ledger_log_level *level);

// `fields` is a printf format that writes the fields, e.g. "position=%" PRIu64; "" for none.
void ledger_log_write(enum ledger_log_level level, const char *message, const char *fields, ...)
    LEDGER_PRINTF(3, 4);

#define ledger_log_error(message, ...) ledger_log_write(LEDGER_LOG_ERROR, message, __VA_ARGS__)
#define ledger_log_warn(message, ...) ledger_log_write(LEDGER_LOG_WARN, message, __VA_ARGS__)
#define ledger_log_info(message, ...) ledger_log_write(LEDGER_LOG_INFO, message, __VA_ARGS__)
#define ledger_log_debug(message, ...) ledger_log_write(LEDGER_LOG_DEBUG, message, __VA_ARGS__)

#endif
