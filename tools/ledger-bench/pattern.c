// A pattern is packed by protobuf-c with marks in the gaps, which are then looked for.
#include "pattern.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/visit.pb-c.h"
#include "ledger/event.h"
#include "ledger/facts.h"
#include "workload.h"

enum { NAME_SIZE = 48 };

// No other text of a pattern holds one of them. Of the first its end is used: a mark a digit.
static const char stream_marks[] = "#######";
static const char id_mark[] = "****************";
_Static_assert(sizeof stream_marks - 1 == PATTERN_DIGITS_MAX, "a digit a mark");
_Static_assert(sizeof id_mark - 1 == sizeof(struct ledger_uuid), "a byte a mark");

static const char *stream_mark(unsigned digits) {
    return stream_marks + PATTERN_DIGITS_MAX - digits;
}

static const char *const words[] = {
    "agreed",   "aisle",    "annual",  "asked",    "basket",  "before",     "bonus",   "branch",
    "call",     "campaign", "carton",  "chain",    "clinic",  "competitor", "counter", "delivery",
    "demand",   "discount", "display", "doctor",   "evening", "expiry",     "facing",  "follow-up",
    "forecast", "free",     "gap",     "goods",    "head",    "invoice",    "June",    "kiosk",
    "launch",   "leaflet",  "listing", "manager",  "margin",  "meeting",    "monthly", "new",
    "next",     "on",       "order",   "out",      "pack",    "pharmacy",   "photo",   "plan",
    "poster",   "price",    "promise", "purchase", "quarter", "refused",    "region",  "reorder",
    "report",   "route",    "sample",  "season",   "shelf",   "signed",     "size",    "soon",
    "spring",   "stock",    "store",   "supplier", "target",  "terms",      "the",     "to",
    "trial",    "two",      "until",   "visit",    "wants",   "week",       "with",    "without",
};
static const char *const kinds[] = {"Visited", "Ordered", "Called", "Refused", "Sampled"};
enum { WORD_COUNT = sizeof words / sizeof *words, KIND_COUNT = sizeof kinds / sizeof *kinds };

// Exactly `size` characters. The words of one pattern are not those of the next.
static void write_words(unsigned number, char *place, size_t size) {
    uint64_t chance = number * 2654435761u + 1;
    for (size_t at = 0; at < size;) {
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        const char *word = words[(chance >> 33) % WORD_COUNT];
        while (*word != '\0' && at < size)
            place[at++] = *word++;
        if (at < size)
            place[at++] = ' ';
    }
}

// ---- payloads of exactly WORKLOAD_PAYLOAD_SIZE bytes

struct names {
    char actor[NAME_SIZE], stream[NAME_SIZE], client[NAME_SIZE];
};

