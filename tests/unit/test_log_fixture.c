#include "test_log_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledger/view.h"

// ---- the model: every event, in order

struct model_event model[EVENTS_MAX + 1];
uint64_t model_head;

static const char *const types[] = {"ext.test.one", "ext.test.two", "ext.test.three"};

// ---- a clock the tests set

_Atomic int64_t wall, steady;
static int64_t read_wall(void *context) {
    (void)context;
    return wall;
}
static int64_t read_steady(void *context) {
    (void)context;
    return steady;
}
static const struct ledger_clock test_clock = {read_wall, read_steady, NULL};

static uint64_t random_state = 88172645463325252u;
uint64_t pick(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

// ---- the log under test

void open_log(struct fixture *f) {
    struct ledger_error error = {0};
    struct ledger_log_options options = {.data = f->path,
                                         .map_bytes = f->map_bytes,
                                         .journal_bytes = f->journal_bytes,
                                         .disk_reserve_bytes = f->disk_reserve_bytes,
                                         .tail_bytes_max = f->tail_bytes_max,
                                         .clock = &test_clock,
                                         .fold_events = 37,
                                         .fold_interval_ms = 1000};
    if (ledger_log_open(&options, &f->log, &error) != LEDGER_E_OK)
        fail_msg("open: %s", error.message);
}

void remove_tree(const char *path) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

int log_fixture_setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-log-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    f->map_bytes = 256u << 20;
    f->journal_bytes = 64u << 10;
    wall = INT64_C(1700000000000000);
    steady = 1;
    for (uint64_t i = 1; i <= model_head; i++)
        ledger_buffer_fini(&model[i].packed);
    model_head = 0;
    open_log(f);
    *state = f;
    return 0;
}

int log_fixture_teardown(void **state) {
    struct fixture *f = *state;
    ledger_log_close(f->log);
    remove_tree(f->path);
    free(f);
    return 0;
}

// ---- events

void make_event(struct model_event *e) {
    *e = (struct model_event){.type = types[pick(3)]};
    for (size_t i = 0; i < sizeof e->id.bytes; i++)
        e->id.bytes[i] = (uint8_t)pick(256);
    const char *category = pick(2) ? "client" : "deal";
    snprintf(e->stream, sizeof e->stream, "%s/%" PRIu64, category, pick(STREAMS));
    snprintf(e->actor, sizeof e->actor, "a%" PRIu64, pick(ACTORS));
    snprintf(e->subject, sizeof e->subject, "s%" PRIu64, pick(SUBJECTS));
    e->has_correlation = pick(4) == 0;
    memset(e->correlation, (int)pick(3) + 1, sizeof e->correlation);
}

void pack_event(struct model_event *e, const char *payload) {
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    Ledger__V1__Occurred occurred = LEDGER__V1__OCCURRED__INIT;
    Ledger__V1__Occurred__Unknown unknown = LEDGER__V1__OCCURRED__UNKNOWN__INIT;
    Ledger__V1__Subject subject = LEDGER__V1__SUBJECT__INIT, *subjects[] = {&subject};
    occurred.when_case = LEDGER__V1__OCCURRED__WHEN_UNKNOWN;
    occurred.unknown = &unknown;
    subject.kind = "client";
    subject.id = e->subject;
    event.has_event_id = 1;
    event.event_id.data = e->id.bytes;
    event.event_id.len = sizeof e->id.bytes;
    event.stream = e->stream;
    event.type = (char *)(uintptr_t)e->type;
    event.occurred = &occurred;
    event.actor = e->actor;
    event.n_subjects = 1;
    event.subjects = subjects;
    event.has_correlation_id = e->has_correlation;
    event.correlation_id.data = e->correlation;
    event.correlation_id.len = sizeof e->correlation;
    event.has_payload = 1;
    event.payload.data = (uint8_t *)(uintptr_t)payload;
    event.payload.len = strlen(payload);
    ledger_buffer_clear(&e->packed);
    ledger_message_pack(&event.base, &e->packed);
    assert_false(e->packed.failed);
}

// ---- appending

static void on_done(struct ledger_append_job *job) {
    atomic_store(&((struct call *)job->user)->done, true);
}

void call_init(struct call *call) {
    *call = (struct call){.arena = ledger_arena_new(0)};
    call->append.events = call->events;
    call->append.expected = call->expected;
    call->append.positions = call->positions;
}

void call_add(struct call *call, const struct model_event *e) {
    struct ledger_append_event *event = &call->events[call->append.event_count++];
    *event = (struct ledger_append_event){.bytes = ledger_buffer_span(&e->packed)};
    assert_int_equal(ledger_envelope_read(event->bytes, call->arena, &event->envelope),
                     LEDGER_E_OK);
}

void call_expect(struct call *call, const char *stream, uint64_t version) {
    call->expected[call->append.expected_count++] =
        (struct ledger_append_expected){ledger_span_text(stream), version};
}

