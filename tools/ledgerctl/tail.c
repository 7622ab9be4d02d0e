// ledgerctl tail: facts as they are recorded, until Ctrl-C. Each request waits at ledgerd; when the
// service goes away, tail waits for it to come back and goes on where it was.
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "interrupt.h"
#include "reader.h"
#include "record_line.h"

// Short enough to notice soon that whoever read our output has left.
enum { WAIT_MS = 5000 };

struct settings {
    struct common common;
    struct filter_options filter;
    const char *from;
    bool wide;
};

static const struct ledger_option options[] = {
    FILTER_OPTIONS(struct settings),
    FROM_OPTION(struct settings, "begin here; else after the last fact there is"),
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
               "\n"
               "Examples:\n"
               "  ledgerctl tail\n"
               "  ledgerctl tail --from 1 --category deal\n"
               "  ledgerctl tail --type VisitReported --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

static bool output_is_gone(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = 0};
    return ferror(stdout) || (poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLNVAL)) != 0);
}

static enum ledger_err next_page(struct record_printer *printer, struct reader *reader,
                                 uint64_t *from, struct ledger_error *error) {
    const Ledger__V1__ReadReply *page;
    Ledger__V1__ReadRequest request = LEDGER__V1__READ_REQUEST__INIT;
    request.has_from = request.has_wait_ms = true;
    request.from = *from;
    request.wait_ms = WAIT_MS;
    enum ledger_err err = reader_page(reader, &request, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    if (page->examined >= *from)
        *from = page->examined + 1;
    err = record_print_page(printer, page, reader->arena, error);
    fflush(stdout);
    return err;
}

static enum ledger_err reconnect(const struct settings *settings, struct reader *reader,
                                 struct ledger_error *error) {
    interrupt_client(NULL);
    enum ledger_err err = reader_reopen(reader, &settings->common, error);
    if (err == LEDGER_E_OK)
        interrupt_client(reader->client);
    return err;
}

static enum ledger_err follow(const struct settings *settings, struct reader *reader, uint64_t from,
                              struct ledger_error *error) {
    struct record_printer printer = {.json = settings->common.json, .wide = settings->wide};
    bool told = false;
    while (!interrupt_happened() && !output_is_gone()) {
        enum ledger_err err = next_page(&printer, reader, &from, error);
        if (err == LEDGER_E_OK) {
            told = false;
            continue;
        }
        if (interrupt_happened() || !ledger_err_retryable(err))
            return interrupt_happened() ? LEDGER_E_OK : err;
        if (!told)
            fprintf(stderr, "ledgerctl tail: waiting for the ledger: %s\n", error->message);
        told = true;
        err = reconnect(settings, reader, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    const struct settings *settings = (const struct settings *)common;
    (void)arguments, (void)count;
    struct reader reader;
    uint64_t from;
    enum ledger_err err = reader_position(settings->from, &from, error);
    if (err == LEDGER_E_OK)
        err = interrupt_init(error);
    if (err == LEDGER_E_OK)
        err = reader_init(&reader, &settings->common, &settings->filter, error);
    if (err != LEDGER_E_OK)
        return err;
    interrupt_client(reader.client);
    if (from == 0) {
        err = reader_head(&reader, &from, error);
        from++;
    }
    if (err == LEDGER_E_OK)
        err = follow(settings, &reader, from, error);
    else if (interrupt_happened())
        err = LEDGER_E_OK;
    interrupt_client(NULL);
    reader_fini(&reader);
    return err;
}

int ledgerctl_tail(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 0, run);
}
