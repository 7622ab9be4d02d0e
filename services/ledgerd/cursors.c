// Named cursors: MoveCursor and DeleteCursor, which change them.
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

#include "cursors_internal.h"
#include "ledger/clock.h"

struct change {
    struct ledger_request *request;
    struct ledger_span name;
    const Ledger__V1__MoveCursorRequest *move; // NULL = delete it
    struct state_cursor cursor;                // after the change
    bool existed;
    struct ledger_error error;
    struct change *next;
};

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

static void answer_move(struct ledgerd *ledgerd, const struct change *change) {
    struct cursor_message message;
    Ledger__V1__MoveCursorReply move = LEDGER__V1__MOVE_CURSOR_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    cursor_fill(ledgerd, change->move->name, &change->cursor, ledger_log_head(ledgerd->log),
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
    bool stale = change->existed && cursor_is_stale(cursors->ledgerd, &change->cursor);
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
        .moved_at = ledger_clock_system.wall_micros(ledger_clock_system.context),
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
                              ? cursor_take_name(name, &change->name, &error)
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
