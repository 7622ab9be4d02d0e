// Where a run begins: how far log and indexes go then; and whether they still do when it goes on.
#include <string.h>

#include "verify_internal.h"

// How far the indexes go, before any transaction is begun: what a later one sees is no less.
enum ledger_err verify_begin_index(struct verify *verify, struct ledger_error *error) {
    struct verify_state *state = &verify->state;
    struct index_state of;
    bool present;
    enum ledger_err err = index_state(verify->index, &of, &present, error);
    if (verify_is_damage(err)) {
        state->index_stale = 1;
        return LEDGER_E_OK;
    }
    if (err != LEDGER_E_OK)
        return err;
    const struct ledger_log_identity *ours = &verify->store->identity;
    if (!present || memcmp(&of.identity.ledger_id, &ours->ledger_id, sizeof ours->ledger_id) != 0 ||
        of.identity.epoch != ours->epoch) {
        state->index_stale = 1;
        return LEDGER_E_OK;
    }
    state->indexed_to = of.folded_to;
    state->indexed_root = of.root;
    return LEDGER_E_OK;
}

// The last position that the log has, by its blocks' keys.
static enum ledger_err find_last(struct verify *verify, uint64_t *last) {
    struct ledger_kv_pair pair;
    *last = 0;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(verify->log_txn, verify->store->blocks);
    if (ledger_kv_last(cursor, &pair) && pair.key.size == 8)
        *last = ledger_key_u64_read(pair.key.data);
    enum ledger_err err = ledger_kv_cursor_failed(cursor);
    ledger_kv_cursor_close(cursor);
    return verify_is_damage(err) ? LEDGER_E_OK : err; // the walk will meet it
}

enum ledger_err verify_begin_log(struct verify *verify, struct ledger_error *error) {
    struct verify_state *state = &verify->state;
    struct ledger_merkle tree;
    uint64_t last;
    enum ledger_err err = find_last(verify, &last);
    if (err == LEDGER_E_OK)
        err = store_tree(verify->store, verify->log_txn, &tree, error);
    if (err != LEDGER_E_OK && !verify_is_damage(err))
        return ledger_fail(error, err, NULL, "verifying");
    state->tree_size = err == LEDGER_E_OK ? tree.size : UINT64_MAX;
    if (tree.size == 0 && last != 0)
        state->tree_size = UINT64_MAX;
    if (err == LEDGER_E_OK)
        state->tree_root = ledger_merkle_root(&tree, verify->hasher);
    state->target = err == LEDGER_E_OK && tree.size > last ? tree.size : last;
    state->blocks_there = ledger_kv_count(verify->log_txn, verify->store->blocks);
    if (state->indexed_to > state->target) {
        state->lost_from = state->target + 1;
        state->indexed_to = 0;
    }
    return LEDGER_E_OK;
}

// A run that goes on finds the log and the indexes no shorter than they were.
enum ledger_err verify_check_resumed(struct verify *verify, struct ledger_error *error) {
    const struct verify_state *state = &verify->state;
    uint64_t last;
    enum ledger_err err = find_last(verify, &last);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "verifying");
    if (state->target > last)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "the log is shorter than when the run began");
    bool counting = state->phase != VERIFY_LOG;
    if ((counting || state->indexed_to != 0) && verify->index == NULL)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "the indexes that the run began with are not there; begin again");
    if (state->indexed_to > verify->folded_to)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "the indexes were made anew since the run began; begin again");
    return LEDGER_E_OK;
}
