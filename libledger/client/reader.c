// A subscription: one call under way, for the page after the one that was given out.
//
//   ask (at the end of the log: a read that waits there) -> page -> ask for the next, if there is
//   more -> give the page out -> …
//
// What can go wrong: the service is away, restarting or busy (the same page is asked for again,
// after a while; on a new connection if the old one gave no answer, since NNG 1.5 can lose the
// thread that reconnects); the ledger is another one than before (the service tells, as every
// request names the ledger that the first page was of).
//
// Lock: reader->lock guards what interrupt looks at: `client` and `interrupted`. All else is the
// reading thread's.
#include "ledger/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "ledger/client.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/wait.h"

enum {
    MAX_EVENTS_DEFAULT = 4096,
    MAX_BYTES_DEFAULT = 1 << 20,
    TIMEOUT_MS_DEFAULT = 5000,
    WAIT_MS = 20000, // of one request at the end of the log
};
// Ten years, as good as for ever, without overflowing sums.
#define FOREVER_MICROS (INT64_C(3650) * 24 * 3600 * 1000000)

struct ledger_reader {
    pthread_mutex_t lock;
    pthread_cond_t woken; // by an interrupt
    struct ledger_client *client;
    bool interrupted;

    struct ledger_arena *kept; // url, filter, cursor's name
    struct ledger_reader_options options;
    Ledger__V1__Filter *filter;
    bool has_identity;
    struct ledger_identity identity;
    uint64_t from;            // next position to look at
    uint64_t cursor_position; // as far as we know
    bool cursor_stale;        // of no use any more: whatever is there is replaced

    struct ledger_call *call;   // for the next page
    bool waits;                 // the call waits at the end of the log
    bool at_end;                // the last page had nothing behind it
    uint64_t head;              // as the last page said
    struct ledger_reply *reply; // of the page that was given out
    struct ledger_arena *arena; // while a reply is read
    struct backoff backoff;
    int64_t last_success;
};

// ---- connections

static enum ledger_err fail_interrupted(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_INTERRUPTED, NULL, "reading was interrupted");
}

static enum ledger_err connect_reader(struct ledger_reader *reader, bool wait_for_service,
                                      struct ledger_error *error) {
    const struct ledger_client_options options = {.url = reader->options.url,
                                                  .timeout_ms = reader->options.timeout_ms,
                                                  .wait_for_service = wait_for_service};
    struct ledger_client *client;
    if (reader->client != NULL)
        return LEDGER_E_OK;
    enum ledger_err err = ledger_client_open(&options, &client, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&reader->lock);
    reader->client = client;
    if (reader->interrupted)
        ledger_client_interrupt(client);
    pthread_mutex_unlock(&reader->lock);
    return LEDGER_E_OK;
}

// Ends the call under way as well, without waiting for its answer.
static void disconnect(struct ledger_reader *reader) {
    struct ledger_reply *reply;
    pthread_mutex_lock(&reader->lock);
    struct ledger_client *client = reader->client;
    reader->client = NULL;
    pthread_mutex_unlock(&reader->lock);
    ledger_client_close(client);
    struct ledger_call *call = reader->call;
    reader->call = NULL;
    if (call != NULL && ledger_call_end_packed(call, &reply, NULL) == LEDGER_E_OK)
        ledger_reply_free(reply);
}

static bool is_patient(const struct ledger_reader *reader) {
    uint32_t patience_ms = reader->options.patience_ms;
    return patience_ms == LEDGER_READER_FOREVER ||
           ledger_wait_now() - reader->last_success < (int64_t)patience_ms * 1000;
}

static bool is_interrupted(struct ledger_reader *reader) {
    pthread_mutex_lock(&reader->lock);
    bool interrupted = reader->interrupted;
    pthread_mutex_unlock(&reader->lock);
    return interrupted;
}

static void rest(struct ledger_reader *reader, uint32_t ms) {
    int64_t until = ledger_wait_now() + (int64_t)ms * 1000;
    pthread_mutex_lock(&reader->lock);
    while (!reader->interrupted && ledger_wait_until(&reader->lock, &reader->woken, until))
        continue;
    pthread_mutex_unlock(&reader->lock);
}

// After a failure: LEDGER_E_OK to try again, else what to return.
static enum ledger_err recover(struct ledger_reader *reader, enum ledger_err err,
                               struct ledger_error *why, struct ledger_error *error) {
    if (is_interrupted(reader))
        return fail_interrupted(error);
    bool hopeless = !ledger_err_retryable(err) || !is_patient(reader);
    if (err == LEDGER_E_TIMEOUT || err == LEDGER_E_UNAVAILABLE)
        disconnect(reader);
    if (!hopeless) {
        rest(reader, backoff_next_ms(&reader->backoff, why->retry_after_ms));
        return is_interrupted(reader) ? fail_interrupted(error) : LEDGER_E_OK;
    }
    if (error != NULL)
        *error = *why;
    return err;
}

