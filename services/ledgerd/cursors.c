// Named cursors: MoveCursor and DeleteCursor, which change them, and ListCursors.
//
//   change   check -> queue -> whoever finds nobody writing takes all that queued -> one commit
//            -> answers
//
// Every sync here competes with the log's for the disk: a hundred moves at a time are one sync, not
// a hundred. A change is answered once it is durable. As after the log's, nothing is known of the
// disk after a failed commit, and the process ends.
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "ledger/clock.h"
#include "ledger/logging.h"
#include "ledgerd.h"
#include "state.h"

struct change {
    struct ledger_request *request;
    struct ledger_span name;
    const Ledger__V1__MoveCursorRequest *move; // NULL = delete it
    struct state_cursor cursor;                // after the change
    bool existed;
    struct ledger_error error;
    struct change *next;
};

struct cursors {
    struct ledgerd *ledgerd;
    struct state state;
    uint64_t disk_reserve_bytes;
    pthread_mutex_t lock; // of all below
    struct change *first, *last;
    bool writing;
};

static int64_t now_micros(void) {
    return ledger_clock_system.wall_micros(ledger_clock_system.context);
}

// ---- what is asked

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

static enum ledger_err take_name(const char *text, struct ledger_span *name,
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

static enum ledger_err check_move(struct ledgerd *ledgerd,
                                  const Ledger__V1__MoveCursorRequest *move,
                                  struct ledger_error *error) {
    if (!move->has_position)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "position", "no position was given");
    enum ledger_err err = ledgerd_check_identity(ledgerd, move->identity, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t head = ledger_log_head(ledgerd->log);
    if (move->position > head)
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "position",
                           "position %" PRIu64 " lies beyond the end of this ledger, %" PRIu64,
                           move->position, head);
    return LEDGER_E_OK;
}

// ---- what is answered

static bool is_stale(struct ledgerd *ledgerd, const struct state_cursor *cursor) {
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
        int64_t lag = now_micros() - recorded_at;
        cursor->has_lag_micros = 1;
        cursor->lag_micros = lag > 0 ? lag : 0;
    }
}

struct cursor_message {
    Ledger__V1__Cursor cursor;
    Ledger__V1__LedgerIdentity identity;
    struct state_cursor row;
};

// `head` is no older than the row.
static void fill_cursor(struct ledgerd *ledgerd, const char *name, const struct state_cursor *row,
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
    cursor->stale = is_stale(ledgerd, row);
    if (!cursor->stale)
        fill_lag(ledgerd, head, cursor);
}

static void answer_move(struct ledgerd *ledgerd, const struct change *change) {
    struct cursor_message message;
    Ledger__V1__MoveCursorReply move = LEDGER__V1__MOVE_CURSOR_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    fill_cursor(ledgerd, change->move->name, &change->cursor, ledger_log_head(ledgerd->log),
                &message);
    move.cursor = &message.cursor;
    reply.body_case = LEDGER__V1__REPLY__BODY_MOVE_CURSOR;
    reply.move_cursor = &move;
    ledger_request_answer(change->request, &reply);
}

static void answer_delete(const struct change *change) {
    Ledger__V1__DeleteCursorReply body = LEDGER__V1__DELETE_CURSOR_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    body.has_deleted = 1;
    body.deleted = change->existed;
    reply.body_case = LEDGER__V1__REPLY__BODY_DELETE_CURSOR;
    reply.delete_cursor = &body;
    ledger_request_answer(change->request, &reply);
}

// The change lives in its request's arena: it is gone afterwards.
static void answer(struct ledgerd *ledgerd, const struct change *change) {
    if (change->error.code != LEDGER_E_OK)
        ledger_request_answer_error(change->request, &change->error);
    else if (change->move != NULL)
        answer_move(ledgerd, change);
    else
        answer_delete(change);
}

// ---- changing

