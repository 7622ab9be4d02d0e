#include "cursor.h"

enum ledger_err cursor_list(struct ledger_client *client, struct ledger_arena *arena,
                            const char *name, Ledger__V1__ListCursorsReply **list,
                            struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ListCursorsRequest body = LEDGER__V1__LIST_CURSORS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    body.name = (char *)(uintptr_t)name;
    request.body_case = LEDGER__V1__REQUEST__BODY_LIST_CURSORS;
    request.list_cursors = &body;
    enum ledger_err err = ledger_client_call(client, &request, arena, &reply, error);
    if (err == LEDGER_E_OK)
        *list = reply->list_cursors;
    return err;
}

enum ledger_err cursor_move(struct ledger_client *client, struct ledger_arena *arena,
                            Ledger__V1__MoveCursorRequest *move, Ledger__V1__Cursor **cursor,
                            struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_MOVE_CURSOR;
    request.move_cursor = move;
    enum ledger_err err = ledger_client_call(client, &request, arena, &reply, error);
    if (err == LEDGER_E_OK)
        *cursor = reply->move_cursor->cursor;
    return err;
}

enum ledger_err cursor_delete(struct ledger_client *client, struct ledger_arena *arena,
                              const char *name, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__DeleteCursorRequest body = LEDGER__V1__DELETE_CURSOR_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    body.name = (char *)(uintptr_t)name;
    request.body_case = LEDGER__V1__REQUEST__BODY_DELETE_CURSOR;
    request.delete_cursor = &body;
    enum ledger_err err = ledger_client_call(client, &request, arena, &reply, error);
    if (err == LEDGER_E_OK && !reply->delete_cursor->deleted)
        err = ledger_fail(error, LEDGER_E_NOT_FOUND, "name", "there is no cursor \"%s\"", name);
    return err;
}
