#include "run.h"

#include <stdio.h>

#include "choices.h"
#include "phases.h"
#include "workplace.h"

enum { FOLDER_SIZE = WORKPLACE_PATH_SIZE + 64, TAG_SIZE = 24 };

struct run {
    const struct run_options *options;
    struct report *report;
    struct workplace place;
    long number;
};

// The run's own folder; the floors use it while no ledger does.
static struct bench make_bench(const struct run *run, unsigned transport) {
    return (struct bench){
        .run = run->number,
        .seconds = run->options->seconds,
        .events = (uint64_t)run->options->events,
        .folder = run->place.folder,
        .transport = transport,
        .report = run->report,
    };
}

// ---- one ledger

static enum ledger_err measure_phases(const struct bench *bench, const char *only,
                                      struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; err == LEDGER_E_OK && i < ledger_phase_count; i++) {
        const struct phase *phase = &ledger_phases[i];
        if (!phase_chosen(only, phase->name))
            continue;
        if (phase->needs_log)
            err = append_fill(bench, error);
        if (err == LEDGER_E_OK)
            err = phase->measure(bench, phase, error);
        if (err != LEDGER_E_OK)
            ledger_error_prefix(error, phase->name);
    }
    return err;
}

// Streams of a ledger that has been used must not meet those of former runs.
static enum ledger_err make_tag(struct service *service, char tag[TAG_SIZE],
                                struct ledger_error *error) {
    struct service_state state;
    tag[0] = '\0';
    enum ledger_err err = service_state(service, &state, error);
    if (err == LEDGER_E_OK && state.head != 0)
        snprintf(tag, TAG_SIZE, "%llx-", (unsigned long long)state.head);
    return err;
}

static enum ledger_err measure_on(struct run *run, struct service *service, unsigned transport,
                                  unsigned ids, struct ledger_error *error) {
    struct bench bench = make_bench(run, transport);
    char tag[TAG_SIZE];
    struct workload_options workload = {.type = run->options->type,
                                        .ordered_ids = ids == ID_ORDERED,
                                        .streams = WORKLOAD_STREAMS,
                                        .tag = tag};
    bench.service = service;
    snprintf(bench.peer, sizeof bench.peer, "ledger-%s-%s", transport_names[transport],
             id_kinds[ids]);
    enum ledger_err err = make_tag(service, tag, error);
    if (err == LEDGER_E_OK)
        err = workload_new(&workload, &bench.workload, error);
    if (err != LEDGER_E_OK)
        return err;
    err = measure_phases(&bench, run->options->only, error);
    workload_free(bench.workload);
    return err;
}

static enum ledger_err measure_ledger(struct run *run, unsigned transport, unsigned ids,
                                      struct ledger_error *error) {
    char folder[FOLDER_SIZE];
    struct service_options options = {
        .program = run->place.ledgerd,
        .folder = folder,
        .transport = transport,
        .arguments = run->options->arguments,
        .append_url = run->options->append_url,
        .read_url = run->options->read_url,
    };
    struct service *service;
    snprintf(folder, sizeof folder, "%s/%ld-%s-%s", run->place.folder, run->number,
             transport_names[transport], id_kinds[ids]);
    enum ledger_err err = service_open(&options, &service, error);
    if (err != LEDGER_E_OK)
        return err;
    err = measure_on(run, service, transport, ids, error);
    service_close(service, run->options->keep || err != LEDGER_E_OK);
    return err;
}

static bool any_chosen(const struct phase *phases, size_t count, const char *only) {
    for (size_t i = 0; i < count; i++)
        if (phase_chosen(only, phases[i].name))
            return true;
    return false;
}

static enum ledger_err measure_ledgers(struct run *run, unsigned transport,
                                       struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    if (!any_chosen(ledger_phases, ledger_phase_count, run->options->only))
        return err;
    for (unsigned ids = 0; err == LEDGER_E_OK && ids < 2; ids++)
        if (choice_holds(run->options->ids, id_kinds[ids]))
            err = measure_ledger(run, transport, ids, error);
    return err;
}

// ---- the floors

// The disk's floors do not depend on the transport: they are measured with the first.
static enum ledger_err measure_floors(struct run *run, unsigned transport, bool first,
                                      struct ledger_error *error) {
    struct bench bench = make_bench(run, transport);
    struct workload_options workload = {
        .type = run->options->type, .streams = WORKLOAD_STREAMS, .tag = ""};
    if (!any_chosen(floor_phases, floor_phase_count, run->options->only))
        return LEDGER_E_OK;
    enum ledger_err err = workload_new(&workload, &bench.workload, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < floor_phase_count; i++) {
        const struct phase *phase = &floor_phases[i];
        if (phase_chosen(run->options->only, phase->name) &&
            (first || phase->measure == echo_measure))
            err = phase->measure(&bench, phase, error);
    }
    workload_free(bench.workload);
    return err;
}

// ---- all

static enum ledger_err measure_all(struct run *run, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (run->number = 1; err == LEDGER_E_OK && run->number <= run->options->runs; run->number++) {
        bool first = true;
        for (unsigned t = 0; err == LEDGER_E_OK && t < 2; t++) {
            if (!choice_holds(run->options->transport, transport_names[t]))
                continue;
            err = measure_floors(run, t, first, error);
            if (err == LEDGER_E_OK)
                err = measure_ledgers(run, t, error);
            first = false;
        }
    }
    return err;
}

static enum ledger_err check_options(const struct run_options *options,
                                     struct ledger_error *error) {
    enum ledger_err err = choice_check("transport", options->transport, transport_names, error);
    if (err == LEDGER_E_OK)
        err = choice_check("ids", options->ids, id_kinds, error);
    if (err == LEDGER_E_OK)
        err = phases_check(options->only, error);
    if (err == LEDGER_E_OK && (options->append_url == NULL) != (options->read_url == NULL))
        err = ledger_fail(error, LEDGER_E_USAGE, "append-url",
                          "--append-url and --read-url go together");
    return err;
}

enum ledger_err run_all(const struct run_options *options, struct report *report,
                        struct ledger_error *error) {
    struct run run = {.options = options, .report = report};
    enum ledger_err err = check_options(options, error);
    if (err == LEDGER_E_OK)
        err = workplace_make(&run.place, options->ledgerd, options->work, error);
    if (err != LEDGER_E_OK)
        return err;
    err = measure_all(&run, error);
    workplace_leave(&run.place, options->keep || err != LEDGER_E_OK);
    return err;
}
