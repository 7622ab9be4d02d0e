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
    DIGITS = 5, // of a stream's number …
    STREAMS_OF_DIGITS = 100000,
    DIGITS_OF_MORE = 7, // … unless there are so many
    PATTERNS = 256,
};

_Static_assert((int)DIGITS_OF_MORE <= (int)PATTERN_DIGITS_MAX, "patterns have gaps of that size");

struct workload {
    struct pattern patterns[PATTERNS];
    size_t event_size;
    bool ordered_ids;
    uint32_t streams;
    uint32_t guide_size; // steps of the way from a random number to a stream
    uint32_t *guide;     // the first stream whose share reaches i / guide_size
    double *shares;      // of all facts, those on this stream and on those before it
    char *names;         // of the streams, name_size bytes each
    size_t name_size;
    // Of each stream; touched by its writer alone.
    uint64_t *versions, *last_append;
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
    for (uint32_t i = 0; i < workload->streams; i++)
        total += 1.0 / (i + 1);
    for (uint32_t i = 0, step = 0; i < workload->streams; i++) {
        sum += 1.0 / (i + 1);
        workload->shares[i] = sum / total;
        while (step < workload->guide_size &&
               (double)step / workload->guide_size <= workload->shares[i])
            workload->guide[step++] = i;
    }
}

static uint32_t popular_rank(const struct workload *workload, uint64_t *random) {
    double share = random_share(random);
    uint32_t rank = workload->guide[(uint32_t)(share * workload->guide_size)];
    while (rank < workload->streams - 1 && workload->shares[rank] < share)
        rank++;
    return rank;
}

uint32_t workload_popular_stream(uint64_t *random) {
    return (uint32_t)(random_next(random) % WORKLOAD_POPULAR_STREAMS);
}

// ---- the workload

static enum ledger_err make_patterns(struct workload *workload,
                                     const struct workload_options *options, unsigned digits,
                                     struct ledger_error *error) {
    const struct ledger_clock *clock = &ledger_clock_system;
    struct pattern_options pattern = {
        .type = options->type,
        .tag = options->tag,
        .occurred_micros = clock->wall_micros(clock->context),
        .digits = digits,
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

// Steps of the guide that are about as many as the streams keep the rest of the way short.
static enum ledger_err make_streams(struct workload *workload,
                                    const struct workload_options *options, unsigned digits,
                                    struct ledger_error *error) {
    const char *category = pattern_category(options->type);
    uint32_t streams = options->streams;
    workload->streams = streams;
    workload->guide_size = 1;
    while (workload->guide_size <= streams / 2)
        workload->guide_size *= 2;
    workload->name_size = strlen(category) + 1 + strlen(options->tag) + digits + 1;
    workload->guide = calloc(workload->guide_size, sizeof *workload->guide);
    workload->shares = calloc(streams, sizeof *workload->shares);
    workload->names = calloc(streams, workload->name_size);
    workload->versions = calloc(streams, sizeof *workload->versions);
    workload->last_append = calloc(streams, sizeof *workload->last_append);
    if (workload->guide == NULL || workload->shares == NULL || workload->names == NULL ||
        workload->versions == NULL || workload->last_append == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the workload");
    make_shares(workload);
    for (uint32_t i = 0; i < streams; i++)
        snprintf(workload->names + i * workload->name_size, workload->name_size, "%s/%s%0*u",
                 category, options->tag, (int)digits, i);
    return LEDGER_E_OK;
}

enum ledger_err workload_new(const struct workload_options *options, struct workload **out,
                             struct ledger_error *error) {
    *out = NULL;
    struct workload *workload = calloc(1, sizeof *workload);
    if (workload == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the workload");
    unsigned digits = options->streams <= STREAMS_OF_DIGITS ? DIGITS : DIGITS_OF_MORE;
    workload->ordered_ids = options->ordered_ids;
    enum ledger_err err = make_patterns(workload, options, digits, error);
    if (err == LEDGER_E_OK)
        err = make_streams(workload, options, digits, error);
    if (err != LEDGER_E_OK)
        workload_free(workload);
    else
        *out = workload;
    return err;
}

void workload_free(struct workload *workload) {
    if (workload == NULL)
        return;
    for (unsigned i = 0; i < PATTERNS; i++)
        pattern_fini(&workload->patterns[i]);
    free(workload->guide);
    free(workload->shares);
    free(workload->names);
    free(workload->versions);
    free(workload->last_append);
    free(workload);
}

size_t workload_event_size(const struct workload *workload) {
    return workload->event_size;
}

const char *workload_stream(const struct workload *workload, uint32_t stream) {
    return workload->names + stream * workload->name_size;
}

uint64_t workload_version(const struct workload *workload, uint32_t stream) {
    return workload->versions[stream];
}

uint64_t workload_made(const struct workload *workload) {
    uint64_t made = 0;
    for (uint32_t i = 0; i < workload->streams; i++)
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
    return stream < writer->workload->streams ? stream : writer->part;
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
