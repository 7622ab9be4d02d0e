// The process: settings, one thread that runs rounds, and the main thread that waits for signals.
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/clock.h"
#include "ledger/logging.h"
#include "ledger/wait.h"
#include "reactor.h"
#include "runtime/settings.h"

enum { RETRY_SECONDS_MAX = 5 };

struct settings {
    struct service_settings service;
    const char *now;
    int64_t every_s;
    int64_t alerts_every_s;
    int64_t back_days;
    bool once;
};

#define FIELD(name) offsetof(struct settings, name)
static const struct ledger_option options[] = {
    SERVICE_OPTIONS(struct settings, service,
                    "data directory, the one that ledgerd and the projections have"),
    {.name = "every",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = FIELD(every_s),
     .fallback = "30",
     .min = 1,
     .max = 86400,
     .value = "N",
     .unit = "s",
     .help = "pause between rounds; after a failure it is at most 5 s"},
    {.name = "alerts-every",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = FIELD(alerts_every_s),
     .fallback = "300",
     .min = 1,
     .max = 86400,
     .value = "N",
     .unit = "s",
     .help = "pause between rounds that also ask for alerts, which look through everything"},
    {.name = "back",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = FIELD(back_days),
     .fallback = "31",
     .min = 1,
     .max = REACTOR_BACK_DAYS_MAX,
     .value = "N",
     .unit = "days",
     .help = "what fell due further behind is left as it is"},
    {.name = "once",
     .kind = LEDGER_OPTION_FLAG,
     .offset = FIELD(once),
     .help = "one round, then end; the exit status tells whether every rule could be followed"},
    {.name = "now",
     .kind = LEDGER_OPTION_TEXT,
     .offset = FIELD(now),
     .value = "TIME",
     .help = "for tests: the instant to take for now, instead of the machine's clock"},
};

static bool parse_now(const char *text, int64_t *micros) {
    int32_t offset_minutes;
    return ledger_instant_parse(ledger_span_text(text), micros, &offset_minutes);
}

static enum ledger_err check_settings(const void *from, struct ledger_error *error) {
    const struct settings *settings = from;
    int64_t micros;
    enum ledger_err err = service_settings_check(&settings->service, error);
    if (err != LEDGER_E_OK)
        return err;
    if (settings->now != NULL && !parse_now(settings->now, &micros))
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "now",
                           "%s is no instant (YYYY-MM-DDThh:mm:ss+hh:mm)", settings->now);
    return LEDGER_E_OK;
}

static const struct ledger_program program = {
    .name = "ledger-reactor",
    .usage = "[options]",
    .summary = "Writes facts that follow from facts: reminders, flags on visits, suspected "
               "duplicates, alerts.",
    .environment_prefix = "LEDGER_REACTOR",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .check = check_settings,
};

// ---- rounds
struct work {
    struct reactor reactor;
    struct service *service;
    const struct settings *settings;
    pthread_mutex_t lock; // guards `stopping`; held alone
    pthread_cond_t changed;
    bool stopping;
    struct ledger_error failure; // of the last round
    struct progress progress;
    struct serve *serve;
};

static bool pause_is_over(struct work *work, int64_t deadline) {
    bool waits = true;
    pthread_mutex_lock(&work->lock);
    while (!work->stopping && waits)
        waits = ledger_wait_until(&work->lock, &work->changed, deadline);
    bool stopping = work->stopping;
    pthread_mutex_unlock(&work->lock);
    return !stopping;
}

static void *run_rounds(void *user) {
    enum { MICROS = 1000000 };
    struct work *work = user;
    int64_t pause_s;
    do {
        work->failure = (struct ledger_error){0};
        enum ledger_err err = reactor_round(&work->reactor, &work->failure);
        pause_s = work->settings->every_s;
        if (ledger_err_retryable(err) && pause_s > RETRY_SECONDS_MAX)
            pause_s = RETRY_SECONDS_MAX;
    } while (!work->settings->once && pause_is_over(work, ledger_wait_now() + pause_s * MICROS));
    if (work->settings->once)
        service_stop(work->service);
    return NULL;
}

