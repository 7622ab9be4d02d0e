// What the disk allows: one synced write of a batch's bytes, and one LMDB commit of a block of that
// size.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "floors.h"
#include "ledger/kv.h"
#include "tree.h"

enum {
    PATH_SIZE = 512,
    EVENTS_MAX = 1000,
};
static const unsigned batches[] = {1, 100, 1000};

struct row floor_row(const struct bench *bench, const char *phase, const char *part, double events,
                     double seconds, double bytes) {
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
    size_t event_size = workload_event_size(bench->workload) + FLOOR_RECORD_HEADER;
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
    uint64_t stop = begun + clock_nanos(bench->seconds * FLOOR_SHARE);
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
