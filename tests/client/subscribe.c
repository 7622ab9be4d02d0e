// Follows the ledger from where it was left, and remembers there how far it has come.
//
//     cc subscribe.c $(pkg-config --cflags --libs ledger) -o subscribe
//     ./subscribe ipc://./var/run/read.sock my-mailer
//
// Prints position, stream, version and type of each fact until Ctrl-C. Each is dealt with at least
// once: what came after the last move of the cursor comes again after a crash.
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include <ledger/arena.h>
#include <ledger/event.h>
#include <ledger/reader.h>

// Ctrl-C comes as a value here, not as an interruption somewhere.
static void *wait_for_signal(void *user) {
    sigset_t signals;
    int number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigwait(&signals, &number);
    ledger_reader_interrupt(user);
    return NULL;
}

static enum ledger_err print_record(struct ledger_span bytes, struct ledger_arena *arena,
                                    struct ledger_error *error) {
    Ledger__V1__Record *record;
    enum ledger_err err = ledger_record_unpack(bytes, arena, &record, error);
    if (err == LEDGER_E_OK)
        printf("%" PRIu64 " %s %" PRIu64 " %s\n", record->position, record->event->stream,
               record->stream_version, record->event->type);
    return err;
}

static enum ledger_err follow(struct ledger_reader *reader, struct ledger_arena *arena,
                              struct ledger_error *error) {
    for (;;) {
        struct ledger_reader_page page;
        struct ledger_span record;
        enum ledger_err err = ledger_reader_next(reader, LEDGER_READER_FOREVER, &page, error);
        if (err != LEDGER_E_OK)
            return err;
        ledger_arena_reset(arena);
        while (err == LEDGER_E_OK && ledger_page_next(&page.records, &record))
            err = print_record(record, arena, error);
        fflush(stdout);
        if (err == LEDGER_E_OK)
            err = ledger_reader_move_cursor(reader, page.examined, error);
        if (err != LEDGER_E_OK)
            return err;
    }
}

int main(int argc, char **argv) {
    struct ledger_error error;
    struct ledger_reader *reader;
    pthread_t thread;
    sigset_t signals;
    if (argc != 3) {
        fprintf(stderr, "usage: subscribe URL CURSOR\n");
        return 2;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // before any thread is started
    const struct ledger_reader_options options = {
        .url = argv[1], .cursor = argv[2], .patience_ms = LEDGER_READER_FOREVER};
    if (ledger_reader_open(&options, &reader, &error) != LEDGER_E_OK) {
        fprintf(stderr, "subscribe: %s\n", error.message);
        return ledger_err_exit(error.code);
    }
    struct ledger_arena *arena = ledger_arena_new(0);
    if (arena == NULL || pthread_create(&thread, NULL, wait_for_signal, reader) != 0) {
        fprintf(stderr, "subscribe: out of memory\n");
        return 1;
    }
    enum ledger_err err = follow(reader, arena, &error);
    if (err != LEDGER_E_INTERRUPTED) {
        fprintf(stderr, "subscribe: %s (%s)\n", error.message, ledger_err_code(err));
        pthread_kill(thread, SIGTERM);
    }
    pthread_join(thread, NULL);
    ledger_arena_free(arena);
    ledger_reader_close(reader);
    return err == LEDGER_E_INTERRUPTED ? 0 : ledger_err_exit(err);
}
