// F_nng: round trips with a process that does nothing else. Each asker begins its next request on
// the thread that brought the last reply, so that nobody's sleep is measured.
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "echo.h"
#include "floors.h"
#include "ledger/limits.h"
#include "ledger/wait.h"
#include "workload.h"

enum {
    PATH_SIZE = 512,
    TIMEOUT_MS = 60000,
    HEADER_SIZE_MAX = 64,
    CONNECT_PATIENCE_S = 10,
    CONNECT_AGAIN_MS = 5,
};

static const struct exchange {
    const char *name;
    uint32_t request, reply; // bytes
    unsigned askers;
} exchanges[] = {
    {"echo.c1", WORKLOAD_PAYLOAD_SIZE, WORKLOAD_PAYLOAD_SIZE, 1},
    {"echo.c64", WORKLOAD_PAYLOAD_SIZE, WORKLOAD_PAYLOAD_SIZE, 64},
    {"page1m.c2", 32, 1 << 20, 2},
};

struct asking {
    const struct exchange *exchange;
    nng_socket socket;
    uint64_t stop_at;
    struct asker *askers;
    unsigned count;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned under_way;
    int code; // NNG's first failure
};

struct asker {
    struct asking *asking;
    nng_ctx context;
    nng_aio *aio;
    bool receiving;
    uint64_t sent;
    struct samples samples;
};

// ---- one asker

static void end(struct asker *asker, int code) {
    struct asking *asking = asker->asking;
    pthread_mutex_lock(&asking->lock);
    if (asking->code == 0)
        asking->code = code;
    asking->under_way--;
    pthread_cond_signal(&asking->changed);
    pthread_mutex_unlock(&asking->lock);
}

static void ask(struct asker *asker) {
    const struct exchange *exchange = asker->asking->exchange;
    nng_msg *message;
    int code = nng_msg_alloc(&message, exchange->request);
    if (code != 0) {
        end(asker, code);
        return;
    }
    memcpy(nng_msg_body(message), &exchange->reply, ECHO_HEADER_SIZE);
    asker->receiving = false;
    asker->sent = clock_now();
    nng_aio_set_msg(asker->aio, message);
    nng_ctx_send(asker->context, asker->aio);
}

static void step(void *arg) {
    struct asker *asker = arg;
    int code = nng_aio_result(asker->aio);
    if (code != 0) {
        if (!asker->receiving)
            nng_msg_free(nng_aio_get_msg(asker->aio));
        end(asker, code);
    } else if (!asker->receiving) {
        asker->receiving = true;
        nng_ctx_recv(asker->context, asker->aio);
    } else {
        uint64_t now = clock_now();
        nng_msg_free(nng_aio_get_msg(asker->aio));
        samples_add(&asker->samples, now - asker->sent);
        if (now < asker->asking->stop_at)
            ask(asker);
        else
            end(asker, 0);
    }
}

static int asker_open(struct asker *asker, struct asking *asking) {
    asker->asking = asking;
    int code = nng_ctx_open(&asker->context, asking->socket);
    if (code != 0)
        return code;
    code = nng_aio_alloc(&asker->aio, step, asker);
    if (code != 0)
        nng_ctx_close(asker->context);
    else
        nng_aio_set_timeout(asker->aio, TIMEOUT_MS);
    return code;
}

// ---- all of them

static int connect_to(nng_socket socket, const char *url) {
    int code =
        nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, LEDGER_REPLY_SIZE_MAX + HEADER_SIZE_MAX);
    uint64_t patience = clock_now() + CONNECT_PATIENCE_S * NANOS_PER_SECOND;
    while (code == 0 && (code = nng_dial(socket, url, NULL, 0)) != 0 && clock_now() < patience) {
        clock_sleep_ms(CONNECT_AGAIN_MS); // nobody listens yet
        code = 0;
    }
    return code;
}

