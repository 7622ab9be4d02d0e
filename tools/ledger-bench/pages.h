// Pages of records, several requests in flight, one thread. Either as they come, with the records'
// boundaries walked, or decoded into messages by the client library.
#ifndef LEDGER_BENCH_PAGES_H
#define LEDGER_BENCH_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/client.h"

struct pages;

struct page {
    uint64_t events, bytes; // bytes: of the records; of decoded ones about
    uint64_t first, last;   // positions, ascending between them; 0 = no record
    uint64_t examined, head;
};

// `lanes` in flight. The client must outlive it; `url` is where it asks.
LEDGER_MUST_CHECK enum ledger_err pages_open(const char *url, struct ledger_client *client,
                                             unsigned lanes, bool decoded, struct pages **pages,
                                             struct ledger_error *error);
void pages_close(struct pages *pages);

LEDGER_MUST_CHECK enum ledger_err pages_ask(struct pages *pages, unsigned lane,
                                            const Ledger__V1__ReadRequest *read,
                                            struct ledger_error *error);
// Waits for what the lane asked.
LEDGER_MUST_CHECK enum ledger_err pages_take(struct pages *pages, unsigned lane, struct page *page,
                                             struct ledger_error *error);

#endif