static enum ledger_err check_room(const struct cursors *cursors, struct ledger_error *error) {
    struct statvfs disk;
    const char *data = cursors->ledgerd->data;
    if (statvfs(data, &disk) != 0)
        return ledger_fail(error, LEDGER_E_DISK_RESERVE, NULL,
                           "how much is free at %s cannot be told", data);
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (free_bytes < cursors->disk_reserve_bytes + STATE_ROOM_BYTES)
        return ledger_fail(error, LEDGER_E_DISK_RESERVE, NULL,
                           "only %" PRIu64 " MiB are free at %s; cursors stay where they are",
                           free_bytes >> 20, data);
    return LEDGER_E_OK;
}

// Stale positions are none of this ledger's, so that no expected one can be theirs.
static enum ledger_err check_expected(struct cursors *cursors, struct change *change) {
    const Ledger__V1__MoveCursorRequest *move = change->move;
    bool stale = change->existed && is_stale(cursors->ledgerd, &change->cursor);
    uint64_t position = change->existed ? change->cursor.position : 0;
    if (!move->has_expected_position || (!stale && position == move->expected_position))
        return LEDGER_E_OK;
    if (!change->existed)
        return ledger_fail(&change->error, LEDGER_E_CURSOR_MOVED, "expected_position",
                           "there is no cursor \"%s\", and position %" PRIu64 " was expected",
                           move->name, move->expected_position);
    return ledger_fail(&change->error, LEDGER_E_CURSOR_MOVED, "expected_position",
                       "the cursor \"%s\" is at position %" PRIu64 "%s, not at %" PRIu64,
                       move->name, position, stale ? " of an earlier state of the ledger" : "",
                       move->expected_position);
}

static enum ledger_err apply_move(struct cursors *cursors, struct ledger_kv_txn *txn,
                                  struct change *change) {
    enum ledger_err err = check_expected(cursors, change);
    if (err != LEDGER_E_OK)
        return err;
    if (!change->existed &&
        ledger_kv_count(txn, cursors->state.cursors) >= (uint64_t)STATE_CURSORS_MAX)
        return ledger_fail(&change->error, LEDGER_E_TOO_LARGE, "name",
                           "there are %d cursors, the most there may be; delete one that nobody "
                           "uses",
                           STATE_CURSORS_MAX);
    change->cursor = (struct state_cursor){
        .position = change->move->position,
        .identity = ledger_log_identity(cursors->ledgerd->log),
        .moved_at = now_micros(),
    };
    state_cursor_put(&cursors->state, txn, change->name, &change->cursor);
    return LEDGER_E_OK;
}

// True if there is something to commit.
static bool apply(struct cursors *cursors, struct ledger_kv_txn *txn, struct change *change) {
    enum ledger_err err = state_cursor_get(&cursors->state, txn, change->name, &change->cursor);
    change->existed = err != LEDGER_E_NOT_FOUND;
    // A row that cannot be read can still be deleted, or moved by who does not ask where it is.
    bool blind = change->move == NULL || !change->move->has_expected_position;
    if (err != LEDGER_E_OK && err != LEDGER_E_NOT_FOUND && !(err == LEDGER_E_CORRUPT && blind)) {
        ledger_fail(&change->error, err, NULL, "the cursor \"%.*s\" cannot be read",
                    (int)change->name.size, (const char *)change->name.data);
        return false;
    }
    if (change->move != NULL)
        return apply_move(cursors, txn, change) == LEDGER_E_OK;
    if (!change->existed)
        return false;
    state_cursor_delete(&cursors->state, txn, change->name);
    return true; // a failure sticks to the transaction
}

