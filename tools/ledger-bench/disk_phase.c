// D: what the ledger takes on the disk and in memory.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "pages.h"
#include "phases.h"

enum { SAMPLE_EVENTS = 1000 };

struct memory {
    long share_kb;     // of all it has mapped, the page cache's part included
    long anonymous_kb; // what is its own
};

static struct memory memory_of(uint64_t pid) {
    struct memory memory = {0};
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/smaps_rollup", pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        long kb;
        if (sscanf(line, "Pss: %ld", &kb) == 1)
            memory.share_kb = kb;
        else if (sscanf(line, "Pss_Anon: %ld", &kb) == 1)
            memory.anonymous_kb = kb;
    }
    if (file != NULL)
        fclose(file);
    return memory;
}

// Bytes of a stored record, of the first ones.
static enum ledger_err record_size(const struct bench *bench, double *size,
                                   struct ledger_error *error) {
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    struct pages *pages;
    struct page page = {0};
    enum ledger_err err = pages_open(service_read_url(bench->service),
                                     service_reads(bench->service), 1, false, &pages, error);
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

enum ledger_err disk_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error) {
    struct service_state state;
    double record;
    enum ledger_err err = service_state(bench->service, &state, error);
    if (err == LEDGER_E_OK)
        err = record_size(bench, &record, error);
    if (err != LEDGER_E_OK)
        return err;
    struct memory memory = memory_of(state.pid);
    double log = (double)state.log_bytes / (double)state.head;
    double index = (double)state.index_bytes / (double)state.head;
    struct row row = row_of(bench->run, bench->peer, phase->name, (double)state.head, 0, 0);
    row.bytes_per_event = log + index;
    if (memory.share_kb != 0)
        row.rss_kb = (double)memory.share_kb;
    row_note(&row, "log %.0f + index %.0f B; %.2f of a record of %.0f B; own memory %ld kB", log,
             index, (log + index) / record, record, memory.anonymous_kb);
    return report_add(bench->report, &row, error);
}
