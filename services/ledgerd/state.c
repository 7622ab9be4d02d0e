#include "state.h"

#include <string.h>

#include "ledger/uuid.h"

enum {
    FORMAT = 0,
    IDENTITY_SIZE = 8 + 16,
    CURSOR_SIZE = 8 + 16 + 8 + 8,
    MAP_BYTES = 64 << 20,
};
_Static_assert((int)STATE_CURSOR_NAME_SIZE_MAX <= (int)LEDGER_KV_KEY_SIZE_MAX, "a name is a key");
// A page may be half empty, and a transaction that writes every row stands beside the one that a
// reader still looks at.
_Static_assert(STATE_CURSORS_MAX *(STATE_CURSOR_NAME_SIZE_MAX + CURSOR_SIZE + 16) * 2 <
                       STATE_ROOM_BYTES &&
                   STATE_ROOM_BYTES * 4 <= MAP_BYTES,
               "the map holds all cursors");

static const struct ledger_span identity_key = {(const uint8_t *)"identity", 8};

// ---- whose state it is

static void put_identity(struct state *state, struct ledger_kv_txn *txn,
                         const struct ledger_log_identity *identity) {
    uint8_t bytes[IDENTITY_SIZE];
    ledger_key_u64(bytes, FORMAT);
    memcpy(bytes + 8, identity->ledger_id.bytes, 16);
    ledger_kv_put(txn, state->meta, identity_key, ledger_span_of(bytes, sizeof bytes));
}

// Another ledger's state is refused, not set aside: somebody put these directories together, and
// only they know which of them is the wrong one. Setting it aside would make every subscriber begin
// again without a word. The epoch may differ: a restored ledger keeps its cursors, as stale ones.
static enum ledger_err check_identity(struct ledger_span bytes, const char *path,
                                      const struct ledger_log_identity *identity,
                                      struct ledger_error *error) {
    if (bytes.size != IDENTITY_SIZE || ledger_key_u64_read(bytes.data) != FORMAT)
        return ledger_fail(error, LEDGER_E_FORMAT, NULL, "%s has another format", path);
    if (memcmp(bytes.data + 8, identity->ledger_id.bytes, 16) == 0)
        return LEDGER_E_OK;
    struct ledger_uuid other;
    char theirs[LEDGER_UUID_TEXT_SIZE], ours[LEDGER_UUID_TEXT_SIZE];
    memcpy(other.bytes, bytes.data + 8, 16);
    ledger_uuid_format(&other, theirs);
    ledger_uuid_format(&identity->ledger_id, ours);
    return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "data",
                       "%s belongs to the ledger %s, and the log beside it is %s: put back the one "
                       "that fits, or move it away to start without named cursors",
                       path, theirs, ours);
}

static enum ledger_err open_identity(struct state *state, const char *path,
                                     const struct ledger_log_identity *identity,
                                     struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    struct ledger_span bytes;
    enum ledger_err err = ledger_kv_write(state->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = ledger_kv_get(txn, state->meta, identity_key, &bytes);
    if (err == LEDGER_E_NOT_FOUND && ledger_kv_count(txn, state->cursors) == 0) {
        put_identity(state, txn, identity);
        return ledger_kv_commit(txn, error);
    }
    err = err == LEDGER_E_OK
              ? check_identity(bytes, path, identity, error)
              : ledger_fail(error, LEDGER_E_CORRUPT, NULL, "%s does not say whose it is", path);
    ledger_kv_abort(txn);
    return err;
}

enum ledger_err state_open(struct state *state, const char *path,
                           const struct ledger_log_identity *identity, struct ledger_error *error) {
    const struct ledger_kv_options options = {
        .path = path, .map_bytes = MAP_BYTES, .tables_max = 2};
    enum ledger_err err = ledger_kv_open(&options, &state->kv, error);
    if (err != LEDGER_E_OK)
        return err;
    if ((err = ledger_kv_table(state->kv, "meta", &state->meta, error)) != LEDGER_E_OK ||
        (err = ledger_kv_table(state->kv, "cursors", &state->cursors, error)) != LEDGER_E_OK ||
        (err = open_identity(state, path, identity, error)) != LEDGER_E_OK)
        state_close(state);
    return err;
}

void state_close(struct state *state) {
    ledger_kv_close(state->kv);
    state->kv = NULL;
}

// ---- cursors

enum ledger_err state_cursor_unpack(struct ledger_span value, struct state_cursor *cursor) {
    if (value.size != CURSOR_SIZE)
        return LEDGER_E_CORRUPT;
    cursor->position = ledger_key_u64_read(value.data);
    memcpy(cursor->identity.ledger_id.bytes, value.data + 8, 16);
    cursor->identity.epoch = ledger_key_u64_read(value.data + 24);
    cursor->moved_at = (int64_t)ledger_key_u64_read(value.data + 32);
    return LEDGER_E_OK;
}

enum ledger_err state_cursor_get(const struct state *state, struct ledger_kv_txn *txn,
                                 struct ledger_span name, struct state_cursor *cursor) {
    struct ledger_span value;
    enum ledger_err err = ledger_kv_get(txn, state->cursors, name, &value);
    return err == LEDGER_E_OK ? state_cursor_unpack(value, cursor) : err;
}

void state_cursor_put(const struct state *state, struct ledger_kv_txn *txn, struct ledger_span name,
                      const struct state_cursor *cursor) {
    uint8_t bytes[CURSOR_SIZE];
    ledger_key_u64(bytes, cursor->position);
    memcpy(bytes + 8, cursor->identity.ledger_id.bytes, 16);
    ledger_key_u64(bytes + 24, cursor->identity.epoch);
    ledger_key_u64(bytes + 32, (uint64_t)cursor->moved_at);
    ledger_kv_put(txn, state->cursors, name, ledger_span_of(bytes, sizeof bytes));
}

void state_cursor_delete(const struct state *state, struct ledger_kv_txn *txn,
                         struct ledger_span name) {
    ledger_kv_delete(txn, state->cursors, name);
}
