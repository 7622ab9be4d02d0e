// The workload: facts with a 300-byte payload, on streams whose popularity is Zipf's. Facts are
// packed beforehand; making one is a copy in which the stream's number and the event id are put in
// their places.
#ifndef LEDGER_BENCH_WORKLOAD_H
#define LEDGER_BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/error.h"
#include "ledger/span.h"
#include "ledger/uuid.h"

enum {
    WORKLOAD_STREAMS = 20000, // unless more are asked for
    WORKLOAD_STREAMS_MAX = 10000000,
    WORKLOAD_PAYLOAD_SIZE = 300,
    WORKLOAD_STREAM_EVENTS = 200,   // read of one stream by R2 …
    WORKLOAD_POPULAR_STREAMS = 300, // … out of those that hold so many once 1,000,000 are stored
};
#define WORKLOAD_TYPE_DEFAULT "ext.bench.fact"

struct workload;

struct workload_options {
    const char *type; // ext.<org>.<name>, or VisitReported
    bool ordered_ids; // UUIDs of version 7 instead of 4
    uint32_t streams; // from WORKLOAD_POPULAR_STREAMS to WORKLOAD_STREAMS_MAX
    const char *tag;  // in front of each stream's number; "" on a fresh ledger
};

// LEDGER_E_USAGE for a type of which no facts can be made here.
LEDGER_MUST_CHECK enum ledger_err workload_new(const struct workload_options *options,
                                               struct workload **workload,
                                               struct ledger_error *error);
void workload_free(struct workload *workload);

size_t workload_event_size(const struct workload *workload); // the same for all
const char *workload_stream(const struct workload *workload, uint32_t stream);
// Events made for the stream so far.
uint64_t workload_version(const struct workload *workload, uint32_t stream);
uint64_t workload_made(const struct workload *workload); // on all streams; while nobody writes
uint32_t workload_popular_stream(uint64_t *random);

// One of `parts` writers, each with streams of its own; several may make facts at one time. The
// workload must outlive it.
struct writer {
    struct workload *workload;
    uint64_t random;
    uint32_t part, parts;
    uint64_t append;
};

struct written {
    struct ledger_span event; // packed, at `place`
    uint32_t stream;
    uint64_t version_before;
    bool first_in_append; // of its stream
};

void writer_init(struct writer *writer, struct workload *workload, uint32_t part, uint32_t parts);
// What writer_next makes from here on belongs to one append.
void writer_begin_append(struct writer *writer);
// Takes workload_event_size() bytes at `place`.
struct written writer_next(struct writer *writer, uint8_t *place);
// The event id in bytes that writer_next made.
struct ledger_uuid workload_event_id(const struct workload *workload, struct ledger_span event);

#endif
