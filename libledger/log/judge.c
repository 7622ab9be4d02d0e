#include "judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/event.h"
#include "ledger/limits.h"

enum { EVENTS_A_LOCK = 16 };

void judge_forget_index(struct ledger_log *log) {
    ids_reader_close(log->view.ids);
    ledger_kv_abort(log->view.txn);
    log->view = (struct index_view){0};
}

// With the tail lock held, so that index, frozen and active generation hold everything together.
// Between folds the index stays as it is, and what was looked up of it stays known.
static enum ledger_err view_index(struct ledger_log *log, struct ledger_error *error) {
    struct index_view *view = &log->view;
    if (view->txn != NULL && view->folds == log->folds &&
        ledger_kv_failed(view->txn) == LEDGER_E_OK)
        return LEDGER_E_OK;
    judge_forget_index(log);
    enum ledger_err err = ledger_kv_read(index_kv(log->index), &view->txn, error);
    if (err != LEDGER_E_OK)
        return err;
    view->folds = log->folds;
    view->ids = ids_reader_open(index_ids(log->index), view->txn);
    if (view->ids != NULL)
        return LEDGER_E_OK;
    judge_forget_index(log);
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "judging appends");
}

enum ledger_err judge_begin(struct judge *judge, struct ledger_log *log,
                            struct ledger_error *error) {
    *judge = (struct judge){.log = log, .next = log->end.head + 1};
    enum ledger_err err = store_view_begin(&log->store, &judge->view, error);
    if (err != LEDGER_E_OK)
        return err;
    pthread_mutex_lock(&log->tail_lock);
    err = view_index(log, error);
    judge->frozen = log->frozen;
    tail_hold(judge->frozen);
    pthread_mutex_unlock(&log->tail_lock);
    judge->reader = (struct store_reader){.store = &log->store, .view = &judge->view};
    room_look(&judge->room, log);
    return err;
}

void judge_end(struct judge *judge) {
    store_reader_end(&judge->reader);
    tail_release(judge->frozen);
    store_view_end(&judge->view);
}

// ---- ids

static const struct ledger_uuid *event_id(const struct ledger_append_event *event) {
    return (const struct ledger_uuid *)event->envelope.event_id.data;
}

static enum ledger_err refuse_id(struct ledger_append *append, enum ledger_err code, size_t i,
                                 const char *why) {
    char field[40], text[LEDGER_UUID_TEXT_SIZE];
    const struct ledger_uuid *id = event_id(&append->events[i]);
    snprintf(field, sizeof field, "events[%zu].event_id", i);
    ledger_uuid_format(id, text);
    ledger_fail(&append->error, code, field, "event %s %s", text, why);
    memcpy(append->error.event_id, id->bytes, sizeof id->bytes);
    append->error.has_event_id = true;
    return code;
}

// A small table of the append's own ids: places of events, counted from 1.
static enum ledger_err check_repeats(struct judge *judge, struct ledger_append *append) {
    if (append->event_count < 2)
        return LEDGER_E_OK;
    size_t slots = 4;
    while (slots < append->event_count * 2)
        slots *= 2;
    uint32_t *table = ledger_arena_calloc(judge->log->scratch, slots * sizeof *table);
    if (table == NULL)
        return ledger_fail(&append->error, LEDGER_E_NO_MEMORY, NULL, "judging an append");
    for (uint32_t i = 0; i < append->event_count; i++) {
        const struct ledger_uuid *id = event_id(&append->events[i]);
        size_t at = id_hash(id->bytes) & (slots - 1);
        for (; table[at] != 0; at = (at + 1) & (slots - 1)) {
            if (memcmp(event_id(&append->events[table[at] - 1]), id, sizeof *id) == 0)
                return refuse_id(append, LEDGER_E_EVENT_ID_REPEATED, i,
                                 "stands twice in the append");
        }
        table[at] = i + 1;
    }
    return LEDGER_E_OK;
}

// An index that cannot be read must not pass for one that does not know: what it failed to find
// would be stored twice.
static enum ledger_err refuse_index(enum ledger_err err, struct ledger_error *error) {
    return err == LEDGER_E_OK ? err
                              : ledger_fail(error, err, NULL,
                                            "the index cannot be read; stop the service and "
                                            "delete its index directory: it is rebuilt from "
                                            "the log");
}