enum ledger_err call_run(struct fixture *f, struct call *call) {
    struct ledger_append_job job = {.appends = &call->append,
                                    .count = 1,
                                    .principal = ledger_span_text("tester"),
                                    .bytes = 100,
                                    .done = on_done,
                                    .user = call};
    assert_int_equal(ledger_log_append(f->log, &job, NULL), LEDGER_E_OK);
    // Another thread may be the writer.
    while (!atomic_load(&call->done))
        sched_yield();
    return call->append.error.code;
}

void call_fini(struct call *call) {
    ledger_arena_free(call->arena);
}

uint64_t model_version(const char *stream) {
    uint64_t version = 0;
    for (uint64_t i = 1; i <= model_head; i++)
        version += strcmp(model[i].stream, stream) == 0;
    return version;
}

void model_add(struct model_event *e) {
    e->version = model_version(e->stream) + 1;
    model[++model_head] = *e;
}

// ---- reads against a scan of the model

struct wanted {
    char stream[40], actor[16], subject[16];
    const char *category;
    const char *types[2];
    size_t type_count;
    uint8_t correlation[16];
    bool has_correlation;
    int64_t recorded_from, recorded_before; // 0 = any
    uint32_t share_index, share_count;      // 0 = all
};

static bool passes(const struct wanted *w, const struct model_event *e) {
    if (e->recorded_at < w->recorded_from ||
        (w->recorded_before != 0 && e->recorded_at >= w->recorded_before))
        return false;
    if (w->share_count != 0 &&
        ledger_share_bucket(ledger_span_text(e->stream)) % w->share_count != w->share_index - 1)
        return false;
    if (w->stream[0] != '\0' && strcmp(w->stream, e->stream) != 0)
        return false;
    if (w->category != NULL && strncmp(w->category, e->stream, strlen(w->category)) != 0)
        return false;
    if (w->actor[0] != '\0' && strcmp(w->actor, e->actor) != 0)
        return false;
    if (w->subject[0] != '\0' && strcmp(w->subject, e->subject) != 0)
        return false;
    if (w->has_correlation &&
        (!e->has_correlation || memcmp(w->correlation, e->correlation, 16) != 0))
        return false;
    bool type = w->type_count == 0;
    for (size_t i = 0; i < w->type_count; i++)
        type |= strcmp(w->types[i], e->type) == 0;
    return type;
}

static void random_wanted(struct wanted *w) {
    *w = (struct wanted){0};
    if (pick(3) == 0)
        snprintf(w->stream, sizeof w->stream, "client/%" PRIu64, pick(STREAMS + 1));
    if (pick(3) == 0)
        w->category = pick(2) ? "client" : "deal";
    if (pick(3) == 0)
        snprintf(w->actor, sizeof w->actor, "a%" PRIu64, pick(ACTORS + 1));
    if (pick(3) == 0)
        snprintf(w->subject, sizeof w->subject, "s%" PRIu64, pick(SUBJECTS));
    if (pick(3) == 0)
        for (w->type_count = 0; w->type_count < 1 + pick(2); w->type_count++)
            w->types[w->type_count] = types[pick(3)];
    w->has_correlation = pick(6) == 0;
    memset(w->correlation, (int)pick(4) + 1, sizeof w->correlation);
    if (pick(4) == 0 && model_head != 0)
        w->recorded_from = model[1 + pick(model_head)].recorded_at + (int64_t)pick(2);
    if (pick(4) == 0 && model_head != 0)
        w->recorded_before = model[1 + pick(model_head)].recorded_at + (int64_t)pick(2);
    if (pick(4) == 0) {
        w->share_count = (uint32_t)(1 + pick(LEDGER_SHARE_BUCKETS));
        w->share_index = (uint32_t)(1 + pick(w->share_count));
    }
}

// The model takes the times of recording from the log: it is the log that gives them.
static void learn_times(struct fixture *f) {
    static uint64_t known;
    if (known > model_head || model[known].recorded_at == 0)
        known = 0; // another test's model
    while (known < model_head) {
        struct ledger_read read = {.from = known + 1, .max_events = 1, .max_bytes = 1};
        struct ledger_page *page;
        struct ledger_record_parts parts;
        struct ledger_span record;
        size_t none = 0;
        assert_int_equal(ledger_log_read(f->log, &read, &page, NULL), LEDGER_E_OK);
        struct ledger_span rest = page->parts[0];
        assert_true(ledger_page_next(&rest, &record));
        assert_int_equal(ledger_record_split(record, &parts, NULL, &none), LEDGER_E_OK);
        model[++known].recorded_at = parts.recorded_at;
        assert_true(known == 1 || parts.recorded_at >= model[known - 1].recorded_at);
        ledger_page_free(page);
    }
}