static void note_success(struct ledger_reader *reader) {
    backoff_succeeded(&reader->backoff);
    reader->last_success = ledger_wait_now();
}

// ---- pages

static Ledger__V1__LedgerIdentity wire_identity(struct ledger_reader *reader) {
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    identity.has_ledger_id = identity.has_epoch = true;
    identity.ledger_id.data = reader->identity.ledger_id.bytes;
    identity.ledger_id.len = sizeof reader->identity.ledger_id.bytes;
    identity.epoch = reader->identity.epoch;
    return identity;
}

// `wait`: at the service, if it has nothing more.
static enum ledger_err ask(struct ledger_reader *reader, bool wait, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__LedgerIdentity identity = wire_identity(reader);
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &read;
    read.filter = reader->filter;
    read.identity = reader->has_identity ? &identity : NULL;
    read.has_from = read.has_max_events = read.has_max_bytes = true;
    read.from = reader->from;
    read.max_events = reader->options.max_events;
    read.max_bytes = reader->options.max_bytes;
    read.has_wait_ms = reader->waits = wait && reader->at_end;
    read.wait_ms = reader->waits ? WAIT_MS : 0;
    return ledger_call_begin(reader->client, &request, &reader->call, error);
}

static enum ledger_err take_identity(struct ledger_reader *reader,
                                     const struct ledger_reader_page *page,
                                     struct ledger_error *error) {
    if (!reader->has_identity) {
        reader->identity = page->identity;
        reader->has_identity = true;
        return LEDGER_E_OK;
    }
    if (memcmp(&reader->identity.ledger_id, &page->identity.ledger_id,
               sizeof page->identity.ledger_id) == 0 &&
        reader->identity.epoch == page->identity.epoch)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_WRONG_LEDGER, NULL,
                       "the page is of another ledger than those before");
}

static enum ledger_err take_page(struct ledger_reader *reader, struct ledger_reader_page *page,
                                 struct ledger_error *error) {
    struct ledger_call *call = reader->call;
    reader->call = NULL;
    enum ledger_err err = ledger_call_end_packed(call, &reader->reply, error);
    if (err != LEDGER_E_OK)
        return err;
    ledger_arena_reset(reader->arena);
    err = ledger_page_read(ledger_reply_bytes(reader->reply), reader->arena, page, error);
    if (err == LEDGER_E_OK)
        err = take_identity(reader, page, error);
    if (err != LEDGER_E_OK)
        return err;
    if (page->examined >= reader->from)
        reader->from = page->examined + 1;
    reader->at_end = !page->more;
    reader->head = page->head;
    note_success(reader);
    return LEDGER_E_OK;
}

static void release_page(struct ledger_reader *reader) {
    ledger_reply_free(reader->reply);
    reader->reply = NULL;
}

// What is said when nothing came in time.
static void empty_page(const struct ledger_reader *reader, struct ledger_reader_page *page) {
    *page = (struct ledger_reader_page){
        .examined = reader->from - 1, .head = reader->head, .identity = reader->identity};
}