static enum ledger_err find_id(struct judge *judge, const struct ledger_uuid *id,
                               uint64_t *position, struct ledger_error *error) {
    *position = tail_find_id(judge->log->active, id);
    if (*position == 0 && judge->frozen != NULL)
        *position = tail_find_id(judge->frozen, id);
    if (*position != 0)
        return LEDGER_E_OK;
    struct id_candidates candidates;
    enum ledger_err err = refuse_index(ids_find(judge->log->view.ids, id, &candidates), error);
    return err == LEDGER_E_OK && candidates.count != 0
               ? confirm_id(&judge->reader, &candidates, id, position, error)
               : err;
}

// The record at a position, stored or in the block that is being made.
static enum ledger_err find_record(struct judge *judge, uint64_t position,
                                   struct ledger_span *record, struct ledger_error *error) {
    uint64_t head = judge->log->end.head;
    if (position > head) {
        *record = block_builder_record(&judge->log->builder, (uint32_t)(position - head - 1));
        return LEDGER_E_OK;
    }
    return store_reader_record(&judge->reader, position, record, error);
}

// Is the stored event what the writer sends again?
static enum ledger_err same_bytes(struct judge *judge, uint64_t position,
                                  const struct ledger_append_event *event, bool *same,
                                  struct ledger_error *error) {
    struct ledger_span record, personal[LEDGER_SUBJECTS_MAX];
    struct ledger_record_parts parts;
    size_t count = LEDGER_SUBJECTS_MAX;
    enum ledger_err err = find_record(judge, position, &record, error);
    if (err == LEDGER_E_OK && ledger_record_split(record, &parts, personal, &count) != LEDGER_E_OK)
        err = ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                          "the record at position %" PRIu64 " is damaged", position);
    if (err != LEDGER_E_OK)
        return err;
    *same = ledger_span_equal(parts.event, event->bytes) && count == event->personal_count;
    for (size_t i = 0; *same && i < count; i++)
        *same = ledger_span_equal(personal[i], event->personal[i]);
    return LEDGER_E_OK;
}

// The ids from `first` on: all that they will be looked up in is on its way from memory at once.
static void prefetch_ids(struct judge *judge, const struct ledger_append *append, size_t first) {
    const struct ledger_uuid *ids[IDS_PREFETCH_MAX];
    size_t count = 0;
    for (; count < IDS_PREFETCH_MAX && first + count < append->event_count; count++) {
        ids[count] = event_id(&append->events[first + count]);
        tail_prefetch_id(judge->log->active, ids[count]);
        tail_prefetch_id(judge->frozen, ids[count]);
    }
    ids_prefetch(judge->log->view.ids, ids, count);
}

// Fills positions of known events (0 = new) and counts them.
static enum ledger_err find_duplicates(struct judge *judge, struct ledger_append *append) {
    append->duplicates = 0;
    size_t known = 0;
    for (size_t i = 0; i < append->event_count; i++) {
        if (i % IDS_PREFETCH_MAX == 0)
            prefetch_ids(judge, append, i);
        uint64_t *position = &append->positions[i];
        enum ledger_err err =
            find_id(judge, event_id(&append->events[i]), position, &append->error);
        if (err != LEDGER_E_OK)
            return err;
        if (*position == 0)
            continue;
        bool same;
        err = same_bytes(judge, *position, &append->events[i], &same, &append->error);
        if (err != LEDGER_E_OK)
            return err;
        if (!same)
            return refuse_id(append, LEDGER_E_EVENT_ID_REUSED, i, "is known with other bytes");
        append->duplicates++;
        known = i;
    }
    if (append->duplicates != 0 && append->duplicates != append->event_count &&
        !append->allow_duplicates)
        return refuse_id(append, LEDGER_E_EVENT_ID_KNOWN, known,
                         "is known, and other events of the append are new");
    return LEDGER_E_OK;
}

// ---- versions

