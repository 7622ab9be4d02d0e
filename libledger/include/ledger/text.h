// Text: checks, numbers, hexadecimal. Any thread.
#ifndef LEDGER_TEXT_H
#define LEDGER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"

// Valid UTF-8 (no surrogates, no overlong forms) without NUL.
LEDGER_MUST_CHECK enum ledger_err ledger_text_check(struct ledger_span text);

bool ledger_u64_parse(struct ledger_span text, uint64_t *number);
bool ledger_i64_parse(struct ledger_span text, int64_t *number);

// Two lower-case digits a byte, without a NUL; returns the end.
char *ledger_hex_write(struct ledger_span bytes, char *place);

#endif
