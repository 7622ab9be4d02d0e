// The state environment, DATA/state: what is neither log nor computed from it.
//
//   table    key         value (numbers are big-endian)
//   meta     "identity"  format (8 bytes), ledger id (16)
//   cursors  name        position (8), ledger id (16), epoch (8), moved_at (8)
//
// Nothing else holds what is in here: it is synced as the log is, and never thrown away.
#ifndef LEDGERD_STATE_H
#define LEDGERD_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/kv.h"
#include "log/log.h"

enum {
    STATE_CURSORS_MAX = 10000,
    STATE_CURSOR_NAME_SIZE_MAX = 128,
    // More than one transaction writes, even one that writes every row anew.
    STATE_ROOM_BYTES = 16 << 20,
};

struct state {
    struct ledger_kv *kv;
    struct ledger_kv_table meta, cursors;
};

// The directory is made if absent. LEDGER_E_WRONG_LEDGER: it is another ledger's.
LEDGER_MUST_CHECK enum ledger_err state_open(struct state *state, const char *path,
                                             const struct ledger_log_identity *identity,
                                             struct ledger_error *error);
void state_close(struct state *state);

struct state_cursor {
    uint64_t position;
    struct ledger_log_identity identity; // of the ledger at which it was moved last
    int64_t moved_at;                    // microseconds since 1970-01-01T00:00:00Z
};
// LEDGER_E_CORRUPT
LEDGER_MUST_CHECK enum ledger_err state_cursor_unpack(struct ledger_span value,
                                                      struct state_cursor *cursor);

// In a transaction of the environment's. LEDGER_E_NOT_FOUND is an answer.
LEDGER_MUST_CHECK enum ledger_err state_cursor_get(const struct state *state,
                                                   struct ledger_kv_txn *txn,
                                                   struct ledger_span name,
                                                   struct state_cursor *cursor);
void state_cursor_put(const struct state *state, struct ledger_kv_txn *txn, struct ledger_span name,
                      const struct state_cursor *cursor);
void state_cursor_delete(const struct state *state, struct ledger_kv_txn *txn,
                         struct ledger_span name);

#endif
