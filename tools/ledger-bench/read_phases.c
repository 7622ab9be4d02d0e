// R1, one consumer that reads the log from its start, and R2, the first events of single streams.
#include <stdlib.h>

#include "clock.h"
#include "ledger/limits.h"
#include "pages.h"
#include "phases.h"

enum {
    PAGE_BYTES = 1 << 20,   // what a page of R1 is to hold
    FIRST_PAGE_EVENTS = 64, // to learn how large records are
    LANES_MAX = 16,
};
#define STREAMS_SECONDS_MAX 2.0

// ---- R1. Positions have no gaps, so the next pages can be asked for before this one is here.

struct replay {
    struct pages *pages;
    unsigned lanes;
    uint64_t next;   // position to ask for
    uint64_t target; // position to end at
    uint32_t page_events;
    uint64_t asked[LANES_MAX]; // last position asked for by each lane; 0 = nothing
    uint64_t events, bytes;
};

static enum ledger_err replay_ask(struct replay *replay, unsigned lane,
                                  struct ledger_error *error) {
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    if (replay->next > replay->target)
        return LEDGER_E_OK;
    uint64_t left = replay->target - replay->next + 1;
    read.has_from = read.has_max_events = read.has_max_bytes = true;
    read.from = replay->next;
    read.max_events = left < replay->page_events ? (uint32_t)left : replay->page_events;
    read.max_bytes = LEDGER_PAGE_BYTES_MAX;
    replay->next += read.max_events;
    replay->asked[lane] = replay->next - 1;
    return pages_ask(replay->pages, lane, &read, error);
}

// A page that is shorter than asked for would leave a gap: the pages are sized so that it does not
// happen, four times below what the service allows.
static enum ledger_err replay_take(struct replay *replay, unsigned lane,
                                   struct ledger_error *error) {
    struct page page;
    uint64_t last = replay->asked[lane];
    replay->asked[lane] = 0;
    enum ledger_err err = pages_take(replay->pages, lane, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    if (page.first != replay->events + 1 || page.last != last ||
        page.events != last - replay->events)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL,
                           "positions %llu to %llu were asked for, and %llu events from %llu came",
                           (unsigned long long)replay->events + 1, (unsigned long long)last,
                           (unsigned long long)page.events, (unsigned long long)page.first);
    replay->events += page.events;
    replay->bytes += page.bytes;
    replay->page_events = (uint32_t)(PAGE_BYTES / (replay->bytes / replay->events + 1)) + 1;
    if (replay->page_events > LEDGER_PAGE_EVENTS_MAX)
        replay->page_events = LEDGER_PAGE_EVENTS_MAX;
    return LEDGER_E_OK;
}

static enum ledger_err replay_run(struct replay *replay, struct ledger_error *error) {
    enum ledger_err err = replay_ask(replay, 0, error);
    if (err == LEDGER_E_OK)
        err = replay_take(replay, 0, error);
    for (unsigned i = 0; err == LEDGER_E_OK && i < replay->lanes; i++)
        err = replay_ask(replay, i, error);
    for (unsigned i = 0; err == LEDGER_E_OK && replay->asked[i] != 0; i = (i + 1) % replay->lanes) {
        err = replay_take(replay, i, error);
        if (err == LEDGER_E_OK)
            err = replay_ask(replay, i, error);
    }
    return err;
}

static enum ledger_err report_replay(const struct bench *bench, const struct phase *phase,
                                     const struct replay *replay, uint64_t nanos,
                                     struct ledger_error *error) {
    struct row row = row_of(bench->run, bench->peer, phase->name, (double)replay->events,
                            WORKLOAD_PAYLOAD_SIZE, clock_seconds(nanos));
    row_note(&row, "%s; pages of %u events, %u in flight", page_form_text(phase->form),
             replay->page_events, phase->lanes);
    return report_add(bench->report, &row, error);
}

enum ledger_err replay_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error) {
    struct replay replay = {.lanes = phase->lanes, .next = 1, .page_events = FIRST_PAGE_EVENTS};
    struct service_state state;
    enum ledger_err err = service_state(bench->service, &state, error);
    if (err == LEDGER_E_OK)
        err = pages_open(service_read_url(bench->service), service_reads(bench->service),
                         phase->lanes, phase->form, &replay.pages, error);
    if (err != LEDGER_E_OK)
        return err;
    replay.target = state.head;
    uint64_t begun = clock_now();
    err = replay_run(&replay, error);
    uint64_t nanos = clock_now() - begun;
    if (err == LEDGER_E_OK)
        err = report_replay(bench, phase, &replay, nanos, error);
    pages_close(replay.pages);
    return err;
}