static void stop_rounds(struct work *work, pthread_t thread) {
    pthread_mutex_lock(&work->lock);
    work->stopping = true;
    pthread_cond_broadcast(&work->changed);
    pthread_mutex_unlock(&work->lock);
    peers_interrupt(work->reactor.peers);
    pthread_join(thread, NULL);
}

static enum ledger_err run(struct work *work, struct ledger_error *error) {
    pthread_t thread;
    int code = pthread_create(&thread, NULL, run_rounds, work);
    if (code != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for rounds: %s",
                           strerror(code));
    service_run(work->service);
    stop_rounds(work, thread);
    if (!work->settings->once)
        return LEDGER_E_OK;
    *error = work->failure;
    return error->code;
}

// ---- start and stop
static enum ledger_err prepare(struct reactor *reactor, const struct settings *settings,
                               struct progress *progress, struct ledger_error *error) {
    size_t count = 0;
    *reactor = (struct reactor){.has_now = settings->now != NULL,
                                .back_days = (int32_t)settings->back_days,
                                .alerts_every_s = settings->alerts_every_s,
                                .rules = reactor_rules_make(&count),
                                .arena = ledger_arena_new(0),
                                .step = ledger_arena_new(0),
                                .page = ledger_arena_new(0),
                                .amendments = ledger_arena_new(0),
                                .progress = progress};
    reactor->rule_count = count;
    reactor->failing = calloc(count, sizeof(bool));
    if (settings->now != NULL)
        (void)parse_now(settings->now, &reactor->given_now); // check_settings has
    if (reactor->rules == NULL || reactor->arena == NULL || reactor->step == NULL ||
        reactor->page == NULL || reactor->amendments == NULL || reactor->failing == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    return peers_new(settings->service.data, &reactor->peers, error);
}

static void clear(struct reactor *reactor) {
    peers_free(reactor->peers);
    seen_fini(&reactor->seen);
    ledger_arena_free(reactor->arena);
    ledger_arena_free(reactor->step);
    ledger_arena_free(reactor->page);
    ledger_arena_free(reactor->amendments);
    free(reactor->rules);
    free(reactor->failing);
}

// The lock comes before the pid file, which would else be taken from the one that runs.
static enum ledger_err react(const struct settings *settings, struct service *service,
                             struct ledger_error *error) {
    struct work work = {.service = service, .settings = settings};
    int lock = -1;
    enum ledger_err err = ledger_wait_init(&work.lock, &work.changed, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_init(&work.progress.lock, NULL);
    work.progress.started_at = ledger_clock_system.wall_micros(NULL);
    err = reactor_lock(settings->service.data, &lock, error);
    if (err == LEDGER_E_OK)
        err = service_run_files(service, settings->service.data, "reactor", error);
    if (err == LEDGER_E_OK)
        err = prepare(&work.reactor, settings, &work.progress, error);
    if (err == LEDGER_E_OK && !settings->once)
        err = serve_open(settings->service.data, &work.progress, &work.serve, error);
    if (err == LEDGER_E_OK) {
        ledger_log_info("ready", "data=\"%s\" every_s=%" PRId64 " rules=%zu",
                        settings->service.data, settings->every_s, work.reactor.rule_count);
        err = run(&work, error);
    }
    serve_close(work.serve);
    clear(&work.reactor);
    pthread_mutex_destroy(&work.progress.lock);
    ledger_wait_fini(&work.lock, &work.changed);
    // The lock goes with the process, after the pid file.
    return err;
}

static enum ledger_err serve(const struct settings *settings, struct ledger_error *error) {
    struct service *service = NULL;
    enum ledger_err err = service_start(&settings->service, &service, error);
    if (err == LEDGER_E_OK)
        err = react(settings, service, error);
    service_free(service);
    return err;
}

int main(int argc, char **argv) {
    struct settings settings;
    struct ledger_error error = {0};
    bool done = false;
    enum ledger_err err = service_settings_read(&program, argc, argv, &settings, &done, &error);
    if (err == LEDGER_E_OK && !done) {
        service_log_init(&settings.service, "reactor");
        err = serve(&settings, &error);
    }
    return service_exit(program.name, err, &error);
}
