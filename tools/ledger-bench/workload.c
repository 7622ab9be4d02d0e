#include "workload.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ledger/clock.h"
#include "pattern.h"

enum {
    STREAM_NAME_SIZE = 40,
    GUIDE_SIZE = 1 << 14, // steps of the way from a random number to a stream
    PATTERNS = 256,
};

struct workload {
    struct pattern patterns[PATTERNS];
    size_t event_size;
    bool ordered_ids;
    double shares[WORKLOAD_STREAMS]; // of all facts, those on this stream and on those before it
    uint32_t guide[GUIDE_SIZE];      // the first stream whose share reaches i / GUIDE_SIZE
    char streams[WORKLOAD_STREAMS][STREAM_NAME_SIZE];
    // Of each stream; touched by its writer alone.
    uint64_t versions[WORKLOAD_STREAMS];
    uint64_t last_append[WORKLOAD_STREAMS];
    _Atomic uint64_t appends;
};

// ---- chance

static uint64_t random_next(uint64_t *state) { // xorshift64*
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static double random_share(uint64_t *state) {
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

static void make_shares(struct workload *workload) {
    double sum = 0, total = 0;
    for (uint32_t i = 0; i < WORKLOAD_STREAMS; i++)
        total += 1.0 / (i + 1);
    for (uint32_t i = 0, step = 0; i < WORKLOAD_STREAMS; i++) {
        sum += 1.0 / (i + 1);
        workload->shares[i] = sum / total;
        while (step < GUIDE_SIZE && (double)step / GUIDE_SIZE <= workload->shares[i])
            workload->guide[step++] = i;
    }
}

static uint32_t popular_rank(const struct workload *workload, uint64_t *random) {
    double share = random_share(random);
    uint32_t rank = workload->guide[(uint32_t)(share * GUIDE_SIZE)];
    while (rank < WORKLOAD_STREAMS - 1 && workload->shares[rank] < share)
        rank++;
    return rank;
}

uint32_t workload_popular_stream(uint64_t *random) {
    return (uint32_t)(random_next(random) % WORKLOAD_POPULAR_STREAMS);
}

// ---- the workload

static enum ledger_err make_patterns(struct workload *workload,
                                     const struct workload_options *options,
                                     struct ledger_error *error) {
    const struct ledger_clock *clock = &ledger_clock_system;
    struct pattern_options pattern = {
        .type = options->type,
        .tag = options->tag,
        .occurred_micros = clock->wall_micros(clock->context),
    };
    enum ledger_err err = LEDGER_E_OK;
    for (unsigned i = 0; err == LEDGER_E_OK && i < PATTERNS; i++) {
        pattern.number = i;
        err = pattern_make(&pattern, &workload->patterns[i], error);
        assert(err != LEDGER_E_OK || workload->patterns[i].size == workload->patterns[0].size);
    }
    workload->event_size = workload->patterns[0].size;
    return err;
}

enum ledger_err workload_new(const struct workload_options *options, struct workload **out,
                             struct ledger_error *error) {
    *out = NULL;
    struct workload *workload = calloc(1, sizeof *workload);
    if (workload == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the workload");
    enum ledger_err err = make_patterns(workload, options, error);
    if (err != LEDGER_E_OK) {
        workload_free(workload);
        return err;
    }
    workload->ordered_ids = options->ordered_ids;
    make_shares(workload);
    for (uint32_t i = 0; i < WORKLOAD_STREAMS; i++)
        snprintf(workload->streams[i], STREAM_NAME_SIZE, "%s/%s%05u",
                 pattern_category(options->type), options->tag, i);
    *out = workload;
    return LEDGER_E_OK;
}

void workload_free(struct workload *workload) {
    if (workload == NULL)
        return;
    for (unsigned i = 0; i < PATTERNS; i++)
        pattern_fini(&workload->patterns[i]);
    free(workload);
}

size_t workload_event_size(const struct workload *workload) {
    return workload->event_size;
}

const char *workload_stream(const struct workload *workload, uint32_t stream) {
    return workload->streams[stream];
}

uint64_t workload_version(const struct workload *workload, uint32_t stream) {
    return workload->versions[stream];
}

uint64_t workload_made(const struct workload *workload) {
    uint64_t made = 0;
    for (uint32_t i = 0; i < WORKLOAD_STREAMS; i++)
        made += workload->versions[i];
    return made;
}

struct ledger_uuid workload_event_id(const struct workload *workload, struct ledger_span event) {
    struct ledger_uuid id;
    memcpy(id.bytes, event.data + workload->patterns[0].ids.at[0], sizeof id.bytes);
    return id;
}

// ---- writers

void writer_init(struct writer *writer, struct workload *workload, uint32_t part, uint32_t parts) {
    *writer = (struct writer){.workload = workload, .part = part, .parts = parts};
    // Ids of two runs must differ, and xorshift never leaves 0.
    while (getrandom(&writer->random, sizeof writer->random, 0) != sizeof writer->random ||
           writer->random == 0)
        continue;
}

void writer_begin_append(struct writer *writer) {
    writer->append = atomic_fetch_add(&writer->workload->appends, 1) + 1;
}

static uint32_t choose_stream(struct writer *writer) {
    uint32_t rank = popular_rank(writer->workload, &writer->random);
    uint32_t stream = rank - rank % writer->parts + writer->part;
    return stream < WORKLOAD_STREAMS ? stream : writer->part;
}

static struct ledger_uuid make_id(struct writer *writer) {
    struct ledger_uuid id;
    uint64_t high = random_next(&writer->random), low = random_next(&writer->random);
    memcpy(id.bytes, &high, 8);
    memcpy(id.bytes + 8, &low, 8);
    uint8_t version = 0x40;
    if (writer->workload->ordered_ids) {
        const struct ledger_clock *clock = &ledger_clock_system;
        uint64_t ms = (uint64_t)clock->wall_micros(clock->context) / 1000;
        for (int i = 5; i >= 0; i--, ms >>= 8)
            id.bytes[i] = (uint8_t)ms;
        version = 0x70;
    }
    id.bytes[6] = (uint8_t)(version | (id.bytes[6] & 0x0f));
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

struct written writer_next(struct writer *writer, uint8_t *place) {
    struct workload *workload = writer->workload;
    uint32_t stream = choose_stream(writer);
    struct ledger_uuid id = make_id(writer);
    const struct pattern *pattern = &workload->patterns[id.bytes[15] % PATTERNS];
    pattern_write(pattern, stream, &id, place);
    struct written written = {
        .event = ledger_span_of(place, pattern->size),
        .stream = stream,
        .version_before = workload->versions[stream]++,
        .first_in_append = workload->last_append[stream] != writer->append,
    };
    workload->last_append[stream] = writer->append;
    return written;
}
