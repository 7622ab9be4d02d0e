// Values as people read them. Each adds to a buffer.
#ifndef LEDGERCTL_FORMAT_H
#define LEDGERCTL_FORMAT_H

#include <jansson.h>
#include <stdint.h>

#include "ledger/span.h"
#include "ledger/v1/query.pb-c.h"

#define FORMAT_NONE "–"

void format_integer(struct ledger_buffer *buffer, int64_t number);
void format_ratio(struct ledger_buffer *buffer, int64_t ten_thousandths);
void format_money(struct ledger_buffer *buffer, int64_t minor, const char *currency);
void format_date(struct ledger_buffer *buffer, int64_t days);
void format_instant(struct ledger_buffer *buffer, int64_t micros, int32_t offset_minutes);
// "1.2 GiB"
void format_bytes(struct ledger_buffer *buffer, uint64_t bytes);

// An object as "key=value key=value" in its own order, what is nested in it as JSON; a text without
// quotes.
void format_json(struct ledger_buffer *buffer, const json_t *json);

void format_value(struct ledger_buffer *buffer, Ledger__V1__ValueKind kind,
                  const Ledger__V1__Value *value);
bool format_is_numeric(Ledger__V1__ValueKind kind);
bool format_is_none(Ledger__V1__ValueKind kind, const Ledger__V1__Value *value);

#endif