// Nothing of the transaction remains if this fails; a commit that fails does not return.
static enum ledger_err commit(struct cursors *cursors, struct change *changes,
                              struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    bool changed = false;
    enum ledger_err err = check_room(cursors, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_write(cursors->state.kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    for (struct change *change = changes; change != NULL; change = change->next)
        changed |= apply(cursors, txn, change);
    err = ledger_kv_failed(txn);
    if (err != LEDGER_E_OK)
        ledger_fail(error, err, NULL, "the cursors cannot be read or written");
    if (err != LEDGER_E_OK || !changed) {
        ledger_kv_abort(txn);
        return err;
    }
    if (ledger_kv_commit(txn, error) != LEDGER_E_OK)
        ledgerd_end(error);
    return LEDGER_E_OK;
}

static struct change *take_queue(struct cursors *cursors) {
    pthread_mutex_lock(&cursors->lock);
    struct change *changes = cursors->first;
    cursors->first = cursors->last = NULL;
    if (changes == NULL)
        cursors->writing = false;
    pthread_mutex_unlock(&cursors->lock);
    return changes;
}

static void write_queued(struct cursors *cursors) {
    struct change *changes;
    while ((changes = take_queue(cursors)) != NULL) {
        struct ledger_error error = {0};
        enum ledger_err err = commit(cursors, changes, &error);
        while (changes != NULL) {
            struct change *change = changes;
            changes = change->next;
            if (err != LEDGER_E_OK) // whatever was said of the one: it was judged by what is undone
                change->error = error;
            answer(cursors->ledgerd, change);
        }
    }
}

// As many wait at most as the socket takes requests in.
static void enqueue(struct cursors *cursors, struct change *change) {
    pthread_mutex_lock(&cursors->lock);
    if (cursors->last != NULL)
        cursors->last->next = change;
    else
        cursors->first = change;
    cursors->last = change;
    bool mine = !cursors->writing;
    cursors->writing = true;
    pthread_mutex_unlock(&cursors->lock);
    if (mine)
        write_queued(cursors);
}

static void change_cursor(struct ledgerd *ledgerd, struct ledger_request *request, const char *name,
                          const Ledger__V1__MoveCursorRequest *move) {
    struct ledger_error error = {0};
    struct change *change = ledger_arena_calloc(ledger_request_arena(request), sizeof *change);
    enum ledger_err err = change != NULL
                              ? take_name(name, &change->name, &error)
                              : ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "moving a cursor");
    if (err == LEDGER_E_OK && move != NULL)
        err = check_move(ledgerd, move, &error);
    if (err != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
        return;
    }
    change->request = request;
    change->move = move;
    enqueue(ledgerd->cursors, change);
}

void ledgerd_move_cursor(struct ledgerd *ledgerd, struct ledger_request *request,
                         const Ledger__V1__Request *message) {
    change_cursor(ledgerd, request, message->move_cursor->name, message->move_cursor);
}

void ledgerd_delete_cursor(struct ledgerd *ledgerd, struct ledger_request *request,
                           const Ledger__V1__Request *message) {
    change_cursor(ledgerd, request, message->delete_cursor->name, NULL);
}

// ---- listing

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
    fill_cursor(ledgerd, name, &row, head, message);
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
    enum ledger_err err = asked != NULL ? take_name(asked, &name, error) : LEDGER_E_OK;
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

// ---- start and stop

enum ledger_err cursors_new(struct ledgerd *ledgerd, uint64_t disk_reserve_bytes,
                            struct cursors **out, struct ledger_error *error) {
    char path[4096];
    struct ledger_log_identity identity = ledger_log_identity(ledgerd->log);
    *out = NULL;
    if (snprintf(path, sizeof path, "%s/state", ledgerd->data) >= (int)sizeof path)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    struct cursors *cursors = calloc(1, sizeof *cursors);
    if (cursors == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the cursors");
    cursors->ledgerd = ledgerd;
    cursors->disk_reserve_bytes = disk_reserve_bytes;
    enum ledger_err err = LEDGER_E_OK;
    if (pthread_mutex_init(&cursors->lock, NULL) != 0) {
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the cursors");
        goto fail1;
    }
    err = state_open(&cursors->state, path, &identity, error);
    if (err != LEDGER_E_OK)
        goto fail2;
    *out = cursors;
    return LEDGER_E_OK;

fail2:
    pthread_mutex_destroy(&cursors->lock);
fail1:
    free(cursors);
    return err;
}

void cursors_free(struct cursors *cursors) {
    if (cursors == NULL)
        return;
    state_close(&cursors->state);
    pthread_mutex_destroy(&cursors->lock);
    free(cursors);
}
