#include <string.h>

#include "cursors_internal.h"
#include "ledger/clock.h"

// ---- names

// C0, DEL and C1. The text is UTF-8, or it would not have come this far: U+0080..U+009F are C2 80
// to C2 9F.
static bool has_control(struct ledger_span name) {
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.data[i];
        bool c1 = byte == 0xC2 && i + 1 < name.size && name.data[i + 1] < 0xA0;
        if (byte < 0x20 || byte == 0x7F || c1)
            return true;
    }
    return false;
}

enum ledger_err cursor_take_name(const char *text, struct ledger_span *name,
                                 struct ledger_error *error) {
    *name = ledger_span_text(text != NULL ? text : "");
    if (name->size == 0)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "name", "a cursor needs a name");
    if (name->size > STATE_CURSOR_NAME_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "name",
                           "the name has %zu bytes; %d are the most", name->size,
                           STATE_CURSOR_NAME_SIZE_MAX);
    if (has_control(*name))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "name",
                           "a name holds no control characters");
    return LEDGER_E_OK;
}

// ---- how one is shown

bool cursor_is_stale(struct ledgerd *ledgerd, const struct state_cursor *cursor) {
    struct ledger_log_identity ours = ledger_log_identity(ledgerd->log);
    return memcmp(&ours.ledger_id, &cursor->identity.ledger_id, sizeof ours.ledger_id) != 0 ||
           ours.epoch != cursor->identity.epoch;
}

// The time is left out when the block that tells it cannot be read: where the cursor stands is true
// all the same.
static void fill_lag(struct ledgerd *ledgerd, uint64_t head, Ledger__V1__Cursor *cursor) {
    int64_t recorded_at;
    cursor->has_lag_events = 1;
    cursor->lag_events = head - cursor->position;
    if (cursor->lag_events == 0) {
        cursor->has_lag_micros = 1;
    } else if (ledger_log_recorded_at(ledgerd->log, cursor->position + 1, &recorded_at, NULL) ==
               LEDGER_E_OK) {
        const struct ledger_clock *clock = &ledger_clock_system;
        int64_t lag = clock->wall_micros(clock->context) - recorded_at;
        cursor->has_lag_micros = 1;
        cursor->lag_micros = lag > 0 ? lag : 0;
    }
}

void cursor_fill(struct ledgerd *ledgerd, const char *name, const struct state_cursor *row,
                 uint64_t head, struct cursor_message *message) {
    Ledger__V1__Cursor *cursor = &message->cursor;
    Ledger__V1__LedgerIdentity *identity = &message->identity;
    message->row = *row;
    ledger__v1__cursor__init(cursor);
    ledger__v1__ledger_identity__init(identity);
    identity->has_ledger_id = identity->has_epoch = 1;
    identity->ledger_id.data = message->row.identity.ledger_id.bytes;
    identity->ledger_id.len = sizeof message->row.identity.ledger_id.bytes;
    identity->epoch = row->identity.epoch;
    cursor->name = (char *)(uintptr_t)name;
    cursor->identity = identity;
    cursor->has_position = cursor->has_moved_at = cursor->has_stale = 1;
    cursor->position = row->position;
    cursor->moved_at = row->moved_at;
    cursor->stale = cursor_is_stale(ledgerd, row);
    if (!cursor->stale)
        fill_lag(ledgerd, head, cursor);
}
