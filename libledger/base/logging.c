#include "ledger/logging.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger/clock.h"
#include "ledger/moment.h"

enum { LINE_SIZE = 4096, FIELDS_SIZE = 3072 };

static const struct {
    const char *name;
    const char *colour;
} levels[] = {
    [LEDGER_LOG_ERROR] = {"error", "\x1b[31m"},
    [LEDGER_LOG_WARN] = {"warn", "\x1b[33m"},
    [LEDGER_LOG_INFO] = {"info", "\x1b[32m"},
    [LEDGER_LOG_DEBUG] = {"debug", "\x1b[2m"},
};
enum { LEVEL_COUNT = sizeof levels / sizeof levels[0] };

static const char *service_name = "-";
static _Atomic int level_shown = LEDGER_LOG_INFO;
static bool coloured;

void ledger_log_init(const char *service, enum ledger_log_level level) {
    service_name = service;
    atomic_store(&level_shown, (int)level);
    coloured = isatty(STDERR_FILENO) == 1;
}

bool ledger_log_level_parse(const char *text, enum ledger_log_level *level) {
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level = (enum ledger_log_level)i;
            return true;
        }
    }
    return false;
}

// "2026-01-02T03:04:05.678Z", always with milliseconds, so that the columns stand.
static void format_now(char text[LEDGER_INSTANT_TEXT_SIZE]) {
    int64_t micros = ledger_clock_system.wall_micros(NULL);
    int millis = (int)(micros / 1000 % 1000);
    char seconds[LEDGER_INSTANT_TEXT_SIZE];
    ledger_instant_format(micros - micros % 1000000, 0, seconds);
    snprintf(text, LEDGER_INSTANT_TEXT_SIZE, "%.19s.%03dZ", seconds, millis);
}

// A message is one line, whatever a peer has put into a field.
static void flatten(char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = ' ';
}

void ledger_log_write(enum ledger_log_level level, const char *message, const char *fields, ...) {
    if ((int)level > atomic_load_explicit(&level_shown, memory_order_relaxed))
        return;
    char filled[FIELDS_SIZE];
    va_list args;
    va_start(args, fields);
    vsnprintf(filled, sizeof filled, fields, args);
    va_end(args);
    flatten(filled);

    char now[LEDGER_INSTANT_TEXT_SIZE];
    format_now(now);
    char line[LINE_SIZE];
    int length =
        snprintf(line, sizeof line - 1, "%s %s%-5s%s %s  \"%s\"%s%s", now,
                 coloured ? levels[level].colour : "", levels[level].name,
                 coloured ? "\x1b[0m" : "", service_name, message, filled[0] ? " " : "", filled);
    if (length < 0)
        return;
    size_t size = (size_t)length < sizeof line - 1 ? (size_t)length : sizeof line - 2;
    line[size++] = '\n';
    // One write, so that lines of several threads and processes do not mix. There is nobody left
    // to tell if it fails.
    if (write(STDERR_FILENO, line, size) < 0)
        return;
}
