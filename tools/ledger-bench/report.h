// What was measured: a row a measurement, written as a JSON line as it comes, and kept for the
// table.
#ifndef LEDGER_BENCH_REPORT_H
#define LEDGER_BENCH_REPORT_H

#include <stddef.h>

#include "ledger/error.h"
#include "samples.h"

// NAN: not measured. `events` counts streams in R2 and round trips in F_nng; latencies are those
// of a request.
struct row {
    long run;
    char peer[40], phase[40];
    double events_per_s, mb_per_s; // MB: of payload
    double p50_us, p99_us;
    double bytes_per_event; // on the disk
    double rss_kb;          // of the server, its share of the page cache included
    double own_kb;          // of the server, without the page cache
    double own_most_kb;     // the most that it had on the way here
    double cpu_us;          // the server's time on the processors, for each of `events`
    double events, seconds;
    char note[160];
};

// The keys of a row's numbers, in the order of its JSON line.
struct row_number {
    const char *key;
    size_t offset;
    int decimals;
};
extern const struct row_number row_numbers[];
extern const size_t row_number_count;
static inline double *row_number_at(const struct row *row, const struct row_number *number) {
    return (double *)((char *)(size_t)row + number->offset);
}

struct rows {
    struct row *list;
    size_t count, capacity;
};
void rows_fini(struct rows *rows);
LEDGER_MUST_CHECK enum ledger_err rows_add(struct rows *rows, const struct row *row,
                                           struct ledger_error *error);
// Adds the rows of a file of JSON lines, of ours or of the measurements of other systems.
LEDGER_MUST_CHECK enum ledger_err rows_read(struct rows *rows, const char *path,
                                            struct ledger_error *error);

struct report;
// Lines are added to the file; "-" is standard output, NULL none. A line for people goes to
// standard error.
LEDGER_MUST_CHECK enum ledger_err report_open(const char *path, struct report **report,
                                              struct ledger_error *error);
void report_close(struct report *report);
const struct rows *report_rows(const struct report *report);

// A row with its rates; the rest of its numbers is NAN.
struct row row_of(long run, const char *peer, const char *phase, double events,
                  double bytes_per_event, double seconds);
void row_latencies(struct row *row, struct samples *samples);
void row_note(struct row *row, const char *format, ...) LEDGER_PRINTF(2, 3);
LEDGER_MUST_CHECK enum ledger_err report_add(struct report *report, const struct row *row,
                                             struct ledger_error *error);

#endif