static uint32_t time_left_ms(int64_t deadline) {
    int64_t left = (deadline - ledger_wait_now() + 999) / 1000;
    return left < 0 ? 0 : left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

// One request. *over: the time is, and the page empty.
static enum ledger_err try_page(struct ledger_reader *reader, bool wait, int64_t deadline,
                                struct ledger_reader_page *page, bool *over,
                                struct ledger_error *error) {
    enum ledger_err err = connect_reader(reader, true, error);
    if (err == LEDGER_E_OK && reader->call == NULL)
        err = ask(reader, wait, error);
    if (err != LEDGER_E_OK)
        return err;
    // What does not wait at the service is answered soon, or ends at its own deadline.
    *over = reader->waits && !ledger_call_wait(reader->call, time_left_ms(deadline));
    if (*over) {
        empty_page(reader, page);
        return LEDGER_E_OK;
    }
    return take_page(reader, page, error);
}

enum ledger_err ledger_reader_next(struct ledger_reader *reader, uint32_t wait_ms,
                                   struct ledger_reader_page *page, struct ledger_error *error) {
    int64_t now = ledger_wait_now();
    int64_t deadline =
        wait_ms == LEDGER_READER_FOREVER ? now + FOREVER_MICROS : now + (int64_t)wait_ms * 1000;
    *page = (struct ledger_reader_page){0};
    reader->last_success = now; // patience begins with the call
    for (;;) {
        struct ledger_error why = {0};
        bool over = false;
        release_page(reader);
        if (is_interrupted(reader))
            return fail_interrupted(error);
        enum ledger_err err = try_page(reader, wait_ms != 0, deadline, page, &over, &why);
        if (err != LEDGER_E_OK) {
            release_page(reader);
            err = recover(reader, err, &why, error);
            if (err != LEDGER_E_OK)
                return err;
            continue;
        }
        if (over || page->record_count != 0 || ledger_wait_now() >= deadline)
            break;
    }
    // On its way while this page is worked on. If it fails, the next call finds out.
    if (page->more && reader->call == NULL)
        (void)!ask(reader, true, NULL);
    return LEDGER_E_OK;
}

// ---- the cursor

static enum ledger_err call_patiently(struct ledger_reader *reader,
                                      const Ledger__V1__Request *request, Ledger__V1__Reply **reply,
                                      struct ledger_error *error) {
    reader->last_success = ledger_wait_now();
    for (;;) {
        struct ledger_error why = {0};
        ledger_arena_reset(reader->arena);
        enum ledger_err err = connect_reader(reader, true, &why);
        if (err == LEDGER_E_OK)
            err = ledger_client_call(reader->client, request, reader->arena, reply, &why);
        if (err == LEDGER_E_OK) {
            note_success(reader);
            return err;
        }
        err = recover(reader, err, &why, error);
        if (err != LEDGER_E_OK)
            return err;
    }
}

// NULL: there is none.
static enum ledger_err get_cursor(struct ledger_reader *reader, const Ledger__V1__Cursor **cursor,
                                  struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ListCursorsRequest list = LEDGER__V1__LIST_CURSORS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_LIST_CURSORS;
    request.list_cursors = &list;
    list.name = (char *)(uintptr_t)reader->options.cursor;
    enum ledger_err err = call_patiently(reader, &request, &reply, error);
    if (err == LEDGER_E_OK)
        *cursor = reply->list_cursors->n_cursors != 0 ? reply->list_cursors->cursors[0] : NULL;
    return err;
}

// What the cursor's position belongs to: a ledger that is restored before the first page is told.
static void take_cursor_identity(struct ledger_reader *reader,
                                 const Ledger__V1__LedgerIdentity *identity) {
    if (identity == NULL || identity->ledger_id.len != sizeof reader->identity.ledger_id.bytes)
        return;
    memcpy(reader->identity.ledger_id.bytes, identity->ledger_id.data, identity->ledger_id.len);
    reader->identity.epoch = identity->epoch;
    reader->has_identity = true;
}

// Begins after the cursor, unless a place to begin is given.
static enum ledger_err start_from_cursor(struct ledger_reader *reader, struct ledger_error *error) {
    const Ledger__V1__Cursor *cursor;
    enum ledger_err err = get_cursor(reader, &cursor, error);
    if (err != LEDGER_E_OK || cursor == NULL)
        return err;
    if (cursor->stale && reader->from == 0)
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "cursor",
                           "the cursor \"%s\" was moved before this ledger was restored, or is of "
                           "another ledger",
                           reader->options.cursor);
    reader->cursor_position = cursor->position;
    reader->cursor_stale = cursor->stale;
    if (reader->from != 0)
        return LEDGER_E_OK;
    reader->from = cursor->position + 1;
    take_cursor_identity(reader, cursor->identity);
    return LEDGER_E_OK;
}

// A move that was asked for twice, because the first answer got lost, finds itself done.
static enum ledger_err check_moved(struct ledger_reader *reader, uint64_t position,
                                   const struct ledger_error *refused, struct ledger_error *error) {
    const Ledger__V1__Cursor *cursor;
    enum ledger_err err = get_cursor(reader, &cursor, error);
    if (err != LEDGER_E_OK)
        return err;
    if (cursor != NULL && !cursor->stale && cursor->position == position)
        return LEDGER_E_OK;
    if (error != NULL)
        *error = *refused;
    return refused->code;
}

enum ledger_err ledger_reader_move_cursor(struct ledger_reader *reader, uint64_t position,
                                          struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__MoveCursorRequest move = LEDGER__V1__MOVE_CURSOR_REQUEST__INIT;
    Ledger__V1__LedgerIdentity identity = wire_identity(reader);
    Ledger__V1__Reply *reply;
    struct ledger_error refused = {0};
    if (reader->options.cursor == NULL)
        return ledger_fail(error, LEDGER_E_USAGE, "cursor", "the reader was opened without one");
    request.body_case = LEDGER__V1__REQUEST__BODY_MOVE_CURSOR;
    request.move_cursor = &move;
    move.name = (char *)(uintptr_t)reader->options.cursor;
    move.has_position = true;
    move.position = position;
    move.has_expected_position = !reader->cursor_stale;
    move.expected_position = reader->cursor_position;
    move.identity = reader->has_identity ? &identity : NULL;
    enum ledger_err err = call_patiently(reader, &request, &reply, &refused);
    if (err == LEDGER_E_CURSOR_MOVED)
        err = check_moved(reader, position, &refused, error);
    else if (err != LEDGER_E_OK && error != NULL)
        *error = refused;
    if (err != LEDGER_E_OK)
        return err;
    reader->cursor_position = position;
    reader->cursor_stale = false;
    return LEDGER_E_OK;
}

