// The log against a model: random appends, right and wrong, repeated and mixed, and random reads in
// both directions, across restarts, lost indexes and folds at every size. Then each way to fail.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/limits.h"
#include "log/log.h"

enum { EVENTS_MAX = 20000, STREAMS = 12, ACTORS = 5, SUBJECTS = 9, APPEND_MAX = 6 };

// ---- the model: every event, in order

struct model_event {
    struct ledger_uuid id;
    char stream[40], actor[16], subject[16];
    const char *type;
    bool has_correlation;
    uint8_t correlation[16];
    uint64_t version;
    struct ledger_buffer packed;
};
static struct model_event model[EVENTS_MAX + 1]; // [position]
static uint64_t model_head;

static const char *const types[] = {"ext.test.one", "ext.test.two", "ext.test.three"};

// ---- a clock the tests set

static _Atomic int64_t wall, steady; // the folder looks at them too
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
static uint64_t pick(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

// ---- the log under test

struct fixture {
    char path[64];
    struct ledger_log *log;
    uint64_t disk_reserve_bytes, tail_bytes_max, map_bytes;
};

static void open_log(struct fixture *f) {
    struct ledger_error error = {0};
    struct ledger_log_options options = {.data = f->path,
                                         .map_bytes = f->map_bytes,
                                         .disk_reserve_bytes = f->disk_reserve_bytes,
                                         .tail_bytes_max = f->tail_bytes_max,
                                         .clock = &test_clock,
                                         .fold_events = 37,
                                         .fold_interval_ms = 1000};
    if (ledger_log_open(&options, &f->log, &error) != LEDGER_E_OK)
        fail_msg("open: %s", error.message);
}

static void remove_tree(const char *path) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-log-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    f->map_bytes = 256u << 20;
    wall = INT64_C(1700000000000000);
    steady = 1;
    for (uint64_t i = 1; i <= model_head; i++)
        ledger_buffer_fini(&model[i].packed);
    model_head = 0;
    open_log(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    ledger_log_close(f->log);
    remove_tree(f->path);
    free(f);
    return 0;
}

// ---- events

static void make_event(struct model_event *e) {
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

static void pack_event(struct model_event *e, const char *payload) {
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

struct call {
    struct ledger_append append;
    struct ledger_append_event events[APPEND_MAX];
    struct ledger_append_expected expected[4];
    uint64_t positions[APPEND_MAX];
    struct ledger_arena *arena;
    atomic_bool done;
};

static void on_done(struct ledger_append_job *job) {
    atomic_store(&((struct call *)job->user)->done, true);
}

static void call_init(struct call *call) {
    *call = (struct call){.arena = ledger_arena_new(0)};
    call->append.events = call->events;
    call->append.expected = call->expected;
    call->append.positions = call->positions;
}

static void call_add(struct call *call, const struct model_event *e) {
    ProtobufCMessage *message;
    struct ledger_span bytes = ledger_buffer_span(&e->packed);
    assert_int_equal(ledger_message_unpack(&ledger__v1__event__descriptor, bytes,
                                           LEDGER_EVENT_SIZE_MAX, call->arena, &message, NULL),
                     LEDGER_E_OK);
    call->events[call->append.event_count++] =
        (struct ledger_append_event){.event = (const Ledger__V1__Event *)message, .bytes = bytes};
}

static void call_expect(struct call *call, const char *stream, uint64_t version) {
    call->expected[call->append.expected_count++] =
        (struct ledger_append_expected){ledger_span_text(stream), version};
}

static enum ledger_err call_run(struct fixture *f, struct call *call) {
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

static void call_fini(struct call *call) {
    ledger_arena_free(call->arena);
}

static uint64_t model_version(const char *stream) {
    uint64_t version = 0;
    for (uint64_t i = 1; i <= model_head; i++)
        version += strcmp(model[i].stream, stream) == 0;
    return version;
}

static void model_add(struct model_event *e) {
    e->version = model_version(e->stream) + 1;
    model[++model_head] = *e;
}

// ---- one random append, and what the model says of it

static void random_append(struct fixture *f) {
    struct call call;
    struct model_event fresh[APPEND_MAX];
    uint64_t known[APPEND_MAX] = {0};
    size_t count = 1 + pick(APPEND_MAX), fresh_count = 0, known_count = 0;
    call_init(&call);
    for (size_t i = 0; i < count; i++) {
        uint64_t old = model_head != 0 && pick(10) == 0 ? 1 + pick(model_head) : 0;
        for (size_t j = 0; j < i; j++)
            old = known[j] == old ? 0 : old;
        known[i] = old;
        if (old != 0) {
            call_add(&call, &model[old]);
            known_count++;
        } else {
            make_event(&fresh[fresh_count]);
            pack_event(&fresh[fresh_count], "payload");
            call_add(&call, &fresh[fresh_count++]);
        }
    }
    call.append.allow_duplicates = pick(2);
    char expected_stream[40];
    snprintf(expected_stream, sizeof expected_stream, "client/%" PRIu64, pick(STREAMS));
    uint64_t actual = model_version(expected_stream), stated = actual + (pick(3) == 0);
    if (pick(2))
        call_expect(&call, expected_stream, stated);

    bool gains = false;
    for (size_t i = 0; i < fresh_count; i++)
        gains |= strcmp(fresh[i].stream, expected_stream) == 0;
    enum ledger_err want = LEDGER_E_OK;
    bool all_known = known_count == count;
    if (known_count != 0 && !all_known && !call.append.allow_duplicates)
        want = LEDGER_E_EVENT_ID_KNOWN;
    else if (!all_known && call.append.expected_count != 0 && stated != actual &&
             (known_count == 0 || gains))
        want = LEDGER_E_WRONG_EXPECTED_VERSION;

    assert_int_equal(call_run(f, &call), want);
    if (want == LEDGER_E_WRONG_EXPECTED_VERSION) {
        assert_string_equal(call.append.error.stream, expected_stream);
        assert_int_equal(call.append.error.actual_version, actual);
    }
    uint64_t next = model_head + 1;
    for (size_t i = 0; want == LEDGER_E_OK && i < count; i++)
        assert_int_equal(call.positions[i], known[i] != 0 ? known[i] : next++);
    for (size_t i = 0; i < fresh_count; i++) {
        if (want == LEDGER_E_OK)
            model_add(&fresh[i]);
        else
            ledger_buffer_fini(&fresh[i].packed);
    }
    assert_int_equal(ledger_log_head(f->log), model_head);
    call_fini(&call);
}

// ---- reads against a scan of the model

struct wanted {
    char stream[40], actor[16], subject[16];
    const char *category;
    const char *types[2];
    size_t type_count;
    uint8_t correlation[16];
    bool has_correlation;
};

static bool passes(const struct wanted *w, const struct model_event *e) {
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

static void random_read(struct fixture *f) {
    struct wanted w;
    struct ledger_span type_spans[2];
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

static void random_fetch(struct fixture *f) {
    if (model_head == 0)
        return;
    uint64_t position = 1 + pick(model_head);
    struct ledger_uuid ids[2] = {model[position].id, {{1, 2, 3}}};
    struct ledger_page *page;
    assert_int_equal(ledger_log_fetch(f->log, ids, 2, &page, NULL), LEDGER_E_OK);
    assert_int_equal(page->events, 1);
    ledger_page_free(page);
}

static void reopen(struct fixture *f, bool lose_indexes) {
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

static void follows_the_model(void **state) {
    struct fixture *f = *state;
    for (int step = 0; step < 2500; step++) {
        uint64_t what = pick(100);
        wall += (int64_t)pick(1000);
        steady += 1000;
        if (what < 50)
            random_append(f);
        else if (what < 90)
            random_read(f);
        else if (what < 98)
            random_fetch(f);
        else
            reopen(f, pick(3) == 0);
    }
    assert_true(model_head > 2000);
}

// ---- single behaviours

static enum ledger_err append_one(struct fixture *f, struct model_event *e) {
    struct call call;
    call_init(&call);
    call_add(&call, e);
    enum ledger_err err = call_run(f, &call);
    if (err == LEDGER_E_OK && call.append.added == 1)
        model_add(e);
    call_fini(&call);
    return err;
}

static void same_id_with_other_bytes_is_refused(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    make_event(&e);
    pack_event(&e, "one");
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
    struct model_event other = e;
    other.packed = (struct ledger_buffer){0};
    pack_event(&other, "two");
    assert_int_equal(append_one(f, &other), LEDGER_E_EVENT_ID_REUSED);
    reopen(f, true);
    assert_int_equal(append_one(f, &other), LEDGER_E_EVENT_ID_REUSED);
    assert_int_equal(append_one(f, &model[1]), LEDGER_E_OK);
    assert_int_equal(ledger_log_head(f->log), 1);
    ledger_buffer_fini(&other.packed);
}

static void other_personal_parts_are_other_bytes(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    const struct ledger_span parts[] = {ledger_span_text("\x0a\x02p1"),
                                        ledger_span_text("\x0a\x02p2")};
    make_event(&e);
    pack_event(&e, "one");
    const struct {
        size_t first, count; // of parts
        enum ledger_err err;
    } rows[] = {{0, 1, LEDGER_E_OK},
                {0, 1, LEDGER_E_OK},
                {1, 1, LEDGER_E_EVENT_ID_REUSED},
                {0, 2, LEDGER_E_EVENT_ID_REUSED},
                {0, 0, LEDGER_E_EVENT_ID_REUSED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call call;
        call_init(&call);
        call_add(&call, &e);
        call.events[0].personal = &parts[rows[i].first];
        call.events[0].personal_count = rows[i].count;
        assert_int_equal(call_run(f, &call), rows[i].err);
        call_fini(&call);
    }
    assert_int_equal(ledger_log_head(f->log), 1);
    ledger_buffer_fini(&e.packed);
}

static void an_id_twice_in_one_append_is_refused(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    struct call call;
    make_event(&e);
    pack_event(&e, "one");
    call_init(&call);
    call_add(&call, &e);
    call_add(&call, &e);
    assert_int_equal(call_run(f, &call), LEDGER_E_EVENT_ID_REPEATED);
    assert_true(call.append.error.has_event_id);
    assert_memory_equal(call.append.error.event_id, e.id.bytes, 16);
    assert_int_equal(ledger_log_head(f->log), 0);
    call_fini(&call);
    ledger_buffer_fini(&e.packed);
}

static void append_fresh(struct fixture *f) {
    struct model_event e;
    make_event(&e);
    pack_event(&e, "x");
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
}

static void recorded_time_never_goes_back(void **state) {
    struct fixture *f = *state;
    struct ledger_log_status status;
    int64_t start = wall;
    append_fresh(f);
    wall -= 5000000; // within the allowed jump
    append_fresh(f);
    append_fresh(f);
    assert_int_equal(ledger_log_status(f->log, &status, NULL), LEDGER_E_OK);
    assert_int_equal(status.last_recorded_at, start + 2);
}

static void a_clock_that_jumps_is_refused(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    append_fresh(f);
    make_event(&e);
    pack_event(&e, "x");
    wall += INT64_C(86400000000); // a day, while the steady clock moved a second
    steady += 1000000;
    assert_int_equal(append_one(f, &e), LEDGER_E_CLOCK_JUMP);
    wall -= INT64_C(86400000000);
    wall -= INT64_C(3600000000); // and an hour back
    assert_int_equal(append_one(f, &e), LEDGER_E_CLOCK_JUMP);
    wall += INT64_C(3600000000);
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
}

// Opens the log anew with other limits.
static void limit(struct fixture *f, uint64_t disk_reserve, uint64_t tail, uint64_t map) {
    ledger_log_close(f->log);
    f->disk_reserve_bytes = disk_reserve;
    f->tail_bytes_max = tail;
    f->map_bytes = map;
    open_log(f);
}

static void what_there_is_no_room_for_is_refused(void **state) {
    struct fixture *f = *state;
    const uint64_t map = 256u << 20;
    append_fresh(f);
    const struct {
        uint64_t disk_reserve, tail, map;
        enum ledger_err err;
    } rows[] = {{UINT64_C(1) << 60, 0, map, LEDGER_E_DISK_RESERVE},
                {0, 1, map, LEDGER_E_BUSY},
                {0, 0, 16u << 20, LEDGER_E_MAP_FULL},
                {0, 0, map, LEDGER_E_OK}};
    struct model_event e;
    make_event(&e);
    pack_event(&e, "x");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        limit(f, rows[i].disk_reserve, rows[i].tail, rows[i].map);
        uint64_t head = ledger_log_head(f->log);
        // What is there already can always be said again.
        assert_int_equal(append_one(f, &model[1]), LEDGER_E_OK);
        assert_int_equal(append_one(f, &e), rows[i].err);
        assert_int_equal(ledger_log_head(f->log), head + (rows[i].err == LEDGER_E_OK));
    }
}

static void an_index_of_another_log_is_not_used(void **state) {
    struct fixture *f = *state;
    char command[400];
    for (int i = 0; i < 5; i++)
        append_fresh(f);
    ledger_log_close(f->log);
    snprintf(command, sizeof command, "mv %s/index %s/other && mv %s/log %s/kept", f->path, f->path,
             f->path, f->path);
    assert_int_equal(system(command), 0);
    struct model_event kept[6];
    memcpy(kept, model, sizeof kept);
    model_head = 0;
    open_log(f); // another ledger, of the same length
    for (int i = 0; i < 5; i++)
        append_fresh(f);
    ledger_log_close(f->log);
    snprintf(command, sizeof command, "rm -rf %s/index && mv %s/other %s/index", f->path, f->path,
             f->path);
    assert_int_equal(system(command), 0);
    open_log(f);
    for (int i = 0; i < 50; i++) {
        random_read(f);
        random_fetch(f);
    }
    assert_int_equal(append_one(f, &model[3]), LEDGER_E_OK);
    assert_int_equal(append_one(f, &kept[3]), LEDGER_E_OK); // not known here: a new event
    assert_int_equal(ledger_log_head(f->log), 6);
    for (int i = 1; i <= 5; i++) {
        if (i != 3) // that one is the model's now
            ledger_buffer_fini(&kept[i].packed);
    }
}

static void times_lead_to_positions(void **state) {
    struct fixture *f = *state;
    uint64_t position, head;
    bool settled;
    int64_t start = wall;
    for (int i = 0; i < 100; i++) {
        wall = start + i * 1000;
        append_fresh(f);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(
            ledger_log_locate(f->log, start + i * 1000 + 7, &position, &settled, &head, NULL),
            LEDGER_E_OK);
        assert_int_equal(position, i + 1);
        assert_int_equal(settled, i < 99);
        assert_int_equal(head, 100);
    }
    assert_int_equal(ledger_log_locate(f->log, start - 1, &position, &settled, &head, NULL),
                     LEDGER_E_OK);
    assert_int_equal(position, 0);
    assert_true(settled);
}

static void a_position_beyond_the_end_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_page *page;
    append_fresh(f);
    struct ledger_read read = {.from = 3, .max_events = 1, .max_bytes = 1};
    assert_int_equal(ledger_log_read(f->log, &read, &page, NULL), LEDGER_E_WRONG_LEDGER);
    read.from = 2;
    assert_int_equal(ledger_log_read(f->log, &read, &page, NULL), LEDGER_E_OK);
    assert_int_equal(page->events, 0);
    assert_int_equal(page->examined, 1);
    ledger_page_free(page);
}

static void a_second_opener_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_log *second;
    struct ledger_log_options options = {.data = f->path, .map_bytes = 256u << 20};
    assert_int_equal(ledger_log_open(&options, &second, NULL), LEDGER_E_LOCKED);
    assert_null(second);
}

// Flips one byte of the block's body in the closed log's file.
static void damage(struct fixture *f, const char *marker) {
    char path[100];
    snprintf(path, sizeof path, "%s/log/data.mdb", f->path);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    struct ledger_buffer bytes = {0};
    for (int c; (c = fgetc(file)) != EOF;)
        ledger_buffer_add_byte(&bytes, (uint8_t)c);
    for (size_t i = 0; i + strlen(marker) <= bytes.size; i++) {
        if (memcmp(bytes.data + i, marker, strlen(marker)) != 0)
            continue;
        fseek(file, (long)i, SEEK_SET);
        fputc('#', file);
    }
    fclose(file);
    ledger_buffer_fini(&bytes);
}

static void overwrite(const struct fixture *f, const char *file, long from, long to) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s", f->path, file);
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    fseek(stream, 0, SEEK_END);
    long end = ftell(stream);
    fseek(stream, from, SEEK_SET);
    for (long i = from; i < (to < end ? to : end); i++)
        fputc(0, stream);
    fclose(stream);
}

static void a_damaged_index_is_made_anew(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 50; i++)
        append_fresh(f);
    const long from[] = {0, 2 * 4096}; // the two meta pages first, then all but them
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        ledger_log_close(f->log);
        overwrite(f, "index/data.mdb", from[i], from[i] == 0 ? 2 * 4096 : 1 << 30);
        open_log(f);
        for (int reads = 0; reads < 20; reads++)
            random_read(f);
        assert_int_equal(append_one(f, &model[1]), LEDGER_E_OK);
        assert_int_equal(ledger_log_head(f->log), 50);
    }
}

static void damaged_bytes_are_not_served(void **state) {
    struct fixture *f = *state;
    struct ledger_page *page;
    struct ledger_error error = {0};
    struct model_event e;
    append_fresh(f);
    make_event(&e);
    pack_event(&e, "a marker that stands nowhere else");
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
    append_fresh(f);
    ledger_log_close(f->log);
    damage(f, "a marker that stands nowhere else");
    open_log(f);
    struct ledger_read read = {.max_events = 10, .max_bytes = 100000};
    assert_int_equal(ledger_log_read(f->log, &read, &page, &error), LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "position 2"));
}

int main(void) {
#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        LOG_TEST(follows_the_model),
        LOG_TEST(same_id_with_other_bytes_is_refused),
        LOG_TEST(other_personal_parts_are_other_bytes),
        LOG_TEST(an_id_twice_in_one_append_is_refused),
        LOG_TEST(recorded_time_never_goes_back),
        LOG_TEST(a_clock_that_jumps_is_refused),
        LOG_TEST(what_there_is_no_room_for_is_refused),
        LOG_TEST(an_index_of_another_log_is_not_used),
        LOG_TEST(times_lead_to_positions),
        LOG_TEST(a_position_beyond_the_end_is_refused),
        LOG_TEST(a_second_opener_is_refused),
        LOG_TEST(a_damaged_index_is_made_anew),
        LOG_TEST(damaged_bytes_are_not_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
