// Requests about named cursors.
#ifndef LEDGERCTL_CURSOR_H
#define LEDGERCTL_CURSOR_H

#include "ledger/arena.h"
#include "ledger/client.h"

// The one of that name, if it is there; NULL = all. In the arena.
LEDGER_MUST_CHECK enum ledger_err cursor_list(struct ledger_client *client,
                                              struct ledger_arena *arena, const char *name,
                                              Ledger__V1__ListCursorsReply **list,
                                              struct ledger_error *error);

// LEDGER_E_CURSOR_MOVED: it is not where `move` expects it.
LEDGER_MUST_CHECK enum ledger_err cursor_move(struct ledger_client *client,
                                              struct ledger_arena *arena,
                                              Ledger__V1__MoveCursorRequest *move,
                                              Ledger__V1__Cursor **cursor,
                                              struct ledger_error *error);

// LEDGER_E_NOT_FOUND
LEDGER_MUST_CHECK enum ledger_err cursor_delete(struct ledger_client *client,
                                                struct ledger_arena *arena, const char *name,
                                                struct ledger_error *error);

#endif