static void fill_read(const struct wanted *w, struct ledger_span type_spans[2],
                      struct ledger_read *read) {
    read->stream = ledger_span_text(w->stream);
    read->actor = ledger_span_text(w->actor);
    if (w->category != NULL)
        read->category = ledger_span_text(w->category);
    if (w->subject[0] != '\0') {
        read->subject_kind = ledger_span_text("client");
        read->subject_id = ledger_span_text(w->subject);
    }
    for (size_t i = 0; i < w->type_count; i++)
        type_spans[i] = ledger_span_text(w->types[i]);
    read->types = type_spans;
    read->type_count = w->type_count;
    if (w->has_correlation)
        read->correlation_id = ledger_span_of(w->correlation, 16);
    read->recorded_from = w->recorded_from;
    read->recorded_before = w->recorded_before;
    read->share_index = w->share_index;
    read->share_count = w->share_count;
}

static uint64_t model_next(const struct wanted *w, uint64_t from, bool reverse) {
    for (uint64_t i = from; i >= 1 && i <= model_head; reverse ? i-- : i++)
        if (passes(w, &model[i]))
            return i;
    return 0;
}

// Checks a page's records; returns the last position in it.
static uint64_t check_page(const struct ledger_page *page, const struct wanted *w, uint64_t from,
                           bool reverse) {
    struct ledger_buffer joined = {0};
    for (size_t i = 0; i < page->part_count; i++)
        ledger_buffer_add_span(&joined, page->parts[i]);
    const uint8_t *at = joined.data, *end = joined.data + joined.size;
    uint64_t count = 0, last = 0;
    while (at != NULL && at < end) {
        uint64_t size;
        assert_int_equal(*at, 0x0A);
        at = ledger_varint_read(at + 1, end, &size);
        assert_non_null(at);
        struct ledger_record_parts parts;
        size_t none = 0;
        assert_int_equal(ledger_record_split(ledger_span_of(at, (size_t)size), &parts, NULL, &none),
                         LEDGER_E_OK);
        assert_int_equal(parts.position, model_next(w, from, reverse));
        const struct model_event *e = &model[parts.position];
        assert_int_equal(parts.stream_version, e->version);
        assert_true(ledger_span_equal(parts.event, ledger_buffer_span(&e->packed)));
        assert_true(ledger_span_equal(parts.principal, ledger_span_text("tester")));
        last = parts.position;
        from = reverse ? last - 1 : last + 1;
        at += size;
        count++;
    }
    assert_int_equal(count, page->events);
    ledger_buffer_fini(&joined);
    return last;
}

void random_read(struct fixture *f) {
    struct wanted w;
    struct ledger_span type_spans[2];
    learn_times(f);
    random_wanted(&w);
    bool reverse = pick(2);
    struct ledger_read read = {.reverse = reverse,
                               .max_events = (uint32_t)(1 + pick(50)),
                               .max_bytes = (uint32_t)(1 + pick(4000))};
    fill_read(&w, type_spans, &read);
    uint64_t from = model_head == 0 ? 0 : 1 + pick(model_head);
    for (int pages = 0; pages < 400 && from != 0; pages++) {
        struct ledger_page *page;
        struct ledger_error error = {0};
        read.from = from;
        if (ledger_log_read(f->log, &read, &page, &error) != LEDGER_E_OK)
            fail_msg("read: %s", error.message);
        uint64_t last = check_page(page, &w, from, reverse);
        uint64_t examined = page->examined;
        bool more = page->more;
        assert_int_equal(more, reverse ? examined > 1 : examined < model_head);
        if (page->events == 0)
            assert_int_equal(more, 0);
        // Nothing that passes may hide between the last record and what is said to be examined.
        uint64_t after = last == 0 ? from : reverse ? last - 1 : last + 1;
        uint64_t unseen = model_next(&w, after, reverse);
        assert_true(unseen == 0 || (reverse ? unseen < examined : unseen > examined));
        ledger_page_free(page);
        from = !more ? 0 : reverse ? examined - 1 : examined + 1;
    }
}

void random_fetch(struct fixture *f) {
    if (model_head == 0)
        return;
    uint64_t position = 1 + pick(model_head);
    struct ledger_uuid ids[2] = {model[position].id, {{1, 2, 3}}};
    struct ledger_page *page;
    assert_int_equal(ledger_log_fetch(f->log, ids, 2, &page, NULL), LEDGER_E_OK);
    assert_int_equal(page->events, 1);
    ledger_page_free(page);
}

void reopen(struct fixture *f, bool lose_indexes) {
    struct ledger_log_identity before = ledger_log_identity(f->log), after;
    ledger_log_close(f->log);
    if (lose_indexes) {
        char path[100];
        snprintf(path, sizeof path, "%s/index", f->path);
        remove_tree(path);
    }
    open_log(f);
    after = ledger_log_identity(f->log);
    assert_memory_equal(&before.ledger_id, &after.ledger_id, sizeof before.ledger_id);
    assert_int_equal(ledger_log_head(f->log), model_head);
}

enum ledger_err append_one(struct fixture *f, struct model_event *e) {
    struct call call;
    call_init(&call);
    call_add(&call, e);
    enum ledger_err err = call_run(f, &call);
    if (err == LEDGER_E_OK && call.append.added == 1)
        model_add(e);
    call_fini(&call);
    return err;
}

void append_fresh(struct fixture *f) {
    struct model_event e;
    make_event(&e);
    pack_event(&e, "x");
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
}
