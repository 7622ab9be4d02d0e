// A1 to A4.
#include "append_run.h"

// How many events the log lacks; what others wrote does not count.
static uint64_t missing_events(const struct bench *bench) {
    uint64_t made = workload_made(bench->workload);
    return made < bench->events ? bench->events - made : 0;
}

enum ledger_err appended_report(const struct bench *bench, const struct phase *phase,
                                struct appended *appended, struct ledger_error *error) {
    struct row row = row_of(bench->run, bench->peer, phase->name, (double)appended->events,
                            WORKLOAD_PAYLOAD_SIZE, appended->seconds);
    row_latencies(&row, &appended->samples);
    row_note(&row, "acknowledged %.0f/s; indexes caught up %.0f ms later; busy %llu times",
             (double)appended->events / appended->acknowledged_s,
             (appended->seconds - appended->acknowledged_s) * 1000,
             (unsigned long long)appended->busy);
    return report_add(bench->report, &row, error);
}

enum ledger_err append_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error) {
    const struct append_length length = {
        .seconds = bench->seconds,
        .events = phase->to_length ? missing_events(bench) : 0,
    };
    struct appended appended;
    enum ledger_err err = append_run(bench, &phase->append, &length, &appended, error);
    if (err == LEDGER_E_OK)
        err = appended_report(bench, phase, &appended, error);
    samples_fini(&appended.samples);
    return err;
}

enum ledger_err append_fill(const struct bench *bench, struct ledger_error *error) {
    static const struct append_shape shape = {4, 1, 1000};
    const struct append_length length = {.events = missing_events(bench)};
    struct appended appended;
    if (length.events == 0)
        return LEDGER_E_OK;
    enum ledger_err err = append_run(bench, &shape, &length, &appended, error);
    samples_fini(&appended.samples);
    return err;
}
