// ListCursors: who is how far.
#include "cursors_internal.h"
#include "ledger/logging.h"

static enum ledger_err add_row(struct ledgerd *ledgerd, const struct ledger_kv_pair *pair,
                               uint64_t head, struct ledger_arena *arena,
                               Ledger__V1__ListCursorsReply *list) {
    struct state_cursor row;
    struct cursor_message *message = ledger_arena_alloc(arena, sizeof *message);
    const char *name = ledger_arena_text(arena, pair->key);
    if (message == NULL || name == NULL)
        return LEDGER_E_NO_MEMORY;
    if (state_cursor_unpack(pair->value, &row) != LEDGER_E_OK) {
        ledger_log_error("a cursor cannot be read; delete it or move it", "name=\"%s\"", name);
        row = (struct state_cursor){0}; // of no ledger: it is shown as stale
    }
    cursor_fill(ledgerd, name, &row, head, message);
    list->cursors[list->n_cursors++] = &message->cursor;
    return LEDGER_E_OK;
}

// The one of that name, or all.
static enum ledger_err list_rows(struct ledgerd *ledgerd, struct ledger_kv_txn *txn,
                                 const struct ledger_span *name, struct ledger_arena *arena,
                                 Ledger__V1__ListCursorsReply *list) {
    struct state *state = &ledgerd->cursors->state;
    uint64_t count = name != NULL ? 1 : ledger_kv_count(txn, state->cursors);
    list->cursors = ledger_arena_alloc(arena, (count + 1) * sizeof(Ledger__V1__Cursor *));
    if (list->cursors == NULL)
        return LEDGER_E_NO_MEMORY;
    struct ledger_kv_pair pair;
    struct ledger_kv_cursor *walk = ledger_kv_cursor_open(txn, state->cursors);
    bool more = name != NULL
                    ? ledger_kv_seek(walk, *name, &pair) && ledger_span_equal(pair.key, *name)
                    : ledger_kv_first(walk, &pair);
    enum ledger_err err = LEDGER_E_OK;
    while (more && err == LEDGER_E_OK && list->n_cursors < count) {
        err = add_row(ledgerd, &pair, list->head, arena, list);
        more = ledger_kv_next(walk, &pair);
    }
    if (err == LEDGER_E_OK)
        err = ledger_kv_cursor_failed(walk);
    ledger_kv_cursor_close(walk);
    return err;
}

static enum ledger_err list_cursors(struct ledgerd *ledgerd, struct ledger_request *request,
                                    const char *asked, Ledger__V1__ListCursorsReply *list,
                                    struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    struct ledger_span name;
    enum ledger_err err = asked != NULL ? cursor_take_name(asked, &name, error) : LEDGER_E_OK;
    if (err == LEDGER_E_OK)
        err = ledger_kv_read(ledgerd->cursors->state.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    // Read after the transaction began: no cursor in it is beyond the head.
    list->has_head = 1;
    list->head = ledger_log_head(ledgerd->log);
    err =
        list_rows(ledgerd, txn, asked != NULL ? &name : NULL, ledger_request_arena(request), list);
    ledger_kv_abort(txn);
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "the cursors cannot be listed");
}

void ledgerd_list_cursors(struct ledgerd *ledgerd, struct ledger_request *request,
                          const Ledger__V1__Request *message) {
    struct ledger_error error = {0};
    struct ledger_log_identity identity;
    Ledger__V1__LedgerIdentity wire_identity = ledgerd_identity(ledgerd, &identity);
    Ledger__V1__ListCursorsReply list = LEDGER__V1__LIST_CURSORS_REPLY__INIT;
    if (list_cursors(ledgerd, request, message->list_cursors->name, &list, &error) != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
        return;
    }
    list.identity = &wire_identity;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    reply.body_case = LEDGER__V1__REPLY__BODY_LIST_CURSORS;
    reply.list_cursors = &list;
    ledger_request_answer(request, &reply);
}

enum ledger_err cursors_count(struct cursors *cursors, uint32_t *count,
                              struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_read(cursors->state.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    *count = (uint32_t)ledger_kv_count(txn, cursors->state.cursors);
    ledger_kv_abort(txn);
    return LEDGER_E_OK;
}