// ---- R2

struct stream_reads {
    const struct bench *bench;
    struct pages *pages;
    uint64_t random, stop_at;
    uint32_t streams[LANES_MAX];
    uint64_t begun[LANES_MAX]; // 0 = nothing is asked
    uint64_t count, events;
    struct samples samples;
};

static enum ledger_err stream_ask(struct stream_reads *reads, unsigned lane,
                                  struct ledger_error *error) {
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    uint32_t stream = workload_popular_stream(&reads->random);
    filter.stream = (char *)(uintptr_t)workload_stream(reads->bench->workload, stream);
    read.filter = &filter;
    read.has_max_events = true;
    read.max_events = WORKLOAD_STREAM_EVENTS;
    reads->streams[lane] = stream;
    reads->begun[lane] = clock_now();
    return pages_ask(reads->pages, lane, &read, error);
}

static enum ledger_err stream_take(struct stream_reads *reads, unsigned lane,
                                   struct ledger_error *error) {
    struct page page;
    uint64_t expected = workload_version(reads->bench->workload, reads->streams[lane]);
    if (expected > WORKLOAD_STREAM_EVENTS)
        expected = WORKLOAD_STREAM_EVENTS;
    enum ledger_err err = pages_take(reads->pages, lane, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    if (page.events != expected)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL,
                           "%llu events came of a stream that begins with %llu",
                           (unsigned long long)page.events, (unsigned long long)expected);
    samples_add(&reads->samples, clock_now() - reads->begun[lane]);
    reads->begun[lane] = 0;
    reads->count++;
    reads->events += page.events;
    return LEDGER_E_OK;
}

static enum ledger_err streams_run(struct stream_reads *reads, unsigned lanes,
                                   struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (unsigned i = 0; err == LEDGER_E_OK && i < lanes; i++)
        err = stream_ask(reads, i, error);
    for (unsigned i = 0; err == LEDGER_E_OK && reads->begun[i] != 0; i = (i + 1) % lanes) {
        err = stream_take(reads, i, error);
        if (err == LEDGER_E_OK && clock_now() < reads->stop_at)
            err = stream_ask(reads, i, error);
    }
    return err;
}

static struct row make_streams_row(const struct bench *bench, const struct phase *phase,
                                   struct stream_reads *reads, uint64_t nanos) {
    double mean = (double)reads->events / (double)reads->count;
    struct row row = row_of(bench->run, bench->peer, phase->name, (double)reads->count,
                            mean * WORKLOAD_PAYLOAD_SIZE, clock_seconds(nanos));
    row_latencies(&row, &reads->samples);
    row_note(&row, "streams of %.0f per second; %s; %u in flight", mean,
             page_form_text(phase->form), phase->lanes);
    return row;
}

enum ledger_err streams_row(const struct bench *bench, const struct phase *phase, struct row *row,
                            struct ledger_error *error) {
    double seconds = bench->seconds < STREAMS_SECONDS_MAX ? bench->seconds : STREAMS_SECONDS_MAX;
    struct stream_reads reads = {.bench = bench, .random = 11};
    enum ledger_err err =
        pages_open(service_read_url(bench->service), service_reads(bench->service), phase->lanes,
                   phase->form, &reads.pages, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t begun = clock_now();
    reads.stop_at = begun + clock_nanos(seconds);
    err = streams_run(&reads, phase->lanes, error);
    uint64_t nanos = clock_now() - begun;
    if (err == LEDGER_E_OK)
        *row = make_streams_row(bench, phase, &reads, nanos);
    samples_fini(&reads.samples);
    pages_close(reads.pages);
    return err;
}

enum ledger_err streams_measure(const struct bench *bench, const struct phase *phase,
                                struct ledger_error *error) {
    struct row row;
    enum ledger_err err = streams_row(bench, phase, &row, error);
    return err == LEDGER_E_OK ? report_add(bench->report, &row, error) : err;
}
