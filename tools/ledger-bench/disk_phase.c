// D: what the ledger takes on the disk and in memory.
#include <math.h>

#include "pages.h"
#include "phases.h"
#include "process.h"

enum { SAMPLE_EVENTS = 1000 };

// Bytes of a stored record, of the first ones.
static enum ledger_err record_size(const struct bench *bench, double *size,
                                   struct ledger_error *error) {
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    struct pages *pages;
    struct page page = {0};
    enum ledger_err err =
        pages_open(service_read_url(bench->service), service_reads(bench->service), 1,
                   PAGES_AS_THEY_COME, &pages, error);
    if (err != LEDGER_E_OK)
        return err;
    read.has_max_events = true;
    read.max_events = SAMPLE_EVENTS;
    err = pages_ask(pages, 0, &read, error);
    if (err == LEDGER_E_OK)
        err = pages_take(pages, 0, &page, error);
    *size = page.events == 0 ? (double)NAN : (double)page.bytes / (double)page.events;
    pages_close(pages);
    return err;
}

enum ledger_err disk_row(const struct bench *bench, const char *phase, struct row *row,
                         struct ledger_error *error) {
    struct service_state state;
    double record;
    enum ledger_err err = service_state(bench->service, &state, error);
    if (err == LEDGER_E_OK)
        err = record_size(bench, &record, error);
    if (err != LEDGER_E_OK)
        return err;
    struct process_memory memory = process_memory(state.pid);
    double log = (double)state.log_bytes / (double)state.head;
    double index = (double)state.index_bytes / (double)state.head;
    *row = row_of(bench->run, bench->peer, phase, (double)state.head, 0, 0);
    row->bytes_per_event = log + index;
    if (memory.share_kb != 0) {
        row->rss_kb = (double)memory.share_kb;
        row->own_kb = (double)memory.anonymous_kb;
    }
    row_note(row, "log %.0f + index %.0f B; %.2f of a record of %.0f B; own memory %ld kB", log,
             index, (log + index) / record, record, memory.anonymous_kb);
    return LEDGER_E_OK;
}

enum ledger_err disk_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error) {
    struct row row;
    enum ledger_err err = disk_row(bench, phase->name, &row, error);
    return err == LEDGER_E_OK ? report_add(bench->report, &row, error) : err;
}
