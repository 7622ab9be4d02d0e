// ledgerctl tail: facts as they are recorded, until Ctrl-C. Each request waits at ledgerd; when the
// service goes away, tail waits for it to come back and goes on where it was.
//
// A named cursor is moved after a page was printed and flushed, never before: whoever is killed in
// between prints that page again at the next start, and misses nothing.
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "cursor.h"
#include "interrupt.h"
#include "reader.h"
#include "record_line.h"

// Short enough to notice soon that whoever read our output has left.
enum { WAIT_MS = 5000 };

struct settings {
    struct common common;
    struct filter_options filter;
    const char *from;
    const char *cursor;
    bool wide;
};

static const struct ledger_option options[] = {
    FILTER_OPTIONS(struct settings),
    FROM_OPTION(struct settings, "begin here; else after the last fact there is, or at --since"),
    {.name = "cursor",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, cursor),
     .value = "NAME",
     .help = "go on behind this named cursor, and move it along"},
    {.name = "wide",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, wide),
     .help = "cut nothing, however wide the terminal is"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl tail",
    .usage = "[options]",
    .summary = "Prints facts as they are recorded, until Ctrl-C; all conditions must hold.",
    .details = "Facts come in the order of their positions, each once, also across a restart of\n"
               "the ledger. Ctrl-C is the way to end it, with exit status 0.\n"
               "With --cursor the ledger keeps how far this output has come, and the next start\n"
               "goes on from there; --from then only tells where a cursor begins that is not\n"
               "there yet. What was printed right before a crash may be printed again; nothing\n"
               "is left out. One tail at a time may move a cursor: another ends with\n"
               "`cursor_moved`. See `ledgerctl cursors`.\n" FILTER_DETAILS "\n"
               "Examples:\n"
               "  ledgerctl tail\n"
               "  ledgerctl tail --from 1 --category deal\n"
               "  ledgerctl tail --type VisitReported --json\n"
               "  ledgerctl tail --cursor billing --from 1 --category order --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

static bool output_is_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = 0};
    return ferror(stdout) || (poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLNVAL)) != 0);
}

// Where the tail stands.
struct tail {
    const struct settings *settings;
    struct reader reader;
    struct record_printer printer;
    uint64_t from;   // next position to look at
    uint64_t cursor; // where the named cursor is
};

// ---- the named cursor

// A move whose answer was lost may have been done: it is not where it was expected then, but where
// it should be.
static enum ledger_err explain_moved(struct tail *tail, uint64_t position,
                                     struct ledger_error *error) {
    struct reader *reader = &tail->reader;
    Ledger__V1__ListCursorsReply *list;
    struct ledger_error ignored;
    ledger_arena_reset(reader->arena);
    if (cursor_list(reader->client, reader->arena, tail->settings->cursor, &list, &ignored) ==
            LEDGER_E_OK &&
        list->n_cursors == 1 && list->cursors[0]->position == position && !list->cursors[0]->stale)
        return LEDGER_E_OK;
    return error->code;
}

static enum ledger_err move_cursor(struct tail *tail, uint64_t position,
                                   struct ledger_error *error) {
    struct reader *reader = &tail->reader;
    Ledger__V1__MoveCursorRequest move = LEDGER__V1__MOVE_CURSOR_REQUEST__INIT;
    Ledger__V1__Cursor *cursor;
    move.name = (char *)(uintptr_t)tail->settings->cursor;
    move.identity = &reader->identity;
    move.has_position = move.has_expected_position = true;
    move.position = position;
    move.expected_position = tail->cursor;
    ledger_arena_reset(reader->arena);
    enum ledger_err err = cursor_move(reader->client, reader->arena, &move, &cursor, error);
    if (err == LEDGER_E_CURSOR_MOVED)
        err = explain_moved(tail, position, error);
    if (err == LEDGER_E_OK)
        tail->cursor = position;
    return err;
}

static enum ledger_err move_along(struct tail *tail, struct ledger_error *error) {
    bool there = tail->settings->cursor == NULL || tail->cursor == tail->from - 1;
    return there ? LEDGER_E_OK : move_cursor(tail, tail->from - 1, error);
}

