// A2.gather: as many appends of one event under way as A2 has, gathered by the client library. What
// is told of an append begins its caller's next. Latencies are a caller's.
#include "appended.h"
#include "clock.h"
#include "ledger/appender.h"
#include "workload.h"

enum { DRAIN_MS = 60000 };

struct caller {
    struct ledger_appender *appender;
    struct writer writer;
    uint8_t *event;
    uint64_t begun, stop_at, sent;
    struct samples samples;
    enum ledger_err err;
    struct ledger_error error;
};

static void told(void *user, const struct ledger_append_outcome *outcome,
                 const struct ledger_error *error);

static void append_next(struct caller *caller) {
    writer_begin_append(&caller->writer);
    struct written written = writer_next(&caller->writer, caller->event);
    const struct ledger_new_event event = {.event = written.event};
    const struct ledger_expected_version expected = {
        .stream = workload_stream(caller->writer.workload, written.stream),
        .version = written.version_before,
    };
    const struct ledger_new_append append = {
        .events = &event, .event_count = 1, .expected = &expected, .expected_count = 1};
    caller->begun = clock_now();
    // Once it is handed in, the caller is told's.
    struct ledger_error error = {0};
    enum ledger_err err = ledger_appender_begin(caller->appender, &append, told, caller, &error);
    if (err != LEDGER_E_OK) {
        caller->err = err;
        caller->error = error;
    }
}

static void told(void *user, const struct ledger_append_outcome *outcome,
                 const struct ledger_error *error) {
    struct caller *caller = user;
    uint64_t now = clock_now();
    (void)outcome;
    if (error->code != LEDGER_E_OK) {
        caller->err = error->code;
        caller->error = *error;
        return;
    }
    samples_add(&caller->samples, now - caller->begun);
    caller->sent++;
    if (now < caller->stop_at)
        append_next(caller);
}

static enum ledger_err collect(struct caller *callers, unsigned count, struct appended *appended,
                               struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (unsigned i = 0; i < count; i++) {
        struct caller *caller = &callers[i];
        if (caller->err != LEDGER_E_OK && err == LEDGER_E_OK) {
            *error = caller->error;
            err = caller->err;
        }
        appended->events += caller->sent;
        samples_add_all(&appended->samples, &caller->samples);
        samples_fini(&caller->samples);
    }
    if (err == LEDGER_E_OK && appended->samples.failed)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "keeping latencies");
    return err;
}

// A caller's state is its callback's from its first append on: until all have returned.
static enum ledger_err run_callers(struct caller *callers, unsigned count,
                                   struct appended *appended, struct ledger_error *error) {
    struct ledger_appender *appender = callers->appender;
    struct ledger_error ignored;
    for (unsigned i = 0; i < count; i++)
        append_next(&callers[i]);
    enum ledger_err err = ledger_appender_drain(appender, DRAIN_MS, error);
    if (err != LEDGER_E_OK)
        ledger_appender_interrupt(appender);
    while (err != LEDGER_E_OK && ledger_appender_drain(appender, DRAIN_MS, &ignored) != LEDGER_E_OK)
        continue;
    enum ledger_err failed =
        collect(callers, count, appended, err == LEDGER_E_OK ? error : &ignored);
    return err == LEDGER_E_OK ? failed : err;
}

static enum ledger_err measure(const struct bench *bench, struct ledger_appender *appender,
                               unsigned count, struct ledger_arena *arena,
                               struct appended *appended, struct ledger_error *error) {
    struct caller *callers = ledger_arena_calloc(arena, count * sizeof *callers);
    uint8_t *events = ledger_arena_alloc(arena, count * workload_event_size(bench->workload));
    if (callers == NULL || events == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making callers");
    uint64_t begun = clock_now();
    for (unsigned i = 0; i < count; i++) {
        callers[i] = (struct caller){
            .appender = appender,
            .event = events + i * workload_event_size(bench->workload),
            .stop_at = begun + clock_nanos(bench->seconds),
        };
        writer_init(&callers[i].writer, bench->workload, i, count);
    }
    enum ledger_err err = run_callers(callers, count, appended, error);
    appended->acknowledged_s = clock_seconds(clock_now() - begun);
    appended->busy = ledger_appender_count(appender).repeated;
    if (err == LEDGER_E_OK)
        err = service_wait_folded(bench->service, error);
    appended->seconds = clock_seconds(clock_now() - begun);
    return err;
}

enum ledger_err gather_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error) {
    const struct ledger_appender_options options = {.url = service_append_url(bench->service)};
    struct ledger_appender *appender;
    struct appended appended = {0};
    enum ledger_err err = ledger_appender_open(&options, &appender, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_arena *arena = ledger_arena_new(0);
    if (arena == NULL)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making callers");
    else
        err = measure(bench, appender, phase->callers, arena, &appended, error);
    ledger_appender_close(appender);
    if (err == LEDGER_E_OK)
        err = appended_report(bench, phase, &appended, error);
    samples_fini(&appended.samples);
    ledger_arena_free(arena);
    return err;
}