// False if the active generation does not know the stream.
static bool active_version(const struct judge *judge, struct ledger_span key, uint64_t hash,
                           uint64_t *version) {
    const struct tail_term *tail = tail_find_hashed(judge->log->active, key, hash);
    if (tail != NULL)
        *version = tail->base + tail->count;
    return tail != NULL;
}

// By the term of the stream, and its hash.
static enum ledger_err stream_version(struct judge *judge, struct ledger_span key, uint64_t hash,
                                      uint64_t *version, struct ledger_error *error) {
    if (active_version(judge, key, hash, version))
        return LEDGER_E_OK;
    const struct tail_term *frozen =
        judge->frozen != NULL ? tail_find_hashed(judge->frozen, key, hash) : NULL;
    if (frozen != NULL) {
        *version = frozen->base + frozen->count;
        return LEDGER_E_OK;
    }
    struct index_term known;
    enum ledger_err err = index_find_term(judge->log->index, judge->log->view.txn, key, &known);
    *version = known.count;
    return refuse_index(err, error);
}

static int by_text(const void *a, const void *b) {
    const struct ledger_span *x = a, *y = b;
    int order = memcmp(x->data, y->data, x->size < y->size ? x->size : y->size);
    return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

// The streams that gain events, sorted.
struct gaining {
    struct ledger_span *streams;
    size_t count;
};

static enum ledger_err find_gaining(struct judge *judge, struct ledger_append *append,
                                    struct gaining *gaining) {
    *gaining =
        (struct gaining){.streams = ledger_arena_alloc(
                             judge->log->scratch, append->event_count * sizeof *gaining->streams)};
    if (gaining->streams == NULL)
        return ledger_fail(&append->error, LEDGER_E_NO_MEMORY, NULL, "judging an append");
    for (size_t i = 0; i < append->event_count; i++) {
        if (append->positions[i] == 0)
            gaining->streams[gaining->count++] = append->events[i].envelope.stream;
    }
    qsort(gaining->streams, gaining->count, sizeof *gaining->streams, by_text);
    return LEDGER_E_OK;
}

static bool gains(const struct gaining *gaining, const struct ledger_span *stream) {
    return bsearch(stream, gaining->streams, gaining->count, sizeof *gaining->streams, by_text) !=
           NULL;
}

// With duplicates among the events, only streams that gain events are held to their versions.
static enum ledger_err check_versions(struct judge *judge, struct ledger_append *append) {
    struct ledger_error *error = &append->error;
    struct gaining gaining = {0};
    enum ledger_err err = LEDGER_E_OK;
    if (append->duplicates != 0 && append->expected_count != 0)
        err = find_gaining(judge, append, &gaining);
    for (size_t i = 0; err == LEDGER_E_OK && i < append->expected_count; i++) {
        const struct ledger_append_expected *expected = &append->expected[i];
        if (append->duplicates != 0 && !gains(&gaining, &expected->stream))
            continue;
        uint64_t actual;
        struct term key = term_of(TERM_STREAM, expected->stream);
        err = stream_version(judge, term_span(&key), term_hash(term_span(&key)), &actual, error);
        if (err != LEDGER_E_OK || actual == expected->version)
            continue;
        char field[40];
        snprintf(field, sizeof field, "expected[%zu]", i);
        err = ledger_fail(error, LEDGER_E_WRONG_EXPECTED_VERSION, field,
                          "stream %.*s is at version %" PRIu64 ", not %" PRIu64,
                          (int)expected->stream.size, (const char *)expected->stream.data, actual,
                          expected->version);
        snprintf(error->stream, sizeof error->stream, "%.*s", (int)expected->stream.size,
                 (const char *)expected->stream.data);
        error->actual_version = actual;
    }
    return err;
}

// ---- one append

// An event on its way into the block: what needs no lock is done before.
struct adding {
    const struct ledger_append_event *event;
    uint64_t *position;
    uint64_t version; // of its stream, unless the active generation knows a later one
    struct event_terms terms;
};

// The new events among those from `first` on, so many as the lock is held for. Their slots in the
// tail are on their way from memory while the versions of their streams are looked up.
static enum ledger_err prepare(struct judge *judge, struct ledger_append *append, size_t first,
                               struct adding *adding, size_t *count, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    *count = 0;
    for (size_t i = first; i < append->event_count && i - first < EVENTS_A_LOCK; i++) {
        if (append->positions[i] != 0)
            continue;
        struct adding *next = &adding[(*count)++];
        next->event = &append->events[i];
        next->position = &append->positions[i];
        event_terms(&next->event->envelope, &next->terms);
        tail_prefetch_terms(judge->log->active, &next->terms);
        tail_prefetch_terms(judge->frozen, &next->terms);
    }
    for (size_t i = 0; i < *count; i++)
        tail_prefetch_positions(judge->log->active, &adding[i].terms);
    for (size_t i = 0; err == LEDGER_E_OK && i < *count; i++)
        err = stream_version(judge, adding[i].terms.keys[0], adding[i].terms.hashes[0],
                             &adding[i].version, error);
    return err;
}

// With the tail lock held. Once an append is accepted, running out of memory half-way would leave
// it torn in the tail: that is for `fatal`.
static enum ledger_err add_event(struct judge *judge, struct adding *adding,
                                 struct ledger_span principal, struct ledger_error *error) {
    struct ledger_log *log = judge->log;
    const struct ledger_append_event *event = adding->event;
    const struct event_terms *terms = &adding->terms;
    (void)active_version(judge, terms->keys[0], terms->hashes[0], &adding->version);
    struct ledger_record_parts parts = {
        .position = judge->next,
        .recorded_at = judge->room.recorded_at,
        .stream_version = adding->version + 1,
        .principal = principal,
        .event = event->bytes,
        .personal = event->personal,
        .personal_count = event->personal_count,
    };
    uint8_t *place = block_builder_add(&log->builder, ledger_record_size(&parts));
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing a block");
    ledger_record_write(&parts, place);
    enum ledger_err err =
        tail_add(log->active, judge->next, event_id(event), terms, adding->version, &log->touched);
    *adding->position = judge->next++;
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "packing a block");
}

