// ledgerctl read: facts that are there, forwards or backwards, page by page.
#include <stdio.h>

#include "commands.h"
#include "display.h"
#include "ledger/limits.h"
#include "reader.h"
#include "record_line.h"

enum { LIMIT_MAX = 1000000000 };

struct settings {
    struct common common;
    struct filter_options filter;
    const char *from;
    int64_t limit;
    bool reverse;
};

static const struct ledger_option options[] = {
    FILTER_OPTIONS(struct settings),
    FROM_OPTION(struct settings, "begin here; else at the first, or the last with --reverse"),
    {.name = "limit",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = offsetof(struct settings, limit),
     .min = 1,
     .max = LIMIT_MAX,
     .value = "N",
     .help = "at most so many facts"},
    {.name = "reverse",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, reverse),
     .help = "from the last to the first"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl read",
    .usage = "[options]",
    .summary = "Prints facts in the order in which they were recorded; all conditions must hold.",
    .details = "Reads what is there at the start and ends; `ledgerctl tail` goes on.\n"
               "\n"
               "Examples:\n"
               "  ledgerctl read --limit 20\n"
               "  ledgerctl read --subject client/42 --reverse --limit 5\n"
               "  ledgerctl read --type VisitReported,VisitCancelled --json | jq .payload\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

// Where one reading stands.
struct reading {
    const struct settings *settings;
    struct reader reader;
    uint64_t from;
    uint64_t head; // at the first page: what is recorded later is not waited for
    uint64_t printed;
};

static uint32_t events_wanted(const struct reading *reading) {
    if (reading->settings->limit == 0)
        return LEDGER_PAGE_EVENTS_DEFAULT;
    uint64_t left = (uint64_t)reading->settings->limit - reading->printed;
    return left < LEDGER_PAGE_EVENTS_DEFAULT ? (uint32_t)left : LEDGER_PAGE_EVENTS_DEFAULT;
}

static enum ledger_err print_page(struct reading *reading, const Ledger__V1__ReadReply *page,
                                  struct ledger_error *error) {
    for (size_t i = 0; i < page->n_records; i++) {
        enum ledger_err err = record_print(page->records[i], reading->settings->common.json,
                                           reading->reader.arena, error);
        if (err != LEDGER_E_OK)
            return err;
        reading->printed++;
    }
    return LEDGER_E_OK;
}

static bool is_over(struct reading *reading, const Ledger__V1__ReadReply *page) {
    if (reading->head == 0)
        reading->head = page->head;
    reading->from = reading->settings->reverse ? page->examined - 1 : page->examined + 1;
    bool limit_reached =
        reading->settings->limit != 0 && reading->printed >= (uint64_t)reading->settings->limit;
    bool passed_head = !reading->settings->reverse && page->examined >= reading->head;
    return limit_reached || passed_head || !page->more || page->examined == 0 || ferror(stdout);
}

static enum ledger_err read_all(struct reading *reading, struct ledger_error *error) {
    for (;;) {
        const Ledger__V1__ReadReply *page;
        Ledger__V1__ReadRequest request = LEDGER__V1__READ_REQUEST__INIT;
        request.has_from = reading->from != 0;
        request.from = reading->from;
        request.has_max_events = true;
        request.max_events = events_wanted(reading);
        request.has_reverse = reading->settings->reverse;
        request.reverse = reading->settings->reverse;
        enum ledger_err err = reader_page(&reading->reader, &request, &page, error);
        if (err == LEDGER_E_OK)
            err = print_page(reading, page, error);
        if (err != LEDGER_E_OK || is_over(reading, page))
            return err;
    }
}

static enum ledger_err run(const struct settings *settings, struct ledger_error *error) {
    struct reading reading = {.settings = settings};
    enum ledger_err err = reader_position(settings->from, &reading.from, error);
    if (err == LEDGER_E_OK)
        err = reader_init(&reading.reader, &settings->common, &settings->filter, error);
    if (err != LEDGER_E_OK)
        return err;
    if (display_is_terminal() && !settings->common.json)
        record_print_header();
    err = read_all(&reading, error);
    reader_fini(&reading.reader);
    return err;
}

int ledgerctl_read(int argc, char **argv) {
    struct settings settings = {0};
    struct ledger_error error = {0};
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&program, argc - 1, argv + 1, &settings, &rest, &done, &error);
    if (err == LEDGER_E_OK && done)
        return 0;
    if (err == LEDGER_E_OK && rest > 0)
        err = ledger_fail(&error, LEDGER_E_USAGE, NULL, "unexpected argument: %s", argv[1]);
    if (err == LEDGER_E_OK)
        err = run(&settings, &error);
    return err == LEDGER_E_OK ? 0 : common_fail("read", settings.common.json, &error);
}
