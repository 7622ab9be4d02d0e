// Errors: one code from err.def, and where there is more to say, a struct ledger_error.
// Any thread; one struct ledger_error belongs to one thread at a time.
#ifndef LEDGER_ERROR_H
#define LEDGER_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum ledger_err {
#define LEDGER_ERR(symbol, number, code, http, exit, retryable, text) LEDGER_E_##symbol = (number),
#include "ledger/err.def"
#undef LEDGER_ERR
};

// A function that returns it must not be ignored.
#define LEDGER_MUST_CHECK __attribute__((warn_unused_result))
#define LEDGER_PRINTF(text, first) __attribute__((format(printf, text, first)))

// What a person or a program needs to act on an error. Plain data, copied by value.
struct ledger_error {
    enum ledger_err code;
    char field[128];         // the field at fault, "" if none
    char message[320];       // a sentence for people
    char stream[208];        // LEDGER_E_WRONG_EXPECTED_VERSION
    uint64_t actual_version; // LEDGER_E_WRONG_EXPECTED_VERSION
    uint8_t event_id[16];    // LEDGER_E_EVENT_ID_*
    bool has_event_id;
    uint32_t retry_after_ms; // 0 = nothing said
};

// Fills *error (NULL allowed) and returns `code`. field may be NULL. Cuts what is too long at a
// UTF-8 boundary, and puts "?" for each byte that is not UTF-8.
enum ledger_err ledger_fail(struct ledger_error *error, enum ledger_err code, const char *field,
                            const char *format, ...) LEDGER_PRINTF(4, 5);

// Puts `prefix` in front of error->field ("events[3]" + "occurred" = "events[3].occurred").
void ledger_error_prefix(struct ledger_error *error, const char *prefix);

// The table's columns. An unknown code is treated as LEDGER_E_INTERNAL.
const char *ledger_err_code(enum ledger_err err);
const char *ledger_err_text(enum ledger_err err);
int ledger_err_http(enum ledger_err err);
int ledger_err_exit(enum ledger_err err);
bool ledger_err_retryable(enum ledger_err err);
// The row with this number, or LEDGER_E_INTERNAL.
enum ledger_err ledger_err_from_number(uint32_t number);

// Translates errno as a file operation leaves it.
enum ledger_err ledger_err_from_errno(int errnum);

#endif
