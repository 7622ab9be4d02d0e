#include "client_mix.h"

#include <stdlib.h>
#include <string.h>

#include "facts/v1/client.pb-c.h"

struct segmented {
    struct segment_row row;
    int64_t micros; // INT64_MIN = at an unknown time, before all others
    uint64_t position;
};

struct mixed_client {
    bool read;
    uint64_t first; // position of the first report of a visit; 0 = none of a known time
    int64_t first_micros;
    struct segmented *segments;
    size_t count, capacity;
};

static const struct projection_column columns[] = {
    {"scheme", "Scheme", PROJECTION_TEXT},
    {"segment", "Segment", PROJECTION_TEXT},
    {"visits", "Visits reported", PROJECTION_INTEGER},
};

void client_mix_begin(struct client_mix *mix, struct projection_view *view) {
    *mix = (struct client_mix){.view = view, .keys = {.arena = projection_view_arena(view)}};
}

// ---- one client
static void read_first(struct client_mix *mix, struct mixed_client *client, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(mix->view, CLIENT_VISITS, &prefix, false);
    while (projection_next(cursor, &row)) {
        if (row.occurred.when == LEDGER_WHEN_UNKNOWN)
            continue;
        int64_t micros = row.occurred.micros;
        if (!client->first || micros < client->first_micros ||
            (micros == client->first_micros && row.position < client->first)) {
            client->first = row.position;
            client->first_micros = micros;
        }
    }
    projection_scan_end(cursor);
}

static bool read_segments(struct client_mix *mix, struct mixed_client *client, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    bool ok = true;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(mix->view, SEGMENTS, &prefix, false);
    while (ok && projection_next(cursor, &row)) {
        bool known = row.occurred.when != LEDGER_WHEN_UNKNOWN;
        ok = projection_grow(mix->keys.arena, &client->segments, &client->capacity, client->count,
                             sizeof *client->segments);
        if (ok)
            client->segments[client->count++] = (struct segmented){
                segment_row_read(row.value), known ? row.occurred.micros : INT64_MIN, row.position};
    }
    projection_scan_end(cursor);
    return ok;
}

static struct mixed_client *client_of_number(struct client_mix *mix,
                                             const struct contacts *contacts, size_t number) {
    const char *const *ids;
    while (number >= mix->capacity)
        if (!projection_grow(mix->keys.arena, &mix->clients, &mix->capacity, mix->capacity,
                             sizeof *mix->clients))
            return NULL;
    struct mixed_client *client = &mix->clients[number];
    if (client->read)
        return client;
    size_t count = projection_view_client_ids(mix->view, contacts->clients.texts[number], &ids);
    for (size_t i = 0; i < count; i++) {
        read_first(mix, client, ids[i]);
        if (!read_segments(mix, client, ids[i]))
            return NULL;
    }
    client->read = true;
    return client;
}

// ---- visits
// The segment in force at the time, in one scheme. NULL if there was none.
static const char *segment_at(const struct mixed_client *client, int64_t scheme, int64_t micros) {
    const struct segmented *best = NULL;
    for (size_t i = 0; i < client->count; i++) {
        const struct segmented *segmented = &client->segments[i];
        if (segmented->row.scheme == scheme && segmented->micros <= micros &&
            (!best || segmented->micros > best->micros ||
             (segmented->micros == best->micros && segmented->position > best->position)))
            best = segmented;
    }
    return best ? best->row.segment : NULL;
}

static bool count(struct client_mix *mix, int64_t scheme, const char *segment) {
    const char *key = ledger_arena_printf(mix->keys.arena, "%lld\n%s", (long long)scheme, segment);
    size_t number = key ? projection_ids_add(&mix->keys, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(mix->keys.arena, &mix->list, &mix->list_capacity, number,
                         sizeof *mix->list))
        return false;
    mix->list[number].scheme = scheme;
    mix->list[number].segment = segment;
    mix->list[number].visits++;
    return true;
}

bool client_mix_take(struct client_mix *mix, const struct contacts *contacts,
                     const struct rep_contacts *rep, uint64_t *first) {
    const size_t schemes = facts__v1__client_segmented__scheme__descriptor.n_values;
    *first = 0;
    for (size_t i = 0; i < rep->count; i++) {
        const struct contact_visit *visit = &rep->visits[i];
        const struct mixed_client *client = client_of_number(mix, contacts, visit->client);
        if (!client)
            return false;
        *first += client->first == visit->position;
        for (size_t scheme = 1; scheme < schemes && client->count; scheme++) {
            const char *segment = segment_at(client, (int64_t)scheme, visit->micros);
            if (segment && !count(mix, (int64_t)scheme, segment))
                return false;
        }
    }
    return true;
}

static int by_scheme_and_segment(const void *a, const void *b) {
    const struct segment_tally *left = a;
    const struct segment_tally *right = b;
    if (left->scheme != right->scheme)
        return left->scheme < right->scheme ? -1 : 1;
    return strcmp(left->segment, right->segment);
}

void client_mix_answer(struct client_mix *mix, struct projection_answer *answer) {
    if (mix->keys.count)
        qsort(mix->list, mix->keys.count, sizeof *mix->list, by_scheme_and_segment);
    projection_answer_table(answer, "segments", "Visits by the client's segment when visited",
                            PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < mix->keys.count; i++) {
        const ProtobufCEnumValue *scheme = protobuf_c_enum_descriptor_get_value(
            &facts__v1__client_segmented__scheme__descriptor, (int)mix->list[i].scheme);
        projection_answer_text(answer, scheme ? scheme->name : NULL);
        projection_answer_text(answer, mix->list[i].segment);
        projection_answer_integer(answer, (int64_t)mix->list[i].visits);
    }
}