static int asking_open(struct asking *asking, const char *url) {
    int code = nng_req0_open(&asking->socket);
    if (code != 0)
        return code;
    code = connect_to(asking->socket, url);
    for (; code == 0 && asking->count < asking->exchange->askers; asking->count += code == 0)
        code = asker_open(&asking->askers[asking->count], asking);
    return code;
}

static void asking_close(struct asking *asking) {
    for (unsigned i = 0; i < asking->count; i++) {
        nng_aio_free(asking->askers[i].aio);
        nng_ctx_close(asking->askers[i].context);
        samples_fini(&asking->askers[i].samples);
    }
    nng_close(asking->socket);
    free(asking->askers);
    ledger_wait_fini(&asking->lock, &asking->changed);
}

static void asking_run(struct asking *asking) {
    asking->under_way = asking->count;
    for (unsigned i = 0; i < asking->count; i++)
        ask(&asking->askers[i]);
    pthread_mutex_lock(&asking->lock);
    while (asking->under_way != 0)
        pthread_cond_wait(&asking->changed, &asking->lock);
    pthread_mutex_unlock(&asking->lock);
}

// ---- the phase

// Round trips a second; of pages, the events that fit into them.
static enum ledger_err report(const struct bench *bench, const struct phase *phase,
                              const struct asking *asking, double seconds,
                              struct ledger_error *error) {
    const struct exchange *exchange = asking->exchange;
    struct samples samples = {0};
    for (unsigned i = 0; i < asking->count; i++)
        samples_add_all(&samples, &asking->askers[i].samples);
    size_t record = workload_event_size(bench->workload) + FLOOR_RECORD_HEADER;
    double each = exchange->reply > record ? (double)exchange->reply / (double)record : 1;
    char part[48];
    snprintf(part, sizeof part, "%s.%s", bench->transport == SERVICE_TCP ? "tcp" : "ipc",
             exchange->name);
    struct row row = floor_row(bench, phase->name, part, (double)samples.count * each, seconds,
                               WORKLOAD_PAYLOAD_SIZE);
    row_latencies(&row, &samples);
    samples_fini(&samples);
    return report_add(bench->report, &row, error);
}

static enum ledger_err measure(const struct bench *bench, const struct phase *phase,
                               const char *url, const struct exchange *exchange,
                               struct ledger_error *error) {
    struct asking asking = {.exchange = exchange};
    enum ledger_err err = ledger_wait_init(&asking.lock, &asking.changed, error);
    if (err != LEDGER_E_OK)
        return err;
    asking.askers = calloc(exchange->askers, sizeof *asking.askers);
    int code = asking.askers == NULL ? NNG_ENOMEM : asking_open(&asking, url);
    double seconds = 0;
    if (code == 0) {
        uint64_t begun = clock_now();
        asking.stop_at = begun + clock_nanos(bench->seconds * FLOOR_SHARE);
        asking_run(&asking);
        seconds = clock_seconds(clock_now() - begun);
        code = asking.code;
    }
    err = code == 0
              ? report(bench, phase, &asking, seconds, error)
              : ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL, "%s: %s", url, nng_strerror(code));
    asking_close(&asking);
    return err;
}

enum ledger_err echo_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error) {
    char program[PATH_SIZE], url[PATH_SIZE], log[PATH_SIZE];
    pid_t pid;
    if (bench->transport == SERVICE_TCP)
        snprintf(url, sizeof url, "tcp://127.0.0.1:%u", child_free_port());
    else
        snprintf(url, sizeof url, "ipc://%s/echo.sock", bench->folder);
    snprintf(log, sizeof log, "%s/echo.log", bench->folder);
    char *arguments[] = {program, (char *)(uintptr_t) "echo", url, NULL};
    enum ledger_err err = child_program(NULL, program, sizeof program, error);
    if (err == LEDGER_E_OK)
        err = child_start(arguments, log, &pid, error);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t i = 0; err == LEDGER_E_OK && i < sizeof exchanges / sizeof *exchanges; i++)
        err = measure(bench, phase, url, &exchanges[i], error);
    child_stop(pid);
    return err;
}
