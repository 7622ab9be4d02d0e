// ledgerctl read: facts that are there, forwards or backwards, page by page.
#include <stdio.h>

#include "commands.h"
#include "ledger/limits.h"
#include "reader.h"
#include "record_line.h"

enum { LIMIT_MAX = 1000000000 };

struct settings {
    struct common common;
    struct filter_options filter;
    const char *from;
    bool wide;
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
    {.name = "wide",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, wide),
     .help = "cut nothing, however wide the terminal is"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl read",
    .usage = "[options]",
    .summary = "Prints facts in the order in which they were recorded; all conditions must hold.",
    .details =
        "Reads what is there at the start and ends; `ledgerctl tail` goes on.\n"
        "`recorded` is in UTC; `occurred` is local time with its offset, unless that is UTC\n"
        "too. A fact that amends another shows the beginning of its event id as "
        "corrects=.\n" FILTER_DETAILS "\n"
        "Examples:\n"
        "  ledgerctl read --limit 20\n"
        "  ledgerctl read --since 2026-03-01 --until 2026-03-31 --category deal\n"
        "  ledgerctl read --subject client/42 --reverse --limit 5\n"
        "  ledgerctl read --type VisitReported,VisitCancelled --json | jq .payload\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

// Where one reading stands.
struct reading {
    const struct settings *settings;
    struct reader reader;
    struct record_printer printer;
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
            err = record_print_page(&reading->printer, page, reading->reader.arena, error);
        if (err == LEDGER_E_OK)
            reading->printed += page->n_records;
        if (err != LEDGER_E_OK || is_over(reading, page))
            return err;
    }
}

// A mistyped condition passes nothing and is no error: what was asked is told, to be looked at.
static void tell_nothing(const struct reading *reading) {
    struct ledger_buffer conditions = {0};
    reader_add_conditions(&conditions, &reading->settings->filter);
    if (reading->settings->from != NULL)
        ledger_buffer_printf(&conditions, "%s--from %s", conditions.size > 0 ? " " : "",
                             reading->settings->from);
    const char *text = ledger_buffer_text(&conditions);
    if (reading->head == 0)
        fputs("ledgerctl read: the ledger holds no facts\n", stderr);
    else if (text != NULL)
        fprintf(stderr, "ledgerctl read: none of the ledger's facts passes %s\n", text);
    ledger_buffer_fini(&conditions);
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    const struct settings *settings = (const struct settings *)common;
    (void)arguments, (void)count;
    struct reading reading = {.settings = settings,
                              .printer = {.json = common->json, .wide = settings->wide}};
    enum ledger_err err = reader_position(settings->from, &reading.from, error);
    if (err == LEDGER_E_OK)
        err = reader_init(&reading.reader, &settings->common, &settings->filter, error);
    if (err != LEDGER_E_OK)
        return err;
    err = read_all(&reading, error);
    if (err == LEDGER_E_OK && reading.printed == 0)
        tell_nothing(&reading);
    reader_fini(&reading.reader);
    return err;
}

int ledgerctl_read(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 0, run);
}