// ---- open, interrupt, close

// Deep: packed and unpacked again.
static enum ledger_err copy_filter(struct ledger_reader *reader, const Ledger__V1__Filter *filter,
                                   struct ledger_error *error) {
    struct ledger_buffer packed = {0};
    ProtobufCMessage *message;
    if (filter == NULL)
        return LEDGER_E_OK;
    ledger_message_pack(&filter->base, &packed);
    enum ledger_err err =
        packed.failed
            ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening a reader")
            : ledger_message_unpack(&ledger__v1__filter__descriptor, ledger_buffer_span(&packed),
                                    LEDGER_REQUEST_SIZE_MAX, reader->kept, &message, error);
    ledger_buffer_fini(&packed);
    if (err == LEDGER_E_OK)
        reader->filter = (Ledger__V1__Filter *)message;
    return err;
}

static void put_in_defaults(struct ledger_reader_options *options) {
    if (options->max_events == 0)
        options->max_events = MAX_EVENTS_DEFAULT;
    if (options->max_bytes == 0)
        options->max_bytes = MAX_BYTES_DEFAULT;
    if (options->timeout_ms == 0)
        options->timeout_ms = TIMEOUT_MS_DEFAULT;
    if (options->patience_ms == 0)
        options->patience_ms = LEDGER_READER_PATIENCE_MS_DEFAULT;
}

static enum ledger_err copy_options(struct ledger_reader *reader,
                                    const struct ledger_reader_options *options,
                                    struct ledger_error *error) {
    struct ledger_reader_options *own = &reader->options;
    *own = *options;
    put_in_defaults(own);
    reader->from = options->from;
    reader->has_identity = options->identity != NULL;
    if (options->identity != NULL)
        reader->identity = *options->identity;
    own->url = ledger_arena_text(reader->kept, ledger_span_text(options->url));
    if (options->cursor != NULL)
        own->cursor = ledger_arena_text(reader->kept, ledger_span_text(options->cursor));
    if (own->url == NULL || (options->cursor != NULL && own->cursor == NULL))
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening a reader");
    own->filter = NULL; // reader->filter is our own
    own->identity = NULL;
    return copy_filter(reader, options->filter, error);
}

static enum ledger_err reader_new(struct ledger_reader **made, struct ledger_error *error) {
    struct ledger_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening a reader");
    enum ledger_err err = ledger_wait_init(&reader->lock, &reader->woken, error);
    if (err != LEDGER_E_OK) {
        free(reader);
        return err;
    }
    backoff_init(&reader->backoff);
    reader->kept = ledger_arena_new(0);
    reader->arena = ledger_arena_new(0);
    *made = reader;
    if (reader->kept == NULL || reader->arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening a reader");
    return LEDGER_E_OK;
}

enum ledger_err ledger_reader_open(const struct ledger_reader_options *options,
                                   struct ledger_reader **opened, struct ledger_error *error) {
    struct ledger_reader *reader = NULL;
    *opened = NULL;
    enum ledger_err err = reader_new(&reader, error);
    if (err == LEDGER_E_OK)
        err = copy_options(reader, options, error);
    if (err == LEDGER_E_OK)
        err = connect_reader(reader, options->wait_for_service, error);
    if (err == LEDGER_E_OK && options->cursor != NULL)
        err = start_from_cursor(reader, error);
    if (err != LEDGER_E_OK) {
        ledger_reader_close(reader);
        return err;
    }
    if (reader->from == 0)
        reader->from = 1;
    *opened = reader;
    return LEDGER_E_OK;
}

void ledger_reader_interrupt(struct ledger_reader *reader) {
    pthread_mutex_lock(&reader->lock);
    reader->interrupted = true;
    if (reader->client != NULL)
        ledger_client_interrupt(reader->client);
    pthread_cond_signal(&reader->woken);
    pthread_mutex_unlock(&reader->lock);
}

void ledger_reader_close(struct ledger_reader *reader) {
    if (reader == NULL)
        return;
    disconnect(reader);
    release_page(reader);
    ledger_arena_free(reader->kept);
    ledger_arena_free(reader->arena);
    ledger_wait_fini(&reader->lock, &reader->woken);
    free(reader);
}
