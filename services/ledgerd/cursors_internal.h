// What the files of named cursors share.
#ifndef LEDGERD_CURSORS_INTERNAL_H
#define LEDGERD_CURSORS_INTERNAL_H

#include <pthread.h>

#include "ledgerd.h"
#include "state.h"

struct cursors {
    struct ledgerd *ledgerd;
    struct state state;
    uint64_t disk_reserve_bytes;
    pthread_mutex_t lock; // of all below
    struct change *first, *last;
    bool writing;
};

// ---- cursor_message.c: cursors as they are named and shown

// The name that was given, checked.
LEDGER_MUST_CHECK enum ledger_err cursor_take_name(const char *text, struct ledger_span *name,
                                                   struct ledger_error *error);
bool cursor_is_stale(struct ledgerd *ledgerd, const struct state_cursor *cursor);

struct cursor_message {
    Ledger__V1__Cursor cursor;
    Ledger__V1__LedgerIdentity identity;
    struct state_cursor row;
};
// `name` is borrowed; `head` is no older than the row.
void cursor_fill(struct ledgerd *ledgerd, const char *name, const struct state_cursor *row,
                 uint64_t head, struct cursor_message *message);

#endif