// Behind the cursor; one that is not there is made, so that nothing is missed from now on.
static enum ledger_err begin_at_cursor(struct tail *tail, struct ledger_error *error) {
    struct reader *reader = &tail->reader;
    const char *name = tail->settings->cursor;
    Ledger__V1__ListCursorsReply *list;
    enum ledger_err err = cursor_list(reader->client, reader->arena, name, &list, error);
    if (err == LEDGER_E_OK)
        err = reader_keep_identity(reader, list->identity, error);
    if (err != LEDGER_E_OK)
        return err;
    if (list->n_cursors == 0) {
        if (tail->from == 0)
            tail->from = list->head + 1;
        return move_cursor(tail, tail->from - 1, error);
    }
    const Ledger__V1__Cursor *cursor = list->cursors[0];
    if (cursor->stale)
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "cursor",
                           "\"%s\" is at position %" PRIu64 " of an earlier state of the ledger; "
                           "move it first (see ledgerctl cursors --help)",
                           name, cursor->position);
    tail->cursor = cursor->position;
    tail->from = cursor->position + 1;
    return LEDGER_E_OK;
}

// ---- pages

static enum ledger_err next_page(struct tail *tail, struct ledger_error *error) {
    const Ledger__V1__ReadReply *page;
    Ledger__V1__ReadRequest request = LEDGER__V1__READ_REQUEST__INIT;
    enum ledger_err err = move_along(tail, error); // if it could not be moved behind the last page
    if (err != LEDGER_E_OK)
        return err;
    request.has_from = request.has_wait_ms = true;
    request.from = tail->from;
    request.wait_ms = WAIT_MS;
    err = reader_page(&tail->reader, &request, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t examined = page->examined;
    err = record_print_page(&tail->printer, page, tail->reader.arena, error);
    if (err != LEDGER_E_OK)
        return err;
    if (fflush(stdout) != 0)
        return LEDGER_E_OK; // the output is gone: what is in it was not taken
    if (examined >= tail->from)
        tail->from = examined + 1;
    return move_along(tail, error);
}

static enum ledger_err reconnect(struct tail *tail, struct ledger_error *error) {
    interrupt_client(NULL);
    enum ledger_err err = reader_reopen(&tail->reader, &tail->settings->common, error);
    if (err == LEDGER_E_OK)
        interrupt_client(tail->reader.client);
    return err;
}

static enum ledger_err follow(struct tail *tail, struct ledger_error *error) {
    bool told = false;
    while (!interrupt_happened() && !output_is_gone()) {
        enum ledger_err err = next_page(tail, error);
        if (err == LEDGER_E_OK) {
            told = false;
            continue;
        }
        if (interrupt_happened() || !ledger_err_retryable(err))
            return interrupt_happened() ? LEDGER_E_OK : err;
        if (!told)
            fprintf(stderr, "ledgerctl tail: waiting for the ledger: %s\n", error->message);
        told = true;
        err = reconnect(tail, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err begin(struct tail *tail, struct ledger_error *error) {
    const struct settings *settings = tail->settings;
    if (tail->from == 0 && settings->filter.since != NULL)
        tail->from = 1;
    if (settings->cursor != NULL)
        return begin_at_cursor(tail, error);
    if (tail->from != 0)
        return LEDGER_E_OK;
    enum ledger_err err = reader_head(&tail->reader, &tail->from, error);
    tail->from++;
    return err;
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    const struct settings *settings = (const struct settings *)common;
    (void)arguments, (void)count;
    struct tail tail = {.settings = settings,
                        .printer = {.json = common->json, .wide = settings->wide}};
    enum ledger_err err = reader_position(settings->from, &tail.from, error);
    if (err == LEDGER_E_OK)
        err = interrupt_init(error);
    if (err == LEDGER_E_OK)
        err = reader_init(&tail.reader, &settings->common, &settings->filter, error);
    if (err != LEDGER_E_OK)
        return err;
    interrupt_client(tail.reader.client);
    err = begin(&tail, error);
    if (err == LEDGER_E_OK)
        err = follow(&tail, error);
    else if (interrupt_happened())
        err = LEDGER_E_OK;
    interrupt_client(NULL);
    reader_fini(&tail.reader);
    return err;
}

int ledgerctl_tail(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 0, run);
}
