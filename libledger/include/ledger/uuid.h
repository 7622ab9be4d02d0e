// UUIDs: text form, version 5 (names) and version 7 (time-ordered). Any thread.
#ifndef LEDGER_UUID_H
#define LEDGER_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"

struct ledger_uuid {
    uint8_t bytes[16];
};

enum { LEDGER_UUID_TEXT_SIZE = 37 }; // with the NUL

void ledger_uuid_format(const struct ledger_uuid *uuid, char text[LEDGER_UUID_TEXT_SIZE]);
// Accepts the 36-character form, either case.
bool ledger_uuid_parse(struct ledger_span text, struct ledger_uuid *uuid);
// RFC 9562 version 7. `unix_ms` is milliseconds since 1970; the rest is random.
LEDGER_MUST_CHECK enum ledger_err ledger_uuid_v7(uint64_t unix_ms, struct ledger_uuid *uuid);
// RFC 9562 version 5: SHA-1 of the namespace and the name.
struct ledger_uuid ledger_uuid_v5(const struct ledger_uuid *space, struct ledger_span name);
// UUIDv5(system, entity, record id, fact name): the id of an imported fact. The four parts are
// joined by NULs, which none of them may hold.
struct ledger_uuid ledger_uuid_imported(const char *system, const char *entity,
                                        const char *record_id, const char *fact);

#endif
