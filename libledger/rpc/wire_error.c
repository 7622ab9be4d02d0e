// Errors as they travel.
#include <string.h>

#include "ledger/client.h"
#include "ledger/server.h"

static char *borrowed_text(const char *text) {
    return text[0] == '\0' ? NULL : (char *)text;
}

void ledger_error_to_wire(const struct ledger_error *from, Ledger__V1__Error *to) {
    ledger__v1__error__init(to);
    to->has_number = true;
    to->number = (uint32_t)from->code;
    to->code = (char *)ledger_err_code(from->code);
    to->field = borrowed_text(from->field);
    to->message = borrowed_text(from->message);
    to->has_retryable = true;
    to->retryable = ledger_err_retryable(from->code);
    to->has_retry_after_ms = from->retry_after_ms != 0;
    to->retry_after_ms = from->retry_after_ms;
    to->stream = borrowed_text(from->stream);
    to->has_actual_version = from->code == LEDGER_E_WRONG_EXPECTED_VERSION;
    to->actual_version = from->actual_version;
    to->has_event_id = from->has_event_id;
    to->event_id.data = (uint8_t *)from->event_id;
    to->event_id.len = from->has_event_id ? sizeof from->event_id : 0;
}

static char *copied_text(char *to, size_t size, const char *from) {
    size_t length = from == NULL ? 0 : strnlen(from, size - 1);
    // A cut must not leave half a character.
    while (length > 0 && from[length] != '\0' && ((unsigned char)from[length] & 0xc0) == 0x80)
        length--;
    if (length > 0)
        memcpy(to, from, length);
    to[length] = '\0';
    return to;
}

void ledger_error_from_reply(const Ledger__V1__Error *from, struct ledger_error *error) {
    *error = (struct ledger_error){.code = ledger_err_from_number(from->number)};
    if (error->code == LEDGER_E_OK)
        error->code = LEDGER_E_INTERNAL;
    copied_text(error->field, sizeof error->field, from->field);
    copied_text(error->message, sizeof error->message, from->message);
    copied_text(error->stream, sizeof error->stream, from->stream);
    error->actual_version = from->actual_version;
    error->retry_after_ms = from->retry_after_ms;
    if (from->has_event_id && from->event_id.len == sizeof error->event_id) {
        memcpy(error->event_id, from->event_id.data, sizeof error->event_id);
        error->has_event_id = true;
    }
}
