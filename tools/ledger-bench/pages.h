// Pages of records, several requests in flight, one thread.
#ifndef LEDGER_BENCH_PAGES_H
#define LEDGER_BENCH_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/client.h"

struct pages;

enum page_form {
    PAGES_AS_THEY_COME, // the records' boundaries walked
    PAGES_DECODED,      // every field of each record decoded in place (ledger/view.h)
    PAGES_UNPACKED,     // unpacked into messages by protobuf-c
};
const char *page_form_text(enum page_form form);

struct page {
    uint64_t events, bytes; // bytes: of the records; of unpacked ones about
    uint64_t first, last;   // positions, ascending between them; 0 = no record
    uint64_t examined, head;
};

// `lanes` in flight. The client must outlive it; `url` is where it asks.
LEDGER_MUST_CHECK enum ledger_err pages_open(const char *url, struct ledger_client *client,
                                             unsigned lanes, enum page_form form,
                                             struct pages **pages, struct ledger_error *error);
void pages_close(struct pages *pages);

LEDGER_MUST_CHECK enum ledger_err pages_ask(struct pages *pages, unsigned lane,
                                            const Ledger__V1__ReadRequest *read,
                                            struct ledger_error *error);
// Waits for what the lane asked.
LEDGER_MUST_CHECK enum ledger_err pages_take(struct pages *pages, unsigned lane, struct page *page,
                                             struct ledger_error *error);

#endif