static uint8_t *put_bytes(uint8_t *place, uint8_t field, const void *data, size_t size) {
    *place++ = (uint8_t)(field << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
    place = ledger_varint_write(place, size);
    memcpy(place, data, size);
    return place + size;
}

// Fields as a message has them; the ledger does not look into it.
static void make_external(const struct pattern_options *options, const struct names *names,
                          uint8_t *payload) {
    uint8_t *at = payload, *end = payload + WORKLOAD_PAYLOAD_SIZE;
    const char *kind = kinds[options->number % KIND_COUNT];
    char text[WORKLOAD_PAYLOAD_SIZE];
    at = put_bytes(at, 1, stream_mark(options->digits), options->digits);
    at = put_bytes(at, 2, names->actor, strlen(names->actor));
    at = put_bytes(at, 3, &options->occurred_micros, sizeof options->occurred_micros);
    at = put_bytes(at, 4, id_mark, sizeof id_mark - 1);
    at = put_bytes(at, 5, kind, strlen(kind));
    size_t left = (size_t)(end - at) - 3; // tag, two bytes of size
    write_words(options->number, text, left);
    at = put_bytes(at, 6, text, left);
    assert(at == end);
}

static void make_visit(const struct pattern_options *options, const struct names *names,
                       uint8_t *payload) {
    Facts__V1__VisitReported visit = FACTS__V1__VISIT_REPORTED__INIT;
    char text[WORKLOAD_PAYLOAD_SIZE];
    visit.visit_id = (char *)(uintptr_t)stream_mark(options->digits);
    visit.client_id = (char *)(uintptr_t)names->client;
    visit.agreements = text;
    size_t size = WORKLOAD_PAYLOAD_SIZE / 2; // a guess with as long a size field
    write_words(options->number, text, sizeof text);
    text[size] = '\0';
    size_t packed = protobuf_c_message_get_packed_size(&visit.base);
    write_words(options->number, text, sizeof text);
    text[size + WORKLOAD_PAYLOAD_SIZE - packed] = '\0';
    packed = protobuf_c_message_pack(&visit.base, payload);
    assert(packed == WORKLOAD_PAYLOAD_SIZE);
}

// A row a type; the last is for all ext.*
static const struct kind {
    const char *type, *category;
    void (*payload)(const struct pattern_options *options, const struct names *names,
                    uint8_t *payload);
    bool has_subjects;
} fact_kinds[] = {
    {"VisitReported", "visit", make_visit, true},
    {NULL, "client", make_external, false},
};

static const struct kind *find_kind(const char *type) {
    for (const struct kind *kind = fact_kinds;; kind++) {
        if (kind->type == NULL)
            return ledger_fact_is_external(ledger_span_text(type)) ? kind : NULL;
        if (strcmp(kind->type, type) == 0)
            return kind;
    }
}

const char *pattern_category(const char *type) {
    const struct kind *kind = find_kind(type);
    return kind == NULL ? NULL : kind->category;
}

// ---- the event

static void find_gaps(const struct pattern *pattern, const char *mark, size_t size,
                      struct gaps *gaps) {
    const uint8_t *at = pattern->bytes, *end = pattern->bytes + pattern->size;
    while ((at = memmem(at, (size_t)(end - at), mark, size)) != NULL) {
        assert(gaps->count < PATTERN_GAPS_MAX);
        gaps->at[gaps->count++] = (uint16_t)(at - pattern->bytes);
        at += size;
    }
    assert(gaps->count != 0);
}

static enum ledger_err pack(const Ledger__V1__Event *event, unsigned digits,
                            struct pattern *pattern, struct ledger_error *error) {
    struct ledger_buffer packed = {0};
    ledger_message_pack(&event->base, &packed);
    if (packed.failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the workload");
    *pattern = (struct pattern){.bytes = packed.data, .size = packed.size, .digits = digits};
    find_gaps(pattern, stream_mark(digits), digits, &pattern->streams);
    find_gaps(pattern, id_mark, sizeof id_mark - 1, &pattern->ids);
    return LEDGER_E_OK;
}

static enum ledger_err make_event(const struct pattern_options *options, const struct kind *kind,
                                  const struct names *names, struct pattern *pattern,
                                  struct ledger_error *error) {
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    Ledger__V1__Occurred occurred = LEDGER__V1__OCCURRED__INIT;
    Ledger__V1__Instant instant = LEDGER__V1__INSTANT__INIT;
    Ledger__V1__Subject visit = LEDGER__V1__SUBJECT__INIT, client = LEDGER__V1__SUBJECT__INIT;
    Ledger__V1__Subject *subjects[] = {&visit, &client};
    uint8_t payload[WORKLOAD_PAYLOAD_SIZE];
    kind->payload(options, names, payload);
    visit.kind = (char *)(uintptr_t) "visit";
    visit.id = (char *)(uintptr_t)stream_mark(options->digits);
    client.kind = (char *)(uintptr_t) "client";
    client.id = (char *)(uintptr_t)names->client;
    instant.has_micros = true;
    instant.micros = options->occurred_micros;
    occurred.when_case = LEDGER__V1__OCCURRED__WHEN_INSTANT;
    occurred.instant = &instant;
    event.has_event_id = event.has_payload = event.has_schema_version = true;
    event.event_id = (ProtobufCBinaryData){sizeof id_mark - 1, (uint8_t *)(uintptr_t)id_mark};
    event.payload = (ProtobufCBinaryData){sizeof payload, payload};
    event.schema_version = 1;
    event.stream = (char *)(uintptr_t)names->stream;
    event.type = (char *)(uintptr_t)options->type;
    event.actor = (char *)(uintptr_t)names->actor;
    event.occurred = &occurred;
    event.subjects = subjects;
    event.n_subjects = kind->has_subjects ? sizeof subjects / sizeof *subjects : 0;
    return pack(&event, options->digits, pattern, error);
}

enum ledger_err pattern_make(const struct pattern_options *options, struct pattern *pattern,
                             struct ledger_error *error) {
    const struct kind *kind = find_kind(options->type);
    struct names names;
    if (kind == NULL)
        return ledger_fail(error, LEDGER_E_USAGE, "type",
                           "facts are made of the types ext.<org>.<name> and VisitReported, not "
                           "of %s",
                           options->type);
    snprintf(names.actor, sizeof names.actor, "e%03u", options->number);
    snprintf(names.stream, sizeof names.stream, "%s/%s%s", kind->category, options->tag,
             stream_mark(options->digits));
    snprintf(names.client, sizeof names.client, "c%s", stream_mark(options->digits));
    return make_event(options, kind, &names, pattern, error);
}

void pattern_fini(struct pattern *pattern) {
    free(pattern->bytes);
    *pattern = (struct pattern){0};
}

void pattern_write(const struct pattern *pattern, uint32_t stream, const struct ledger_uuid *id,
                   uint8_t *place) {
    char digits[PATTERN_DIGITS_MAX];
    for (unsigned i = pattern->digits; i-- > 0; stream /= 10)
        digits[i] = (char)('0' + stream % 10);
    memcpy(place, pattern->bytes, pattern->size);
    for (unsigned i = 0; i < pattern->streams.count; i++)
        memcpy(place + pattern->streams.at[i], digits, pattern->digits);
    for (unsigned i = 0; i < pattern->ids.count; i++)
        memcpy(place + pattern->ids.at[i], id->bytes, sizeof id->bytes);
}
