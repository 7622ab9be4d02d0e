// What the machine allows: one synced write of a batch's bytes, one LMDB commit of a block of that
// size, and NNG between two processes that do nothing else.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "ledger/kv.h"
#include "phases.h"
#include "tree.h"
#include "wire.h"

enum {
    PATH_SIZE = 512,
    EVENTS_MAX = 1000,
    RECORD_HEADER = 31, // what a record has beside its event
    LANES_MAX = 64,
};
static const unsigned batches[] = {1, 100, 1000};
static const double floor_share = 1.0 / 3; // of a phase's time, for each of its rows

static struct row floor_row(const struct bench *bench, const char *phase, const char *part,
                            double events, double seconds, double bytes) {
    char name[64];
    snprintf(name, sizeof name, "%s.%s", phase, part);
    return row_of(bench->run, "floor", name, events, bytes, seconds);
}

// ---- batches to the disk

struct target {
    int fd;
    off_t end;
    struct ledger_kv *kv;
    struct ledger_kv_table table;
    uint64_t key;
};

typedef enum ledger_err (*write_batch)(struct target *target, struct ledger_span batch,
                                       struct ledger_error *error);

static enum ledger_err write_file(struct target *target, struct ledger_span batch,
                                  struct ledger_error *error) {
    ssize_t written = pwrite(target->fd, batch.data, batch.size, target->end);
    if (written != (ssize_t)batch.size || fdatasync(target->fd) != 0)
        return ledger_fail(error, LEDGER_E_IO, NULL, "writing a batch: %s", strerror(errno));
    target->end += written;
    return LEDGER_E_OK;
}

static enum ledger_err write_block(struct target *target, struct ledger_span batch,
                                   struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    uint8_t key[8];
    enum ledger_err err = ledger_kv_write(target->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    ledger_key_u64(key, ++target->key);
    ledger_kv_append(txn, target->table, ledger_span_of(key, sizeof key), batch);
    return ledger_kv_commit(txn, error);
}

static enum ledger_err measure_batches(const struct bench *bench, const struct phase *phase,
                                       struct target *target, write_batch write, unsigned events,
                                       struct ledger_error *error) {
    size_t event_size = workload_event_size(bench->workload) + RECORD_HEADER;
    size_t size = event_size * events;
    uint8_t *bytes = calloc(1, size);
    struct writer writer;
    struct samples samples = {0};
    if (bytes == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making a batch");
    writer_init(&writer, bench->workload, 0, 1);
    for (unsigned i = 0; i < events; i++)
        writer_next(&writer, bytes + i * event_size);
    enum ledger_err err = LEDGER_E_OK;
    uint64_t begun = clock_now(), now = begun;
    uint64_t stop = begun + clock_nanos(bench->seconds * floor_share);
    while (err == LEDGER_E_OK && now < stop) {
        err = write(target, ledger_span_of(bytes, size), error);
        uint64_t then = clock_now();
        samples_add(&samples, then - now);
        now = then;
    }
    char part[16];
    snprintf(part, sizeof part, "b%u", events);
    struct row row = floor_row(bench, phase->name, part, (double)samples.count * events,
                               clock_seconds(now - begun), WORKLOAD_PAYLOAD_SIZE);
    row_latencies(&row, &samples);
    samples_fini(&samples);
    free(bytes);
    return err == LEDGER_E_OK ? report_add(bench->report, &row, error) : err;
}

enum ledger_err sync_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error) {
    char path[PATH_SIZE];
    enum ledger_err err = LEDGER_E_OK;
    snprintf(path, sizeof path, "%s/batches", bench->folder);
    struct target target = {.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
    if (target.fd < 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", path,
                           strerror(errno));
    for (size_t i = 0; err == LEDGER_E_OK && i < sizeof batches / sizeof *batches; i++)
        err = measure_batches(bench, phase, &target, write_file, batches[i], error);
    close(target.fd);
    unlink(path);
    return err;
}

enum ledger_err commit_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/lmdb", bench->folder);
    struct ledger_kv_options options = {.path = path, .tables_max = 1};
    struct target target = {0};
    enum ledger_err err = ledger_kv_open(&options, &target.kv, error);
    if (err != LEDGER_E_OK)
        return err;
    err = ledger_kv_table(target.kv, "blocks", &target.table, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < sizeof batches / sizeof *batches; i++)
        err = measure_batches(bench, phase, &target, write_block, batches[i], error);
    ledger_kv_close(target.kv);
    tree_remove(path); // the next run begins with an empty one
    return err;
}

// ---- NNG

static const struct exchange {
    const char *name;
    uint32_t request, reply; // bytes
    unsigned lanes;
} exchanges[] = {
    {"echo.c1", WORKLOAD_PAYLOAD_SIZE, WORKLOAD_PAYLOAD_SIZE, 1},
    {"echo.c64", WORKLOAD_PAYLOAD_SIZE, WORKLOAD_PAYLOAD_SIZE, 64},
    {"page1m.c2", 32, 1 << 20, 2},
};

static enum ledger_err exchange_send(struct wire *wire, unsigned lane,
                                     const struct exchange *exchange, struct ledger_error *error) {
    uint8_t *place = wire_prepare(wire, lane, exchange->request);
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "asking for an echo");
    memcpy(place, &exchange->reply, WIRE_ECHO_HEADER);
    return wire_send(wire, lane, error);
}

static enum ledger_err exchange_run(struct wire *wire, const struct exchange *exchange,
                                    uint64_t stop, struct samples *samples,
                                    struct ledger_error *error) {
    uint64_t sent[LANES_MAX] = {0};
    enum ledger_err err = LEDGER_E_OK;
    for (unsigned i = 0; err == LEDGER_E_OK && i < exchange->lanes; i++) {
        sent[i] = clock_now();
        err = exchange_send(wire, i, exchange, error);
    }
    for (unsigned i = 0; err == LEDGER_E_OK && sent[i] != 0; i = (i + 1) % exchange->lanes) {
        struct ledger_span reply;
        err = wire_receive(wire, i, &reply, error);
        uint64_t now = clock_now();
        if (err != LEDGER_E_OK)
            break;
        samples_add(samples, now - sent[i]);
        sent[i] = now < stop ? now : 0;
        if (sent[i] != 0)
            err = exchange_send(wire, i, exchange, error);
    }
    return err;
}

// Round trips a second; of pages, the events that fit into them.
static enum ledger_err exchange_measure(const struct bench *bench, const struct phase *phase,
                                        const char *url, const struct exchange *exchange,
                                        struct ledger_error *error) {
    struct wire *wire;
    struct samples samples = {0};
    enum ledger_err err = wire_open(url, exchange->lanes, &wire, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t begun = clock_now();
    err = exchange_run(wire, exchange, begun + clock_nanos(bench->seconds * floor_share), &samples,
                       error);
    double seconds = clock_seconds(clock_now() - begun);
    size_t record = workload_event_size(bench->workload) + RECORD_HEADER;
    double each = exchange->reply > record ? (double)exchange->reply / (double)record : 1;
    char part[48];
    snprintf(part, sizeof part, "%s.%s", bench->transport == SERVICE_TCP ? "tcp" : "ipc",
             exchange->name);
    struct row row = floor_row(bench, phase->name, part, (double)samples.count * each, seconds,
                               WORKLOAD_PAYLOAD_SIZE);
    row_latencies(&row, &samples);
    samples_fini(&samples);
    wire_close(wire);
    return err == LEDGER_E_OK ? report_add(bench->report, &row, error) : err;
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
        err = exchange_measure(bench, phase, url, &exchanges[i], error);
    child_stop(pid);
    return err;
}
