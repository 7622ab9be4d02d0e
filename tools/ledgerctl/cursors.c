// ledgerctl cursors: who follows the ledger by name, and how far behind each is.
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "cursor.h"
#include "display.h"
#include "format.h"
#include "ledger/json.h"
#include "status.h"
#include "table.h"

struct settings {
    struct common common;
    const char *expected;
};

static const struct ledger_option options[] = {
    {.name = "expected",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, expected),
     .value = "POSITION",
     .help = "move it only if it is there now; 0 if it may not exist yet"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl cursors",
    .usage = "[options] [move NAME POSITION|head|start | delete NAME]",
    .summary = "Lists named cursors, or changes one.",
    .details =
        "A named cursor is how far a subscriber has come: the last position it has dealt\n"
        "with. The ledger keeps it, for `ledgerctl tail --cursor NAME` and for clients.\n"
        "`behind` counts the facts after it, `for` tells how long ago the first of them was\n"
        "recorded. A `stale` cursor was left by an earlier state of the ledger, before it\n"
        "was restored: its position says nothing of this one; look at what its subscriber\n"
        "has, and move it.\n"
        "`start` is before the first fact, `head` after the last. A cursor that is not there\n"
        "is made. A name has 1 to 128 bytes and no control characters.\n"
        "\n"
        "Examples:\n"
        "  ledgerctl cursors\n"
        "  ledgerctl cursors move billing start\n"
        "  ledgerctl cursors move billing 1200 --expected 1350\n"
        "  ledgerctl cursors delete billing\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

// A run of the command.
struct run {
    const struct settings *settings;
    struct ledger_client *client;
    struct ledger_arena *arena;
};

// ---- as a table

static void end_cell(struct table *table, struct ledger_buffer *buffer) {
    const char *text = ledger_buffer_text(buffer);
    table_cell(table, text != NULL ? text : "");
    ledger_buffer_fini(buffer);
}

static void add_lag(struct table *table, const Ledger__V1__Cursor *cursor) {
    struct ledger_buffer events = {0}, time = {0};
    if (cursor->stale)
        ledger_buffer_add_text(&events, "stale");
    else
        format_integer(&events, (int64_t)cursor->lag_events);
    end_cell(table, &events);
    if (cursor->has_lag_micros && cursor->lag_events != 0)
        status_add_duration(&time, cursor->lag_micros / STATUS_MICROS_PER_SECOND);
    else
        ledger_buffer_add_text(&time, FORMAT_NONE);
    end_cell(table, &time);
}

static void add_row(struct table *table, const Ledger__V1__Cursor *cursor) {
    struct ledger_buffer name = {0}, position = {0}, moved = {0};
    display_add_clean(&name, cursor->name != NULL ? cursor->name : "");
    end_cell(table, &name);
    format_integer(&position, (int64_t)cursor->position);
    end_cell(table, &position);
    add_lag(table, cursor);
    status_add_duration(&moved, status_seconds_since(cursor->moved_at));
    ledger_buffer_add_text(&moved, " ago");
    end_cell(table, &moved);
}

static enum ledger_err print_table(Ledger__V1__Cursor *const *cursors, size_t count) {
    static const struct {
        const char *title;
        enum table_kind kind;
    } columns[] = {{"cursor", TABLE_WORD},
                   {"position", TABLE_NUMBER},
                   {"behind", TABLE_NUMBER},
                   {"for", TABLE_NUMBER},
                   {"moved", TABLE_NUMBER}};
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        table_column(table, columns[i].title, columns[i].kind);
    for (size_t i = 0; i < count; i++)
        add_row(table, cursors[i]);
    enum ledger_err err = table_print(table, display_width_of_terminal());
    table_free(table);
    return err;
}

// ---- list, move, delete

static enum ledger_err list(const struct run *run, struct ledger_error *error) {
    Ledger__V1__ListCursorsReply *reply;
    enum ledger_err err = cursor_list(run->client, run->arena, NULL, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (run->settings->common.json) {
        common_print_document(ledger_json_from_message(&reply->base));
        return LEDGER_E_OK;
    }
    if (reply->n_cursors == 0) {
        printf("There are no named cursors; `ledgerctl tail --cursor NAME` makes one.\n");
        return LEDGER_E_OK;
    }
    return print_table(reply->cursors, reply->n_cursors);
}

// "head" is this ledger's, so that its identity goes with it.
static enum ledger_err take_position(const struct run *run, const char *text,
                                     Ledger__V1__MoveCursorRequest *move,
                                     struct ledger_error *error) {
    move->has_position = 1;
    if (strcmp(text, "start") == 0 || common_position(text, &move->position))
        return LEDGER_E_OK;
    if (strcmp(text, "head") != 0)
        return ledger_fail(error, LEDGER_E_USAGE, NULL,
                           "\"%s\" is no position; it is a number, head, or start", text);
    Ledger__V1__ListCursorsReply *reply;
    enum ledger_err err = cursor_list(run->client, run->arena, move->name, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    move->position = reply->head;
    move->identity = reply->identity;
    return LEDGER_E_OK;
}

static enum ledger_err move(const struct run *run, char *name, const char *position,
                            struct ledger_error *error) {
    Ledger__V1__MoveCursorRequest request = LEDGER__V1__MOVE_CURSOR_REQUEST__INIT;
    Ledger__V1__Cursor *cursor;
    const char *expected = run->settings->expected;
    request.name = name;
    request.has_expected_position = expected != NULL;
    if (expected != NULL && !common_position(expected, &request.expected_position))
        return ledger_fail(error, LEDGER_E_USAGE, "expected", "\"%s\" is no position", expected);
    enum ledger_err err = take_position(run, position, &request, error);
    if (err == LEDGER_E_OK)
        err = cursor_move(run->client, run->arena, &request, &cursor, error);
    if (err != LEDGER_E_OK)
        return err;
    if (!run->settings->common.json)
        return print_table(&cursor, 1);
    common_print_document(ledger_json_from_message(&cursor->base));
    return LEDGER_E_OK;
}

static enum ledger_err delete_cursor(const struct run *run, const char *name,
                                     struct ledger_error *error) {
    enum ledger_err err = cursor_delete(run->client, run->arena, name, error);
    if (err != LEDGER_E_OK)
        return err;
    if (run->settings->common.json)
        common_print_document(json_pack("{s:b}", "deleted", 1));
    else
        printf("deleted %s\n", name);
    return LEDGER_E_OK;
}

static enum ledger_err run_words(const struct run *run, char **words, int count,
                                 struct ledger_error *error) {
    bool moves = count == 3 && strcmp(words[0], "move") == 0;
    if (run->settings->expected != NULL && !moves)
        return ledger_fail(error, LEDGER_E_USAGE, "expected", "goes with move NAME POSITION");
    if (moves)
        return move(run, words[1], words[2], error);
    if (count == 2 && strcmp(words[0], "delete") == 0)
        return delete_cursor(run, words[1], error);
    if (count == 0)
        return list(run, error);
    return ledger_fail(error, LEDGER_E_USAGE, NULL,
                       "expected nothing, move NAME POSITION, or delete NAME (see --help)");
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    struct run run = {.settings = (const struct settings *)common, .arena = ledger_arena_new(0)};
    if (run.arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    enum ledger_err err = common_open(common, "read", false, &run.client, error);
    if (err == LEDGER_E_OK)
        err = run_words(&run, arguments, count, error);
    ledger_client_close(run.client);
    ledger_arena_free(run.arena);
    return err;
}

int ledgerctl_cursors(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 3, run);
}
