#include "ledger/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ledger/text.h"

struct row {
    enum ledger_err err;
    const char *code;
    int http;
    int exit_status;
    bool retryable;
    const char *text;
};

static const struct row rows[] = {
#define LEDGER_ERR(symbol, number, code, http, exit, retryable, text)                              \
    {LEDGER_E_##symbol, code, http, exit, retryable, text},
#include "ledger/err.def"
#undef LEDGER_ERR
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

// NULL if there is no such row.
static const struct row *row_with(uint32_t number) {
    for (size_t i = 0; i < ROW_COUNT; i++)
        if ((uint32_t)rows[i].err == number)
            return &rows[i];
    return NULL;
}

static const struct row *row_of(enum ledger_err err) {
    const struct row *row = row_with((uint32_t)err);
    return row ? row : row_with(LEDGER_E_INTERNAL);
}

const char *ledger_err_code(enum ledger_err err) {
    return row_of(err)->code;
}

const char *ledger_err_text(enum ledger_err err) {
    return row_of(err)->text;
}

int ledger_err_http(enum ledger_err err) {
    return row_of(err)->http;
}

int ledger_err_exit(enum ledger_err err) {
    return row_of(err)->exit_status;
}

bool ledger_err_retryable(enum ledger_err err) {
    return row_of(err)->retryable;
}

enum ledger_err ledger_err_from_number(uint32_t number) {
    const struct row *row = row_with(number);
    return row ? row->err : LEDGER_E_INTERNAL;
}

enum ledger_err ledger_err_from_errno(int errnum) {
    switch (errnum) {
    case 0:
        return LEDGER_E_OK;
    case ENOMEM:
        return LEDGER_E_NO_MEMORY;
    case ENOENT:
        return LEDGER_E_NOT_FOUND;
    case EWOULDBLOCK: // what flock says of a file that is locked elsewhere
        return LEDGER_E_LOCKED;
    case EINTR:
        return LEDGER_E_INTERRUPTED;
    default:
        return LEDGER_E_IO;
    }
}

// Takes off a UTF-8 sequence that was cut in the middle.
static void trim_cut(char *text, size_t length) {
    size_t start = length;
    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - start + 1 < wanted)
        text[start - 1] = '\0';
}

static void copy_cut(char *place, size_t size, const char *text) {
    size_t length = strnlen(text, size - 1);
    memcpy(place, text, length);
    place[length] = '\0';
    if (text[length] != '\0')
        trim_cut(place, length);
}

// Messages quote what came from outside, and perhaps a part of it; they go on the wire and into
// JSON, which take nothing but UTF-8.
static void mend(char *text) {
    while (*text != '\0') {
        size_t most = strnlen(text, 4), size = 1;
        while (size < most && ledger_text_check(ledger_span_of(text, size)) != LEDGER_E_OK)
            size++;
        if (ledger_text_check(ledger_span_of(text, size)) == LEDGER_E_OK)
            text += size;
        else
            *text++ = '?';
    }
}

enum ledger_err ledger_fail(struct ledger_error *error, enum ledger_err code, const char *field,
                            const char *format, ...) {
    if (!error)
        return code;
    // Written to the side first: the arguments may point into *error.
    struct ledger_error filled = {.code = code};
    copy_cut(filled.field, sizeof filled.field, field ? field : "");
    va_list args;
    va_start(args, format);
    int length = vsnprintf(filled.message, sizeof filled.message, format, args);
    va_end(args);
    if (length >= (int)sizeof filled.message)
        trim_cut(filled.message, sizeof filled.message - 1);
    mend(filled.field);
    mend(filled.message);
    *error = filled;
    return code;
}

void ledger_error_prefix(struct ledger_error *error, const char *prefix) {
    if (!error)
        return;
    const char *field = error->field;
    const char *dot = field[0] != '\0' && field[0] != '[' && prefix[0] != '\0' ? "." : "";
    char joined[sizeof error->field + 1];
    // One byte longer than the field, so that copy_cut sees whether something was cut.
    snprintf(joined, sizeof joined, "%s%s%s", prefix, dot, field);
    copy_cut(error->field, sizeof error->field, joined);
}