static enum ledger_err add_events(struct judge *judge, struct ledger_append *append,
                                  struct ledger_span principal, struct ledger_error *fatal) {
    size_t most = append->event_count < EVENTS_A_LOCK ? append->event_count : EVENTS_A_LOCK;
    struct adding *adding = ledger_arena_alloc(judge->log->scratch, most * sizeof *adding);
    enum ledger_err err = LEDGER_E_OK;
    if (adding == NULL)
        return ledger_fail(fatal, LEDGER_E_NO_MEMORY, NULL, "packing a block");
    for (size_t i = 0; err == LEDGER_E_OK && i < append->event_count; i += EVENTS_A_LOCK) {
        size_t count;
        err = prepare(judge, append, i, adding, &count, fatal);
        pthread_mutex_lock(&judge->log->tail_lock); // readers wait for it
        for (size_t k = 0; err == LEDGER_E_OK && k < count; k++) {
            err = add_event(judge, &adding[k], principal, fatal);
            append->added += err == LEDGER_E_OK;
        }
        pthread_mutex_unlock(&judge->log->tail_lock);
    }
    return err;
}

static enum ledger_err judge_append(struct judge *judge, struct ledger_append *append) {
    enum ledger_err err = check_repeats(judge, append);
    if (err == LEDGER_E_OK)
        err = find_duplicates(judge, append);
    if (err != LEDGER_E_OK)
        return err;
    if (append->duplicates == append->event_count && append->event_count != 0)
        return LEDGER_E_OK;
    err = check_versions(judge, append);
    if (err == LEDGER_E_OK && append->event_count != 0)
        err = room_check(&judge->room, judge->log, judge->frozen, &append->error);
    return err;
}

enum ledger_err judge_take(struct judge *judge, struct ledger_append *append,
                           struct ledger_span principal, struct ledger_error *fatal) {
    append->added = 0;
    append->error.code = LEDGER_E_OK;
    ledger_arena_reset(judge->log->scratch);
    enum ledger_err err = judge_append(judge, append);
    if (err != LEDGER_E_OK) {
        append->error.code = err;
        append->duplicates = 0;
        return LEDGER_E_OK;
    }
    return add_events(judge, append, principal, fatal);
}
